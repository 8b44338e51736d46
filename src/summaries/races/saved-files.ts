/**
 * A file is read, and written anew as a whole from what was read: `const text = await readFile(path); await writeFile(path,
 * text + line)`. Another task that has read the file meanwhile writes its own content over it. Helpers that only read or only
 * write a file that they are handed, or one that their module names, stand for what they do.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { suspendsBetween } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent } from '../../events/event.js';
import { variableKey } from '../../places/place.js';
import type { FunctionNode } from '../../syntax/functions.js';
import { mayDependOn } from '../effects/dependence.js';
import { isFilledWith } from '../effects/store-accesses.js';
import { keyOf, oneLine } from '../model/external-expressions.js';
import { contentAccess } from '../model/external-files.js';
import { isSameInEveryCall } from '../model/fixed-values.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { isOpen, type SavedRow } from './saved-rows.js';

interface Access {
  readonly does: 'read' | 'write';
  /** Equal for paths that are equal in one activation. */
  readonly key: string;
  readonly text: string;
  readonly event: CallEvent;
  /** The path is the same in every call. */
  readonly isFixed: boolean;
}

/** What a helper does with a file: with the one that its parameter names, or with one that its module knows. */
interface HelperAccess {
  readonly does: 'read' | 'write';
  readonly path: { readonly parameter: number } | { readonly key: string; readonly text: string; readonly isFixed: boolean };
}

const fileWords = /\b(?:read|write|output)(?:File|Json|JSON)|\brename\b/;
/** What a function that reads a file, or writes it, is called. */
const names = { read: /read|load|get/i, write: /writ|sav|output|persist|stor|rename|put/i } as const;

export function savedFiles(model: ProgramModel, graph: Graph): readonly SavedRow[] {
  if (!graph.hasSuspension || model.compiler.isSourceFile(graph.owner)) return [];
  const calls = eventsOf(graph).filter((event): event is CallEvent => event.kind === 'call');
  const named = (does: Access['does']): readonly CallEvent[] => calls.filter(({ name }) => name !== undefined && names[does].test(name));
  if (named('read').length === 0 || named('write').length === 0) return [];
  const accesses = [...new Set([...named('read'), ...named('write')])].flatMap((event) => accessesOf(model, event));
  const reads = accesses.filter(({ does }) => does === 'read');
  if (reads.length === 0) return [];
  return accesses.flatMap((save): SavedRow[] => {
    if (save.does !== 'write') return [];
    const load = reads.find(
      ({ event, key }) =>
        key === save.key &&
        follows(graph, event, save.event) &&
        save.event.arguments.some((value) => mayDependOn(graph, value, (source) => source === event) || isFilledWith(model, graph, value, event)) &&
        (event.consumption === 'awaited' || suspendsBetween(graph, event, save.event)),
    );
    if (load === undefined || !isOpen(model, graph, load.event, save.event)) return [];
    return [{ kind: 'file', row: save.text, load: load.event, change: undefined, save: save.event, isOneForAll: save.isFixed }];
  });
}

function accessesOf(model: ProgramModel, event: CallEvent): Access[] {
  const { compiler } = model;
  const { node } = event;
  if (!compiler.isCallExpression(node)) return [];
  const own = contentAccess(model, node);
  if (own !== undefined) return access(model, event, own.does, own.path);
  if (event.consumption !== 'awaited') return [];
  const callee = model.callee(event, 'full');
  return (callee === undefined ? [] : helperAccesses(model, callee)).flatMap(({ does, path }): Access[] => {
    if (!('parameter' in path)) return [{ does, event, ...path }];
    const argument = node.arguments[path.parameter];
    return argument === undefined ? [] : access(model, event, does, argument);
  });
}

function access(model: ProgramModel, event: CallEvent, does: Access['does'], path: ts.Expression): Access[] {
  const key = pathKey(model, path);
  return key === undefined ? [] : [{ does, key, text: oneLine(path), event, isFixed: isSameInEveryCall(model, path) }];
}

/** `configPath()` is the same path whenever it is asked for. */
function pathKey(model: ProgramModel, path: ts.Expression): string | undefined {
  return model.compiler.isCallExpression(path) && isSameInEveryCall(model, path) ? path.getText() : keyOf(model, path);
}

/** A helper that reads and writes a file of its own accord is judged where it does. */
const helperAccesses = memoized((model, callee: FunctionNode): readonly HelperAccess[] => {
  const { compiler } = model;
  if (callee.body === undefined || !fileWords.test(callee.getText())) return [];
  const graph = model.graph(callee);
  const parameters = callee.parameters.map(({ name }) => {
    const binding = compiler.isIdentifier(name) ? model.file(name).scopes.resolve(name) : undefined;
    return binding === undefined ? undefined : variableKey(binding);
  });
  const own = new Set([...graph.definitions.keys()].map((binding) => variableKey(binding)));
  const found = eventsOf(graph).flatMap((event): HelperAccess[] => {
    const content = event.kind === 'call' && compiler.isCallExpression(event.node) ? contentAccess(model, event.node) : undefined;
    const key = content === undefined ? undefined : pathKey(model, content.path);
    if (content === undefined || key === undefined) return [];
    const parameter = parameters.indexOf(key);
    if (parameter >= 0) return [{ does: content.does, path: { parameter } }];
    // a path that only the helper can name, such as that of a copy on the way
    if (/^[?\d]/.test(key) || [...key.matchAll(/(?<!\w)v\d+(?!\d)/g)].some(([name]) => own.has(name) || parameters.includes(name))) return [];
    return [{ does: content.does, path: { key, text: oneLine(content.path), isFixed: isSameInEveryCall(model, content.path) } }];
  });
  return found.every(({ does }) => does === found[0]?.does) ? found : [];
});

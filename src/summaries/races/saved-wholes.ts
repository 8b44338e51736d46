/**
 * A content that a store keeps under one key for all, loaded, changed and saved as a whole: `const names = await store.get('names');
 * await store.set('names', [...names, name]);`. Another task has loaded the same names, and of the two one is lost. Helpers that only
 * load or only save it stand for what they do.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { suspendsBetween } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Value } from '../../events/event.js';
import { isConstant } from '../../syntax/constants.js';
import { skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { mayDependOn } from '../effects/dependence.js';
import { contentsLoadedBy, contentsSavedBy, isSameContent } from '../effects/store-accesses.js';
import { constantOf } from '../model/external-expressions.js';
import type { ProgramModel } from '../model/program-model.js';
import { isSetup } from './renewals.js';
import { isOpen, type SavedRow } from './saved-rows.js';

export function savedWholes(model: ProgramModel, graph: Graph): readonly SavedRow[] {
  if (!graph.hasSuspension || model.compiler.isSourceFile(graph.owner) || isSetup(model, graph)) return [];
  const calls = eventsOf(graph).filter((event): event is CallEvent => event.kind === 'call' && model.compiler.isCallExpression(event.node));
  const loaded = calls.flatMap((call) => contentsLoadedBy(model, call).map((content) => ({ content, call })));
  if (loaded.length === 0) return [];
  const found: SavedRow[] = [];
  for (const save of calls) {
    if (save.consumption === 'stored' || found.some((other) => other.save.node === save.node)) continue;
    for (const content of contentsSavedBy(model, save)) {
      const { value } = content;
      if (value === undefined) continue;
      const load = loaded.find(
        (each) =>
          isSameContent(model, each.content, content) &&
          follows(graph, each.call, save) &&
          (each.call.consumption === 'awaited' || suspendsBetween(graph, each.call, save)) &&
          isMadeOfOld(model, graph, value, each.call),
      );
      if (load === undefined || !isOpen(model, graph, load.call, save) || !(save.name === 'setItem' || model.questions.isPromise(save.node))) continue;
      found.push({ kind: 'row', row: load.content.text, load: load.call, change: undefined, save, isOneForAll: true, isSameAgain: isSameAgain(model, graph, value, load.call) });
      break;
    }
  }
  return found;
}

/** More of the old content is in the value than members that a new record is given unchanged, such as its id. */
function isMadeOfOld(model: ProgramModel, graph: Graph, value: Value, load: CallEvent): boolean {
  const { compiler } = model;
  const literal = contentOf(model, value);
  const isMade = (part: ts.Node): boolean => isMadeOf(graph, value, part, load);
  if (compiler.isPropertyAccessExpression(literal)) return false;
  if (!compiler.isObjectLiteralExpression(literal)) return isMade(value.node);
  return literal.properties.some((property) => {
    const part = compiler.isPropertyAssignment(property) ? property.initializer : compiler.isShorthandPropertyAssignment(property) ? property.name : property;
    const made = compiler.isExpression(part) ? constantOf(model, part) : part;
    return !compiler.isPropertyAccessExpression(made) && isMade(property);
  });
}

/** `{ ...old, version: 2 }` or `old.trim()`, also as text: nothing is added that is the call's own. */
function isSameAgain(model: ProgramModel, graph: Graph, value: Value, load: CallEvent): boolean {
  const { compiler } = model;
  const content = contentOf(model, value);
  const call = value.sources.find((source): source is CallEvent => source.kind === 'call' && source.node === content);
  const [argument, ...others] = call?.arguments ?? [];
  if (call?.name === 'stringify' && argument !== undefined && others.length === 0) return isSameAgain(model, graph, argument, load);
  if (call !== undefined) return argument === undefined && call.receiver !== undefined && isMadeOf(graph, call.receiver, call.receiver.node, load);
  if (!compiler.isObjectLiteralExpression(content)) return compiler.isExpression(content) && isCopy(model, graph, value, content, load);
  return content.properties.every((property) =>
    compiler.isSpreadAssignment(property) ? isMadeOf(graph, value, property, load) : compiler.isPropertyAssignment(property) && isCopy(model, graph, value, property.initializer, load),
  );
}

/** `old.secret`, or an object that is made of nothing else: `old.seed ? new Uint8Array(old.seed) : undefined`. */
function isCopy(model: ProgramModel, graph: Graph, value: Value, part: ts.Expression, load: CallEvent): boolean {
  const { compiler } = model;
  const node = skipOuter(compiler, part);
  if (isConstant(compiler, node)) return true;
  if (compiler.isPropertyAccessExpression(node)) return isMadeOf(graph, value, node, load);
  if (compiler.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].every((branch) => isCopy(model, graph, value, branch, load));
  return compiler.isNewExpression(node) && isMadeOf(graph, value, node, load) && (node.arguments ?? []).every((argument) => compiler.isPropertyAccessExpression(argument));
}

function contentOf({ compiler }: ProgramModel, { node }: Value): ts.Node {
  const given = compiler.isPropertyAssignment(node) ? node.initializer : node;
  return compiler.isExpression(given) ? skipOuter(compiler, given) : given;
}

function isMadeOf(graph: Graph, { sources }: Value, part: ts.Node, load: CallEvent): boolean {
  return mayDependOn(graph, { node: part, sources: sources.filter((source) => isWithin(source.node, part)) }, (source) => source === load);
}

/**
 * What a store keeps under a key is handed to work that is waited for, and replaced there by the answer: `const old = store.getItem(
 * 'refresh'); const next = await renew(old); store.setItem('refresh', next.refresh);`. Two tasks hand in the same, which the first
 * has spent, and of the two answers one is lost.
 *
 * That it is spent shows in what the answer brings beside it: it is stored under a second key as well, or it replaces the whole
 * of which a part was handed in. A store is known by methods that are named as a pair, `getItem` and `setItem`, `loadState` and `saveState`.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, SuspendEvent, Value } from '../../events/event.js';
import { returnedExpressions } from '../../locks/shape-members.js';
import { type FunctionNode, skipOuter } from '../../syntax/functions.js';
import { questionOf } from '../effects/answers.js';
import { mayDependOn, suspensionBetween } from '../effects/dependence.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { declaredLocal } from '../model/declared-values.js';
import { constantOf, oneLine } from '../model/external-expressions.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { nearestSuspension } from '../protocols/promise-slots.js';
import { isSetup } from './renewals.js';
import { isOpen } from './saved-rows.js';

export interface SpentValue {
  /** The store and the key, as they are written. */
  readonly text: string;
  readonly load: CallEvent;
  /** What it is handed to. */
  readonly call: CallEvent;
  readonly suspension: SuspendEvent;
  /** Where the answer replaces it; a call of a helper that does so. */
  readonly save: CallEvent;
}

const loads = /^(?:get|load|read|fetch|retrieve)(.*)$/;
const saves = /^(?:set|save|store|write|put|persist|update)(.*)$/;

/** One look at a store, or one value that it gets. */
interface Access {
  /** Equal for one value of one store. */
  readonly key: string;
  readonly text: string;
  /** What is saved. */
  readonly value: Value | undefined;
}

export function spentValues(model: ProgramModel, graph: Graph, held: HeldLocks): readonly SpentValue[] {
  if (!graph.hasSuspension || model.compiler.isSourceFile(graph.owner)) return [];
  const calls = eventsOf(graph).filter((event): event is CallEvent => event.kind === 'call' && model.compiler.isCallExpression(event.node));
  const loaded = calls.flatMap((call) => loadedBy(model, call).map((access) => ({ ...access, call })));
  if (loaded.length === 0) return [];
  for (const save of calls) {
    for (const { load, asked } of exchangesBy(model, graph, save, loaded)) {
      const suspension = nearestSuspension(graph, save);
      if (suspension === undefined || suspensionBetween(graph, held, load.call, save) === undefined) continue;
      if (!isOpen(model, graph, load.call, save) || isSetup(model, graph)) continue;
      // who looks once more before he saves knows who came meanwhile
      if (loaded.some((again) => again.key === load.key && again.call !== load.call && follows(graph, asked, again.call) && follows(graph, again.call, save))) continue;
      return [{ text: load.text, load: load.call, call: asked, suspension, save }];
    }
  }
  return [];
}

type Loaded = Access & { readonly call: CallEvent };

/** The loads whose value was handed to a call of whose answer the save puts a part in its place. */
function exchangesBy(model: ProgramModel, graph: Graph, save: CallEvent, loaded: readonly Loaded[]): readonly { readonly load: Loaded; readonly asked: CallEvent }[] {
  const saved = savedBy(model, graph, save);
  if (saved.length === 0) return [];
  return loaded.flatMap((load) => {
    const own = saved.find(({ key }) => key === load.key);
    const asked = own === undefined ? undefined : callsWaitedFor(model, graph, own.value).find((call) => call !== load.call && call.arguments.some((argument) => mayDependOn(graph, argument, (source) => source === load.call)));
    if (own === undefined || asked === undefined) return [];
    return isSpent(model, graph, own, load, asked) ? [{ load, asked }] : [];
  });
}

/** The answer is stored under another key as well, or a part was handed in and the whole is replaced. */
function isSpent(model: ProgramModel, graph: Graph, own: Access, load: Loaded, asked: CallEvent): boolean {
  const { compiler } = model;
  const isPart = asked.arguments.some(({ node }) => handsInPart(model, graph, node, load.call));
  if (isPart) return true;
  return eventsOf(graph).some(
    (event) =>
      event.kind === 'call' && compiler.isCallExpression(event.node) &&
      savedBy(model, graph, event).some((other) => other.key !== own.key && callsWaitedFor(model, graph, other.value).includes(asked)),
  );
}

/** The argument is a member of what was loaded: `renew(tokens.refresh)`. */
function handsInPart(model: ProgramModel, graph: Graph, node: ts.Node, load: CallEvent): boolean {
  const { compiler } = model;
  if (!compiler.isPropertyAccessExpression(node)) return false;
  const value = declaredLocal(model, graph, node.expression)?.value;
  if (value === undefined) return false;
  const made = skipOuter(compiler, value);
  return (compiler.isAwaitExpression(made) ? skipOuter(compiler, made.expression) : made) === load.node;
}

function callsWaitedFor(model: ProgramModel, graph: Graph, value: Value | undefined): readonly CallEvent[] {
  return (value === undefined ? undefined : questionOf(model, graph, value)?.asked) ?? [];
}

/** What the call loads itself, or what a helper does that only returns what it loads. */
function loadedBy(model: ProgramModel, call: CallEvent): readonly Access[] {
  if (!loads.test(call.name ?? '')) return [];
  const own = accessBy(model, call, loads, 0);
  if (own !== undefined) return [own];
  const callee = call.arguments.length > 0 ? undefined : model.callee(call, 'full');
  return callee === undefined ? [] : loadsOf(model, callee);
}

const loadsOf = memoized((model, callee: FunctionNode): readonly Access[] => {
  const { compiler } = model;
  if (callee.body === undefined) return [];
  const [value, ...more] = returnedExpressions(compiler, callee.body);
  if (value === undefined || more.length > 0) return [];
  const node = skipOuter(compiler, value);
  const inner = eventsOf(model.graph(callee)).find((event): event is CallEvent => event.kind === 'call' && event.node === (compiler.isAwaitExpression(node) ? skipOuter(compiler, node.expression) : node));
  const access = inner === undefined || !loads.test(inner.name ?? '') ? undefined : accessBy(model, inner, loads, 0);
  return access === undefined ? [] : [access];
});

/** What the call saves itself, or what a helper does with what it is handed. */
function savedBy(model: ProgramModel, graph: Graph, call: CallEvent): readonly Access[] {
  const own = saves.test(call.name ?? '') ? accessBy(model, call, saves, 1) : undefined;
  if (own !== undefined) return [own];
  if (call.arguments.length === 0 || call.consumption === 'stored') return [];
  if (!call.arguments.some((argument) => callsWaitedFor(model, graph, argument).length > 0)) return [];
  const callee = model.callee(call, 'full');
  return callee === undefined ? [] : savesOf(model, callee).flatMap(({ parameter, ...access }) => {
    const value = call.arguments[parameter];
    return value === undefined ? [] : [{ ...access, value }];
  });
}

const savesOf = memoized((model, callee: FunctionNode): readonly (Access & { readonly parameter: number })[] => {
  const { compiler } = model;
  return eventsOf(model.graph(callee)).flatMap((event) => {
    const access = event.kind === 'call' && compiler.isCallExpression(event.node) && saves.test(event.name ?? '') ? accessBy(model, event, saves, 1) : undefined;
    if (access === undefined) return [];
    const parameter = callee.parameters.findIndex((declared) => access.value?.sources.some((source) => source.kind === 'use' && source.binding.declaration === declared) === true);
    return parameter < 0 ? [] : [{ ...access, parameter }];
  });
});

/** A method of one of the pairs, on something that lives longer than the call, with a key that is the same in every call. */
function accessBy(model: ProgramModel, call: CallEvent, names: RegExp, values: 0 | 1): Access | undefined {
  const { compiler } = model;
  const { node, receiver } = call;
  const what = names.exec(call.name ?? '')?.[1];
  if (what === undefined || receiver === undefined || !compiler.isCallExpression(node)) return undefined;
  const keys = node.arguments.slice(0, node.arguments.length - values);
  const value = values === 0 ? undefined : call.arguments.at(-1);
  if (keys.length === 0 || (values === 1 && value === undefined)) return undefined;
  // a collection in memory is followed as a place
  if (what === '' && call.consumption !== 'awaited' && values === 0) return undefined;
  const named = keys.map((key) => constantOf(model, key));
  if (!named.every((key) => compiler.isStringLiteralLike(key) || isMemberOfConstant(model, key))) return undefined;
  const store = receiver.place?.key ?? receiver.node.getText();
  if (receiver.place?.root.kind === 'variable' && !compiler.isSourceFile(receiver.place.root.binding.owner)) return undefined;
  return { key: [store, what.toLowerCase(), ...named.map((key) => (compiler.isStringLiteralLike(key) ? JSON.stringify(key.text) : key.getText()))].join(' '), text: `${oneLine(receiver.node)}.${call.name ?? ''}(${keys.map(oneLine).join(', ')})`, value };
}

/** `KEYS.refresh`, a member of a constant of the module. */
function isMemberOfConstant(model: ProgramModel, node: ts.Expression): boolean {
  const { compiler } = model;
  if (!compiler.isPropertyAccessExpression(node) || !compiler.isIdentifier(node.expression)) return false;
  const binding = model.file(node).scopes.resolve(node.expression);
  return binding !== undefined && compiler.isSourceFile(binding.owner) && binding.assignments.length === 0;
}

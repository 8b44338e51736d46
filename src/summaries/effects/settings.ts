/**
 * What a function sets, by an assignment of its own or by a helper that sets it whatever it finds: `this.setState('closed')` sets the
 * state as `this.state = 'closed'` there would, and `this.reset()` empties what the helper empties.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { mayFollowSuspension } from '../../cfg/walk.js';
import type { CallEvent, Value, WriteEvent } from '../../events/event.js';
import { type Activation, type FunctionNode, nameOfFunction, skipOuter } from '../../syntax/functions.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { substitute } from './provenance.js';

export interface Setting {
  /** As the function sees it: its own place, and the value that it gives. */
  readonly write: WriteEvent;
  /** The assignment, or the call of the helper. */
  readonly event: WriteEvent | CallEvent;
}

/** Helpers of helpers that are followed. */
const maximumDepth = 2;

export const settingsOf = memoized((model, activation: Activation): readonly Setting[] => {
  const graph = model.graph(activation);
  return eventsOf(graph).flatMap((event): readonly Setting[] => {
    if (event.kind === 'write') return event.how === 'assign' && event.value !== undefined ? [{ write: event, event }] : [];
    return event.kind === 'call' ? settingsByHelper(model, graph, event, 1).map((write) => ({ write, event })) : [];
  });
});

/** What the callee sets whenever it is called, before it has waited for anything unless the call is waited for. */
function settingsByHelper(model: ProgramModel, graph: Graph, call: CallEvent, depth: number): readonly WriteEvent[] {
  if (call.isConstruction === true || call.isGetter) return [];
  const callee = model.callee(call, 'syntactic');
  if (callee === undefined || callee === graph.owner || graph.inlined.has(callee)) return [];
  return plainSettings(model, callee, call.consumption === 'awaited', depth).flatMap((write): readonly WriteEvent[] => {
    const place = substitute(model, write.place, callee, call);
    return place === undefined ? [] : [{ ...write, place, value: asGiven(model, callee, call, write.value) }];
  });
}

function plainSettings(model: ProgramModel, callee: FunctionNode, isAwaited: boolean, depth: number): readonly WriteEvent[] {
  const graph = model.graph(callee);
  return eventsOf(graph).flatMap((event): readonly WriteEvent[] => {
    if (event.kind !== 'write' && (event.kind !== 'call' || depth === maximumDepth)) return [];
    if (event.kind === 'write' && (event.how !== 'assign' || event.value === undefined)) return [];
    if (model.controlDependence(graph).controllingTests(event.block).length > 0 || (!isAwaited && mayFollowSuspension(graph, event))) return [];
    return event.kind === 'write' ? [event] : settingsByHelper(model, graph, event, depth + 1);
  });
}

/** A parameter of the helper is what the caller hands in. */
function asGiven(model: ProgramModel, callee: FunctionNode, call: CallEvent, value: Value | undefined): Value | undefined {
  const { compiler } = model;
  const node = value !== undefined && compiler.isExpression(value.node) ? skipOuter(compiler, value.node) : undefined;
  if (node === undefined || !compiler.isIdentifier(node)) return value;
  const declaration = model.file(node).scopes.resolve(node)?.declaration;
  const index = callee.parameters.findIndex((parameter) => parameter === declaration);
  return call.arguments[index] ?? value;
}

/** The functions of the file that call the helper by its name. */
export const namedCallersOf = memoized((model, callee: Activation): readonly Activation[] => {
  const name = model.compiler.isSourceFile(callee) ? undefined : nameOfFunction(model.compiler, callee);
  if (name === undefined) return [];
  const callers = new Set(model.file(callee).mentions(name.text).map((mention) => model.rootActivation(mention)));
  callers.delete(callee);
  return [...callers];
});

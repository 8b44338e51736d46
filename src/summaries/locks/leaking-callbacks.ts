/**
 * Callbacks that throw before they return a promise, run by a member that gives back only when the promise has settled: the
 * lock, permit or resource is then lost. The model of the library says which members are of that kind.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { LockReference } from '../../events/event.js';
import type { RunOperation } from '../../locks/operation.js';
import { type FunctionNode, isAsync, isGenerator } from '../../syntax/functions.js';
import { type Failure, failureWithoutEnd } from '../effects/ways-out.js';
import type { ProgramModel } from '../model/program-model.js';

export interface LeakingCallback {
  /** The call that runs the callback. */
  readonly node: ts.CallExpression;
  readonly operation: RunOperation;
  readonly lock: LockReference;
  readonly callback: FunctionNode;
  /** What throws while there is no promise yet. */
  readonly thrown: Failure;
}

export function* leakingCallbacks(model: ProgramModel, graph: Graph): Generator<LeakingCallback> {
  const { compiler } = model;
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'acquire' || event.operation?.kind !== 'run' || !event.operation.leaksOnThrow || !compiler.isCallExpression(event.node)) continue;
    const { operation } = event;
    const callback = model.calleeOfExpression(operation.callback, 'full');
    const thrown = callback === undefined ? undefined : throwBeforePromise(model, callback);
    if (callback !== undefined && thrown !== undefined) yield { node: event.node, operation, lock: event.lock, callback, thrown };
  }
}

/** An asynchronous function reports what it throws by its promise. */
function throwBeforePromise(model: ProgramModel, callback: FunctionNode): Failure | undefined {
  if (callback.body === undefined || isAsync(model.compiler, callback) || isGenerator(callback)) return undefined;
  const graph = model.graph(callback);
  return failureWithoutEnd(model, graph, { block: graph.entry, index: -1 }, ({ kind }) => kind === 'return' || kind === 'suspend');
}

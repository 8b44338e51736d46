/**
 * Where a call waits until a lock or queue is free or idle, or takes what a pool gives for its own length: by itself,
 * `await queue.onIdle()`, or in a callee that it waits for.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent } from '../../events/event.js';
import type { WaitOperation } from '../../locks/operation.js';
import type { Place } from '../../places/place.js';
import { substitute } from '../effects/provenance.js';
import type { ProgramModel } from '../model/program-model.js';
import { canonical, lockOfExpression } from './lock-identity.js';

export interface IdleWait {
  /** The lock, as the caller names it. */
  readonly place: Place;
  /** Until it is free for one more, until nobody holds it at all, or until the call has had it. */
  readonly until: WaitOperation['until'];
  /** The call that waits. */
  readonly node: ts.CallExpression;
}

/** Callees are followed this deep. */
const maximumDepth = 3;

export function idleWaitsOf(model: ProgramModel, graph: Graph, call: CallEvent): readonly IdleWait[] {
  return waitsOf(model, graph, call, 0);
}

function waitsOf(model: ProgramModel, graph: Graph, call: CallEvent, depth: number): readonly IdleWait[] {
  const { compiler } = model;
  const { node } = call;
  if (!compiler.isCallExpression(node) || call.reference !== undefined || (call.consumption !== 'awaited' && call.consumption !== 'returned')) return [];
  const operation = waitOperation(model, node);
  if (operation?.lock !== undefined) {
    const place = lockOfExpression(model, graph, operation.lock);
    return place === undefined ? [] : [{ place: canonical(model, place), until: operation.until, node }];
  }
  const callee = depth < maximumDepth ? model.callee(call, 'full') : undefined;
  if (callee === undefined || callee === graph.owner || graph.inlined.has(callee) || !model.locks.mayContainLocks(callee.getSourceFile())) return [];
  const inner = model.graph(callee);
  const found: IdleWait[] = [];
  for (const event of eventsOf(inner)) {
    // what the callee asks first may tell it that it is in a section
    if (event.kind !== 'call' || model.controlDependence(inner).controllingTests(event.block).length > 0) continue;
    for (const wait of waitsOf(model, inner, event, depth + 1)) {
      const place = substitute(model, wait.place, callee, call);
      if (place !== undefined) found.push({ ...wait, place: canonical(model, place) });
    }
  }
  return found;
}

/** A wait for the whole lock, not for one of its keys. */
function waitOperation(model: ProgramModel, node: ts.CallExpression): WaitOperation | undefined {
  const operation = model.locks.classifyCall(node);
  return operation?.kind === 'wait' && operation.key === undefined ? operation : undefined;
}

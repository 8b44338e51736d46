/** Writes of a helper that asks nothing, and waits for nothing before: to call it is to write. */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { mayFollowSuspension } from '../../cfg/walk.js';
import type { CallEvent, TestEvent, WriteEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import type { ProgramModel } from '../model/program-model.js';
import { substitute } from './provenance.js';

export interface HelperWrite {
  /** As the caller sees it. */
  readonly place: Place;
  readonly write: WriteEvent;
  /** The graph that the write is in. */
  readonly graph: Graph;
}

/**
 * What the callee writes whenever it is called: one of the same object or module, or with full effort of any. A test that
 * `isPassed` accepts does not count.
 */
export function writesByHelper(
  model: ProgramModel,
  graph: Graph,
  call: CallEvent,
  isSought: (write: WriteEvent, inner: Graph) => boolean,
  effort: 'syntactic' | 'full' = 'syntactic',
  isPassed: (test: TestEvent, write: WriteEvent, inner: Graph) => boolean = () => false,
): readonly HelperWrite[] {
  const callee = call.isConstruction === true || call.isGetter ? undefined : model.callee(call, effort);
  if (callee === undefined || (callee === graph.owner && effort === 'full')) return [];
  const inner = model.graph(callee);
  return eventsOf(inner).flatMap((write): HelperWrite[] => {
    if (write.kind !== 'write' || mayFollowSuspension(inner, write) || !isSought(write, inner)) return [];
    if (!model.controlDependence(inner).controllingTests(write.block).every((test) => isPassed(test, write, inner))) return [];
    const place = substitute(model, write.place, callee, call);
    return place === undefined ? [] : [{ place, write, graph: inner }];
  });
}

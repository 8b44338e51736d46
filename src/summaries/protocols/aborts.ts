/** Signals that a task asks for itself whether it was called off, by a method that throws. */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { walkBackward } from '../../cfg/walk.js';
import type { Event } from '../../events/event.js';
import type { ProgramModel } from '../model/program-model.js';

/**
 * `signal.throwIfAborted();` stands between the last suspension and the act, on every way that has one. Where a test asks first,
 * `if (signal.aborted) { await client.close(); signal.throwIfAborted(); }`, only who was not called off comes past it.
 */
export function isPastAbort(model: ProgramModel, graph: Graph, act: Event): boolean {
  const asking = new Set<Event>(eventsOf(graph).filter((event) => event.kind === 'call' && event.name === 'throwIfAborted'));
  if (asking.size === 0) return false;
  for (const call of [...asking]) {
    for (const test of model.controlDependence(graph).controllingTests(call.block)) {
      const isOfSignal = test.value.sources.some((source) => source.kind === 'read' && source.place.text.endsWith('.aborted'));
      if (isOfSignal) asking.add(test);
    }
  }
  let isExposed = false;
  walkBackward<true>(graph, act, true, () => 0, (earlier) => {
    if (asking.has(earlier)) return undefined;
    if (earlier.kind !== 'suspend') return true;
    isExposed = true;
    return undefined;
  });
  return !isExposed;
}

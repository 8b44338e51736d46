/** Signals that a task asks for itself whether it was called off, by a method that throws. */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { walkBackward } from '../../cfg/walk.js';
import type { Event, TestEvent } from '../../events/event.js';
import { memoized, type ProgramModel } from '../model/program-model.js';

/** Where the activation asks its signal: by the method that throws, or by a test before it. */
const asksOf = memoized((model, graph: Graph): ReadonlySet<Event> => {
  const calls = eventsOf(graph).filter((event) => event.kind === 'call' && event.name === 'throwIfAborted');
  const isOfSignal = ({ value }: TestEvent): boolean => value.sources.some((source) => source.kind === 'read' && source.place.text.endsWith('.aborted'));
  return new Set<Event>([...calls, ...calls.flatMap((call) => model.controlDependence(graph).controllingTests(call.block).filter(isOfSignal))]);
});

/**
 * `signal.throwIfAborted();` stands between the last suspension and the act, on every way that has one. Where a test asks first,
 * `if (signal.aborted) { await client.close(); signal.throwIfAborted(); }`, only who was not called off comes past it.
 */
export function isPastAbort(model: ProgramModel, graph: Graph, act: Event): boolean {
  const asking = asksOf(model, graph);
  if (asking.size === 0) return false;
  let isExposed = false;
  walkBackward<true>(graph, act, true, () => 0, (earlier) => {
    if (asking.has(earlier)) return undefined;
    if (earlier.kind !== 'suspend') return true;
    isExposed = true;
    return undefined;
  });
  return !isExposed;
}

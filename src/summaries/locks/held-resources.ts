/**
 * What an activation has of a pool at an event. A pool keeps nobody out of anything, and so its clients are no locks; but who
 * keeps one and waits for another waits for somebody to give one back.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { isReachedWithout } from '../../cfg/walk.js';
import type { AcquireEvent, Event } from '../../events/event.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import type { HeldUse } from './lock-effects.js';
import { isBounded, lockTaken } from './lock-identity.js';

export function resourcesAt(model: ProgramModel, graph: Graph, event: Event): readonly HeldUse[] {
  if (!graph.hasLocks) return [];
  return boundedResources(model, graph).flatMap((acquire) => {
    if (acquire === event || !isHeldAt(graph, acquire, event)) return [];
    const place = lockTaken(model, graph, acquire);
    return place === undefined ? [] : [{ place, mode: acquire.mode, acquire, node: acquire.node }];
  });
}

/** What is taken of pools whose size is in sight. */
const boundedResources = memoized((_model, graph: Graph): readonly AcquireEvent[] =>
  eventsOf(graph).filter(
    (event): event is AcquireEvent => event.kind === 'acquire' && event.operation?.kind === 'acquire' && event.operation.resource && isBounded(event),
  ),
);

/** Taken on every way to the event, and given back on none. */
function isHeldAt(graph: Graph, acquire: AcquireEvent, event: Event): boolean {
  const { lock } = acquire;
  if (!follows(graph, acquire, event)) return false;
  if (isReachedWithout(graph, event, (other) => other === acquire)) return false;
  return !eventsOf(graph).some((other) => other.kind === 'release' && other.lock.key === lock.key && follows(graph, acquire, other) && follows(graph, other, event));
}

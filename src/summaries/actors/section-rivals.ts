/** Who else touches a place under a lock: what tells that the lock guards the place, and who is hurt by an access without it. */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { Event, LockReference, ReadEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { type HeldLock, heldLocks } from '../locks/held-locks.js';
import { activationsIn, isSameLock, mayReach, scopeOf, writesTo } from '../effects/mutations.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { isShared } from './sharing.js';

/** An access of another section of the same lock. */
export interface SectionRival {
  readonly graph: Graph;
  readonly event: Event;
  readonly isWrite: boolean;
}

interface GuardedRead {
  readonly graph: Graph;
  readonly event: ReadEvent;
  readonly locks: readonly HeldLock[];
}

/**
 * An access under the lock with which an access of the place conflicts: one of the two writes. `isOwn` tells accesses of
 * the work in question from those of others.
 */
export function sectionRival(
  model: ProgramModel,
  lock: LockReference,
  place: Place,
  isWrite: boolean,
  from: ts.Node,
  isOwn: (event: Event) => boolean,
): SectionRival | undefined {
  const isUnderLock = (graph: Graph, event: Event): boolean =>
    !isOwn(event) && heldLocks(model, graph).at(event).some((held) => isSameLock(held.lock, lock));
  const [write] = writesTo(model, place, isUnderLock);
  if (write !== undefined) return { graph: write.graph, event: write.event, isWrite: true };
  if (!isWrite) return undefined;
  for (const { graph, event, locks } of guardedReads(model, scopeOfLock(lock, from))) {
    if (!mayReach(event.place, place) && !mayReach(place, event.place)) continue;
    if (isOwn(event) || !locks.some((held) => isSameLock(held.lock, lock))) continue;
    if (event.collection !== undefined && !model.questions.isCollection(event.collection)) continue;
    return { graph, event, isWrite: false };
  }
  return undefined;
}

/** The class, function or module in which the lock can be named. */
function scopeOfLock({ place }: LockReference, from: ts.Node): ts.Node {
  return (place === undefined ? undefined : scopeOf(place)) ?? from.getSourceFile();
}

const guardedReads = memoized((model, scope: ts.Node): readonly GuardedRead[] => {
  const found: GuardedRead[] = [];
  for (const activation of activationsIn(model, scope)) {
    const graph = model.graph(activation);
    const held = heldLocks(model, graph);
    for (const event of eventsOf(graph)) {
      if (event.kind !== 'read' || !isShared(model, graph, event.place)) continue;
      const locks = held.at(event);
      if (locks.length > 0) found.push({ graph, event, locks });
    }
  }
  return found;
});

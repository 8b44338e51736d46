/**
 * Sections that a bare write undoes, however few accesses there are: the section reads a place, waits, and writes there what it made
 * of what it read, all under one exclusive lock. Whoever writes the place without that lock meanwhile writes for nothing.
 *
 * A habit, as in `guards`, is inferred from many accesses; here one section shows by itself what it needs.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { latestBefore } from '../../cfg/walk.js';
import type { Event, LockReference, SuspendEvent } from '../../events/event.js';
import { writeAffectsRead } from '../../places/place.js';
import { dependencesOf } from '../effects/dependence.js';
import { isSameLock } from '../effects/mutations.js';
import { callsBehind } from '../effects/provenance.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { isCurrent } from '../protocols/protocols.js';
import { oldLook } from '../races/updates.js';
import { type Access, isOfReleasingTurn, mayBeHeld } from './guards.js';
import { type HeldLock, type HeldLocks, heldLocks, isClaim, withoutExclusion } from './held-locks.js';
import { idleWaitsOf } from './idle-waits.js';
import { mayHoldLocks } from './lock-presence.js';

export interface UndoneWrite {
  /** The write that nobody keeps apart from the section. */
  readonly bare: Access;
  readonly lock: LockReference;
  readonly section: { readonly graph: Graph; readonly look: Access['event']; readonly suspension: SuspendEvent; readonly write: Access['event'] };
}

/** The first of the writes, made in one activation, that a section of another one undoes. */
export function undoneWrite(model: ProgramModel, all: readonly Access[], own: readonly Access[]): UndoneWrite | undefined {
  const bare = own.filter(({ event, held }) => event.kind === 'write' && held.length === 0);
  if (bare.length === 0) return undefined;
  for (const access of all) {
    if (access.graph === bare[0]?.graph || !mayHoldLocks(model, access.graph.owner)) continue;
    const found = updateInSection(model, access);
    if (found === undefined) continue;
    const { lock, section } = found;
    const undone = bare.find((each) => writeAffectsRead(each.event.place, section.look.place) && !mayBeHeld(each, lock) && !isOfReleasingTurn(each, lock) && !isOfIdleTurn(model, each, lock));
    // who replaces the lock as well lets the next one in by that
    if (undone !== undefined && !writesTo(undone.graph, lock)) return { bare: undone, lock, section };
  }
  return undefined;
}

/** The access writes what was made of what the section read there before it waited; every function that writes the place without the lock asks. */
const updateInSection = memoized((model, { graph, event }: Access): Pick<UndoneWrite, 'lock' | 'section'> | undefined => {
  if (event.kind !== 'write' || event.how !== 'assign' || event.value === undefined || !graph.hasSuspension) return undefined;
  const held = heldLocks(model, graph);
  const guards = held.at(event).filter(isExclusiveLock);
  if (guards.length === 0) return undefined;
  const open: HeldLocks = withoutExclusion(held);
  const look = oldLook(dependencesOf(model, graph, open, event, event.value), event.place);
  if (look?.event.kind !== 'read' || look.suspension === undefined || look.manner === 'opaque' || isCurrent(model, graph, open, event, false)) return undefined;
  const { event: read, suspension } = look;
  const guard = guards.find(({ lock }) => [read, suspension].every((each) => held.at(each).some((other) => isExclusiveLock(other) && isSameLock(other.lock, lock))));
  return guard === undefined ? undefined : { lock: guard.lock, section: { graph, look: read, suspension, write: event } };
});

/** `await this.queue.onIdle(); this.total = 0;`: no section is under way when the wait is over, nor before this turn is. */
function isOfIdleTurn(model: ProgramModel, { graph, event }: Access, lock: LockReference): boolean {
  const waits = latestBefore(graph, event, (earlier: Event): earlier is SuspendEvent => earlier.kind === 'suspend');
  return (
    waits.length > 0 &&
    waits.every(({ operand }) => {
      const calls = operand === undefined ? [] : callsBehind(graph, operand);
      return calls.some((call) => idleWaitsOf(model, graph, call).some(({ place }) => place.key === lock.place?.key));
    })
  );
}

function writesTo(graph: Graph, { place }: LockReference): boolean {
  return place !== undefined && eventsOf(graph).some((event) => event.kind === 'write' && event.place.key === place.key);
}

/** A lock that keeps all others out, whatever key they ask for. */
function isExclusiveLock(held: HeldLock): boolean {
  return !isClaim(held) && held.mode === 'exclusive' && held.lock.element === undefined;
}

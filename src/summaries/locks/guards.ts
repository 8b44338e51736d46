/**
 * Which lock guards a place: the one that its author names, or the one that most of its accesses hold.
 *
 * The inference is that of SpotBugs and Coverity: at least half of the accesses hold the lock, a write counting twice. A
 * bare write does harm only to a section that suspends between two accesses; all others run to their end undisturbed.
 */
import { accessesNear, type Graph } from '../../cfg/graph.js';
import { latestBefore, walkBackward } from '../../cfg/walk.js';
import {
  type AcquireEvent,
  type Event,
  eventKey,
  type LockReference,
  type ReadEvent,
  type ReleaseEvent,
  type SuspendEvent,
  type WriteEvent,
} from '../../events/event.js';
import { type Place, project, rootPlace } from '../../places/place.js';
import { declaredGuard } from './guard-annotations.js';
import { type HeldLock, heldLocks, isClaim } from './held-locks.js';
import { mayHoldLocks } from './lock-presence.js';
import { activationsNaming, isSameLock, mayReach } from '../effects/mutations.js';
import { createModelCache, type ProgramModel } from '../model/program-model.js';
import { isShared } from '../actors/sharing.js';

export interface Access {
  readonly graph: Graph;
  readonly event: ReadEvent | WriteEvent;
  /** Locks held at the access, claims included. */
  readonly held: readonly HeldLock[];
}

/** A section of the guard that touches the place on both sides of a suspension. */
export interface TornSection {
  readonly first: Access;
  readonly suspension: SuspendEvent;
  readonly last: Access;
}

export interface Guard {
  readonly lock: LockReference;
  readonly isDeclared: boolean;
  /** One access for each site that holds the lock. */
  readonly locked: readonly Access[];
  readonly sites: number;
  readonly torn: TornSection | undefined;
}

/** The field or variable that the place lies in; undefined for what has no name of its own. */
export function guardedBase({ root, path }: Place): Place | undefined {
  if (root.kind === 'variable') return root.binding.kind === 'variable' ? rootPlace(root) : undefined;
  const [first] = path;
  if (root.kind !== 'this' || root.owner === undefined || first?.kind !== 'field') return undefined;
  return project(rootPlace(root), first);
}

const accessCache = createModelCache<object, Map<string, readonly Access[]>>();

/** The accesses of a field or variable, one for each site; a write stands for the read that it starts with. */
export function accessesOf(model: ProgramModel, base: Place): readonly Access[] {
  const { root } = base;
  const owner = root.kind === 'this' ? root.owner : root.kind === 'variable' ? root.binding.owner : undefined;
  if (owner === undefined) return [];
  const cache = accessCache(model);
  let byKey = cache.get(owner);
  if (byKey === undefined) cache.set(owner, (byKey = new Map<string, readonly Access[]>()));
  let accesses = byKey.get(base.key);
  if (accesses === undefined) byKey.set(base.key, (accesses = collect(model, base)));
  return accesses;
}

function collect(model: ProgramModel, base: Place): Access[] {
  const sites = new Map<number, Access>();
  const naming = activationsNaming(model, base);
  // what nobody touches under a lock has no guard, unless its author says so
  if (![...naming].some((activation) => mayHoldLocks(model, activation)) && declaredGuard(model, base) === undefined) return [];
  for (const activation of naming) {
    const graph = model.graph(activation);
    const isLocking = mayHoldLocks(model, activation);
    for (const event of accessesNear(graph, base)) {
      if (!mayReach(event.place, base) || !isShared(model, graph, event.place)) continue;
      if (isLocking && !heldLocks(model, graph).isReached(event)) continue;
      if (event.collection !== undefined && !model.questions.isCollection(event.collection)) continue;
      const start = event.node.getStart();
      const known = sites.get(start);
      if (known === undefined || (event.kind === 'write' && known.event.kind === 'read')) sites.set(start, accessAt(model, graph, event));
    }
  }
  return [...sites.values()];
}

/** To know what callers hold costs more than to find the access; it is asked where it matters. */
function accessAt(model: ProgramModel, graph: Graph, event: Access['event']): Access {
  return {
    graph,
    event,
    get held() {
      return heldLocks(model, graph).at(event);
    },
  };
}

/** How the access holds the lock; undefined where it does not. */
export function modeOf(access: Access, lock: LockReference): HeldLock['mode'] | undefined {
  return access.held.find((held) => guards(held) && isSameLock(held.lock, lock))?.mode;
}

/** Claims keep others out in a way of their own; a lock with many permits keeps nobody out. */
function guards(held: HeldLock): boolean {
  return !isClaim(held) && held.mode !== 'counting';
}

/** The access follows the release in the same turn: whoever is let in next begins when this turn is over. */
export function isOfReleasingTurn({ graph, event }: Access, lock: LockReference): boolean {
  let isExposed = false;
  let isReleased = false;
  walkBackward<true>(
    graph,
    event,
    true,
    () => 0,
    (earlier) => {
      if (earlier.kind === 'release' && isSameLock(earlier.lock, lock)) isReleased = true;
      else if (earlier.kind === 'suspend') isExposed = true;
      else return true;
      return undefined;
    },
    () => {
      isExposed = true;
    },
  );
  return isReleased && !isExposed;
}

/** On some path the lock was taken and not given back: where its release hangs on a condition, so does its taking. */
export function mayBeHeld({ graph, event }: Access, lock: LockReference): boolean {
  const isOfLock = (earlier: Event): earlier is AcquireEvent | ReleaseEvent =>
    (earlier.kind === 'acquire' || earlier.kind === 'release') && isSameLock(earlier.lock, lock);
  return latestBefore(graph, event, isOfLock).some(({ kind }) => kind === 'acquire');
}

/** The lock that guards the field or variable. */
export function guardOf(model: ProgramModel, base: Place, minimumSites: number): Guard | undefined {
  const accesses = accessesOf(model, base);
  const declared = declaredGuard(model, base);
  if (declared !== undefined) {
    const locked = accesses.filter((access) => modeOf(access, declared) !== undefined);
    return { lock: declared, isDeclared: true, locked, sites: accesses.length, torn: tornSection(locked, declared) };
  }
  const candidates = new Map<string, LockReference>();
  const locking = accesses.filter((access) => mayHoldLocks(model, access.graph.owner));
  if (locking.length < minimumSites || weightOf(locking) * 2 < weightOf(accesses)) return undefined;
  for (const { held } of locking) {
    // keys of a keyed lock keep apart only those who ask for the same
    for (const other of held) if (guards(other) && other.lock.element === undefined) candidates.set(other.lock.key, other.lock);
  }
  for (const lock of candidates.values()) {
    const locked = locking.filter((access) => modeOf(access, lock) !== undefined);
    const isOften = locked.length >= minimumSites && weightOf(locked) * 2 >= weightOf(accesses);
    // one section says what it needs itself, not what the place needs
    if (!isOften || new Set(locked.map(({ graph }) => graph)).size < 2) continue;
    return { lock, isDeclared: false, locked, sites: accesses.length, torn: tornSection(locked, lock) };
  }
  return undefined;
}

function weightOf(accesses: readonly Access[]): number {
  return accesses.reduce((sum, { event }) => sum + (event.kind === 'write' ? 2 : 1), 0);
}

/**
 * Accesses of one activation on both sides of a suspension, with nothing in between that takes or gives the lock. A section that
 * looks again after its suspension, and decides by that, has forgotten what it saw before.
 */
export function tornSection(locked: readonly Access[], lock: LockReference): TornSection | undefined {
  for (const last of locked) {
    if (isLook(last)) continue;
    let torn: TornSection | undefined;
    walkBackward<SuspendEvent | 'none'>(
      last.graph,
      last.event,
      'none',
      (state) => (state === 'none' ? -1 : eventKey(state)),
      (earlier, state) => {
        if (torn !== undefined || ((earlier.kind === 'acquire' || earlier.kind === 'release') && isSameLock(earlier.lock, lock))) return undefined;
        if (earlier.kind === 'suspend' && earlier.reason !== 'acquire') return earlier;
        const first = locked.find((access) => access.event === earlier);
        if (state === 'none') return first !== undefined && isLook(first) ? undefined : state;
        if (first !== undefined && (first.event.kind === 'write' || last.event.kind === 'write' || first.event !== last.event)) {
          torn = { first, suspension: state, last };
          return undefined;
        }
        return state;
      },
    );
    if (torn !== undefined) return torn;
  }
  return undefined;
}

/** The access is what a test looks at. */
function isLook({ graph, event }: Access): boolean {
  const test = graph.blocks[event.block]?.events.at(-1);
  return event.kind === 'read' && test?.kind === 'test' && test.value.sources.includes(event);
}

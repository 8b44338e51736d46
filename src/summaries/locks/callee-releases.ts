/** Functions that release a lock for who holds it: on every way through them, or on some way. */
import { eventsOf } from '../../cfg/graph.js';
import { isReachedWithout } from '../../cfg/walk.js';
import type { CallEvent, Event, LockReference, ReleaseEvent } from '../../events/event.js';
import { type Place, projectionKey } from '../../places/place.js';
import type { FunctionNode } from '../../syntax/functions.js';
import { substitute } from '../effects/provenance.js';
import type { ProgramModel } from '../model/program-model.js';

/** A lock that somebody owes the release of. */
export interface OwedLock {
  readonly model: ProgramModel;
  readonly lock: LockReference;
}

/** Callees are searched for a release this deep. */
const maximumDepth = 3;

/** The release of the lock that no way through the function leaves out. */
export function releaseIn(owed: OwedLock, callee: FunctionNode, seenHere: (place: Place) => Place | undefined, depth: number): ReleaseEvent | undefined {
  if (callee.body === undefined || depth >= maximumDepth) return undefined;
  const graph = owed.model.graph(callee);
  const releases = new Map<Event, ReleaseEvent>();
  for (const event of eventsOf(graph)) {
    if (event.kind === 'acquire') return undefined;
    if (event.kind === 'release' && event.operation?.kind === 'release' && isSameLock(owed, event.lock, seenHere)) releases.set(event, event);
    const inner = event.kind === 'call' ? owed.model.callee(event, 'syntactic') : undefined;
    if (event.kind !== 'call' || inner === undefined || inner === callee || graph.inlined.has(inner)) continue;
    const found = releaseIn(owed, inner, (place) => seenThrough(owed.model, place, inner, event, seenHere), depth + 1);
    if (found !== undefined) releases.set(event, found);
  }
  const [first] = releases.values();
  const end = { block: graph.exit, index: 0 };
  return first === undefined || isReachedWithout(graph, end, (event) => releases.has(event)) ? undefined : first;
}

function isSameLock(owed: OwedLock, lock: LockReference, seenHere: (place: Place) => Place | undefined): boolean {
  if (lock.place === undefined || owed.lock.place === undefined) return lock.key.split('|')[0] === owed.lock.key.split('|')[0];
  const seen = seenHere(lock.place);
  return seen !== undefined && isSamePlace(owed.model, seen, owed.lock.place);
}

function seenThrough(model: ProgramModel, place: Place, callee: FunctionNode, call: CallEvent, seenHere: (place: Place) => Place | undefined): Place | undefined {
  const outer = substitute(model, place, callee, call);
  return outer === undefined ? undefined : seenHere(outer);
}

/** Whether the function releases the lock without taking it itself. `seenHere` gives its places the names they have here. */
export function isReleasedIn(owed: OwedLock, callee: FunctionNode, seenHere: (place: Place) => Place | undefined, depth: number): boolean {
  if (callee.body === undefined || depth >= maximumDepth) return false;
  const graph = owed.model.graph(callee);
  let isReleased = false;
  for (const event of eventsOf(graph)) {
    if (event.kind === 'acquire' && isSameLock(owed, event.lock, seenHere)) return false;
    if (event.kind === 'release' && event.operation?.kind === 'release' && isSameLock(owed, event.lock, seenHere)) isReleased = true;
    else if (event.kind === 'call' && !isReleased) {
      const inner = owed.model.callee(event, 'syntactic');
      if (inner === undefined || inner === callee || graph.inlined.has(inner)) continue;
      isReleased = isReleasedIn(owed, inner, (place) => seenThrough(owed.model, place, inner, event, seenHere), depth + 1);
    }
  }
  return isReleased;
}

/** An imported lock has a name of its own in each file. */
function isSamePlace({ questions }: ProgramModel, left: Place, right: Place): boolean {
  if (left.key === right.key) return true;
  if (left.root.kind !== 'variable' || right.root.kind !== 'variable') return false;
  const symbols = [left.root, right.root].map(({ binding }) => questions.symbolAt(binding.identifier));
  const [first, second] = symbols.map((symbol) => (symbol === undefined ? undefined : questions.aliasedSymbol(symbol)));
  return first !== undefined && first === second && left.path.map(projectionKey).join('') === right.path.map(projectionKey).join('');
}

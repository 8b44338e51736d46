/**
 * A lock for a key that its holder throws away when it is done: `locks.delete(key)`. Who waits for it goes on with the old one,
 * who comes next makes a new one, and the two are in their sections together. It may go only where nobody waits.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { AcquireEvent, SuspendEvent, WriteEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { isShared } from '../actors/sharing.js';
import type { ProgramModel } from '../model/program-model.js';
import { lockTaken } from './lock-identity.js';

export interface ForgottenLock {
  readonly acquire: AcquireEvent;
  readonly removal: WriteEvent;
}

export function* forgottenLocks(model: ProgramModel, graph: Graph): Generator<ForgottenLock> {
  if (!graph.hasLocks) return;
  const acquires = new Map<string, AcquireEvent>();
  const removals: WriteEvent[] = [];
  const suspensions: SuspendEvent[] = [];
  for (const event of eventsOf(graph)) {
    if (event.kind === 'acquire') {
      const place = mayBeWaitedFor(event) ? lockTaken(model, graph, event) : undefined;
      if (place?.path.at(-1)?.kind === 'element') acquires.set(place.key, event);
    } else if (event.kind === 'write' && event.how === 'remove' && event.place.path.at(-1)?.kind === 'element') {
      removals.push(event);
    } else if (event.kind === 'suspend' && event.reason !== 'acquire') {
      suspensions.push(event);
    }
  }
  // a `finally` is in the graph once for each way into it
  const seen = new Set<ts.Node>();
  for (const removal of removals) {
    const acquire = acquires.get(removal.place.key);
    if (acquire === undefined || seen.has(removal.node) || !follows(graph, acquire, removal) || !isHeldMeanwhile(graph, suspensions, acquire, removal)) continue;
    if (isDecided(model, graph, acquire, removal) || !isShared(model, graph, removal.place)) continue;
    seen.add(removal.node);
    yield { acquire, removal };
  }
}

/** The place holds a lock that the activation takes. When that may go is asked of who waits for it, and of nothing else. */
export function holdsTakenLock(model: ProgramModel, graph: Graph, place: Place): boolean {
  return graph.hasLocks && eventsOf(graph).some((event) => event.kind === 'acquire' && event.operation !== undefined && lockTaken(model, graph, event)?.key === place.key);
}

/** Others wait until it is released; a lock that gives up at once, or that several hold, has nobody in line. */
function mayBeWaitedFor({ mode, operation, lock }: AcquireEvent): boolean {
  if (mode !== 'exclusive' || lock.isLocal || operation === undefined || !operation.waits || operation.key !== undefined) return false;
  return operation.kind === 'run' || !operation.conditional;
}

/** Some test decides whether it goes, and not whether it is taken: it may ask who waits. */
function isDecided(model: ProgramModel, graph: Graph, acquire: AcquireEvent, removal: WriteEvent): boolean {
  const control = model.controlDependence(graph);
  const before = new Set(control.controllingTests(acquire.block).map(({ node }) => node));
  return control.controllingTests(removal.block).some(({ node }) => !before.has(node));
}

/** Others come and wait, because the task suspends in between. */
function isHeldMeanwhile(graph: Graph, suspensions: readonly SuspendEvent[], acquire: AcquireEvent, removal: WriteEvent): boolean {
  return suspensions.some((event) => event.node !== acquire.node && follows(graph, acquire, event) && follows(graph, event, removal));
}

/**
 * Whether the check that an act depends on is still valid when the act happens.
 *
 * A look at a place goes stale when the task suspends: others may write the place meanwhile. It stays valid while an
 * exclusive lock is held throughout, and it no longer matters once this task has itself written the place (a claim).
 * The idea of fresh and outdated reads is that of ESLint's `require-atomic-updates`; here it is kept per place, only
 * for looks that decide whether the act happens, and searched backwards from the act, so that the nearest look on each
 * path counts: a look that is taken again after the suspension makes the act safe.
 */
import type { Graph } from '../cfg/graph.js';
import { walkBackward } from '../cfg/walk.js';
import type { CallEvent, Event, SuspendEvent, TestEvent, WriteEvent } from '../events/event.js';
import { type Place, writeAffectsRead } from '../places/place.js';
import type { HeldLocks } from './held-locks.js';
import type { ProgramModel } from './program-model.js';
import { type ReadReference, readsBehind, substitute } from './provenance.js';
import { summarize } from './summary.js';

export interface StaleCheck {
  readonly read: ReadReference;
  readonly test: TestEvent;
  /** The suspension nearest to the act; undefined when it lies inside a callee. */
  readonly suspension: SuspendEvent | undefined;
}

export type Verdict =
  /** No check of the place decides whether the act happens. */
  | { readonly kind: 'unchecked' }
  /** On every path the nearest check is still valid. */
  | { readonly kind: 'fresh'; readonly reads: readonly ReadReference[] }
  | { readonly kind: 'stale'; readonly check: StaleCheck };

/** Judges an act on the place at the event. `suspendsInside`: the event's callee suspends before it acts. */
export function judgeAct(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  act: WriteEvent | CallEvent,
  place: Place,
  suspendsInside = false,
): Verdict {
  const checks = checksOf(model, graph, act.block, place);
  if (checks.size === 0) return { kind: 'unchecked' };
  const byEvent = new Map<Event, { read: ReadReference; test: TestEvent }>();
  for (const [read, test] of checks) byEvent.set(read.event, { read, test });

  const fresh: ReadReference[] = [];
  const stale: StaleCheck[] = [];
  interface State {
    readonly isStale: boolean;
    readonly suspension: SuspendEvent | undefined;
  }
  const isStaleAtOnce = suspendsInside && !held.isExclusive(act);
  walkBackward<State>(
    graph,
    act,
    { isStale: isStaleAtOnce, suspension: undefined },
    (state) => (state.isStale ? 1 : 0),
    (event, state) => {
      const check = byEvent.get(event);
      if (check !== undefined) {
        if (state.isStale || check.read.isOld) stale.push({ ...check, suspension: state.suspension });
        else fresh.push(check.read);
        return undefined;
      }
      if (event.kind === 'suspend') {
        return state.isStale || held.isExclusive(event) ? state : { isStale: true, suspension: event };
      }
      if (event.kind === 'write') return writeAffectsRead(event.place, place) || event.place.key === place.key ? undefined : state;
      if (event.kind === 'call') return claimsByCall(model, event, place) ? undefined : state;
      return state;
    },
  );
  const [first] = stale;
  if (first !== undefined) return { kind: 'stale', check: first };
  return fresh.length > 0 ? { kind: 'fresh', reads: fresh } : { kind: 'unchecked' };
}

/** Looks at the place that decide whether the block runs, with the test that each decides. */
export function checksOf(model: ProgramModel, graph: Graph, block: number, place: Place): Map<ReadReference, TestEvent> {
  const checks = new Map<ReadReference, TestEvent>();
  for (const test of model.controlDependence(graph).controllingTests(block)) {
    for (const read of readsOfTest(model, graph, test)) {
      if (!writeAffectsRead(place, read.place)) continue;
      // looking through a local at the object it holds says nothing of what the place holds now
      if (read.heldBy !== undefined && place.path.length <= read.heldBy.path.length) continue;
      checks.set(read, test);
    }
  }
  return checks;
}

const testReads = new WeakMap<TestEvent, readonly ReadReference[]>();

export function readsOfTest(model: ProgramModel, graph: Graph, test: TestEvent): readonly ReadReference[] {
  let reads = testReads.get(test);
  if (reads === undefined) testReads.set(test, (reads = readsBehind(model, graph, test.value)));
  return reads;
}

/** A helper that writes the place before it suspends claims it for its caller: `this.setBusy(true)`. */
function claimsByCall(model: ProgramModel, call: CallEvent, place: Place): boolean {
  const callee = model.callee(call, 'syntactic');
  if (callee === undefined) return false;
  return summarize(model, callee).writes.some((write) => {
    if (write.phase !== 'before') return false;
    const seen = substitute(model, write.place, callee, call);
    return seen !== undefined && writeAffectsRead(seen, place);
  });
}

/** Who empties a slot that keeps a promise, or puts a newer one there, and how that task stands to the promise in it. */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { suspendsBetween, walkAcrossSuspensions, walkBackward } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { SuspendEvent, WriteEvent } from '../../events/event.js';
import { empties } from '../../events/writes.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { isFirstWrite } from '../actors/first-writes.js';
import { isShared } from '../actors/sharing.js';
import { activationsNaming } from '../effects/mutations.js';
import { callsBehind, readsBehind } from '../effects/provenance.js';
import { heldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { readsOfTest } from './freshness.js';
import { keptPromise } from './kept-promises.js';
import { failureBlocks, type Flight, isSameSlot, isSlotOf } from './promise-slots.js';

/** A write that empties a slot, and how the task that does it stands to the promise in it. */
export interface Clearing {
  readonly graph: Graph;
  readonly event: WriteEvent;
  /**
   * `owner`: the task that stored the promise, or the work itself. `waiter`: any task that has waited for it. `other`: does
   * not wait for it.
   */
  readonly by: 'owner' | 'waiter' | 'other';
  /** The suspension nearest to the write; undefined where there is none before it. */
  readonly suspension: SuspendEvent | undefined;
  /** It happens only when the work has failed. */
  readonly isAfterFailure: boolean;
}

export function clearingAt(model: ProgramModel, graph: Graph, event: WriteEvent, flights: readonly Flight[]): Clearing {
  let suspension: SuspendEvent | undefined;
  let waits = false;
  let isOwned = false;
  let isOthers = false;
  const works = flights.filter((flight) => flight.graph === graph);
  const calls = new Set(works.flatMap((flight) => callsBehind(graph, flight.value)));
  walkAcrossSuspensions(
    graph,
    event,
    (earlier) => {
      const isOwn =
        works.some(({ write }) => write === earlier) ||
        (earlier.kind === 'slot' && isSlotOf(earlier.place, earlier.binding?.id, works)) ||
        (earlier.kind === 'suspend' && earlier.operand !== undefined && callsBehind(graph, earlier.operand).some((call) => calls.has(call)));
      if (earlier.kind === 'suspend') suspension ??= earlier;
      if (isOwn) {
        isOwned = true;
        return true;
      }
      if (earlier.kind !== 'suspend') return false;
      const { operand } = earlier;
      if (operand !== undefined && readsBehind(model, graph, operand).some((read) => isSameSlot(event.place, read.place))) waits = true;
      return false;
    },
    (isSuspended) => {
      // work that throws at once has stored nothing, and let nobody in
      if (isSuspended) isOthers = true;
    },
  );
  const by = (isOwned && !isOthers) || isWorkOf(model, graph, flights) ? 'owner' : waits ? 'waiter' : 'other';
  return { graph, event, by, suspension, isAfterFailure: isOnlyAfterFailure(model, graph, event) };
}

/** No copy of the write, as a `finally` has several, runs when all went well. */
function isOnlyAfterFailure(model: ProgramModel, graph: Graph, event: WriteEvent): boolean {
  const failed = failureBlocks(model, graph);
  return graph.blocks.every((block) => failed.has(block.id) || !block.events.some((other) => other.node === event.node && other.kind === 'write'));
}

/** The activation is what a flight runs. */
function isWorkOf(model: ProgramModel, graph: Graph, flights: readonly Flight[]): boolean {
  return flights.some((flight) => callsBehind(flight.graph, flight.value).some((call) => model.callee(call, 'full') === graph.owner));
}

/**
 * The write happens only if the slot, or a generation, is what it was: a look after the last suspension, compared here or by a
 * helper that is given what the task remembers.
 */
export function isIdentityChecked(model: ProgramModel, { graph, event }: Clearing): boolean {
  return model
    .controlDependence(graph)
    .controllingTests(event.block)
    .some((test) => {
      if (suspendsBetween(graph, test, event)) return false;
      if (test.comparison === undefined) {
        const [asked] = test.value.sources;
        const isAsked = asked?.kind === 'call' && asked.arguments.length > 0 && model.callee(asked, 'syntactic') !== undefined;
        if (!isAsked) return false;
      } else if (test.comparison.left.nature === 'constant' || test.comparison.right.nature === 'constant') return false;
      return readsOfTest(model, graph, test).some((read) => isShared(model, graph, read.place));
    });
}

/**
 * The task has written, since it last suspended, what else decides whether the slot is filled: `value = await promise;
 * promise = undefined` where whoever finds the value starts nothing.
 */
export function isSettled(model: ProgramModel, { graph, event }: Clearing, flights: readonly Flight[]): boolean {
  const written: Place[] = [];
  walkBackward<true>(
    graph,
    event,
    true,
    () => 0,
    (earlier) => {
      if (earlier.kind === 'write' && earlier.place.key !== event.place.key) written.push(earlier.place);
      return earlier.kind === 'suspend' ? undefined : true;
    },
  );
  if (written.length === 0) return false;
  return flights.every((flight) =>
    model
      .controlDependence(flight.graph)
      .controllingTests(flight.write.block)
      .some((test) => readsOfTest(model, flight.graph, test).some((read) => written.some((place) => writeAffectsRead(place, read.place)))),
  );
}

/** A write, in another stretch of code, that can put a newer promise into the slot while this one is under way. */
export interface Replacement {
  readonly graph: Graph;
  readonly event: WriteEvent;
  /** It empties the slot, and whoever comes next fills it. */
  readonly isClearing: boolean;
}

/** Replacements of what the slot holds, beside a write of it at the node. */
export function replacementsBeside(
  model: ProgramModel,
  slot: { readonly graph: Graph; readonly node: ts.Node; readonly place: Place; readonly by: Clearing['by'] },
  flights: readonly Flight[],
): readonly Replacement[] {
  const found: Replacement[] = [];
  for (const activation of activationsNaming(model, slot.place)) {
    if (!model.compiler.isSourceFile(activation) && model.compiler.isConstructorDeclaration(activation)) continue;
    const graph = model.graph(activation);
    for (const event of eventsOf(graph)) {
      if (event.kind !== 'write' || event.node === slot.node || !isSameSlot(event.place, slot.place)) continue;
      // one owner goes on after another
      if (slot.by === 'owner' && graph === slot.graph) continue;
      if (flights.some((flight) => flight.write === event && !flight.isRenewed)) continue;
      const isEmptying = empties(model.compiler, event);
      if (!isEmptying && (event.value === undefined || keptPromise(model, event.value) === undefined)) continue;
      // who waits for the promise first comes when it has settled
      if (isEmptying && clearingAt(model, graph, event, flights).by !== 'other') continue;
      if (heldLocks(model, graph).at(event).some((held) => held.origin === 'lock') || isFirstWrite(model, graph, event)) continue;
      found.push({ graph, event, isClearing: isEmptying });
    }
  }
  return found;
}

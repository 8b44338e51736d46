/**
 * Slots that keep a promise: a field, variable or element that is filled on demand with the promise of work, so that all
 * who come meanwhile share it (single flight, memoised promise).
 *
 * The protocol is verified. Whoever put the promise there takes it out when the work fails, and nobody takes out a promise
 * that another one put there.
 */
import { oneShotTimers } from '../../catalogue/callbacks.js';
import { blockAt, eventsOf, flowSuccessors, type Graph } from '../../cfg/graph.js';
import { leadsWithout, oneBefore } from '../../cfg/walk.js';
import type { CallEvent, Event, SuspendEvent, TestEvent, Value, WriteEvent } from '../../events/event.js';
import { type Place, project, writeAffectsRead } from '../../places/place.js';
import { isFunctionNode } from '../../syntax/functions.js';
import { claimsOf } from './claims.js';
import { storesParameter } from '../effects/dependence.js';
import { exceptionOf, returnsRejection } from '../effects/exceptions.js';
import { checksOf, judgeAct, readsOfTest } from './freshness.js';
import { isPromise, keptPromise, mayBePromise, mayKeepPromise } from './kept-promises.js';
import { heldLocks } from '../locks/held-locks.js';
import { activationsNaming, mayReach } from '../effects/mutations.js';
import { numberOf } from '../model/declared-values.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { isAppended } from './protocols.js';
import { callsBehind, hasCalleesKey, readsBehind, seenFromCallee, substitute } from '../effects/provenance.js';
import { isShared } from '../actors/sharing.js';
import { isPartOfTeardown } from './slot-lifetime.js';
import { writesOfCall } from '../effects/summary.js';

/** The promise of new work goes into a slot that was found empty. */
export interface Flight {
  readonly graph: Graph;
  /** Where it is stored: a write, or the call of a helper that stores what it is given. */
  readonly write: WriteEvent | CallEvent;
  readonly value: Value;
  readonly place: Place;
  /** Where the promise itself is: in the place, or beside what is told of it there. */
  readonly promise: Place;
  /** The slot is filled again for another reason than being empty: it expired, or the caller asked for it. */
  readonly isRenewed: boolean;
}

/** The flights that the activation starts. */
export const flightsOf = memoized((model, graph: Graph): readonly Flight[] => {
  const flights: Flight[] = [];
  for (const event of eventsOf(graph)) {
    if (event.kind === 'call') {
      const flight = storedByHelper(model, graph, event);
      if (flight !== undefined) flights.push(flight);
    }
    if (event.kind !== 'write' || event.how !== 'assign' || event.value === undefined) continue;
    if (!mayKeepPromise(model, event.value) || isAppended(model, event.value, event.place) || !isShared(model, graph, event.place)) continue;
    const kept = claimsOf(model, graph).writes.has(event) ? keptPromise(model, event.value) : undefined;
    if (kept === undefined) continue;
    const { place } = event;
    flights.push({ graph, write: event, value: kept.value, place, promise: project(place, ...kept.path), isRenewed: isRenewed(model, graph, event, place) });
  }
  return flights;
});

/** `this.cache.set(key, work)`, where the cache is a class or an object of the program and `work` goes into its map. */
function storedByHelper(model: ProgramModel, graph: Graph, call: CallEvent): Flight | undefined {
  if (call.isConstruction === true || call.consumption !== 'discarded') return undefined;
  const index = call.arguments.findIndex((argument) => mayBePromise(model, argument) && callsBehind(graph, argument).length > 0);
  const value = call.arguments[index];
  if (value === undefined) return undefined;
  const looks = model
    .controlDependence(graph)
    .controllingTests(call.block)
    .flatMap((test) => readsOfTest(model, graph, test))
    .filter((read) => isShared(model, graph, read.place));
  if (looks.length === 0) return undefined;
  const sought = [...new Map(looks.map((look) => [look.place.key, look.place])).values()];
  for (const { write, callee } of writesOfCall(model, call, sought, 'full')) {
    if (write.phase === 'after' || (write.how !== 'assign' && write.how !== 'add')) continue;
    const place = substitute(model, write.place, callee, call);
    if (place === undefined || hasCalleesKey(place) || !isShared(model, graph, place)) continue;
    if (!storesParameter(model, callee, write.node, index) || !isPromise(model, value)) continue;
    if (judgeAct(model, graph, heldLocks(model, graph), call, place).kind !== 'fresh') continue;
    return { graph, write: call, value, place, promise: place, isRenewed: isRenewed(model, graph, call, place) };
  }
  return undefined;
}

/**
 * A test of the slot alone does not decide whether it is filled: `if (this.p === undefined || force)`, or
 * `if (this.kept && this.kept.until > now) return this.kept.promise`.
 */
function isRenewed(model: ProgramModel, graph: Graph, write: WriteEvent | CallEvent, place: Place): boolean {
  const dependence = model.controlDependence(graph);
  const tests = [...checksOf(model, graph, write.block, place, write.kind === 'write' ? write : undefined).values()];
  const decidesAlone = (test: TestEvent | CallEvent): boolean =>
    test.kind !== 'test' || test.block === write.block || dependence.outcomes(write.block, test).size < 2 || !eitherLeads(graph, test, write.block);
  return tests.some((test) => !decidesAlone(test)) && tests.every((test) => !decidesAlone(test) || looksInside(model, graph, test, place));
}

/** Both outcomes of the test lead to the block before a loop asks again. */
function eitherLeads(graph: Graph, test: TestEvent, block: number): boolean {
  return (['true', 'false'] as const).every((outcome) => leadsWithout(graph, test, outcome, block, () => false));
}

/** The test is of something in the object that the place holds, not of whether there is one. */
function looksInside(model: ProgramModel, graph: Graph, test: TestEvent | CallEvent, place: Place): boolean {
  return test.kind === 'test' && readsOfTest(model, graph, test).some((read) => mayReach(read.place, place) && read.place.path.length > place.path.length);
}

// ---------------------------------------------------------------------------------------------------------------
// What happens when the work fails

/** Callees are followed this deep in search of whoever empties the slot. */
const maximumDepth = 3;

/** Whether the slot is emptied or filled anew on some path that the failure of the work takes. */
export function isClearedOnFailure(model: ProgramModel, flight: Flight): boolean {
  if (clearsOnFailure(model, flight.graph, [flight.place]) || helperClears(model, flight)) return true;
  if (workClears(model, flight.graph, callsBehind(flight.graph, flight.value), flight.place, 0)) return true;
  if (continuationClears(model, flight)) return true;
  for (const activation of activationsNaming(model, flight.place)) {
    if (activation !== flight.graph.owner && clearsOnFailure(model, model.graph(activation), [flight.place])) return true;
  }
  return false;
}

/** The helper that stores the promise sees to its end: `set(work) { this.slot = work.finally(() => { this.slot = undefined; }); }`. */
function helperClears(model: ProgramModel, { write, place }: Flight): boolean {
  const callee = write.kind === 'call' ? model.callee(write, 'full') : undefined;
  return write.kind === 'call' && callee !== undefined && clearsOnFailure(model, model.graph(callee), seenFromCallee(model, place, callee, write));
}

/** The work itself does: `async #load() { try { … } catch { this.#flight = undefined } }`. */
function workClears(model: ProgramModel, graph: Graph, calls: readonly CallEvent[], place: Place, depth: number): boolean {
  if (depth >= maximumDepth) return false;
  return calls.some((call) => {
    const callee = model.callee(call, 'full');
    if (callee === undefined || callee === graph.owner) return false;
    const places = seenFromCallee(model, place, callee, call);
    const inner = model.graph(callee);
    if (places.length === 0) return false;
    if (clearsOnFailure(model, inner, places) || !failsUncleared(model, inner, places, inner.entry)) return true;
    const onward = eventsOf(inner).filter((event): event is CallEvent => event.kind === 'call' && event.consumption !== 'discarded');
    return places.some((seen) => workClears(model, inner, onward, seen, depth + 1));
  });
}

/** What runs as the stored promise empties the slot before anything in it fails: `load().then(() => { this.p = undefined; … })`. */
function continuationClears(model: ProgramModel, flight: Flight): boolean {
  const { graph, place } = flight;
  const slots = eventsOf(graph).filter((event) => event.kind === 'slot' && isSlotOf(event.place, event.binding?.id, [flight]));
  return slots.length > 0 && slots.every((slot) => !failsUncleared(model, graph, [place], slot.block));
}

/** Whether an exception can leave what runs from the block on before it has emptied the slot. */
function failsUncleared(model: ProgramModel, graph: Graph, places: readonly Place[], start: number): boolean {
  const seen = new Set<number>();
  const work = [{ id: start, hasFailed: false }];
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    const { id, hasFailed } = item;
    // a continuation ends in the same block whether it fails or not
    if (id === graph.raise || (id === graph.taskEnd && hasFailed)) return true;
    const key = id * 2 + (hasFailed ? 1 : 0);
    if (seen.has(key)) continue;
    seen.add(key);
    const block = graph.blocks[id];
    if (block === undefined) continue;
    const end = block.events.findIndex((event) => clearsSlot(model, event, places));
    const before = end < 0 ? block.events : block.events.slice(0, end);
    if (before.some((event) => event.kind === 'return' && returnsRejection(model, event))) return true;
    if (before.some((event) => isLikelyToFail(model, event))) work.push({ id: block.handler, hasFailed: true });
    if (end < 0) for (const next of flowSuccessors(graph, id)) work.push({ id: next, hasFailed });
  }
  return false;
}

function isLikelyToFail(model: ProgramModel, event: Event): boolean {
  const likelihood = exceptionOf(model, event);
  return likelihood !== undefined && likelihood !== 'remote';
}

/** The event empties or fills one of the places, itself or in what it calls. */
export function clearsSlot(model: ProgramModel, event: Event, places: readonly Place[]): boolean {
  if (event.kind === 'write') return places.some((place) => isSameSlot(event.place, place));
  return event.kind === 'call' && writesOfCall(model, event, places, 'full').length > 0;
}

function clearsOnFailure(model: ProgramModel, graph: Graph, places: readonly Place[]): boolean {
  for (const block of failureBlocks(model, graph)) {
    if (graph.blocks[block]?.events.some((event) => clearsSlot(model, event, places) || clearsByTimer(model, event, places)) === true) return true;
  }
  return false;
}

/** `.catch((error) => { setTimeout(() => { this.slot = undefined; }, pause); throw error; })`: the next start has to wait a while. */
function clearsByTimer(model: ProgramModel, event: Event, places: readonly Place[]): boolean {
  if (event.kind !== 'call' || event.name === undefined || !oneShotTimers.has(event.name)) return false;
  const [callback] = event.arguments;
  if (callback === undefined || !isFunctionNode(model.compiler, callback.node)) return false;
  return eventsOf(model.graph(callback.node)).some((later) => clearsSlot(model, later, places));
}

/** A failure that is gone after so many milliseconds is no more than a pause before the next try. */
const shortTime = 60_000;

/** Whoever fills the slot sets a timer that soon empties it again, whatever becomes of the work. */
export function expiresSoon(model: ProgramModel, { graph, write, place }: Flight): boolean {
  return blockAt(graph, write.block).events.some((event) => isSoon(model, event) && clearsByTimer(model, event, [place]));
}

function isSoon(model: ProgramModel, timer: Event): boolean {
  const delay = timer.kind === 'call' ? timer.arguments[1]?.node : undefined;
  const time = delay !== undefined && model.compiler.isExpression(delay) ? numberOf(model, delay) : undefined;
  return time !== undefined && time <= shortTime;
}

/** Keys of two functions cannot be compared; an element of the same collection is taken for the same. */
export function isSameSlot(written: Place, slot: Place): boolean {
  return writeAffectsRead(written, slot) || (mayReach(written, slot) && written.path.length === slot.path.length);
}

/** Blocks that run after something that was waited for has failed, or what was done about that: `load().catch(repair).catch(clear)`. */
export const failureBlocks = memoized((model: ProgramModel, graph: Graph): ReadonlySet<number> => {
  const reached = new Set<number>();
  if (!graph.hasSuspension) return reached;
  const work = graph.blocks.flatMap((block) => (block.events.some((event) => event.kind === 'suspend') ? [block.handler] : []));
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (reached.has(id) || id === graph.raise || id === graph.taskEnd) continue;
    reached.add(id);
    work.push(...flowSuccessors(graph, id));
    const block = graph.blocks[id];
    if (block?.events.some((event) => isLikelyToFail(model, event)) === true) work.push(block.handler);
  }
  return reached;
});

/** Somebody waits for the promise or hands it out; else the slot only says that work is under way. */
export function isJoined(model: ProgramModel, flight: Flight): boolean {
  const own = callsBehind(flight.graph, flight.value);
  for (const activation of activationsNaming(model, flight.place)) {
    if (isPartOfTeardown(model, activation, undefined)) continue;
    const graph = model.graph(activation);
    for (const event of eventsOf(graph)) {
      const value = event.kind === 'suspend' ? event.operand : event.kind === 'return' ? event.value : undefined;
      if (value === undefined) continue;
      if (value.place !== undefined && isSameSlot(value.place, flight.promise)) return true;
      if (graph === flight.graph && callsBehind(graph, value).some((call) => own.includes(call))) return true;
      if (readsBehind(model, graph, value).some((read) => isSameSlot(read.place, flight.promise))) return true;
    }
  }
  return false;
}

/**
 * What stands beside the promise is only written down as it is stored: nobody tells there later that the work has failed, as in
 * `entry.error = error` where `entry` is what the slot gives.
 */
export function isToldAtOnce(model: ProgramModel, { place }: Flight): boolean {
  for (const activation of activationsNaming(model, place)) {
    const graph = model.graph(activation);
    for (const event of eventsOf(graph)) {
      if (event.kind !== 'write' || event.place.path.length === 0) continue;
      const { root, path } = event.place;
      if (mayReach(event.place, place) && path.length > place.path.length) return false;
      const definitions = root.kind === 'variable' ? (graph.definitions.get(root.binding) ?? []) : [];
      if (definitions.some(({ value }) => value !== undefined && readsBehind(model, graph, value).some((read) => isSameSlot(read.place, place)))) return false;
    }
  }
  return true;
}

/** The flights that fill the slot, in all activations that name it. */
export function flightsInto(model: ProgramModel, place: Place): readonly Flight[] {
  return [...activationsNaming(model, place)].flatMap((activation) =>
    flightsOf(model, model.graph(activation)).filter((flight) => isSameSlot(place, flight.place) || isSameSlot(flight.place, place)),
  );
}

/** The place, or the local behind the binding, is or becomes the slot of one of the flights. */
export function isSlotOf(place: Place | undefined, binding: number | undefined, flights: readonly Flight[]): boolean {
  return flights.some(
    (flight) =>
      (place !== undefined && isSameSlot(place, flight.place)) ||
      (binding !== undefined && flight.value.sources.some((source) => source.kind === 'use' && source.binding.id === binding)),
  );
}

/** The suspension nearest before the event. */
export function nearestSuspension(graph: Graph, event: Event): SuspendEvent | undefined {
  return oneBefore(graph, event, (earlier) => earlier.kind === 'suspend');
}

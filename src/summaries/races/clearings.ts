/**
 * Clearings that come too late: a task suspends, with or without a look at a place before, and then leaves the place empty. What
 * another task has put there meanwhile is lost.
 */
import { timerEnds } from '../../catalogue/callbacks.js';
import { blockAt, eventsOf, follows, type Graph, reaches } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, SuspendEvent, WriteEvent } from '../../events/event.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import type { Activation } from '../../syntax/functions.js';
import { isInCatch, isWithin } from '../../syntax/tree.js';
import { mintsKey } from '../actors/minted-keys.js';
import { isWrittenElsewhere, type OtherWrite, otherWriters, type Rival, selfRival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { emptiedPlace, isWholeCollection } from '../effects/emptied-places.js';
import { endsOf } from '../effects/held-ends.js';
import { isStopName } from '../effects/endings.js';
import { activationsNaming } from '../effects/mutations.js';
import { callsBehind, isMadeHere, readsBehind, substitute } from '../effects/provenance.js';
import { type HeldLocks, heldLocks, isClaim, withoutExclusion } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { doorsBefore, isKeptOut, isLetIn, looksAtDoor } from '../protocols/closed-doors.js';
import { isReconsidered, isStillWanted } from '../protocols/protocols.js';
import { isRefused } from './refusals.js';
import { outdates } from './stale-fills.js';
import { endsAll, isAddition, isAnswer, isRenewal, isReplacement, isSetup, loadsAtFirst, surestRival } from './renewals.js';
import { wayTo } from './unlooked-ways.js';

export interface Clearing {
  readonly event: WriteEvent | CallEvent;
  /** Where it is written; in a callee when the event is a call. */
  readonly node: ts.Node;
  readonly place: Place;
  /** All elements are dropped, or the content is. */
  readonly kind: 'drained' | 'cleared';
  /** What was looked at before the suspension; undefined when nothing was. */
  readonly look: Event | undefined;
  readonly suspension: SuspendEvent;
  readonly rival: Rival;
  readonly confidence: 'high' | 'medium' | 'low';
}

/** The clearing by a write of the activation that leaves the place empty. */
export function clearingByWrite(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent, emptied: Place): Clearing | undefined {
  return clearing(model, graph, held, event, event, emptied) ?? clearingInSection(model, graph, held, event, emptied) ?? drainingUnderClaim(model, graph, held, event, emptied) ?? clearingUnderClaim(model, graph, held, event, emptied);
}

const clearingWords = /=\s*(?:undefined|null|\[\]|\{\}|new )|\.clear\(\)|\bdelete\b|\.length = 0/;

/** A helper of the same object or module that clears at once: `await this.rpc(); this.forget();`. */
export function clearingByCall(model: ProgramModel, graph: Graph, held: HeldLocks, event: CallEvent): Clearing | undefined {
  if (event.isConstruction === true) return undefined;
  // of another file, functions that clear what is their module's: what a method does to its own object is its own business
  const isLate = (): boolean => event.receiver === undefined && eventsOf(graph).some((other) => other.kind === 'suspend' && follows(graph, other, event));
  const callee = model.callee(event, 'syntactic') ?? (isLate() ? model.callee(event, 'full') : undefined);
  if (callee === undefined || !clearingWords.test(callee.getText())) return undefined;
  const inner = model.graph(callee);
  if (inner.hasSuspension) return undefined;
  for (const write of eventsOf(inner)) {
    const emptied = write.kind === 'write' ? emptiedPlace(model, write) : undefined;
    if (write.kind !== 'write' || emptied === undefined || model.controlDependence(inner).controllingTests(write.block).length > 0) continue;
    // the helper deals with what it clears
    if (eventsOf(inner).some((other) => other.kind === 'read' && writeAffectsRead(emptied, other.place) && !isWithin(other.node, write.node))) continue;
    const place = substitute(model, emptied, callee, event);
    const found = place === undefined ? undefined : clearing(model, graph, held, event, write, place);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Who adds to the collection that the write leaves empty, while it may be suspended before it. */
export function adderBeside(model: ProgramModel, graph: Graph, write: WriteEvent): Rival | undefined {
  const emptied = emptiedPlace(model, write);
  if (emptied === undefined || !isWholeCollection(write, emptied)) return undefined;
  return surestRival(model, otherWriters(model, graph, emptied).filter((other) => isAddition(model, other, emptied)), true)?.rival;
}

/** Who surely puts something new where the write leaves nothing, whatever it finds there, while the task may be suspended before it. */
export function renewerBeside(model: ProgramModel, graph: Graph, write: WriteEvent): Rival | undefined {
  const emptied = emptiedPlace(model, write);
  if (emptied === undefined || isWholeCollection(write, emptied)) return undefined;
  const renewals = otherWriters(model, graph, emptied).filter((other) => other.place.path.length === emptied.path.length && isRenewal(model, other));
  const renewal = surestRival(model, renewals, false);
  return renewal === undefined || renewal.isWeak ? undefined : renewal.rival;
}

function clearing(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  event: WriteEvent | CallEvent,
  write: WriteEvent,
  place: Place,
): Clearing | undefined {
  if (!isShared(model, graph, place)) return undefined;
  const freshWay = wayTo(model, graph, held, event, place);
  const way = freshWay ?? wayTo(model, graph, held, event, place, true);
  if (way === undefined || (way.own === undefined && !isWrittenElsewhere(model, graph, place))) return undefined;
  // who has only waited for its turn has nothing that could be old
  if (way.look === undefined && way.own === undefined && way.suspension.reason === 'acquire') return undefined;
  if (isReconsidered(model, graph, held, event, place)) return undefined;
  if (write.collection !== undefined && !model.questions.isCollection(write.collection)) return undefined;
  if (isElementInHand(model, write)) return undefined;
  const { suspension, look, own } = way;
  const base = { event, node: write.node, place, look, suspension };
  const isKeyed = place.path.at(-1)?.kind === 'element';
  const isCollection = isWholeCollection(write, place);
  const doors = doorsBefore(model, graph, held, place, event);
  const others = otherWriters(model, graph, place).filter((other) => !looksAtDoor(model, other.graph, other.event, doors));
  if (isCollection) {
    const added = surestRival(model, others.filter((mutation) => isAddition(model, mutation, place) && (freshWay !== undefined || isReplacement(mutation))), true);
    if (added === undefined || own !== undefined) return undefined;
    const isUnsure = look === undefined || endsAll(model, graph) || isSetup(model, graph);
    const confidence = isUnsure ? 'low' : freshWay !== undefined && look.kind === 'read' ? 'high' : 'medium';
    return { ...base, kind: 'drained', rival: added.rival, confidence };
  }
  if (isKeyed && look === undefined && own === undefined) return undefined; // an element is often forgotten when its row is gone
  if (own !== undefined) {
    const self = selfRival(model, graph, place, event);
    if (self === undefined) return undefined;
    const made = own.kind === 'write' ? { graph, write: own } : storedByHelper(model, own, place);
    const isMade = made?.write.value !== undefined && isMadeHere(made.graph, made.write.value);
    // that one key comes twice is known only where the task itself ends what it finds under it
    const isHandle = isMade && (isKeyed ? endsWhatIsFound(model, made.graph, made.write.place) : endsThrough(model, graph, place, isStopName));
    if (isKeyed && !isHandle) return undefined;
    const isRenewed = own.kind === 'call' && goesOnToRenew(model, graph, event, model.callee(own, 'syntactic'));
    const isLost = isHandle && !isAbortedBefore(model, graph, event, suspension, place, own);
    return { ...base, kind: 'cleared', look: own, rival: self, confidence: isLost || isRenewed ? 'medium' : 'low' };
  }
  if (freshWay === undefined) return undefined;
  const isTimer = isInOwnTimer(graph, suspension, place);
  const renewals = others.filter(
    (mutation) =>
      mutation.place.path.length === place.path.length && isRenewal(model, mutation) && !mintsKey(model, mutation.event) && !(isTimer && stopsTimerFirst(mutation, place)),
  );
  const free = renewals.filter((mutation) => !isKeptOut(model, graph, event, mutation));
  const renewal = surestRival(model, free.length > 0 ? free : renewals, false);
  if (renewal === undefined || (look === undefined && outdates(graph, event, renewal.mutation))) return undefined;
  // `for (const key of [...map.keys()]) { await load(key); map.delete(key); }` has the key in hand, not what was under it
  const isOfWhole = isKeyed && look?.kind === 'read' && look.place.key !== place.key;
  // who ends what is there by now loses nothing
  const isEnded = event.kind === 'call' && endsOf(model, graph, place).some(({ call }) => call === event);
  const isBlindSure = isAnswer(model, renewal.mutation) && !isEnded && !endsAll(model, graph) && !loadsAtFirst(model, renewal.mutation.graph);
  const isFilledAnew = look !== undefined && goesOnToRenew(model, graph, event, renewal.mutation.graph.owner) && selfRival(model, graph, place, event) !== undefined;
  const isGivenUp = renewal.isWeak && isRefused(model, graph, event, place) && selfRival(model, graph, place, event) !== undefined;
  const isRival = (!renewal.isWeak || isFilledAnew || isGivenUp) && free.length > 0;
  const isSure = isRival && !isSetup(model, graph) && (look !== undefined || isBlindSure || isGivenUp) && !(isKeyed && endsAll(model, graph)) && !isOfWhole;
  return { ...base, kind: 'cleared', rival: renewal.rival, confidence: isSure ? 'medium' : 'low' };
}

/** `this.timer = setTimeout(() => { this.timer = undefined; … })`: what goes on is what the timer runs whose handle is in the place. */
function isInOwnTimer(graph: Graph, { block, reason }: SuspendEvent, place: Place): boolean {
  return reason === 'continuation' && blockAt(graph, block).events.some((event) => event.kind === 'slot' && event.place?.key === place.key);
}

/** Whoever sets the timer anew stops the one before, which then never runs. */
function stopsTimerFirst({ graph, event }: OtherWrite, place: Place): boolean {
  return eventsOf(graph).some(
    (stop) => stop.kind === 'call' && stop.name !== undefined && timerEnds.test(stop.name) && stop.arguments[0]?.place?.key === place.key && follows(graph, stop, event),
  );
}

/**
 * The task empties the place to have it filled anew, `this.token = undefined; await this.ensureToken()`: of two that do so, the later
 * one throws away what the earlier one got.
 */
function goesOnToRenew(model: ProgramModel, graph: Graph, event: WriteEvent | CallEvent, filler: Activation | undefined): boolean {
  if (filler === undefined || isSetup(model, model.graph(filler))) return false;
  return eventsOf(graph).some((later) => later.kind === 'call' && follows(graph, event, later) && model.callee(later, 'syntactic') === filler);
}

/** Another function, or the next task of the same, ends what is in the place: once the place is cleared, it reaches nothing. */
function endsThrough(model: ProgramModel, graph: Graph, place: Place, isEnd: (name: string | undefined) => boolean): boolean {
  return [...activationsNaming(model, place)].some(
    (activation) =>
      eventsOf(model.graph(activation)).some((event) => event.kind === 'call' && isEnd(event.name) && event.receiver?.place?.key === place.key && (activation !== graph.owner || isOfBefore(graph, event, place))),
  );
}

/** `const aborter = this.begin(id);`: what the task puts there is made, and the one before is ended, by a helper. */
function storedByHelper(model: ProgramModel, call: CallEvent, place: Place): { readonly graph: Graph; readonly write: WriteEvent } | undefined {
  const callee = model.callee(call, 'syntactic');
  if (callee === undefined) return undefined;
  const graph = model.graph(callee);
  for (const write of eventsOf(graph)) {
    if (write.kind === 'write' && write.how === 'assign' && substitute(model, write.place, callee, call)?.key === place.key) return { graph, write };
  }
  return undefined;
}

/** `this.requests.get(id)?.abort();`, before the task puts its own under the same key. */
function endsWhatIsFound(model: ProgramModel, graph: Graph, place: Place): boolean {
  return eventsOf(graph).some(
    (event) =>
      event.kind === 'call' &&
      event.receiver !== undefined &&
      isStopName(event.name) &&
      isOfBefore(graph, event, place) &&
      readsBehind(model, graph, event.receiver).some((read) => read.place.key === place.key),
  );
}

/** The task itself ends what it finds there, before it stores its own: what the one before has left. */
function isOfBefore(graph: Graph, end: CallEvent, place: Place): boolean {
  const stores = eventsOf(graph).filter((event) => event.kind === 'write' && event.how === 'assign' && event.place.key === place.key);
  return stores.some((store) => follows(graph, end, store)) && !stores.some((store) => follows(graph, store, end));
}

/**
 * `this.request = new AbortController(); … await load(this.request); this.request = undefined;`, where others abort the request
 * before they start anew: the wait of who was overtaken fails, and only a handler of the failure would clear the new one.
 */
function isAbortedBefore(model: ProgramModel, graph: Graph, { node }: WriteEvent | CallEvent, { operand, block }: SuspendEvent, place: Place, own: WriteEvent | CallEvent): boolean {
  if (operand === undefined) return false;
  const { handler: failed } = blockAt(graph, block);
  const isOnFailure = graph.blocks.some(({ id, events }) => events.some((event) => event.node === node) && (id === failed || reaches(graph, failed, id)));
  if (isOnFailure) return false;
  const stored = own.kind === 'write' ? own.value?.place : undefined;
  const isOfRequest = (given: Place): boolean => writeAffectsRead(place, given) || (stored !== undefined && writeAffectsRead(stored, given));
  // also among options: `fetch(url, { signal: request.signal })`
  const isGiven = callsBehind(graph, operand).some((call) =>
    call.arguments.some(({ place: given, sources }) => (given !== undefined && isOfRequest(given)) || sources.some((source) => source.kind === 'read' && isOfRequest(source.place))),
  );
  return isGiven && endsThrough(model, graph, place, (name) => name === 'abort');
}

/** A section keeps out who takes its lock, too; who puts something new there without any lock comes in between. */
function clearingInSection(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent, place: Place): Clearing | undefined {
  const locks = held.at(event);
  if (locks.length === 0 || locks.some((lock) => lock.origin !== 'lock' || isClaim(lock))) return undefined;
  if (place.path.at(-1)?.kind === 'element' || !isShared(model, graph, place) || isWholeCollection(event, place)) return undefined;
  const open = withoutExclusion(held);
  const way = wayTo(model, graph, open, event, place);
  if (way?.look === undefined || way.own !== undefined || held.at(way.suspension).length === 0) return undefined;
  if (isReconsidered(model, graph, open, event, place)) return undefined;
  const renewals = otherWriters(model, graph, place).filter(
    (other) => other.place.path.length === place.path.length && isRenewal(model, other) && heldLocks(model, other.graph).at(other.event).length === 0,
  );
  const renewal = surestRival(model, renewals, false);
  if (renewal === undefined || renewal.isWeak) return undefined;
  const { suspension, look } = way;
  return { event, node: event.node, place, look, suspension, kind: 'cleared', rival: renewal.rival, confidence: 'low' };
}

/**
 * `if (this.sending) return; this.sending = true; await send(this.items); this.items = [];`: the claim keeps a second such task out,
 * and not who adds an item without asking for it.
 */
function drainingUnderClaim(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent, place: Place): Clearing | undefined {
  const locks = held.at(event);
  if (locks.length === 0 || !locks.every((lock) => lock.origin === 'claim' || isClaim(lock))) return undefined;
  if (!isWholeCollection(event, place) || !isShared(model, graph, place) || endsAll(model, graph) || isSetup(model, graph)) return undefined;
  // what cannot be dealt with is dropped, and what has come meanwhile with it
  if (isInCatch(model.compiler, event.node)) return undefined;
  const open = withoutExclusion(held);
  const way = wayTo(model, graph, open, event, place);
  if (way?.look?.kind !== 'read' || way.own !== undefined || held.at(way.suspension).length === 0) return undefined;
  if (isStillWanted(model, graph, open, event)) return undefined;
  if (event.collection !== undefined && !model.questions.isCollection(event.collection)) return undefined;
  const { suspension, look } = way;
  const doors = doorsBefore(model, graph, open, place, event);
  const asks = (other: OtherWrite): boolean =>
    looksAtDoor(model, other.graph, other.event, doors) ||
    heldLocks(model, other.graph).at(other.event).some((own) => locks.some(({ lock }) => lock.key === own.lock.key));
  const adders = otherWriters(model, graph, place).filter((other) => isAddition(model, other, place) && !asks(other));
  const added = surestRival(model, adders, true);
  if (added === undefined || added.isWeak) return undefined;
  return { event, node: event.node, place, look, suspension, kind: 'drained', rival: added.rival, confidence: 'medium' };
}

/** `set.delete(instance)`: what is taken out of a set is one object, which the task has in hand; nobody puts a newer one under its key. */
function isElementInHand(model: ProgramModel, { how, collection, node }: WriteEvent): boolean {
  if (how !== 'remove' || collection === undefined || !model.compiler.isCallExpression(node)) return false;
  const [element] = node.arguments;
  const { questions } = model;
  return element !== undefined && (questions.isNamed(collection, 'Set') || questions.isNamed(collection, 'WeakSet')) && questions.isObject(element);
}

/**
 * `if (!this.started) return; this.started = false; await this.channel.close(); this.channel = undefined;`: the claim keeps a second such
 * task out, and lets in who starts anew.
 */
function clearingUnderClaim(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent, place: Place): Clearing | undefined {
  const locks = held.at(event);
  if (locks.length === 0 || !locks.every((lock) => lock.origin === 'claim')) return undefined;
  if (place.path.at(-1)?.kind === 'element' || !isShared(model, graph, place) || isWholeCollection(event, place) || isSetup(model, graph)) return undefined;
  const open = withoutExclusion(held);
  const way = wayTo(model, graph, open, event, place);
  if (way?.look?.kind !== 'read' || way.own !== undefined || held.at(way.suspension).length === 0 || isReconsidered(model, graph, open, event, place)) return undefined;
  const { suspension, look } = way;
  const doors = doorsBefore(model, graph, open, place, event);
  const renewals = otherWriters(model, graph, place).filter(
    (other) => other.place.path.length === place.path.length && isRenewal(model, other) && isLetIn(model, other.graph, other.event, doors),
  );
  const renewal = surestRival(model, renewals, false);
  if (renewal === undefined || renewal.isWeak) return undefined;
  return { event, node: event.node, place, look, suspension, kind: 'cleared', rival: renewal.rival, confidence: 'medium' };
}

/**
 * Marks that a listener alone puts up: `if (this.isConnected) return; this.socket = new WebSocket(url); this.socket.onopen = () => {
 * this.isConnected = true; };`. Whoever looks before the event comes finds nothing, and opens a second one beside the first.
 *
 * Right is to claim in the turn of the look: to put up a mark of its own, or to ask for what is stored at once.
 */
import { beginEvents, beginEventWords } from '../../catalogue/callbacks.js';
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { suspendsBetween } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, TestEvent, WriteEvent } from '../../events/event.js';
import { resets } from '../../events/writes.js';
import type { Place } from '../../places/place.js';
import { type Activation, skipOuter } from '../../syntax/functions.js';
import { writtenText } from '../../syntax/tree.js';
import { mayOverlap } from '../actors/contexts.js';
import { isShared } from '../actors/sharing.js';
import { startsOf } from '../actors/starts.js';
import { endsOf } from '../effects/held-ends.js';
import { writesByHelper } from '../effects/helper-writes.js';
import { type Listener, listenersIn } from '../effects/listeners.js';
import { callsBehind, readsBehind } from '../effects/provenance.js';
import { isInternal } from '../effects/visibility.js';
import { heldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { readsOfTest } from '../protocols/freshness.js';
import { keepsOutcome, requirementOf } from '../protocols/outcomes.js';

export interface RaisedByListener {
  /** The look that lets the task open. */
  readonly test: TestEvent;
  readonly place: Place;
  readonly opening: CallEvent;
  /** The listener's write, or its call of the helper that writes. */
  readonly raise: ts.Node;
  /** Name of the event, as the program writes it. */
  readonly event: string;
}

/** By its text: the activation may listen for the begin of something. */
export function mayListenForBegin({ compiler }: ProgramModel, activation: Activation): boolean {
  if (compiler.isSourceFile(activation)) return false;
  return beginEventWords.test(writtenText(activation));
}

export function raisedByListeners(model: ProgramModel, graph: Graph): readonly RaisedByListener[] {
  if (!mayListenForBegin(model, graph.owner)) return [];
  const begins = listenersIn(model, graph).filter(({ event, handler, by }) => by === undefined && beginEvents.test(event) && !graph.inlined.has(handler));
  return begins.flatMap((listener) => raisedBy(model, graph, listener) ?? []);
}

function raisedBy(model: ProgramModel, graph: Graph, { target, event, handler }: Listener): RaisedByListener | undefined {
  const opening = openingOf(model, graph, target);
  if (opening === undefined) return undefined;
  const dependence = model.controlDependence(graph);
  const looks = dependence.controllingTests(opening.block).filter((test) => dependence.outcomes(opening.block, test).size === 1);
  // `document.getElementById('maps')` finds what was put there in the turn of the opening
  if (looks.some((look) => callsBehind(graph, look.value).some((call) => lookups.test(call.name ?? '')))) return undefined;
  for (const { node, write, place } of raisesIn(model, model.graph(handler))) {
    const test = looks.find((look) => readsOfTest(model, graph, look).some((read) => read.place.key === place.key) && lowersFor(model, graph, opening, look, place, write));
    if (test === undefined || suspendsBetween(graph, test, opening) || !isShared(model, graph, place) || !mayOverlap(model, graph.owner, place) || isAnswer(model, write, target, opening)) continue;
    if (isOpenedByItselfAlone(model, graph)) return undefined;
    if (heldLocks(model, graph).isExclusive(opening) || isClaimed(model, graph, looks) || endsOldOne(model, graph, opening, target)) return undefined;
    return { test, place, opening, raise: node, event };
  }
  return undefined;
}

/** Nobody but its own object's constructor, timers and listeners asks for it: after an end, one at a time. */
function isOpenedByItselfAlone(model: ProgramModel, { owner }: Graph): boolean {
  return !model.compiler.isSourceFile(owner) && isInternal(model, owner) && startsOf(model, owner).onDemand === undefined;
}

/** Names of calls that answer with what is there already. */
const lookups = /^(?:get|find|query|select|lookup|use|closest|current|peek|resolve|from)(?![a-z])/;

/** The call that has made what is listened to: a local that is given once, or a place that is filled here. */
function openingOf(model: ProgramModel, graph: Graph, target: ts.Expression): CallEvent | undefined {
  const { compiler } = model;
  const file = model.file(target);
  const binding = compiler.isIdentifier(target) ? file.scopes.resolve(target) : undefined;
  const key = file.places.placeOf(target)?.key;
  const values =
    binding !== undefined && graph.inlined.has(binding.owner)
      ? (graph.definitions.get(binding) ?? []).map(({ value }) => value)
      : eventsOf(graph).flatMap((event) => (event.kind === 'write' && event.how === 'assign' && key !== undefined && event.place.key === key ? [event.value] : []));
  const [value] = values;
  if (values.length !== 1 || value === undefined || !compiler.isExpression(value.node)) return undefined;
  const made = skipOuter(compiler, value.node);
  const opening = callsBehind(graph, value).find((call) => call.node === made);
  return opening === undefined || opening.isGetter || lookups.test(opening.name ?? '') || givesWhatIsKept(model, opening) ? undefined : opening;
}

/** `load(src)`, which gives what it has stored for an earlier call. */
function givesWhatIsKept(model: ProgramModel, opening: CallEvent): boolean {
  const callee = opening.isConstruction === true ? undefined : model.callee(opening, 'syntactic');
  if (callee === undefined) return false;
  const inner = model.graph(callee);
  return eventsOf(inner).some(
    (event) => event.kind === 'return' && event.value !== undefined && callsBehind(inner, event.value).every((call) => lookups.test(call.name ?? '')) && readsBehind(model, inner, event.value).some(({ place }) => isShared(model, inner, place)),
  );
}

/** `reader.onload = () => { this.text = reader.result; };`: the answer to a question, which who comes second asks once more. */
function isAnswer({ compiler }: ProgramModel, { value }: WriteEvent, target: ts.Expression, opening: CallEvent): boolean {
  if (value === undefined || !compiler.isExpression(value.node) || opening.name === 'open') return false;
  let node = skipOuter(compiler, value.node);
  while (compiler.isPropertyAccessExpression(node)) {
    node = skipOuter(compiler, node.expression);
    if (node.getText() === target.getText()) return true;
  }
  return false;
}

interface Raise {
  readonly node: ts.Node;
  readonly write: WriteEvent;
  readonly place: Place;
}

/** What the listener sets, itself or by a helper, whatever is there. */
function raisesIn(model: ProgramModel, graph: Graph): readonly Raise[] {
  const raises = (write: WriteEvent): boolean => write.how === 'assign' && !resets(model.compiler, write);
  return eventsOf(graph).flatMap((event): readonly Raise[] => {
    if (event.kind === 'write') return raises(event) ? [{ node: event.node, write: event, place: event.place }] : [];
    return event.kind === 'call' ? writesByHelper(model, graph, event, raises, 'syntactic').map(({ place, write }) => ({ node: event.node, write, place })) : [];
  });
}

/** After the write the look would have kept the task from opening. */
function lowersFor(model: ProgramModel, graph: Graph, opening: CallEvent, look: TestEvent, place: Place, write: WriteEvent): boolean {
  const requirement = requirementOf(model, graph, opening.block, look, place);
  return requirement !== undefined && !keepsOutcome(model, requirement, write.how, write.value?.node);
}

/** The activation writes one of the places that decide whether it opens: whoever comes second may find that. */
function isClaimed(model: ProgramModel, graph: Graph, looks: readonly TestEvent[]): boolean {
  const lookedAt = new Set(looks.flatMap((look) => readsOfTest(model, graph, look).map((read) => read.place.key)));
  const claims = (place: Place, write: WriteEvent): boolean => lookedAt.has(place.key) && !resets(model.compiler, write);
  return eventsOf(graph).some((event) => {
    if (event.kind === 'write') return claims(event.place, event);
    return event.kind === 'call' && writesByHelper(model, graph, event, (write) => !resets(model.compiler, write), 'syntactic', () => true).some(({ place, write }) => claims(place, write));
  });
}

/** What an earlier call has opened is ended before the new one is opened. */
function endsOldOne(model: ProgramModel, graph: Graph, opening: CallEvent, target: ts.Expression): boolean {
  const stored = eventsOf(graph).flatMap((event) => (event.kind === 'write' && event.value !== undefined && callsBehind(graph, event.value).includes(opening) ? [event.place] : []));
  const place = model.file(target).places.placeOf(target);
  return [...stored, ...(place === undefined ? [] : [place])].some((each) => endsOf(model, graph, each).some(({ call }) => follows(graph, call, opening)));
}

/**
 * Loops that a flag keeps going: `start() { if (this.isRunning) return; this.isRunning = true; void this.loop(); }` and `stop() {
 * this.isRunning = false; }`. Who stops and starts again while the loop waits finds the flag down and puts it up: the old loop, which
 * has not looked meanwhile, goes on beside the new one.
 *
 * Right is to wait for the end of the loop, or to give each loop something of its own to look at.
 */
import { eventsOf, follows, type Graph, reaches } from '../../cfg/graph.js';
import { walkBackward } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, SuspendEvent, TestEvent, WriteEvent } from '../../events/event.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { displayName, isInLoop, lastOfName } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { mayOverlap } from '../actors/contexts.js';
import { callsOfInternal } from '../actors/member-mentions.js';
import { otherWriters } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { isEndName } from '../effects/endings.js';
import { readsBehind } from '../effects/provenance.js';
import { isInternal } from '../effects/visibility.js';
import type { ProgramModel } from '../model/program-model.js';
import { readsOfTest } from '../protocols/freshness.js';
import { keepsOutcome, type Requirement, requirementOf } from '../protocols/outcomes.js';

export interface RevivedLoop {
  /** What the loop asks before each turn. */
  readonly test: TestEvent;
  readonly place: Place;
  readonly suspension: SuspendEvent;
  /** Who stops the loop without waiting for it, and where. */
  readonly stop: { readonly name: string; readonly graph: Graph; readonly write: WriteEvent };
  /** Who starts it, where the flag goes up, and the look that lets a second one in, if there is one. */
  readonly start: { readonly name: string; readonly graph: Graph; readonly raise: WriteEvent; readonly look: TestEvent | undefined };
  /** Where a timer is set for the next turn. */
  readonly next?: ts.Node;
}

export function revivedLoops(model: ProgramModel, graph: Graph): readonly RevivedLoop[] {
  if (!graph.hasSuspension || model.compiler.isSourceFile(graph.owner)) return [];
  const found: RevivedLoop[] = [];
  for (const test of eventsOf(graph)) {
    if (test.kind !== 'test' || test.comparison !== undefined || !isInLoop(model.compiler, test.node)) continue;
    const place = readsOnly(model, graph, test);
    const isTold = found.some((loop) => loop.place.key === place?.key);
    const loop = place === undefined || isTold || !reaches(graph, test.block, test.block) ? undefined : revivedLoop(model, graph, test, place);
    if (loop !== undefined) found.push(loop);
  }
  return found;
}

/** The flag that the test asks for, and nothing else. */
function readsOnly(model: ProgramModel, graph: Graph, test: TestEvent): Place | undefined {
  const [read, ...others] = readsOfTest(model, graph, test);
  if (read === undefined || others.length > 0 || read.place.path.some(({ kind }) => kind === 'element')) return undefined;
  return read.place;
}

function revivedLoop(model: ProgramModel, graph: Graph, test: TestEvent, place: Place): RevivedLoop | undefined {
  const dependence = model.controlDependence(graph);
  const turn = eventsOf(graph).find(
    (event): event is SuspendEvent =>
      event.kind === 'suspend' && reaches(graph, event.block, test.block) && dependence.outcomes(event.block, test).size === 1 && reaches(graph, test.block, event.block),
  );
  const goesOn = turn === undefined ? undefined : requirementOf(model, graph, turn.block, test, place);
  if (turn === undefined || goesOn === undefined || !isShared(model, graph, place) || isKeptOut(model, graph, test, place)) return undefined;
  const start = startOf(model, graph, place, test, goesOn);
  const stop = start === undefined ? undefined : stopOf(model, graph, place, goesOn, [...waitedOn(model, graph, 0), ...givenToWaits(model, graph)]);
  if (start === undefined || stop === undefined || asksForMore(model, graph, turn, place, [start.graph, stop.graph])) return undefined;
  return { test, place, suspension: turn, stop, start };
}

/** `if (this.isLooping) return;`: on its way to the loop the activation itself asks for something else, which may keep it out. */
function isKeptOut(model: ProgramModel, graph: Graph, test: TestEvent, place: Place): boolean {
  return model
    .controlDependence(graph)
    .controllingTests(test.block)
    .some((look) => !reaches(graph, test.block, look.block) && readsOfTest(model, graph, look).some((read) => read.place.key !== place.key && isShared(model, graph, read.place)));
}

/** The loop looks at something else by which it can tell that it is an old one: what its start, its stop or itself before its first turn sets, or what it was given. */
function asksForMore(model: ProgramModel, graph: Graph, turn: SuspendEvent, place: Place, around: readonly Graph[]): boolean {
  const isBefore = (other: Graph, event: Event): boolean => other !== graph || !reaches(graph, turn.block, event.block);
  const set = new Set(
    [...around, graph].flatMap((other) => eventsOf(other).flatMap((event) => (event.kind === 'write' && event.place.key !== place.key && (around.includes(other) || isBefore(other, event)) ? [event.place.key] : []))),
  );
  const isGiven = ({ root, path }: Place): boolean => root.kind === 'variable' && root.binding.kind === 'parameter' && path.length > 0;
  return eventsOf(graph).some(
    (other) =>
      other.kind === 'test' && reaches(graph, other.block, turn.block) && reaches(graph, turn.block, other.block) &&
      readsOfTest(model, graph, other).some((read) => set.has(read.place.key) || isGiven(read.place)),
  );
}

/** Who puts the flag up in the turn in which it found it down, and begins the loop in the same turn. */
function startOf(model: ProgramModel, graph: Graph, place: Place, test: TestEvent, goesOn: Requirement): RevivedLoop['start'] | undefined {
  const own = startIn(model, graph, place, test, goesOn);
  if (own !== undefined || model.compiler.isSourceFile(graph.owner) || !isInternal(model, graph.owner)) return own;
  const [call, ...others] = callsOfInternal(model, graph.owner);
  return call === undefined || others.length > 0 ? undefined : startIn(model, call.graph, place, call.event, goesOn);
}

export function startIn(model: ProgramModel, graph: Graph, place: Place, begin: Event, goesOn: Requirement): RevivedLoop['start'] | undefined {
  const { compiler } = model;
  if (compiler.isSourceFile(graph.owner) || !mayOverlap(model, graph.owner, place)) return undefined;
  const raise = eventsOf(graph).find(
    (event): event is WriteEvent => event.kind === 'write' && event.place.key === place.key && isConstantTo(model, goesOn, event, true) && follows(graph, event, begin),
  );
  if (raise === undefined || !leadsInTurn(graph, raise, begin)) return undefined;
  const dependence = model.controlDependence(graph);
  const looks = dependence.controllingTests(raise.block);
  // whoever is also kept out by something else may be kept out by the old loop
  if ([...looks, ...(begin.kind === 'call' ? dependence.controllingTests(begin.block) : [])].some((look) => readsOfTest(model, graph, look).some((read) => read.place.key !== place.key && isShared(model, graph, read.place)))) return undefined;
  const look = looks.find((each) => {
    const lets = requirementOf(model, graph, raise.block, each, place);
    return lets !== undefined && !keepsOutcome(model, lets, raise.how, raise.value?.node);
  });
  const waits = eventsOf(graph).some((event) => event.kind === 'suspend' && follows(graph, event, begin) && !follows(graph, begin, event));
  // a look that lets in only who finds the flag up, or a number or a slot, is another matter
  return waits || (look === undefined && looks.length > 0) ? undefined : { name: displayName(compiler, graph.owner), graph, raise, look };
}

/** On some way from the one to the other nothing is waited for. */
function leadsInTurn(graph: Graph, from: Event, to: Event): boolean {
  let isFound = false;
  walkBackward<true>(graph, to, true, () => 0, (event) => {
    isFound ||= event === from;
    return isFound || event.kind === 'suspend' ? undefined : true;
  });
  return isFound;
}

/** A constant under which the loop goes on, or ends. */
function isConstantTo(model: ProgramModel, goesOn: Requirement, { how, value }: WriteEvent, isRaise: boolean): boolean {
  return how === 'assign' && value?.nature === 'constant' && keepsOutcome(model, goesOn, how, value.node) === isRaise;
}

/** Who takes the flag down, and neither waits for the loop nor cuts its wait short; what has ended for good is not started again. */
export function stopOf(model: ProgramModel, graph: Graph, place: Place, goesOn: Requirement, waited: readonly Place[]): RevivedLoop['stop'] | undefined {
  for (const { event, graph: other } of otherWriters(model, graph, place)) {
    if (event.place.path.length !== place.path.length || !isConstantTo(model, goesOn, event, false)) continue;
    const name = displayName(model.compiler, other.owner);
    if (isEndName(lastOfName(name).replace('#', '')) || model.compiler.isSourceFile(other.owner) || isInternal(model, other.owner)) continue;
    const mayWaitOrCut = eventsOf(other).some((each) => each.kind === 'suspend' || (each.kind === 'call' && mayCutShort(model, each, waited, 0)) || handsOn(model, each));
    if (!mayWaitOrCut && model.controlDependence(other).controllingTests(event.block).every((look) => readsOfTest(model, other, look).every((read) => read.place.key === place.key))) {
      return { name, graph: other, write: event };
    }
  }
  return undefined;
}

/** `return this.done;`: who asks for the stop gets something to wait for. */
function handsOn(model: ProgramModel, event: Event): boolean {
  return event.kind === 'return' && event.value !== undefined && (event.value.nature === 'promise' || model.questions.isPromise(event.value.node));
}

/** Callees are followed this far. */
const maximumDepth = 2;

/**
 * What the waits of the activation hang on: the places that it, or a callee that it waits for, names in what is waited for; also those that
 * get a timer there, or the function that ends the wait.
 */
export function waitedOn(model: ProgramModel, graph: Graph, depth: number): readonly Place[] {
  const events = eventsOf(graph);
  return events.flatMap((event): readonly Place[] => {
    if (event.kind !== 'suspend') return [];
    const within = events.flatMap((other) => ((other.kind === 'read' || other.kind === 'write') && isWithin(other.node, event.node) ? [other.place] : []));
    const behind = event.operand === undefined ? [] : readsBehind(model, graph, event.operand).map((read) => read.place);
    const callees = depth < maximumDepth ? (event.operand?.sources ?? []).flatMap((source) => (source.kind === 'call' ? (model.callee(source, 'syntactic') ?? []) : [])) : [];
    return [...within, ...behind, ...callees.flatMap((callee) => namedIn(model, model.graph(callee), depth + 1))].filter(isNamed);
  });
}

/** `void this.loop(this.controller.signal)`: what the loop was given is what its caller names. */
function givenToWaits(model: ProgramModel, graph: Graph): readonly Place[] {
  const { owner } = graph;
  if (model.compiler.isSourceFile(owner) || owner.parameters.length === 0 || !isInternal(model, owner)) return [];
  const waits = eventsOf(graph).filter(({ kind }) => kind === 'suspend');
  const used = new Set(eventsOf(graph).flatMap((event) => (event.kind === 'use' && waits.some(({ node }) => isWithin(event.node, node)) ? [event.binding.declaration] : [])));
  return owner.parameters.flatMap((parameter, index) => (used.has(parameter) ? callsOfInternal(model, owner).flatMap(({ event }) => event.arguments[index]?.place ?? []) : []));
}

/** Not the whole object. */
const isNamed = ({ path, root }: Place): boolean => path.length > 0 || root.kind === 'variable';

/** A callee that nobody waits in gives the promise of what it names. */
function namedIn(model: ProgramModel, graph: Graph, depth: number): readonly Place[] {
  const waits = waitedOn(model, graph, depth);
  return graph.hasSuspension ? waits : eventsOf(graph).flatMap((event) => (event.kind === 'read' || event.kind === 'write' ? [event.place] : []));
}

/** The call goes to what the loop waits on, is handed it, or leads to such a call; of one that has no name nobody knows. */
function mayCutShort(model: ProgramModel, call: CallEvent, waited: readonly Place[], depth: number): boolean {
  const { compiler } = model;
  if (call.name === undefined) return true;
  const called = compiler.isCallExpression(call.node) ? model.file(call.node).places.placeOf(call.node.expression) : undefined;
  const touched = [called, call.receiver?.place, ...call.arguments.map((argument) => argument.place)];
  const isWaitedOn = (place: Place): boolean => waited.some((each) => writeAffectsRead(place, each) || writeAffectsRead(each, place));
  if (touched.some((place) => place !== undefined && isNamed(place) && isWaitedOn(place))) return true;
  const callee = depth < maximumDepth ? model.callee(call, 'syntactic') : undefined;
  return callee !== undefined && eventsOf(model.graph(callee)).some((event) => event.kind === 'call' && mayCutShort(model, event, waited, depth + 1));
}

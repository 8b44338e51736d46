/**
 * What another task has ended comes back: a refresh or a start is under way, a logout or a stop clears what it would fill, and
 * then its answer arrives and fills it.
 *
 * Three things show that the end was meant to be one. The task tests a flag that the end sets, or a value that the end clears as
 * well, but before it suspends and not after; or the end forgets the very promise of the work that it does not wait for; or
 * several callers share the work, and the end knows nothing of it.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, DefineEvent, Event, SuspendEvent, WriteEvent } from '../../events/event.js';
import { empties } from '../../events/writes.js';
import { type Place, variableKey } from '../../places/place.js';
import { isNullish } from '../../syntax/constants.js';
import { type Activation, displayName, type FunctionNode, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { judgeAct, readsOfTest } from '../protocols/freshness.js';
import { type HeldLocks, withoutExclusion } from '../locks/held-locks.js';
import { assignmentsTo, keepsOutcome, requirementOf } from '../protocols/outcomes.js';
import { type Setter, settersOf } from '../protocols/setters.js';
import { aborts } from '../effects/endings.js';
import { writesByHelper } from '../effects/helper-writes.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { flightsInto, nearestSuspension } from '../protocols/promise-slots.js';
import { isStillWanted } from '../protocols/protocols.js';
import { readsBehind, substitute } from '../effects/provenance.js';
import type { Rival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { overlooks, slotsOfSharedWork } from '../protocols/shared-work.js';
import { isEndOfLife, isPartOfTeardown } from '../protocols/slot-lifetime.js';
import type { Setting } from '../effects/settings.js';
import { type SummaryWrite, writesOfCall } from '../effects/summary.js';
import { emptiedBy, flagsBefore, mayComeBetween } from './torn-down.js';

export interface Revival {
  readonly event: WriteEvent | CallEvent;
  readonly place: Place;
  readonly suspension: SuspendEvent;
  readonly rival: Rival;
}

export function revivalsOf(model: ProgramModel, graph: Graph, held: HeldLocks): readonly Revival[] {
  if (!graph.hasSuspension || model.compiler.isSourceFile(graph.owner)) return [];
  // a lock that keeps a second such task out does not keep the end out, unless the end takes it, too
  const open = withoutExclusion(held);
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'write' && (event.kind !== 'call' || event.isConstruction === true || event.isGetter)) continue;
    if (event.kind === 'write' && !isFilling(model, graph, event)) continue;
    const revival = pastFlag(model, graph, open, event) ?? pastWork(model, graph, open, event);
    // what comes back comes back together
    if (revival !== undefined) return [revival];
  }
  return [];
}

function isFilling(model: ProgramModel, graph: Graph, event: WriteEvent): boolean {
  const { place, how, value } = event;
  if (how !== 'assign' || value === undefined || value.nature === 'constant' || empties(model.compiler, event)) return false;
  return place.path.at(-1)?.kind !== 'element' && isShared(model, graph, place);
}

/** Of those who set a flag, the functions that end something and leave places empty. */
const endingSetters = memoized((model, setters: readonly Setter[]) =>
  setters.filter(({ activation }) => isPartOfTeardown(model, activation, undefined) && emptiedBy(model, activation).size > 0),
);

/** A flag was tested before the suspension; the function that sets it empties the place. */
function pastFlag(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent | CallEvent): Revival | undefined {
  for (const { flag, test } of flagsBefore(model, graph, event)) {
    if (flag.path.at(-1)?.kind === 'element' || !isShared(model, graph, flag) || test.kind === 'call') continue;
    for (const { value, activation } of endingSetters(model, settersOf(model, graph, flag))) {
      if (activation === graph.owner) continue;
      const filled = filledOf(model, graph, event, emptiedBy(model, activation));
      if (filled === undefined || filled.place.key === flag.key) continue;
      const verdict = judgeAct(model, graph, held, event, flag);
      if (verdict.kind !== 'stale' || verdict.check.suspension === undefined) continue;
      const requirement = requirementOf(model, graph, event.block, test, flag);
      if (requirement === undefined || keepsOutcome(model, requirement, 'assign', value)) continue;
      const { suspension } = verdict.check;
      if (!mayComeBetween(model, graph, held, event, suspension, activation)) continue;
      return { event, place: filled.place, suspension, rival: { name: displayName(model.compiler, activation), node: filled.node, isSelf: false } };
    }
  }
  return undefined;
}

/** Of the places that the end empties, the one that the event fills, and where the end empties it. */
function filledOf(model: ProgramModel, graph: Graph, event: WriteEvent | CallEvent, emptied: ReadonlyMap<string, Setting>): { place: Place; node: ts.Node } | undefined {
  if (event.kind === 'write') {
    const end = emptied.get(event.place.key);
    return end === undefined ? undefined : { place: event.place, node: end.event.node };
  }
  const sought = [...emptied.values()].map(({ write }) => write.place).filter((place) => isShared(model, graph, place));
  for (const { write, callee } of sought.length === 0 ? [] : writesOfCall(model, event, sought, 'full')) {
    if (write.phase === 'after' || write.how !== 'assign' || (model.compiler.isBinaryExpression(write.node) && isNullish(model.compiler, write.node.right))) continue;
    if (asksItself(model, callee, write) || isGivenNothing(model, callee, event, write.node)) continue;
    const place = substitute(model, write.place, callee, event);
    const end = place === undefined ? undefined : emptied.get(place.key);
    if (place !== undefined && end !== undefined) return { place, node: end.event.node };
  }
  return undefined;
}

/** `this.replace(null)`: the helper stores what it is handed, and that is nothing. */
function isGivenNothing(model: ProgramModel, callee: FunctionNode, { arguments: given }: CallEvent, assignment: ts.Node): boolean {
  const { compiler } = model;
  const stored = compiler.isBinaryExpression(assignment) ? skipOuter(compiler, assignment.right) : undefined;
  if (stored === undefined || !compiler.isIdentifier(stored)) return false;
  const declaration = model.file(stored).scopes.resolve(stored)?.declaration;
  const argument = given[callee.parameters.findIndex((parameter) => parameter === declaration)]?.node;
  return argument !== undefined && compiler.isExpression(argument) && isNullish(compiler, argument);
}

/** The callee writes behind a test of its own, or calls behind one what writes. */
function asksItself(model: ProgramModel, callee: FunctionNode, { node, place }: SummaryWrite): boolean {
  const graph = model.graph(callee);
  const own = model.eventsAt(graph, node);
  const ways = own.length > 0 ? own : eventsOf(graph).filter((event) => event.kind === 'call' && writesOfCall(model, event, [place], 'full').some(({ write }) => write.node === node));
  return ways.some(({ block }) => model.controlDependence(graph).controllingTests(block).length > 0);
}

/** The end empties the place, and waits for nothing: it forgets the promise of this very work, or knows nothing of work that others share. */
function pastWork(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent | CallEvent): Revival | undefined {
  const suspension = nearestSuspension(graph, event);
  // a look at what the end may have changed, also behind an accessor, tells that it came
  if (suspension === undefined || isStillWanted(model, graph, held, event)) return undefined;
  for (const place of placesFilledBy(model, graph, event)) {
    if (judgeAct(model, graph, held, event, place).kind !== 'unchecked') continue;
    for (const { activation, assignment } of assignmentsTo(model, graph, place)) {
      if (!isNullish(model.compiler, assignment.right)) continue;
      for (const end of endsBy(model, activation)) {
        if (end === graph.owner || !(isForgotten(model, graph, place, end) || isOverlooked(model, graph, event, place, end))) continue;
        if (!mayComeBetween(model, graph, held, event, suspension, end)) continue;
        return { event, place, suspension, rival: { name: displayName(model.compiler, end), node: assignment, isSelf: false } };
      }
    }
  }
  return undefined;
}

/** Where the event puts something: its own place, or those that a helper of the same object or module fills. */
function placesFilledBy(model: ProgramModel, graph: Graph, event: WriteEvent | CallEvent): readonly Place[] {
  if (event.kind === 'write') return [event.place];
  const callee = model.callee(event, 'syntactic');
  return writesByHelper(model, graph, event, (write) => isFilling(model, graph, write) && (callee === undefined || !isGivenNothing(model, callee, event, write.node))).map(({ place }) => place);
}

/** The function itself, where it is an end; else the ends that call it whatever is there. */
function endsBy(model: ProgramModel, activation: Activation): readonly Activation[] {
  if (isPartOfTeardown(model, activation, undefined)) return [activation];
  if (model.graph(activation).hasSuspension) return [];
  return model.file(activation).functions.filter(
    (caller) =>
      isPartOfTeardown(model, caller, undefined) &&
      eventsOf(model.graph(caller)).some(
        (event) =>
          event.kind === 'call' &&
          model.callee(event, 'syntactic') === activation &&
          model.controlDependence(model.graph(caller)).controllingTests(event.block).length === 0,
      ),
  );
}

/** The end empties the slot with the promise of this very work, and does not wait for it. */
function isForgotten(model: ProgramModel, graph: Graph, place: Place, end: Activation): boolean {
  if (asksFor(model, end, place)) return false;
  return [...emptiedBy(model, end).values()].some(
    ({ write }) => write.place.key !== place.key && holdsWorkOf(model, graph, write.place) && !isWaitedFor(model, end, write.place),
  );
}

/** Several callers share the work, and the end neither makes it fail nor names the slot that they find it in. */
function isOverlooked(model: ProgramModel, graph: Graph, event: WriteEvent | CallEvent, place: Place, end: Activation): boolean {
  // who ends only what is there leaves a start alone that has not come so far, unless he ends for good
  if (asksFor(model, end, place) && !isEndOfLife(model, end)) return false;
  return !aborts(model.graph(end)) && slotsOfSharedWork(model, graph, event).some((slot) => overlooks(model, end, slot));
}

/** The end empties the place only when it holds something. */
function asksFor(model: ProgramModel, activation: Activation, place: Place): boolean {
  const graph = model.graph(activation);
  const end = emptiedBy(model, activation).get(place.key);
  const tests = end === undefined ? [] : model.controlDependence(graph).controllingTests(end.event.block);
  return tests.some((test) => readsOfTest(model, graph, test).some((read) => read.place.key === place.key));
}

/** The slot keeps the promise of the activation, or of a chain on it. */
function holdsWorkOf(model: ProgramModel, graph: Graph, slot: Place): boolean {
  return flightsInto(model, slot).some((flight) =>
    eventsOf(flight.graph).some(
      (event) => event.kind === 'call' && isWithin(event.node, flight.value.node) && model.callee(event, 'full') === graph.owner,
    ),
  );
}

/** The activation waits for the promise of the other's work before it goes on, or for one that what the other does there is a part of. */
export function waitsForWork(model: ProgramModel, activation: Activation, graph: Graph, event?: WriteEvent | CallEvent | DefineEvent): boolean {
  const rounds = new Set(event === undefined ? [] : eventsOf(graph).flatMap((other) => keptRound(other, event)));
  return placesWaitedFor(model, activation).some((place) => rounds.has(place.key) || holdsWorkOf(model, graph, place));
}

/** `const ready = load().then(…)`, `this.ready = load().then(…)`: where the promise of what the event is a part of is kept. */
function keptRound(other: Event, { node }: Event): readonly string[] {
  if ((other.kind !== 'write' && other.kind !== 'define') || other.value === undefined || !isWithin(node, other.value.node)) return [];
  return [other.kind === 'write' ? other.place.key : variableKey(other.binding)];
}

function isWaitedFor(model: ProgramModel, activation: Activation, slot: Place): boolean {
  return placesWaitedFor(model, activation).some((place) => place.key === slot.key);
}

/** `await this.starting`, `await this.starting?.catch(ignore)`, also by way of a local. */
const placesWaitedFor = memoized((model, activation: Activation): readonly Place[] => {
  const graph = model.graph(activation);
  return eventsOf(graph).flatMap((event): readonly Place[] => {
    if (event.kind !== 'suspend' || event.operand === undefined) return [];
    const chained = event.operand.sources.flatMap((source) => (source.kind === 'call' && source.receiver !== undefined ? [source.receiver] : []));
    return [event.operand, ...chained].flatMap((value) => readsBehind(model, graph, value).map(({ place }) => place));
  });
});

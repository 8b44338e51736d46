/**
 * What is opened after its owner has ended: work that nobody waits for makes its listener, its socket or its next timer after
 * an `await`; the end ran meanwhile and found nothing to close, and nobody closes this one.
 *
 * Somebody must go on without waiting for the work, the end must leave a flag for others to ask, or take back what the work has
 * said of itself; or what is opened goes on by itself, as a timer does, or what is listened to. Who always waits for a start before he
 * stops what only waits to be used has no such race.
 */
import { intervalTimers, oneShotTimers } from '../../catalogue/callbacks.js';
import { computers, heldMember, holders } from '../../catalogue/reactive.js';
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, SuspendEvent, WriteEvent } from '../../events/event.js';
import { empties, resets } from '../../events/writes.js';
import type { Place } from '../../places/place.js';
import { type Activation, displayName, type FunctionNode, isFunctionLiteral, outerParent, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { runsBeforeShared } from '../actors/confinement.js';
import { runsOnce } from '../actors/contexts.js';
import { comesByItself, eventsCalling, isUnawaited, nameOfTaker } from '../actors/left-running.js';
import { isAbortName } from '../effects/endings.js';
import { endsOf, isSameHeld, leavesEmpty } from '../effects/held-ends.js';
import { type HelperWrite, writesByHelper } from '../effects/helper-writes.js';
import { namedCallersOf, settingsOf } from '../effects/settings.js';
import { handlerAt, isListenedTo, listenersIn } from '../effects/listeners.js';
import { madeBy, promiseBehind } from '../model/named-values.js';
import { readsOfTest } from '../protocols/freshness.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { activationsNaming } from '../effects/mutations.js';
import { isMadeBy } from '../model/component-state.js';
import { declaredLocal } from '../model/declared-values.js';
import { createModelCache, memoized, type ProgramModel } from '../model/program-model.js';
import { nearestSuspension } from '../protocols/promise-slots.js';
import { callsBehind } from '../effects/provenance.js';
import { isInternal } from '../effects/visibility.js';
import type { Rival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { isEndOfLife, isPartOfTeardown } from '../protocols/slot-lifetime.js';
import { isAskedElsewhere, type Mark, markBy, raisedBy } from './end-flags.js';
import { waitsForWork } from './revivals.js';
import { isLetIn } from './torn-down.js';

export interface LateResource {
  readonly event: WriteEvent | CallEvent;
  /** Where it is stored; in a callee when the event is a call. */
  readonly node: ts.Node;
  readonly place: Place;
  readonly suspension: SuspendEvent;
  /** The end, and where it closes what it finds. */
  readonly rival: Rival;
}

/** With the locks that keep the end out: one that keeps out only a second such task is none. */
export function lateResourcesOf(model: ProgramModel, graph: Graph, held: HeldLocks): readonly LateResource[] {
  const { compiler } = model;
  if (!graph.hasSuspension || compiler.isSourceFile(graph.owner) || isPartOfTeardown(model, graph.owner, undefined)) return [];
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'write' && event.kind !== 'call') continue;
    for (const stored of storedBy(model, graph, event)) {
      const found = lateResource(model, graph, held, event, stored);
      if (found !== undefined) return [found];
    }
  }
  return [];
}

/** What the event puts into shared places: itself, or a helper of the same object that asks nothing before it does. */
function storedBy(model: ProgramModel, graph: Graph, event: WriteEvent | CallEvent): readonly HelperWrite[] {
  if (event.kind === 'write') return isOpening(model, graph, event) && isShared(model, graph, event.place) ? [{ place: event.place, write: event, graph }] : [];
  return writesByHelper(model, graph, event, (write, inner) => isOpening(model, inner, write)).filter(({ place }) => isShared(model, graph, place));
}

/** A field, a variable or an entry under a key gets something new: an object that is made there, or what a call returns, also by way of a local. */
function isOpening(model: ProgramModel, graph: Graph, { place, how, value }: WriteEvent): boolean {
  const { compiler } = model;
  const last = place.path.at(-1);
  if (how !== 'assign' || value === undefined || (last?.kind === 'element' && last.key === undefined) || !compiler.isExpression(value.node)) return false;
  const node = promiseBehind(model, value.node) ?? madeBy(model, declaredLocal(model, graph, value.node)?.value ?? value.node);
  return compiler.isNewExpression(node) || compiler.isCallExpression(node);
}

function lateResource(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  event: WriteEvent | CallEvent,
  stored: HelperWrite,
): LateResource | undefined {
  const { place, write, graph: inner } = stored;
  const suspension = nearestSuspension(graph, event);
  // what an object is set up with before anybody has it, nobody can end before
  if (suspension === undefined || (place.root.kind === 'this' && runsBeforeShared(model, graph.owner))) return undefined;
  const timer = timerIn(model, inner, write);
  const ends = endsOfHeld(model, graph, place, timer !== undefined);
  const marks = ends.length === 0 ? new Map<string, SetMark>() : marksBefore(model, graph, suspension, event);
  for (const { activation, call, isCertain } of ends) {
    if (runsOnce(model, activation) || endsTheWait(model, activation, suspension)) continue;
    if (timer !== undefined && asksForItself(model, timer, activation)) continue;
    const isMeant = marks.size > 0 && isPartOfTeardown(model, activation, undefined) && takesBackOneOf(model, activation, marks);
    if (!isMeant && !isCertain) continue;
    if (!isMeant && !isUnawaited(model, graph, event) && !setsFlag(model, activation) && !goesOnByItself(model, graph, stored, activation) && !comesByItself(model, graph, activation) && !isOfComponent(model, place)) continue;
    if (!isThereBefore(model, graph, event, activation) || waitsForWork(model, activation, graph, event) || isSeenTo(model, graph, place)) continue;
    if (!isLetIn(model, graph, held, event, suspension, activation, place)) continue;
    return { event, node: write.node, place, suspension, rival: { name: displayName(model.compiler, activation), node: call.node, isSelf: false } };
  }
  return undefined;
}

interface EndOfHeld {
  readonly activation: FunctionNode;
  /** Where it ends what it finds. */
  readonly call: CallEvent;
  /** Without a word about the work under way it is known to be an end. */
  readonly isCertain: boolean;
}

/**
 * The ends of what the place holds: those that leave it empty, and put nothing else there, and those after which their object is not
 * used any more. A helper that only one object can call ends nothing by itself: its callers do.
 */
function endsOfHeld(model: ProgramModel, graph: Graph, place: Place, isTimer: boolean): readonly EndOfHeld[] {
  return endersOf(model, graph, place).flatMap(({ activation, call, isTeardown, isEmptying }) => {
    if (activation === graph.owner) return [];
    // who stops a timer may start another one; the one that nobody knows of goes on beside it
    const isCertain = (isTimer ? isTeardown : isEndOfLife(model, activation)) || isEmptying;
    if (!(isTeardown || isCertain)) return [];
    // what the work itself calls before it opens is a step of it, whatever else it is for
    if (!isTeardown && callersOf(model, activation).some(({ caller }) => caller === graph.owner)) return [];
    if (!isInternal(model, activation)) return [{ activation, call, isCertain }];
    return callersOf(model, activation).flatMap(({ caller, call: site }): readonly EndOfHeld[] =>
      caller === graph.owner || opensAgain(model, caller, place, graph.owner) ? [] : [{ activation: caller, call: site, isCertain }],
    );
  });
}

interface Ender {
  readonly activation: FunctionNode;
  readonly call: CallEvent;
  readonly isTeardown: boolean;
  /** It leaves the place empty. */
  readonly isEmptying: boolean;
}

const enders = createModelCache<ts.Node, Map<string, readonly Ender[]>>();

/** Who ends what the place holds; the same for all functions of an object or a file that fill it. */
function endersOf(model: ProgramModel, graph: Graph, place: Place): readonly Ender[] {
  const { root } = place;
  const sharer = root.kind !== 'this' ? graph.owner.getSourceFile() : (root.owner ?? graph.owner);
  const known = enders(model).get(sharer) ?? new Map<string, readonly Ender[]>();
  enders(model).set(sharer, known);
  const before = known.get(place.key);
  if (before !== undefined) return before;
  const found = [...activationsNaming(model, place)].flatMap((activation): readonly Ender[] => {
    if (model.compiler.isSourceFile(activation)) return [];
    const [end] = endsOf(model, model.graph(activation), place);
    if (end === undefined) return [];
    return [{ activation, call: end.call, isTeardown: isPartOfTeardown(model, activation, undefined), isEmptying: isEndWithout(model, activation, place) }];
  });
  known.set(place.key, found);
  return found;
}

/** It leaves the place empty, and neither fills it nor begins the work that does. */
function isEndWithout(model: ProgramModel, activation: Activation, place: Place): boolean {
  return leavesEmpty(model, activation, place) && !opensAgain(model, activation, place, undefined);
}

/** The activation fills the place, or calls who does. */
function opensAgain(model: ProgramModel, activation: Activation, place: Place, opener: Activation | undefined): boolean {
  return eventsOf(model.graph(activation)).some((event) => {
    if (event.kind === 'write') return isSameHeld(event.place, place) && event.how === 'assign' && !empties(model.compiler, event);
    return event.kind === 'call' && opener !== undefined && model.callee(event, 'syntactic') === opener;
  });
}

const callersOf = memoized((model, callee: Activation): readonly { readonly caller: FunctionNode; readonly call: CallEvent }[] =>
  namedCallersOf(model, callee).flatMap((caller) =>
    model.compiler.isSourceFile(caller) ? [] : eventsOf(model.graph(caller)).flatMap((call) => (call.kind === 'call' && model.callee(call, 'syntactic') === callee ? [{ caller, call }] : [])),
  ),
);

/** Every caller of a step of its own object ends afterwards what came too late: `await this.open(); if (this.isStale(mine)) this.stop();`. */
function isSeenTo(model: ProgramModel, { owner }: Graph, place: Place): boolean {
  if (model.compiler.isSourceFile(owner) || (place.root.kind !== 'this' && place.root.kind !== 'variable') || !isInternal(model, owner)) return false;
  const callers = callersOf(model, owner);
  return callers.length > 0 && callers.every(({ caller, call }) => {
    const around = model.graph(caller);
    return eventsOf(around).some((later) => {
      if (later.kind !== 'call' || later === call || !follows(around, call, later)) return false;
      const callee = model.callee(later, 'syntactic');
      return callee !== undefined && callee !== owner && endsOf(model, model.graph(callee), place).length > 0;
    });
  });
}

/** What is handed out when the work is done nobody has before; a callback runs when it pleases the one who was given it. */
export function isThereBefore(model: ProgramModel, graph: Graph, event: Event, end: FunctionNode): boolean {
  const { compiler } = model;
  if (isWithin(end, graph.owner) && end.pos > event.node.pos) return false;
  const { parent, child } = outerParent(compiler, end);
  if (!compiler.isCallExpression(parent) || parent.expression === child || eventsCalling(model, end).length > 0) return true;
  // `const stop = useCallback(() => …, [])`
  return computers.has(nameOfTaker(model, end) ?? '');
}

/** A component keeps it, and waits for none of its functions: `recorder.current`. */
function isOfComponent(model: ProgramModel, { root, path }: Place): boolean {
  const [member] = path;
  return root.kind === 'variable' && path.length === 1 && member?.kind === 'field' && member.name === heldMember && isMadeBy(model, root.binding.declaration, holders);
}

/**
 * What was opened goes on by itself: it was given a callback, or is listened to. Its end means that nothing more shall come of it, and
 * leaves the place empty for the next one.
 */
function goesOnByItself(model: ProgramModel, graph: Graph, { place, write, graph: inner }: HelperWrite, end: Activation): boolean {
  const { compiler } = model;
  if (write.value === undefined || !leavesEmpty(model, end, place) || runsOnce(model, graph.owner)) return false;
  const { value } = write;
  const made = compiler.isExpression(value.node) ? (declaredLocal(model, inner, value.node)?.value ?? value.node) : value.node;
  const isGiven = callsBehind(inner, value).some(
    ({ node, name, arguments: given }) => isWithin(node, made) && (isTimer(name) || given.some((argument) => handlerAt(model, argument.node) !== undefined)),
  );
  return isGiven || listenersIn(model, inner).some(({ target }) => isListenedTo(model, place, [value], target));
}

const isTimer = (name: string | undefined): boolean => name !== undefined && (oneShotTimers.has(name) || intervalTimers.has(name));

/** The call that sets the timer whose handle is stored. */
export function timerIn({ compiler }: ProgramModel, graph: Graph, { value }: WriteEvent): CallEvent | undefined {
  if (value === undefined) return undefined;
  return callsBehind(graph, value).find(({ name, node }) => isTimer(name) && compiler.isCallExpression(node));
}

/** The end makes the wait fail: it aborts, or it ends the object whose call is waited for. */
export function endsTheWait(model: ProgramModel, activation: Activation, { operand }: SuspendEvent): boolean {
  const { SyntaxKind } = model.compiler;
  // a method of its own ends nothing of another one
  const waited = (operand?.sources ?? []).flatMap((source) => (source.kind === 'call' && source.receiver?.node.kind !== SyntaxKind.ThisKeyword ? [source.receiver?.place?.key] : []));
  return eventsOf(model.graph(activation)).some((event) => {
    if (event.kind !== 'call' || event.name === undefined) return false;
    if (isAbortName(event.name)) return true;
    const key = event.receiver?.place?.key;
    return key !== undefined && waited.includes(key);
  });
}

/** What the timer runs looks first at what the end has written. */
export function asksForItself(model: ProgramModel, timer: CallEvent, activation: Activation): boolean {
  const { compiler } = model;
  const written = eventsOf(model.graph(activation)).flatMap((event) => (event.kind === 'write' ? [event.place.key] : []));
  const callback = timer.arguments[0]?.node;
  if (callback === undefined || !compiler.isExpression(callback)) return true;
  const literal = skipOuter(compiler, callback);
  const run = isFunctionLiteral(compiler, literal) ? literal : model.questions.functionAt(literal);
  if (run === undefined) return true;
  const outer = model.graph(run);
  const callees = eventsOf(outer).flatMap((event) => (event.kind === 'call' ? [model.callee(event, 'syntactic')] : []));
  return [outer, ...callees.flatMap((callee) => (callee === undefined ? [] : [model.graph(callee)]))].some((graph) =>
    eventsOf(graph).some((event) => event.kind === 'test' && readsOfTest(model, graph, event).some((read) => written.includes(read.place.key))),
  );
}

/** The end raises a flag, and some other function asks for it. */
const setsFlag = (model: ProgramModel, activation: Activation): boolean => raisedBy(model, activation).some((flag) => isAskedElsewhere(model, activation, flag));

interface SetMark {
  readonly mark: Mark;
  readonly write: WriteEvent;
}

/** What the task has said before it suspended, that it is at work, `this.running = true`, `this.stopped = false`, and has not looked at since. */
function marksBefore(model: ProgramModel, graph: Graph, suspension: SuspendEvent, event: Event): ReadonlyMap<string, SetMark> {
  const marks = new Map<string, SetMark>();
  const looks = new Set<string>();
  for (const { event: other, write } of settingsOf(model, graph.owner)) {
    const mark = follows(graph, other, suspension) ? markBy(model, write) : undefined;
    if (mark !== undefined) marks.set(write.place.key, { mark, write });
  }
  for (const other of eventsOf(graph)) {
    if (other.kind === 'read' && follows(graph, suspension, other) && follows(graph, other, event)) looks.add(other.place.key);
  }
  return new Map([...marks].filter(([key]) => !looks.has(key)));
}

/** The end says the opposite of a mark, or puts another state in its place: it means the very work that has put it up. */
function takesBackOneOf(model: ProgramModel, end: Activation, marks: ReadonlyMap<string, SetMark>): boolean {
  const { compiler } = model;
  return settingsOf(model, end).some(({ write }) => {
    const said = marks.get(write.place.key);
    if (said === undefined) return false;
    if (said.mark === 'lowered') return write.value?.node.kind === compiler.SyntaxKind.TrueKeyword;
    return resets(compiler, write) || (write.value?.nature === 'constant' && write.value.node.getText() !== said.write.value?.node.getText());
  });
}

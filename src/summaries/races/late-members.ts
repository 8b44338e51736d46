/**
 * What is put among others after they have been ended: `const link = await open(id); this.links.set(id, link);` beside a `close` that
 * raises a flag and closes every link that it finds. The one that is being opened is not among them, and nobody closes it.
 *
 * A flag tells that the end is meant for what comes as well: the task has asked for it before it suspended, or others ask for
 * it after an end for good. Without one, nobody may wait for the task, or the end comes when it pleases, and leaves none there.
 */
import { timerEnds } from '../../catalogue/callbacks.js';
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, SuspendEvent, Value, WriteEvent } from '../../events/event.js';
import { holderOf, lastName, type Place, rootPlace } from '../../places/place.js';
import { type Activation, displayName, enclosingActivation, type FunctionNode, isInLoop, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import type { Rival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { runsOnce } from '../actors/contexts.js';
import { comesByItself, isUnawaited } from '../actors/left-running.js';
import { isAbortName, isEndName, isStopName, isSubscriptionEnd, namesAnEnd } from '../effects/endings.js';
import { isOfSameOwner, leavesEmpty } from '../effects/held-ends.js';
import { activationsNaming } from '../effects/mutations.js';
import { readsBehind } from '../effects/provenance.js';
import { settingsOf } from '../effects/settings.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { declaredLocal } from '../model/declared-values.js';
import { promiseBehind } from '../model/named-values.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { assertionsOf, readsOfTest } from '../protocols/freshness.js';
import { keepsOutcome, requirementOf } from '../protocols/outcomes.js';
import { nearestSuspension } from '../protocols/promise-slots.js';
import { isEndOfLife, isPartOfTeardown } from '../protocols/slot-lifetime.js';
import { isAskedElsewhere, raisedBy } from './end-flags.js';
import { asksForItself, endsTheWait, timerIn } from './late-resources.js';
import { waitsForWork } from './revivals.js';
import { isLetIn } from './torn-down.js';

export interface LateMember {
  /** Where it is put among the others. */
  readonly event: WriteEvent;
  /** What holds them all. */
  readonly place: Place;
  readonly suspension: SuspendEvent;
  /** The end, and where it ends each. */
  readonly rival: Rival;
}

export function lateMembersOf(model: ProgramModel, graph: Graph, held: HeldLocks): readonly LateMember[] {
  if (!graph.hasSuspension || model.compiler.isSourceFile(graph.owner) || isPartOfTeardown(model, graph.owner, undefined)) return [];
  for (const event of eventsOf(graph)) {
    const collection = event.kind === 'write' ? collectionOf(event) : undefined;
    if (event.kind !== 'write' || collection === undefined) continue;
    const suspension = nearestSuspension(graph, event);
    const timer = timerIn(model, graph, event);
    if (suspension === undefined || !(timer !== undefined || isOpened(model, graph, event)) || !isShared(model, graph, collection)) continue;
    const found = lateMember(model, graph, held, { event, collection, suspension, timer });
    if (found !== undefined) return [found];
  }
  return [];
}

/** What the write puts something into: a list, a set, or a map or record under a key. */
function collectionOf({ place, how, value }: WriteEvent): Place | undefined {
  if (place.path.at(-1)?.kind === 'element') return how === 'add' || (how === 'assign' && value !== undefined) ? holderOf(place) : undefined;
  return how === 'add' ? place : undefined;
}

/** What is put there is what a call was waited for, or an object that is made of it: by way of locals, or on the spot. */
function isOpened(model: ProgramModel, graph: Graph, { node, value }: WriteEvent): boolean {
  const { compiler } = model;
  const given = compiler.isCallExpression(node) ? node.arguments.at(-1) : value?.node;
  return given !== undefined && compiler.isExpression(given) && isMadeOfOpened(model, graph, given, 0);
}

/** Locals and objects between what is kept and what was waited for. */
const maximumSteps = 4;

/** `{ id, link }`, `new Room(link)`, where `const link = await open(id)`. */
function isMadeOfOpened(model: ProgramModel, graph: Graph, given: ts.Expression, steps: number): boolean {
  const { compiler } = model;
  const made = skipOuter(compiler, given);
  const promise = promiseBehind(model, made);
  if (promise !== undefined) return compiler.isCallExpression(promise);
  if (steps === maximumSteps) return false;
  const isPart = (part: ts.Expression): boolean => isMadeOfOpened(model, graph, part, steps + 1);
  if (compiler.isIdentifier(made)) {
    const local = declaredLocal(model, graph, made)?.value;
    return local !== undefined && isPart(local);
  }
  if (compiler.isObjectLiteralExpression(made)) {
    return made.properties.some((property) => (compiler.isPropertyAssignment(property) ? isPart(property.initializer) : compiler.isShorthandPropertyAssignment(property) && isPart(property.name)));
  }
  return (compiler.isNewExpression(made) || compiler.isCallExpression(made)) && (made.arguments ?? []).some(isPart);
}

interface Joining {
  readonly event: WriteEvent;
  readonly collection: Place;
  readonly suspension: SuspendEvent;
  /** What is put there is a timer, which goes on by itself. */
  readonly timer: CallEvent | undefined;
}

function lateMember(model: ProgramModel, graph: Graph, held: HeldLocks, joining: Joining): LateMember | undefined {
  const { event, collection, suspension, timer } = joining;
  for (const end of activationsNaming(model, collection)) {
    if (end === graph.owner || model.compiler.isSourceFile(end) || !isPartOfTeardown(model, end, undefined)) continue;
    if (runsOnce(model, end)) continue;
    const each = endOfEach(model, model.graph(end), collection);
    if (each === undefined || !(isMeantForLater(model, graph, event, end, suspension) || isMissedByAll(model, graph, end, joining))) continue;
    if (timer !== undefined && asksForItself(model, timer, end)) continue;
    if (looksAfterwards(model, graph, event, end)) continue;
    if (!isLetIn(model, graph, held, event, suspension, end)) continue;
    return { event, place: collection, suspension, rival: { name: displayName(model.compiler, end), node: each, isSelf: false } };
  }
  return undefined;
}

/** Where the end closes the members one after another; undefined where it also makes the work fail that is under way, or waits for it first. */
function endOfEach(model: ProgramModel, graph: Graph, collection: Place): ts.Node | undefined {
  const calls = eventsOf(graph).filter((event): event is CallEvent => event.kind === 'call');
  const isOneOf = (value: Value): boolean => readsBehind(model, graph, value).some(({ place }) => place.key === collection.key || holderOf(place)?.key === collection.key);
  if (calls.some(({ name }) => isAbortName(name))) return undefined;
  const each =
    calls.find(
      ({ name, receiver }) =>
        receiver !== undefined && (isEndName(name) || isStopName(name) || isSubscriptionEnd(name)) && receiver.place?.key !== collection.key && isOneOf(receiver),
    ) ??
    calls.find(({ name, arguments: [given] }) => timerEnds.test(name ?? '') && given !== undefined && isOneOf(given)) ??
    calls.find((call) => endsHanded(model, graph, call, collection)) ??
    calls.find((call) => namesAnEnd(lastName(collection)) && calledValues(model, graph, call).some(isOneOf)) ??
    calls.find((call) => (isInLoop(model.compiler, call.node) || enclosingActivation(model.compiler, call.node) !== graph.owner) && endsOneByHelper(model, graph, call, collection));
  return each === undefined || eventsOf(graph).some((event) => event.kind === 'suspend' && waitsFirst(graph, event, each)) ? undefined : each.node;
}

/** `for (const id of this.links.keys()) this.leave(id)`: a helper of the same object or module ends the one of that key, and takes it out. */
function endsOneByHelper(model: ProgramModel, graph: Graph, call: CallEvent, collection: Place): boolean {
  const callee = isOfSameOwner(model, call, collection) && call.isConstruction !== true && !call.isGetter ? model.callee(call, 'syntactic') : undefined;
  if (callee === undefined || callee === graph.owner || graph.inlined.has(callee)) return false;
  const inner = model.graph(callee);
  return eventsOf(inner).some(
    (event) =>
      event.kind === 'call' &&
      event.receiver !== undefined &&
      (isEndName(event.name) || isStopName(event.name)) &&
      event.receiver.place?.key !== collection.key &&
      readsBehind(model, inner, event.receiver).some(({ place }) => holderOf(place)?.key === collection.key),
  ) && eventsOf(inner).some((event) => event.kind === 'write' && event.how === 'remove' && holderOf(event.place)?.key === collection.key);
}

/** `clearAll(this.timers)`: a helper ends each of what it is handed. */
function endsHanded(model: ProgramModel, graph: Graph, call: CallEvent, collection: Place): boolean {
  const index = call.arguments.findIndex(({ place }) => place?.key === collection.key);
  const callee = index < 0 || call.isConstruction === true ? undefined : model.callee(call, 'syntactic');
  const name = callee?.parameters[index]?.name;
  if (callee === undefined || callee === graph.owner || name === undefined || !model.compiler.isIdentifier(name)) return false;
  const binding = model.file(name).scopes.resolve(name);
  return binding !== undefined && endOfEach(model, model.graph(callee), rootPlace({ kind: 'variable', binding })) !== undefined;
}

/** `for (const stop of this.stops) stop()`: what is called, where that is a local. */
function calledValues({ compiler }: ProgramModel, graph: Graph, { node, receiver }: CallEvent): readonly Value[] {
  if (receiver !== undefined || !compiler.isCallExpression(node) || !compiler.isIdentifier(node.expression)) return [];
  const callee = node.expression;
  return eventsOf(graph).flatMap((event) => (event.kind === 'use' && event.node === callee ? [{ node: callee, sources: [event] }] : []));
}

/** It waits for promises that are kept somewhere, `await Promise.allSettled(this.opening)`, before it ends the first. */
function waitsFirst(graph: Graph, suspension: SuspendEvent, each: CallEvent): boolean {
  if (!follows(graph, suspension, each) || suspension.node.pos > each.node.pos || isWithin(each.node, suspension.node)) return false;
  return suspension.operand?.sources.some((source) => source.kind === 'read' || (source.kind === 'call' && source.receiver?.place?.text === 'Promise')) === true;
}

/** The end sets a flag: one that lets this task begin, as it was before it suspended, also by `this.assertOpen()`, or that others ask for after an end for good. */
function isMeantForLater(model: ProgramModel, graph: Graph, event: WriteEvent, end: Activation, suspension: SuspendEvent): boolean {
  const isStoppedBy = ({ place, value }: WriteEvent): boolean =>
    model.controlDependence(graph).controllingTests(event.block).some((test) => {
      if (!follows(graph, test, suspension) || !readsOfTest(model, graph, test).some((read) => read.place.key === place.key)) return false;
      const requirement = requirementOf(model, graph, event.block, test, place);
      return requirement !== undefined && value !== undefined && !keepsOutcome(model, requirement, 'assign', value.node);
    });
  const isSet = settingsOf(model, end).some(({ write }) => write.value?.nature === 'constant' && isStoppedBy(write));
  const asserted = assertionsOf(model, graph).filter(({ call }) => follows(graph, call, suspension)).flatMap(({ reads }) => reads.map(({ place }) => place.key));
  return isSet || raisedBy(model, end).some((flag) => asserted.includes(flag.key)) || (isEndOfLife(model, end) && raisedBy(model, end).some((flag) => isAskedElsewhere(model, end, flag)));
}

/**
 * Nobody waits for the task, or the end comes when it pleases, or what is put there goes on by itself: then nothing keeps the two apart.
 * The end is one for good, or leaves none there, and does not make the wait fail.
 */
function isMissedByAll(model: ProgramModel, graph: Graph, end: FunctionNode, { event, collection, suspension, timer }: Joining): boolean {
  if (!(isEndOfLife(model, end) || leavesEmpty(model, end, collection)) || endsTheWait(model, end, suspension) || waitsForWork(model, end, graph, event)) return false;
  return timer !== undefined || isUnawaited(model, graph, event) || comesByItself(model, graph, end);
}

/** The task asks afterwards for something that the end writes: it undoes itself what came too late. */
function looksAfterwards(model: ProgramModel, graph: Graph, event: WriteEvent, end: Activation): boolean {
  const written = writtenBy(model, end);
  return eventsOf(graph).some(
    (other) =>
      // in a loop the look of the next turn comes after it, too, and knows only the next one
      other.kind === 'test' && other.node.pos > event.node.pos && follows(graph, event, other) && readsOfTest(model, graph, other).some(({ place }) => written.has(place.key)),
  );
}

const writtenBy = memoized((model, end: Activation): ReadonlySet<string> =>
  new Set([
    ...eventsOf(model.graph(end)).flatMap((event) => (event.kind === 'write' ? [event.place.key] : [])),
    ...settingsOf(model, end).map(({ write }) => write.place.key),
  ]));

/**
 * Objects taken out of a shared place that another task may end while this one is suspended: cached readers, pooled
 * connections, entries of a registry.
 *
 * Whoever counts shares takes one before the first suspension; whoever marks its entry as busy does so too, and the
 * evicting function looks at the mark. Either protocol is silence, and so is asking afterwards whether it is still there.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { walkBackward } from '../../cfg/walk.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { CallEvent, DefineEvent, Event, ReadEvent, SuspendEvent, TestEvent, Value } from '../../events/event.js';
import { type Place, project, rootPlace } from '../../places/place.js';
import { outerParent } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { isWithin } from '../../syntax/tree.js';
import { mayOverlap } from '../actors/contexts.js';
import { fieldsGoneAfter, isEndName, isLifeName, isShareName, mindsEnd, needsLife } from '../effects/endings.js';
import { heldLocks } from '../locks/held-locks.js';
import { holdsOneOf, isSameLock, locksAtMutation, type Mutation, mutationsOf } from '../effects/mutations.js';
import type { ProgramModel } from '../model/program-model.js';
import { readsBehind } from '../effects/provenance.js';
import type { Reference } from '../effects/reference-steps.js';
import { referencesOf } from '../effects/references.js';
import { bringsShare } from '../effects/shares.js';
import { isShared } from '../actors/sharing.js';
import { summarize } from '../effects/summary.js';

export interface EvictedUse {
  /** A method that is called, or a member that is read and followed: `block.data[0]`. */
  readonly use: CallEvent | ReadEvent;
  /** The local that holds the object, or the member of it that is used. */
  readonly text: string;
  readonly place: Place;
  /** Where the local got its object from. */
  readonly source: Place;
  readonly taken: Reference;
  readonly suspension: SuspendEvent;
  readonly rival: Mutation;
  /** The use takes a share, too late. */
  readonly isShare: boolean;
  /** Nothing but the answer of the lookup is waited for. */
  readonly isBrief: boolean;
}

export function usesAfterEviction(model: ProgramModel, graph: Graph): readonly EvictedUse[] {
  if (!graph.hasSuspension) return [];
  const found: EvictedUse[] = [];
  const reported = new Set<Event>();
  for (const event of eventsOf(graph)) {
    const user = userOf(model, graph, event);
    if (user === undefined || !suspendsSinceTaken(graph, user.binding, event) || isSharedAtOnce(model, graph, user.binding)) continue;
    const use = evictedUse(model, graph, user, reported);
    if (use !== undefined) found.push(use);
  }
  return found;
}

/** An event that may use what a local holds. */
interface User {
  readonly use: CallEvent | ReadEvent;
  /** What is used, as the program names it. */
  readonly object: ts.Node;
  readonly binding: Binding;
}

function userOf(model: ProgramModel, graph: Graph, event: Event): User | undefined {
  if (event.kind === 'call') {
    if (event.receiver === undefined || !(needsLife(event.name) || isShareName(event.name)) || /^try/.test(event.name ?? '')) return undefined;
    const binding = localOf(graph, event.receiver);
    return binding === undefined ? undefined : { use: event, object: event.receiver.node, binding };
  }
  const object = event.kind === 'read' ? ownerOfFollowed(model.compiler, event.node) : undefined;
  if (event.kind !== 'read' || object === undefined) return undefined;
  const binding = model.file(object).scopes.resolve(object);
  if (binding === undefined || !graph.inlined.has(binding.owner) || !isTakenFromPlace(graph, binding)) return undefined;
  return { use: event, object, binding };
}

/** `block` of `block.data[0]`: something is taken out of what its member holds, and without that it fails. */
function ownerOfFollowed(compiler: Compiler, node: ts.Node): ts.Identifier | undefined {
  if (!compiler.isPropertyAccessExpression(node) || !compiler.isIdentifier(node.expression)) return undefined;
  const { parent, child } = outerParent(compiler, node);
  if (!compiler.isPropertyAccessExpression(parent) && !compiler.isElementAccessExpression(parent)) return undefined;
  if (parent.expression !== child || parent.questionDotToken !== undefined) return undefined;
  return compiler.isPropertyAccessExpression(parent) && isLifeName(parent.name.text) ? undefined : node.expression;
}

function isTakenFromPlace(graph: Graph, binding: Binding): boolean {
  return (graph.definitions.get(binding) ?? []).some(({ value }) => value?.sources.some((source) => source.kind === 'read' && source.place.path.length > 0) === true);
}

/** The local of the activation that is the value, or through which it is reached. */
function localOf(graph: Graph, value: Value | undefined): Binding | undefined {
  for (const source of value?.sources ?? []) {
    if (source.kind === 'use') return source.binding;
    if (source.kind === 'read' && source.place.root.kind === 'variable' && graph.inlined.has(source.place.root.binding.owner)) return source.place.root.binding;
  }
  return undefined;
}

/** `const reader = this.readers.get(id)?.retain();`: what the local holds, this task has a share in. */
function isSharedAtOnce(model: ProgramModel, graph: Graph, binding: Binding): boolean {
  const definitions = graph.definitions.get(binding) ?? [];
  return definitions.length > 0 && definitions.every(({ value }) => value !== undefined && model.compiler.isExpression(value.node) && bringsShare(model, value.node));
}

/** Cheap: whether the local may have its value from before a suspension, or from one. */
function suspendsSinceTaken(graph: Graph, binding: Binding, at: Event): boolean {
  let suspends = false;
  walkBackward<true>(graph, at, true, () => 0, (event) => {
    if (event.kind === 'suspend') suspends = true;
    if (suspends) return undefined;
    return event.kind === 'define' && event.binding === binding && event.value !== undefined && event.value.nature === 'fresh' ? undefined : true;
  });
  return suspends;
}

function evictedUse(model: ProgramModel, graph: Graph, { use, object, binding }: User, reported: Set<Event>): EvictedUse | undefined {
  for (const taken of referencesOf(model, graph, object, use)) {
    if (taken.kind !== 'object' || taken.depth > 0 || taken.inside.length > 0 || reported.has(taken.event)) continue;
    if (!isShared(model, graph, taken.place) || taken.place.path.length === 0) continue;
    const paths = suspensionsBetween(model, graph, taken, use, binding);
    if (paths.length === 0) continue;
    for (const rival of rivalsOf(model, graph, taken)) {
      if (isMadeAfter(model, graph, rival, use)) continue;
      const path = paths.find((candidate) => isOpenTo(model, graph, candidate, rival, taken, binding, use));
      if (path === undefined) continue;
      if (!isFelt(model, use, rival)) continue;
      const isShare = use.kind === 'call' && isShareName(use.name);
      reported.add(taken.event);
      const isBrief = taken.event.kind === 'call' && path.suspensions.every((other) => waitsOnlyFor(other, taken.event));
      return { use, ...namesOf(model, object, binding, taken.place), place: taken.place, taken, suspension: path.suspensions[0] ?? path.nearest, rival, isShare, isBrief };
    }
  }
  return undefined;
}

/** `await runtime.start(); entry.stop = () => runtime.stop();`: what would end it is a closure of this very run, made only after the use. */
function isMadeAfter({ compiler }: ProgramModel, graph: Graph, { graph: { owner } }: Mutation, use: Event): boolean {
  if (owner === graph.owner || compiler.isSourceFile(owner) || !isWithin(owner, graph.owner)) return false;
  const made = eventsOf(graph).filter((event) => event.kind === 'closure' && isWithin(owner, event.node));
  return made.length > 0 && !made.some((event) => follows(graph, event, use));
}

/** The end shows in the use: the method minds it, or what is followed is gone. */
function isFelt(model: ProgramModel, use: EvictedUse['use'], rival: Mutation): boolean {
  const end = endingMethod(model, rival);
  if (use.kind === 'read') {
    const member = use.place.path.at(-1);
    return member?.kind === 'field' && (end === undefined ? givesMemoryBack(rival) && isIndexed(model.compiler, use.node) : fieldsGoneAfter(model, end).has(member.name));
  }
  return isShareName(use.name) ? !refusesTheDead(model, use) : mindsEnd(model, use, end);
}

/** An end out of sight whose name says that what the object holds is used for something else afterwards. */
function givesMemoryBack({ event }: Mutation): boolean {
  return event.kind === 'call' && /^(?:free|release|decref|recycle|unmap)(?:Now|Sync)?$/.test(event.name ?? '');
}

/** `page.bytes[0]`: memory is what is looked into by a position; of `page.meta.name` nothing says that it goes with it. */
function isIndexed(compiler: Compiler, node: ts.Node): boolean {
  return compiler.isElementAccessExpression(outerParent(compiler, node).parent);
}

/** `session.transport` of a local `session` was reached through what the local was taken from. */
function namesOf({ compiler }: ProgramModel, receiver: ts.Node, binding: Binding, place: Place): Pick<EvictedUse, 'text' | 'source'> {
  let members = 0;
  let node = receiver;
  while (compiler.isPropertyAccessExpression(node)) {
    node = node.expression;
    members += 1;
  }
  if (members === 0 || members >= place.path.length || node.getText() !== binding.name) return { text: binding.name, source: place };
  return { text: receiver.getText(), source: project(rootPlace(place.root), ...place.path.slice(0, -members)) };
}

/** `retain()` itself throws, or says no, when the object has ended. */
function refusesTheDead(model: ProgramModel, use: CallEvent): boolean {
  const callee = model.callee(use, 'full');
  if (callee === undefined) return false;
  return summarize(model, callee).asserts.length > 0;
}

function endingMethod(model: ProgramModel, rival: Mutation): ReturnType<ProgramModel['callee']> {
  return rival.event.kind === 'call' && isEndName(rival.event.name) ? model.callee(rival.event, 'full') : undefined;
}

interface Path {
  /** Nearest to the use first. */
  readonly suspensions: readonly SuspendEvent[];
  readonly nearest: SuspendEvent;
  /** What this task does between taking the object and its first suspension after that. */
  readonly before: readonly Event[];
  readonly tests: readonly TestEvent[];
  /** What may happen between the nearest suspension and the use. */
  readonly after: ReadonlySet<Event>;
}

const mostRemembered = 24;

/** The ways from the use back to where the object was taken that go over a suspension. */
function suspensionsBetween(model: ProgramModel, graph: Graph, taken: Reference, use: EvictedUse['use'], binding: Binding): readonly Path[] {
  const paths: Path[] = [];
  const after = new Set<Event>();
  interface State {
    readonly suspensions: readonly SuspendEvent[];
    readonly before: readonly Event[];
    readonly tests: readonly TestEvent[];
    /** Shares that this task gives back on the way to the use: those that it took before keep nothing alive any more. */
    readonly returned: number;
  }
  walkBackward<State>(
    graph,
    use,
    { suspensions: [], before: [], tests: [], returned: 0 },
    (state) => Math.min(1, state.suspensions.length) + (state.returned > 0 ? 2 : 0),
    (event, state) => {
      const isTaken = event.node === taken.event.node && event.kind === taken.event.kind;
      // a loop over the live collection takes each element anew
      const isOwn = event.kind === 'define' && event.binding === binding;
      const isTurn = isOwn && event.value !== undefined && model.compiler.isForOfStatement(event.value.node);
      if (isOwn && !isTurn && !comesFrom(model, graph, event, taken)) return undefined;
      if (isTaken || isTurn) {
        const [nearest] = state.suspensions;
        if (nearest !== undefined && !state.suspensions.every((suspension) => isOtherChoice(model, taken.event.node, suspension.node))) paths.push({ ...state, nearest, after });
        return undefined;
      }
      if (state.suspensions.length === 0) after.add(event);
      if (event.kind === 'suspend') return { ...state, suspensions: [...state.suspensions, event].slice(0, mostRemembered), before: [] };
      if (event.kind === 'call' && localOf(graph, event.receiver) === binding) {
        if (isEndName(event.name)) return { ...state, returned: state.returned + 1 };
        if (isShareName(event.name) && state.returned > 0) return { ...state, returned: state.returned - 1 };
      }
      if (event.kind === 'test' && state.suspensions.length === 0) return { ...state, tests: [...state.tests, event].slice(0, mostRemembered) };
      if (event.kind === 'call' || event.kind === 'write') return { ...state, before: [...state.before, event].slice(0, mostRemembered) };
      return state;
    },
  );
  return paths;
}

/** `cache.get(id) ?? (await load(id))`: who takes what is there does not wait. */
function isOtherChoice({ compiler }: ProgramModel, taken: ts.Node, suspension: ts.Node): boolean {
  const { BarBarToken, QuestionQuestionToken } = compiler.SyntaxKind;
  for (let node = suspension; node.parent !== undefined && !compiler.isStatement(node); node = node.parent) {
    const { parent } = node;
    if (!compiler.isBinaryExpression(parent) || parent.right !== node) continue;
    const isChoice = parent.operatorToken.kind === QuestionQuestionToken || parent.operatorToken.kind === BarBarToken;
    if (isChoice && isWithin(taken, parent.left)) return true;
  }
  return false;
}

/** The local got what was taken, and not something else that it may hold on another way. */
function comesFrom(model: ProgramModel, graph: Graph, { value }: DefineEvent, taken: Reference): boolean {
  if (value === undefined) return false;
  return referencesOf(model, graph, value.node, taken.event).some((item) => item.event.node === taken.event.node);
}

/** Where the same place's objects are ended while this activation may be suspended. */
function rivalsOf(model: ProgramModel, graph: Graph, taken: Reference): readonly Mutation[] {
  const all = mutationsOf(model, taken.place, 0).filter((mutation) => {
    if (mutation.nature !== 'end' || givesOwnShareBack(model, mutation)) return false;
    if (mutation.place.path.length > taken.place.path.length && mutation.event.kind === 'call' && !isEndedWithin(mutation, taken.place)) return false;
    return mutation.graph !== graph || (mayOverlap(model, graph.owner, taken.place) && mutation.event.node !== taken.event.node);
  });
  const elsewhere = all.filter((mutation) => mutation.graph !== graph);
  return elsewhere.length > 0 ? elsewhere : all;
}

/** `const reader = this.retained(id); … reader.release();`, or `reader.retain()` before: the share that it gives back is the one that it took. */
function givesOwnShareBack(model: ProgramModel, { event, graph }: Mutation): boolean {
  const binding = event.kind === 'call' ? localOf(graph, event.receiver) : undefined;
  if (binding === undefined) return false;
  return isSharedAtOnce(model, graph, binding) || eventsOf(graph).some((other) => other.kind === 'call' && isShareName(other.name) && localOf(graph, other.receiver) === binding);
}

/** The callee ends the object itself, and not a part of it that it replaces. */
function isEndedWithin(mutation: Mutation, place: Place): boolean {
  return mutation.place.path.slice(place.path.length).length <= 1;
}

function waitsOnlyFor(suspension: SuspendEvent, call: Event): boolean {
  return suspension.operand?.sources.some((source) => source === call) ?? false;
}

/** No protocol keeps the rival from ending the object on this way. */
function isOpenTo(model: ProgramModel, graph: Graph, path: Path, rival: Mutation, taken: Reference, binding: Binding, use: EvictedUse['use']): boolean {
  const locks = locksAtMutation(model, rival).filter((held) => held.origin !== 'claim').map((held) => held.lock);
  const held = heldLocks(model, graph);
  if (locks.length > 0 && path.suspensions.every((suspension) => holdsOneOf(held.at(suspension), locks))) return false;
  // a reference that leaves the rival's own lock is what `no-lock-escape` speaks of
  const takenUnder = [...held.at(taken.event).filter((lock) => lock.origin === 'lock').map((lock) => lock.lock), ...taken.released];
  if (locks.length > 0 && takenUnder.some((lock) => locks.some((other) => isSameLock(other, lock)))) return false;
  const seenByRival = namesReadBy(rival.graph);
  const container = containerKey(taken.place);
  for (const event of path.before) {
    if (event.kind === 'write') {
      const last = event.place.path.at(-1);
      const isRemoval = event.how === 'remove' && event.place.key.startsWith(container);
      if (isRemoval) return false; // taken out: it is this task's own now
      if (containerKey(event.place) === container) continue;
      const names = event.place.path.flatMap((projection) => (projection.kind === 'field' ? [projection.name] : []));
      if (last !== undefined && names.some((name) => seenByRival.has(name) && !inPath(taken.place, name))) return false;
    } else if (event.kind === 'call' && marksForRival(model, graph, event, binding, seenByRival, taken.place)) return false;
  }
  return !path.tests.some((test) => isRecheck(model, graph, test, path.after, rival, taken.place, use));
}

function inPath(place: Place, name: string): boolean {
  return place.path.some((projection) => projection.kind === 'field' && projection.name === name);
}

/** The call takes a share in the object, or marks it so that the rival sees it. */
function marksForRival(model: ProgramModel, graph: Graph, call: CallEvent, binding: Binding, seen: ReadonlySet<string>, place: Place): boolean {
  const isOnIt = localOf(graph, call.receiver) === binding;
  if (isOnIt && isShareName(call.name)) return true;
  const isGiven = call.arguments.some((argument) => localOf(graph, argument) === binding);
  const isOnThis = call.receiver?.node.kind === model.compiler.SyntaxKind.ThisKeyword;
  if (!isOnIt && !isGiven && !isOnThis) return false;
  const callee = model.callee(call, isOnThis ? 'syntactic' : 'full');
  if (callee === undefined) return false;
  return summarize(model, callee).writes.some(
    (write) =>
      write.phase === 'before' &&
      write.place.path.some((projection) => projection.kind === 'field' && seen.has(projection.name) && !inPath(place, projection.name)),
  );
}

/** The collection that the object is an element of, or the object that has it as a field. */
function containerKey(place: Place): string {
  const last = place.path.findLastIndex((projection) => projection.kind !== 'element');
  return project(rootPlace(place.root), ...place.path.slice(0, last + 1)).key;
}

/** Names of the members that a function looks at. */
function namesReadBy(graph: Graph): ReadonlySet<string> {
  const names = new Set<string>();
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'read') continue;
    for (const projection of event.place.path) if (projection.kind === 'field') names.add(projection.name);
  }
  return names;
}

/** After the suspension it is asked whether the object is alive, or still the one in its place. */
function isRecheck(
  model: ProgramModel,
  graph: Graph,
  test: TestEvent,
  after: ReadonlySet<Event>,
  rival: Mutation,
  place: Place,
  use: EvictedUse['use'],
): boolean {
  if (test.value.sources.some((source) => source === use)) return true;
  if (test.value.sources.some((source) => source.kind === 'call' && isLifeName(source.name))) return true;
  const container = containerKey(place);
  const written = namesWrittenBy(rival.graph);
  return readsBehind(model, graph, test.value).some((read) => {
    if (!after.has(read.event)) return false;
    if (read.place.key.startsWith(container)) return true;
    const last = read.place.path.at(-1);
    return last?.kind === 'field' && (isLifeName(last.name) || written.has(last.name));
  });
}

function namesWrittenBy(graph: Graph): ReadonlySet<string> {
  const names = new Set<string>();
  for (const event of eventsOf(graph)) {
    const last = event.kind === 'write' ? event.place.path.at(-1) : undefined;
    if (last?.kind === 'field') names.add(last.name);
  }
  return names;
}

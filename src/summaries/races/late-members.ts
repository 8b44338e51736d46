/**
 * What is put among others after they have been ended: `const link = await open(id); this.links.set(id, link);` beside a `close` that
 * raises a flag and closes every link that it finds. The one that is being opened is not among them, and nobody closes it.
 *
 * The flag tells that the end is meant for what comes as well: the task has asked for it before it suspended, or others ask for
 * it after an end for good.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, SuspendEvent, Value, WriteEvent } from '../../events/event.js';
import { holderOf, lastName, type Place } from '../../places/place.js';
import { type Activation, displayName, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import type { Rival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { contextOf } from '../actors/contexts.js';
import { isAbortName, isEndName, isStopName, isSubscriptionEnd, namesAnEnd } from '../effects/endings.js';
import { activationsNaming } from '../effects/mutations.js';
import { readsBehind } from '../effects/provenance.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { declaredLocal } from '../model/declared-values.js';
import { waitedFor } from '../model/named-values.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { assertionsOf, readsOfTest } from '../protocols/freshness.js';
import { keepsOutcome, requirementOf } from '../protocols/outcomes.js';
import { nearestSuspension } from '../protocols/promise-slots.js';
import { isEndOfLife, isPartOfTeardown } from '../protocols/slot-lifetime.js';
import { isAskedElsewhere, raisedBy } from './end-flags.js';
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
    if (suspension === undefined || !isOpened(model, graph, event) || !isShared(model, graph, collection)) continue;
    const found = lateMember(model, graph, held, event, collection, suspension);
    if (found !== undefined) return [found];
  }
  return [];
}

/** What the write puts something into: a list, a set, or a map or record under a key. */
function collectionOf({ place, how, value }: WriteEvent): Place | undefined {
  if (place.path.at(-1)?.kind === 'element') return how === 'add' || (how === 'assign' && value !== undefined) ? holderOf(place) : undefined;
  return how === 'add' ? place : undefined;
}

/** What is put there is what a call was waited for, or an object that is made of it: by way of a local, or on the spot. */
function isOpened(model: ProgramModel, graph: Graph, { node, value }: WriteEvent): boolean {
  const { compiler } = model;
  const given = compiler.isCallExpression(node) ? node.arguments.at(-1) : value?.node;
  if (given === undefined || !compiler.isExpression(given)) return false;
  const made = skipOuter(compiler, declaredLocal(model, graph, given)?.value ?? given);
  return compiler.isAwaitExpression(made) && compiler.isCallExpression(waitedFor(model, made));
}

function lateMember(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent, collection: Place, suspension: SuspendEvent): LateMember | undefined {
  for (const end of activationsNaming(model, collection)) {
    if (end === graph.owner || model.compiler.isSourceFile(end) || !isPartOfTeardown(model, end, undefined)) continue;
    if (contextOf(model, end).multiplicity === 'once') continue;
    const each = endOfEach(model, model.graph(end), collection);
    if (each === undefined || !isMeantForLater(model, graph, event, end, suspension) || looksAfterwards(model, graph, event, end)) continue;
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
  const each = calls.find(
    ({ name, receiver }) =>
      receiver !== undefined && (isEndName(name) || isStopName(name) || isSubscriptionEnd(name)) && receiver.place?.key !== collection.key && isOneOf(receiver),
  ) ?? calls.find((call) => namesAnEnd(lastName(collection)) && calledValues(model, graph, call).some(isOneOf));
  return each === undefined || eventsOf(graph).some((event) => event.kind === 'suspend' && waitsFirst(graph, event, each)) ? undefined : each.node;
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
  const { compiler } = model;
  const isStoppedBy = ({ place, node }: WriteEvent): boolean =>
    model.controlDependence(graph).controllingTests(event.block).some((test) => {
      if (!follows(graph, test, suspension) || !readsOfTest(model, graph, test).some((read) => read.place.key === place.key)) return false;
      const requirement = requirementOf(model, graph, event.block, test, place);
      return requirement !== undefined && compiler.isBinaryExpression(node) && !keepsOutcome(model, requirement, 'assign', node.right);
    });
  const isSet = eventsOf(model.graph(end)).some((write) => write.kind === 'write' && write.how === 'assign' && write.value?.nature === 'constant' && isStoppedBy(write));
  const asserted = assertionsOf(model, graph).filter(({ call }) => follows(graph, call, suspension)).flatMap(({ reads }) => reads.map(({ place }) => place.key));
  return isSet || raisedBy(model, end).some((flag) => asserted.includes(flag.key)) || (isEndOfLife(model, end) && raisedBy(model, end).some((flag) => isAskedElsewhere(model, end, flag)));
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
  new Set(eventsOf(model.graph(end)).flatMap((event) => (event.kind === 'write' ? [event.place.key] : []))));

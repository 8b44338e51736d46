/**
 * The answer to a question that was asked before an invalidation is kept after it: a lookup finds nothing in its cache and
 * fetches, `invalidate` empties the cache meanwhile, and then the old answer goes in as if it were new.
 *
 * Four things show that the emptying means the answers are out of date. Its name says so; or it has just changed what the
 * lookup asks: `await this.users.save(user); this.cache.delete(user.id)`, where the lookup waits for a call on `this.users`; or
 * others clear a cache with keys, and the lookup under way is one that whoever comes next joins: its answer serves them, too; or
 * they drop the promise of that lookup as well, so that whoever comes next asks anew.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { latestBefore } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, SuspendEvent, Value, WriteEvent } from '../../events/event.js';
import { empties } from '../../events/writes.js';
import { holderOf, type Place } from '../../places/place.js';
import { type Activation, displayName, lastOfName, memberOf, nameOfFunction, plainName } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { wordsOf } from '../../syntax/words.js';
import { aborts } from '../effects/endings.js';
import { writesByHelper } from '../effects/helper-writes.js';
import { activationsNaming, mayReach } from '../effects/mutations.js';
import { mayDependOn } from '../effects/dependence.js';
import { callsBehind, reachingDefinitions, readsBehind } from '../effects/provenance.js';
import { heldLocks, type HeldLocks, withoutExclusion } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { resolved } from '../protocols/claims.js';
import { judgeAct, readsOfTest } from '../protocols/freshness.js';
import { nearestSuspension } from '../protocols/promise-slots.js';
import { isCurrent, isStillWanted } from '../protocols/protocols.js';
import { overlooks, slotsOfSharedWork } from '../protocols/shared-work.js';
import { isEndOfLife } from '../protocols/slot-lifetime.js';
import { type OtherWrite, otherWriters, type Rival, rivalOf } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { waitsForWork } from './revivals.js';
import { mayComeBetween } from './torn-down.js';

export interface StaleFill {
  readonly event: WriteEvent | CallEvent;
  /** Where it is kept; in a callee when the event is a call. */
  readonly node: ts.Node;
  readonly place: Place;
  readonly suspension: SuspendEvent;
  readonly rival: Rival;
}

export function staleFillsOf(model: ProgramModel, graph: Graph, held: HeldLocks): readonly StaleFill[] {
  const { compiler } = model;
  if (!graph.hasSuspension || compiler.isSourceFile(graph.owner) || compiler.isConstructorDeclaration(graph.owner)) return [];
  // a lock that keeps a second lookup out does not keep the invalidation out, unless that takes it, too
  const open = withoutExclusion(held);
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'write' && event.kind !== 'call') continue;
    for (const fill of fillsBy(model, graph, event)) {
      const { place, write } = fill;
      const suspension = nearestSuspension(graph, event);
      if (suspension === undefined || !isShared(model, graph, place)) continue;
      const { asked, isAnswer } = questionsBehind(graph, fill.values);
      if (!isAnswer || isStillWanted(model, graph, open, event)) continue;
      // who looks again before it fills, and who might fill twice, is the business of check-then-act
      if (judgeAct(model, graph, held, event, place).kind === 'stale' || judgeAct(model, graph, open, event, place).kind === 'fresh') continue;
      const rival = invalidationBeside(model, graph, open, fill, suspension, asked);
      // what goes in together is out of date together
      if (rival !== undefined) return [{ event, node: write.node, place, suspension, rival }];
    }
  }
  return [];
}

interface Fill {
  readonly event: WriteEvent | CallEvent;
  readonly place: Place;
  readonly write: WriteEvent;
  /** What the answer may be in: the value that is written, or the arguments of the helper that writes. */
  readonly values: readonly Value[];
}

function fillsBy(model: ProgramModel, graph: Graph, event: WriteEvent | CallEvent): readonly Fill[] {
  if (event.kind === 'write') return event.value !== undefined && isFilling(model, event) ? [{ event, place: event.place, write: event, values: [event.value] }] : [];
  if (event.arguments.length === 0) return [];
  return writesByHelper(model, graph, event, (write) => isFilling(model, write)).map(({ place, write }) => ({ event, place, write, values: event.arguments }));
}

/** Something goes under a key, or into a field or variable. */
function isFilling(model: ProgramModel, event: WriteEvent): boolean {
  const { how, value, place } = event;
  if (how !== 'assign' || value === undefined || value.nature === 'constant' || value.nature === 'promise' || empties(model.compiler, event)) return false;
  const last = place.path.at(-1);
  return last?.kind !== 'element' || last.key !== undefined;
}

/** What was waited for behind the values, and whether anything was: of what a promise stands for that was handed in, no call is known. */
function questionsBehind(graph: Graph, values: readonly Value[]): { readonly asked: readonly CallEvent[]; readonly isAnswer: boolean } {
  const continuations = values.flatMap((value) => continuationsTo(graph, value));
  const begun = continuations.flatMap(({ operand }) => (operand === undefined ? [] : callsBehind(graph, operand)));
  const asked = [...values.flatMap((value) => askedCalls(graph, value)), ...begun];
  return { asked, isAnswer: asked.length > 0 || continuations.length > 0 };
}

/** The clearing drops what the other keeps because it has changed what that asks: an answer of before is not wanted. */
export function outdates(graph: Graph, clearing: WriteEvent | CallEvent, kept: OtherWrite): boolean {
  const { value } = kept.event;
  return value !== undefined && changesTheAsked({ graph, event: clearing }, questionsBehind(kept.graph, [value]).asked);
}

/** The calls that were waited for, and whose answers are in the value. */
function askedCalls(graph: Graph, value: Value): readonly CallEvent[] {
  const asked: CallEvent[] = [];
  mayDependOn(graph, value, (source) => {
    if (source.kind === 'call' && (source.consumption === 'awaited' || source.consumption === 'returned')) asked.push(source);
    return false;
  });
  return asked;
}

/** Where the answer is the parameter of a continuation: `fetch().then((answer) => { this.kept = answer; })`. */
function continuationsTo(graph: Graph, value: Value): readonly SuspendEvent[] {
  return value.sources.flatMap((source) => {
    if (source.kind !== 'use' || source.binding.kind !== 'parameter' || source.binding.owner === graph.owner) return [];
    const before = reachingDefinitions(graph, source).flatMap((definition) => latestBefore(graph, definition, (earlier): earlier is SuspendEvent => earlier.kind === 'suspend'));
    return before.filter(({ reason }) => reason === 'continuation');
  });
}

/** Who empties the place because its content is out of date, while the task is suspended. */
function invalidationBeside(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  { event, place, write }: Fill,
  suspension: SuspendEvent,
  asked: readonly CallEvent[],
): Rival | undefined {
  // what a map holds under a literal key has the place of a field
  const isElement = write.collection !== undefined || place.path.at(-1)?.kind === 'element';
  const cache = isElement ? holderOf(place) : place;
  const emptyings = otherWriters(model, graph, cache).filter((other) => emptiesCache(model, other, cache, isElement));
  if (emptyings.length === 0 || !isAnsweredFrom(model, graph, cache)) return undefined;
  for (const other of emptyings) {
    const activation = other.graph.owner;
    if (!saysSo(model, other) && !(changesTheAsked(other, asked) && !dropsWhatItSaw(model, other)) && !(isElement && leavesJoined(model, graph, event, other)) && !forgetsWork(model, graph, event, other)) continue;
    if (isEndOfLife(model, activation) || aborts(other.graph) || waitsForWork(model, activation, graph) || fillsAnew(model, other)) continue;
    if (!mayComeBetween(model, graph, held, event, suspension, activation)) continue;
    return rivalOf(model, other);
  }
  return undefined;
}

/** All of it is dropped, or one key of it. */
function emptiesCache(model: ProgramModel, { event, place }: OtherWrite, cache: Place, isElement: boolean): boolean {
  if (!empties(model.compiler, event)) return false;
  return place.path.length === cache.path.length || (isElement && place.path.length === cache.path.length + 1);
}

/** `this.keys = []; for (const key of loaded) this.keys.push(key)`: it makes room for what it has asked for itself, and drops nothing for good. */
function fillsAnew(model: ProgramModel, { graph, event, place }: OtherWrite): boolean {
  return eventsOf(graph).some((later) => later.kind === 'write' && !empties(model.compiler, later) && later.how !== 'remove' && mayReach(later.place, place) && follows(graph, event, later));
}

/** Words of functions that drop answers because they are out of date. */
const invalidationWords: ReadonlySet<string> = new Set(['invalidate', 'invalidated', 'invalidates', 'bust', 'outdate']);
/** What is evicted or purged may only have been in the way. */
const evictionWords: ReadonlySet<string> = new Set(['evict', 'purge']);

function saysSo(model: ProgramModel, { graph, event }: OtherWrite): boolean {
  const words = wordsOf(lastOfName(displayName(model.compiler, graph.owner)));
  return words.some((word) => invalidationWords.has(word)) || (words.some((word) => evictionWords.has(word)) && isDroppedForOthers(model, graph.owner, event));
}

/** The key is the caller's choice, and the callers are others. */
function isDroppedForOthers(model: ProgramModel, owner: Activation, { node }: WriteEvent): boolean {
  const { compiler } = model;
  if (compiler.isSourceFile(owner) || !compiler.isCallExpression(node)) return false;
  const key = node.arguments[0];
  if (key === undefined || !compiler.isIdentifier(key)) return false;
  return owner.parameters.some((parameter) => parameter === model.file(key).scopes.resolve(key)?.declaration) && isForOthers(model, owner);
}

/** Only others call it: to make room, an object calls its own methods. */
function isForOthers(model: ProgramModel, owner: Activation, named?: ts.PropertyName): boolean {
  const { compiler } = model;
  const name = compiler.isSourceFile(owner) ? undefined : (plainName(compiler, named) ?? nameOfFunction(compiler, owner));
  if (name === undefined) return false;
  const { parent: sharer } = memberOf(compiler, owner) ?? owner;
  return model.file(owner).mentions(name.text).every((mention) => {
    const { parent } = mention;
    // `this.entries.delete(key)` calls a method of the same name, of another object
    const isOfOther = compiler.isPropertyAccessExpression(parent) && parent.name === mention && parent.expression.kind !== compiler.SyntaxKind.ThisKeyword;
    return mention === name || isOfOther || !isWithin(mention, sharer);
  });
}

/** Words of functions by which others drop what is kept. */
const droppingWords: ReadonlySet<string> = new Set(['clear', 'delete', 'forget', 'remove', 'reset']);

/** Others drop what is kept, whatever it is, and the lookup under way stays where the next ones find and join it. */
function leavesJoined(model: ProgramModel, graph: Graph, event: WriteEvent | CallEvent, other: OtherWrite): boolean {
  const { owner } = other.graph;
  const [first] = wordsOf(lastOfName(displayName(model.compiler, owner)));
  if (first === undefined || !droppingWords.has(first) || !isForOthers(model, owner)) return false;
  const tests = model.controlDependence(other.graph).controllingTests(other.event.block);
  // who looks for something to drop may be done with that one, and not with what is on its way
  if (tests.some((test) => readsOfTest(model, other.graph, test).some((read) => mayReach(read.place, other.place)))) return false;
  return slotsOfSharedWork(model, graph, event).some((slot) => overlooks(model, owner, slot));
}

/** Others drop what is kept, and with it the promise of the lookup under way: whoever comes next is to ask anew. */
function forgetsWork(model: ProgramModel, graph: Graph, event: WriteEvent | CallEvent, other: OtherWrite): boolean {
  const { owner } = other.graph;
  const words = wordsOf(lastOfName(displayName(model.compiler, owner)));
  const [first] = words;
  // `{ clear: () => { … } }`
  const named = model.compiler.isSourceFile(owner) || !model.compiler.isPropertyAssignment(owner.parent) ? undefined : owner.parent.name;
  if (first === undefined || !droppingWords.has(first) || words.some((word) => /^tests?(?:ing)?$/.test(word)) || !isForOthers(model, owner, named)) return false;
  const emptied = new Set(eventsOf(other.graph).flatMap((each) => (each.kind === 'write' && empties(model.compiler, each) ? [each.place.key] : [])));
  return slotsOfSharedWork(model, graph, event).some((slot) => emptied.has(slot.key));
}

/** Words of calls that only look. */
const lookingWords = /^[#_]*(?:get|find|fetch|load|read|list|query|search|has|is|exists|count|peek|check|select|resolve|head|stat|access|wait|sleep|lock|acquire)/i;

/** Something else than the object itself, whose calls may be about anything. */
function isOther({ root, path }: Place): boolean {
  return root.kind !== 'this' || path.length > 0;
}

/** Before it drops the answer it has waited for a change in the object that the lookup asks. */
function changesTheAsked({ graph, event }: { readonly graph: Graph; readonly event: Event }, asked: readonly CallEvent[]): boolean {
  const keys = new Set(asked.flatMap(({ receiver }) => (receiver?.place === undefined || !isOther(receiver.place) ? [] : [receiver.place.key])));
  if (keys.size === 0) return false;
  return latestBefore(
    graph,
    event,
    (earlier): earlier is CallEvent =>
      earlier.kind === 'call' &&
      earlier.consumption === 'awaited' &&
      earlier.name !== undefined &&
      !lookingWords.test(earlier.name) &&
      earlier.receiver?.place !== undefined &&
      keys.has(earlier.receiver.place.key),
  ).length > 0;
}

/** `if (this.session === mine) this.session = undefined;`: one that it has seen before is dropped; of what others ask for meanwhile that says nothing. */
function dropsWhatItSaw(model: ProgramModel, { graph, event }: OtherWrite): boolean {
  return isCurrent(model, graph, heldLocks(model, graph), event, false);
}

/** Some function gives back what it finds there, also by way of a helper that looks it up: it keeps answers. */
function isAnsweredFrom(model: ProgramModel, graph: Graph, cache: Place): boolean {
  return [...new Set([graph.owner, ...activationsNaming(model, cache)])].some((activation) => {
    const reader = model.graph(activation);
    if (reader !== graph && !callsIt(model, reader, graph)) return false;
    return eventsOf(reader).some((event) => {
      if (event.kind !== 'return' || event.value === undefined) return false;
      const value = { ...event.value, sources: event.value.sources.flatMap(resolved) };
      return readsBehind(model, reader, value).some((read) => mayReach(read.place, cache));
    });
  });
}

function callsIt(model: ProgramModel, caller: Graph, callee: Graph): boolean {
  return eventsOf(caller).some((event) => event.kind === 'call' && model.callee(event, 'syntactic') === callee.owner);
}

/**
 * Writes that come too late: a task suspends, and then clears, restores or replaces shared content without a look at what
 * has become of it. Candidates, each with the rival whose content is destroyed.
 *
 * A write that some test of the same place decides is the business of check-then-act, whatever becomes of it there.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { walkBackward } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, ReadEvent, SourceEvent, SuspendEvent, Value, WriteEvent } from '../../events/event.js';
import { holderOf, lastName, type Place, writeAffectsRead } from '../../places/place.js';
import { isNullish } from '../../syntax/constants.js';
import { type Activation, displayName, enclosingActivation, lastOfName, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { doorsBefore, looksAtDoor } from '../protocols/closed-doors.js';
import { isStopName } from '../effects/endings.js';
import { activationsNaming } from '../effects/mutations.js';
import { mayDependOn, suspensionBetween } from '../effects/dependence.js';
import { judgeAct } from '../protocols/freshness.js';
import { type HeldLocks, heldLocks, isClaim, withoutExclusion } from '../locks/held-locks.js';
import { lateMarks } from './late-marks.js';
import { lateResourcesOf } from './late-resources.js';
import { mintsKey } from '../actors/minted-keys.js';
import { requirementOf } from '../protocols/outcomes.js';
import type { ProgramModel } from '../model/program-model.js';
import { overtakenEffects } from './overtaken-effects.js';
import { isStillWanted, takesNumbers } from '../protocols/protocols.js';
import { isMadeHere, reachingDefinitions, substitute } from '../effects/provenance.js';
import { restorationBy, restorationByCall } from './restorations.js';
import { revivalsOf } from './revivals.js';
import { isWrittenElsewhere, type OtherWrite, otherWriters, type Rival, rivalOf, selfRival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { staleFillsOf } from './stale-fills.js';
import { startsOf } from '../actors/starts.js';
import { writesOfCall } from '../effects/summary.js';
import { unseenChanges } from './unseen-changes.js';

export interface StaleWrite {
  readonly event: WriteEvent | CallEvent;
  /** Where it is written; in a callee when the event is a call. */
  readonly node: ts.Node;
  readonly place: Place;
  readonly kind:
    /** All elements are dropped after the old ones were dealt with: those that were added meanwhile are lost. */
    | 'drained'
    /** The content is dropped after the old one was dealt with, or blindly: a newer one is lost. */
    | 'cleared'
    /** A mark of what has changed is taken down after the old content was dealt with: that of a newer change is lost. */
    | 'unmarked'
    /** What was there before is put back: so is what another task has ended, and what it has begun is lost. */
    | 'restored'
    /** The answer to an older question replaces that to a newer one. */
    | 'overtaken'
    /** What another task has ended meanwhile is filled again. */
    | 'revived'
    /** It is opened when the end that would have closed it is over. */
    | 'late'
    /** What was asked for before an invalidation is kept after it. */
    | 'refilled'
    /** What was made of objects replaces them, also when one was changed in place meanwhile. */
    | 'unseen';
  /** What was looked at before the suspension; undefined when nothing was. */
  readonly look: Event | undefined;
  readonly suspension: SuspendEvent;
  readonly rival: Rival;
  readonly confidence: 'high' | 'medium' | 'low';
}

export function* staleWritesOf(model: ProgramModel, graph: Graph, held: HeldLocks): Generator<StaleWrite> {
  if (!graph.hasSuspension) return;
  for (const event of eventsOf(graph)) {
    if (event.kind === 'call') {
      const found = clearingByCall(model, graph, held, event) ?? restoring(model, graph, held, event);
      if (found !== undefined) yield found;
    }
    if (event.kind !== 'write' || event.place.root.kind === 'external') continue;
    const found = judge(model, graph, held, event);
    if (found !== undefined) yield found;
  }
  for (const { event, place, test, suspension, rival } of unseenChanges(model, graph, held)) {
    yield { event, node: event.node, place, kind: 'unseen', look: test, suspension, rival, confidence: 'medium' };
  }
  for (const revival of revivalsOf(model, graph, held)) {
    yield { ...revival, node: revival.event.node, kind: 'revived', look: undefined, confidence: 'medium' };
  }
  for (const fill of staleFillsOf(model, graph, held)) yield { ...fill, kind: 'refilled', look: undefined, confidence: 'medium' };
  for (const mark of lateMarks(model, graph, held)) {
    if (!isReconsidered(model, graph, held, mark.event, mark.place)) yield { ...mark, node: mark.event.node, kind: 'unmarked', confidence: 'medium' };
  }
  for (const { event, place, suspension, effect } of overtakenEffects(model, graph, held)) {
    const by: Rival = { name: displayName(model.compiler, graph.owner), node: effect, isSelf: true };
    yield { event, node: event.node, place, kind: 'overtaken', look: undefined, suspension, rival: by, confidence: 'medium' };
  }
  for (const late of lateResourcesOf(model, graph, held)) {
    if (!isReconsidered(model, graph, held, late.event, late.place)) yield { ...late, kind: 'late', look: undefined, confidence: 'medium' };
  }
}

function judge(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent): StaleWrite | undefined {
  const emptied = emptiedPlace(model, event);
  if (emptied !== undefined) return clearing(model, graph, held, event, event, emptied) ?? clearingInSection(model, graph, held, event, emptied);
  if (event.how !== 'assign' || event.value === undefined || event.value.nature === 'constant') return undefined;
  return restoring(model, graph, held, event) ?? overtaken(model, graph, held, event);
}

function restoring(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent | CallEvent): StaleWrite | undefined {
  const found = event.kind === 'write' ? restorationBy(model, graph, held, event) : restorationByCall(model, graph, held, event);
  if (found === undefined || isReconsidered(model, graph, held, event, found.place)) return undefined;
  return { ...found, event, kind: 'restored' };
}

// ---------------------------------------------------------------------------------------------------------------
// Clearing

const clearingWords = /=\s*(?:undefined|null|\[\]|\{\}|new )|\.clear\(\)|\bdelete\b|\.length = 0/;

/** A helper of the same object or module that clears at once: `await this.rpc(); this.forget();`. */
function clearingByCall(model: ProgramModel, graph: Graph, held: HeldLocks, event: CallEvent): StaleWrite | undefined {
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

/** The place that the write leaves empty: a variable set to nothing, a collection without elements, a key removed. */
function emptiedPlace(model: ProgramModel, event: WriteEvent): Place | undefined {
  const { place, how, value, node } = event;
  const { compiler } = model;
  const last = place.path.at(-1);
  const isContents = last?.kind === 'element' && last.key === undefined;
  if (how === 'assign') return value !== undefined && isEmpty(model, value) ? place : undefined;
  if (how !== 'remove') return undefined;
  if (!isContents) return place;
  // of the ways to remove elements, those that leave none
  const collection = holderOf(place);
  if (compiler.isBinaryExpression(node)) return node.right.getText() === '0' ? collection : undefined; // `list.length = 0`
  if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression)) return undefined;
  const { name, expression } = node.expression;
  if (name.text === 'clear') return collection;
  // whoever takes what is removed loses nothing
  if (!compiler.isExpressionStatement(node.parent)) return undefined;
  if (name.text !== 'splice' || node.arguments[0]?.getText() !== '0') return undefined;
  const count = node.arguments[1]?.getText();
  return count === undefined || count === 'Infinity' || count === `${expression.getText()}.length` ? collection : undefined;
}

/** Who adds to the collection that the write leaves empty, while it may be suspended before it. */
export function adderBeside(model: ProgramModel, graph: Graph, write: WriteEvent): Rival | undefined {
  const emptied = emptiedPlace(model, write);
  if (emptied === undefined || !isWholeCollection(write, emptied)) return undefined;
  const rival = surestRival(model, otherWriters(model, graph, emptied).filter((other) => isAddition(model, other, emptied)), undefined)?.rival;
  return rival?.isSelf === true ? undefined : rival;
}

/** All elements are dropped, and not what is under one key or in a variable. */
function isWholeCollection(write: WriteEvent, emptied: Place): boolean {
  if (write.how === 'remove') return emptied.path.at(-1)?.kind !== 'element';
  return write.value?.nature === 'empty' || write.value?.nature === 'fresh';
}

/** Nothing, or a collection without elements; a flag that is reset is no content. */
function isEmpty(model: ProgramModel, value: Value): boolean {
  const { compiler } = model;
  if (value.nature === 'empty') return true;
  const node = compiler.isExpression(value.node) ? skipOuter(compiler, value.node) : value.node;
  if (compiler.isNewExpression(node)) {
    return /^(?:Map|Set|WeakMap|Array)$/.test(node.expression.getText()) && (node.arguments?.length ?? 0) === 0;
  }
  return value.nature === 'constant' && (isNullish(compiler, node) || (compiler.isStringLiteralLike(node) && node.text === ''));
}

function clearing(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  event: WriteEvent | CallEvent,
  write: WriteEvent,
  place: Place,
): StaleWrite | undefined {
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
    const added = surestRival(model, others.filter((mutation) => isAddition(model, mutation, place) && (freshWay !== undefined || isReplacement(mutation))), undefined);
    if (added === undefined || own !== undefined) return undefined;
    const isUnsure = look === undefined || endsAll(model, graph) || isSetup(model, graph);
    const confidence = isUnsure ? 'low' : freshWay !== undefined && look.kind === 'read' ? 'high' : 'medium';
    return { ...base, kind: 'drained', rival: added.rival, confidence };
  }
  if (isKeyed && look === undefined) return undefined; // an element is often forgotten when its row is gone
  if (own !== undefined) {
    const self = selfRival(model, graph, place, event);
    if (self === undefined || isKeyed) return undefined;
    const isHandle = own.kind === 'write' && own.value !== undefined && isMadeHere(graph, own.value) && isStoppedThrough(model, graph, place);
    return { ...base, kind: 'cleared', look: own, rival: self, confidence: isHandle ? 'medium' : 'low' };
  }
  const renewals = others.filter(
    (mutation) => mutation.place.path.length === place.path.length && isRenewal(model, mutation) && !mintsKey(model, mutation.event),
  );
  const renewal = surestRival(model, renewals, place);
  if (renewal === undefined) return undefined;
  if (freshWay === undefined) return undefined;
  // `for (const key of [...map.keys()]) { await load(key); map.delete(key); }` has the key in hand, not what was under it
  const isOfWhole = isKeyed && look?.kind === 'read' && look.place.key !== place.key;
  const isBlindSure = isAnswer(model, renewal.mutation) && !endsAll(model, graph) && !loadNames.test(ownName(model, renewal.mutation.graph.owner));
  const isSure = !renewal.isWeak && !isSetup(model, graph) && (look !== undefined || isBlindSure) && !(isKeyed && endsAll(model, graph)) && !isOfWhole;
  return { ...base, kind: 'cleared', rival: renewal.rival, confidence: isSure ? 'medium' : 'low' };
}

/** Another function ends what is in the place: once the place is cleared, it reaches nothing. */
function isStoppedThrough(model: ProgramModel, graph: Graph, place: Place): boolean {
  return [...activationsNaming(model, place)].some(
    (activation) =>
      activation !== graph.owner &&
      eventsOf(model.graph(activation)).some((event) => event.kind === 'call' && isStopName(event.name) && event.receiver?.place?.key === place.key),
  );
}

/** A section keeps out who takes its lock, too; who puts something new there without any lock comes in between. */
function clearingInSection(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent, place: Place): StaleWrite | undefined {
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
  const renewal = surestRival(model, renewals, place);
  if (renewal === undefined || renewal.isWeak) return undefined;
  const { suspension, look } = way;
  return { event, node: event.node, place, look, suspension, kind: 'cleared', rival: renewal.rival, confidence: 'low' };
}

/** `set.delete(instance)`: what is taken out of a set is one object, which the task has in hand; nobody puts a newer one under its key. */
function isElementInHand(model: ProgramModel, { how, collection, node }: WriteEvent): boolean {
  if (how !== 'remove' || collection === undefined || !model.compiler.isCallExpression(node)) return false;
  const [element] = node.arguments;
  const { questions } = model;
  return element !== undefined && (questions.isNamed(collection, 'Set') || questions.isNamed(collection, 'WeakSet')) && questions.isObject(element);
}

interface RatedRival {
  readonly rival: Rival;
  readonly mutation: OtherWrite;
  /** It hardly ever runs beside the write: it is part of the setting up, or it only fills the place when it is empty. */
  readonly isWeak: boolean;
}

function surestRival(model: ProgramModel, mutations: readonly OtherWrite[], place: Place | undefined): RatedRival | undefined {
  const rated = mutations.map((mutation): RatedRival => {
    const isWeak = isSetup(model, mutation.graph) || (place !== undefined && fillsWhenEmpty(model, mutation));
    return { rival: rivalOf(model, mutation), mutation, isWeak };
  });
  return rated.find((each) => !each.isWeak) ?? rated[0];
}

/** The rival looks whether there is something already, and leaves it alone. */
function fillsWhenEmpty(model: ProgramModel, { graph, event, place }: OtherWrite): boolean {
  const verdict = judgeAct(model, graph, heldLocks(model, graph), event, place);
  if (verdict.kind === 'fresh') return true;
  if (verdict.kind === 'unchecked') return false;
  const requirement = requirementOf(model, graph, event.block, verdict.check.test, place);
  return requirement?.kind === 'nullish' || requirement?.kind === 'falsy' || requirement?.kind === 'absent';
}

const setupNames = /^(?:init|initiali[sz]e|setup|construct|bootstrap|configure|#?_?(?:do)?init\w*)$/i;
/** What is loaded once, mostly before anything else happens. */
const loadNames = /^_?(?:load|restore|start|hydrate|resume)\w*$/i;
/** What ends everything: whatever is added meanwhile has come too late. */
const endOfAllNames = /^(?:reset|clear|erase|stop|close|dispose|destroy|shutdown|terminate|teardown|unload|end|finali[sz]e)$/i;

function isSetup(model: ProgramModel, graph: Graph): boolean {
  for (let node: Activation = graph.owner; !model.compiler.isSourceFile(node); node = enclosingActivation(model.compiler, node)) {
    if (model.compiler.isConstructorDeclaration(node) || setupNames.test(ownName(model, node))) return true;
  }
  return false;
}

function endsAll(model: ProgramModel, graph: Graph): boolean {
  return endOfAllNames.test(ownName(model, graph.owner));
}

function ownName(model: ProgramModel, owner: Activation): string {
  return lastOfName(displayName(model.compiler, owner));
}

/** What the rival puts there has come from elsewhere, after a suspension. */
function isAnswer(model: ProgramModel, { graph, event }: OtherWrite): boolean {
  return event.value !== undefined && questionOf(model, graph, event.value)?.isAnswered === true;
}

/** The rival may replace an element under its key, after its turn has come. */
function isReplacement({ event, place }: OtherWrite): boolean {
  const last = place.path.at(-1);
  return event.how === 'assign' && last?.kind === 'element' && last.key !== undefined;
}

/** The rival puts an element into the collection, or stores a longer one. */
function isAddition(model: ProgramModel, { event, place: written }: OtherWrite, place: Place): boolean {
  if (written.path.length <= place.path.length) {
    return event.how === 'assign' && event.value !== undefined && !isEmpty(model, event.value);
  }
  return event.how === 'add' || event.how === 'assign';
}

/** The rival puts new content where the old one is. */
function isRenewal(model: ProgramModel, { event }: OtherWrite): boolean {
  if (event.how !== 'assign' && event.how !== 'add') return false;
  if (event.value === undefined) return true;
  if (isEmpty(model, event.value) || event.value.nature === 'constant') return false;
  // the slot of work under way has a protocol of its own
  return event.value.nature !== 'promise' && !model.questions.isPromise(event.value.node);
}

interface Way {
  readonly suspension: SuspendEvent;
  /** A look at the place before the suspension. */
  readonly look: Event | undefined;
  /** The task's own last write of the place before the suspension. */
  readonly own: WriteEvent | CallEvent | undefined;
}

/**
 * A way to the write on which the task has suspended since it last looked at the place or wrote it. An iterator over a
 * collection looks again after each turn, and finds what was added; `isPastIteration` asks for what it does not find.
 */
function wayTo(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  event: WriteEvent | CallEvent,
  place: Place,
  isPastIteration = false,
): Way | undefined {
  const ways: Way[] = [];
  interface State {
    readonly suspension: SuspendEvent | undefined;
    readonly look: Event | undefined;
  }
  walkBackward<State>(
    graph,
    event,
    { suspension: undefined, look: undefined },
    (state) => (state.suspension === undefined ? 0 : 1) + (state.look === undefined ? 0 : 2),
    (earlier, { suspension, look }) => {
      const found = (own: WriteEvent | CallEvent | undefined): undefined => {
        if (suspension !== undefined) ways.push({ suspension, look: own === undefined ? look : undefined, own });
        return undefined;
      };
      if (earlier.kind === 'suspend') {
        if (look !== undefined) return found(undefined);
        return suspension !== undefined || held.isExclusive(earlier) ? { suspension, look } : { suspension: earlier, look };
      }
      if (earlier.kind === 'write' && (writeAffectsRead(earlier.place, place) || writeAffectsRead(place, earlier.place))) return found(earlier);
      // the writing expression names what it empties: `this.queue.length = 0`
      if (suspension === undefined && isWithin(earlier.node, event.node)) return { suspension, look };
      const touch = touchOf(model, earlier, place);
      if (touch === 'own' && earlier.kind === 'call') return found(earlier);
      if (touch === undefined || look !== undefined) return { suspension, look };
      if (suspension === undefined) return isPastIteration && isIteration(model, earlier) ? { suspension, look } : undefined;
      // what it looks at may be what it has just put there itself
      return { suspension, look: earlier };
    },
    ({ suspension, look }) => {
      if (suspension !== undefined) ways.push({ suspension, look, own: undefined });
    },
  );
  return ways.find((way) => way.look !== undefined) ?? ways.find((way) => way.own === undefined) ?? ways[0];
}

function isIteration(model: ProgramModel, { node }: Event): boolean {
  const { compiler } = model;
  return compiler.isForOfStatement(node) || (compiler.isForOfStatement(node.parent) && node.parent.expression === node);
}

/** The event looks at what the place holds, or sets it, itself or in a function of the same object. */
function touchOf(model: ProgramModel, event: Event, place: Place): 'look' | 'own' | undefined {
  if (event.kind === 'read') return writeAffectsRead(place, event.place) ? 'look' : undefined;
  if (event.kind !== 'call') return undefined;
  const name = lastName(place);
  const callee = name === undefined ? undefined : model.callee(event, 'syntactic');
  if (callee === undefined || name === undefined) return undefined;
  const text = callee.getText();
  const word = `(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`;
  if (!new RegExp(word).test(text)) return undefined;
  const isOwn =
    new RegExp(`${word}\\s*(?:[?|]{2})?=(?!=)`).test(text) ||
    writesOfCall(model, event, [place], 'syntactic').some(({ write }) => write.phase === 'before' && write.how !== 'remove');
  return isOwn ? 'own' : 'look';
}

// ---------------------------------------------------------------------------------------------------------------
// Kept protocols

/** The write happens only after a look at the place, or because the task is still wanted. */
function isReconsidered(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent | CallEvent, place: Place): boolean {
  return judgeAct(model, graph, held, event, place).kind !== 'unchecked' || isStillWanted(model, graph, held, event);
}

// ---------------------------------------------------------------------------------------------------------------
// Overtaken answers

/** `this.query = query; this.results = await search(query);`: the results may be those of an older query. */
function overtaken(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent): StaleWrite | undefined {
  const { place, value } = event;
  if (value === undefined || place.path.some((projection) => projection.kind === 'element') || !isShared(model, graph, place)) return undefined;
  const question = questionOf(model, graph, value);
  if (question === undefined || !question.isAnswered) return undefined;
  // an update of what is there: a lost one, if anything
  if (mayDependOn(graph, value, (source) => source.kind === 'read' && writeAffectsRead(place, source.place))) return undefined;
  const way = wayTo(model, graph, held, event, place);
  if (way === undefined) return undefined;
  const evidence = evidenceOfQuestions(model, graph, held, event, place, question);
  if (evidence === undefined || isReconsidered(model, graph, held, event, place)) return undefined;
  const self = selfRival(model, graph, place, event);
  if (self === undefined) return undefined;
  return { event, node: event.node, place, kind: 'overtaken', suspension: way.suspension, rival: self, ...evidence };
}

/** What shows that tasks ask different questions, and that only the answer to the latest is wanted. */
function evidenceOfQuestions(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  event: WriteEvent,
  place: Place,
  question: Question,
): Pick<StaleWrite, 'look' | 'confidence'> | undefined {
  if (takesNumbers(model, graph)) return { look: undefined, confidence: 'medium' };
  for (const other of question.parameters.size === 0 ? [] : eventsOf(graph)) {
    // the question is kept beside the answer
    if (other.kind !== 'write' || other.how !== 'assign' || other.value === undefined || other.place.key === place.key) continue;
    if (!isShared(model, graph, other.place) || other.place.path.some((projection) => projection.kind === 'element')) continue;
    const isKept = other.value.sources.some((source) => source.kind === 'use' && question.parameters.has(source.binding.declaration));
    if (isKept && suspensionBetween(graph, held, other, event) !== undefined) return { look: other, confidence: 'medium' };
  }
  const isLatestWanted = askingWords.test(ownName(model, graph.owner)) || answerWords.test(lastName(place) ?? '');
  for (const read of question.reads) {
    if (writeAffectsRead(place, read.place) || !isShared(model, graph, read.place)) continue;
    if (!isWrittenElsewhere(model, graph, read.place) || suspensionBetween(graph, held, read, event) === undefined) continue;
    const setter = otherWriters(model, graph, read.place).find(
      (mutation) => mutation.place.path.length === read.place.path.length && isRenewal(model, mutation) && !isSetup(model, mutation.graph),
    );
    if (setter !== undefined) return { look: read, confidence: isLatestWanted ? 'medium' : 'low' };
  }
  if (question.parameters.size > 0) return isLatestWanted ? { look: undefined, confidence: 'medium' } : undefined;
  // the same question, asked by the clock and on demand: what was fetched first may arrive last
  const { byClock, onDemand } = startsOf(model, graph.owner);
  const isFetched = question.asked.some((call) => fetchingWords.test(call.name ?? ''));
  return isFetched && byClock !== undefined && onDemand !== undefined ? { look: undefined, confidence: 'medium' } : undefined;
}

/** Words for calls whose answer tells how things are at the moment, elsewhere; `json` and its like read such an answer. */
const fetchingWords = /^[#_]*(?:fetch|down_?load|pull|poll|get|list|load|query|request|read|retrieve|refresh|sync)|^(?:json|text|arrayBuffer|blob)$/i;

/** Words for functions and places that follow the user's input: only the answer to the latest question is wanted. */
const askingWords = /^_?(?:on)?(?:handle)?(?:search|suggest|auto_?complete|complete|filter|look_?up|preview|query|select|navigate|type)/i;
const answerWords = /results?$|suggestions?$|matches$|completions?$/i;

interface Question {
  /** The value is the answer of a call that was waited for. */
  readonly isAnswered: boolean;
  /** Parameters of the activation that the call was given. */
  readonly parameters: ReadonlySet<ts.Node>;
  readonly reads: readonly ReadEvent[];
  /** The calls that were waited for. */
  readonly asked: readonly CallEvent[];
}

/** What was asked to get the value. */
function questionOf(model: ProgramModel, graph: Graph, value: Value): Question | undefined {
  const parameters = new Set<ts.Node>();
  const reads: ReadEvent[] = [];
  const asked: CallEvent[] = [];
  const seen = new Set<SourceEvent>();
  const work: { source: SourceEvent; isAsked: boolean }[] = value.sources.map((source) => ({ source, isAsked: false }));
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    const { source, isAsked } = item;
    if (seen.has(source)) continue;
    seen.add(source);
    if (seen.size > 64) return undefined;
    const follow = (values: readonly (Value | undefined)[], isNowAsked: boolean): void => {
      for (const each of values) for (const inner of each?.sources ?? []) work.push({ source: inner, isAsked: isNowAsked });
    };
    if (source.kind === 'read') {
      if (isAsked) reads.push(source);
    } else if (source.kind === 'use') {
      const { declaration } = source.binding;
      if (isAsked && model.compiler.isParameter(declaration) && declaration.parent === graph.owner) parameters.add(declaration);
      follow(reachingDefinitions(graph, source).map((definition) => definition.value), isAsked);
    } else {
      const isWaitedFor = isSuspending(source);
      if (isWaitedFor) asked.push(source);
      follow(source.arguments, isAsked || isWaitedFor);
      if (!isWaitedFor) follow([source.receiver], isAsked);
    }
  }
  return { isAnswered: asked.length > 0, parameters, reads, asked };
}

function isSuspending(call: CallEvent): boolean {
  return call.consumption === 'awaited' || (call.consumption === 'returned' && !call.isGetter);
}

/** Answers to older questions: the answer to one that was asked earlier may arrive later, and then replaces the newer one. */
import { listenerMethods } from '../../catalogue/callbacks.js';
import { rowLists } from '../../catalogue/external-state.js';
import { functionMakers } from '../../catalogue/reactive.js';
import { accessesNear, eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { mayFollowSuspension, suspendsBetween } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, ReadEvent, SuspendEvent, Value, WriteEvent } from '../../events/event.js';
import { empties } from '../../events/writes.js';
import { lastName, type Place, writeAffectsRead } from '../../places/place.js';
import { type Activation, type FunctionNode, isFunctionLiteral, outerParent, skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { isWithin } from '../../syntax/tree.js';
import { isWrittenElsewhere, type OtherWrite, otherWriters, type Rival, selfRival } from '../actors/rivals.js';
import { nameOfTaker } from '../actors/left-running.js';
import { callsOfInternal } from '../actors/member-mentions.js';
import { isShared } from '../actors/sharing.js';
import { startsOf } from '../actors/starts.js';
import { mayDependOn, suspensionBetween } from '../effects/dependence.js';
import { type Question, questionOf } from '../effects/answers.js';
import { aborts, isAbortName } from '../effects/endings.js';
import { writesByHelper } from '../effects/helper-writes.js';
import { isInternal } from '../effects/visibility.js';
import { callsBehind, type ReadReference, readsBehind } from '../effects/provenance.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { isMadeBy } from '../model/component-state.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { takesItsTurn } from '../protocols/predecessors.js';
import { isReconsidered, takesNumbers } from '../protocols/protocols.js';
import { isRenewal, isSetup, ownName } from './renewals.js';
import { type Way, wayTo } from './unlooked-ways.js';

export interface OvertakenAnswer {
  readonly event: WriteEvent | CallEvent;
  /** Where it is stored; in a callee when the event is a call. */
  readonly node: ts.Node;
  readonly place: Place;
  /** Where the question is kept beside the answer, or the shared place is read that it was made of; undefined where neither is found. */
  readonly look: Event | undefined;
  readonly suspension: SuspendEvent;
  /** The calls whose answer it is. */
  readonly asked: readonly CallEvent[];
  readonly rival: Rival;
  readonly confidence: 'medium' | 'low';
}

/** What goes into a place, by a write or by a helper that is handed it. */
interface Stored {
  readonly event: WriteEvent | CallEvent;
  readonly node: ts.Node;
  readonly place: Place;
  readonly value: Value;
}

/** `this.query = query; this.results = await search(query);`: the results may be those of an older query. */
export function overtakenAnswer(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent | CallEvent): OvertakenAnswer | undefined {
  for (const stored of event.kind === 'write' ? storedByWrite(model, event) : storedByHelper(model, graph, event)) {
    const found = overtakenBy(model, graph, held, stored);
    if (found !== undefined) return found;
  }
  return undefined;
}

function storedByWrite(model: ProgramModel, event: WriteEvent): readonly Stored[] {
  const { node, place, value } = event;
  return value === undefined ? [] : [{ event, node, place, value: withoutGround(model, place, value) }];
}

/** `this.state = { ...this.state, rows }`: what stays as it is at that moment is no part of what is new. */
function withoutGround({ compiler }: ProgramModel, place: Place, value: Value): Value {
  const made = compiler.isExpression(value.node) ? skipOuter(compiler, value.node) : value.node;
  const [ground] = compiler.isObjectLiteralExpression(made) ? made.properties : [];
  if (ground === undefined || !compiler.isSpreadAssignment(ground)) return value;
  return { ...value, sources: value.sources.filter((source) => !(source.kind === 'read' && writeAffectsRead(place, source.place) && isWithin(source.node, ground))) };
}

/** `this.show(rows)`, where `show` puts what it is handed into a field, and asks nothing. */
function storedByHelper(model: ProgramModel, graph: Graph, event: CallEvent): readonly Stored[] {
  if (event.arguments.length === 0 || event.reference !== undefined) return [];
  const handed = (write: WriteEvent): number => {
    const { value } = write;
    const owner = model.rootActivation(write.node);
    if (write.how !== 'assign' || value === undefined || model.compiler.isSourceFile(owner)) return -1;
    return owner.parameters.findIndex((parameter) => value.sources.some((source) => source.kind === 'use' && source.binding.declaration === parameter));
  };
  return writesByHelper(model, graph, event, (write) => handed(write) >= 0).flatMap(({ place, write }): readonly Stored[] => {
    const value = event.arguments[handed(write)];
    // what a helper keeps under a key it has made of what it was handed
    return value === undefined || place.path.some(({ kind }) => kind === 'element') ? [] : [{ event, node: write.node, place, value }];
  });
}

function overtakenBy(model: ProgramModel, graph: Graph, held: HeldLocks, { event, node, place, value }: Stored): OvertakenAnswer | undefined {
  if (!mayFollowSuspension(graph, event) || !isShared(model, graph, place) || takesItsTurn(model, graph)) return undefined;
  const question = questionOf(model, graph, value);
  if (question === undefined || !question.isAnswered || givesUpOlder(model, graph, question)) return undefined;
  // an update of what is there: a lost one, if anything
  if (mayDependOn(graph, value, (source) => source.kind === 'read' && writeAffectsRead(place, source.place))) return undefined;
  const findWay = (): Way | undefined => wayTo(model, graph, held, event, place);
  const debounced = isDebounced(model, graph, place, question) ? findWay() : undefined;
  if (debounced !== undefined && !isReconsidered(model, graph, held, event, place)) {
    const rival = selfRival(model, graph, place, event);
    if (rival !== undefined) return { event, node, place, suspension: debounced.suspension, asked: question.asked, rival, look: undefined, confidence: 'medium' };
  }
  // what is kept under the words of its question is the answer to it
  if (place.path.some((projection) => projection.kind === 'element')) return undefined;
  // what tells of a question without parameters is asked of the whole program, so the way comes first; else it costs more
  const early = question.parameters.size === 0 ? findWay() : undefined;
  if (early === undefined && question.parameters.size === 0) return undefined;
  const evidence = evidenceOfQuestions(model, graph, held, event, place, question);
  if (evidence === undefined) return undefined;
  const way = early ?? findWay();
  if (way === undefined || (evidence.isByRoomAlone && !makesRoom(model, way)) || isReconsidered(model, graph, held, event, place)) return undefined;
  const self = selfRival(model, graph, place, event);
  if (self === undefined) return undefined;
  return { event, node, place, suspension: way.suspension, asked: question.asked, rival: self, look: evidence.look, confidence: evidence.confidence };
}

/** A timer that each event sets anew asks with what the event has brought. */
function isDebounced(model: ProgramModel, graph: Graph, place: Place, { parameters, captured }: Question): boolean {
  const { root, path } = place;
  const last = path.at(-1);
  // what is kept under the whole question is an answer to it, whoever asked
  const isOther = (binding: Binding): boolean =>
    !(last?.kind === 'element' && isPartOfKey(model, graph, last.text, binding)) && !(root.kind === 'variable' && isWithin(root.binding.declaration, binding.owner));
  if (![...captured, ...parameters].some(isOther)) return false;
  const { byDebounce } = startsOf(model, graph.owner);
  // the older request may also be given up at once, by the event that sets the timer anew
  return byDebounce !== undefined && !aborts(graph) && !aborts(model.graph(model.rootActivation(byDebounce)));
}

/** The key is the binding, or made of it: `[text]`, `[`${file}:${text}`]`, and by way of a local `const key = text.trim()`. */
function isPartOfKey(model: ProgramModel, graph: Graph, key: string, binding: Binding): boolean {
  const names = new Set(key.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu));
  if (names.has(binding.name)) return true;
  const { mentions, scopes } = model.file(binding.declaration);
  const isMadeOfIt = (node: ts.Node): boolean =>
    mentions(binding.name).some((mention) => isWithin(mention, node) && model.compiler.isIdentifier(mention) && scopes.resolve(mention) === binding);
  return [...graph.definitions].some(([local, definitions]) => names.has(local.name) && definitions.some(({ value }) => value !== undefined && isMadeOfIt(value.node)));
}

const firstAbort = memoized((_model, graph: Graph) => ({
  call: eventsOf(graph).find((event): event is CallEvent => event.kind === 'call' && isAbortName(event.name)),
}));

/**
 * `this.request?.abort(); this.request = new AbortController(); await find(text, this.request.signal);`: the wait of who was overtaken
 * fails. A signal that is taken out of a shared place after another wait may be that of the newer question.
 */
function givesUpOlder(model: ProgramModel, graph: Graph, { asked }: Question): boolean {
  const abort = firstAbort(model, graph).call;
  if (abort === undefined) return false;
  const isGivenOwnSignal = (call: CallEvent): boolean =>
    call.arguments.some(({ sources }) =>
      sources.some(
        (source) =>
          source.kind === 'read' &&
          lastName(source.place) === 'signal' &&
          ((source.place.root.kind === 'variable' && graph.inlined.has(source.place.root.binding.owner)) || !suspendsBetween(graph, abort, source)),
      ),
    );
  // `await response.json()` reads on with the signal of the request
  return asked.some(isGivenOwnSignal) && asked.every((call) => call.arguments.length === 0 || isGivenOwnSignal(call));
}

interface Evidence extends Pick<OvertakenAnswer, 'look' | 'confidence'> {
  /** It shows that only where the task itself has dropped what was there, before it asked. */
  readonly isByRoomAlone: boolean;
}

/** What was there is dropped for the new question: only its answer is to be there. */
function makesRoom(model: ProgramModel, { own }: Way): boolean {
  return own?.kind === 'write' && empties(model.compiler, own);
}

/** What shows that tasks ask different questions, and that only the answer to the latest is wanted. */
function evidenceOfQuestions(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  event: WriteEvent | CallEvent,
  place: Place,
  question: Question,
): Evidence | undefined {
  const certain = (look: Event | undefined, confidence: 'medium' | 'low' = 'medium'): Evidence => ({ look, confidence, isByRoomAlone: false });
  if (takesNumbers(model, graph)) return certain(undefined);
  for (const other of question.parameters.size === 0 ? [] : keepingWrites(model, graph)) {
    // the question is kept beside the answer
    if (other.place.key === place.key || !isShared(model, graph, other.place)) continue;
    const isKept = other.value.sources.some((source) => source.kind === 'use' && question.parameters.has(source.binding));
    if (isKept && suspensionBetween(graph, held, other, event) !== undefined) return certain(other);
  }
  const kept = question.parameters.size === 0 ? undefined : keptByCaller(model, graph, place, question);
  if (kept !== undefined) return certain(kept);
  if (question.parameters.size > 0 && isAskedByEvents(model, graph, question)) return certain(undefined);
  const isLatestWanted = askingWords.test(nameOfAsking(model, graph.owner)) || answerWords.test(lastName(place) ?? '');
  const settersOf = (read: { readonly place: Place }, at: Event): readonly OtherWrite[] => {
    if (writeAffectsRead(place, read.place) || !isShared(model, graph, read.place)) return [];
    if (!isWrittenElsewhere(model, graph, read.place) || suspensionBetween(graph, held, at, event) === undefined) return [];
    return otherWriters(model, graph, read.place).filter(
      (mutation) => mutation.place.path.length === read.place.path.length && isRenewal(model, mutation) && !isSetup(model, mutation.graph),
    );
  };
  for (const read of question.reads) {
    if (isOfSignal(model, read)) continue;
    const setters = settersOf(read, read);
    if (setters.length > 0) return certain(read, isLatestWanted || setters.some((setter) => asksAnew(model, setter, graph)) ? 'medium' : 'low');
  }
  for (const read of readsOfHelpers(model, graph, question)) {
    if (settersOf(read, read.event).some((setter) => asksAnew(model, setter, graph))) return certain(read.event);
  }
  if (question.parameters.size > 0) {
    if (isLatestWanted) return certain(undefined);
    const mayMakeRoom = accessesNear(graph, place).some((access) => access.kind === 'write' && empties(model.compiler, access)) && ![...question.parameters].some(isSignal);
    return mayMakeRoom ? { look: undefined, confidence: 'medium', isByRoomAlone: true } : undefined;
  }
  // the same question, asked by the clock and on demand, or at each change: what was fetched first may arrive last
  const { byClock, onDemand, byChange } = startsOf(model, graph.owner);
  const isAskedAgain = (byClock !== undefined && onDemand !== undefined) || byChange !== undefined;
  return isAskedAgain && question.asked.some(isFetch) ? certain(undefined) : undefined;
}

/** `this.controller.signal`: what gives the question up is no part of it. */
function isOfSignal({ compiler }: ProgramModel, { node, place }: ReadEvent): boolean {
  return lastName(place) === 'signal' || (compiler.isPropertyAccessExpression(node.parent) && node.parent.expression === node && node.parent.name.text === 'signal');
}

/** What is read by a helper that the question was made by: `search(this.words())`. */
function readsOfHelpers(model: ProgramModel, graph: Graph, { asked }: Question): readonly ReadReference[] {
  return asked
    .flatMap((call) => call.arguments)
    .filter((argument) => callsBehind(graph, argument).some(({ consumption, isConstruction }) => consumption !== 'awaited' && isConstruction !== true))
    .flatMap((argument) => readsBehind(model, graph, argument))
    .filter(({ event, isOld }) => event.kind === 'call' && !isOld);
}

/** `this.selected = id; void this.loadDetails(id);`: who has a step of its own object ask the question keeps it, in the same turn. */
function keptByCaller(model: ProgramModel, { owner }: Graph, place: Place, { parameters }: Question): Event | undefined {
  if (model.compiler.isSourceFile(owner) || !isInternal(model, owner)) return undefined;
  for (const { graph, event: call } of callsOfInternal(model, owner)) {
    const handed = owner.parameters.flatMap(({ name }, index) => (model.compiler.isIdentifier(name) && [...parameters].some(({ declaration }) => declaration === name.parent) ? (call.arguments[index]?.sources ?? []) : []));
    const given = new Set(handed.flatMap((source) => (source.kind === 'use' ? [source.binding] : [])));
    const kept = keepingWrites(model, graph).find(
      (write) =>
        write.place.key !== place.key && isShared(model, graph, write.place) && follows(graph, write, call) && !suspendsBetween(graph, write, call) &&
        write.value.sources.some((source) => source.kind === 'use' && given.has(source.binding)),
    );
    if (kept !== undefined) return kept;
  }
  return undefined;
}

/** Each event asks with what it brings, `editor.onDidChange((doc) => void this.refresh(doc.uri))`, and nobody waits: the latest answer is wanted. */
function isAskedByEvents(model: ProgramModel, { owner }: Graph, { parameters }: Question): boolean {
  const { compiler } = model;
  if (compiler.isSourceFile(owner)) return false;
  const isOfEvent = (binding: Binding): boolean =>
    binding.kind === 'parameter' && !compiler.isSourceFile(binding.owner) && isFunctionLiteral(compiler, binding.owner) && isListener(model, binding.owner);
  if ([...parameters].some(isOfEvent)) return true;
  if (!isInternal(model, owner)) return false;
  const indices = owner.parameters.flatMap((parameter, index) => ([...parameters].some(({ declaration }) => declaration === parameter) ? [index] : []));
  return callsOfInternal(model, owner).some(({ graph, event: call }) =>
    call.consumption === 'discarded' &&
    indices.some((index) => call.arguments[index]?.sources.some((source) => (source.kind === 'use' && isOfEvent(source.binding)) || (source.kind === 'read' && source.place.root.kind === 'variable' && isOfEvent(source.place.root.binding))) === true) &&
    !aborts(graph),
  );
}

/** It is handed to who calls it at each event. */
function isListener(model: ProgramModel, literal: FunctionNode): boolean {
  const name = nameOfTaker(model, literal);
  return name !== undefined && (listenerMethods.has(name) || /^(?:on[A-Z]|subscribe$)/.test(name));
}

/** Of a function that another one makes what it is called by: `const search = useCallback(async (text) => …, [])`, `const search = debounce(…)`. */
function nameOfAsking(model: ProgramModel, owner: Activation): string {
  const { compiler } = model;
  const own = ownName(model, owner);
  if (compiler.isSourceFile(owner) || !isFunctionLiteral(compiler, owner)) return own;
  const { parent: call, child } = outerParent(compiler, owner);
  if (!compiler.isCallExpression(call) || call.arguments[0] !== child) return own;
  const { parent: holder } = outerParent(compiler, call);
  const isNamed = (compiler.isVariableDeclaration(holder) || compiler.isPropertyDeclaration(holder) || compiler.isPropertyAssignment(holder)) && compiler.isIdentifier(holder.name);
  return isNamed && askingWords.test(holder.name.text) && (isMadeBy(model, holder, functionMakers) || model.questions.isCallable(holder.name)) ? holder.name.text : own;
}

interface KeepingWrite extends WriteEvent {
  readonly value: Value;
}

/** Assignments of what locals hold, parameters among them, to places that are no elements. */
const keepingWrites = memoized((_model: ProgramModel, graph: Graph): readonly KeepingWrite[] => eventsOf(graph).filter(isKeepingWrite));

function isKeepingWrite(event: Event): event is KeepingWrite {
  return (
    event.kind === 'write' && event.how === 'assign' && event.value?.sources.some((source) => source.kind === 'use') === true &&
    !event.place.path.some((projection) => projection.kind === 'element')
  );
}

/** Whoever changes what the question is made of asks it anew at once: it is the answer to the new one that is wanted. */
function asksAnew(model: ProgramModel, { graph, event }: OtherWrite, asking: Graph): boolean {
  // the wait of who was overtaken fails
  if (aborts(graph) || aborts(asking)) return false;
  return eventsOf(graph).some(
    (later) =>
      later.kind === 'call' &&
      follows(graph, event, later) &&
      model.callee(later, 'full') === asking.owner,
  );
}

/** `fetchRates()`, or the rows of a query: `db.all(sql)`. */
function isFetch({ name, receiver }: CallEvent): boolean {
  return fetchingWords.test(name ?? '') || (rowLists.has(name ?? '') && receiver?.node.getText() !== 'Promise');
}

/** Whoever hands in a signal means to give the older question up. */
function isSignal({ declaration }: Binding): boolean {
  return /signal|abort|cancel/i.test(declaration.getText());
}

/** Words for calls whose answer tells how things are at the moment, elsewhere; `json` and its like read such an answer. */
const fetchingWords = /^[#_]*(?:fetch|down_?load|pull|poll|get|list|load|query|request|read|retrieve|refresh|sync)|^(?:json|text|arrayBuffer|blob)$/i;

/** Words for functions and places that follow the user's input: only the answer to the latest question is wanted. */
const askingWords = /^_?(?:on)?(?:handle)?(?:search|suggest|auto_?complete|complete|filter|look_?up|preview|query|select|navigate|type)/i;
const answerWords = /results?$|suggestions?$|matches$|completions?$/i;

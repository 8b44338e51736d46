/**
 * What it costs when two tasks do the same work: where both get an equal answer to one question, or both say once more what
 * has been said, nothing is lost but the time of the second.
 *
 * The effect of the write decides, as the literature has it: most races that people leave alone do idempotent work twice.
 */
import { accessesNear, eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { mayFollowSuspension, walkBackward } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, Value, WriteEvent } from '../../events/event.js';
import { resets } from '../../events/writes.js';
import { writeAffectsRead } from '../../places/place.js';
import { isReset } from '../../syntax/constants.js';
import { displayName, lastOfName } from '../../syntax/functions.js';
import { isInCatch } from '../../syntax/tree.js';
import { wordsOf } from '../../syntax/words.js';
import { type Act, isClearing, isExternal } from './acts.js';
import type { ProgramModel } from '../model/program-model.js';
import { callsBehind, isMadeHere, readsBehind } from '../effects/provenance.js';
import { otherWriters } from '../actors/rivals.js';
import { heldLocks } from '../locks/held-locks.js';
import { isShared } from '../actors/sharing.js';
import { isFixed } from '../protocols/outcomes.js';
import { isPartOfTeardown } from '../protocols/slot-lifetime.js';

/** Words for work that leaves something behind, or whose answer is good for one who asks. */
const changingWords =
  /^(?:accept|acquire|activate|add|adopt|alloc|allocate|append|apply|assign|attach|auth|authenticate|authorize|begin|bind|book|build|buy|charge|claim|close|commit|connect|consume|create|delete|dequeue|drop|enable|enqueue|exchange|fork|generate|grant|handshake|increment|init|initialise|initialize|insert|install|issue|join|launch|lease|listen|lock|log|login|make|migrate|mint|mount|move|new|next|open|order|patch|pay|pop|post|publish|pull|push|put|redeem|refresh|register|release|remove|renew|rent|replace|reserve|reset|rotate|save|schedule|send|session|set|setup|shift|sign|spawn|start|store|submit|subscribe|take|transfer|update|upgrade|upload|upsert|write)$/;

/** Values that are good for one holder, or for one use. */
const soleWords = /^(?:challenge|cookie|credentials?|grant|jwt|lease|nonce|otp|password|secret|sequence|session|ticket|tokens?)$/;

/** Calls that only tell somebody. */
const tellingWords = /^(?:console|debug|dir|error|info|log|notice|print|time|trace|warn|warning|logger)$/;

/** Operations that are named by what they are given: `client.send('DOM.describeNode')`. */
const carriers: ReadonlySet<string> = new Set(['call', 'command', 'execute', 'invoke', 'request', 'send', 'query', 'rpc']);

function operationOf(model: ProgramModel, call: CallEvent): string {
  const { compiler } = model;
  const name = call.name ?? '';
  if (!carriers.has(name) || !compiler.isCallExpression(call.node)) return name;
  const [first] = call.node.arguments;
  return first !== undefined && compiler.isStringLiteralLike(first) ? first.text : name;
}

/** The work that lies between a check and the act that it decides. */
interface WorkBetween {
  readonly calls: readonly CallEvent[];
  /** It changes shared state in another way than by setting it. */
  readonly adds: boolean;
}

function workBetween(model: ProgramModel, graph: Graph, act: Act): WorkBetween {
  const calls: CallEvent[] = [];
  let adds = false;
  walkBackward<true>(
    graph,
    act.event,
    true,
    () => 0,
    (event: Event) => {
      if (event === act.check.test || event === act.check.read.event) return undefined;
      if (event.kind === 'call' && event.node !== act.event.node && !isOnLocal(model, graph, event)) calls.push(event);
      if (event.kind === 'write' && isAddition(event) && isShared(model, graph, event.place)) adds = true;
      return true;
    },
  );
  return { calls, adds };
}

function isAddition({ how, node, place, value }: WriteEvent): boolean {
  if (how === 'remove') return false;
  if (how !== 'assign' || /\+\+|--/.test(node.getText())) return true;
  return value?.sources.some((source) => source.kind === 'read' && source.place.key === place.key) === true;
}

/** `patterns.push(…)` of a list that the task has made for itself. */
function isOnLocal(model: ProgramModel, graph: Graph, call: CallEvent): boolean {
  const { receiver } = call;
  if (receiver?.place === undefined || isWaitedFor(call)) return false;
  return receiver.place.root.kind === 'variable' && !isShared(model, graph, receiver.place);
}

/** By its name, the call makes, sends or changes something. */
export function isChanging(model: ProgramModel, call: CallEvent): boolean {
  return wordsOf(operationOf(model, call)).some((word) => changingWords.test(word) || soleWords.test(word));
}

/** The call only tells somebody. */
export function isTelling(call: CallEvent): boolean {
  const words = [...wordsOf(call.name ?? ''), ...wordsOf(call.receiver?.place?.text ?? '')];
  return words.some((word) => tellingWords.test(word));
}

function isWaitedFor(call: CallEvent): boolean {
  return call.consumption === 'awaited' || call.consumption === 'returned';
}

/**
 * `if (this.closed) return; await this.end(); this.closed = true;`: two tasks that find the flag down both end the same
 * thing, and what has ended already says so. Not where something is counted or handed on besides.
 */
export function isRepeatedEnd(model: ProgramModel, graph: Graph, act: Act): boolean {
  const { event, inner } = act;
  if (inner !== undefined || event.kind !== 'write' || event.value?.nature !== 'constant') return false;
  const isFlag = /^(?:true|false)$/.test(event.value.node.getText());
  const isEnd =
    (isFlag && transactionEnds.test(lastOfName(displayName(model.compiler, graph.owner)))) ||
    (isPartOfTeardown(model, graph.owner, undefined) && !isClearing(model, act));
  return isEnd && !workBetween(model, graph, act).adds;
}

/** Whoever keeps the transaction refuses to end it twice, and begins none before it has ended. */
const transactionEnds = /^(?:#|_)?(?:commit|roll[bB]ack)(?:Transaction)?$/;

/** Methods that end their object for good; what is stopped, disconnected or cleared may go on again. */
const finalEnds = /^(?:#|_)?(?:a?close|dispose|disposeAsync|asyncDispose|destroy|terminate)$/;
/** Calls that end what they are made on. */
const endingCalls = /^(?:a?close|cancel|stop|dispose|destroy|terminate|abort|kill|end|finish|shutdown)(?:$|[A-Z])/;
const beginnings = /^(?:#|_)?(?:start|open|connect|init|initiali[sz]e|restart|reopen|resume|listen)$/;

/**
 * `async close() { if (this.pipe) { await this.pipe.close(); this.pipe = undefined; } }`: two calls end the pipe twice, and no
 * newer one is lost where nothing that begins anew, or that was under way, puts one there.
 */
export function isFinalEnd(model: ProgramModel, graph: Graph, act: Act): boolean {
  const { event, inner, place } = act;
  if (inner !== undefined || event.kind !== 'write' || event.how !== 'assign' || !isClearing(model, act)) return false;
  if (!finalEnds.test(lastOfName(displayName(model.compiler, graph.owner))) || workBetween(model, graph, act).adds) return false;
  const operand = act.check.suspension?.operand;
  const [end, ...others] = operand === undefined ? [] : callsBehind(graph, operand);
  if (end?.receiver === undefined || others.length > 0 || !endingCalls.test(end.name ?? '')) return false;
  if (!readsBehind(model, graph, end.receiver).some((read) => writeAffectsRead(place, read.place))) return false;
  return otherWriters(model, graph, place).every(
    ({ graph: other, event: write }) =>
      resets(model.compiler, write) || (!beginnings.test(lastOfName(displayName(model.compiler, other.owner))) && !mayFollowSuspension(other, write)),
  );
}

/** `if (this.hasWarned) return; const text = await this.read(); console.warn(text); this.hasWarned = true;`: said twice at worst. */
export function isRepeatedNotice(model: ProgramModel, graph: Graph, act: Act): boolean {
  const { event, place, inner } = act;
  if (inner !== undefined || event.kind !== 'write' || event.value?.nature !== 'constant' || isClearing(model, act) || isExternal(place)) return false;
  const { adds, calls } = workBetween(model, graph, act);
  if (adds || calls.some((call) => isChanging(model, call))) return false;
  return calls.some(isTelling) && calls.every((call) => isTelling(call) || call.consumption !== 'discarded');
}

/**
 * `work().catch(() => { this.hasFailed = true; })`, or a key that joins those which have failed: two tasks that fail both say so.
 * Not where somebody takes it back, whose next attempt the old failure would end; but for the task itself, which says after the same
 * suspension how it went: `this.state = 'closed'` or, in the `catch`, `this.state = 'open'`.
 */
export function isNotedFailure(model: ProgramModel, graph: Graph, { event, inner, place, check }: Act): boolean {
  const { compiler } = model;
  if (inner !== undefined || event.kind !== 'write' || isExternal(place) || !isInCatch(compiler, event.node)) return false;
  const last = place.path.at(-1);
  const isNote = event.how === 'add' ? last?.kind === 'element' && last.key !== undefined : event.value?.nature === 'constant' && !isReset(compiler, event.value.node);
  if (!isNote) return false;
  const isAnswer = (other: WriteEvent): boolean => check.suspension !== undefined && follows(graph, check.suspension, other);
  const isTakenBack = accessesNear(graph, place).some(
    (other) => other.kind === 'write' && writeAffectsRead(other.place, place) && !isAnswer(other) && resets(compiler, other),
  );
  const note = event.how === 'assign' ? event.value?.node.getText() : undefined;
  return !isTakenBack && !otherWriters(model, graph, place).some(({ event: other }) => resets(compiler, other) || (note !== undefined && other.value?.node.getText() !== note));
}

/** Calls that only put their subject into a state: to do it twice is to do it once. */
const settingWords = /^(?:apply|assign|change|configure|put|select|set|switch|update)$/;

/**
 * `if (this.level !== wanted) { await this.device.setLevel(wanted); this.level = wanted; }`: the test spares work that would change
 * nothing, and whoever passes it leaves what it would have left without it. Not where the work makes something besides.
 */
export function isBroughtToValue(model: ProgramModel, graph: Graph, act: Act): boolean {
  const { event, inner, check } = act;
  if (act.how !== 'assign' || check.test.kind !== 'test' || check.test.comparison === undefined || !isReachedUnequal(model, graph, act)) return false;
  const { left, right } = check.test.comparison;
  const value = inner === undefined ? (event.kind === 'write' ? event.value : undefined) : givenValue(model, event, inner.node);
  // to compare with a constant is to ask whether a state has been reached
  if (value === undefined || isFixed(model, value.node) || ![left, right].some((side) => isSameValue(model, graph, side, value))) return false;
  const between = workBetween(model, graph, act);
  const works = inner !== undefined && event.kind === 'call' ? [...between.calls, event] : between.calls;
  const isTold = (call: CallEvent): boolean => call.arguments.some((argument) => readsBehind(model, graph, argument).some((read) => writeAffectsRead(act.place, read.place)));
  const isSetting = (call: CallEvent): boolean => settingWords.test(wordsOf(operationOf(model, call))[0] ?? '');
  // to set from what was there before does something else the second time
  if (between.adds || works.some((call) => isSetting(call) && isTold(call))) return false;
  return works.some(isSetting) && works.every((call) => !isWaitedFor(call) || isSetting(call));
}

/** The act follows where the two sides of the comparison differ. */
function isReachedUnequal(model: ProgramModel, graph: Graph, { event, check: { test } }: Act): boolean {
  if (!model.compiler.isBinaryExpression(test.node) || test.kind !== 'test') return false;
  const outcomes = model.controlDependence(graph).outcomes(event.block, test);
  return outcomes.size === 1 && outcomes.has(test.node.operatorToken.getText().startsWith('!') ? 'true' : 'false');
}

/** What the caller hands in for the callee to store: the write in the callee stores its parameter. */
function givenValue(model: ProgramModel, call: Act['event'], node: ts.Node): Value | undefined {
  const { compiler } = model;
  if (call.kind !== 'call' || !compiler.isBinaryExpression(node) || !compiler.isIdentifier(node.right)) return undefined;
  const binding = model.file(node).scopes.resolve(node.right);
  const callee = model.callee(call, 'full');
  const index = callee?.parameters.findIndex((parameter) => parameter === binding?.declaration) ?? -1;
  return call.arguments[index];
}

/** One value by its name, or by the place that a local was read from. */
function isSameValue(model: ProgramModel, graph: Graph, side: Value, value: Value): boolean {
  const { compiler } = model;
  if (compiler.isIdentifier(side.node) && compiler.isIdentifier(value.node)) {
    const { scopes } = model.file(side.node);
    const binding = scopes.resolve(side.node);
    if (binding !== undefined && binding === scopes.resolve(value.node)) return true;
  }
  if (side.place === undefined) return false;
  const { key } = side.place;
  return value.place?.key === key || readsBehind(model, graph, value).some((read) => read.place.key === key);
}

/**
 * `if (this.flight) await this.flight; this.flight = load();`, or the slot emptied after that wait: three tasks have to meet,
 * one at work and two that wait for it, and then the work is started once more.
 */
export function isSlotOfWork(model: ProgramModel, graph: Graph, act: Act): boolean {
  const { event, inner, place, check } = act;
  const operand = check.suspension?.operand;
  if (inner !== undefined || event.kind !== 'write' || operand === undefined) return false;
  if (callsBehind(graph, operand).some((call) => call.name !== 'get')) return false;
  return readsBehind(model, graph, operand).some((read) => writeAffectsRead(place, read.place));
}

/**
 * `const list = await this.list; list.close(); this.list = undefined;`: all who wait for the promise in the slot go on one right after
 * the other. Between two of them nobody fills it, where they themselves do not, call nothing once it is empty, and who does fill it
 * has waited for nothing.
 */
export function isEmptiedTogether(model: ProgramModel, graph: Graph, act: Act): boolean {
  const { event, place } = act;
  if (event.kind !== 'write' || event.how !== 'assign' || !isClearing(model, act) || !isSlotOfWork(model, graph, act)) return false;
  const isFilling = (write: WriteEvent): boolean => write.how !== 'remove' && !resets(model.compiler, write);
  for (const other of eventsOf(graph)) {
    if (other.kind === 'call' && follows(graph, event, other)) return false;
    if (other.kind === 'write' && writeAffectsRead(other.place, place) && isFilling(other)) return false;
  }
  return otherWriters(model, graph, place).every(({ graph: other, event: write }) => !isFilling(write) || !mayFollowSuspension(other, write));
}

/**
 * Two tasks that find no answer both ask, and store equal ones: what is stored is a value that nobody has to give back, it
 * comes from work that only asks, and no other function replaces it, whose newer content the late answer would overwrite.
 */
export function isRepeatedQuestion(model: ProgramModel, graph: Graph, act: Act): boolean {
  const answer = repeatedAnswer(model, graph, act);
  if (answer === undefined) return false;
  const { value, between } = answer;
  // a list or record that is made here may be filled with answers
  if (callsBehind(graph, value).length === 0 && !(isMadeHere(graph, value) && between.calls.some(isWaitedFor))) return false;
  return model.questions.isPlainValue(typedNode(model, value.node, act.event.node));
}

/**
 * The same question, where each possible answer is known by name: `boolean`, or a list of `'bc1' | 'etc2'`. Whichever answer stays,
 * nobody holds one that is good for himself alone.
 */
export function isRepeatedChoice(model: ProgramModel, graph: Graph, act: Act): boolean {
  const answer = repeatedAnswer(model, graph, act);
  if (answer === undefined) return false;
  const { node } = act.event;
  // a cast, or the type of the place, says more of a list than its elements do
  return model.questions.isOfNamedValues(model.compiler.isBinaryExpression(node) ? node.left : answer.value.node);
}

/** What is stored by work that only asks, where no other function replaces it. */
function repeatedAnswer(model: ProgramModel, graph: Graph, act: Act): { readonly value: Value; readonly between: WorkBetween } | undefined {
  const { event, place, inner } = act;
  if (inner !== undefined || event.kind !== 'write' || event.how !== 'assign' || isClearing(model, act) || isExternal(place)) return undefined;
  const { value } = event;
  if (value === undefined || value.nature === 'constant' || value.nature === 'promise' || value.nature === 'function') return undefined;
  const name = place.path.findLast((step) => step.kind === 'field')?.name ?? place.text;
  if (wordsOf(name).some((word) => soleWords.test(word))) return undefined;
  const between = workBetween(model, graph, act);
  if (between.adds || between.calls.some((call) => isChanging(model, call))) return undefined;
  if (readsBehind(model, graph, value).some((read) => writeAffectsRead(place, read.place))) return undefined;
  const isOnlyHere = otherWriters(model, graph, place).every(({ graph: other }) => isPartOfTeardown(model, other.owner, undefined));
  return isOnlyHere ? { value, between } : undefined;
}

/**
 * `if (this.rows.length > 99) await this.flush();`, where `flush` takes a lock, works off the rows that it finds under it and
 * leaves none: a second call finds fewer, and nothing is lost.
 */
export function isRepeatedDrain(model: ProgramModel, { inner }: Act): boolean {
  if (inner === undefined || inner.how !== 'assign') return false;
  const owner = model.rootActivation(inner.node);
  const callee = model.graph(owner);
  const held = heldLocks(model, callee);
  return model.eventsAt(callee, inner.node).some((write) => {
    if (write.kind !== 'write' || write.value?.nature !== 'empty') return false;
    const { place } = write;
    const locks = held.at(write).filter(({ origin, mode }) => origin === 'lock' && mode === 'exclusive');
    return locks.some(({ lock }) =>
      eventsOf(callee).some((look) => look.kind === 'read' && look.place.key === place.key && follows(callee, look, write) && held.at(look).some((each) => each.lock.key === lock.key)),
    );
  });
}

/** What an unknown answer is taken for is told by where it is stored. */
function typedNode({ compiler, questions }: ProgramModel, value: ts.Node, write: ts.Node): ts.Node {
  const isUnknown = (questions.typeAt(value).flags & compiler.TypeFlags.Any) !== 0;
  return isUnknown && compiler.isBinaryExpression(write) ? write.left : value;
}

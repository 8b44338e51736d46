/** How sure a check-then-act is to be a race that matters, and what it does. */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { suspendsBetween } from '../../cfg/walk.js';
import type { CallEvent } from '../../events/event.js';
import { isDistant, lastName, type Place } from '../../places/place.js';
import { isReset } from '../../syntax/constants.js';
import { isGenerator } from '../../syntax/functions.js';
import { type Act, isClearing, isExternal, writtenValue } from './acts.js';
import { checksOf, judgeAct, readsOfTest } from '../protocols/freshness.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { isLikelyBranchesOwn } from '../actors/distinct-keys.js';
import { isIterationState } from '../actors/iterated-members.js';
import { isUnderMintedKey } from '../actors/minted-keys.js';
import { isReadAhead } from '../actors/read-ahead.js';
import { isInstalledAgain } from '../protocols/outcomes.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { isBroughtToValue, isEmptiedTogether, isFinalEnd, isNotedFailure, isRepeatedChoice, isRepeatedEnd, isRepeatedNotice, isRepeatedQuestion, isSlotOfWork } from './repetition.js';
import { isShutGate } from './shut-gates.js';
import { isShared } from '../actors/sharing.js';

/** What a second task that passes the same check does to the first. */
export function effectOf(model: ProgramModel, act: Act): 'broken-resource' | 'lost-data' | 'duplicate-work' {
  if (isClearing(model, act)) return 'broken-resource';
  if (act.how === 'add' || isExternal(act.place)) return 'lost-data';
  return 'duplicate-work';
}

/** Names of flags that say the owner is going away; testing one after the suspension is a look at the same life. */
const lifeFlag = /abort|cancel|detach|dispos|destroy|clos|stop|unmount|mounted|terminat|shutdown|shutting|dead(?!line)|alive|finished|ended/i;

/** `low` where tasks that overlap do no more than repeat themselves, or hardly overlap at all. */
export function confidenceOf(model: ProgramModel, graph: Graph, held: HeldLocks, act: Act): 'high' | 'medium' | 'low' {
  const tests = model.controlDependence(graph).controllingTests(act.event.block);
  for (const test of tests) {
    for (const read of readsOfTest(model, graph, test)) {
      const name = read.place.path.at(-1)?.kind === 'element' ? undefined : lastName(read.place);
      if (name === undefined || !lifeFlag.test(name) || !isShared(model, graph, read.place)) continue;
      if (checksOf(model, graph, act.event.block, act.place).has(read)) continue;
      if (judgeAct(model, graph, held, act.event, read.place).kind === 'fresh') return 'low';
    }
  }
  if (asksForValidity(model, graph, act)) return 'low';
  // whoever drives a generator mostly does so alone
  if (!model.compiler.isSourceFile(graph.owner) && isGenerator(graph.owner)) return 'low';
  if ((act.inner !== undefined && saysEnded(act)) || isGivingUp(act)) return 'low';
  if (isClearing(model, act) && isDisposer(model, graph)) return 'low';
  if (act.inner !== undefined && isDistant(act.place)) return 'low';
  if (isByCalleesCallee(model, act)) return 'low';
  // what a callee does with an object that was handed in is two calls away from whoever shares it
  if (act.inner !== undefined && act.place.root.kind === 'variable' && act.place.root.binding.kind === 'parameter') return 'low';
  // what is handed on beside other things says little of what the answer is about
  if (act.check.read.isIncidental === true && (act.inner !== undefined || act.check.read.place.path.length > act.place.path.length)) return 'low';
  // what was seen in one of all elements says little of the one under a key that the callee writes
  if (act.inner !== undefined && isMemberOfElement(act.check.read.place, false) && isMemberOfElement(act.place, true)) return 'low';
  if (isIterationState(model, act.place)) return 'low';
  // closed twice at worst: nobody puts a new one there
  if ((isClearing(model, act) || clearsInside(model, act)) && !isInstalledAgain(model, graph, act.place)) return 'low';
  if (takesWhatIsThere(model, act) || isReadAhead(model, act.place)) return 'low';
  if (act.how === 'remove' && (isNamedOnce(act.place) || isUnderMintedKey(model, graph, act.place))) return 'low';
  if (isRepeatedEnd(model, graph, act) || isFinalEnd(model, graph, act) || isRepeatedNotice(model, graph, act)) return 'low';
  if (isNotedFailure(model, graph, act) || isBroughtToValue(model, graph, act) || isEmptiedTogether(model, graph, act)) return 'low';
  if (isRepeatedChoice(model, graph, act) || isShutGate(model, graph, act)) return 'low';
  // that the second answer is as good as the first is likely, and not proven; three tasks seldom meet, and break in all the same
  const isLesser = act.inner !== undefined || isLikelyBranchesOwn(model, graph.owner, act.place) || isSlotOfWork(model, graph, act) || isRepeatedQuestion(model, graph, act);
  return isLesser ? 'medium' : 'high';
}

/** Questions whether something that was taken before is still in force. */
const validityQuestions = /^(?:is)?(?:[vV]alid(?:ate)?|[cC]urrent|[sS]tale|[eE]xpired|[iI]nvalid(?:ated)?|[oO]utdated|[sS]uperseded|[aA]live|[aA]ctive)$/;

const validityCallsIn = memoized((_model, graph: Graph): readonly CallEvent[] =>
  eventsOf(graph).filter((event): event is CallEvent => event.kind === 'call' && event.arguments.length === 0 && validityQuestions.test(event.name ?? '')),
);

/** `if (entry.validate()) cache.set(key, next)`: after the suspension the object that was taken is asked whether it still counts. */
function asksForValidity(model: ProgramModel, graph: Graph, { event, check, inner }: Act): boolean {
  if (inner?.phase === 'after') return false;
  const dependence = model.controlDependence(graph);
  return validityCallsIn(model, graph).some(
    (call) =>
      suspendsBetween(graph, check.read.event, call) &&
      !suspendsBetween(graph, call, event) &&
      dependence.controllingTests(event.block).some((test) => test.value.sources.includes(call) && dependence.outcomes(event.block, test).size === 1),
  );
}

/** The callee leaves nothing in the place: `await this.process.stop(); this.process = undefined;`. */
function clearsInside(model: ProgramModel, act: Act): boolean {
  const value = act.inner === undefined || act.how !== 'assign' ? undefined : writtenValue(model, act);
  return value !== undefined && isReset(model.compiler, value);
}

/** `queue.splice(0, size)`: as many as there are by then, up to so many; perhaps none. */
function takesWhatIsThere({ compiler }: ProgramModel, { event, how }: Act): boolean {
  if (how !== 'remove' || event.kind !== 'write' || !compiler.isCallExpression(event.node)) return false;
  const { expression, arguments: given, parent } = event.node;
  return compiler.isPropertyAccessExpression(expression) && expression.name.text === 'splice' && given[0]?.getText() === '0' && !compiler.isExpressionStatement(parent);
}

/** The key names one thing in its life, as that of a request does: an entry that was taken out under it does not come back. */
function isNamedOnce({ path }: Place): boolean {
  const last = path.at(-1);
  return last?.kind === 'element' && /(?:request|message|query|task|job|operation|transaction|upload|download|command|invocation|call)[._]?id$/i.test(last.text);
}

/**
 * Two calls away from the check, a function that writes has a purpose of its own, and so mostly a reason of its own; but for one
 * that only sets what it is told to, whenever the callee runs.
 */
function isByCalleesCallee(model: ProgramModel, { event, inner }: Act): boolean {
  const callee = inner === undefined || event.kind !== 'call' ? undefined : model.callee(event, 'full');
  if (inner === undefined || callee === undefined) return false;
  const writer = model.rootActivation(inner.node);
  if (writer === callee) return false;
  const isUnconditional = (graph: Graph, block: number): boolean => model.controlDependence(graph).controllingTests(block).length === 0;
  const setter = model.graph(writer);
  const [write] = model.eventsAt(setter, inner.node);
  if (setter.hasSuspension || write === undefined || !isUnconditional(setter, write.block)) return true;
  const between = model.graph(callee);
  for (const call of eventsOf(between)) {
    if (call.kind === 'call' && model.callee(call, 'full') === writer && isUnconditional(between, call.block)) return false;
  }
  return true;
}

/** A member of an element, `entries[id].timestamp`, whose key is known, or is not: `entries[*].timestamp`. */
function isMemberOfElement({ path }: Place, isKeyed: boolean): boolean {
  const at = path.findIndex((projection) => projection.kind === 'element' && (projection.key !== undefined) === isKeyed);
  return at >= 0 && at < path.length - 1;
}

/** `using` disposes of an object once. */
function isDisposer(model: ProgramModel, graph: Graph): boolean {
  const { compiler } = model;
  return compiler.isMethodDeclaration(graph.owner) && /^\[Symbol\.(?:asyncD|d)ispose\]$/.test(graph.owner.name.getText());
}

/** `disabled = true` or `streamEnded = true` after an answer that says so: every task that gets there says the same, once for all. */
function isGivingUp(act: Act): boolean {
  if (act.event.kind !== 'write' || act.event.value?.nature !== 'constant') return false;
  const { root, path } = act.place;
  const last = path.at(-1);
  const name = last === undefined && root.kind === 'variable' ? root.binding.name : last?.kind === 'field' ? last.name : '';
  return /disabl|exhaust|unsupported|unavailable|fail|broken|degraded|gaveUp|ended|endReached|eof$/i.test(name);
}

/** A callee that only says `closed`: every task that gets there says the same. */
function saysEnded(act: Act): boolean {
  const last = act.place.path.at(-1);
  return last?.kind === 'field' && lifeFlag.test(last.name);
}


/**
 * A shared place is tested, the task suspends, then an act that the test controls writes, creates or deletes it.
 *
 * Reported where the act is. The act may lie in a callee; then the call is reported in the function that checked.
 */
import { eventsOf, type Graph, reaches } from '../cfg/graph.js';
import { walkBackward } from '../cfg/walk.js';
import type { ts } from '../compiler/compiler.js';
import type { CallEvent, TestEvent, UseEvent, WriteEvent } from '../events/event.js';
import type { Confidence, Effect, Step } from '../findings/finding.js';
import { activationText, checkThenActMessage } from '../findings/messages.js';
import { mayAlias, type Place, writeAffectsRead } from '../places/place.js';
import { claimsOf } from '../summaries/claims.js';
import { mayOverlap } from '../summaries/contexts.js';
import { externalConfidence } from '../summaries/external-state.js';
import { checksOf, isFreshObject, judgeAct, readsOfTest, type StaleCheck } from '../summaries/freshness.js';
import { heldLocks, type HeldLocks } from '../summaries/held-locks.js';
import type { ProgramModel } from '../summaries/program-model.js';
import { isInstalledAgain, keepsOutcome, overturningWriter, requirementOf } from '../summaries/outcomes.js';
import { callsBehind, hasCalleesKey, reachingDefinitions, substitute } from '../summaries/provenance.js';
import { isGenerator } from '../syntax/functions.js';
import { isShared } from '../summaries/sharing.js';
import { type SummaryWrite, writesOfCall } from '../summaries/summary.js';
import { type Check, type Draft, functionName, lineOf, step } from './check.js';

interface Act {
  readonly event: WriteEvent | CallEvent;
  readonly place: Place;
  readonly how: WriteEvent['how'];
  readonly check: StaleCheck;
  /** The write in the callee, when the event is a call. */
  readonly inner: SummaryWrite | undefined;
}

export const checkThenAct: Check = {
  rule: 'no-check-then-act',
  run: (model, graph, options) => {
    const held = heldLocks(model, graph);
    const drafts: Draft[] = [];
    const reported = new Set<ts.Node>();
    const callees = new Set<string>();
    const acts = [...actsOf(model, graph, held, options.externalState === true)].sort(
      (left, right) =>
        Number(isExternal(left.place)) - Number(isExternal(right.place)) ||
        Number(left.inner !== undefined) - Number(right.inner !== undefined) || left.event.node.pos - right.event.node.pos,
    );
    for (const act of acts) {
      // what one check decides goes wrong together: the first act stands for all, a direct one before a callee's
      const condition = wholeCondition(model, act.check.test.node);
      const viaCallee = act.inner === undefined ? undefined : `${act.place.key} ${act.event.kind === 'call' ? (act.event.name ?? '') : ''}`;
      if (reported.has(condition) || (viaCallee !== undefined && callees.has(viaCallee))) continue;
      const draft = judge(model, graph, held, act);
      if (draft === undefined) continue;
      reported.add(condition);
      if (viaCallee !== undefined) callees.add(viaCallee);
      drafts.push(draft);
    }
    return drafts;
  },
};

/** The condition that a test is part of: `a && !b` is one check. */
function wholeCondition(model: ProgramModel, test: ts.Node): ts.Node {
  const { compiler } = model;
  let node = test;
  for (;;) {
    const { parent } = node;
    const isPart =
      compiler.isParenthesizedExpression(parent) ||
      compiler.isPrefixUnaryExpression(parent) ||
      (compiler.isBinaryExpression(parent) && /^(?:&&|\|\|)$/.test(parent.operatorToken.getText()));
    if (!isPart) return node;
    node = parent;
  }
}

function isExternal(place: Place): boolean {
  return place.root.kind === 'external';
}

function* actsOf(model: ProgramModel, graph: Graph, held: HeldLocks, externalState: boolean): Generator<Act> {
  for (const event of eventsOf(graph)) {
    if (event.kind === 'write') {
      if (!isShared(model, graph, event.place) || (isExternal(event.place) && !externalState)) continue;
      const verdict = judgeAct(model, graph, held, event, event.place);
      if (verdict.kind === 'stale') yield { event, place: event.place, how: event.how, check: verdict.check, inner: undefined };
    } else if (event.kind === 'call') {
      yield* actsOfCall(model, graph, held, event, externalState);
    }
  }
}

function* actsOfCall(model: ProgramModel, graph: Graph, held: HeldLocks, event: CallEvent, externalState: boolean): Generator<Act> {
  const tests = model.controlDependence(graph).controllingTests(event.block);
  // most calls are decided by no look at shared state; only for the others is the callee resolved
  const looks = tests
    .flatMap((test) => readsOfTest(model, graph, test))
    .filter((read) => isShared(model, graph, read.place) && (externalState || !isExternal(read.place)));
  if (looks.length === 0) return;
  const sought = [...new Map(looks.map((look) => [look.place.key, look.place])).values()];
  const writes = writesOfCall(model, event, sought, 'full');
  if (writes.length === 0 || claimsOf(model, graph).calls.has(event)) return;
  for (const { write, callee } of writes) {
    const place = substitute(model, write.place, callee, event);
    // an element that only the callee can name is the callee's business
    if (place === undefined || hasCalleesKey(place) || !looks.some((read) => writeAffectsRead(place, read.place))) continue;
    if (!isShared(model, graph, place) || isKept(model, graph, event, write)) continue;
    // what the callee writes before it suspends is a claim of its own
    if (write.phase === 'after' && writes.some(({ write: other }) => other.phase === 'before' && mayAlias(other.place, write.place))) continue;
    const verdict = judgeAct(model, graph, held, event, place, write.phase === 'after');
    if (verdict.kind === 'stale') yield { event, place, how: write.how, check: verdict.check, inner: write };
  }
}

/** The callee's own guard keeps others out, unless it searches for an object that only this caller has. */
function isKept(model: ProgramModel, graph: Graph, call: CallEvent, write: SummaryWrite): boolean {
  if (!write.isGuarded()) return false;
  const index = write.soughtParameter();
  const argument = index === undefined ? undefined : call.arguments[index];
  return argument === undefined || !isFreshObject(model, graph, argument);
}

function judge(model: ProgramModel, graph: Graph, held: HeldLocks, act: Act): Draft | undefined {
  const { event, place, check, inner } = act;
  const { compiler } = model;
  const collection = inner?.collection ?? (event.kind === 'write' ? event.collection : undefined);
  // the method's name was that of a collection; now the type has to say so
  if (collection !== undefined && !model.questions.isCollection(collection)) return undefined;
  if (check.read.collection !== undefined && !model.questions.isCollection(check.read.collection)) return undefined;
  if (isOwnersReset(model, graph, act)) return undefined;
  if (isLoopGuard(graph, act) || isModuleLoad(model, graph, act) || isCurrent(model, graph, held, act)) return undefined;
  if (!mayOverlap(model, graph.owner, place)) return undefined;
  const requirement = requirementOf(model, graph, event.block, check.test, place);
  const isSelfRival = requirement === undefined || !keepsOutcome(model, requirement, act.how, writtenValue(model, act));
  const writer = isSelfRival ? undefined : overturningWriter(model, graph, place, requirement);
  // whoever is second finds what the first found, and nobody else changes it
  if (!isSelfRival && writer === undefined) return undefined;
  const outside = { node: inner?.node ?? event.node, block: event.block, how: act.how };
  const confidence = isExternal(place)
    ? externalConfidence(model, graph, check.read, check.test, outside)
    : confidenceOf(model, graph, held, act);
  if (confidence === undefined) return undefined;

  const name = functionName(model, graph);
  const suspension = check.suspension?.node ?? event.node;
  const lock = held.at(event).find((other) => other.origin === 'lock' && other.lock.text !== 'this');
  const actNode = event.node;
  const actWord = wordOf(act);
  const checkedText = check.read.place.text;
  const text = place.path.length < check.read.place.path.length ? place.text : checkedText;
  const calleeName = event.kind === 'call' ? (event.name ?? 'the callee') : undefined;
  const message = checkThenActMessage({
    place: text,
    checkLine: lineOf(check.test.node),
    act: actWord,
    callee: calleeName,
    suspensionLine: lineOf(suspension),
    isAwait: compiler.isAwaitExpression(suspension),
    rival: activationText(writer?.name ?? name),
    rivalIsSelf: isSelfRival,
    lockHeldAtAct: lock?.lock.text,
    remedy: lock !== undefined ? 'widen-lock' : isExternal(place) ? 'atomic-call' : isCreation(act) && isSelfRival ? 'cache-promise' : 'recheck',
  });
  const innerNode = inner?.node ?? actNode;
  const steps: Step[] = [
    step('A', 'check', check.test.node, `A checks \`${checkedText}\``),
    step('A', 'suspend', suspension, 'A suspends; other tasks run'),
    ...(writer === undefined
      ? [
          step('B', 'check', check.test.node, `B, ${activationText(name)} again, finds \`${checkedText}\` as A found it`),
          step('B', 'suspend', suspension, 'B goes the same way and suspends'),
          step('A', 'act', innerNode, `A: \`${text}\` is ${actWord}`),
          step('B', 'act', innerNode, `B does the same again, although A was first: ${harmOf(act)}`),
        ]
      : [
          step('B', 'write', writer.node, `B, ${activationText(writer.name)}, changes \`${text}\``),
          step('A', 'act', innerNode, `A: \`${text}\` is ${actWord} as if nothing had changed; what B wrote is lost`),
        ]),
  ];
  return {
    rule: 'no-check-then-act',
    message,
    confidence,
    effect: effectOf(act),
    node: actNode,
    function: name,
    place: text,
    steps,
    suggestions: [],
  };
}

/** The expression that the act stores, where it is in sight. */
function writtenValue(model: ProgramModel, act: Act): ts.Node | undefined {
  const { compiler } = model;
  if (act.event.kind === 'write') return act.event.value?.node;
  const node = act.inner?.node;
  return node !== undefined && compiler.isBinaryExpression(node) ? node.right : undefined;
}

/** The task that claimed the place gives it back: `finally { this.pending = undefined; }`. */
function isOwnersReset(model: ProgramModel, graph: Graph, act: Act): boolean {
  if (act.event.kind !== 'write' || !isClearing(act)) return false;
  return [...claimsOf(model, graph).writes].some(
    ([claim, place]) => mayAlias(place, act.place) && checksOf(model, graph, claim.block, place).has(act.check.read),
  );
}

/** `while (this.running) { await turn(); this.running = more(); }`: the loop's owner ends its own loop. */
function isLoopGuard(graph: Graph, act: Act): boolean {
  const { test } = act.check;
  if (test.kind !== 'test' || !test.isLoop || act.event.kind !== 'write') return false;
  return act.event.value?.nature === 'constant' && reaches(graph, act.event.block, test.block);
}

/** A module is loaded once however often it is imported: the value is the same whoever wins. */
function isModuleLoad(model: ProgramModel, graph: Graph, act: Act): boolean {
  if (act.event.kind !== 'write' || act.event.value === undefined) return false;
  const { compiler } = model;
  const calls = callsBehind(graph, act.event.value);
  return (
    calls.length > 0 &&
    calls.every((call) => compiler.isCallExpression(call.node) && call.node.expression.kind === compiler.SyntaxKind.ImportKeyword)
  );
}

/**
 * A generation or identity check after the suspension lets only the newest task act: `if (mine !== this.generation)
 * return`. It is a comparison of a fresh look at shared state with what a local remembers.
 */
function isCurrent(model: ProgramModel, graph: Graph, held: HeldLocks, act: Act): boolean {
  return model
    .controlDependence(graph)
    .controllingTests(act.event.block)
    .some((test) => {
      if (test.comparison === undefined) return false;
      const { left, right } = test.comparison;
      const pairs = [
        [left, right],
        [right, left],
      ] as const;
      return pairs.some(([look, memory]) => {
        const place = look.place;
        if (place === undefined || !isShared(model, graph, place)) return false;
        if (!look.sources.some((source) => source.kind === 'read')) return false;
        if (memory.nature === 'constant') return false;
        const uses = memory.sources.filter((source) => source.kind === 'use');
        if (uses.length === 0 || !uses.every((use) => isOlderThanSuspension(graph, use, act.event))) return false;
        return isFreshAt(model, graph, held, act, test);
      });
    });
}

/** What the local remembers was taken before the suspension nearest to the act. */
function isOlderThanSuspension(graph: Graph, use: UseEvent, act: WriteEvent | CallEvent): boolean {
  const definitions = new Set<unknown>(reachingDefinitions(graph, use));
  let isYounger = false;
  walkBackward<true>(
    graph,
    act,
    true,
    () => 0,
    (event) => {
      if (definitions.has(event)) isYounger = true;
      return event.kind === 'suspend' || definitions.has(event) ? undefined : true;
    },
  );
  return !isYounger;
}

/** No suspension lies between the test and the act. */
function isFreshAt(model: ProgramModel, graph: Graph, held: HeldLocks, act: Act, test: TestEvent): boolean {
  const [read] = readsOfTest(model, graph, test).filter((candidate) => candidate.event.block === test.block);
  if (read === undefined) return false;
  // judged as if the act wrote the place that the test looked at
  return judgeAct(model, graph, held, act.event, read.place, act.inner?.phase === 'after').kind === 'fresh';
}

/** `disabled = true` after an answer that says so: every task that gets there says the same, once for all. */
function isGivingUp(act: Act): boolean {
  if (act.event.kind !== 'write' || act.event.value?.nature !== 'constant') return false;
  const { root, path } = act.place;
  const last = path.at(-1);
  const name = last === undefined && root.kind === 'variable' ? root.binding.name : last?.kind === 'field' ? last.name : '';
  return /disabl|exhaust|unsupported|unavailable|fail|broken|degraded|gaveUp/i.test(name);
}

/** State of an object that is asked for one element after the other: its own iterator does the asking. */
function isIterationState(model: ProgramModel, place: Place): boolean {
  const { root } = place;
  return root.kind === 'this' && root.owner !== undefined && model.compiler.isClassLike(root.owner) && model.questions.isAsyncIterable(root.owner);
}

/** A callee that only says `closed`: every task that gets there says the same. */
function isTeardown(act: Act): boolean {
  const last = act.place.path.at(-1);
  return last?.kind === 'field' && lifeFlag.test(last.name);
}

function isCreation(act: Act): boolean {
  return act.how === 'add' || (act.how === 'assign' && !isClearing(act));
}

function isClearing(act: Act): boolean {
  if (act.event.kind !== 'write' || act.event.value === undefined) return act.how === 'remove';
  const { nature, node } = act.event.value;
  return act.how === 'remove' || nature === 'empty' || (nature === 'constant' && /^(?:null|undefined|false)$/.test(node.getText()));
}

function wordOf(act: Act): 'written' | 'created' | 'removed' | 'changed' {
  if (act.how === 'remove') return 'removed';
  if (act.how === 'mutate') return 'changed';
  if (act.how === 'assign' && isExternal(act.place)) return 'written';
  const last = act.place.path.at(-1);
  if (last?.kind !== 'element') return 'written';
  return last.key === undefined ? 'changed' : 'created';
}

function harmOf(act: Act): string {
  switch (effectOf(act)) {
    case 'broken-resource':
      return 'it is closed or cleared twice, or a newer one is lost';
    case 'lost-data':
      return "A's value is lost or doubled";
    default:
      return 'the work is done twice and the first result is lost';
  }
}

function effectOf(act: Act): Effect {
  if (isClearing(act)) return 'broken-resource';
  if (act.how === 'add' || isExternal(act.place)) return 'lost-data';
  return 'duplicate-work';
}

/** Names of flags that say the owner is going away; testing one after the suspension is a look at the same life. */
const lifeFlag = /abort|cancel|dispos|destroy|clos|stop|unmount|mounted|terminat|shutdown|shutting|dead|alive|finished|ended/i;

function confidenceOf(model: ProgramModel, graph: Graph, held: HeldLocks, act: Act): Confidence {
  const tests = model.controlDependence(graph).controllingTests(act.event.block);
  for (const test of tests) {
    for (const read of readsOfTest(model, graph, test)) {
      const last = read.place.path.at(-1);
      if (last?.kind !== 'field' || !lifeFlag.test(last.name) || !isShared(model, graph, read.place)) continue;
      if (checksOf(model, graph, act.event.block, act.place).has(read)) continue;
      if (judgeAct(model, graph, held, act.event, read.place).kind === 'fresh') return 'low';
    }
  }
  // whoever drives a generator mostly does so alone
  if (!model.compiler.isSourceFile(graph.owner) && isGenerator(graph.owner)) return 'low';
  if ((act.inner !== undefined && isTeardown(act)) || isGivingUp(act)) return 'low';
  if (act.check.read.isIncidental === true && act.check.read.place.path.length > act.place.path.length) return 'low';
  if (isIterationState(model, act.place)) return 'low';
  // closed twice at worst: nobody puts a new one there
  if (isClearing(act) && !isInstalledAgain(model, graph, act.place)) return 'low';
  return act.inner === undefined ? 'high' : 'medium';
}

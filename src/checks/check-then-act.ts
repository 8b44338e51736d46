/**
 * A shared place is tested, the task suspends, then an act that the test controls writes, creates or deletes it.
 *
 * Reported where the act is. The act may lie in a callee; then the call is reported in the function that checked.
 */
import { follows, type Graph } from '../cfg/graph.js';
import type { ts } from '../compiler/compiler.js';
import type { SuspendEvent } from '../events/event.js';
import { empties } from '../events/writes.js';
import { writeAffectsRead } from '../places/place.js';
import { isAtLeast, type Step } from '../findings/finding.js';
import { checkThenActMessage, checkThenActSteps, type CheckThenActWords } from '../findings/messages/check-then-act.js';
import { activationText } from '../findings/messages/words.js';
import { type Act, actsOf, isCreation, isExternal, writtenValue } from '../summaries/races/acts.js';
import { mayOverlap } from '../summaries/actors/contexts.js';
import { isBranchesOwn, isOwnElement } from '../summaries/actors/distinct-keys.js';
import { mayDependOn } from '../summaries/effects/dependence.js';
import { externalConfidence } from '../summaries/model/external-state.js';
import { type HeldLocks, heldLocks, liftedClaimOf } from '../summaries/locks/held-locks.js';
import { heldUnderAnyKey, isOneForAllKeys } from '../summaries/locks/keyed-locks.js';
import { keepsOutcome, overturningWriter, overturnsBeside, requirementOf } from '../summaries/protocols/outcomes.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import type { LiftedClaim } from '../summaries/protocols/lifted-claims.js';
import { keepsProtocol } from '../summaries/protocols/protocols.js';
import { confidenceOf, effectOf } from '../summaries/races/ranking.js';
import { isRepeatedDrain } from '../summaries/races/repetition.js';
import { isAnswerKept, isSharedWorkNoted } from '../summaries/protocols/shared-answers.js';
import { adderBeside, renewerBeside } from '../summaries/races/clearings.js';
import { otherWriters } from '../summaries/actors/rivals.js';
import { isKeptOut } from '../summaries/protocols/closed-doors.js';
import { isFailureEitherWay } from '../summaries/protocols/freshness.js';
import { isConstant } from '../syntax/constants.js';
import { isNow } from '../syntax/tree.js';
import { type Check, type Draft, functionName, lineOf, step } from './check.js';

export const checkThenAct: Check = {
  rule: 'no-check-then-act',
  run: (model, graph, options) => {
    const held = heldLocks(model, graph);
    const found: Found[] = [];
    const reported = new Set<ts.Node>();
    const manners = new Set<string>();
    const acts = [...actsOf(model, graph, held, options.externalState === true)].sort(
      (left, right) =>
        Number(isExternal(left.place)) - Number(isExternal(right.place)) ||
        Number(left.inner !== undefined) - Number(right.inner !== undefined) || left.event.node.pos - right.event.node.pos,
    );
    for (const act of acts) {
      // what one check decides goes wrong together: the first act stands for all, a direct one before a callee's; and one
      // act is one defect, however many checks decide it
      const condition = wholeCondition(model, act.check.test.node);
      const ownManner = mannerOf(act);
      if (reported.has(condition) || reported.has(act.event.node) || (ownManner !== undefined && manners.has(ownManner))) continue;
      const draft = judge(model, graph, held, act);
      if (draft === undefined) continue;
      reported.add(condition).add(act.event.node);
      const manner = ownManner ?? (isAnswer(act, draft) ? 'answer' : undefined);
      if (manner === 'answer' && manners.has(manner)) continue;
      if (manner !== undefined) manners.add(manner);
      found.push({ act, draft });
    }
    const drafts = found.filter((each) => !found.some((other) => standsFor(model, graph, other, each) || isAnswerOfStamp(model, other, each))).map(({ draft }) => draft);
    return [...drafts, ...underOtherKeys(model, graph, reported)];
  },
};

/** A lock is held over the check and the act, and the rival holds it under another key. */
function underOtherKeys(model: ProgramModel, graph: Graph, reported: Set<ts.Node>): Draft[] {
  const others = heldUnderAnyKey(model, graph);
  if (others === undefined) return [];
  return [...actsOf(model, graph, others.held, false)].flatMap((act) => {
    const { event, place } = act;
    if (act.inner !== undefined || event.kind !== 'write' || reported.has(event.node) || reported.has(wholeCondition(model, act.check.test.node))) return [];
    if (!isOneForAllKeys(model, place) && !others.isGivenToKey(event)) return [];
    // what is made of the old content is `no-lost-update`'s
    if (event.value !== undefined && mayDependOn(graph, event.value, (source) => source.kind === 'read' && writeAffectsRead(place, source.place))) return [];
    const keyed = others.keyedAt(event);
    const draft = keyed === undefined ? undefined : judge(model, graph, others.held, act, keyed);
    if (draft === undefined) return [];
    reported.add(event.node).add(wholeCondition(model, act.check.test.node));
    return [draft];
  });
}

interface Found {
  readonly act: Act;
  readonly draft: Draft;
}

/**
 * `if (this.started) { if (this.channel) { await this.channel.close(); this.channel = undefined; } this.started = false; }`: a second such
 * task is let in by the flag around it all, and whoever puts a new one there is not.
 */
function standsFor(model: ProgramModel, graph: Graph, { act: whole, draft }: Found, { act: part, draft: told }: Found): boolean {
  if (whole === part || part.inner !== undefined || whole.inner !== undefined || part.event.kind !== 'write') return false;
  const value = writtenValue(model, whole);
  if (value === undefined || !isConstant(model.compiler, value) || !empties(model.compiler, part.event)) return false;
  if (!follows(graph, part.event, whole.event) || !isAtLeast(draft.confidence, told.confidence)) return false;
  if (!model.controlDependence(graph).controllingTests(part.check.test.block).some((test) => test === whole.check.test)) return false;
  return otherWriters(model, graph, part.place).every((other) => empties(model.compiler, other.event) || isKeptOut(model, graph, part.event, other));
}

/** `this.token = token; this.since = Date.now();`: what tells when the answer came goes wrong with the answer, and matters no more than that. */
function isAnswerOfStamp(model: ProgramModel, { act: answer }: Found, { act: stamp }: Found): boolean {
  return answer !== stamp && answer.event.block === stamp.event.block && isStamp(model, stamp) && !isStamp(model, answer);
}

function isStamp({ compiler }: ProgramModel, { event }: Act): boolean {
  const node = event.kind === 'write' ? event.value?.node : undefined;
  if (node === undefined) return false;
  return compiler.isCallExpression(node) ? isNow(compiler, node.expression) : compiler.isNewExpression(node) && node.getText() === 'new Date()';
}

/** Acts of one manner in one function are one defect: the same callee's write, or the same element removed in each branch. */
function mannerOf({ inner, place, how, event }: Act): string | undefined {
  if (inner !== undefined) return `${place.key} ${event.kind === 'call' ? (event.name ?? '') : ''}`;
  return how === 'remove' ? `${place.key} removed` : undefined;
}

/** What is asked for and kept, likely the same for whoever asks: one promise for all the answers of a function mends them all. */
function isAnswer({ inner, how, place }: Act, { confidence }: Draft): boolean {
  return inner === undefined && how === 'assign' && confidence === 'medium' && !isExternal(place);
}

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

function judge(model: ProgramModel, graph: Graph, held: HeldLocks, act: Act, keyed?: string): Draft | undefined {
  const { event, place, check, inner, decided } = act;
  const { compiler } = model;
  const collection = inner?.collection ?? (event.kind === 'write' ? event.collection : undefined);
  // the method's name was that of a collection; now the type has to say so
  if (collection !== undefined && !model.questions.isCollection(collection)) return undefined;
  if (check.read.collection !== undefined && !model.questions.isCollection(check.read.collection)) return undefined;
  if (isFailureEitherWay(model, graph, event.node, check.test) || keepsProtocol(model, graph, held, act) || isAnswerKept(model, graph, act) || isSharedWorkNoted(model, graph, act) || isRepeatedDrain(model, act)) return undefined;
  if (!mayOverlap(model, graph.owner, place) || isBranchesOwn(model, graph.owner, place) || isOwnElement(model, graph.owner, event.node)) return undefined;
  const requirement = requirementOf(model, graph, decided, check.test, place);
  const value = writtenValue(model, act);
  const isMark = value !== undefined && isConstant(compiler, value);
  const isSelfRival =
    act.isTurn === true || requirement === undefined || !keepsOutcome(model, requirement, act.how, value) || overturnsBeside(model, graph, decided, check.test, place, act.how, value);
  const writer = isSelfRival ? undefined : overturningWriter(model, graph, place, requirement);
  // to look again does not bring back what is dropped unseen
  const adder = inner === undefined && event.kind === 'write' ? adderBeside(model, graph, event) : undefined;
  // whoever is second finds what the first found, and nobody else changes it
  if (!isSelfRival && writer === undefined) return undefined;
  const outside = { node: inner?.node ?? event.node, block: event.block, how: act.how };
  const confidence = isExternal(place)
    ? externalConfidence(model, graph, check.read, check.test, outside)
    : isOfSeveral(model, act)
      ? 'low'
      : confidenceOf(model, graph, held, act);
  if (confidence === undefined) return undefined;

  const name = functionName(model, graph);
  const suspension = check.suspension?.node ?? event.node;
  const lock = held.at(event).find((each) => each.origin === 'lock' && each.lock.text !== 'this');
  const actNode = event.node;
  const renewer = inner === undefined && event.kind === 'write' && adder === undefined && writer === undefined ? renewerBeside(model, graph, event) : undefined;
  const other = adder ?? writer ?? renewer;
  const actWord = adder !== undefined ? 'emptied' : renewer !== undefined ? 'cleared' : wordOf(act);
  const checkedText = check.read.place.text;
  const text = place.path.length < check.read.place.path.length ? place.text : checkedText;
  const calleeName = event.kind === 'call' ? (event.name ?? 'the callee') : undefined;
  const innerNode = inner?.node ?? actNode;
  // who holds the lock under another key comes by the same way
  if (keyed !== undefined && other !== undefined) return undefined;
  const claim = other === undefined ? liftedClaimAt(model, graph, held, check.suspension) : undefined;
  const lifted = claim === undefined ? undefined : { place: claim.place, by: activationText(claim.by) };
  const effect = adder === undefined ? effectOf(model, act) : 'lost-data';
  const message = checkThenActMessage({
    place: text,
    checkLine: lineOf(check.test.node),
    act: actWord,
    callee: calleeName,
    suspensionLine: lineOf(suspension),
    isAwait: compiler.isAwaitExpression(suspension),
    rival: activationText(other?.name ?? name),
    rivalIsSelf: other === undefined,
    lifted,
    lockHeldAtAct: keyed ?? lock?.lock.text,
    remedy: keyed !== undefined ? 'own-key' : remedyOf(model, act, { isLifted: lifted !== undefined, isUnderLock: lock !== undefined, isEmptied: adder !== undefined, isShareable: isSelfRival && !isMark && act.isTurn !== true }),
  });
  const texts = checkThenActSteps({
    checked: checkedText,
    place: text,
    act: actWord,
    activation: activationText(name),
    rival: activationText(other?.name ?? name),
    effect,
    isMark,
    isTurn: act.isTurn === true,
    lifted,
  });
  const steps: Step[] = [
    step('A', 'check', check.test.node, texts.check),
    step('A', 'suspend', suspension, texts.suspend),
    ...(other === undefined
      ? [
          ...(claim === undefined ? [] : [step('B', 'write', claim.node, texts.lift)]),
          step('B', 'check', check.test.node, texts.rivalCheck),
          step('B', 'suspend', suspension, texts.rivalSuspend),
          step('A', 'act', innerNode, texts.act),
          step('B', 'act', innerNode, texts.rivalAct),
        ]
      : [step('B', 'write', other.node, texts.rivalWrite), step('A', 'act', innerNode, texts.blindAct)]),
  ];
  return {
    rule: 'no-check-then-act',
    message,
    // that the end is called during the work is likely, or nobody would take the claim down there, and not proven
    // and how many may go on together, the program alone knows
    confidence: (claim !== undefined || act.isTurn === true) && confidence === 'high' ? 'medium' : confidence,
    effect,
    node: actNode,
    function: name,
    place: text,
    steps,
    suggestions: [],
  };
}

/** The first that fits: what keeps the others out comes before what makes the act itself right. */
function remedyOf(
  model: ProgramModel,
  act: Act,
  by: { readonly isLifted: boolean; readonly isUnderLock: boolean; readonly isEmptied: boolean; readonly isShareable: boolean },
): CheckThenActWords['remedy'] {
  if (by.isLifted) return 'keep-claim';
  if (by.isUnderLock) return 'widen-lock';
  if (by.isEmptied) return 'take-first';
  if (isExternal(act.place)) return 'atomic-call';
  return isCreation(model, act) && by.isShareable ? 'cache-promise' : 'recheck';
}

/** The claim under which the task suspends, where somebody else takes it down. */
function liftedClaimAt(model: ProgramModel, graph: Graph, held: HeldLocks, suspension: SuspendEvent | undefined): LiftedClaim | undefined {
  const locks = suspension === undefined ? [] : held.at(suspension);
  return locks.map((lock) => liftedClaimOf(model, graph, lock)).find((claim) => claim !== undefined);
}

/** Which of several implementations acts is not known, nor whether the others do so as well in the end. */
function isOfSeveral(model: ProgramModel, { event, inner }: Act): boolean {
  return inner !== undefined && event.kind === 'call' && model.implementations(event).length > 1;
}

function wordOf(act: Act): CheckThenActWords['act'] {
  if (act.how === 'remove') return 'removed';
  if (act.how === 'mutate') return 'changed';
  if (act.how === 'assign' && isExternal(act.place)) return 'written';
  const last = act.place.path.at(-1);
  if (last?.kind !== 'element') return 'written';
  return last.key === undefined ? 'changed' : 'created';
}

/**
 * A lock that does not do what it is there for: nobody else can hold it, it is asked instead of taken, a callback runs
 * without it and does not ask, it is taken away from its holder, two locks stand guard over one state, what belongs together is done in two sections, or a place is given up
 * for a waiter who takes it a turn later.
 *
 * A section that covers the act and not the check is `no-check-then-act`'s, which names the lock as well.
 */
import type { Graph } from '../cfg/graph.js';
import {
  earlyEndMessage,
  earlyEndSteps,
  forgottenLockMessage,
  forgottenLockSteps,
  hoistTitles,
  latePermitMessage,
  latePermitSteps,
  liftedLockMessage,
  liftedLockSteps,
  oldAnswerMessage,
  oldAnswerSteps,
  privateLockMessage,
  privateLockSteps,
  splitSectionMessage,
  splitSectionSteps,
  twoLocksMessage,
  twoLocksSteps,
  unaskedSectionMessage,
  unaskedSectionSteps,
} from '../findings/messages/ineffective-lock.js';
import { activationText } from '../findings/messages/words.js';
import { type DividedGuard, dividedGuards } from '../summaries/locks/divided-guard.js';
import { type EarlyEnd, earlyEnds, mayEndEarly } from '../summaries/effects/early-ends.js';
import { type ForgottenLock, forgottenLocks } from '../summaries/locks/forgotten-locks.js';
import { hoistingOf } from '../summaries/locks/hoisting.js';
import { type LatePermit, latePermits, mayWaitInLine } from '../summaries/locks/late-permits.js';
import { type LiftedLock, liftedLocks, mayReplaceLock } from '../summaries/locks/lifted-locks.js';
import { type OldAnswer, oldAnswers } from '../summaries/locks/lock-questions.js';
import { type PrivateLock, privateLocks } from '../summaries/locks/lock-scope.js';
import { type UnaskedSection, unaskedSections } from '../summaries/locks/unasked-sections.js';
import { type MovedPosition, movedPositions } from '../summaries/races/moved-positions.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { displayName } from '../syntax/functions.js';
import { type Check, type Draft, functionName, lineOf, step } from './check.js';

export const ineffectiveLock: Check = {
  rule: 'no-ineffective-lock',
  concerns: (model, activation) => mayReplaceLock(model, activation) || mayEndEarly(model, activation) || mayWaitInLine(model, activation),
  run: (model, graph) => [
    ...privateLocks(model, graph).map((lock) => privateLockDraft(model, graph, lock)),
    ...oldAnswers(model, graph).map((answer) => oldAnswerDraft(model, graph, answer)),
    ...[...unaskedSections(model, graph)].map((section) => unaskedSectionDraft(model, graph, section)),
    ...liftedLocks(model, graph).map((lock) => liftedLockDraft(model, graph, lock)),
    ...dividedGuards(model, graph).map((guard) => twoLocksDraft(model, graph, guard)),
    ...earlyEnds(model, graph).map((end) => earlyEndDraft(model, graph, end)),
    ...[...forgottenLocks(model, graph)].map((lock) => forgottenLockDraft(model, graph, lock)),
    ...latePermits(model, graph).map((permit) => latePermitDraft(model, graph, permit)),
    ...movedPositions(model, graph).flatMap((moved) => (moved.isInSection ? [splitSectionDraft(model, graph, moved)] : [])),
  ],
};

function privateLockDraft(model: ProgramModel, graph: Graph, found: PrivateLock): Draft {
  const { kind, lock, made, taken, shared, suspension } = found;
  const activation = functionName(model, graph);
  const hoisting = kind === 'call' ? hoistingOf(model, graph, found) : undefined;
  const isHarmful = shared.isWrite && suspension !== undefined;
  return {
    rule: 'no-ineffective-lock',
    message: privateLockMessage({ kind, lock, activation, madeLine: lineOf(made), shared: shared.text, isWrite: shared.isWrite }),
    confidence: suspension === undefined ? 'low' : isHarmful && kind === 'call' ? 'high' : 'medium',
    effect: 'lost-data',
    node: kind === 'render' ? made : taken,
    function: activation,
    place: lock,
    steps: [
      step('A', 'acquire', taken, privateLockSteps.acquire(activation, lock)),
      step('A', 'suspend', suspension ?? taken, privateLockSteps.suspend),
      step('B', 'acquire', taken, privateLockSteps.rival(activation, lock)),
      step('B', 'use', shared.node, privateLockSteps.use(shared.text)),
    ],
    suggestions: hoisting === undefined ? [] : [{ title: hoistTitles[hoisting.to](hoisting.name), edits: hoisting.edits }],
  };
}

function oldAnswerDraft(model: ProgramModel, graph: Graph, answer: OldAnswer): Draft {
  const { kind, lock, node, suspension, act, isAcquire, place } = answer;
  return {
    rule: 'no-ineffective-lock',
    message: oldAnswerMessage({ kind, lock, suspensionLine: lineOf(suspension), actLine: lineOf(act), isAcquire, place }),
    confidence: 'medium',
    effect: isAcquire ? 'duplicate-work' : 'lost-data',
    node,
    function: functionName(model, graph),
    place: lock,
    steps: [
      step('A', 'check', node, oldAnswerSteps.ask(lock)),
      step('A', 'suspend', suspension, oldAnswerSteps.suspend),
      step('B', 'acquire', isAcquire ? act : node, oldAnswerSteps.rival(lock)),
      step('A', isAcquire ? 'acquire' : 'act', act, isAcquire ? oldAnswerSteps.wait(lock) : oldAnswerSteps.act(kind, place)),
    ],
    suggestions: [],
  };
}

function unaskedSectionDraft(model: ProgramModel, graph: Graph, { node, lock, act, place }: UnaskedSection): Draft {
  const { text } = lock;
  return {
    rule: 'no-ineffective-lock',
    message: unaskedSectionMessage({ lock: text, actLine: lineOf(act), place }),
    confidence: 'medium',
    effect: place === undefined ? 'duplicate-work' : 'lost-data',
    node,
    function: functionName(model, graph),
    place: text,
    steps: [
      step('B', 'acquire', node, unaskedSectionSteps.hold(text)),
      step('A', 'acquire', node, unaskedSectionSteps.run(text)),
      step('A', 'act', act, unaskedSectionSteps.act(place)),
    ],
    suggestions: [],
  };
}

function liftedLockDraft(model: ProgramModel, graph: Graph, { kind, lock, node, section }: LiftedLock): Draft {
  const holder = functionName(model, section.graph);
  const activation = functionName(model, graph);
  return {
    rule: 'no-ineffective-lock',
    message: liftedLockMessage({ kind, lock, holder, suspensionLine: lineOf(section.suspension.node) }),
    confidence: 'medium',
    effect: 'lost-data',
    node,
    function: activation,
    place: lock,
    steps: [
      step('A', 'acquire', section.acquire.node, liftedLockSteps.acquire(holder, lock)),
      step('A', 'suspend', section.suspension.node, liftedLockSteps.suspend),
      step('B', 'release', node, liftedLockSteps.lift(kind, lock)),
      step('B', 'acquire', section.acquire.node, liftedLockSteps.enter(holder)),
    ],
    suggestions: [],
  };
}

function forgottenLockDraft(model: ProgramModel, graph: Graph, { acquire, removal }: ForgottenLock): Draft {
  const { text } = removal.place;
  return {
    rule: 'no-ineffective-lock',
    message: forgottenLockMessage(text, lineOf(acquire.node)),
    confidence: 'medium',
    effect: 'lost-data',
    node: removal.node,
    function: functionName(model, graph),
    place: text,
    steps: [
      step('A', 'acquire', acquire.node, forgottenLockSteps.acquire(text)),
      step('B', 'suspend', acquire.node, forgottenLockSteps.wait(text)),
      step('A', 'write', removal.node, forgottenLockSteps.forget(text)),
      step('B', 'acquire', acquire.node, forgottenLockSteps.enter),
    ],
    suggestions: [],
  };
}

function earlyEndDraft(model: ProgramModel, graph: Graph, { node, text, wait, rest }: EarlyEnd): Draft {
  return {
    rule: 'no-ineffective-lock',
    message: earlyEndMessage(text, lineOf(wait), lineOf(rest)),
    confidence: 'high',
    effect: 'lost-data',
    node,
    function: functionName(model, graph),
    place: text,
    steps: [
      step('A', 'acquire', node, earlyEndSteps.begin(text)),
      step('A', 'suspend', wait, earlyEndSteps.end),
      step('B', 'acquire', node, earlyEndSteps.rival),
      step('A', 'act', rest, earlyEndSteps.act),
    ],
    suggestions: [],
  };
}

function latePermitDraft(model: ProgramModel, graph: Graph, { node, place, suspension, release }: LatePermit): Draft {
  const name = functionName(model, graph);
  const words = { place: place.text, suspensionLine: lineOf(suspension.node), release: activationText(release.name), wakeLine: lineOf(release.wake) };
  const texts = latePermitSteps(words);
  return {
    rule: 'no-ineffective-lock',
    message: latePermitMessage(words),
    confidence: 'medium',
    effect: 'broken-resource',
    node,
    function: name,
    place: place.text,
    steps: [
      step('A', 'suspend', suspension.node, texts.wait),
      step('B', 'release', release.node, texts.release),
      step('B', 'acquire', node, texts.enter),
      step('A', 'acquire', node, texts.take),
    ],
    suggestions: [],
  };
}

function twoLocksDraft(model: ProgramModel, graph: Graph, guard: DividedGuard): Draft {
  const { place, lock, acquire, look, suspension, act, rival } = guard;
  const activation = functionName(model, graph);
  return {
    rule: 'no-ineffective-lock',
    message: twoLocksMessage({ place, lock, suspensionLine: lineOf(suspension), rival: rival.name, rivalLock: rival.lock, rivalLine: lineOf(rival.write) }),
    confidence: rival.ofOneObject ? 'medium' : 'low',
    effect: 'lost-data',
    node: acquire,
    function: activation,
    place: lock,
    steps: [
      step('A', 'acquire', acquire, twoLocksSteps.acquire(activation, lock)),
      step('A', 'read', look, twoLocksSteps.look(place)),
      step('A', 'suspend', suspension, twoLocksSteps.suspend),
      step('B', 'acquire', rival.acquire, twoLocksSteps.rival(rival.name, rival.lock)),
      step('B', 'write', rival.write, twoLocksSteps.write(place)),
      step('A', 'act', act, twoLocksSteps.act(place)),
    ],
    suggestions: [],
  };
}

function splitSectionDraft(model: ProgramModel, graph: Graph, { list, lock, counted, use, suspension, rival }: MovedPosition): Draft {
  const name = activationText(displayName(model.compiler, rival.graph.owner));
  return {
    rule: 'no-ineffective-lock',
    message: splitSectionMessage({ list: list.text, lock: lock.lock.text, countedLine: lineOf(counted), suspensionLine: lineOf(suspension.node), rival: name }),
    confidence: 'medium',
    effect: 'lost-data',
    node: use,
    function: functionName(model, graph),
    place: list.text,
    steps: [
      step('A', 'read', counted, splitSectionSteps.count(list.text)),
      step('A', 'suspend', suspension.node, splitSectionSteps.suspend(lock.lock.text)),
      step('B', 'write', rival.event.node, splitSectionSteps.change(name, list.text)),
      step('A', 'use', use, splitSectionSteps.use(list.text)),
    ],
    suggestions: [],
  };
}

/**
 * After a suspension a task clears, restores or replaces shared content that another task may have renewed meanwhile.
 *
 * Reported where it is written; what one request was given, where it is read; a timer that outlives the end, where it is set.
 */
import type { Graph } from '../cfg/graph.js';
import type { ts } from '../compiler/compiler.js';
import { isAtLeast, type Step } from '../findings/finding.js';
import {
  displacedControllerMessage,
  displacedControllerSteps,
  type DisplacedControllerWords,
  droppedHandleMessage,
  droppedHandleSteps,
  type DroppedHandleWords,
  foreignContextMessage,
  foreignContextSteps,
  type ForeignContextWords,
  halfEndMessage,
  halfEndSteps,
  type HalfEndWords,
  lateHandleMessage,
  lateHandleSteps,
  type LateHandleWords,
  lateListenerMessage,
  lateListenerSteps,
  type LateListenerWords,
  lateSecondEndMessage,
  lateSecondEndSteps,
  type LateSecondEndWords,
  pendingTimerMessage,
  pendingTimerSteps,
  type PendingTimerWords,
  racedOpeningMessage,
  racedOpeningSteps,
  type RacedOpeningWords,
  secondOpeningMessage,
  secondOpeningSteps,
  type SecondOpeningWords,
  staleWriteMessage,
  staleWriteSteps,
  type StaleWriteWords,
} from '../findings/messages/stale-write.js';
import { activationText } from '../findings/messages/words.js';
import type { Place } from '../places/place.js';
import { heldLocks } from '../summaries/locks/held-locks.js';
import { type DisplacedController, displacedControllers } from '../summaries/races/displaced-controllers.js';
import { type DroppedHandle, droppedHandles } from '../summaries/races/dropped-handles.js';
import { type ForeignContext, foreignContextsOf } from '../summaries/races/foreign-contexts.js';
import { type HalfEnd, halfEndsOf } from '../summaries/races/half-ends.js';
import { type LateHandle, lateHandlesOf } from '../summaries/races/late-handles.js';
import { type LateListener, lateListenersOf, mayListenForEnd } from '../summaries/races/late-listeners.js';
import { type LateSecondEnd, lateSecondEnds } from '../summaries/races/late-second-ends.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { maySetTimer, type PendingTimer, pendingTimers } from '../summaries/races/pending-timers.js';
import { type RacedOpening, racedOpenings } from '../summaries/races/raced-openings.js';
import { type SecondOpening, secondOpeningsOf } from '../summaries/races/second-openings.js';
import { type StaleWrite, staleWritesOf } from '../summaries/races/stale-writes.js';
import { mayAskForState } from '../summaries/races/unfinished-openings.js';
import { type Check, type Draft, functionName, lineOf, step } from './check.js';

export const staleWrite: Check = {
  rule: 'no-stale-write',
  concerns: (model, activation) => mayListenForEnd(model, activation) || maySetTimer(model, activation) || mayAskForState(model, activation),
  run: (model, graph) => {
    const drafts: Draft[] = lateListenersOf(model, graph).map((late) => draftOfListener(model, graph, late));
    const handles = lateHandlesOf(model, graph);
    drafts.push(...handles.map((late) => draftOfHandle(model, graph, late)));
    drafts.push(...pendingTimers(model, graph).map((pending) => draftOfTimer(model, graph, pending)));
    if (maySetTimer(model, graph.owner)) drafts.push(...lateSecondEnds(model, graph).map((late) => draftOfSecondEnd(model, graph, late)));
    drafts.push(...racedOpenings(model, graph).map((raced) => draftOfRaced(model, graph, raced)));
    drafts.push(...droppedHandles(model, graph).map((dropped) => draftOfDropped(model, graph, dropped)));
    drafts.push(...secondOpeningsOf(model, graph).map((second) => draftOfOpening(model, graph, second)));
    drafts.push(...displacedControllers(model, graph, heldLocks(model, graph)).map((displaced) => draftOfController(model, graph, displaced)));
    drafts.push(...halfEndsOf(model, graph).map((half) => draftOfHalf(model, graph, half)));
    // a `finally` has one copy for each way in, and one write can be wrong in two ways: the surest is told
    const byNode = new Map<ts.Node, StaleWrite>();
    for (const found of staleWritesOf(model, graph, heldLocks(model, graph))) {
      const known = byNode.get(found.event.node);
      if (known === undefined || !isAtLeast(known.confidence, found.confidence)) byNode.set(found.event.node, found);
    }
    const told = new Set(handles.map(({ node }) => node));
    const others = [...byNode.values()].filter((found) => found.kind !== 'late' || !told.has(found.node));
    drafts.push(...withoutParts(others).map((found) => draftOf(model, graph, found)));
    drafts.push(...foreignContextsOf(model, graph, heldLocks(model, graph)).map((found) => draftOfContext(model, graph, found)));
    return drafts;
  },
};

/** `this.data = answer; this.rows = answer.rows;`: the parts of one answer are overtaken together, and the surest of them, or the first, stands for all. */
function withoutParts(found: readonly StaleWrite[]): readonly StaleWrite[] {
  const isPartOf = (part: StaleWrite, other: StaleWrite, index: number): boolean =>
    part.asked !== undefined &&
    other.asked !== undefined &&
    part.asked.every((call) => other.asked?.includes(call)) &&
    isAtLeast(other.confidence, part.confidence) &&
    (found.indexOf(other) < index || !isAtLeast(part.confidence, other.confidence));
  return found.filter((part, index) => !found.some((other) => other !== part && isPartOf(part, other, index)));
}

/** What is told of one place, with the confidence that all kinds but plain stale writes have. */
function ofPlace(model: ProgramModel, graph: Graph, place: Place, told: Pick<Draft, 'message' | 'effect' | 'node' | 'steps'>): Draft {
  return { rule: 'no-stale-write', confidence: 'medium', function: functionName(model, graph), place: place.text, suggestions: [], ...told };
}

function draftOfListener(model: ProgramModel, graph: Graph, { clearing, place, opening, event, rival, look }: LateListener): Draft {
  const name = functionName(model, graph);
  const words: LateListenerWords = {
    place: place.text,
    event,
    openingLine: lineOf(opening),
    opener: activationText(name),
    rival: rival === undefined ? undefined : activationText(rival.name),
    rivalIsSelf: rival?.activation === graph.owner,
    lookLine: look === undefined ? undefined : lineOf(look.node),
  };
  const texts = lateListenerSteps(words);
  return ofPlace(model, graph, place, {
    message: lateListenerMessage(words),
    effect: 'broken-resource',
    node: clearing.node,
    steps: [
      step('A', 'write', opening, texts.open),
      step('B', 'release', rival?.node ?? opening, texts.end),
      step('B', 'write', opening, texts.reopen),
      step('A', 'act', clearing.node, texts.clear),
    ],
  });
}

function draftOfOpening(model: ProgramModel, graph: Graph, { event, place, endEvent, again, rival }: SecondOpening): Draft {
  const words: SecondOpeningWords = { place: place.text, event: endEvent, againLine: lineOf(again), rival: activationText(rival.name), endLine: lineOf(rival.end) };
  const texts = secondOpeningSteps(words);
  return ofPlace(model, graph, place, {
    message: secondOpeningMessage(words),
    effect: 'broken-resource',
    node: event.node,
    steps: [
      step('A', 'release', rival.end, texts.end),
      step('A', 'write', rival.opens, texts.opens),
      step('B', 'act', again, texts.again),
      step('B', 'write', event.node, texts.open),
    ],
  });
}

function draftOfTimer(model: ProgramModel, graph: Graph, { timer, flag, place, opening, rival }: PendingTimer): Draft {
  const words: PendingTimerWords = { flag: flag.text, place: place.text, openingLine: lineOf(opening.node), end: activationText(rival.name) };
  const texts = pendingTimerSteps(words);
  return ofPlace(model, graph, place, {
    message: pendingTimerMessage(words),
    effect: 'broken-resource',
    node: timer.node,
    steps: [
      step('A', 'suspend', timer.node, texts.set),
      step('B', 'release', rival.node, texts.end),
      step('A', 'act', opening.node, texts.fire),
    ],
  });
}

function draftOfHalf(model: ProgramModel, graph: Graph, { call, place, look, opening }: HalfEnd): Draft {
  const words: HalfEndWords = { place: place.text, lookLine: lineOf(look), opener: activationText(opening.name), openingLine: lineOf(opening.node) };
  const texts = halfEndSteps(words);
  return ofPlace(model, graph, place, {
    message: halfEndMessage(words),
    effect: 'broken-resource',
    node: call.node,
    steps: [
      step('A', 'write', opening.node, texts.open),
      step('B', 'read', look, texts.look),
    ],
  });
}

function draftOfController(model: ProgramModel, graph: Graph, { event, place, suspension, stop, rival }: DisplacedController): Draft {
  const words: DisplacedControllerWords = { place: place.text, suspensionLine: lineOf(suspension.node), rival: activationText(rival.name), stop: activationText(stop.name), stopLine: lineOf(stop.node) };
  const texts = displacedControllerSteps(words);
  return ofPlace(model, graph, place, {
    message: displacedControllerMessage(words),
    effect: 'broken-resource',
    node: event.node,
    steps: [
      step('A', 'write', event.node, texts.store),
      step('A', 'suspend', suspension.node, texts.suspend),
      step('B', 'write', rival.node, texts.rivalWrite),
      step('B', 'release', stop.node, texts.stop),
    ],
  });
}

function draftOfSecondEnd(model: ProgramModel, graph: Graph, { place, first, timer, second, rival }: LateSecondEnd): Draft {
  const name = functionName(model, graph);
  const words: LateSecondEndWords = { place: place.text, setter: activationText(name), timerLine: lineOf(timer.node), firstLine: lineOf(first), rival: activationText(rival.name) };
  const texts = lateSecondEndSteps(words);
  return ofPlace(model, graph, place, {
    message: lateSecondEndMessage(words),
    effect: 'broken-resource',
    node: second.node,
    steps: [
      step('A', 'release', first, texts.first),
      step('A', 'suspend', timer.node, texts.timer),
      step('B', 'write', rival.node, texts.open),
      step('A', 'act', second.node, texts.second),
    ],
  });
}

function draftOfRaced(model: ProgramModel, graph: Graph, { opening, race, name, end }: RacedOpening): Draft {
  const words: RacedOpeningWords = { opening: opening.expression.getText(), name, endLine: lineOf(end) };
  const texts = racedOpeningSteps(words);
  return {
    rule: 'no-stale-write',
    message: racedOpeningMessage(words),
    confidence: 'medium',
    effect: 'broken-resource',
    node: opening,
    function: functionName(model, graph),
    place: name,
    steps: [step('A', 'suspend', race, texts.suspend), step('B', 'release', race, texts.limit), step('A', 'act', opening, texts.open)],
    suggestions: [],
  };
}

function draftOfDropped(model: ProgramModel, graph: Graph, { test, name, place, suspension, end }: DroppedHandle): Draft {
  const words: DroppedHandleWords = { name, place: place.text, suspensionLine: lineOf(suspension.node), endLine: lineOf(end) };
  const texts = droppedHandleSteps(words);
  return ofPlace(model, graph, place, {
    message: droppedHandleMessage(words),
    effect: 'broken-resource',
    node: test.node,
    steps: [
      step('A', 'suspend', suspension.node, texts.suspend),
      step('B', 'release', end, texts.end),
      step('A', 'act', test.node, texts.drop),
    ],
  });
}

function draftOfHandle(model: ProgramModel, graph: Graph, { node, name, isList, suspension, end }: LateHandle): Draft {
  const words: LateHandleWords = { name, isList, suspensionLine: lineOf(suspension.node), endLine: lineOf(end) };
  const texts = lateHandleSteps(words);
  return {
    rule: 'no-stale-write',
    message: lateHandleMessage(words),
    confidence: 'medium',
    effect: 'broken-resource',
    node,
    function: functionName(model, graph),
    place: name,
    steps: [step('A', 'suspend', suspension.node, texts.suspend), step('B', 'release', end, texts.end), step('A', 'write', node, texts.store)],
    suggestions: [],
  };
}

function draftOfContext(model: ProgramModel, graph: Graph, { event, place, own, suspension, rival }: ForeignContext): Draft {
  const words: ForeignContextWords = {
    place: place.text,
    ownLine: lineOf(own.node),
    suspensionLine: lineOf(suspension.node),
    rival: activationText(rival.name),
  };
  const texts = foreignContextSteps(words);
  return ofPlace(model, graph, place, {
    message: foreignContextMessage(words),
    effect: 'lost-data',
    node: event.node,
    steps: [
      step('A', 'write', own.node, texts.own),
      step('A', 'suspend', suspension.node, texts.suspend),
      step('B', 'write', rival.node, texts.rivalWrite),
      step('A', 'use', event.node, texts.read),
    ],
  });
}

function draftOf(model: ProgramModel, graph: Graph, found: StaleWrite): Draft {
  const { event, place, look, suspension, rival, kind } = found;
  const words: StaleWriteWords = {
    kind,
    place: place.text,
    lookLine: look === undefined ? undefined : lineOf(look.node),
    suspensionLine: lineOf(suspension.node),
    isAwait: model.compiler.isAwaitExpression(suspension.node),
    rival: activationText(rival.name),
    rivalIsSelf: rival.isSelf,
  };
  const texts = staleWriteSteps(words);
  const first: readonly Step[] = look === undefined ? [] : [step('A', 'read', look.node, texts.look)];
  return {
    rule: 'no-stale-write',
    message: staleWriteMessage(words),
    confidence: found.confidence,
    effect: kind === 'late' || kind === 'listening' || kind === 'joined' || kind === 'displaced' ? 'broken-resource' : 'lost-data',
    node: event.node,
    function: functionName(model, graph),
    place: place.text,
    steps: [
      ...first,
      step('A', 'suspend', suspension.node, texts.suspend),
      step('B', 'write', rival.node, texts.rivalWrite),
      step('A', 'write', found.node, texts.write),
    ],
    suggestions: [],
  };
}

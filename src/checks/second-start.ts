/**
 * A second one begins beside the first, since the look that should keep it out does not see what has begun: a part of
 * `no-check-then-act`.
 *
 * Reported where the mark goes up too late, where the second one is opened, or where the old loop goes on.
 */
import type { Graph } from '../cfg/graph.js';
import type { ts } from '../compiler/compiler.js';
import type { Effect, Step } from '../findings/finding.js';
import {
  raisedByListenerMessage,
  raisedByListenerSteps,
  type RaisedByListenerWords,
  refusedRequestMessage,
  refusedRequestSteps,
  type RefusedRequestWords,
  revivedLoopMessage,
  revivedLoopSteps,
  type RevivedLoopWords,
  unfinishedOpeningMessage,
  unfinishedOpeningSteps,
} from '../findings/messages/second-start.js';
import { activationText } from '../findings/messages/words.js';
import { heldLocks } from '../summaries/locks/held-locks.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { mayListenForBegin, type RaisedByListener, raisedByListeners } from '../summaries/races/raised-by-listeners.js';
import { type RefusedRequest, refusedRequests } from '../summaries/races/refused-requests.js';
import { revivedChains } from '../summaries/races/revived-chains.js';
import { type RevivedLoop, revivedLoops } from '../summaries/races/revived-loops.js';
import { mayAskForState, type UnfinishedOpening, unfinishedOpeningsOf } from '../summaries/races/unfinished-openings.js';
import type { Place } from '../places/place.js';
import { type Check, type Draft, functionName, lineOf, step } from './check.js';

export const secondStart: Check = {
  rule: 'no-check-then-act',
  concerns: (model, activation) => mayListenForBegin(model, activation) || mayAskForState(model, activation),
  run: (model, graph) => {
    const found = [
      ...unfinishedOpeningsOf(model, graph).map((opening) => ofUnfinishedOpening(model, graph, opening)),
      ...raisedByListeners(model, graph).map((raised) => ofRaise(model, graph, raised)),
      ...refusedRequests(model, graph, heldLocks(model, graph)).map((refused) => ofRefusal(model, graph, refused)),
      ...revivedLoops(model, graph).map((loop) => ofLoop(loop)),
      ...revivedChains(model, graph).map((loop) => ofLoop(loop)),
    ];
    const name = functionName(model, graph);
    return found.map(({ place, ...rest }) => ({ rule: 'no-check-then-act', confidence: 'medium', function: name, place: place.text, suggestions: [], ...rest }));
  },
};

interface Start extends Pick<Draft, 'message'> {
  readonly effect: Effect;
  readonly node: ts.Node;
  readonly place: Place;
  readonly steps: readonly Step[];
}

function ofUnfinishedOpening(model: ProgramModel, graph: Graph, { event, place, look }: UnfinishedOpening): Start {
  const words = { place: place.text, activation: activationText(functionName(model, graph)) };
  const texts = unfinishedOpeningSteps(words);
  return {
    message: unfinishedOpeningMessage({ ...words, lookLine: lineOf(look) }),
    effect: 'broken-resource',
    node: event.node,
    place,
    steps: [
      step('A', 'check', look, texts.look),
      step('A', 'act', event.node, texts.open),
      step('B', 'check', look, texts.rivalLook),
      step('B', 'act', event.node, texts.rivalOpen),
    ],
  };
}

function ofRaise(model: ProgramModel, graph: Graph, { test, place, opening, raise, event }: RaisedByListener): Start {
  const words: RaisedByListenerWords = {
    place: place.text,
    checkLine: lineOf(test.node),
    event,
    openingLine: lineOf(opening.node),
    activation: activationText(functionName(model, graph)),
  };
  const texts = raisedByListenerSteps(words);
  return {
    message: raisedByListenerMessage(words),
    effect: 'broken-resource',
    node: raise,
    place,
    steps: [
      step('A', 'check', test.node, texts.check),
      step('A', 'suspend', opening.node, texts.open),
      step('B', 'check', test.node, texts.rivalCheck),
      step('B', 'act', opening.node, texts.rivalOpen),
      step('A', 'act', raise, texts.raise),
    ],
  };
}

function ofRefusal(model: ProgramModel, graph: Graph, { test, event, place, suspension }: RefusedRequest): Start {
  const words: RefusedRequestWords = {
    place: place.text,
    checkLine: lineOf(test.node),
    suspensionLine: lineOf(suspension.node),
    callee: event.kind === 'call' ? (event.name ?? 'the callee') : undefined,
    activation: activationText(functionName(model, graph)),
  };
  const texts = refusedRequestSteps(words);
  return {
    message: refusedRequestMessage(words),
    effect: 'duplicate-work',
    node: event.node,
    place,
    steps: [
      step('A', 'check', test.node, texts.refused),
      step('A', 'suspend', suspension.node, texts.renew),
      step('B', 'check', test.node, texts.rivalRefused),
      step('B', 'suspend', suspension.node, texts.rivalRenew),
      step('A', 'act', event.node, texts.store),
    ],
  };
}

function ofLoop({ test, place, suspension, stop, start, next }: RevivedLoop): Start {
  const words: RevivedLoopWords = {
    place: place.text,
    suspensionLine: lineOf(suspension.node),
    stop: activationText(stop.name),
    start: activationText(start.name),
    lookLine: start.look === undefined ? undefined : lineOf(start.look.node),
    isByTimer: next !== undefined,
  };
  const texts = revivedLoopSteps(words);
  return {
    message: revivedLoopMessage(words),
    effect: 'duplicate-work',
    node: next ?? test.node,
    place,
    steps: [
      step('A', 'write', start.raise.node, texts.begin),
      step('A', 'suspend', suspension.node, texts.wait),
      step('B', 'write', stop.write.node, texts.stop),
      step('B', 'write', start.raise.node, texts.check),
      step('B', 'act', test.node, texts.again),
      step('A', 'act', test.node, texts.goOn),
    ],
  };
}

/** A look that sees only what is open already, and not what is connecting: a part of `no-check-then-act`. */
import type { Graph } from '../cfg/graph.js';
import { unfinishedOpeningMessage, unfinishedOpeningSteps } from '../findings/messages/check-then-act.js';
import { activationText } from '../findings/messages/words.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { mayAskForState, type UnfinishedOpening, unfinishedOpeningsOf } from '../summaries/races/unfinished-openings.js';
import { type Check, type Draft, functionName, lineOf, step } from './check.js';

export const unfinishedOpening: Check = {
  rule: 'no-check-then-act',
  concerns: mayAskForState,
  run: (model, graph) => unfinishedOpeningsOf(model, graph).map((opening) => draft(model, graph, opening)),
};

function draft(model: ProgramModel, graph: Graph, { event, place, look }: UnfinishedOpening): Draft {
  const words = { place: place.text, activation: activationText(functionName(model, graph)) };
  const texts = unfinishedOpeningSteps(words);
  return {
    rule: 'no-check-then-act',
    message: unfinishedOpeningMessage({ ...words, lookLine: lineOf(look) }),
    confidence: 'medium',
    effect: 'broken-resource',
    node: event.node,
    function: functionName(model, graph),
    place: place.text,
    steps: [
      step('A', 'check', look, texts.look),
      step('A', 'act', event.node, texts.open),
      step('B', 'check', look, texts.rivalLook),
      step('B', 'act', event.node, texts.rivalOpen),
    ],
    suggestions: [],
  };
}

/** A promise that is waited for, and then replaced by everybody who waited: a part of `no-ineffective-lock`. */
import type { Graph } from '../cfg/graph.js';
import { replacedTurnMessage, replacedTurnSteps } from '../findings/messages/ineffective-lock.js';
import { type ReplacedTurn, replacedTurns } from '../summaries/protocols/replaced-turns.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { type Check, type Draft, functionName, lineOf, step } from './check.js';

export const replacedTurn: Check = {
  rule: 'no-ineffective-lock',
  run: (model, graph) => [...replacedTurns(model, graph)].map((turn) => draft(model, graph, turn)),
};

function draft(model: ProgramModel, graph: Graph, { wait, write }: ReplacedTurn): Draft {
  const { text } = write.place;
  const texts = replacedTurnSteps(text);
  return {
    rule: 'no-ineffective-lock',
    message: replacedTurnMessage(text, lineOf(wait.node)),
    confidence: 'medium',
    effect: 'broken-resource',
    node: write.node,
    function: functionName(model, graph),
    place: text,
    steps: [
      step('A', 'suspend', wait.node, texts.wait),
      step('B', 'suspend', wait.node, texts.rivalWait),
      step('A', 'acquire', write.node, texts.take),
      step('B', 'acquire', write.node, texts.rivalTake),
    ],
    suggestions: [],
  };
}

/** A tail of promises that one failure ends: a part of `no-poisoned-promise-cache`. */
import type { Graph } from '../cfg/graph.js';
import { brokenChainMessage, brokenChainSteps } from '../findings/messages/poisoned-promise-cache.js';
import { type BrokenChain, brokenChains } from '../summaries/protocols/broken-chains.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { type Check, type Draft, functionName, lineOf, shortText, step } from './check.js';

export const brokenChain: Check = {
  rule: 'no-poisoned-promise-cache',
  concerns: (model, activation) => model.file(activation).storing.has(activation),
  run: (model, graph) => [...brokenChains(model, graph)].map((chain) => draft(model, graph, chain)),
};

function draft(model: ProgramModel, graph: Graph, { write, link }: BrokenChain): Draft {
  const { text } = write.place;
  return {
    rule: 'no-poisoned-promise-cache',
    message: brokenChainMessage(text, lineOf(link)),
    confidence: 'medium',
    effect: 'broken-resource',
    node: write.node,
    function: functionName(model, graph),
    place: text,
    steps: [
      step('A', 'write', write.node, brokenChainSteps.store(text)),
      step('A', 'suspend', link, brokenChainSteps.reject),
      step('B', 'use', link, brokenChainSteps.rival(shortText(link))),
    ],
    suggestions: [],
  };
}

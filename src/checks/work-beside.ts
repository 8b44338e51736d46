/** What is done beside the transaction that it stands in, or that it is meant for: a part of `no-ineffective-lock`. */
import type { Graph } from '../cfg/graph.js';
import { scatteredMessage, scatteredSteps, workBesideMessage, workBesideSteps } from '../findings/messages/ineffective-lock.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { type ScatteredTransaction, scatteredTransactions } from '../summaries/locks/scattered-transactions.js';
import { type WorkBeside, workBeside } from '../summaries/locks/work-beside.js';
import { type Check, type Draft, functionName, lineOf, shortText, step } from './check.js';

export const besideSection: Check = {
  rule: 'no-ineffective-lock',
  run: (model, graph) => [
    ...workBeside(model, graph).map((work) => draft(model, graph, work)),
    ...[...scatteredTransactions(model, graph)].map((transaction) => scattered(model, graph, transaction)),
  ],
};

function draft(model: ProgramModel, graph: Graph, { section, root, parameter, node }: WorkBeside): Draft {
  const work = shortText(node);
  return {
    rule: 'no-ineffective-lock',
    message: workBesideMessage({ root, parameter, work, sectionLine: lineOf(section) }),
    confidence: 'medium',
    effect: 'lost-data',
    node,
    function: functionName(model, graph),
    place: root,
    steps: [
      step('A', 'acquire', section, workBesideSteps.begin(parameter)),
      step('A', 'act', node, workBesideSteps.work(parameter)),
      step('B', 'read', node, workBesideSteps.rival),
    ],
    suggestions: [],
  };
}

function scattered(model: ProgramModel, graph: Graph, { node, pool, subject }: ScatteredTransaction): Draft {
  const text = shortText(pool);
  const words = scatteredSteps[subject];
  return {
    rule: 'no-ineffective-lock',
    message: scatteredMessage(text, subject),
    confidence: 'high',
    effect: 'lost-data',
    node,
    function: functionName(model, graph),
    place: text,
    steps: [
      step('A', 'acquire', node, words.begin),
      step('B', 'use', node, words.rival),
      step('A', 'act', node, words.work),
    ],
    suggestions: [],
  };
}

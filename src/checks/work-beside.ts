/** What is done beside the transaction that it stands in: a part of `no-ineffective-lock`. */
import type { Graph } from '../cfg/graph.js';
import { workBesideMessage, workBesideSteps } from '../findings/messages/ineffective-lock.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { type WorkBeside, workBeside } from '../summaries/locks/work-beside.js';
import { type Check, type Draft, functionName, lineOf, shortText, step } from './check.js';

export const besideSection: Check = {
  rule: 'no-ineffective-lock',
  run: (model, graph) => workBeside(model, graph).map((work) => draft(model, graph, work)),
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

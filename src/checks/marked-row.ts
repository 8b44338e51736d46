/**
 * A row that is good for one use is looked at in one query and marked in another, and two tasks use it; or what a row has is compared,
 * and taken away by another query: a part of `no-check-then-act`.
 *
 * Reported where it is marked or changed.
 */
import type { Graph } from '../cfg/graph.js';
import type { ts } from '../compiler/compiler.js';
import { markedRowMessage, markedRowSteps, spentRowMessage, spentRowSteps } from '../findings/messages/marked-row.js';
import { activationText } from '../findings/messages/words.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { type MarkedRow, markedRows } from '../summaries/races/marked-rows.js';
import { type SpentRow, spentRows } from '../summaries/races/spent-rows.js';
import { type Check, type Draft, functionName, lineOf, step } from './check.js';

export const markedRow: Check = {
  rule: 'no-check-then-act',
  run: (model, graph) => [
    ...markedRows(model, graph).map((found) => draftOfMark(model, graph, found)),
    ...spentRows(model, graph).map((found) => draftOfChange(model, graph, found)),
  ],
};

function draftOfMark(model: ProgramModel, graph: Graph, { text, test, load, mark, work }: MarkedRow): Draft {
  const words = { text, work: work.name ?? 'the work', activation: activationText(functionName(model, graph)) };
  const texts = markedRowSteps(words);
  return {
    ...draftAt(model, graph, mark.node, text),
    message: markedRowMessage({ ...words, checkLine: lineOf(test.node), loadLine: lineOf(load.node), workLine: lineOf(work.node) }),
    effect: 'duplicate-work',
    steps: [
      step('A', 'check', test.node, texts.check),
      step('B', 'check', test.node, texts.rivalCheck),
      step('A', 'act', mark.node, texts.mark),
      step('B', 'act', mark.node, texts.rivalMark),
      step('B', 'act', work.node, texts.work),
    ],
  };
}

function draftOfChange(model: ProgramModel, graph: Graph, { text, test, load, change }: SpentRow): Draft {
  const words = { text, activation: activationText(functionName(model, graph)) };
  const texts = spentRowSteps(words);
  return {
    ...draftAt(model, graph, change.node, text),
    message: spentRowMessage({ ...words, checkLine: lineOf(test.node), loadLine: lineOf(load.node) }),
    effect: 'lost-data',
    steps: [
      step('A', 'check', test.node, texts.check),
      step('B', 'check', test.node, texts.rivalCheck),
      step('A', 'act', change.node, texts.change),
      step('B', 'act', change.node, texts.rivalChange),
    ],
  };
}

/** What both have in common. */
function draftAt(model: ProgramModel, graph: Graph, node: ts.Node, place: string): Omit<Draft, 'message' | 'effect' | 'steps'> {
  return { rule: 'no-check-then-act', confidence: 'medium', node, function: functionName(model, graph), place, suggestions: [] };
}

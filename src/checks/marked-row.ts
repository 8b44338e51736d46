/**
 * A row that is good for one use is looked at in one query and marked in another, and two tasks use it: a part of
 * `no-check-then-act`.
 *
 * Reported where it is marked.
 */
import { markedRowMessage, markedRowSteps } from '../findings/messages/marked-row.js';
import { activationText } from '../findings/messages/words.js';
import { markedRows } from '../summaries/races/marked-rows.js';
import { type Check, functionName, lineOf, step } from './check.js';

export const markedRow: Check = {
  rule: 'no-check-then-act',
  run: (model, graph) =>
    markedRows(model, graph).map(({ text, test, load, mark, work }) => {
      const name = functionName(model, graph);
      const words = { text, work: work.name ?? 'the work', activation: activationText(name) };
      const texts = markedRowSteps(words);
      return {
        rule: 'no-check-then-act',
        message: markedRowMessage({ ...words, checkLine: lineOf(test.node), loadLine: lineOf(load.node), workLine: lineOf(work.node) }),
        confidence: 'medium',
        effect: 'duplicate-work',
        node: mark.node,
        function: name,
        place: text,
        steps: [
          step('A', 'check', test.node, texts.check),
          step('B', 'check', test.node, texts.rivalCheck),
          step('A', 'act', mark.node, texts.mark),
          step('B', 'act', mark.node, texts.rivalMark),
          step('B', 'act', work.node, texts.work),
        ],
        suggestions: [],
      };
    }),
};

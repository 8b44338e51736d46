/**
 * An asynchronous callback on an interval: a tick that takes longer than the period meets the next one.
 *
 * Reported where the timer is set, or at the decorator that sets it. Whether ticks keep each other out is told by `intervals`; here it is decided how much harm
 * two of them do.
 */
import { intervalDecorators } from '../catalogue/callbacks.js';
import type { ts } from '../compiler/compiler.js';
import type { Confidence } from '../findings/finding.js';
import { overlapMessage, overlapSteps, type OverlapWords } from '../findings/messages/overlapping-interval.js';
import { activationText } from '../findings/messages/words.js';
import { type Interval, intervalsIn, type Overlap, overlapOf } from '../summaries/races/intervals.js';
import { displayName } from '../syntax/functions.js';
import { isWithin } from '../syntax/tree.js';
import { type Check, functionName, lineOf, step } from './check.js';

/** A tick hardly ever takes this long, in milliseconds. */
const longPeriod = 10 * 60 * 1000;

/** Names of work that may as well run twice: it asks, or says that somebody is there. */
const harmlessWork =
  /^(?:_|#)?(?:get|fetch|read|find|list|query|poll|check|ping|pong|heart|keep|send|emit|log|report|publish|notify|broadcast|is|has|sleep|delay|wait|then|all|allSettled|resolve|race)/i;

/** Words without which a file sets no timer. */
const timerWords = ['setInterval', ...intervalDecorators.keys()];

const withIntervals = new WeakMap<ts.SourceFile, boolean>();

/** Asked for each function: the text of a large file is read once. */
function mayHaveIntervals(file: ts.SourceFile): boolean {
  let answer = withIntervals.get(file);
  if (answer === undefined) withIntervals.set(file, (answer = timerWords.some((word) => file.text.includes(word))));
  return answer;
}

export const overlappingInterval: Check = {
  rule: 'no-overlapping-interval',
  concerns: (model, activation) =>
    mayHaveIntervals(activation.getSourceFile()) &&
    timerWords.some((word) => model.file(activation).mentions(word).some((name) => isWithin(name, activation))),
  run: (model, graph) =>
    intervalsIn(model, graph).flatMap((interval) => {
      const overlap = overlapOf(model, interval);
      if (overlap === undefined) return [];
      const name = functionName(model, graph);
      const { suspension, write, work } = overlap;
      const words: OverlapWords = {
        suspensionLine: lineOf(suspension.node),
        isAwait: model.compiler.isAwaitExpression(suspension.node),
        callee: overlap.graph.owner === interval.callback ? undefined : activationText(displayName(model.compiler, overlap.graph.owner)),
        write: write === undefined ? undefined : { place: write.place.text, line: lineOf(write.node) },
        work: work?.name,
      };
      const texts = overlapSteps(words);
      const act = write?.node ?? work?.node ?? suspension.node;
      return [
        {
          rule: 'no-overlapping-interval' as const,
          message: overlapMessage(words),
          confidence: confidenceOf(interval, overlap),
          effect: write === undefined ? ('duplicate-work' as const) : ('lost-data' as const),
          node: interval.call,
          function: name,
          place: write?.place.text ?? 'setInterval',
          steps: [
            step('A', 'suspend', suspension.node, texts.suspend),
            step('B', 'suspend', suspension.node, texts.rivalSuspend),
            step('A', 'act', act, texts.act),
            step('B', 'act', act, texts.rivalAct),
          ],
          suggestions: [],
        },
      ];
    }),
};

/** What a tick replaces as a whole with an older answer, the next one that is on time sets right; what it adds stays wrong. */
function confidenceOf({ period }: Interval, { write, work }: Overlap): Confidence {
  if (period !== undefined && period >= longPeriod) return 'low';
  if (write !== undefined) return ({ 'builds-on': 'high', replaces: 'medium', settles: 'low', far: 'low' } as const)[write.nature];
  return work?.name === undefined || harmlessWork.test(work.name) ? 'low' : 'medium';
}

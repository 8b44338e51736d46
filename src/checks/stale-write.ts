/**
 * After a suspension a task clears, restores or replaces shared content that another task may have renewed meanwhile.
 *
 * Reported where it is written.
 */
import type { Graph } from '../cfg/graph.js';
import type { ts } from '../compiler/compiler.js';
import type { Step } from '../findings/finding.js';
import { staleWriteMessage, staleWriteSteps, type StaleWriteWords } from '../findings/messages/stale-write.js';
import { activationText } from '../findings/messages/words.js';
import { heldLocks } from '../summaries/held-locks.js';
import type { ProgramModel } from '../summaries/program-model.js';
import { type StaleWrite, staleWritesOf } from '../summaries/stale-writes.js';
import { type Check, type Draft, functionName, lineOf, step } from './check.js';

export const staleWrite: Check = {
  rule: 'no-stale-write',
  run: (model, graph) => {
    const drafts: Draft[] = [];
    const reported = new Set<ts.Node>();
    for (const found of staleWritesOf(model, graph, heldLocks(model, graph))) {
      // a `finally` has one copy for each way in
      if (reported.has(found.event.node)) continue;
      reported.add(found.event.node);
      drafts.push(draftOf(model, graph, found));
    }
    return drafts;
  },
};

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
    effect: 'lost-data',
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

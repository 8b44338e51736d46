/** A callback that throws before it returns a promise: the part of `require-finally-release` about members that run callbacks. */
import type { Graph } from '../cfg/graph.js';
import { leakedByThrowMessage, leakedByThrowSteps, releaseTitles } from '../findings/messages/finally-release.js';
import { type LeakingCallback, leakingCallbacks } from '../summaries/locks/leaking-callbacks.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { isFunctionLiteral, skipOuter } from '../syntax/functions.js';
import { type Check, type Draft, functionName, lineOf, shortText, step } from './check.js';

export const leakingCallback: Check = {
  rule: 'require-finally-release',
  run: (model, graph) => [...leakingCallbacks(model, graph)].map((leak) => draft(model, graph, leak)),
};

function draft(model: ProgramModel, graph: Graph, leak: LeakingCallback): Draft {
  const { node, operation, lock, thrown } = leak;
  const { text } = lock;
  const isPermit = operation.mode === 'counting';
  const runner = shortText(skipOuter(model.compiler, node.expression));
  return {
    rule: 'require-finally-release',
    message: leakedByThrowMessage({ lock: text, runner, line: lineOf(thrown.failure.node), isPermit }),
    confidence: confidenceOf(model, leak),
    effect: 'hang',
    node,
    function: functionName(model, graph),
    place: text,
    steps: [
      step('A', 'acquire', node, leakedByThrowSteps.take(text, isPermit)),
      step('A', 'act', thrown.failure.node, leakedByThrowSteps.fail(shortText(thrown.failure.node), runner)),
      step('B', 'acquire', node, leakedByThrowSteps.rival(text, isPermit)),
    ],
    suggestions: suggestionsFor(model, leak),
  };
}

/** Who is handed a function that gives a promise seldom sees it throw. */
function confidenceOf({ questions, compiler }: ProgramModel, { thrown }: LeakingCallback): Draft['confidence'] {
  const { failure, likelihood } = thrown;
  if (likelihood === 'likely') return 'high';
  return compiler.isCallExpression(failure.node) && questions.isPromise(failure.node) ? 'low' : 'medium';
}

/** A callback that is written out and does not say what it returns may say that it is `async`. */
function suggestionsFor({ compiler }: ProgramModel, { callback }: LeakingCallback): Draft['suggestions'] {
  if (!isFunctionLiteral(compiler, callback) || callback.type !== undefined) return [];
  const start = callback.getStart();
  return [{ title: releaseTitles.async, edits: [{ start, end: start, text: 'async ' }] }];
}

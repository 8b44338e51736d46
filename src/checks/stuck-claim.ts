/** A flag, a state or a key that keeps others out, and stays when the work throws: the part of `require-finally-release` without a lock. */
import type { Graph } from '../cfg/graph.js';
import type { Confidence } from '../findings/finding.js';
import { releaseTitles, stuckClaimMessage } from '../findings/messages/finally-release.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { type StuckClaim, stuckClaims } from '../summaries/protocols/stuck-claims.js';
import { straightSection, wrapInFinally } from '../syntax/rewrites.js';
import { type Check, type Draft, functionName, lineOf, shortText, step } from './check.js';

export const stuckClaim: Check = {
  rule: 'require-finally-release',
  run: (model, graph) => stuckClaims(model, graph).map((stuck) => draft(model, graph, stuck)),
};

function draft(model: ProgramModel, graph: Graph, stuck: StuckClaim): Draft {
  const { claim, failure, test } = stuck;
  const place = claim.place.text;
  return {
    rule: 'require-finally-release',
    message: stuckClaimMessage({ place, how: claim.how === 'add' ? 'added' : 'set', line: lineOf(failure.node), testLine: lineOf(test) }),
    confidence: confidenceOf(stuck),
    effect: 'hang',
    node: claim.node,
    function: functionName(model, graph),
    place,
    steps: [
      step('A', 'act', claim.node, `A claims \`${place}\``),
      step('A', 'act', failure.node, `\`${shortText(failure.node)}\` throws: A leaves, and the claim stays`),
      step('B', 'check', test, `B finds \`${place}\` claimed by nobody who is still at work, now and for ever`),
    ],
    suggestions: suggestionsFor(model, stuck),
  };
}

/** That synchronous code throws is seldom; and who goes on to a state that lets nobody in may not mean to be called again. */
function confidenceOf({ claim, likelihood, isEndedElsewhere, isReopened }: StuckClaim): Confidence {
  if (isEndedElsewhere || likelihood !== 'likely') return 'low';
  if (claim.how === 'add' || claim.value?.node.getText() === 'true') return 'high';
  return isReopened ? 'medium' : 'low';
}

function suggestionsFor({ compiler }: ProgramModel, { claim, resets }: StuckClaim): Draft['suggestions'] {
  const [reset, ...others] = new Set(resets.map(({ node }) => node));
  if (reset === undefined || others.length > 0) return [];
  const section = straightSection(compiler, claim.node, reset);
  return section === undefined ? [] : [{ title: releaseTitles.reset, edits: wrapInFinally(compiler, section) }];
}

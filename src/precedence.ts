/**
 * Which check speaks where several find the same act. Each check is asked on its own, by a rule or by the command line, so
 * whether it is spoken for must not depend on which others are asked.
 */
import type { Graph } from './cfg/graph.js';
import type { CheckOptions } from './config.js';
import { withinSteps } from './dataflow/work.js';
import { isAtLeast, type RuleId } from './findings/finding.js';
import { createModelCache, type ProgramModel } from './summaries/model/program-model.js';
import type { Check, Draft } from './checks/check.js';
import { checks } from './checks/registry.js';

/** For a check, those whose words fit better where both find the same node. */
const betterWords: Partial<Record<RuleId, readonly RuleId[]>> = {
  // a test of what is then written back says less than that the old content is written back
  'no-check-then-act': ['no-lost-update'],
  // that work outlives its section, or its acquire is not waited for, says what leaves it and what is not given back
  'no-lock-escape': ['no-floating-lock'],
  'require-finally-release': ['no-floating-lock'],
  // that the lock is missing says less than what is lost for want of it
  'no-unguarded-access': ['no-lost-update', 'no-check-then-act', 'no-stale-write', 'no-early-publish', 'no-use-after-release'],
};

/** A check ends without a finding after this many steps over one activation, those of what it asks of others included: ten times what any activation of real code that we read takes. */
const maximumSteps = 10_000_000;

const defaults: CheckOptions = {};
const draftsByGraph = createModelCache<Graph, Map<Check, Map<string, readonly Draft[]>>>();

/** Whether another check reports the node of the draft in better words, and is at least as sure. */
export function isSpokenFor(model: ProgramModel, graph: Graph, draft: Draft): boolean {
  const better = betterWords[draft.rule];
  if (better === undefined) return false;
  return checks
    .filter((check) => better.includes(check.rule))
    .flatMap((check) => draftsOf(model, graph, check, defaults))
    .some((other) => other.node === draft.node && isAtLeast(other.confidence, draft.confidence));
}

/** What the check finds in the activation, asked once for each set of options; how sure it must be, others decide. */
export function draftsOf(model: ProgramModel, graph: Graph, check: Check, options: CheckOptions): readonly Draft[] {
  const cache = draftsByGraph(model);
  let byCheck = cache.get(graph);
  if (byCheck === undefined) cache.set(graph, (byCheck = new Map<Check, Map<string, readonly Draft[]>>()));
  let byOptions = byCheck.get(check);
  if (byOptions === undefined) byCheck.set(check, (byOptions = new Map<string, readonly Draft[]>()));
  const key = JSON.stringify(Object.entries(options).filter(([name, value]) => name !== 'minimumConfidence' && value !== false));
  let drafts = byOptions.get(key);
  if (drafts === undefined) {
    drafts = withinSteps(maximumSteps, () => check.run(model, graph, options));
    if (drafts === undefined) model.limits.add('steps of one check in one function');
    byOptions.set(key, (drafts ??= []));
  }
  return drafts;
}

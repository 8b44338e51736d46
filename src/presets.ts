import type { CheckOptions, CheckSelection } from './config.js';
import { type RuleId, ruleIds } from './findings/finding.js';

export type PresetName = 'recommended' | 'strict' | 'all';

const recommended: CheckSelection = {
  'no-check-then-act': {},
  'no-floating-lock': {},
  'no-lock-escape': {},
  'prefer-read-lock': {},
  'require-finally-release': {},
  'no-lost-update': {},
  'no-stale-write': {},
  'no-use-after-release': {},
  'no-lock-cycle': {},
  'no-early-publish': {},
  'no-poisoned-promise-cache': {},
  'no-overlapping-interval': {},
  'no-ineffective-lock': {},
  'no-unguarded-access': {},
};

/** The selection with more options for some of its checks. */
function extended(selection: CheckSelection, optionsOf: (id: RuleId) => CheckOptions | undefined): CheckSelection {
  const ids = ruleIds.filter((id) => id in selection);
  return Object.fromEntries(ids.map((id) => [id, { ...selection[id], ...optionsOf(id) }]));
}

const everySureness = extended(recommended, () => ({ minimumConfidence: 'low' }));
const external: CheckSelection = { 'no-check-then-act': { externalState: true } };
const strict = extended(everySureness, (id) => external[id]);
const advice: CheckSelection = { 'prefer-read-lock': { plainMutexes: true }, 'no-unguarded-access': { minimumSites: 3 } };
const all = extended(strict, (id) => advice[id]);

/**
 * The checks of each preset with their options; the plugin's configs and the command line both read this table.
 *
 * - `recommended`: what the authors would fix in their own code without argument.
 * - `strict`: also the findings of low confidence, and races on files and rows.
 * - `all`: also the advice that is a matter of taste.
 */
export const presets: Readonly<Record<PresetName, CheckSelection>> = { recommended, strict, all };

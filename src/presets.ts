import type { CheckSelection } from './config.js';

export type PresetName = 'recommended' | 'strict' | 'all';

/**
 * The checks of each preset with their options; the plugin's configs and the command line both read this table.
 *
 * - `recommended`: what the authors would fix in their own code without argument.
 * - `strict`: also the findings of low confidence, and races on files and rows.
 * - `all`: also the advice that is a matter of taste.
 */
export const presets: Readonly<Record<PresetName, CheckSelection>> = {
  recommended: {
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
  },
  strict: {
    'no-check-then-act': { minimumConfidence: 'low', externalState: true },
    'no-floating-lock': { minimumConfidence: 'low' },
    'no-lock-escape': { minimumConfidence: 'low' },
    'prefer-read-lock': { minimumConfidence: 'low' },
    'require-finally-release': { minimumConfidence: 'low' },
    'no-lost-update': { minimumConfidence: 'low' },
    'no-stale-write': { minimumConfidence: 'low' },
    'no-use-after-release': { minimumConfidence: 'low' },
    'no-lock-cycle': { minimumConfidence: 'low' },
    'no-early-publish': { minimumConfidence: 'low' },
    'no-poisoned-promise-cache': { minimumConfidence: 'low' },
    'no-overlapping-interval': { minimumConfidence: 'low' },
    'no-ineffective-lock': { minimumConfidence: 'low' },
    'no-unguarded-access': { minimumConfidence: 'low' },
  },
  all: {
    'no-check-then-act': { minimumConfidence: 'low', externalState: true },
    'no-floating-lock': { minimumConfidence: 'low' },
    'no-lock-escape': { minimumConfidence: 'low' },
    'prefer-read-lock': { minimumConfidence: 'low', plainMutexes: true },
    'require-finally-release': { minimumConfidence: 'low' },
    'no-lost-update': { minimumConfidence: 'low' },
    'no-stale-write': { minimumConfidence: 'low' },
    'no-use-after-release': { minimumConfidence: 'low' },
    'no-lock-cycle': { minimumConfidence: 'low' },
    'no-early-publish': { minimumConfidence: 'low' },
    'no-poisoned-promise-cache': { minimumConfidence: 'low' },
    'no-overlapping-interval': { minimumConfidence: 'low' },
    'no-ineffective-lock': { minimumConfidence: 'low' },
    'no-unguarded-access': { minimumConfidence: 'low', minimumSites: 3 },
  },
};

/** The ESLint plugin: `meta`, the rules, and the presets as flat config objects. */
import type { RuleModule } from '@typescript-eslint/utils/ts-eslint';
import { presets, ruleIds } from '../src/index.js';
import type { CheckOptions, PresetName, RuleId } from '../src/index.js';
import type { MessageId, RuleDocs } from './create-rule.js';
import { noCheckThenAct } from './no-check-then-act.js';
import { noFloatingLock } from './no-floating-lock.js';
import { noLockCycle } from './no-lock-cycle.js';
import { noIneffectiveLock } from './no-ineffective-lock.js';
import { noLockEscape } from './no-lock-escape.js';
import { noLostUpdate } from './no-lost-update.js';
import { noEarlyPublish } from './no-early-publish.js';
import { noUseAfterRelease } from './no-use-after-release.js';
import { noStaleWrite } from './no-stale-write.js';
import { noOverlappingInterval } from './no-overlapping-interval.js';
import { noPoisonedPromiseCache } from './no-poisoned-promise-cache.js';
import { packageName, packageVersion } from './package-info.js';
import { noUnguardedAccess } from './no-unguarded-access.js';
import { preferReadLock } from './prefer-read-lock.js';
import { requireFinallyRelease } from './require-finally-release.js';

/** What `settings['async-race']` may hold. */
export type { EngineSettings as AsyncRaceSettings } from '../src/index.js';

const namespace = 'async-race';

const meta = { name: packageName, version: packageVersion, namespace };

// A type alias, which unlike an interface fits the index signature that ESLint's types ask for.
type Listeners = { Program?(node: unknown): void };

/** A rule in words that fit the types of both ESLint majors and of typescript-eslint. */
export interface PluginRule {
  meta: RuleModule<MessageId, [CheckOptions], RuleDocs>['meta'];
  create(context: unknown): Listeners;
}

const rules: Record<RuleId, PluginRule> = {
  'no-check-then-act': noCheckThenAct,
  'no-floating-lock': noFloatingLock,
  'no-lock-escape': noLockEscape,
  'prefer-read-lock': preferReadLock,
  'require-finally-release': requireFinallyRelease,
  'no-lost-update': noLostUpdate,
  'no-stale-write': noStaleWrite,
  'no-use-after-release': noUseAfterRelease,
  'no-lock-cycle': noLockCycle,
  'no-early-publish': noEarlyPublish,
  'no-poisoned-promise-cache': noPoisonedPromiseCache,
  'no-overlapping-interval': noOverlappingInterval,
  'no-ineffective-lock': noIneffectiveLock,
  'no-unguarded-access': noUnguardedAccess,
};

type Severity = 'error' | 'warn';

/** A preset as ESLint reads it. It selects no files and no parser: the rules need types wherever it is applied. */
export interface PresetConfig {
  name: string;
  plugins: Record<string, { meta: typeof meta; rules: typeof rules }>;
  rules: Record<string, Severity | [Severity, CheckOptions]>;
}

// Filled below: ESLint wants the presets to refer to the very object that holds them.
const plugins: PresetConfig['plugins'] = {};

const plugin = {
  meta,
  rules,
  configs: {
    recommended: presetConfig('recommended'),
    strict: presetConfig('strict'),
    all: presetConfig('all'),
  },
};

plugins[namespace] = plugin;

export default plugin;

/** What breaks a program is an error; advice about its speed is a warning. */
function presetConfig(preset: PresetName): PresetConfig {
  const config: PresetConfig = { name: `${namespace}/${preset}`, plugins, rules: {} };
  for (const id of ruleIds) {
    const options = presets[preset][id];
    if (options === undefined) continue;
    const severity = rules[id].meta.type === 'problem' ? 'error' : 'warn';
    config.rules[`${namespace}/${id}`] = Object.keys(options).length === 0 ? severity : [severity, options];
  }
  return config;
}

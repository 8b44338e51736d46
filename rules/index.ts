/** The ESLint plugin: `meta`, the rules, and the presets as flat config objects. */
import type { FlatConfig } from '@typescript-eslint/utils/ts-eslint';
import { presets, ruleIds } from '../src/index.js';
import type { PresetName } from '../src/index.js';
import { noCheckThenAct } from './no-check-then-act.js';
import { noLockEscape } from './no-lock-escape.js';
import { packageName, packageVersion } from './package-info.js';
import { preferReadLock } from './prefer-read-lock.js';
import { requireFinallyRelease } from './require-finally-release.js';

/** A preset as ESLint reads it. It selects no files and no parser: the rules need types wherever it is applied. */
export interface PresetConfig {
  readonly name: string;
  readonly plugins: Record<string, FlatConfig.Plugin>;
  readonly rules: Record<string, FlatConfig.RuleEntry>;
}

const namespace = 'async-race';

const rules = {
  'no-check-then-act': noCheckThenAct,
  'no-lock-escape': noLockEscape,
  'prefer-read-lock': preferReadLock,
  'require-finally-release': requireFinallyRelease,
};

// Filled below: ESLint wants the presets to refer to the very object that holds them.
const plugins: Record<string, FlatConfig.Plugin> = {};

const plugin = {
  meta: { name: packageName, version: packageVersion, namespace },
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
  const entries = ruleIds.flatMap((id): [string, FlatConfig.RuleEntry][] => {
    const options = presets[preset][id];
    if (options === undefined) return [];
    const severity = rules[id].meta.type === 'problem' ? 'error' : 'warn';
    return [[`${namespace}/${id}`, Object.keys(options).length === 0 ? severity : [severity, options]]];
  });
  return { name: `${namespace}/${preset}`, plugins, rules: Object.fromEntries(entries) };
}

/** The import table holds in this repository, and each of its rules bites on a made-up violation. */
import { cruise } from 'dependency-cruiser';
import type { ICruiseOptions } from 'dependency-cruiser';
import { describe, expect, it } from 'vitest';
import config from '../../.dependency-cruiser.mjs';
import { root } from '../support/fixtures.js';
import { temporaryProject } from '../support/project.js';

const rules = config.forbidden;

/** `rule: from -> to` for each violation in the folder's `src` and `rules`. */
async function violations(folder: string): Promise<string[]> {
  const options: ICruiseOptions = { ...config.options, baseDir: folder, ruleSet: { forbidden: [...rules] }, validate: true };
  const { output } = await cruise(['src', 'rules'], options);
  if (typeof output === 'string') throw new Error(output);
  return output.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
}

/** For each rule a file, what it imports, and what the importing statement leads to. */
const breaches: Readonly<Record<string, readonly [file: string, source: string]>> = {
  'layer-compiler': ['src/compiler/compiler.ts', "import '../syntax/target.js';"],
  'layer-catalogue': ['src/catalogue/catalogue.ts', "import '../locks/target.js';"],
  'layer-dataflow': ['src/dataflow/solver.ts', "import '../syntax/target.js';"],
  'layer-findings': ['src/findings/finding.ts', "import '../places/target.js';"],
  'layer-syntax': ['src/syntax/walk.ts', "import '../types/target.js';"],
  'layer-types': ['src/types/awaitable.ts', "import '../places/target.js';"],
  'layer-places': ['src/places/place.ts', "import '../locks/target.js';"],
  'layer-locks': ['src/locks/matcher.ts', "import '../cfg/target.js';"],
  'layer-events': ['src/events/lower.ts', "import '../summaries/target.js';"],
  'layer-cfg': ['src/cfg/build.ts', "import '../types/target.js';"],
  'layer-summaries': ['src/summaries/summary.ts', "import '../checks/target.js';"],
  'layer-checks': ['src/checks/no-early-publish.ts', "import '../reporters/target.js';"],
  'layer-replay': ['src/replay/plan.ts', "import '../checks/target.js';"],
  'layer-reporters': ['src/reporters/pretty.ts', "import type { A } from '../cfg/target.js';\nexport type B = A;"],
  'layer-program': ['src/program/load.ts', "import '../checks/target.js';"],
  'layer-cli': ['src/cli/main.ts', "import '../summaries/target.js';"],
  'checks-apart': ['src/checks/no-early-publish.ts', "import './target.js';"],
  'rules-use-the-public-engine': ['rules/no-early-publish.ts', "import '../src/checks/target.js';"],
  'public-engine-is-not-the-command-line': ['src/index.ts', "import './cli/target.js';"],
  'compiler-is-injected': ['src/syntax/walk.ts', "import type ts from 'typescript';\nexport type Node = ts.Node;"],
  'compiler-types-only': ['src/compiler/compiler.ts', "import ts from 'typescript';\nexport const version = ts.version;"],
  'engine-without-the-machine': ['src/checks/no-early-publish.ts', "import { readFileSync } from 'node:fs';\nreadFileSync('x');"],
  'reporters-and-rules-without-files': ['src/reporters/pretty.ts', "import { writeFileSync } from 'node:fs';\nwriteFileSync('x', '');"],
  'eslint-in-rules-only': ['src/checks/no-early-publish.ts', "import type { Rule } from 'eslint';\nexport type A = Rule.RuleModule;"],
  'no-cycle': ['src/syntax/walk.ts', "import { a } from './target.js';\nexport const b = a;"],
  resolvable: ['src/syntax/walk.ts', "import './nowhere.js';"],
};

const layers = [
  'catalogue', 'cfg', 'checks', 'cli', 'compiler', 'dataflow', 'events', 'findings', 'locks', 'places', 'program', 'reporters',
  'summaries', 'syntax', 'types',
];

/** A project in which every layer has a harmless `target.ts`, and the given file. */
function projectWith(file: string, source: string): string {
  const targets = layers.map((layer): [string, string] => [`src/${layer}/target.ts`, 'export type A = 1;\nexport const a = 1;\n']);
  const typescript = { 'node_modules/typescript/package.json': '{"name":"typescript","main":"index.js"}', 'node_modules/typescript/index.js': '' };
  const eslint = { 'node_modules/eslint/package.json': '{"name":"eslint","main":"index.js"}', 'node_modules/eslint/index.js': '' };
  const cycle = { 'src/syntax/target.ts': "import { b } from './walk.js';\nexport const a: number = b;\n" };
  return temporaryProject({
    'rules/index.ts': 'export {};\n',
    ...Object.fromEntries(targets),
    ...typescript,
    ...eslint,
    ...(source.includes("from './target.js'") ? cycle : {}),
    [file]: source,
  });
}

describe('the import table', () => {
  it('holds in this repository', async () => {
    expect(await violations(root)).toEqual([]);
  });

  it('explains each of its rules to whom breaks it', () => {
    expect(rules.filter((rule) => (rule.comment ?? '').length < 20)).toEqual([]);
  });

  it('has a made-up violation for each of its rules', () => {
    expect(Object.keys(breaches).sort()).toEqual(rules.map((rule) => rule.name).sort());
  });

  it.each(Object.entries(breaches))('reports a violation of %s', async (rule, [file, source]) => {
    const found = await violations(projectWith(file, source));
    expect(found.filter((violation) => violation.startsWith(`${rule}: `))).toHaveLength(1);
  });
});

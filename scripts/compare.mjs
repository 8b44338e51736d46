// @ts-check
// Runs require-atomic-updates and this plugin over the documented bugs and their repairs, and prints the table of
// docs/comparison.md: in how many files of each kind each of them reports something.
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { parser } from 'typescript-eslint';
import asyncRace from '../dist/rules/index.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bugs = join(root, 'fixtures', 'bugs');

const kinds = [
  { name: 'buggy', meaning: 'a form of the bug', matches: (/** @type {string} */ file) => file.startsWith('buggy') },
  { name: 'fixed', meaning: 'a repair of it', matches: (/** @type {string} */ file) => file.startsWith('fixed') },
  { name: 'harmless', meaning: 'looks like it, is no race', matches: (/** @type {string} */ file) => file.startsWith('harmless') },
];

/** @type {[name: string, config: import('eslint').Linter.Config][]} */
const tools = [
  ['`require-atomic-updates`', { rules: { 'require-atomic-updates': 'error' } }],
  ['… with `allowProperties`', { rules: { 'require-atomic-updates': ['error', { allowProperties: true }] } }],
  ['async-race, `recommended`', asyncRace.configs.recommended],
];

const results = await Promise.all(tools.map(([, config]) => filesWithReports(config)));
const files = readdirSync(bugs, { recursive: true, encoding: 'utf8' }).map((name) => basename(name)).filter((name) => name.endsWith('.ts'));
console.log(`| files | | ${tools.map(([name]) => name).join(' | ')} |\n| --- | ---: |${' ---: |'.repeat(tools.length)}`);
for (const { name, meaning, matches } of kinds) {
  const counts = results.map((reported) => reported.filter(matches).length);
  console.log(`| \`${name}*.ts\`: ${meaning} | ${files.filter(matches).length} | ${counts.join(' | ')} |`);
}

/**
 * The names of the files in which the config reports something.
 * @param {import('eslint').Linter.Config} config
 */
async function filesWithReports(config) {
  const eslint = new ESLint({
    cwd: root,
    overrideConfigFile: true,
    ignorePatterns: ['!fixtures/**'],
    overrideConfig: [
      { files: ['**/*.ts'], languageOptions: { parser, parserOptions: { projectService: true, tsconfigRootDir: root } } },
      { files: ['**/*.ts'], ...config },
    ],
  });
  const reports = await eslint.lintFiles([bugs]);
  return reports.filter(({ messages }) => messages.some(({ ruleId }) => ruleId !== null)).map(({ filePath }) => basename(filePath));
}

/** The ways in which ESLint runs: with fixes, from its cache, and in several threads. They find the same. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { root } from '../support/fixtures.js';
import { temporaryProject } from '../support/project.js';
import { samples } from '../support/samples.js';

const { bad, good } = samples['no-check-then-act'];
const escape = samples['no-lock-escape'].bad;

interface Result {
  readonly filePath: string;
  readonly messages: readonly { readonly ruleId: string; readonly line: number; readonly message: string }[];
}

/** A project with a fixable defect in each file, so that a fix changes the text that the rules see again. */
function project(): string {
  const config = `
    import { createRequire } from 'node:module';
    const require = createRequire(${JSON.stringify(join(root, 'package.json'))});
    const plugin = (await import(${JSON.stringify(`file://${join(root, 'dist/rules/index.js')}`)})).default;
    const parser = require('@typescript-eslint/parser');
    export default [
      { files: ['**/*.ts'], languageOptions: { parser, parserOptions: { projectService: true, tsconfigRootDir: process.cwd() } } },
      { files: ['**/*.ts'], ...plugin.configs.all, rules: { ...plugin.configs.all.rules, 'prefer-const': 'error' } },
    ];
  `;
  const fixable = (text: string): string => `${text}\nlet constant = 1;\nexport { constant };\n`;
  return temporaryProject({
    'eslint.config.mjs': config,
    'a.ts': fixable(bad),
    'b.ts': fixable(good),
    'c.ts': fixable(bad.replaceAll('#token', '#other')),
    'd.ts': fixable(escape.replace(/^import .*$/gm, '')),
    'e.ts': fixable(bad.replaceAll('#token', '#third')),
  });
}

function run(folder: string, major: 'eslint' | 'eslint-9', ...options: readonly string[]): readonly string[] {
  const bin = join(root, 'node_modules', major, 'bin/eslint.js');
  const { stdout, stderr } = spawnSync(process.execPath, [bin, '.', '--format', 'json', ...options], { cwd: folder, encoding: 'utf8' });
  if (!stdout.startsWith('[')) throw new Error(stderr);
  const results = JSON.parse(stdout) as Result[];
  const own = results.flatMap(({ filePath, messages }) =>
    messages.filter(({ ruleId }) => ruleId.startsWith('async-race/')).map(({ ruleId, line, message }) => `${filePath}:${line} ${ruleId} ${message}`),
  );
  return own;
}

describe.each(['eslint', 'eslint-9'] as const)('%s', (major) => {
  it('finds the same with --fix, which changes the text under the rules', () => {
    const folder = project();
    const findings = run(folder, major);
    expect(findings.length).toBeGreaterThanOrEqual(3);
    expect(run(folder, major, '--fix')).toEqual(findings);
    expect(readFileSync(join(folder, 'a.ts'), 'utf8')).toContain('const constant = 1;');
    expect(run(folder, major)).toEqual(findings);
  });

  it('finds the same from the cache', () => {
    const folder = project();
    const findings = run(folder, major, '--cache');
    expect(existsSync(join(folder, '.eslintcache'))).toBe(true);
    expect(run(folder, major, '--cache')).toEqual(findings);
  });

  it('finds the same in several threads', () => {
    const folder = project();
    const findings = run(folder, major);
    expect(run(folder, major, '--concurrency', '2')).toEqual(findings);
  });
});

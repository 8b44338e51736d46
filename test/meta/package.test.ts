/** What is published: a fresh project with the packed tarball, the README's config and nothing else finds a race. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ruleIds } from '../../src/index.js';
import { root } from '../support/fixtures.js';
import { codeBlocks } from '../support/markdown.js';
import { temporaryProject } from '../support/project.js';
import { samples } from '../support/samples.js';

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** Packs what is built, without the scripts that would build anew under other tests' feet. */
function pack(destination: string): Packed {
  const output = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', destination], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [packed] = JSON.parse(output) as Packed[];
  if (packed === undefined) throw new Error('npm packed nothing');
  return packed;
}

/** A project that has the packed plugin installed, and from here what the README tells to install beside it. */
function projectWithTarball(files: Readonly<Record<string, string>>): string {
  const folder = temporaryProject(files);
  const { filename } = pack(folder);
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'eslint-plugin-async-race'), { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', join(modules, 'eslint-plugin-async-race'), '--strip-components=1']);
  for (const name of ['eslint', 'typescript', 'typescript-eslint', '@typescript-eslint', 'tinyglobby', 'picomatch']) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
  }
  return folder;
}

/** Runs Node in the folder; the exit code and what was printed. */
function node(folder: string, ...args: readonly string[]): { status: number; output: string } {
  try {
    return { status: 0, output: execFileSync(process.execPath, [...args], { cwd: folder, encoding: 'utf8', stdio: 'pipe' }) };
  } catch (error) {
    const failure = error as { status: number; stdout: string; stderr: string };
    return { status: failure.status, output: failure.stdout + failure.stderr };
  }
}

const readmeConfig = codeBlocks(readFileSync(join(root, 'README.md'), 'utf8')).find((block) => block.code.includes('defineConfig'));
const { bad, line } = samples['no-check-then-act'];

describe('the tarball', () => {
  it('holds the build, the action, the pages of the rules and the papers', () => {
    const paths = pack(temporaryProject({})).files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['action.yml', 'package.json', 'README.md', 'LICENSE', 'dist/rules/index.js', 'dist/src/cli/bin.js']));
    expect(paths.filter((path) => !/^(dist\/(src|rules)\/|docs\/rules\/|action\.yml$|config\.schema\.json$|package\.json$|README\.md$|LICENSE$|CHANGELOG\.md$)/.test(path))).toEqual([]);
  });

  it('finds a race in a fresh project with the six lines of the README', () => {
    expect(readmeConfig?.code.trim().split('\n')).toHaveLength(6);
    const folder = projectWithTarball({ 'eslint.config.js': readmeConfig?.code ?? '', 'src/cache.ts': bad });
    const { status, output } = node(folder, join('node_modules', 'eslint', 'bin', 'eslint.js'), '.');
    expect(output).toContain('async-race/no-check-then-act');
    expect(output).toContain(`${line}:7  error`);
    expect(status).toBe(1);
  });

  it('has a command line that finds it too', () => {
    const folder = projectWithTarball({ 'src/cache.ts': bad });
    const { status, output } = node(folder, join('node_modules', 'eslint-plugin-async-race', 'dist', 'src', 'cli', 'bin.js'), 'check', '--format', 'json');
    expect(JSON.parse(output)).toMatchObject({ version: 1, findings: [{ rule: 'no-check-then-act', file: 'src/cache.ts', line }] });
    expect(status).toBe(1);
  });

  it('offers the engine', () => {
    const folder = projectWithTarball({ 'use.js': "import { createEngine, ruleIds } from 'eslint-plugin-async-race/engine';\nconsole.log(typeof createEngine, ruleIds.length);\n" });
    expect(node(folder, 'use.js')).toEqual({ status: 0, output: `function ${ruleIds.length}\n` });
  });

  it('has types for a typed config, and no deep imports', () => {
    const config = [
      "import asyncRace, { type AsyncRaceSettings } from 'eslint-plugin-async-race';",
      "import { defineConfig } from 'eslint/config';",
      "export default defineConfig({ plugins: { 'async-race': asyncRace }, extends: [asyncRace.configs.strict, 'async-race/all'], settings: { 'async-race': { sequential: ['main'] } satisfies AsyncRaceSettings } });",
      '// @ts-expect-error',
      "export { noCheckThenAct } from 'eslint-plugin-async-race/dist/rules/no-check-then-act.js';",
      '',
    ].join('\n');
    const folder = projectWithTarball({ 'eslint.config.ts': config });
    expect(node(folder, join('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.')).toEqual({ status: 0, output: '' });
  });
});

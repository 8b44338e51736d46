/** What the pages tell a newcomer to do is done, in a project like the newcomer's. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { presets } from '../../src/index.js';
import { root } from '../support/fixtures.js';
import { codeBlocks } from '../support/markdown.js';
import { temporaryProject } from '../support/project.js';
import { samples } from '../support/samples.js';
import { diagnosticsOf, findingsIn, virtualProgram } from '../support/virtual.js';

function page(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

const { bad, good, line } = samples['no-check-then-act'];

/** A repository with a race in it and this package installed; the commit before had no race. */
function repository(files: Readonly<Record<string, string>> = {}): string {
  const folder = temporaryProject({
    '.gitignore': 'node_modules\n',
    'src/cache.ts': good,
    'packages/core/tsconfig.json': '{ "include": ["."] }',
    'packages/core/core.ts': 'export {};\n',
    'packages/app/tsconfig.json': '{ "include": ["."] }',
    'packages/app/src/app.ts': 'export {};\n',
    ...files,
  });
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules')).filter((entry) => !entry.startsWith('.'))) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
  }
  symlinkSync(root, join(modules, 'eslint-plugin-async-race'), 'junction');
  const program = join(root, 'dist', 'src', 'cli', 'bin.js');
  chmodSync(program, 0o755);
  symlinkSync(program, join(modules, '.bin', 'async-race'));
  symlinkSync(join(root, 'node_modules', 'eslint', 'bin', 'eslint.js'), join(modules, '.bin', 'eslint'));
  for (const args of [['init', '-q', '-b', 'main'], ['add', '-A'], ['commit', '-q', '-m', 'start'], ['update-ref', 'refs/remotes/origin/main', 'HEAD']]) {
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: folder });
  }
  return folder;
}

interface Outcome {
  readonly status: number | null;
  readonly output: string;
}

/** Runs what is installed in the folder; npx itself would do the same, and take seconds for it. */
function shell(folder: string, command: string, environment: Readonly<Record<string, string>> = {}): Outcome {
  const npx = 'npx() { if [ "$1" = --no-install ]; then shift; fi; "$@"; }';
  const { status, stdout, stderr } = spawnSync('bash', ['-ec', `${npx}\n${command}`], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...process.env,
      FORCE_COLOR: undefined,
      PATH: `${join(folder, 'node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
      ...environment,
    },
  });
  return { status, output: stdout + stderr };
}

/** The commands of a page that run this package or ESLint, in order. */
function commandsOf(path: string): string[] {
  return codeBlocks(page(path))
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code }) => code.split('\n'))
    .map((text) => text.replace(/\s+#.*$/u, ''))
    .filter((text) => text.startsWith('npx '));
}

describe.each(['README.md', 'docs/getting-started.md'])('the commands of %s', (path) => {
  it('work in the order in which they stand', () => {
    const folder = repository();
    execFileSync(process.execPath, ['-e', "require('fs').writeFileSync('src/cache.ts', process.argv[1])", bad], { cwd: folder });
    const commands = commandsOf(path);
    expect(commands.length).toBeGreaterThan(5);
    const [found = ''] = /"fingerprint": "\w{6}/u.exec(shell(folder, 'npx async-race check --format json').output) ?? [];
    for (const written of commands) {
      // the page shows the fingerprint of another finding
      const command = written.replace(/(?<=replay )\w+/u, found.slice(-6));
      const { status, output } = shell(folder, command);
      const known = /--(?:update-)?baseline/u.test(command) || /explain|init|replay/u.test(command);
      const isSilent = known || /--rule (?!no-check-then-act)/u.test(command);
      expect(`${command}: ${status}${status === 2 ? output : ''}`).toBe(`${command}: ${isSilent ? 0 : 1}`);
    }
    expect(existsSync(join(folder, 'async-race.baseline.json'))).toBe(true);
  });
});

describe('the recipes of docs/getting-started.md', () => {
  const blocks = codeBlocks(page('docs/getting-started.md'));
  const recipe = (name: string): string => blocks.find(({ comment }) => comment === name)?.code ?? '';

  it.each([
    ['husky', recipe('husky')],
    ['lefthook', /run: (.*)/u.exec(recipe('lefthook'))?.[1] ?? ''],
    ['lint-staged', `npx ${/'(async-race .*)'/u.exec(recipe('lint-staged'))?.[1] ?? ''}`],
    ['pre-commit', `npx ${[/entry: (.*)/u, /args: \[(.*)\]/u].map((part) => part.exec(page('.pre-commit-hooks.yaml'))?.[1] ?? '').join(' ').replaceAll(',', '')}`],
  ])('refuse a commit with a race and let others pass: %s', (_name, command) => {
    expect(command).toContain('async-race check --changed HEAD');
    const folder = repository();
    expect(shell(folder, command)).toEqual({ status: 0, output: 'No findings in 0 files.\n' });
    execFileSync(process.execPath, ['-e', "require('fs').writeFileSync('src/cache.ts', process.argv[1])", bad], { cwd: folder });
    const { status, output } = shell(folder, command);
    expect({ status, found: output.includes(`src/cache.ts:${line}:7  no-check-then-act`) }).toEqual({ status: 1, found: true });
  });

  it('have a config that is understood', () => {
    const folder = repository({
      'async-race.config.json': recipe('config'),
      'async-race.baseline.json': '{ "version": 1, "findings": [] }',
      'packages/app/src/main.ts': 'export async function main(): Promise<void> {\n  await Promise.resolve();\n}\n',
    });
    expect(shell(folder, 'npx async-race check')).toEqual({ status: 0, output: 'No findings in 3 files.\n' });
  });

  it('name a hook, an action and options that there are', () => {
    expect(page('.pre-commit-hooks.yaml')).toContain(`- id: ${/id: (\S+)/u.exec(recipe('pre-commit'))?.[1] ?? 'none'}\n`);
    expect(recipe('github')).toContain('  - run: npm ci\n  - uses: ./node_modules/eslint-plugin-async-race\n');
    expect(page('action.yml')).toMatch(new RegExp(`^ {2}${/with: \{ (options):/u.exec(recipe('github'))?.[1] ?? 'none'}:$`, 'mu'));
    const folder = repository();
    const command = /- (npx .*)/u.exec(recipe('gitlab'))?.[1] ?? '';
    expect(shell(folder, command).status).toBe(0);
    expect(readFileSync(join(folder, 'gl-code-quality.json'), 'utf8')).toBe('[]\n');
  });
});

describe('action.yml', () => {
  const text = page('action.yml');
  const [check = ''] = [...text.matchAll(/^ {6}run: \|\n((?: {8}.*\n)+)/gmu)].map((match) => match[1]?.replaceAll(/^ {8}/gmu, '') ?? '');

  it.each([
    ['a race', bad, 'true', 'async race'],
    ['no race', good, 'false', 'No async races found'],
  ])('annotates, summarises and tells whether it found something: %s', (_name, source, found, summary) => {
    const folder = repository({ 'src/cache.ts': source });
    const environment = {
      RUNNER_TEMP: folder,
      GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
      GITHUB_OUTPUT: join(folder, 'output.txt'),
      OPTIONS: '--preset strict src',
      SARIF: 'out/races.sarif',
    };
    const { status, output } = shell(folder, check, environment);
    expect(status).toBe(0);
    expect(output.includes('::error file=src/cache.ts,line=')).toBe(found === 'true');
    expect(readFileSync(environment.GITHUB_STEP_SUMMARY, 'utf8')).toContain(summary);
    expect(readFileSync(environment.GITHUB_OUTPUT, 'utf8')).toBe(`found=${found}\n`);
    expect(JSON.parse(readFileSync(join(folder, environment.SARIF), 'utf8'))).toMatchObject({ version: '2.1.0' });
  });

  it('fails where the analysis cannot do its work', () => {
    const folder = repository();
    const environment = { RUNNER_TEMP: folder, GITHUB_STEP_SUMMARY: 'summary.md', GITHUB_OUTPUT: 'output.txt', OPTIONS: 'nowhere.ts', SARIF: 'a.sarif' };
    expect(shell(folder, check, environment)).toEqual({ status: 2, output: 'async-race: no such file or folder: nowhere.ts\n' });
  });

  it('never puts an input into a script', () => {
    expect(check).not.toContain('${{');
  });
});

describe.each(['docs/concurrency-model.md', 'docs/protocols.md', 'docs/comparison.md'])('%s', (path) => {
  const examples = codeBlocks(page(path)).filter(({ language }) => language === 'ts');

  it('says of each example whether it is a race', () => {
    expect(examples.filter(({ comment }) => !/^(?:reports [a-z-]+|silent)$/u.test(comment))).toEqual([]);
    expect(examples.length).toBeGreaterThan(1);
  });

  it.each(examples.map((block) => [block.line, block.comment, block.code] as const))('example at line %i: %s', (_line, comment, code) => {
    const program = virtualProgram({ 'example.ts': code });
    expect(diagnosticsOf(program, 'example.ts')).toEqual([]);
    const found = new Set(findingsIn(program, 'example.ts', presets.recommended).map(({ rule }) => rule));
    const expected = comment === 'silent' ? [] : [comment.replace('reports ', '')];
    expect([...found].filter((rule) => expected.length === 0 || expected.includes(rule))).toEqual(expected);
  });
});

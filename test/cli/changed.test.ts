import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDiff } from '../../src/cli/changed.js';
import { makeFolder, placesIn, runCli } from './support.js';

const tsconfig = JSON.stringify({ compilerOptions: { strict: true, lib: ['es2022'], types: [] } });

const source = `export function first() {
  const race = 1;
  return race;
}

export class Second {
  field = () => {
    return 'race';
  };

  method() {
    const calm = 1;
    return [calm].map((value) => {
      return value + race;
    });
  }
}

export const race = 1;
`;

function git(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
}

/** A repository with the files in its first commit. */
function repository(files: Readonly<Record<string, string>>): string {
  const folder = makeFolder({ 'tsconfig.json': tsconfig, ...files });
  git(folder, 'init', '-q', '-b', 'main');
  commit(folder);
  return folder;
}

function commit(folder: string): void {
  git(folder, 'add', '-A');
  git(folder, 'commit', '-q', '-m', 'state');
}

async function lines(folder: string, reference = 'HEAD'): Promise<string[]> {
  const { stdout, stderr } = await runCli(folder, ['check', '--format', 'json', '--changed', reference]);
  expect(stderr).toBe('');
  return placesIn(stdout).map((place) => place.replace(/ [a-z-]+$/u, ''));
}

/** The sample with a line replaced. */
function edited(line: number, text: string | undefined): string {
  const all = source.split('\n');
  all.splice(line - 1, 1, ...(text === undefined ? [] : [text]));
  return all.join('\n');
}

describe('--changed', () => {
  it.each<[title: string, text: string, expected: string[]]>([
    ['nothing', source, []],
    ['a line of a function', edited(1, 'export function first(): number {'), ['a.ts:2', 'a.ts:3']],
    ['the line after a function', edited(5, '\n'), []],
    ['a line of a method, far from the finding', edited(12, '    const calm = 2;'), ['a.ts:14']],
    ['a field that is a function', edited(9, '  }; // end'), ['a.ts:8']],
    ['a line of the class outside of its members', edited(10, '  // between'), []],
    ['a deleted line in a method', edited(12, undefined), ['a.ts:13']],
    ['a deleted line between functions', edited(5, undefined), []],
    ['a statement', edited(19, 'export const race = 2;'), ['a.ts:19']],
  ])('reports what stands in what changed: %s', async (_title, text, expected) => {
    const folder = repository({ 'a.ts': source });
    writeFileSync(join(folder, 'a.ts'), text);
    expect(await lines(folder)).toEqual(expected);
  });

  it('sees commits since the branch left, the index, the working tree and new files', async () => {
    const folder = repository({ 'a.ts': source, 'b.ts': source, 'c.ts': source, 'deep/d.ts': source });
    git(folder, 'checkout', '-q', '-b', 'topic');
    writeFileSync(join(folder, 'a.ts'), edited(2, '  const race = 2;'));
    commit(folder);
    git(folder, 'checkout', '-q', 'main');
    writeFileSync(join(folder, 'c.ts'), edited(2, '  const race = 3;'));
    commit(folder);
    git(folder, 'checkout', '-q', 'topic');
    writeFileSync(join(folder, 'b.ts'), edited(19, 'export const race = 2;'));
    git(folder, 'add', 'b.ts');
    appendFileSync(join(folder, 'deep/d.ts'), 'export const more = race;\n');
    writeFileSync(join(folder, 'new "file".ts'), 'race();\n');
    expect(await lines(folder, 'main')).toEqual(['a.ts:2', 'a.ts:3', 'b.ts:19', 'deep/d.ts:20', 'new "file".ts:1']);
    expect(await lines(join(folder, 'deep'), 'main')).toContain('d.ts:20');
  });

  it('knows a renamed file and what changed in it', async () => {
    const folder = repository({ 'a.ts': source });
    git(folder, 'mv', 'a.ts', 'ä "b".ts');
    writeFileSync(join(folder, 'ä "b".ts'), edited(19, 'export const race = 2;'));
    expect(await lines(folder)).toEqual(['ä "b".ts:19']);
  });

  it('goes through a link to the repository', async () => {
    const folder = repository({ 'a.ts': source });
    writeFileSync(join(folder, 'a.ts'), edited(19, 'export const race = 2;'));
    const elsewhere = makeFolder({});
    symlinkSync(folder, join(elsewhere, 'link'), 'junction');
    expect(await lines(join(elsewhere, 'link'))).toEqual(['a.ts:19']);
  });

  it('does not depend on how the user likes diffs', async () => {
    const folder = repository({ 'a.ts': source });
    for (const [name, value] of [['diff.noprefix', 'true'], ['diff.external', 'false'], ['color.diff', 'always'], ['diff.mnemonicPrefix', 'true'], ['diff.relative', 'true']]) {
      git(folder, 'config', name ?? '', value ?? '');
    }
    writeFileSync(join(folder, 'a.ts'), edited(19, 'export const race = 2;'));
    expect(await lines(folder)).toEqual(['a.ts:19']);
  });

  it('loads no program where no TypeScript changed', async () => {
    const folder = repository({ 'a.ts': source, 'README.md': '' });
    writeFileSync(join(folder, 'README.md'), 'race');
    const makeEngine = (): never => {
      throw new Error('not needed');
    };
    expect(await runCli(folder, ['check', '--changed', 'HEAD'], { makeEngine })).toEqual({
      code: 0,
      stdout: 'No findings in 0 files.\n',
      stderr: '',
    });
  });

  it('says in one line that there is no repository', async () => {
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'a.ts': source });
    expect(await runCli(folder, ['check', '--changed', 'HEAD'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'async-race: --changed needs a git repository; there is none here\n',
    });
  });

  it.each(['no-such-branch', '--output=x', ''])('says in one line that there is no commit %j', async (reference) => {
    const folder = repository({ 'a.ts': source });
    mkdirSync(join(folder, 'x'));
    expect(await runCli(folder, ['check', `--changed=${reference}`])).toEqual({
      code: 2,
      stdout: '',
      stderr: `async-race: --changed: git knows no commit '${reference}'\n`,
    });
  });
});

describe('the diff', () => {
  it('is not misled by lines that look like its own', () => {
    const text = ['--- a/a.ts', '+++ b/a.ts', '@@ -1,2 +1,3 @@', '--- x', '---- y', '+++ b/other.ts', '+@@ -9 +9 @@', '+z', '@@ -9 +10 @@', '-a', '+b', ''].join('\n');
    expect(parseDiff(text)).toEqual([{ path: 'a.ts', ranges: [{ first: 1, last: 3 }, { first: 10, last: 10 }] }]);
  });
});

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeFolder } from './support.js';

const root = join(import.meta.dirname, '../..');
let built = '';

// Strips the types and nothing more, which takes a moment where a whole build takes seconds. The result lies inside the
// package, because the program asks for its manifest by the package's name.
beforeAll(() => {
  mkdirSync(join(root, '.cache'), { recursive: true });
  built = mkdtempSync(join(root, '.cache', 'bin-'));
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
  const names = ['src', 'rules'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  for (const name of names.filter((file) => file.endsWith('.ts'))) {
    const target = join(built, name.replace(/\.ts$/u, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, ts.transpileModule(readFileSync(join(root, name), 'utf8'), { compilerOptions }).outputText);
  }
});

afterAll(() => {
  rmSync(built, { recursive: true });
});

function runBin(folder: string, ...argv: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(built, 'src/cli/bin.js'), ...argv], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: undefined },
  });
  return { status, stdout, stderr };
}

it('analyses a project as its own process', () => {
  const folder = join(root, 'fixtures/projects/solution');
  expect(runBin(folder, 'check')).toEqual({ status: 0, stdout: 'No findings in 3 files.\n', stderr: '' });
});

it('describes the rules that it ran', () => {
  const folder = makeFolder({ 'a.ts': 'export {};\n' });
  const { status, stdout } = runBin(folder, 'check', '--format', 'sarif', '--rule', 'no-lock-escape');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    runs: [{ tool: { driver: { rules: [{ id: 'no-lock-escape', help: { markdown: expect.stringMatching(/^# async-race\/no-lock-escape\n/u) as string } }] } } }],
  });
});

it('exits with 2 and one line when it cannot do its work', () => {
  expect(runBin(makeFolder({}), 'check', 'nowhere.ts')).toEqual({
    status: 2,
    stdout: '',
    stderr: 'async-race: no such file or folder: nowhere.ts\n',
  });
});

it('prints its version', () => {
  const { status, stdout } = runBin(root, '--version');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/u);
});

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/index.js';
import { samples } from '../support/samples.js';
import { makeFolder, placesIn, runCli, type CliResult } from './support.js';

const tsconfig = JSON.stringify({ compilerOptions: { strict: true, lib: ['es2022'], types: [] } });
const { bad, good, line } = samples['no-check-then-act'];
const file = 'async-race.baseline.json';

/** Runs the real engine: fingerprints are its own. */
function checkIn(folder: string, ...argv: string[]): Promise<CliResult> {
  return runCli(folder, ['check', '--format', 'json', ...argv], { makeEngine: createEngine });
}

function update(folder: string, ...argv: string[]): Promise<CliResult> {
  return checkIn(folder, '--update-baseline', ...argv);
}

function write(folder: string, name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

function entriesIn(folder: string): string[] {
  const { findings } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { findings: { file: string; function: string }[] };
  return findings.map((entry) => `${entry.file} ${entry.function}`);
}

describe('--update-baseline', () => {
  it('writes what is found, reports nothing and exits with 0', async () => {
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'a.ts': bad });
    expect(await update(folder)).toEqual({ code: 0, stdout: '', stderr: `async-race: ${file}: 1 added, 0 removed, 0 kept\n` });
    expect(entriesIn(folder)).toEqual(['a.ts TokenCache.get']);
  });

  it('removes what is gone, adds what is new and counts both', async () => {
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'a.ts': bad, 'b.ts': bad, 'c.ts': bad });
    await update(folder);
    write(folder, 'a.ts', good);
    rmSync(join(folder, 'b.ts'));
    write(folder, 'd.ts', bad);
    expect((await update(folder)).stderr).toBe(`async-race: ${file}: 1 added, 2 removed, 1 kept\n`);
    expect(entriesIn(folder)).toEqual(['c.ts TokenCache.get', 'd.ts TokenCache.get']);
  });

  it('keeps what it did not look at', async () => {
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'a.ts': bad, 'b.ts': bad });
    await update(folder);
    write(folder, 'a.ts', good);
    write(folder, 'b.ts', good);
    expect((await update(folder, 'a.ts')).stderr).toBe(`async-race: ${file}: 0 added, 1 removed, 1 kept\n`);
    expect((await update(folder, '--rule', 'no-lock-escape')).stderr).toBe(`async-race: ${file}: 0 added, 0 removed, 1 kept\n`);
    write(folder, 'b.ts', 'const = 1;\n');
    write(folder, 'a.ts', 'export {};\n');
    expect((await update(folder)).stderr).toContain(`${file}: 0 added, 0 removed, 1 kept\n`);
  });

  it('does not change the file when lines move', async () => {
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'a.ts': bad, 'b.ts': bad });
    await update(folder, '--baseline', file);
    const before = readFileSync(join(folder, file), 'utf8');
    write(folder, 'a.ts', `\n\n${bad}`);
    await update(folder);
    expect(readFileSync(join(folder, file), 'utf8')).toBe(before);
  });

  it('does not go with --changed', async () => {
    const { code, stderr } = await update(makeFolder({}), '--changed', 'HEAD');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'async-race: --changed leaves out findings that the baseline must keep; update the baseline without it\n',
    });
  });
});

describe('--baseline', () => {
  it('hides what is in it, also where lines have moved', async () => {
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'a.ts': bad });
    await update(folder);
    write(folder, 'a.ts', `\n\n${bad}`);
    const { code, stdout, stderr } = await checkIn(folder, '--baseline', file);
    expect({ code, places: placesIn(stdout), stderr }).toEqual({
      code: 0,
      places: [],
      stderr: `async-race: ${file}: 1 known, not reported\n`,
    });
  });

  it('reports what is not in it', async () => {
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'a.ts': bad });
    await update(folder);
    write(folder, 'b.ts', bad);
    const { code, stdout } = await checkIn(folder, '--baseline', file);
    expect({ code, places: placesIn(stdout) }).toEqual({ code: 1, places: [`b.ts:${line} no-check-then-act`] });
  });

  it('counts what has gone', async () => {
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'a.ts': bad });
    await update(folder);
    write(folder, 'a.ts', good);
    const { code, stderr } = await checkIn(folder, '--baseline', file);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `async-race: ${file}: 1 of its findings are gone; remove them with --update-baseline\n`,
    });
  });

  it('knows one finding for each entry where several share a fingerprint, of its own file first', async () => {
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'one/src/a.ts': bad, 'two/src/a.ts': bad });
    const both = await checkIn(folder);
    const { findings } = JSON.parse(both.stdout) as { findings: { fingerprint: string }[] };
    expect(findings[0]?.fingerprint).toBe(findings[1]?.fingerprint);
    await update(folder, 'two');
    const { stdout } = await checkIn(folder, '--baseline', file);
    expect(placesIn(stdout)).toEqual([`one/src/a.ts:${line} no-check-then-act`]);
  });

  it('knows a file that was moved', async () => {
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'one/src/a.ts': bad, 'two/src/b.ts': good });
    await update(folder);
    renameSync(join(folder, 'one/src/a.ts'), join(folder, 'two/src/a.ts'));
    const { code } = await checkIn(folder, '--baseline', file);
    expect(code).toBe(0);
  });

  it.each([
    ['is missing', {}, `no such baseline: ${file}; make it with --update-baseline`],
    ['is no JSON', { [file]: '{' }, `not a baseline of async-race: ${file}; make it anew with --update-baseline`],
    ['is another file', { [file]: '{ "version": 1, "findings": [{}] }' }, `not a baseline of async-race: ${file}; make it anew with --update-baseline`],
  ])('says in one line that it %s', async (_title, files, message) => {
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'a.ts': bad, ...files });
    expect(await checkIn(folder, '--baseline', file)).toEqual({ code: 2, stdout: '', stderr: `async-race: ${message}\n` });
  });
});

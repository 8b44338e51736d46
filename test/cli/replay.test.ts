import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/index.js';
import { samples } from '../support/samples.js';
import { makeFolder, runCli, type CliResult } from './support.js';

const tsconfig = JSON.stringify({ compilerOptions: { strict: true, lib: ['es2022'], types: [] } });
const { bad } = samples['no-check-then-act'];

function replayIn(folder: string, ...argv: string[]): Promise<CliResult> {
  return runCli(folder, ['replay', ...argv], { makeEngine: createEngine });
}

async function fingerprintsIn(folder: string): Promise<string[]> {
  const { stdout } = await runCli(folder, ['check', '--format', 'json', '--preset', 'all'], { makeEngine: createEngine });
  return (JSON.parse(stdout) as { findings: { fingerprint: string }[] }).findings.map(({ fingerprint }) => fingerprint);
}

describe('replay FINGERPRINT', () => {
  it('prints a test for the folder of the source', async () => {
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'src/a.ts': bad });
    const [fingerprint = ''] = await fingerprintsIn(folder);
    const { code, stdout, stderr } = await replayIn(folder, fingerprint.slice(0, 6));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(` * Replay of no-check-then-act in src/a.ts:`);
    expect(stdout).toContain(`import('./a.js')`);
  });

  it('writes the test where it is told to, and says what is to be supplied', async () => {
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'src/a.ts': bad, 'test/other.ts': '' });
    const [fingerprint = ''] = await fingerprintsIn(folder);
    const { code, stdout } = await replayIn(folder, fingerprint, '--output', 'test/a.race.test.ts');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^test\/a\.race\.test\.ts: (?:supply \w|nothing to supply).*, then run 'npx vitest run test\/a\.race\.test\.ts'\n$/);
    expect(readFileSync(join(folder, 'test/a.race.test.ts'), 'utf8')).toContain(`import('../src/a.js')`);
  });

  it('leaves a file alone that is there', async () => {
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'a.ts': bad, 'a.race.test.ts': '// completed by hand\n' });
    const [fingerprint = ''] = await fingerprintsIn(folder);
    expect(await replayIn(folder, fingerprint, '-o', 'a.race.test.ts')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'async-race: a.race.test.ts is there already; name another file, or remove it\n',
    });
    expect(readFileSync(join(folder, 'a.race.test.ts'), 'utf8')).toBe('// completed by hand\n');
  });

  it('says why no test can be written, and writes none', async () => {
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'a.ts': bad.replaceAll('export ', '') });
    const [fingerprint = ''] = await fingerprintsIn(folder);
    const { code, stdout, stderr } = await replayIn(folder, fingerprint, '-o', 'a.race.test.ts');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^async-race: no test can make a\.ts:\d+ \(no-check-then-act\) happen: .* is not exported, .*\n$/);
    expect(existsSync(join(folder, 'a.race.test.ts'))).toBe(false);
  });

  it.each([
    ['nothing', [], `replay takes the fingerprint of a finding, as in 'async-race replay 27fa2c src/cache.ts'`],
    ['no fingerprint', ['src'], `replay takes the fingerprint of a finding, as in 'async-race replay 27fa2c src/cache.ts'`],
    ['one that is gone', ['012345'], 'no finding 012345 in what was analysed; it is gone, or in files that were not named'],
  ])('says in one line what is wrong: %s', async (_title, argv, message) => {
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'a.ts': 'export const a = 1;\n' });
    expect(await replayIn(folder, ...argv)).toEqual({ code: 2, stdout: '', stderr: `async-race: ${message}\n` });
  });
});

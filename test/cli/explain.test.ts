import { describe, expect, it } from 'vitest';
import { createEngine, ruleIds } from '../../src/index.js';
import { samples } from '../support/samples.js';
import { makeFolder, markerEngine, runCli, type CliResult } from './support.js';

const tsconfig = JSON.stringify({ compilerOptions: { strict: true, lib: ['es2022'], types: [] } });

function explainIn(folder: string, ...argv: string[]): Promise<CliResult> {
  return runCli(folder, ['explain', ...argv], { makeEngine: createEngine, columns: 100 });
}

async function fingerprintIn(folder: string): Promise<string> {
  const { stdout } = await runCli(folder, ['check', '--format', 'json'], { makeEngine: createEngine });
  const { findings } = JSON.parse(stdout) as { findings: { fingerprint: string }[] };
  return findings[0]?.fingerprint ?? '';
}

describe('explain RULE', () => {
  it.each(ruleIds)('prints the page of %s without marks of its making', async (rule) => {
    const { code, stdout, stderr } = await explainIn(makeFolder({}), rule);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^# async-race/${rule}\\n\\n[A-Z]`, 'u'));
    expect(stdout).toContain('\n## How to fix\n');
    expect(stdout).not.toContain('<!--');
  });

  it('knows a rule by the name that ESLint uses', async () => {
    const [rule] = ruleIds;
    expect(await explainIn(makeFolder({}), `async-race/${rule}`)).toEqual(await explainIn(makeFolder({}), rule));
  });
});

describe('explain FINGERPRINT', () => {
  it('prints the finding, its interleaving, the fix and the rule', async () => {
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'a.ts': 'export function f() {\n  return race;\n}\n' });
    const makeEngine: typeof createEngine = (compiler, program) => ({
      ...markerEngine(compiler, program),
      analyzeFile: (file, checks) => {
        const report = markerEngine(compiler, program).analyzeFile(file, checks);
        const findings = report.findings.map((finding) => ({
          ...finding,
          fingerprint: '0123456789abcdef',
          suggestions: [{ title: 'Wait first', edits: [{ start: 24, end: 30, text: 'await before();\n  return' }, { start: 0, end: 0, text: '// new\n' }] }],
        }));
        return { ...report, findings };
      },
    });
    const { code, stdout, stderr } = await runCli(folder, ['explain', '012345'], { makeEngine, columns: 80 });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await expect(stdout).toMatchFileSnapshot('golden/explain.txt');
  });

  it('takes the beginning of a fingerprint, and looks in the named files only', async () => {
    const { bad } = samples['no-check-then-act'];
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'a.ts': bad, 'b.ts': bad.replaceAll('#token', '#other') });
    const start = (await fingerprintIn(folder)).slice(0, 6);
    expect((await explainIn(folder, start, 'a.ts')).stdout).toContain('a.ts:6:7  no-check-then-act');
    expect(await explainIn(folder, start, 'b.ts')).toEqual({
      code: 2,
      stdout: '',
      stderr: `async-race: no finding ${start} in what was analysed; it is gone, or in files that were not named\n`,
    });
  });

  it.each([
    ['nothing', [], `explain takes a rule or a fingerprint, as in 'async-race explain ${ruleIds[0]}'`],
    ['what is neither', ['src'], `'src' is neither a fingerprint nor a rule; rules are ${ruleIds.join(', ')}`],
  ])('says in one line what is wrong: %s', async (_title, argv, message) => {
    expect(await explainIn(makeFolder({}), ...argv)).toEqual({ code: 2, stdout: '', stderr: `async-race: ${message}\n` });
  });
});

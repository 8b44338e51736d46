import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/findings/finding.js';
import { reportPretty } from '../../src/reporters/pretty.js';
import { widthOf } from '../../src/reporters/text.js';
import { lockFile, raceFinding, releaseFinding, sampleContext, sampleReport, spanOf } from './sample.js';

const escapeSequence = /\u001b\[\d+m/gu;

describe('the pretty report', () => {
  it('shows findings with code frame and interleaving', async () => {
    await expect(reportPretty(sampleReport(), sampleContext())).toMatchFileSnapshot('golden/pretty.txt');
  });

  it('lists the steps below one another on a narrow terminal', async () => {
    await expect(reportPretty(sampleReport(), sampleContext({ columns: 50 }))).toMatchFileSnapshot(
      'golden/pretty-narrow.txt',
    );
  });

  it('adds nothing but colour when colours are on', () => {
    const coloured = reportPretty(sampleReport(), sampleContext({ colour: true }));
    const plain = reportPretty(sampleReport(), sampleContext());
    expect(coloured).not.toBe(plain);
    expect(coloured.replace(escapeSequence, '').replace(/ +$/gmu, '')).toBe(plain);
  });

  it.each([64, 80, 100, 140])('stays within %i columns', (columns) => {
    const lines = reportPretty(sampleReport(), sampleContext({ columns })).split('\n');
    // The first line of a finding is for clicking on and stays whole.
    const wide = lines.filter((line) => widthOf(line) > columns && !/^\S+:\d+:\d+ /u.test(line));
    expect(wide).toEqual([]);
  });

  it('says that there are no findings, and in how many files', () => {
    expect(reportPretty(sampleReport({ findings: [], errors: [] }), sampleContext())).toBe(
      'No findings in 14 files.\n',
    );
  });

  it('says that a part could not be analysed', () => {
    expect(reportPretty(sampleReport({ findings: [] }), sampleContext())).toBe(
      'No findings in 14 files.\n1 part of the program could not be analysed.\n',
    );
  });

  it('leaves out the frame when the source is not at hand', () => {
    const text = reportPretty(
      sampleReport({ findings: [raceFinding], errors: [] }),
      sampleContext({ lineOf: () => undefined }),
    );
    expect(text).not.toContain('^');
    expect(text).toContain('Task A finds that');
  });

  it('names the file of a step in another file', () => {
    const [first, ...rest] = raceFinding.steps;
    if (first === undefined) {
      throw new Error('The sample has steps');
    }
    const elsewhere: Finding = {
      ...raceFinding,
      steps: [{ ...first, task: 'B', span: spanOf(lockFile, 'store.load()') }, ...rest],
    };
    const text = reportPretty(sampleReport({ findings: [elsewhere] }), sampleContext());
    expect(text).toMatch(/│ +src\/snapshot\.ts\n.*│ 3 {2}const rows = await store\.load\(\);/u);
  });

  it('keeps the marked code in view in a very long line', () => {
    const long = `${'x'.repeat(5000)}; mutex.acquire(); ${'y'.repeat(5000)}`;
    const column = long.indexOf('mutex') + 1;
    const finding: Finding = {
      ...releaseFinding,
      steps: [],
      span: { ...releaseFinding.span, line: 1, endLine: 1, column, endColumn: column + 'mutex.acquire()'.length },
    };
    const lines = reportPretty(
      sampleReport({ findings: [finding] }),
      sampleContext({ columns: 80, lineOf: (_file, line) => (line === 1 ? long : undefined) }),
    ).split('\n');
    const index = lines.findIndex((line) => line.startsWith('> 1 |'));
    const [code, carets] = [lines[index] ?? '', lines[index + 1] ?? ''];
    expect(widthOf(code)).toBeLessThanOrEqual(80);
    expect(code.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('mutex.acquire()');
  });

  it('shows the stretch of a very long line that a step is about', () => {
    const long = `${'x'.repeat(5000)}; mutex.acquire(); ${'y'.repeat(5000)}`;
    const column = long.indexOf('mutex') + 1;
    const [step] = releaseFinding.steps;
    if (step === undefined) {
      throw new Error('The sample has steps');
    }
    const finding: Finding = { ...releaseFinding, steps: [{ ...step, span: { ...step.span, line: 1, column } }] };
    const text = reportPretty(
      sampleReport({ findings: [finding] }),
      sampleContext({ columns: 80, lineOf: (_file, line) => (line === 1 ? long : undefined) }),
    );
    expect(text).toMatch(/step by step:\n1 {2}1 {2}…x+; mutex\.acquire\(\);\n {6}y+…\n/u);
  });

  it('never sends control characters of the source to the terminal', () => {
    const text = reportPretty(
      sampleReport({ findings: [releaseFinding] }),
      sampleContext({ lineOf: () => '\u001b[2J\u0007mutex.acquire()\u001b[31m' }),
    );
    expect(text).not.toMatch(/[\u0007\u001b]/u);
  });
});

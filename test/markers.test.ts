import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { compareWithMarkers, fixturesFolder } from './support/fixtures.js';
import { parseMarkers } from './support/markers.js';
import type { Finding, RuleId, Span, Step } from '../src/index.js';

const file = `${fixturesFolder}/checks/sample.ts`;

function spanOn(line: number): Span {
  return { file, start: 0, end: 1, line, column: 1, endLine: line, endColumn: 2 };
}

function finding(rule: RuleId, line: number, message: string, steps: readonly Step[] = []): Finding {
  const span = spanOn(line);
  return {
    rule, message, span, steps, confidence: 'high', effect: 'lost-data', function: 'f', place: 'p', suggestions: [], fingerprint: message,
  };
}

function problems(source: string, findings: readonly Finding[]): string[] {
  return compareWithMarkers({
    file,
    sourceFile: ts.createSourceFile(file, source, ts.ScriptTarget.Latest),
    markers: parseMarkers(source),
    selection: {},
    report: { findings, errors: [], stats: { functions: 0, lines: 0, graphs: 0, checkerQuestions: 0, limits: [], slowest: [] } },
  });
}

describe('parseMarkers', () => {
  it('reads several markers of one line', () => {
    const { wants, laters } = parseMarkers('a(); // want no-lock-escape "of `x/y`" // want prefer-read-lock // later no-lost-update');
    expect(wants).toEqual([
      { line: 1, rule: 'no-lock-escape', words: 'of `x/y`' },
      { line: 1, rule: 'prefer-read-lock', words: '' },
    ]);
    expect(laters).toEqual([{ line: 1, rule: 'no-lost-update' }]);
  });

  it('reads numbered steps', () => {
    expect(parseMarkers('\nawait load(); // step 2 "suspends"').steps).toEqual([{ line: 2, step: 2, words: 'suspends' }]);
  });

  it('reads options and settings from the comments that open the file only', () => {
    const head = '// A sentence.\n// options: {"prefer-read-lock":{"plainMutexes":false}}\n// settings: {"sequential":["run"]}\n';
    expect(parseMarkers(head)).toMatchObject({
      options: { 'prefer-read-lock': { plainMutexes: false } },
      settings: { sequential: ['run'] },
    });
    expect(parseMarkers(`f();\n${head}`)).toMatchObject({ options: undefined, settings: undefined });
  });

  it('tells a misspelt marker', () => {
    expect(parseMarkers('a(); // want no-lock-escape unquoted').malformed).toEqual(['line 1: // want no-lock-escape unquoted']);
    expect(parseMarkers('// options: {').malformed).toEqual(['line 1: the options are no JSON']);
  });
});

describe('compareWithMarkers', () => {
  it('is content when markers and findings agree', () => {
    expect(problems('a(); // want no-lock-escape "keys"', [finding('no-lock-escape', 1, 'the keys escape')])).toEqual([]);
  });

  it('names a missing finding', () => {
    expect(problems('\na(); // want no-lock-escape "keys"', [])).toEqual(['fixtures/checks/sample.ts:2 missing no-lock-escape "keys"']);
  });

  it('names a surplus finding, also a second one on a wanted line', () => {
    const twice = [finding('no-lock-escape', 1, 'first'), finding('no-lock-escape', 1, 'second')];
    expect(problems('a(); // want no-lock-escape "second"', twice)).toEqual([
      'fixtures/checks/sample.ts:1 surplus no-lock-escape: first',
    ]);
  });

  it('does not accept another rule, another line or another message', () => {
    const source = 'a(); // want no-lock-escape "keys"';
    expect(problems(source, [finding('prefer-read-lock', 1, 'keys')])).toHaveLength(2);
    expect(problems(source, [finding('no-lock-escape', 2, 'keys')])).toHaveLength(2);
    expect(problems(source, [finding('no-lock-escape', 1, 'values')])).toHaveLength(2);
  });

  it('checks steps against the want of their own function', () => {
    const source = [
      'async function oneBad() {',
      '  check();     // step 1 "checks"',
      '  act();       // want no-check-then-act',
      '}',
      'async function twoBad() {',
      '  check();     // step 1 "checks"',
      '  act();       // want no-check-then-act',
      '}',
    ].join('\n');
    const witness = (line: number): Step[] => [{ task: 'A', role: 'check', span: spanOn(line), text: 'checks the place' }];
    const one = finding('no-check-then-act', 3, 'one', witness(2));
    expect(problems(source, [one, finding('no-check-then-act', 7, 'two', witness(6))])).toEqual([]);
    expect(problems(source, [one, finding('no-check-then-act', 7, 'two', witness(5))])).toEqual([
      'fixtures/checks/sample.ts:6 step 1 "checks" is really line 5, task A, check: checks the place',
    ]);
    expect(problems(source, [one, finding('no-check-then-act', 7, 'two')])).toEqual([
      'fixtures/checks/sample.ts:6 missing step 1; the finding has 0 steps',
    ]);
  });
});

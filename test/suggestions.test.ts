/** What a suggestion writes is analysed again: it compiles, its finding is gone, and there is no new one. */
import { describe, expect, it } from 'vitest';
import { ruleIds } from '../src/index.js';
import type { Finding, Suggestion } from '../src/index.js';
import { applyEdits } from './support/edits.js';
import { displayPath, fixtureFiles, FixtureProgram } from './support/fixtures.js';
import { diagnosticsOf, findingsIn, overlaidProgram } from './support/virtual.js';

const fixtures = new FixtureProgram();

interface Case {
  readonly file: string;
  readonly finding: Finding;
  readonly suggestion: Suggestion;
}

const cases = fixtureFiles().flatMap((file): Case[] =>
  fixtures.analyze(file).report.findings.flatMap((finding) => finding.suggestions.map((suggestion) => ({ file, finding, suggestion }))),
);

/** Rule and message without line numbers: a rewrite moves the other findings of its file. */
function identity(finding: Finding): string {
  return `${finding.rule} in ${finding.function}: ${finding.message.replace(/\d+/g, 'N')}`;
}

function identities(findings: readonly Finding[]): string[] {
  return findings.map(identity).sort();
}

/** Whether the rewrite changes the very expression that the finding speaks of. */
function touches({ span }: Finding, { edits }: Suggestion): boolean {
  return edits.some(({ start, end }) => start <= span.end && end >= span.start);
}

describe('suggestions', () => {
  it.each(ruleIds.filter((rule) => rule === 'no-floating-lock' || rule === 'prefer-read-lock' || rule === 'require-finally-release'))('are made by %s', (rule) => {
    expect(cases.filter(({ finding }) => finding.rule === rule).length).toBeGreaterThan(2);
  });

  it('are imperatives of one line', () => {
    expect(cases.map(({ suggestion }) => suggestion.title).filter((title) => !/^[A-Z][^\n]*[^.\s]$/.test(title))).toEqual([]);
  });

  it.each(cases.map((each) => [`${displayPath(each.file)}:${each.finding.span.line} ${each.suggestion.title}`, each] as const))(
    '%s',
    (_name, { file, finding, suggestion }) => {
      const { sourceFile, selection, markers, report } = fixtures.analyze(file);
      const rewritten = overlaidProgram(new Map([[file, applyEdits(sourceFile.text, suggestion.edits)]]));
      expect(diagnosticsOf(rewritten, file)).toEqual([]);
      const others = report.findings.filter((other) => other !== finding && other.fingerprint !== finding.fingerprint);
      const after = identities(findingsIn(rewritten, file, selection, markers.settings));
      // two rules may speak of one fault, and one rewrite then mends both
      // a lock that is kept also cures what its function did without one
      const isCured = (other: Finding): boolean => finding.rule === 'no-ineffective-lock' && other.function === finding.function;
      const remaining = others.filter((other) => other.rule === finding.rule || (!touches(other, suggestion) && !isCured(other)));
      expect(after).toEqual(identities(others.filter((other) => remaining.includes(other) || after.includes(identity(other)))));
    },
  );
});

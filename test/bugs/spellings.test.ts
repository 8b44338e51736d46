/** The five bugs and their fixes in other spellings of the same text: found where they were found, silent where they were silent. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { displayPath, fixtureFiles, FixtureProgram, fixtureSelection } from '../support/fixtures.js';
import { parseMarkers } from '../support/markers.js';
import { spellings } from '../support/spellings.js';
import { findingsIn, overlaidProgram } from '../support/virtual.js';

const files = fixtureFiles().filter((file) => displayPath(file).startsWith('fixtures/bugs/'));
const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
const fixtures = new FixtureProgram();
const place = ({ rule, span }: { readonly rule: string; readonly span: { readonly line: number } }): string => `${span.line} ${rule}`;
const asWritten = new Map(files.map((file) => [file, fixtures.analyze(file).report.findings.map(place).sort()]));

describe.each(Object.entries(spellings))('%s', (_name, spell) => {
  const spelled = new Map(files.map((file) => [file, spell(texts.get(file) ?? '')]));
  const program = overlaidProgram(spelled);

  it('keep the lines, and are programs', () => {
    const lines = (text: string | undefined): number => (text ?? '').split('\n').length;
    expect(files.filter((file) => spelled.get(file) !== texts.get(file)).length).toBeGreaterThan(10);
    expect(files.filter((file) => lines(spelled.get(file)) !== lines(texts.get(file))).map(displayPath)).toEqual([]);
    expect(files.flatMap((file) => program.getSyntacticDiagnostics(program.getSourceFile(file))).map(({ messageText }) => messageText)).toEqual([]);
  });

  it('are judged as the text is', () => {
    for (const file of files) {
      const markers = parseMarkers(texts.get(file) ?? '');
      const found = findingsIn(program, file, fixtureSelection(markers), markers.settings).map(place).sort();
      expect({ file: displayPath(file), found }).toEqual({ file: displayPath(file), found: asWritten.get(file) });
    }
  });
});

/** The pages of what was measured: their totals are those of their lists. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../support/fixtures.js';
import { tableRows } from '../support/markdown.js';

function page(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

describe('docs/recall.md', () => {
  const text = page('docs/recall.md');
  const [totals = []] = tableRows(text, /^\| set \| cases \|/);
  const named = totals.filter(([name]) => name !== 'all');

  it('sums up its sets', () => {
    const sums = [1, 2, 3, 4, 5].map((column) => named.reduce((sum, row) => sum + Number(row[column]), 0));
    expect(totals.find(([name]) => name === 'all')?.slice(1).map(Number)).toEqual(sums);
  });

  // the cases of the first set are told in groups
  const listed = named.filter(([name]) => name?.startsWith('first') === false);
  it.each(listed.map((row) => [row[0] ?? '', row] as const))('counts the cases of %s', (name, [, ...figures]) => {
    const [set = '', half = ''] = name.split(', ');
    const cases = tableRows(text, new RegExp(`^\\| case of the ${set} set \\|`)).flat();
    const own = cases.filter((row) => row[3] === (half === 'held out' ? 'held out' : 'learned') || !cases.some((each) => each[3] === 'held out'));
    const counted = (column: number): number => own.filter((row) => row[column]?.startsWith('yes')).length;
    const [all, first, , now, silent] = figures.map(Number);
    expect([own.length, counted(4), counted(5), counted(6)]).toEqual([all, first, now, silent]);
  });
});

describe('docs/real-code.md', () => {
  const sections = page('docs/real-code.md').split(/^## /m).slice(1);
  const measured = sections.flatMap((text) => {
    const [byRule] = tableRows(text, /^\| rule \| findings \| real, harmful \|/);
    const [byPackage] = tableRows(text, /^\| package \| .*\| findings \| per thousand lines \| real, harmful \|/);
    return byRule === undefined || byPackage === undefined ? [] : [{ title: text.slice(0, text.indexOf('\n')), byRule, byPackage }];
  });

  it('has such sections', () => {
    expect(measured.length).toBeGreaterThan(10);
  });

  const summed = (rows: readonly (readonly string[])[], columns: readonly number[]): readonly number[] =>
    columns.map((column) => rows.reduce((sum, row) => sum + Number(row.at(column)?.replaceAll(',', '')), 0));

  it.each(measured)('sums up "$title" by rule and by package', ({ byRule, byPackage }) => {
    const total = byRule.find(([rule]) => rule === 'all')?.slice(1).map(Number);
    expect(summed(byRule.filter(([rule]) => rule !== 'all'), [-4, -3, -2, -1])).toEqual(total);
    expect(summed(byPackage.filter(([name]) => name !== 'all'), [-5, -3, -2, -1])).toEqual(total);
  });
});

/** The pure part of the measurement on published packages. */
import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ruleIds } from '../../src/index.js';
import { byPlace, compare, keyOf, merge, render, verdictNames } from '../../scripts/ecosystem/report.mjs';
import { root } from '../support/fixtures.js';

type Found = Parameters<typeof compare>[0][number];
type Verdict = Parameters<typeof compare>[2][number];

function found(fingerprint: string, changes: Partial<Found> = {}): Found {
  return { package: 'a', file: 'src/a.ts', line: 1, rule: 'no-lost-update', fingerprint, preset: 'recommended', ...changes };
}

function verdict(fingerprint: string, name: Verdict['verdict']): Verdict {
  return { package: 'a', file: 'src/a.ts', line: 1, rule: 'no-lost-update', fingerprint, verdict: name, reason: 'Because.' };
}

function data(name: string): unknown {
  return JSON.parse(readFileSync(join(root, 'ecosystem', name), 'utf8'));
}

describe('compare', () => {
  it('tells what is new, what is gone and what nobody has judged', () => {
    const difference = compare([found('old'), found('judged'), found('new')], [found('old'), found('gone')], [verdict('judged', 'false')]);
    expect(difference.added.map(({ fingerprint }) => fingerprint)).toEqual(['judged', 'new']);
    expect(difference.gone.map(({ fingerprint }) => fingerprint)).toEqual(['gone']);
    expect(difference.unjudged.map(({ fingerprint }) => fingerprint)).toEqual(['new']);
  });

  it('follows a finding to another line, and not to another file', () => {
    expect(compare([found('x', { line: 9 })], [found('x')], [])).toEqual({ added: [], gone: [], unjudged: [] });
    expect(compare([found('x', { file: 'src/b.ts' })], [found('x')], []).added).toHaveLength(1);
  });
});

describe('merge', () => {
  it('counts what both presets find as that of the milder', () => {
    const both = found('both');
    expect(merge([both], [both, found('more', { line: 2 })]).map(({ fingerprint, preset }) => [fingerprint, preset])).toEqual([
      ['both', 'recommended'],
      ['more', 'strict'],
    ]);
  });
});

describe('render', () => {
  it('counts findings, their density and their verdicts', () => {
    const all = [found('x'), found('y', { line: 2 }), found('z', { line: 3, preset: 'strict' })];
    const measured = [{ package: 'a', version: '1.0.0', files: 2, lines: 4000, errors: 1, atomicUpdates: 7, found: all }];
    const verdicts = [verdict('x', 'real, harmful')];
    const text = render(measured, ['no-lost-update', 'no-stale-write'], verdicts, compare(all, all.slice(1), verdicts));
    expect(text).toContain('| `a` | 1.0.0 | 2 | 4,000 | 2 | 0.5 | 3 | 0.75 | 1 | 0 | 0 | 1 | 7 |');
    expect(text).toContain('| `no-lost-update` | 2 | 0.5 | 3 | 0.75 | 1 | 0 | 0 | 1 |');
    expect(text).toContain('| `no-stale-write` | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |');
    expect(text).toContain('- `a` src/a.ts:1 `no-lost-update` (recommended): real, harmful, x');
    expect(text).toContain('## Gone since the last accepted run\n\nNone.');
    expect(text).toContain('## Not analysed\n\n- `a`: 1');
  });
});

describe('what is remembered', () => {
  const verdicts = data('verdicts.json') as Verdict[];
  const accepted = data('accepted.json') as Found[];
  const packages = (data('packages.json') as { packages: { package: string }[] }).packages.map((pinned) => pinned.package);

  it.each([['verdicts.json', verdicts], ['accepted.json', accepted]])('%s has one entry for each finding, in order', (_name, entries) => {
    expect(entries.map(keyOf)).toEqual([...new Set(entries.map(keyOf))]);
    expect([...entries].sort(byPlace)).toEqual(entries);
    expect(entries.filter((entry) => !packages.includes(entry.package) || !ruleIds.some((rule) => rule === entry.rule))).toEqual([]);
  });

  it('has a reason for each verdict, and a verdict on every accepted finding of `recommended`', () => {
    expect(verdicts.filter((entry) => !verdictNames.includes(entry.verdict) || !entry.reason.endsWith('.'))).toEqual([]);
    expect(compare(accepted.filter(({ preset }) => preset === 'recommended'), [], verdicts).unjudged).toEqual([]);
  });

  it('is what docs/real-code.md says of the eight packages', () => {
    const [, section = ''] = readFileSync(join(root, 'docs', 'real-code.md'), 'utf8').split('\n### Findings\n');
    const rows = section.slice(0, section.indexOf('</details>')).matchAll(/^\| `(.+?)` \| (\S+):(\d+) \| `(.+?)` \| (.+?) \| (.+?) \|/gm);
    const told = [...rows].map(([, packageName, file, line, rule, name, now]) => ({ place: `${packageName} ${file}:${line} ${rule}`, name, now }));
    const placeOf = (entry: Found | Verdict): string => `${entry.package} ${entry.file}:${entry.line} ${entry.rule}`;
    const reported = accepted.filter(({ preset }) => preset === 'recommended').map(placeOf);
    expect(told.filter(({ now }) => now === 'reported').map(({ place }) => place).sort()).toEqual(reported.sort());
    const judged = new Map(verdicts.map((entry) => [placeOf(entry), entry.verdict]));
    expect(told.filter(({ place, name }) => judged.get(place) !== name)).toEqual([]);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ruleIds } from '../../src/index.js';
import { parseMarkers } from '../support/markers.js';

const testFolder = dirname(fileURLToPath(import.meta.url));
const bugsFolder = join(testFolder, '..', '..', 'fixtures', 'bugs');
const bugs = readdirSync(bugsFolder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

function formsOf(bug: string): string[] {
  return readdirSync(join(bugsFolder, bug)).filter((name) => /^(buggy|fixed|harmless)-.*\.ts$/.test(name));
}

const forms = bugs.flatMap((bug) => formsOf(bug).map((name): [bug: string, name: string] => [bug, name]));

describe('the five documented bugs', () => {
  it('have a folder each', () => {
    expect(bugs).toEqual([
      'automq-object-reader',
      'flyte-token-cache',
      'govmomi-session-manager',
      'jwx-key-set',
      'pomerium-type-listing',
    ]);
  });

  it.each(bugs)('%s has buggy and fixed forms', (bug) => {
    const kinds = formsOf(bug).map((name) => name.split('-')[0]);
    expect(kinds).toEqual(expect.arrayContaining(['buggy', 'fixed', 'harmless']));
  });

  it.each(bugs)('%s/README.md names every file of the folder and no other', (bug) => {
    const readme = readFileSync(join(bugsFolder, bug, 'README.md'), 'utf8');
    const named = new Set([...readme.matchAll(/`([a-z-]+\.ts)`/g)].map(([, name]) => name));
    const present = readdirSync(join(bugsFolder, bug)).filter((name) => name.endsWith('.ts'));
    expect([...named].sort()).toEqual(present.sort());
  });

  it.each(forms)('%s/%s is replayed by a test', (bug, name) => {
    const test = readFileSync(join(testFolder, `${bug}.test.ts`), 'utf8');
    expect(test).toContain(`from '../../fixtures/bugs/${bug}/${name.replace(/\.ts$/, '.js')}'`);
  });

  it.each(forms)('%s/%s carries the markers that its name promises', (bug, name) => {
    const markers = parseMarkers(readFileSync(join(bugsFolder, bug, name), 'utf8'));
    const rules = [...markers.wants, ...markers.laters].map((marker) => marker.rule);
    expect(markers.malformed).toEqual([]);
    expect(ruleIds).toEqual(expect.arrayContaining(rules));
    if (name.startsWith('buggy-')) expect(rules).not.toEqual([]);
    else expect(rules).toEqual([]);
  });
});

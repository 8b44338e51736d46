/** Who makes the objects of a class, or of a factory, decides whether two tasks can have one; tests of the program say nothing of that. */
import { describe, expect, it } from 'vitest';
import { findingsIn, virtualProgram } from '../support/virtual.js';

interface Form {
  readonly text: string;
  /** How one is imported and made. */
  readonly name: string;
  readonly made: string;
  readonly place: string;
}

const declared = 'declare function load(key: string): Promise<{ close(): void }>;';
const forms: Readonly<Record<string, Form>> = {
  'an object of an exported class': {
    text: `
${declared}
export class Cache {
  readonly #entries = new Map<string, { close(): void }>();
  async get(key: string): Promise<{ close(): void }> {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = await load(key);
      this.#entries.set(key, entry);
    }
    return entry;
  }
}
`,
    name: 'Cache',
    made: 'new Cache()',
    place: 'this.#entries[key]',
  },
  'what an exported factory makes': {
    text: `
${declared}
export function createCache() {
  const entries = new Map<string, { close(): void }>();
  async function get(key: string): Promise<{ close(): void }> {
    let entry = entries.get(key);
    if (entry === undefined) {
      entry = await load(key);
      entries.set(key, entry);
    }
    return entry;
  }
  return { get };
}
`,
    name: 'createCache',
    made: 'createCache()',
    place: 'entries[key]',
  },
};

describe.each(Object.entries(forms))('%s', (_form, { text, name, made, place }) => {
  const placesWith = (files: Readonly<Record<string, string>>): string[] => {
    const written = Object.fromEntries(Object.entries(files).map(([file, body]) => [file, `import { ${name} } from './cache.js';\n${body}`]));
    return findingsIn(virtualProgram({ 'cache.ts': text, ...written }), 'cache.ts', { 'no-check-then-act': {} }).map((finding) => finding.place);
  };

  it('is shared when nobody makes one', () => {
    expect(placesWith({})).toEqual([place]);
  });

  it.each([
    ['in a file of tests', { 'cache.test.ts': `export async function check() { const cache = ${made}; await cache.get('a'); }` }],
    ['in a case', { 'checks.ts': `declare function it(name: string, check: () => Promise<void>): void;\nit('gets', async () => { const cache = ${made}; await cache.get('a'); });` }],
    ['for two calls at once', { 'main.ts': `export async function main() { const cache = ${made}; await Promise.all([cache.get('a'), cache.get('a')]); }` }],
    ['for one call each', { 'main.ts': `export async function main(keys: string[]) { const cache = ${made}; await Promise.all(keys.map((key) => cache.get(key))); }` }],
    ['for a call that is waited for later', { 'main.ts': `export async function main() { const cache = ${made}; const first = cache.get('a'); await cache.get('a'); await first; }` }],
    ['for a variable of the module', { 'main.ts': `const cache = ${made}; export async function main() { await cache.get('a'); }` }],
  ])('is shared when the only ones are made %s', (_name, files) => {
    expect(placesWith(files)).toEqual([place]);
  });

  it('is its operation\'s own when each call is waited for', () => {
    expect(placesWith({ 'main.ts': `export async function main() { const cache = ${made}; await cache.get('a'); return await cache.get('b'); }` })).toEqual([]);
  });
});

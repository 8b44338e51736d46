/** Who makes the objects of a class decides whether two tasks can have one; tests of the program say nothing of that. */
import { describe, expect, it } from 'vitest';
import { findingsIn, virtualProgram } from '../support/virtual.js';

const cache = `
declare function load(key: string): Promise<{ close(): void }>;
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
`;

function placesWith(files: Readonly<Record<string, string>>): string[] {
  const program = virtualProgram({ 'cache.ts': cache, ...files });
  return findingsIn(program, 'cache.ts', { 'no-check-then-act': {} }).map(({ place }) => place);
}

const reported = ['this.#entries[key]'];
const head = "import { Cache } from './cache.js';\n";

describe('an object of an exported class', () => {
  it('is shared when nobody makes one', () => {
    expect(placesWith({})).toEqual(reported);
  });

  it.each([
    ['in a file of tests', { 'cache.test.ts': `${head}export async function check() { const cache = new Cache(); await cache.get('a'); }` }],
    ['in a case', { 'checks.ts': `${head}declare function it(name: string, check: () => Promise<void>): void;\nit('gets', async () => { const cache = new Cache(); await cache.get('a'); });` }],
    ['for two calls at once', { 'main.ts': `${head}export async function main() { const cache = new Cache(); await Promise.all([cache.get('a'), cache.get('a')]); }` }],
    ['for one call each', { 'main.ts': `${head}export async function main(keys: string[]) { const cache = new Cache(); await Promise.all(keys.map((key) => cache.get(key))); }` }],
    ['for a call that is waited for later', { 'main.ts': `${head}export async function main() { const cache = new Cache(); const first = cache.get('a'); await cache.get('a'); await first; }` }],
  ])('is shared when the only ones are made %s', (_name, files) => {
    expect(placesWith(files)).toEqual(reported);
  });

  it('is its operation\'s own when each call is waited for', () => {
    expect(placesWith({ 'main.ts': `${head}export async function main() { const cache = new Cache(); await cache.get('a'); return await cache.get('b'); }` })).toEqual([]);
  });
});

/** What a member that gives back only when a promise has settled does when its callback throws before there is one. */
import { createRequire } from 'node:module';
import { createPool } from 'generic-pool';
import { describe, expect, it } from 'vitest';
import { outcome } from '../support/deferred.js';

interface Permits {
  use<T>(task: () => Promise<T>): Promise<T>;
}

// the package ships sources in place of declarations, which do not compile under the settings of this project
const load: (name: 'await-semaphore') => { readonly Semaphore: new (count: number) => Permits } = createRequire(import.meta.url);
const { Semaphore } = load('await-semaphore');

const done = (): Promise<void> => Promise.resolve();
const size = (text: string): number => {
  if (text === '') throw new RangeError('empty');
  return text.length;
};

describe('a callback that throws before it returns a promise', () => {
  it('keeps the permit for good, and gives it back where it is async', async () => {
    const bad = new Semaphore(1);
    expect(await outcome(bad.use(() => (size('') > 3 ? done() : done())))).toBe('rejected');
    expect(await outcome(bad.use(done))).toBe('pending');

    const good = new Semaphore(1);
    expect(await outcome(good.use(async () => (size('') > 3 ? done() : done())))).toBe('rejected');
    expect(await outcome(good.use(done))).toBe('fulfilled');
  });

  it('keeps what a pool gave out, and gives it back where it is async', async () => {
    const pool = () => createPool<object>({ create: () => Promise.resolve({}), destroy: done }, { max: 1 });
    const bad = pool();
     
    expect(await outcome(bad.use(() => (size('') > 3 ? done() : done())))).toBe('rejected');
    expect(await outcome(bad.use(done))).toBe('pending');

    const good = pool();
    expect(await outcome(good.use(async () => (size('') > 3 ? done() : done())))).toBe('rejected');
    expect(await outcome(good.use(done))).toBe('fulfilled');
  });
});

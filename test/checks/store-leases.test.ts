/** A lease that is not given back keeps everybody out until it runs out; one that is given back by who never had it lets a second in. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { refreshBad, refreshOk, sweepBad, sweepOk } from '../../fixtures/checks/require-finally-release/store-leases.js';

const keys = new Map<string, string>();

const store = {
  set: (key: string, value: string): Promise<'OK' | null> => {
    if (keys.has(key)) return Promise.resolve(null);
    keys.set(key, value);
    return Promise.resolve('OK');
  },
  del: (key: string): Promise<number> => Promise.resolve(Number(keys.delete(key))),
};

afterEach(() => {
  vi.unstubAllGlobals();
  keys.clear();
});

describe('a lease by a key of a store', () => {
  it('keeps everybody out where a `return` has left it', async () => {
    vi.stubGlobal('redis', store);
    vi.stubGlobal('work', () => Promise.resolve(0));
    await refreshOk('a');
    expect(keys.size).toBe(0);
    await refreshBad('a');
    expect(keys.has('refresh:a')).toBe(true);
    vi.stubGlobal('work', () => Promise.resolve(1));
    expect(await refreshBad('a')).toBeUndefined();
  });

  it('is lost by its owner where another deletes it who never had it', async () => {
    vi.stubGlobal('client', store);
    await store.set('sweep:a', 'owner');
    await sweepOk('a');
    expect(keys.has('sweep:a')).toBe(true);
    await sweepBad('a');
    expect(keys.has('sweep:a')).toBe(false);
  });
});

/** A lookup is under way when its cache is cleared: is its answer kept? */
import { describe, expect, it } from 'vitest';
import * as fixtures from '../../fixtures/checks/no-stale-write/forgotten-lookups.js';
import { deferred } from '../support/deferred.js';

interface Cache {
  get(): Promise<fixtures.Status>;
  drop(): void;
}

describe('a cache that is cleared while a lookup is under way', () => {
  it.each<[string, (load: fixtures.Load) => Cache, string]>([
    ['createStatusBad', (load) => { const cache = fixtures.createStatusBad(load); return { get: () => cache.get(), drop: () => { cache.clear(); } }; }, 'old'],
    ['createStatusOk', (load) => { const cache = fixtures.createStatusOk(load); return { get: () => cache.get(), drop: () => { cache.clear(); } }; }, 'new'],
    ['SettingsBad', (load) => { const cache = new fixtures.SettingsBad(load); return { get: () => cache.get(), drop: () => { cache.reset(); } }; }, 'old'],
    ['SettingsOk', (load) => { const cache = new fixtures.SettingsOk(load); return { get: () => cache.get(), drop: () => { cache.reset(); } }; }, 'new'],
  ])('of %s answers with the %s one', async (_name, make, login) => {
    const first = deferred<fixtures.Status>();
    const answers = [first.promise, Promise.resolve({ login: 'new' })];
    const cache = make(() => answers.shift() ?? Promise.reject(new Error('asked too often')));
    const early = cache.get();
    cache.drop();
    first.resolve({ login: 'old' });
    await early;
    expect((await cache.get()).login).toBe(login);
  });
});

/** Contents that a store keeps under one key, loaded and saved as a whole by two tasks: one of the two changes is lost. */
import { describe, expect, it } from 'vitest';
import { deferred, flush } from '../support/deferred.js';
import { Names, Preferences, type Store } from '../../fixtures/checks/no-lost-update/saved-wholes.js';

/** A store that answers in a later turn, with a copy of what it keeps. */
class Kept implements Store {
  readonly contents = new Map<string, string>();

  async get<T>(key: string): Promise<T | undefined> {
    await Promise.resolve();
    const text = this.contents.get(key);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  async set(key: string, value: unknown): Promise<void> {
    await Promise.resolve();
    this.contents.set(key, JSON.stringify(value));
  }
}

describe('a content under one key', () => {
  it('keeps the change of the last one alone', async () => {
    for (const add of ['addBad', 'addByConstantBad'] as const) {
      const store = new Kept();
      const names = new Names(store);
      await Promise.all([names[add]('a'), names[add]('b')]);
      expect(await store.get('names'), add).toEqual(['b']);
    }
  });

  it('loses a member that another task has set meanwhile', async () => {
    const store = new Kept();
    await store.set('settings', { theme: 'dark', size: 1 });
    const gate = deferred();
    const slow: Store = {
      get: (key) => store.get(key),
      set: async (key, value) => {
        await gate.promise;
        await store.set(key, value);
      },
    };
    const resized = new Preferences(() => Promise.resolve(slow)).resizeBad(2);
    await flush();
    await store.set('settings', { ...(await store.get<object>('settings')), theme: 'light' });
    gate.resolve();
    await resized;
    expect(await store.get('settings')).toEqual({ theme: 'dark', size: 2 });
  });
});

/** Methods that an object begins together for its one run. */
import { describe, expect, it } from 'vitest';
import { totalsOf } from '../../fixtures/checks/no-lost-update/side-by-side.js';
import { deferred } from '../support/deferred.js';

describe('totals of one run', () => {
  it('lack what was added beside', async () => {
    const asked: { readonly id: string; readonly answer: ReturnType<typeof deferred<number>> }[] = [];
    Object.assign(globalThis, {
      load: (id: string) => {
        const answer = deferred<number>();
        asked.push({ id, answer });
        return answer.promise;
      },
    });
    const done = totalsOf(['c', 'd', 'e']);
    // of `a` and `b` that of `b` comes first, and `a` is put over it
    asked.find(({ id }) => id === 'b')?.answer.resolve(10);
    await Promise.resolve();
    asked.find(({ id }) => id === 'a')?.answer.resolve(1);
    for (let turn = 0; asked.length < 5 && turn < 50; turn += 1) await Promise.resolve();
    for (const { answer } of asked.slice(2)) answer.resolve(1);
    for (let turn = 0; asked.length < 8 && turn < 50; turn += 1) await Promise.resolve();
    for (const { answer } of asked.slice(5)) answer.resolve(1);
    expect(await done).toBe(1);
    // nobody found what another one had asked for
    expect(asked.slice(5).map(({ id }) => id)).toEqual(['c', 'd', 'e']);
  });
});

/** Calls that wait for the one before them load once, also after a failure; those that take their place too late load twice. */
import { describe, expect, it } from 'vitest';
import { Chained, Lines, Unclaimed } from '../../fixtures/checks/no-check-then-act/waits-in-line.js';
import { deferred } from '../support/deferred.js';

type Load = (key: string) => Promise<string>;

describe('three calls of which the first fails', () => {
  it.each([
    ['Lines.swallowedOk', (load: Load) => { const lines = new Lines(load); return () => lines.swallowedOk('a'); }, 2],
    ['Chained.caughtOk', (load: Load) => { const chained = new Chained(load); return () => chained.caughtOk('a'); }, 2],
    ['Unclaimed.caughtBad', (load: Load) => { const unclaimed = new Unclaimed(load); return () => unclaimed.caughtBad('a'); }, 3],
  ] as const)('load as often as they have to in %s', async (_name, make, times) => {
    const gate = deferred();
    let loads = 0;
    const start = make(async () => {
      loads += 1;
      const isFirst = loads === 1;
      await gate.promise;
      if (isFirst) throw new Error('the first load fails');
      return 'value';
    });
    const all = Promise.allSettled([start(), start(), start()]);
    gate.resolve();
    await all;
    expect(loads).toBe(times);
  });
});

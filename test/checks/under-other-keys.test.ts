/** Two users ask for one seat: the lock of each user lets both have it, the lock of the seat one of them. */
import { describe, expect, it } from 'vitest';
import { Seats } from '../../fixtures/checks/no-check-then-act/under-other-keys.js';
import { deferred, flush } from '../support/deferred.js';

describe('two users and one seat', () => {
  it.each([
    ['reserveBad', 2],
    ['reserveOk', 1],
    ['reserveUnderBothOk', 1],
  ] as const)('have it as often as it says after %s', async (reserve, times) => {
    const told = deferred();
    const seats = new Seats(() => told.promise);
    const both = Promise.all([seats[reserve]('12A', 'ann'), seats[reserve]('12A', 'bob')]);
    await flush();
    told.resolve();
    expect((await both).filter(Boolean)).toHaveLength(times);
  });
});

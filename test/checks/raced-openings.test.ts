/** What is opened when its time is over stays open. */
import { describe, expect, it, vi } from 'vitest';
import { type Db, listBad, listOk } from '../../fixtures/checks/no-stale-write/raced-openings.js';
import { deferred, flush } from '../support/deferred.js';

describe('an opening that loses against a timer', () => {
  it.each([
    [listBad, 1],
    [listOk, 0],
  ] as const)('of %o leaves %i open', async (list, left) => {
    vi.useFakeTimers();
    try {
      const opening = deferred<Db>();
      let open = 0;
      const listed = list(() => opening.promise, 100);
      const refused = expect(listed).rejects.toThrow('late');
      await vi.advanceTimersByTimeAsync(100);
      await refused;
      open += 1;
      opening.resolve({
        all: () => Promise.resolve([]),
        close: () => {
          open -= 1;
        },
      });
      await flush();
      expect(open).toBe(left);
    } finally {
      vi.useRealTimers();
    }
  });
});

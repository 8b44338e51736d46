/** What goes on by itself is opened after its end, and nobody ends it any more. */
import { describe, expect, it, vi } from 'vitest';
import { FeedBad, FeedOk, leaseBad, leaseOk } from '../../fixtures/checks/no-stale-write/going-on.js';
import { deferred, flush } from '../support/deferred.js';

describe('what is opened after its end', () => {
  it.each([
    [FeedBad, ['late: news']],
    [FeedOk, []],
  ] as const)('%o hears what nobody wants: %j', async (Feed, heard) => {
    const name = deferred<string>();
    const listeners = new Set<(text: string) => void>();
    const feed = new Feed(
      () => name.promise,
      (listen) => {
        listeners.add(listen);
        return { unsubscribe: () => listeners.delete(listen) };
      },
    );
    // eslint-disable-next-line async-race/no-use-after-release -- the fault under test
    const begun = feed.begin();
    feed.end();
    name.resolve('late: ');
    await begun;
    for (const listen of listeners) listen('news');
    expect(feed.seen).toEqual(heard);
  });

  it.each([
    [leaseBad, 2],
    [leaseOk, 1],
  ] as const)('%o asks %i times for a lease that was released', async (makeLease, asked) => {
    vi.useFakeTimers();
    try {
      const time = deferred<number>();
      const renew = vi.fn(() => time.promise);
      const { hold, release } = makeLease(renew);
      const held = hold();
      release();
      time.resolve(10);
      await held;
      vi.advanceTimersByTime(10);
      await flush();
      expect(renew).toHaveBeenCalledTimes(asked);
    } finally {
      vi.useRealTimers();
    }
  });
});

/** A turn that is under way when a chain of timers is stopped and started again: how many chains are there afterwards? */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BusyOk, ClearedOk, NumberedOk, PollBad } from '../../fixtures/checks/no-check-then-act/revived-chains.js';
import { deferred } from '../support/deferred.js';

interface Poll {
  start(): void;
  stop(): void;
}

describe('a chain of timers that is stopped and started again', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([
    ['PollBad', (work: () => Promise<void>): Poll => new PollBad(work, { error: () => undefined }), 2],
    ['NumberedOk', (work: () => Promise<void>): Poll => new NumberedOk(work), 1],
    ['ClearedOk', (work: () => Promise<void>): Poll => new ClearedOk(work), 1],
    ['BusyOk', (work: () => Promise<void>): Poll => new BusyOk(work), 1],
  ] as const)('goes on in %s', async (_name, make, chains) => {
    const turns = [deferred<void>(), deferred<void>()];
    let begun = 0;
    const poll = make(() => turns[begun++]?.promise ?? Promise.resolve());
    poll.start();
    poll.stop();
    poll.start();
    for (const turn of turns) turn.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(chains);
  });
});

describe('an answer that a chain brings', () => {
  it.each([['RegionsBad', 1], ['RegionsOk', 0]] as const)('is that of an older question or not in %s', async (name, left) => {
    const fixtures = await import('../../fixtures/checks/no-stale-write/chained-answers.js');
    const first = deferred<{ id: string; name: string }[]>();
    const regions = new fixtures[name]({ list: (query) => (query === 'old' ? first.promise : Promise.resolve([])), one: () => Promise.reject(new Error('none')) });
    regions.onRegion('old');
    regions.onRegion('new');
    await Promise.resolve();
    first.resolve([{ id: '1', name: 'of the old region' }]);
    await first.promise;
    await Promise.resolve();
    expect(regions.text()).toBe(`new: ${left}`);
  });
});

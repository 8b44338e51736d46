/** Counts of users that stay too high when the work fails, and do not in the corrected twins. */
import { describe, expect, it } from 'vitest';
import { closedPages, Page } from '../../fixtures/checks/require-finally-release/counted-page.js';
import { Limited, pinnedBad, pinnedOk, sizeBad, sizeChainBad, sizeChainOk, sizeOk } from '../../fixtures/checks/require-finally-release/user-counts.js';

const fails = (): Promise<number> => Promise.reject(new Error('no'));

describe('a share in a page', () => {
  it.each([
    ['sizeBad', sizeBad, false],
    ['sizeChainBad', sizeChainBad, false],
    ['sizeOk', sizeOk, true],
    ['sizeChainOk', sizeChainOk, true],
  ] as const)('after a failure in %s, the last owner closes the page: %s', async (_, size, isClosed) => {
    const page = new Page(fails);
    await expect(size(page)).rejects.toThrow('no');
    page.release();
    expect(closedPages.includes(page)).toBe(isClosed);
  });

  it('that is a pin, stays pinned after a failure only without `finally`', async () => {
    const left = new Page(fails);
    await expect(pinnedBad(left)).rejects.toThrow('no');
    expect(left.pins).toBe(1);
    const given = new Page(fails);
    await expect(pinnedOk(given)).rejects.toThrow('no');
    expect(given.pins).toBe(0);
  });
});

describe('a limit that is counted by hand', () => {
  it('keeps everybody out after as many failures', async () => {
    const limited = new Limited();
    await expect(limited.runBad(fails)).rejects.toThrow('no');
    await expect(limited.runBad(fails)).rejects.toThrow('no');
    expect(await limited.runBad(() => Promise.resolve(7))).toBeUndefined();
  });

  it('lets the next one in when it is lowered in a `finally`', async () => {
    const limited = new Limited();
    await expect(limited.runOk(fails)).rejects.toThrow('no');
    await expect(limited.runOk(fails)).rejects.toThrow('no');
    expect(await limited.runOk(() => Promise.resolve(7))).toBe(7);
  });
});

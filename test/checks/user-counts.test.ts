/** Counts of users that stay too high when the work fails, and do not in the corrected twins. */
import { describe, expect, it } from 'vitest';
import { closedPages, Page } from '../../fixtures/checks/require-finally-release/counted-page.js';
import { createLimitBad, createLimitOk } from '../../fixtures/checks/require-finally-release/handed-tasks.js';
import { Film } from '../../fixtures/checks/require-finally-release/lent-film.js';
import { type Wire, Wires } from '../../fixtures/checks/require-finally-release/lost-places.js';
import { Cinema } from '../../fixtures/checks/require-finally-release/retained-results.js';
import { Limited, pinnedBad, pinnedOk, sizeBad, sizeChainBad, sizeChainOk, sizeOk } from '../../fixtures/checks/require-finally-release/user-counts.js';
import { outcome } from '../support/deferred.js';

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

describe('a place that is taken for what never comes', () => {
  it.each([
    ['takeBad', 1],
    ['takeReadyBad', 1],
    ['takeOk', 0],
    ['takeChainOk', 0],
    ['takeByHelperOk', 0],
  ] as const)('after a failure in %s, %d places are taken', async (name, taken) => {
    const wires = new Wires(() => Promise.reject<Wire>(new Error('refused')), 1);
    await expect(wires[name]()).rejects.toThrow('refused');
    expect(wires.size).toBe(taken);
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

describe('a share that the call which takes it gives to a constant', () => {
  it.each([
    ['renamedBad', 1],
    ['renamedOk', 0],
  ] as const)('after a failure in %s, %d screen shows the film', async (name, screens) => {
    const film = new Film(() => Promise.reject(new Error('torn')));
    const cinema = new Cinema(() => Promise.resolve(film));
    await expect(cinema[name](film)).rejects.toThrow('torn');
    expect(film.screens).toBe(screens);
  });
});

describe('a task that throws before it returns its promise', () => {
  const broken = (): never => {
    throw new Error('broken');
  };

  it.each([
    ['a place that is given back when the promise settles', createLimitBad, 'pending'],
    ['a place that is given back however the task ends', createLimitOk, 'fulfilled'],
  ] as const)('%s: the next task', async (_, createLimit, expected) => {
    const limit = createLimit(1);
    await expect(limit.run(broken)).rejects.toThrow('broken');
    expect(await outcome(limit.run(() => Promise.resolve(7)))).toBe(expected);
  });
});

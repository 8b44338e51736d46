/** Two restarts at once: who closes what the first one has opened? */
import { describe, expect, it } from 'vitest';
import * as fixtures from '../../fixtures/checks/no-stale-write/displaced-by-helpers.js';
import { deferred } from '../support/deferred.js';

type Restart = (address: string) => Promise<void>;

describe('two restarts at once, each of which ends the old link by a helper', () => {
  it.each<[string, (open: fixtures.Open) => Restart, number]>([
    ['HelperBad', (open) => { const links = new fixtures.HelperBad(open); return (address) => links.restart(address); }, 2],
    ['TwoHelpersBad', (open) => { const links = new fixtures.TwoHelpersBad(open); return (address) => links.restart(address); }, 2],
    ['beginBad', (open) => (address) => fixtures.beginBad(open, address), 2],
    ['beginSessionBad', (open) => (address) => fixtures.beginSessionBad(open, address), 2],
    ['OneAtATimeOk', (open) => { const links = new fixtures.OneAtATimeOk(open); return (address) => links.restart(address); }, 1],
    ['LatestOk', (open) => { const links = new fixtures.LatestOk(open); return (address) => links.restart(address); }, 1],
    ['EndedAgainOk', (open) => { const links = new fixtures.EndedAgainOk(open); return (address) => links.restart(address); }, 1],
  ])('leave with %s as many links open', async (_name, make, left) => {
    const gate = deferred<void>();
    const open = new Set<fixtures.Link>();
    const restart = make(async () => {
      await gate.promise;
      const link: fixtures.Link = { send: () => undefined, close: () => { open.delete(link); return Promise.resolve(); } };
      open.add(link);
      return link;
    });
    const both = [restart('a'), restart('b')];
    gate.resolve();
    await Promise.all(both);
    expect(open.size).toBe(left);
  });
});

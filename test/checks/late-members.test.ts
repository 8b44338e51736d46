/** What is opened while its owner ends all that it has: who closes it? */
import { describe, expect, it } from 'vitest';
import * as fixtures from '../../fixtures/checks/no-stale-write/late-members.js';
import { deferred } from '../support/deferred.js';

type Open = (id: string) => Promise<fixtures.Link>;
interface Run {
  begin(): Promise<unknown>;
  end(): unknown;
}

describe('a link that is being opened when the end comes', () => {
  it.each([
    ['LinkMap', (open: Open): Run => { const links = new fixtures.LinkMap(open); return { begin: () => links.addBad('a'), end: () => links.close() }; }, 0],
    ['LinkList', (open: Open): Run => { const links = new fixtures.LinkList(open); return { begin: () => links.addBad('a'), end: () => links.close() }; }, 0],
    ['LinkRow', (open: Open): Run => { const links = new fixtures.LinkRow(open); return { begin: () => links.openAllBad(['a', 'b']), end: () => links.close() }; }, 0],
    ['LoweredFlag', (open: Open): Run => { const links = new fixtures.LoweredFlag(open); return { begin: () => links.addBad('a'), end: () => links.stop() }; }, 0],
    ['Disposed', (open: Open): Run => { const links = new fixtures.Disposed(open); return { begin: () => links.addBad('a'), end: () => links.dispose() }; }, 0],
    ['AskedAgain', (open: Open): Run => { const links = new fixtures.AskedAgain(open); return { begin: () => links.addOk('a'), end: () => links.close() }; }, 1],
    ['AskedAfterwards', (open: Open): Run => { const links = new fixtures.AskedAfterwards(open); return { begin: () => links.addOk('a'), end: () => links.close() }; }, 1],
    ['WaitedFor', (open: Open): Run => { const links = new fixtures.WaitedFor(open); return { begin: () => links.addOk('a'), end: () => links.close() }; }, 1],
  ] as const)('is closed or not by %s', async (_name, make, closings) => {
    const gate = deferred<void>();
    let opened = 0;
    let closed = 0;
    const run = make(async () => {
      await gate.promise;
      opened += 1;
      return { close: () => { closed += 1; return Promise.resolve(); } };
    });
    const begun = run.begin();
    const ended = Promise.resolve(run.end());
    gate.resolve();
    await Promise.all([begun, ended]);
    expect([opened, closed]).toEqual([1, closings]);
  });
});

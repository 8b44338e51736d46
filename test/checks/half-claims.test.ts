/** A test that asks for two things, of which the task sets one at once: how many links are made by two that come together. */
import { describe, expect, it } from 'vitest';
import * as fixtures from '../../fixtures/checks/no-check-then-act/half-claims.js';
import { deferred } from '../support/deferred.js';

type Make = () => fixtures.Link;

describe('two that come while the first link opens', () => {
  it.each([
    ['Client.openBad', (make: Make) => { const client = new fixtures.Client(make); return () => client.openBad(); }, 2],
    ['OtherOrder.openBad', (make: Make) => { const client = new fixtures.OtherOrder(make); return () => client.openBad(); }, 2],
    ['BehindGetter.openBad', (make: Make) => { const client = new fixtures.BehindGetter(make); return () => client.openBad(); }, 2],
    ['InConstant.openBad', (make: Make) => { const client = new fixtures.InConstant(make); return () => client.openBad(); }, 2],
    ['SharedOpening.openOk', (make: Make) => { const client = new fixtures.SharedOpening(make); return () => client.openOk(); }, 1],
    ['BothMissing.openOk', (make: Make) => { const client = new fixtures.BothMissing(make); return () => client.openOk(); }, 1],
    ['OneAfterTheOther.openOk', (make: Make) => { const client = new fixtures.OneAfterTheOther(make); return () => client.openOk(); }, 1],
    ['BothAtOnce.openOk', (make: Make) => { const client = new fixtures.BothAtOnce(make); return () => client.openOk(); }, 1],
  ] as const)('make as many links as %s lets them', async (_name, begin, links) => {
    const gate = deferred<void>();
    let made = 0;
    const open = begin(() => {
      made += 1;
      return { write: () => {}, open: () => gate.promise };
    });
    const both = Promise.all([open(), open()]);
    gate.resolve();
    await both;
    expect(made).toBe(links);
  });

  it('connect twice behind a callee', async () => {
    const openings: (() => void)[] = [];
    const client = new fixtures.BehindCallee(() => ({ once: (event, listener) => { if (event === 'open') openings.push(listener); }, write: () => {} }));
    const both = Promise.all([client.sendBad('a'), client.sendBad('b')]);
    for (const opened of openings) opened();
    await both;
    expect(openings).toHaveLength(2);
  });
});

describe('two that come while the keys are downloaded', () => {
  it.each([
    ['TimedByHelper.getBad', (download: fixtures.Download) => { const keys = new fixtures.TimedByHelper(download, () => 1); return () => keys.getBad(); }, 2],
    ['TimedByLink.getBad', (download: fixtures.Download) => { const keys = new fixtures.TimedByLink(download, () => 1); return () => keys.getBad(); }, 2],
    ['DroppedWhenOver.getBad', (download: fixtures.Download) => { const keys = new fixtures.DroppedWhenOver(download, () => 1); return () => keys.getBad(); }, 2],
    ['DroppedOk.getOk', (download: fixtures.Download) => { const keys = new fixtures.DroppedOk(download, () => 1); return () => keys.getOk(); }, 1],
    ['DroppedWhileOld.getBad', (download: fixtures.Download) => { const keys = new fixtures.DroppedWhileOld(download, () => 1); return () => keys.getBad(); }, 2],
    ['LoweredAtOnceOk.getOk', (download: fixtures.Download) => { const keys = new fixtures.LoweredAtOnceOk(download, () => 1); return () => keys.getOk(); }, 1],
    ['keyBad', (download: fixtures.Download) => () => fixtures.keyBad('k', download, () => 1), 2],
    ['TimedOk.getOk', (download: fixtures.Download) => { const keys = new fixtures.TimedOk(download, () => 1); return () => keys.getOk(); }, 1],
  ] as const)('download them as often as %s lets them', async (_name, begin, downloads) => {
    const gate = deferred<{ key: string; lifetime: number }>();
    let started = 0;
    const get = begin(() => {
      started += 1;
      return gate.promise;
    });
    const both = Promise.all([get(), get()]);
    gate.resolve({ key: 'k', lifetime: 10 });
    expect(await both).toEqual(['k', 'k']);
    expect(started).toBe(downloads);
  });
});

/** Work that is done twice because what says that it is done comes after the branch, and once in the corrected twins. */
import { describe, expect, it } from 'vitest';
import { Booth, Channel, ClaimedStage, CountedChannel, Library, Stage } from '../../fixtures/checks/no-check-then-act/late-claims.js';
import { announced } from '../../fixtures/checks/no-check-then-act/late-claims-link.js';
import { deferred } from '../support/deferred.js';

describe('two that come at once', () => {
  it.each([
    ['Stage.openBad', (work: () => Promise<void>) => { const stage = new Stage(work); return () => stage.openBad(); }, 2],
    ['ClaimedStage.openOk', (work: () => Promise<void>) => { const stage = new ClaimedStage(work); return () => stage.openOk(); }, 1],
    ['Library.readOk', (work: () => Promise<void>) => { const library = new Library(work); return () => library.readOk(); }, 1],
  ] as const)('do the work of %s', async (_name, make, times) => {
    const gate = deferred<undefined>();
    let done = 0;
    const start = make(async () => {
      done += 1;
      await gate.promise;
    });
    const both = Promise.all([start(), start()]);
    gate.resolve(undefined);
    await both;
    expect(done).toBe(times);
  });

  it.each([
    ['Channel', (open: () => Promise<{ close(): Promise<void> }>) => { const channel = new Channel(open); return () => channel.listenBad(); }, 2],
    ['CountedChannel', (open: () => Promise<{ close(): Promise<void> }>) => { const channel = new CountedChannel(open); return () => channel.listenOk(); }, 1],
  ] as const)('open the link of %s', async (_name, make, times) => {
    let opened = 0;
    const listen = make(() => {
      opened += 1;
      return Promise.resolve({ close: () => Promise.resolve() });
    });
    await Promise.all([listen(), listen()]);
    expect(opened).toBe(times);
  });

  it('announce the booth twice', async () => {
    announced.length = 0;
    const booth = new Booth();
    await Promise.all([booth.enterBad(), booth.enterBad()]);
    expect(announced).toEqual(['open', 'open']);
  });
});

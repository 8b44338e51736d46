/** Work that is done twice because what says that it is done comes after the branch, and once in the corrected twins. */
import { describe, expect, it } from 'vitest';
import { Booth, Channel, ClaimedStage, CountedChannel, Library, Stage } from '../../fixtures/checks/no-check-then-act/late-claims.js';
import { announced } from '../../fixtures/checks/no-check-then-act/late-claims-link.js';
import { deferred } from '../support/deferred.js';

describe('two that come at once', () => {
  it.each([
    ['Stage.openBad', (work: () => Promise<void>) => new Stage(work), 'openBad', 2],
    ['ClaimedStage.openOk', (work: () => Promise<void>) => new ClaimedStage(work), 'openOk', 1],
    ['Library.readOk', (work: () => Promise<void>) => new Library(work), 'readOk', 1],
  ] as const)('do the work of %s', async (_name, make, method, times) => {
    const gate = deferred<undefined>();
    let done = 0;
    const subject = make(async () => {
      done += 1;
      await gate.promise;
    });
    const call = Reflect.get(subject, method) as () => Promise<void>;
    const both = Promise.all([call.call(subject), call.call(subject)]);
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

/** A stop and a start while the loop pauses: how many loops go on? */
import { describe, expect, it } from 'vitest';
import * as fixtures from '../../fixtures/checks/no-check-then-act/revived-loops.js';
import { deferred, type Deferred, flush } from '../support/deferred.js';

interface Loop {
  start(): unknown;
  stop(): unknown;
}

describe('loops after a stop and a start in one pause', () => {
  it.each<[string, (poll: fixtures.Poll, pause: fixtures.Pause) => Loop, number]>([
    ['PollerBad', (poll, pause) => new fixtures.PollerBad(poll, pause), 2],
    ['RunBad', (poll, pause) => { const loop = new fixtures.RunBad(poll, pause); return { start: () => loop.run(), stop: () => { loop.stop(); } }; }, 2],
    ['startBad', (poll, pause) => ({ start: () => { fixtures.startBad(poll, pause); }, stop: () => { fixtures.stopPolling(); } }), 2],
    ['UnaskedBad', (poll, pause) => new fixtures.UnaskedBad(poll, pause), 2],
    ['KeptOk', (poll, pause) => new fixtures.KeptOk(poll, pause), 1],
    ['TokenOk', (poll, pause) => new fixtures.TokenOk(poll, pause), 1],
    ['WaitingOk', (poll, pause) => new fixtures.WaitingOk(poll, pause), 1],
    ['SignalOk', (poll, pause) => new fixtures.SignalOk(poll, pause), 1],
  ])('are with %s as many', async (_name, make, loops) => {
    const pauses: Deferred<void>[] = [];
    let polls = 0;
    const loop = make(
      () => { polls += 1; return Promise.resolve(); },
      () => { const pause = deferred(); pauses.push(pause); return pause.promise; },
    );
    void loop.start();
    await flush();
    void loop.stop();
    void loop.start();
    await flush();
    // every loop that waits has one more turn
    polls = 0;
    for (const pause of pauses.splice(0)) pause.resolve();
    await flush();
    expect(polls).toBe(loops);
    void loop.stop();
    for (const pause of pauses) pause.resolve();
    await flush();
  });
});

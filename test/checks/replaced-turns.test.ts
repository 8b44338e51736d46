/** Three calls of which two wait for the first: what they send goes out side by side where each replaces what it waited for. */
import { describe, expect, it } from 'vitest';
import { HandedOn, keyedBad, keyedOk, Silent, Turns, Writer } from '../../fixtures/checks/no-ineffective-lock/replaced-turns.js';
import { deferred } from '../support/deferred.js';

type Send = (body: string) => Promise<void>;

describe('three calls at once', () => {
  it.each([
    ['Turns.gateBad', (send: Send) => { const turns = new Turns(send); return (body: string) => turns.gateBad(body); }, 3],
    ['HandedOn.gateOk', (send: Send) => { const turns = new HandedOn(send); return (body: string) => turns.gateOk(body); }, 1],
    ['Writer.workBad', (send: Send) => { const writer = new Writer(send); return (body: string) => writer.workBad(body); }, 3],
    ['Writer.chainedOk', (send: Send) => { const writer = new Writer(send); return (body: string) => writer.chainedOk(body); }, 1],
    ['Writer.loopOk', (send: Send) => { const writer = new Writer(send); return (body: string) => writer.loopOk(body); }, 1],
    ['Silent.caughtBad', (send: Send) => { const silent = new Silent(send); return (body: string) => silent.caughtBad(body); }, 3],
    ['Silent.triedBad', (send: Send) => { const silent = new Silent(send); return (body: string) => silent.triedBad(body); }, 3],
    ['Silent.settledBad', (send: Send) => { const silent = new Silent(send); return (body: string) => silent.settledBad(body); }, 3],
    ['keyedBad', (send: Send) => () => keyedBad('bad', send), 3],
    ['keyedOk', (send: Send) => () => keyedOk('ok', send), 1],
  ] as const)('send side by side in %s as it says', async (_name, make, most) => {
    const gate = deferred();
    let running = 0;
    let seen = 0;
    const start = make(async () => {
      running += 1;
      seen = Math.max(seen, running);
      await gate.promise;
      running -= 1;
    });
    const all = Promise.all([start('a'), start('b'), start('c')]);
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    gate.resolve();
    await all;
    expect(seen).toBe(most);
  });
});

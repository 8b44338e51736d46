/** An end that comes while something is opened, and that says by helpers what it means. */
import { describe, expect, it } from 'vitest';
import { CallBad, CallOk } from '../../fixtures/checks/no-stale-write/seen-to.js';
import { BySetterBad, BySetterOk, LooksLateOk, LooksOk, MembersHelperBad, MembersMadeBad } from '../../fixtures/checks/no-stale-write/told-ends.js';
import { deferred, flush } from '../support/deferred.js';

interface Link {
  send(text: string): void;
  close(): Promise<void>;
  on(event: string, run: () => void): void;
}

/** The `open` and the devices that the fixtures find in their surroundings. */
interface Surroundings {
  open?: (url: string) => Promise<Link>;
  openMicrophone?: () => Promise<unknown>;
  openSpeaker?: () => Promise<unknown>;
}
const surroundings = globalThis as unknown as Surroundings;

describe('a link that is being opened when the end comes', () => {
  it.each([
    ['BySetterBad', () => { const it = new BySetterBad(); return { begin: () => it.start('a'), end: () => it.stop() }; }, 0],
    ['BySetterOk', () => { const it = new BySetterOk(); return { begin: () => it.start('a'), end: () => it.stop() }; }, 1],
    ['MembersMadeBad', () => { const it = new MembersMadeBad(); return { begin: () => it.join('a'), end: () => it.dispose() }; }, 0],
    ['MembersHelperBad', () => { const it = new MembersHelperBad(); return { begin: () => it.join('a'), end: () => it.dispose() }; }, 0],
    ['LooksOk', () => { const it = new LooksOk(); return { begin: () => it.join('a'), end: () => it.dispose() }; }, 1],
    ['LooksLateOk', () => { const it = new LooksLateOk(); return { begin: () => it.join('a'), end: () => it.dispose() }; }, 1],
  ] as const)('is closed or not by %s', async (_name, make, closings) => {
    const gate = deferred<void>();
    let closed = 0;
    surroundings.open = async () => {
      await gate.promise;
      return { send: () => undefined, on: () => undefined, close: () => { closed += 1; return Promise.resolve(); } };
    };
    const run = make();
    const begun = run.begin().catch(() => undefined);
    await run.end();
    gate.resolve();
    await begun;
    expect(closed).toBe(closings);
  });
});

describe('a microphone that is granted after the end of the call', () => {
  it.each([['CallBad', () => new CallBad(), 0], ['CallOk', () => new CallOk(), 1]] as const)('goes on or not in %s', async (_name, make, stops) => {
    const gate = deferred<void>();
    let stopped = 0;
    surroundings.openSpeaker = () => Promise.resolve({});
    surroundings.openMicrophone = async () => {
      await gate.promise;
      return { getTracks: () => [{ stop: () => { stopped += 1; } }] };
    };
    const call = make();
    const begun = call.start();
    await flush();
    call.end();
    gate.resolve();
    await begun;
    expect(stopped).toBe(stops);
  });
});

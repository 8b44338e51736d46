/** Two that come together where a local holds the answer: how many of them go on. */
import { describe, expect, it } from 'vitest';
import { Mode, Peers } from '../../fixtures/checks/no-check-then-act/decided-locals.js';
import { deferred } from '../support/deferred.js';

describe('two that look for one peer', () => {
  it.each([
    ['forEachBad', 2],
    ['loopBad', 2],
    ['loopOk', 1],
  ] as const)('leave as many as %s lets them', async (method, count) => {
    const gate = deferred<void>();
    const peers = new Peers((host) => gate.promise.then(() => ({ host })));
    const both = Promise.all([peers[method]('a'), peers[method]('a')]);
    gate.resolve();
    await both;
    expect(peers.peers).toHaveLength(count);
  });
});

describe('two that start', () => {
  it.each([
    ['startBad', 2],
    ['startOk', 1],
    ['chosenBad', 2],
  ] as const)('run as often as %s lets them', async (method, count) => {
    const gate = deferred<void>();
    const mode = new Mode(() => gate.promise);
    const both = Promise.all([mode[method](), mode[method]()]);
    gate.resolve();
    await both;
    expect(mode.runs).toBe(count);
  });
});

/** Two calls that come while a helper of the first one works: the second one is turned away where the helper claims for its caller. */
import { describe, expect, it } from 'vitest';
import { BlindRefresher, EarlyRefresher, LateRefresher, Refresher } from '../../fixtures/checks/no-check-then-act/after-callees-claims.js';
import { deferred, flush } from '../support/deferred.js';

type Load = () => Promise<void>;

describe('a second call during the work of the first', () => {
  it.each([
    ['Refresher.refreshOk', (load: Load) => { const it = new Refresher(load); return () => it.refreshOk(100); }, 1],
    ['LateRefresher.refreshBad', (load: Load) => { const it = new LateRefresher(load); return () => it.refreshBad(100); }, 4],
    ['EarlyRefresher.refreshBad', (load: Load) => { const it = new EarlyRefresher(load); return () => it.refreshBad(100); }, 4],
    ['BlindRefresher.refreshBad', (load: Load) => { const it = new BlindRefresher(load); return () => it.refreshBad(100); }, 2],
  ] as const)('makes %s load so often', async (name, make, times) => {
    const gates = [deferred(), deferred()];
    let loads = 0;
    const start = make(async () => {
      loads += 1;
      await gates[loads <= 1 ? 0 : 1]?.promise;
    });
    const first = start();
    if (name.startsWith('Early')) {
      gates[0]?.resolve();
      await flush();
    }
    const second = start();
    for (const gate of gates) gate.resolve();
    await Promise.all([first, second]);
    expect(loads).toBe(times);
  });
});

/** Two who renew at once with what a store keeps: what they hand in. */
import { describe, expect, it } from 'vitest';
import * as fixtures from '../../fixtures/checks/no-lost-update/spent-values.js';
import { deferred } from '../support/deferred.js';

type Renew = (refresh: string) => Promise<fixtures.Tokens>;

function settingsOf(values: Map<string, string>): fixtures.Settings {
  return { getSetting: (key) => values.get(key), setSetting: (key, value) => void values.set(key, value) };
}

describe('two renewals at once', () => {
  it.each([
    ['Session', (settings: fixtures.Settings, renew: Renew) => { const session = new fixtures.Session(settings, renew); return () => session.renewBad(); }, ['old', 'old']],
    ['SessionWithHelper', (settings: fixtures.Settings, renew: Renew) => { const session = new fixtures.SessionWithHelper(settings, renew); return () => session.renewBad(); }, ['old', 'old']],
    ['SharedSession', (settings: fixtures.Settings, renew: Renew) => { const session = new fixtures.SharedSession(settings, renew); return () => session.renewOk(); }, ['old']],
  ] as const)('of %s hand in the same, or one of them does', async (_name, make, handedIn) => {
    const gate = deferred<void>();
    const seen: string[] = [];
    const values = new Map([['refresh_token', 'old']]);
    const renew = make(settingsOf(values), async (refresh) => {
      seen.push(refresh);
      const mine = seen.length;
      await gate.promise;
      return { access: `access ${mine}`, refresh: `refresh ${mine}` };
    });
    const both = Promise.all([renew(), renew()]);
    gate.resolve();
    await both;
    expect(seen).toEqual(handedIn);
    expect(values.get('refresh_token')).toBe(`refresh ${handedIn.length}`);
  });
});

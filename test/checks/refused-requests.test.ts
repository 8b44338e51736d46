/** Two requests that are refused together: how often is the token renewed? */
import { describe, expect, it } from 'vitest';
import * as fixtures from '../../fixtures/checks/no-check-then-act/refused-requests.js';
import { deferred, flush } from '../support/deferred.js';

describe('two requests that are refused together', () => {
  it.each<[string, (server: fixtures.Server) => { get(path: string): Promise<unknown> }, number]>([
    ['TokenBad', (server) => new fixtures.TokenBad(server), 2],
    ['HelperBad', (server) => new fixtures.HelperBad(server), 2],
    ['OneRenewalOk', (server) => new fixtures.OneRenewalOk(server), 1],
    ['KeptPromiseOk', (server) => new fixtures.KeptPromiseOk(server), 1],
    ['ComparedOk', (server) => new fixtures.ComparedOk(server), 1],
    ['MarkedOk', (server) => new fixtures.MarkedOk(server), 1],
  ])('renew the token with %s as often', async (_name, make, times) => {
    const gate = deferred();
    let renewals = 0;
    const client = make({
      send: (_path, token) => Promise.resolve({ status: token === `token ${renewals}` ? 200 : 401, json: () => Promise.resolve({ token }) }),
      renew: async () => {
        renewals += 1;
        const token = `token ${renewals}`;
        await gate.promise;
        return { token };
      },
    });
    const both = [client.get('/a'), client.get('/b')];
    await flush();
    gate.resolve();
    await Promise.all(both);
    expect(renewals).toBe(times);
  });
});

/** Functions that share variables of a factory, run twice at the same time. */
import { describe, expect, it } from 'vitest';
import { createClient, createConnections, runJobOk, runSharedJob } from '../../fixtures/checks/no-check-then-act/factories.js';
import { createAccount } from '../../fixtures/checks/no-early-publish/halves-of-variables.js';
import { deferred } from '../support/deferred.js';

type Answer<T> = ReturnType<typeof deferred<T>>;

/** Puts a function into the global scope that notes what it is asked, and answers when the test says so. */
function asking<T>(name: string): Answer<T>[] {
  const asked: Answer<T>[] = [];
  Object.assign(globalThis, {
    [name]: () => {
      const answer = deferred<T>();
      asked.push(answer);
      return answer.promise;
    },
  });
  return asked;
}

const handle = { close: () => undefined };

describe('what a factory makes', () => {
  it('opens twice where two share it', async () => {
    const asked = asking<typeof handle>('openHandle');
    const runs = [runSharedJob(), runSharedJob()];
    expect(asked).toHaveLength(2);
    for (const answer of asked) answer.resolve(handle);
    await Promise.all(runs);
  });

  it('opens once for each operation that has its own', async () => {
    const asked = asking<typeof handle>('openHandle');
    const run = runJobOk();
    asked[0]?.resolve(handle);
    await run;
    expect(asked).toHaveLength(1);
  });

  it('connects twice to a peer that two calls name', async () => {
    const asked = asking<typeof handle>('connect');
    const connections = createConnections();
    const runs = [connections.openAllBad({ north: '' }), connections.openAllBad({ north: '' })];
    expect(asked).toHaveLength(2);
    for (const answer of asked) answer.resolve(handle);
    await Promise.all(runs);
  });

  it('renews its parameter twice, or once where the flight is kept', async () => {
    const asked = asking<string>('renew');
    const client = createClient('old', (token) => token === 'old');
    const bad = [client.renewBad(), client.renewBad()];
    expect(asked).toHaveLength(2);
    for (const answer of asked) answer.resolve('old');
    await Promise.all(bad);
    const ok = [client.renewOk(), client.renewOk()];
    expect(asked).toHaveLength(3);
    asked[2]?.resolve('new');
    expect(await Promise.all(ok)).toEqual(['new', 'new']);
  });

  it('shows half of the new state beside half of the old one', async () => {
    const tokens = asking<string>('fetchToken');
    const users = asking<string>('fetchUser');
    const account = createAccount();
    const run = account.logInBad();
    tokens[0]?.resolve('key');
    for (let turn = 0; users.length === 0 && turn < 10; turn += 1) await Promise.resolve();
    expect(account.header()).toBe('key:');
    users[0]?.resolve('name');
    await run;
    expect(account.header()).toBe('key:name');
  });
});

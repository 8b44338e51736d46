import { beforeEach, describe, expect, it } from 'vitest';
import { deferred, flush, outcome } from '../support/deferred.js';
import { inEveryOrder, RemoteFunction, startTasks } from '../support/schedule.js';
import { Unauthenticated } from '../../fixtures/bugs/flyte-token-cache/rpc.js';
import type { IdentityProvider, Token, TokenSource, Transport } from '../../fixtures/bugs/flyte-token-cache/rpc.js';
import { AssignedTokenSourceBad } from '../../fixtures/bugs/flyte-token-cache/buggy-assignment-operator.js';
import { AuthClientBad } from '../../fixtures/bugs/flyte-token-cache/buggy-check-refresh-save.js';
import { createTokenSourceBad } from '../../fixtures/bugs/flyte-token-cache/buggy-closure.js';
import { MetadataLoaderBad } from '../../fixtures/bugs/flyte-token-cache/buggy-done-flag-first.js';
import { HelperTokenSourceBad } from '../../fixtures/bugs/flyte-token-cache/buggy-helpers.js';
import { ConditionTokenSourceBad } from '../../fixtures/bugs/flyte-token-cache/buggy-leader-fails.js';
import { createLockedSourceBad } from '../../fixtures/bugs/flyte-token-cache/buggy-leader-fails-handwritten.js';
import { LockedTokenSourceBad } from '../../fixtures/bugs/flyte-token-cache/buggy-leader-fails-mutex.js';
import { AccessorLockClientBad } from '../../fixtures/bugs/flyte-token-cache/buggy-lock-in-accessors.js';
import * as moduleStateBad from '../../fixtures/bugs/flyte-token-cache/buggy-module-state.js';
import { CallMutexTokenSourceBad } from '../../fixtures/bugs/flyte-token-cache/buggy-mutex-per-call.js';
import { CredentialsBad } from '../../fixtures/bugs/flyte-token-cache/buggy-mutex-per-source.js';
import { NestedLockClientBad } from '../../fixtures/bugs/flyte-token-cache/buggy-nested-lock.js';
import { AudienceTokensBad } from '../../fixtures/bugs/flyte-token-cache/buggy-per-audience.js';
import { FieldTokenSourceBad } from '../../fixtures/bugs/flyte-token-cache/buggy-private-field.js';
import { ChainedTokenSourceBad } from '../../fixtures/bugs/flyte-token-cache/buggy-promise-chain.js';
import { MemoisedTokenSourceBad } from '../../fixtures/bugs/flyte-token-cache/buggy-rejected-promise-kept.js';
import { AuditedTokenCacheBad } from '../../fixtures/bugs/flyte-token-cache/buggy-suspended-purge.js';
import { createTwoSectionSourceBad } from '../../fixtures/bugs/flyte-token-cache/buggy-two-sections.js';
import { PurgingClientBad } from '../../fixtures/bugs/flyte-token-cache/buggy-unconditional-purge.js';
import { ChainMutexSourceOk } from '../../fixtures/bugs/flyte-token-cache/fixed-chain-mutex.js';
import { ComparingClientOk } from '../../fixtures/bugs/flyte-token-cache/fixed-compare-and-clear.js';
import { MetadataLoaderOk } from '../../fixtures/bugs/flyte-token-cache/fixed-done-flag-last.js';
import { DoubleCheckedSourceOk } from '../../fixtures/bugs/flyte-token-cache/fixed-double-check.js';
import { AcquiringSourceOk } from '../../fixtures/bugs/flyte-token-cache/fixed-double-check-acquire.js';
import { createHandwrittenSourceOk } from '../../fixtures/bugs/flyte-token-cache/fixed-handwritten-lock.js';
import { ConditionTokenSourceOk } from '../../fixtures/bugs/flyte-token-cache/fixed-leader-notifies.js';
import { SeparateRetryClientOk } from '../../fixtures/bugs/flyte-token-cache/fixed-lock-ends-before-retry.js';
import { AuditedTokenCacheOk } from '../../fixtures/bugs/flyte-token-cache/fixed-purge-recheck.js';
import { MemoisedTokenSourceOk } from '../../fixtures/bugs/flyte-token-cache/fixed-rejection-evicted.js';
import { CredentialsOk } from '../../fixtures/bugs/flyte-token-cache/fixed-shared-mutex.js';
import { SingleFlightSourceOk } from '../../fixtures/bugs/flyte-token-cache/fixed-single-flight.js';
import { createSingleFlightSourceOk } from '../../fixtures/bugs/flyte-token-cache/fixed-single-flight-closure.js';
import { AudienceTokensOk } from '../../fixtures/bugs/flyte-token-cache/fixed-single-flight-map.js';
import * as moduleStateOk from '../../fixtures/bugs/flyte-token-cache/fixed-single-flight-module.js';
import { createLockedSourceOk } from '../../fixtures/bugs/flyte-token-cache/fixed-whole-section.js';
import { PlainTokenCacheOk } from '../../fixtures/bugs/flyte-token-cache/harmless-accessors.js';
import {
  refreshInTurnOk,
  RefreshTurn,
} from '../../fixtures/bugs/flyte-token-cache/harmless-register-after-try-lock.js';
import { ComparingTokenCacheOk } from '../../fixtures/bugs/flyte-token-cache/harmless-synchronous-purge.js';

/** An authorization server that honours only the newest token it issued. */
class FakeProvider implements IdentityProvider {
  readonly remote = new RemoteFunction<[], Token>();
  readonly issue = this.remote.invoke;
  serial = 0;

  readonly newToken = (): Token => ({ value: `T${++this.serial}`, expiresAt: Number.MAX_SAFE_INTEGER });

  accepts(token: Token | undefined): boolean {
    return token?.value === `T${this.serial}`;
  }
}

const taskCount = 20;

type MakeSource = (provider: IdentityProvider) => { token(): Promise<Token | undefined> };

const stampedes: [string, MakeSource][] = [
  ['assignment-operator', (provider) => new AssignedTokenSourceBad(provider)],
  ['check-refresh-save', (provider) => new AuthClientBad(provider)],
  ['closure', createTokenSourceBad],
  ['helpers', (provider) => new HelperTokenSourceBad(provider)],
  ['lock-in-accessors', (provider) => new AccessorLockClientBad(provider)],
  ['module-state', (provider) => ({ token: () => moduleStateBad.currentTokenBad(provider) })],
  ['mutex-per-call', (provider) => new CallMutexTokenSourceBad(provider)],
  ['mutex-per-source', (provider) => new CredentialsBad(provider)],
  ['per-audience', (provider) => {
    const tokens = new AudienceTokensBad(() => provider.issue());
    return { token: () => tokens.tokenFor('api') };
  }],
  ['private-field', (provider) => new FieldTokenSourceBad(provider)],
  ['promise-chain', (provider) => new ChainedTokenSourceBad(provider)],
  ['two-sections', createTwoSectionSourceBad],
];

const oneRefresh: [string, (provider: IdentityProvider) => TokenSource][] = [
  ['chain-mutex', (provider) => new ChainMutexSourceOk(provider)],
  ['double-check', (provider) => new DoubleCheckedSourceOk(provider)],
  ['double-check-acquire', (provider) => new AcquiringSourceOk(provider)],
  ['handwritten-lock', createHandwrittenSourceOk],
  ['leader-notifies', (provider) => new ConditionTokenSourceOk(provider)],
  ['rejection-evicted', (provider) => new MemoisedTokenSourceOk(provider)],
  ['shared-mutex', (provider) => new CredentialsOk(provider)],
  ['single-flight', (provider) => new SingleFlightSourceOk(provider)],
  ['single-flight-closure', createSingleFlightSourceOk],
  ['single-flight-map', (provider) => {
    const tokens = new AudienceTokensOk(() => provider.issue());
    return { token: () => tokens.tokenFor('api') };
  }],
  ['single-flight-module', (provider) => ({ token: () => moduleStateOk.currentTokenOk(provider) })],
  ['whole-section', createLockedSourceOk],
];

beforeEach(() => {
  moduleStateBad.forgetToken();
  moduleStateOk.forgetToken();
});

describe('20 calls find no token', () => {
  it.each(stampedes)('buggy-%s refreshes 20 times, and 1 of the 20 results is good', async (_name, makeSource) => {
    const provider = new FakeProvider();
    const source = makeSource(provider);
    const tasks = startTasks(taskCount, () => source.token());
    await provider.remote.answerAll(provider.newToken);
    const tokens = await Promise.all(tasks);

    expect(provider.remote.calls).toHaveLength(taskCount);
    expect(tokens.filter((token) => provider.accepts(token))).toHaveLength(1);
  });

  it.each(oneRefresh)('fixed-%s refreshes once and all 20 results are good', async (_name, makeSource) => {
    const provider = new FakeProvider();
    const source = makeSource(provider);
    const tasks = startTasks(taskCount, () => source.token());
    await provider.remote.answerAll(provider.newToken);
    const tokens = await Promise.all(tasks);

    expect(provider.remote.calls).toHaveLength(1);
    expect(tokens.filter((token) => provider.accepts(token))).toHaveLength(taskCount);
    expect(provider.accepts(await source.token())).toBe(true);
  });

  it.each(oneRefresh)('fixed-%s refreshes once in every order', async (_name, makeSource) => {
    await inEveryOrder(async (scheduler) => {
      moduleStateOk.forgetToken();
      const provider = new FakeProvider();
      let issued = 0;
      const issue = scheduler.scheduleFunction(() => {
        issued++;
        return Promise.resolve(provider.newToken());
      });
      const arrive = scheduler.scheduleFunction(() => Promise.resolve());
      const source = makeSource({ issue });
      const tokens = await scheduler.waitFor(
        Promise.all(Array.from({ length: 5 }, () => arrive().then(() => source.token()))),
      );
      expect(issued).toBe(1);
      expect(tokens.every((token) => provider.accepts(token))).toBe(true);
    });
  });
});

describe('the refresh fails once', () => {
  const hanging: [string, (provider: IdentityProvider) => TokenSource][] = [
    ['leader-fails', (provider) => new ConditionTokenSourceBad(provider)],
    ['leader-fails-handwritten', createLockedSourceBad],
    ['leader-fails-mutex', (provider) => new LockedTokenSourceBad(provider)],
  ];

  it.each(hanging)('buggy-%s rejects the first call, and the others hang', async (_name, makeSource) => {
    const provider = new FakeProvider();
    const source = makeSource(provider);
    const tasks = startTasks(3, () => source.token());
    await flush();
    await provider.remote.fail(new Error('unreachable'));

    expect(provider.remote.pending).toBe(0);
    expect(await Promise.all(tasks.map(outcome))).toEqual(['rejected', 'pending', 'pending']);
    expect(await outcome(source.token())).toBe('pending');
  });

  it('buggy-rejected-promise-kept rejects every later call after one attempt', async () => {
    const provider = new FakeProvider();
    const source = new MemoisedTokenSourceBad(provider);
    const first = source.token();
    await Promise.all([expect(first).rejects.toThrow('unreachable'), provider.remote.fail(new Error('unreachable'))]);

    await expect(source.token()).rejects.toThrow('unreachable');
    expect(provider.remote.calls).toHaveLength(1);
  });

  it.each(oneRefresh)('fixed-%s settles every waiter, and a later call succeeds', async (_name, makeSource) => {
    const provider = new FakeProvider();
    const source = makeSource(provider);
    const tasks = startTasks(taskCount, () => source.token());
    await flush();
    await provider.remote.fail(new Error('unreachable'));
    await provider.remote.answerAll(provider.newToken);

    const outcomes = await Promise.all(tasks.map(outcome));
    expect(outcomes).not.toContain('pending');
    expect(outcomes[0]).toBe('rejected');
    const later = source.token();
    await provider.remote.answerAll(provider.newToken);
    expect(provider.accepts(await later)).toBe(true);
    expect(provider.remote.calls).toHaveLength(2);
  });
});

describe('three calls are refused one after another', () => {
  interface Client {
    call(method: string): Promise<string>;
  }

  /** Sends three calls with T1, has the server refuse them one by one, and answers everything else at once. */
  async function refuseOneByOne(
    makeClient: (transport: Transport, provider: IdentityProvider) => Client,
  ): Promise<{ provider: FakeProvider; outcomes: string[] }> {
    const provider = new FakeProvider();
    const send = new RemoteFunction<[string, Token], string>();
    const client = makeClient({ send: send.invoke }, provider);
    const tasks = startTasks(3, () => client.call('list'));
    await provider.remote.answerAll(provider.newToken);
    // The server no longer honours T1, the token of the three calls that are on their way.
    for (let refused = 0; refused < 3; refused++) {
      await send.fail(new Unauthenticated());
      await provider.remote.answerAll(provider.newToken);
      // The retry was sent last; the calls that still carry T1 wait before it.
      if (send.pending > 2 - refused) await send.answer('done', send.pending - 1);
    }
    return { provider, outcomes: await Promise.all(tasks.map(outcome)) };
  }

  it('buggy-unconditional-purge throws good tokens away: 3 refreshes', async () => {
    const { provider, outcomes } = await refuseOneByOne((transport, idp) => new PurgingClientBad(transport, idp));
    expect(outcomes).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(provider.remote.calls).toHaveLength(1 + 3);
  });

  it('buggy-nested-lock hangs on the first refused call', async () => {
    const { provider, outcomes } = await refuseOneByOne((transport, idp) => new NestedLockClientBad(transport, idp));
    expect(outcomes).toEqual(['pending', 'pending', 'pending']);
    expect(provider.remote.calls).toHaveLength(1);
  });

  it.each([
    ['compare-and-clear', (transport: Transport, idp: IdentityProvider) => new ComparingClientOk(transport, idp)],
    [
      'lock-ends-before-retry',
      (transport: Transport, idp: IdentityProvider) => new SeparateRetryClientOk(transport, idp),
    ],
  ])('fixed-%s refreshes once', async (_name, makeClient) => {
    const { provider, outcomes } = await refuseOneByOne(makeClient);
    expect(outcomes).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(provider.remote.calls).toHaveLength(1 + 1);
  });

  it('harmless-synchronous-purge keeps a token that came after the refused one', async () => {
    const send = new RemoteFunction<[string, Token], string>();
    const cache = new ComparingTokenCacheOk({ send: send.invoke });
    const provider = new FakeProvider();
    cache.save(provider.newToken());
    const [late] = startTasks(1, () => cache.trySend('list'));
    const newer = provider.newToken();
    cache.save(newer);
    await send.fail(new Unauthenticated());

    expect(await late).toBeUndefined();
    expect(cache.get()).toBe(newer);
    const [refused] = startTasks(1, () => cache.trySend('list'));
    await send.fail(new Unauthenticated());
    expect(await refused).toBeUndefined();
    expect(cache.get()).toBeUndefined();
  });
});

describe('a purge that suspends', () => {
  const makeToken = (value: string): Token => ({ value, expiresAt: Number.MAX_SAFE_INTEGER });

  /** What the cache holds when a newer token is saved while the purge of the rejected one is suspended. */
  async function keptAfterLatePurge(Cache: typeof AuditedTokenCacheBad | typeof AuditedTokenCacheOk): Promise<Token | undefined> {
    const audit = new RemoteFunction<[string], void>();
    const cache = new Cache({ write: audit.invoke });
    const rejected = makeToken('T1');
    cache.save(rejected);
    const purge = cache.purgeIfEquals(rejected);
    cache.save(makeToken('T2'));
    await audit.answer(undefined);
    await purge;
    return cache.get();
  }

  it('buggy-suspended-purge clears a newer token', async () => {
    expect(await keptAfterLatePurge(AuditedTokenCacheBad)).toBeUndefined();
  });

  it('fixed-purge-recheck keeps the newer token', async () => {
    expect((await keptAfterLatePurge(AuditedTokenCacheOk))?.value).toBe('T2');
  });
});

describe('a second call during the load', () => {
  it('buggy-done-flag-first goes on without metadata, also after a load that failed', async () => {
    const load = new RemoteFunction<[], { tokenEndpoint: string }>();
    const loader = new MetadataLoaderBad(load.invoke);
    const [first] = startTasks(1, () => loader.metadata());
    expect(await loader.metadata()).toBeUndefined();
    await load.fail(new Error('unreachable'));
    await expect(first).rejects.toThrow('unreachable');
    expect(await loader.metadata()).toBeUndefined();
    expect(load.calls).toHaveLength(1);
  });

  it('fixed-done-flag-last waits for the load, and tries again after one that failed', async () => {
    const load = new RemoteFunction<[], { tokenEndpoint: string }>();
    const loader = new MetadataLoaderOk(load.invoke);
    const [first, second] = startTasks(2, () => loader.metadata());
    await flush();
    await load.fail(new Error('unreachable'));
    await load.answer({ tokenEndpoint: 'https://idp.example/token' });
    await expect(first).rejects.toThrow('unreachable');
    expect(await second).toEqual({ tokenEndpoint: 'https://idp.example/token' });
    expect(load.calls).toHaveLength(2);
  });
});

describe('forms that are races in Go only', () => {
  it('harmless-accessors keeps the later token in every order', async () => {
    await inEveryOrder(async (scheduler) => {
      const cache = new PlainTokenCacheOk();
      const load = scheduler.scheduleFunction((expiresAt: number) =>
        Promise.resolve({ value: `T${expiresAt}`, expiresAt }),
      );
      await scheduler.waitFor(Promise.all([3, 1, 2].map((expiresAt) => cache.offer(() => load(expiresAt)))));
      expect(cache.get()).toEqual({ value: 'T3', expiresAt: 3 });
    });
  });

  it('harmless-register-after-try-lock wakes every loser', async () => {
    const refresh = deferred();
    const turn = new RefreshTurn();
    const tasks = startTasks(3, () => refreshInTurnOk(turn, () => refresh.promise));
    refresh.resolve();
    expect(await Promise.all(tasks)).toEqual(['renewed', 'waited', 'waited']);
  });
});

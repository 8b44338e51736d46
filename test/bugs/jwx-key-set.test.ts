import './promise-with-resolvers.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { flush, outcome } from '../support/deferred.js';
import { inEveryOrder, RemoteFunction, startTasks } from '../support/schedule.js';
import { parseKey } from '../../fixtures/bugs/jwx-key-set/keys.js';
import type { Download, ImportKey, Key, PublishedKey, Verifier } from '../../fixtures/bugs/jwx-key-set/keys.js';
import { PushingVerifierBad } from '../../fixtures/bugs/jwx-key-set/buggy-check-fetch-push.js';
import { RefillingKeySetBad } from '../../fixtures/bugs/jwx-key-set/buggy-clear-then-fill.js';
import { UnownedSlotVerifierBad } from '../../fixtures/bugs/jwx-key-set/buggy-cleared-by-stranger.js';
import { createVerifierBad } from '../../fixtures/bugs/jwx-key-set/buggy-closure.js';
import { IdentityVerifierBad } from '../../fixtures/bugs/jwx-key-set/buggy-identity-recheck.js';
import { AbortableVerifierBad } from '../../fixtures/bugs/jwx-key-set/buggy-leader-aborted.js';
import { CachedKeySetBad } from '../../fixtures/bugs/jwx-key-set/buggy-length-then-index.js';
import { IteratedKeySetBad } from '../../fixtures/bugs/jwx-key-set/buggy-live-iteration.js';
import { LockedAddsVerifierBad } from '../../fixtures/bugs/jwx-key-set/buggy-lock-around-adds.js';
import { createLockedAddsVerifierBad } from '../../fixtures/bugs/jwx-key-set/buggy-lock-around-adds-identity.js';
import { KeySetVerifierBad } from '../../fixtures/bugs/jwx-key-set/buggy-locked-set.js';
import * as moduleState from '../../fixtures/bugs/jwx-key-set/buggy-module-state.js';
import { NestedReadKeySetBad } from '../../fixtures/bugs/jwx-key-set/buggy-nested-read-lock.js';
import { ReplacingKeySetBad } from '../../fixtures/bugs/jwx-key-set/buggy-older-response.js';
import { ChainedVerifierBad } from '../../fixtures/bugs/jwx-key-set/buggy-promise-chain.js';
import { ImportingVerifierBad } from '../../fixtures/bugs/jwx-key-set/buggy-recheck-then-import.js';
import { RefresherBad } from '../../fixtures/bugs/jwx-key-set/buggy-settings-overwritten.js';
import { RefillingKeySetOk } from '../../fixtures/bugs/jwx-key-set/fixed-build-then-assign.js';
import { AbortableVerifierOk } from '../../fixtures/bugs/jwx-key-set/fixed-flight-of-its-own.js';
import { RecheckingVerifierOk } from '../../fixtures/bugs/jwx-key-set/fixed-lock-around-adds-recheck.js';
import { LockedVerifierOk } from '../../fixtures/bugs/jwx-key-set/fixed-lock-around-everything.js';
import { HelperVerifierOk } from '../../fixtures/bugs/jwx-key-set/fixed-locked-helper.js';
import { ReferencedKeySetOk } from '../../fixtures/bugs/jwx-key-set/fixed-one-reference.js';
import { OwnedSlotVerifierOk } from '../../fixtures/bugs/jwx-key-set/fixed-owner-clears.js';
import { SingleReadKeySetOk } from '../../fixtures/bugs/jwx-key-set/fixed-read-lock-once.js';
import { NumberedKeySetOk } from '../../fixtures/bugs/jwx-key-set/fixed-sequence-number.js';
import { RefresherOk } from '../../fixtures/bugs/jwx-key-set/fixed-settings-read-again.js';
import { SingleFlightVerifierOk } from '../../fixtures/bugs/jwx-key-set/fixed-single-flight.js';
import { createVerifierOk } from '../../fixtures/bugs/jwx-key-set/fixed-single-flight-closure.js';
import { SwappedKeySetOk } from '../../fixtures/bugs/jwx-key-set/harmless-field-swap.js';
import * as moduleRecheck from '../../fixtures/bugs/jwx-key-set/harmless-module-recheck.js';
import { RecheckByKidVerifierOk } from '../../fixtures/bugs/jwx-key-set/harmless-recheck-by-kid.js';
import { createRecheckingVerifierOk } from '../../fixtures/bugs/jwx-key-set/harmless-recheck-chain.js';
import { RecheckHelperVerifierOk } from '../../fixtures/bugs/jwx-key-set/harmless-recheck-helper.js';
import { PlainKeySetOk } from '../../fixtures/bugs/jwx-key-set/harmless-synchronous-add.js';

const publishedKeys: readonly PublishedKey[] = [
  { kid: 'K1', material: 'one' },
  { kid: 'K2', material: 'two' },
];
const taskCount = 10;

type MakeVerifier = (download: Download, importKey: ImportKey) => Verifier;

beforeEach(() => {
  moduleState.clearLocalKeys();
  moduleRecheck.clearLocalKeys();
});

describe('10 verifications meet an unknown key id; the server has 2 keys', () => {
  async function verifyTogether(makeVerifier: MakeVerifier): Promise<{ kids: readonly string[]; downloads: number }> {
    const download = new RemoteFunction<[], readonly PublishedKey[]>();
    const importKey = new RemoteFunction<[PublishedKey], Key>();
    const verifier = makeVerifier(download.invoke, importKey.invoke);
    const tasks = startTasks(taskCount, () => verifier.keyFor('K2'));
    await download.answerAllTogether(publishedKeys);
    await importKey.answerAllTogether(parseKey);
    for (const key of await Promise.all(tasks)) expect(key?.material).toBe('two');
    return { kids: verifier.kids(), downloads: download.calls.length };
  }

  const buggy: [string, MakeVerifier][] = [
    ['check-fetch-push', (download) => new PushingVerifierBad(download)],
    ['closure', createVerifierBad],
    ['identity-recheck', (download) => new IdentityVerifierBad(download)],
    ['lock-around-adds', (download) => new LockedAddsVerifierBad(download)],
    ['lock-around-adds-identity', createLockedAddsVerifierBad],
    ['locked-set', (download) => new KeySetVerifierBad(download)],
    ['module-state', (download) => ({
      keyFor: (kid) => moduleState.keyForBad(kid, download),
      kids: moduleState.localKids,
    })],
    ['promise-chain', (download) => new ChainedVerifierBad(download)],
    ['recheck-then-import', (download, importKey) => new ImportingVerifierBad(download, importKey)],
  ];

  it.each(buggy)('buggy-%s holds 20 keys after 10 downloads', async (_name, makeVerifier) => {
    const { kids, downloads } = await verifyTogether(makeVerifier);
    expect(kids).toHaveLength(taskCount * publishedKeys.length);
    expect(downloads).toBe(taskCount);
  });

  const correct: [string, number, MakeVerifier][] = [
    [
      'fixed-lock-around-adds-recheck',
      taskCount,
      (download, importKey) => new RecheckingVerifierOk(download, importKey),
    ],
    ['fixed-lock-around-everything', 1, (download, importKey) => new LockedVerifierOk(download, importKey)],
    ['fixed-locked-helper', 1, (download, importKey) => new HelperVerifierOk(download, importKey)],
    ['fixed-single-flight', 1, (download, importKey) => new SingleFlightVerifierOk(download, importKey)],
    ['fixed-single-flight-closure', 1, createVerifierOk],
    ['harmless-module-recheck', taskCount, (download) => {
      moduleRecheck.clearLocalKeys();
      return { keyFor: (kid) => moduleRecheck.keyForOk(kid, download), kids: moduleRecheck.localKids };
    }],
    ['harmless-recheck-by-kid', taskCount, (download) => new RecheckByKidVerifierOk(download)],
    ['harmless-recheck-chain', taskCount, createRecheckingVerifierOk],
    ['harmless-recheck-helper', taskCount, (download, importKey) => new RecheckHelperVerifierOk(download, importKey)],
  ];

  it.each(correct)('%s holds 2 keys after %i downloads', async (_name, downloadCount, makeVerifier) => {
    const { kids, downloads } = await verifyTogether(makeVerifier);
    expect(kids).toEqual(['K1', 'K2']);
    expect(downloads).toBe(downloadCount);
  });

  it.each(correct)('%s holds 2 keys in every order', async (_name, _downloadCount, makeVerifier) => {
    await inEveryOrder(async (scheduler) => {
      const download = scheduler.scheduleFunction(() => Promise.resolve(publishedKeys));
      const importKey = scheduler.scheduleFunction((published: PublishedKey) => Promise.resolve(parseKey(published)));
      const arrive = scheduler.scheduleFunction(() => Promise.resolve());
      const verifier = makeVerifier(download, importKey);
      await scheduler.waitFor(
        Promise.all(Array.from({ length: 4 }, () => arrive().then(() => verifier.keyFor('K1')))),
      );
      expect([...verifier.kids()].sort()).toEqual(['K1', 'K2']);
    });
  });

  it('harmless-synchronous-add holds 2 keys, and one of the refreshes added them', async () => {
    const download = new RemoteFunction<[], readonly PublishedKey[]>();
    const set = new PlainKeySetOk(download.invoke);
    const tasks = startTasks(taskCount, () => set.refresh());
    await download.answerAllTogether(publishedKeys);
    const added = await Promise.all(tasks);
    expect(added.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(set.kids()).toEqual(['K1', 'K2']);
  });
});

describe('a reader during the replacement', () => {
  type MakeSet = (download: Download, importKey: ImportKey) => { refresh(): Promise<void>; kids(): readonly string[] };

  async function kidsDuringRefresh(makeSet: MakeSet): Promise<(readonly string[])[]> {
    const download = new RemoteFunction<[], readonly PublishedKey[]>();
    const importKey = new RemoteFunction<[PublishedKey], Key>();
    const set = makeSet(download.invoke, importKey.invoke);
    const first = set.refresh();
    await download.answer(publishedKeys);
    await importKey.answerAll(parseKey);
    await first;

    const second = set.refresh();
    await download.answer(publishedKeys);
    const seen = [set.kids()];
    await importKey.answer(parseKey);
    seen.push(set.kids());
    await importKey.answerAll(parseKey);
    await second;
    return [...seen, set.kids()];
  }

  it('buggy-clear-then-fill shows an empty set, then half of one', async () => {
    const seen = await kidsDuringRefresh((download, importKey) => new RefillingKeySetBad(download, importKey));
    expect(seen).toEqual([[], ['K1'], ['K1', 'K2']]);
  });

  it('fixed-build-then-assign always shows a whole set', async () => {
    const seen = await kidsDuringRefresh((download, importKey) => new RefillingKeySetOk(download, importKey));
    expect(seen).toEqual([['K1', 'K2'], ['K1', 'K2'], ['K1', 'K2']]);
  });
});

describe('the set changes while a task goes through it', () => {
  const keys = ['K1', 'K2', 'K3'].map((kid) => ({ kid, material: kid }));

  it('buggy-length-then-index reads past the end of a shorter set', async () => {
    const verify = new RemoteFunction<[string], boolean>();
    const set = new CachedKeySetBad(keys);
    const [result] = startTasks(1, () => set.verifyWithAny(verify.invoke));
    await flush();
    await set.replace(keys.slice(0, 1));
    await verify.answerAll(false);
    await expect(result).rejects.toThrow('no key at 1');
  });

  it('buggy-live-iteration passes over a key', async () => {
    const verify = new RemoteFunction<[string], void>();
    const set = new IteratedKeySetBad(keys);
    const [result] = startTasks(1, () => set.verifyWithAll(verify.invoke));
    await flush();
    await set.remove('K1');
    await verify.answerAll(undefined);
    await result;
    expect(verify.calls).toEqual([['K1'], ['K3']]);
  });

  it('fixed-one-reference goes through the set it found', async () => {
    const verify = new RemoteFunction<[string], boolean>();
    const set = new ReferencedKeySetOk(keys);
    const [result] = startTasks(1, () => set.verifyWithAny(verify.invoke));
    await flush();
    await set.remove('K1');
    await set.replace([]);
    await verify.answerAll(false);
    expect(await result).toBe(false);
    expect(verify.calls).toEqual([['K1'], ['K2'], ['K3']]);
  });

  it('harmless-field-swap goes through the set it found', async () => {
    const verify = new RemoteFunction<[string], boolean>();
    const set = new SwappedKeySetOk(keys);
    const [result] = startTasks(1, () => set.verifyWithAny(verify.invoke));
    set.replace([]);
    await verify.answerAll(false);
    expect(await result).toBe(false);
    expect(verify.calls).toEqual([['K1'], ['K2'], ['K3']]);
  });
});

describe('the older of two responses arrives last', () => {
  async function refreshOutOfOrder(
    makeSet: (download: Download) => { refresh(): Promise<void>; kids(): readonly string[] },
  ): Promise<readonly string[]> {
    const download = new RemoteFunction<[], readonly PublishedKey[]>();
    const set = makeSet(download.invoke);
    const tasks = [set.refresh(), set.refresh()];
    await download.answer([{ kid: 'new', material: 'n' }], 1);
    await download.answer([{ kid: 'old', material: 'o' }], 0);
    await Promise.all(tasks);
    return set.kids();
  }

  it('buggy-older-response keeps the old keys', async () => {
    expect(await refreshOutOfOrder((download) => new ReplacingKeySetBad(download))).toEqual(['old']);
  });

  it('fixed-sequence-number keeps the new keys', async () => {
    expect(await refreshOutOfOrder((download) => new NumberedKeySetOk(download))).toEqual(['new']);
  });
});

describe('the first caller of a flight gives up', () => {
  async function abortLeader(
    makeVerifier: (download: (signal: AbortSignal) => Promise<readonly PublishedKey[]>) => {
      keys(signal: AbortSignal): Promise<readonly Key[]>;
    },
  ): Promise<string[]> {
    const answers: ((published: readonly PublishedKey[]) => void)[] = [];
    const verifier = makeVerifier(
      (signal) =>
        new Promise((resolve, reject) => {
          answers.push(resolve);
          signal.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    );
    const leader = new AbortController();
    const tasks = [verifier.keys(leader.signal), verifier.keys(new AbortController().signal)];
    for (const task of tasks) task.catch(() => undefined);
    leader.abort();
    await flush();
    for (const answer of answers) answer(publishedKeys);
    return Promise.all(tasks.map(outcome));
  }

  it('buggy-leader-aborted rejects the caller who joined', async () => {
    expect(await abortLeader((download) => new AbortableVerifierBad(download))).toEqual(['rejected', 'rejected']);
  });

  it('fixed-flight-of-its-own serves the caller who joined', async () => {
    expect(await abortLeader((download) => new AbortableVerifierOk(download))).toEqual(['rejected', 'fulfilled']);
  });
});

describe('an older flight settles while a newer one is in the slot', () => {
  async function downloadsStarted(
    makeVerifier: (download: Download) => { keys(): Promise<unknown>; reload(): Promise<unknown> },
  ): Promise<number> {
    const download = new RemoteFunction<[], readonly PublishedKey[]>();
    const verifier = makeVerifier(download.invoke);
    const tasks = [verifier.keys(), verifier.reload()];
    await download.answer(publishedKeys);
    tasks.push(verifier.keys());
    await download.answerAll(publishedKeys);
    await Promise.all(tasks);
    return download.calls.length;
  }

  it('buggy-cleared-by-stranger starts 3 downloads', async () => {
    expect(await downloadsStarted((download) => new UnownedSlotVerifierBad(download))).toBe(3);
  });

  it('fixed-owner-clears starts 2', async () => {
    expect(await downloadsStarted((download) => new OwnedSlotVerifierOk(download))).toBe(2);
  });
});

describe('a writer waits between two read locks', () => {
  interface KeySet {
    add(key: Key): Promise<void>;
    lookup(kid: string): Promise<Key | undefined>;
  }

  it('buggy-nested-read-lock works alone and hangs with the writer', async () => {
    const alone = new NestedReadKeySetBad();
    await alone.add({ kid: 'K1', material: 'one' });
    expect(await outcome(alone.lookup('K1'))).toBe('fulfilled');

    const set: KeySet = new NestedReadKeySetBad();
    const tasks = [set.lookup('K1'), set.add({ kid: 'K1', material: 'one' })];
    expect(await Promise.all(tasks.map(outcome))).toEqual(['pending', 'pending']);
  });

  it('fixed-read-lock-once works with the writer', async () => {
    const set = new SingleReadKeySetOk();
    const tasks = [set.lookup('K1'), set.add({ kid: 'K1', material: 'one' }), set.length()];
    expect(await Promise.all(tasks)).toEqual([undefined, undefined, 1]);
  });
});

describe('settings change during a download', () => {
  async function configureDuringRefresh(
    makeRefresher: (download: Download) => {
      configure(minutes: number): void;
      refresh(): Promise<void>;
      minutesBetweenRefreshes(): number;
      kids(): readonly string[];
    },
  ): Promise<number> {
    const download = new RemoteFunction<[], readonly PublishedKey[]>();
    const refresher = makeRefresher(download.invoke);
    const refresh = refresher.refresh();
    refresher.configure(5);
    await download.answer(publishedKeys);
    await refresh;
    expect(refresher.kids()).toEqual(['K1', 'K2']);
    return refresher.minutesBetweenRefreshes();
  }

  it('buggy-settings-overwritten restores the old settings', async () => {
    expect(await configureDuringRefresh((download) => new RefresherBad(download))).toBe(60);
  });

  it('fixed-settings-read-again keeps the new settings', async () => {
    expect(await configureDuringRefresh((download) => new RefresherOk(download))).toBe(5);
  });
});

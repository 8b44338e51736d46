import { describe, expect, it } from 'vitest';
import { outcome } from '../support/deferred.js';
import { inEveryOrder, RemoteFunction, startTasks } from '../support/schedule.js';
import { ObjectReader } from '../../fixtures/bugs/automq-object-reader/object-reader.js';
import type { OpenReader, ReaderFactory } from '../../fixtures/bugs/automq-object-reader/object-reader.js';
import { AsyncLookupFactoryBad } from '../../fixtures/bugs/automq-object-reader/buggy-async-lookup.js';
import { TouchingFactoryBad } from '../../fixtures/bugs/automq-object-reader/buggy-await-before-retain.js';
import { readInfoTwiceReleasedBad } from '../../fixtures/bugs/automq-object-reader/buggy-double-release.js';
import { LogCacheBad } from '../../fixtures/bugs/automq-object-reader/buggy-excess-before-lock.js';
import {
  createChainedRunnerBad,
  MutexRunnerBad,
} from '../../fixtures/bugs/automq-object-reader/buggy-lock-on-throw.js';
import { MergingLogCacheBad } from '../../fixtures/bugs/automq-object-reader/buggy-merge-unseen-change.js';
import { WastefulFactoryBad } from '../../fixtures/bugs/automq-object-reader/buggy-open-put.js';
import { OpeningFactoryBad } from '../../fixtures/bugs/automq-object-reader/buggy-open-put-await.js';
import { ChainedFactoryBad } from '../../fixtures/bugs/automq-object-reader/buggy-open-set-chain.js';
import { createLeakingFactoryBad } from '../../fixtures/bugs/automq-object-reader/buggy-open-set-closure.js';
import { TaskRunnerBad } from '../../fixtures/bugs/automq-object-reader/buggy-permit-on-throw.js';
import { AsyncSemaphoreBad } from '../../fixtures/bugs/automq-object-reader/buggy-permit-on-throw-handwritten.js';
import { PoisonedFactoryBad } from '../../fixtures/bugs/automq-object-reader/buggy-rejected-reader-cached.js';
import { readTwiceBad } from '../../fixtures/bugs/automq-object-reader/buggy-release-before-use.js';
import { readInfoBad } from '../../fixtures/bugs/automq-object-reader/buggy-release-not-in-finally.js';
import { RemovingFactoryBad } from '../../fixtures/bugs/automq-object-reader/buggy-removed-by-key.js';
import {
  createKeyedFactoryBad,
  createMutexFactoryBad,
} from '../../fixtures/bugs/automq-object-reader/buggy-retain-after-release.js';
import { LockedLookupFactoryBad } from '../../fixtures/bugs/automq-object-reader/buggy-retain-outside-lock.js';
import { TwoLockFactoryBad } from '../../fixtures/bugs/automq-object-reader/buggy-two-locks.js';
import { CheckingFactoryOk } from '../../fixtures/bugs/automq-object-reader/fixed-checked-retain.js';
import { ComputingFactoryOk } from '../../fixtures/bugs/automq-object-reader/fixed-compute-if-absent.js';
import { LogCacheOk } from '../../fixtures/bugs/automq-object-reader/fixed-excess-in-lock.js';
import { MergingLogCacheOk } from '../../fixtures/bugs/automq-object-reader/fixed-merge-counted.js';
import {
  ChainedRunnerOk,
  createMutexRunnerOk,
  ScopedRunnerOk,
  TaskRunnerOk,
} from '../../fixtures/bugs/automq-object-reader/fixed-permit-in-finally.js';
import { PromiseFactoryOk } from '../../fixtures/bugs/automq-object-reader/fixed-promise-cache.js';
import { RecheckingFactoryOk } from '../../fixtures/bugs/automq-object-reader/fixed-recheck-before-put.js';
import { readInfoOk, readTwiceOk } from '../../fixtures/bugs/automq-object-reader/fixed-release-in-finally.js';
import { LockedFactoryOk } from '../../fixtures/bugs/automq-object-reader/fixed-retain-in-lock.js';
import { createKeyedFactoryOk } from '../../fixtures/bugs/automq-object-reader/fixed-retain-in-lock-keyed.js';
import { PlainFactoryOk } from '../../fixtures/bugs/automq-object-reader/harmless-lookup-then-retain.js';
import { createReleasingFactoryOk } from '../../fixtures/bugs/automq-object-reader/harmless-retain-after-release.js';

const readIndex = (id: string): Promise<string> => Promise.resolve(`index of ${id}`);
const openNow: OpenReader = (id) => Promise.resolve(new ObjectReader(id, readIndex));

type Touch = (id: string) => Promise<void>;

describe('the reader is evicted while a task gets it', () => {
  async function evictDuringGet(makeFactory: (touch: Touch) => ReaderFactory): Promise<ObjectReader> {
    const touch = new RemoteFunction<[string], void>();
    const factory = makeFactory(touch.invoke);
    // The cache holds the reader, and nobody uses it.
    const first = factory.get('a');
    await touch.answerAll(undefined);
    (await first).release();

    const second = factory.get('a');
    const eviction = factory.evict('a');
    await touch.answerAll(undefined);
    await eviction;
    return second;
  }

  it.each<[string, (touch: Touch) => ReaderFactory]>([
    ['async-lookup', () => new AsyncLookupFactoryBad(readIndex)],
    ['await-before-retain', (touch) => new TouchingFactoryBad(readIndex, touch)],
    ['retain-after-release (mutex)', (touch) => createMutexFactoryBad(readIndex, touch)],
    ['retain-after-release (keyed)', () => createKeyedFactoryBad(readIndex)],
    ['retain-outside-lock', () => new LockedLookupFactoryBad(readIndex)],
    ['two-locks', (touch) => new TwoLockFactoryBad(readIndex, touch)],
  ])('buggy-%s returns a closed reader', async (_name, makeFactory) => {
    const reader = await evictDuringGet(makeFactory);
    expect(reader.closed).toBe(true);
    await expect(reader.info()).rejects.toThrow('is closed');
  });

  const correct: [string, (touch: Touch) => ReaderFactory][] = [
    ['fixed-checked-retain', (touch) => new CheckingFactoryOk(readIndex, touch)],
    ['fixed-compute-if-absent', (touch) => new ComputingFactoryOk(readIndex, touch)],
    ['fixed-promise-cache', () => new PromiseFactoryOk(openNow)],
    ['fixed-recheck-before-put', () => new RecheckingFactoryOk(openNow)],
    ['fixed-retain-in-lock', () => new LockedFactoryOk(openNow)],
    ['fixed-retain-in-lock-keyed', () => createKeyedFactoryOk(openNow)],
    ['harmless-lookup-then-retain', (touch) => new PlainFactoryOk(readIndex, touch)],
    ['harmless-retain-after-release', () => createReleasingFactoryOk(readIndex)],
  ];

  it.each(correct)('%s returns an open reader', async (_name, makeFactory) => {
    const reader = await evictDuringGet(makeFactory);
    expect(reader.closed).toBe(false);
    expect(await reader.info()).toBe('index of a');
  });

  it.each(correct)('%s keeps every reader open until its release, in every order', async (_name, makeFactory) => {
    await inEveryOrder(async (scheduler) => {
      const later = scheduler.scheduleFunction((_id: string) => Promise.resolve());
      const factory = makeFactory(later);
      const readers = new Set<ObjectReader>();
      const users = Array.from({ length: 4 }, async (_, index) => {
        await later('a');
        const pending = factory.get('a');
        // An eviction in the same turn waits behind the lookup for the lock, if there is one.
        if (index % 2 === 0) await Promise.all([pending, factory.evict('a')]);
        const reader = await pending;
        readers.add(reader);
        expect(reader.closed).toBe(false);
        await later('a');
        expect(await reader.info()).toBe('index of a');
        reader.release();
      });
      const evictions = Array.from({ length: 3 }, async () => {
        await later('a');
        await factory.evict('a');
      });
      await scheduler.waitFor(Promise.all([...users, ...evictions]));
      await factory.evict('a');
      // Each was closed exactly once: another release would have thrown.
      expect([...readers].every((reader) => reader.closed)).toBe(true);
    });
  });
});

describe('three tasks miss the same reader', () => {
  async function missTogether(
    makeFactory: (open: OpenReader, touch: Touch) => ReaderFactory,
  ): Promise<{ opened: ObjectReader[]; handedOut: ObjectReader[] }> {
    const opened: ObjectReader[] = [];
    const open = new RemoteFunction<[string], ObjectReader>();
    const touch = new RemoteFunction<[string], void>();
    const factory = makeFactory(open.invoke, touch.invoke);
    const tasks = startTasks(3, () => factory.get('a'));
    await open.answerAllTogether((id) => {
      const reader = new ObjectReader(id, readIndex);
      opened.push(reader);
      return reader;
    });
    await touch.answerAll(undefined);
    return { opened, handedOut: await Promise.all(tasks) };
  }

  it('buggy-open-put-await opens 3 readers and hands out 2 closed ones', async () => {
    const { opened, handedOut } = await missTogether((open, touch) => new OpeningFactoryBad(open, touch));
    expect(opened).toHaveLength(3);
    expect(handedOut.filter((reader) => reader.closed)).toHaveLength(2);
  });

  it.each<[string, (open: OpenReader) => ReaderFactory]>([
    ['open-put', (open) => new WastefulFactoryBad(open)],
    ['open-set-chain', (open) => new ChainedFactoryBad(open)],
    ['open-set-closure', createLeakingFactoryBad],
  ])('buggy-%s opens 3 readers', async (_name, makeFactory) => {
    const { opened, handedOut } = await missTogether(makeFactory);
    expect(opened).toHaveLength(3);
    expect(handedOut.filter((reader) => reader.closed)).toHaveLength(0);
  });

  it('buggy-open-set-closure and buggy-open-set-chain leave 2 readers open for ever', async () => {
    for (const makeFactory of [createLeakingFactoryBad, (open: OpenReader) => new ChainedFactoryBad(open)]) {
      let factory: ReaderFactory | undefined;
      const { opened, handedOut } = await missTogether((open) => (factory = makeFactory(open)));
      for (const reader of handedOut) reader.release();
      await factory?.evict('a');
      expect(opened.filter((reader) => !reader.closed)).toHaveLength(2);
    }
  });

  it.each<[string, (open: OpenReader) => ReaderFactory]>([
    ['promise-cache', (open) => new PromiseFactoryOk(open)],
    ['retain-in-lock', (open) => new LockedFactoryOk(open)],
    ['retain-in-lock-keyed', createKeyedFactoryOk],
  ])('fixed-%s opens 1 reader for all', async (_name, makeFactory) => {
    const { opened, handedOut } = await missTogether(makeFactory);
    expect(opened).toHaveLength(1);
    expect(new Set(handedOut)).toEqual(new Set(opened));
  });

  it('fixed-recheck-before-put keeps the first reader and closes the others', async () => {
    const { opened, handedOut } = await missTogether((open) => new RecheckingFactoryOk(open));
    expect(opened.map((reader) => reader.closed)).toEqual([false, true, true]);
    expect(new Set(handedOut)).toEqual(new Set(opened.slice(0, 1)));
  });
});

describe('an open fails', () => {
  it('buggy-rejected-reader-cached fails for ever after one attempt', async () => {
    const open = new RemoteFunction<[string], ObjectReader>();
    const factory = new PoisonedFactoryBad(open.invoke);
    const [first] = startTasks(1, () => factory.get('a'));
    await open.fail(new Error('unreachable'));
    await expect(first).rejects.toThrow('unreachable');
    await expect(factory.get('a')).rejects.toThrow('unreachable');
    expect(open.calls).toHaveLength(1);
  });

  it('buggy-removed-by-key drops the newer reader', async () => {
    const open = new RemoteFunction<[string], ObjectReader>();
    const factory = new RemovingFactoryBad(open.invoke);
    const [first] = startTasks(1, () => factory.get('a'));
    factory.forget('a');
    const [second] = startTasks(1, () => factory.get('a'));
    await open.fail(new Error('unreachable'));
    const [third] = startTasks(1, () => factory.get('a'));
    await expect(first).rejects.toThrow('unreachable');
    await open.answerAll((id) => new ObjectReader(id, readIndex));
    expect(await third).not.toBe(await second);
    expect(open.calls).toHaveLength(3);
  });

  it('fixed-promise-cache tries again, and a late failure leaves the newer reader alone', async () => {
    const open = new RemoteFunction<[string], ObjectReader>();
    const factory = new PromiseFactoryOk(open.invoke);
    const [first] = startTasks(1, () => factory.get('a'));
    const [eviction] = startTasks(1, () => factory.evict('a'));
    const [second] = startTasks(1, () => factory.get('a'));
    await open.fail(new Error('unreachable'));
    await expect(first).rejects.toThrow('unreachable');
    await expect(eviction).rejects.toThrow('unreachable');
    const [third] = startTasks(1, () => factory.get('a'));
    await open.answer((id) => new ObjectReader(id, readIndex));
    expect(await third).toBe(await second);
    expect(open.calls).toHaveLength(2);
  });
});

describe('references that are given back wrongly', () => {
  const failing = (): Promise<string> => Promise.reject(new Error('unreadable'));

  it('buggy-release-before-use reads a closed reader', async () => {
    await expect(readTwiceBad('a', readIndex)).rejects.toThrow('reader a is closed');
  });

  it('buggy-release-not-in-finally keeps the reader open after an error', async () => {
    const reader = new ObjectReader('a', failing);
    await expect(readInfoBad(reader)).rejects.toThrow('unreadable');
    reader.release();
    expect(reader.closed).toBe(false);
  });

  it('buggy-double-release closes a reader that somebody else holds', async () => {
    const reader = new ObjectReader('a', failing);
    await expect(readInfoTwiceReleasedBad(reader)).rejects.toThrow('unreadable');
    expect(reader.closed).toBe(true);
  });

  it('fixed-release-in-finally gives back its own reference and no other', async () => {
    for (const read of [readInfoOk, readTwiceOk]) {
      const broken = new ObjectReader('a', failing);
      await expect(read(broken)).rejects.toThrow('unreadable');
      expect(broken.closed).toBe(false);
      broken.release();
      expect(broken.closed).toBe(true);
    }
    const reader = new ObjectReader('a', readIndex);
    expect(await readInfoOk(reader)).toBe('index of a');
    expect(await readTwiceOk(reader)).toEqual(['index of a', 'index of a']);
    reader.release();
    expect(reader.closed).toBe(true);
  });
});

describe('a task throws before it returns a promise', () => {
  interface Runner {
    run<T>(task: () => Promise<T>): Promise<T>;
  }

  /** Two tasks that throw, then one that works. */
  async function runAfterThrows(runner: Runner): Promise<string> {
    const throwing = (): Promise<string> => {
      throw new Error('bad argument');
    };
    const failures = startTasks(2, () => runner.run(throwing));
    const [last] = startTasks(1, () => runner.run(() => Promise.resolve('done')));
    await Promise.all(failures.map(outcome));
    return outcome(last ?? Promise.reject(new Error('no task')));
  }

  it.each<[string, () => Runner]>([
    ['lock-on-throw (async)', () => new MutexRunnerBad()],
    ['lock-on-throw (chain)', createChainedRunnerBad],
    ['permit-on-throw', () => new TaskRunnerBad()],
    ['permit-on-throw-handwritten', () => new AsyncSemaphoreBad(2)],
  ])('buggy-%s never runs another task', async (_name, makeRunner) => {
    expect(await runAfterThrows(makeRunner())).toBe('pending');
  });

  it.each<[string, () => Runner]>([
    ['semaphore', () => new TaskRunnerOk()],
    ['mutex and a continuation', createMutexRunnerOk],
    ['runExclusive', () => new ScopedRunnerOk()],
    ['chain', () => new ChainedRunnerOk()],
  ])('fixed-permit-in-finally (%s) runs the next task', async (_name, makeRunner) => {
    expect(await runAfterThrows(makeRunner())).toBe('fulfilled');
  });
});

describe('three callers free the cache together', () => {
  async function freeTogether(cache: {
    readonly blocks: readonly string[];
    append(block: string): void;
    tryFree(): Promise<void>;
  }): Promise<readonly string[]> {
    for (const block of ['a', 'b', 'c', 'd', 'e']) cache.append(block);
    await Promise.all(startTasks(3, () => cache.tryFree()));
    return cache.blocks;
  }

  it('buggy-excess-before-lock frees more than the excess', async () => {
    expect(await freeTogether(new LogCacheBad(4))).toEqual(['d', 'e']);
  });

  it('fixed-excess-in-lock frees the excess', async () => {
    expect(await freeTogether(new LogCacheOk(4))).toEqual(['b', 'c', 'd', 'e']);
  });
});

describe('a record is appended during a merge', () => {
  interface Block {
    records: readonly string[];
  }

  async function appendDuringMerge(
    makeCache: (merge: (sources: readonly Block[]) => Promise<Block>) => {
      readonly records: readonly string[];
      addBlock(): Block;
      append(block: Block, record: string): void;
      tryMerge(): Promise<boolean>;
    },
  ): Promise<[merged: boolean, records: readonly string[]]> {
    const read = new RemoteFunction<[Block], Block>();
    const merge = (sources: readonly Block[]): Promise<Block> =>
      read.invoke({ records: sources.flatMap((source) => source.records) });
    const cache = makeCache(merge);
    const first = cache.addBlock();
    cache.append(first, 'one');
    cache.append(cache.addBlock(), 'two');
    const merging = cache.tryMerge();
    cache.append(first, 'late');
    await read.answerAll((block) => block);
    return [await merging, [...cache.records].sort()];
  }

  it('buggy-merge-unseen-change loses the record', async () => {
    expect(await appendDuringMerge((merge) => new MergingLogCacheBad(merge))).toEqual([true, ['one', 'two']]);
  });

  it('fixed-merge-counted gives up and keeps it', async () => {
    expect(await appendDuringMerge((merge) => new MergingLogCacheOk(merge))).toEqual([false, ['late', 'one', 'two']]);
  });

  it('fixed-merge-counted merges when nothing changes', async () => {
    const cache = new MergingLogCacheOk((sources) =>
      Promise.resolve({ records: sources.flatMap((source) => source.records) }),
    );
    cache.append(cache.addBlock(), 'one');
    cache.append(cache.addBlock(), 'two');
    expect(await cache.tryMerge()).toBe(true);
    expect(cache.records).toEqual(['one', 'two']);
  });
});

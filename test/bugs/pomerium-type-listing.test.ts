import './promise-with-resolvers.js';
import { describe, expect, it } from 'vitest';
import { flush, outcome } from '../support/deferred.js';
import { inEveryOrder, RemoteFunction, startTasks } from '../support/schedule.js';
import type { AuditLog, Codec } from '../../fixtures/bugs/pomerium-type-listing/record-collection.js';
import { SectionResultBackendBad } from '../../fixtures/bugs/pomerium-type-listing/buggy-callback-result.js';
import * as keyed from '../../fixtures/bugs/pomerium-type-listing/buggy-callback-result-keyed.js';
import { ClosureBackendBad } from '../../fixtures/bugs/pomerium-type-listing/buggy-closure-result.js';
import { ExclusiveBackendBad } from '../../fixtures/bugs/pomerium-type-listing/buggy-exclusive-acquire.js';
import { createExclusiveBackendBad } from '../../fixtures/bugs/pomerium-type-listing/buggy-exclusive-closure.js';
import { ExclusiveSectionBackendBad } from '../../fixtures/bugs/pomerium-type-listing/buggy-exclusive-run.js';
import { YieldingBackendBad } from '../../fixtures/bugs/pomerium-type-listing/buggy-generator-after-release.js';
import { IteratorBackendBad } from '../../fixtures/bugs/pomerium-type-listing/buggy-iterator-after-await.js';
import { ChainedBackendBad } from '../../fixtures/bugs/pomerium-type-listing/buggy-iterator-chain.js';
import { createIteratorBackendBad } from '../../fixtures/bugs/pomerium-type-listing/buggy-iterator-closure.js';
import { LazyFilterBackendBad } from '../../fixtures/bugs/pomerium-type-listing/buggy-lazy-filter.js';
import { ShallowCopyBackendBad } from '../../fixtures/bugs/pomerium-type-listing/buggy-live-records.js';
import { LockedYieldBackendBad } from '../../fixtures/bugs/pomerium-type-listing/buggy-lock-across-yield.js';
import { LoopLockBackendBad } from '../../fixtures/bugs/pomerium-type-listing/buggy-lock-in-loop.js';
import { LoopingBackendBad } from '../../fixtures/bugs/pomerium-type-listing/buggy-loop-after-release.js';
import { createOuterVariableBackendBad } from '../../fixtures/bugs/pomerium-type-listing/buggy-outer-variable.js';
import { IteratorReturningBackendBad } from '../../fixtures/bugs/pomerium-type-listing/buggy-returned-iterator.js';
import { MapReturningBackendBad } from '../../fixtures/bugs/pomerium-type-listing/buggy-returned-map.js';
import { CallbackBackendBad } from '../../fixtures/bugs/pomerium-type-listing/buggy-synchronous-release.js';
import { UnfinishedExportBackendBad } from '../../fixtures/bugs/pomerium-type-listing/buggy-unfinished-promise.js';
import { SharedModeWriterBad } from '../../fixtures/bugs/pomerium-type-listing/buggy-write-under-read-lock.js';
import { CallbackLock } from '../../fixtures/bugs/pomerium-type-listing/callback-lock.js';
import { createBackendOk } from '../../fixtures/bugs/pomerium-type-listing/fixed-closure.js';
import { CallbackBackendOk } from '../../fixtures/bugs/pomerium-type-listing/fixed-copy-before-callback.js';
import { CopyingBackendOk } from '../../fixtures/bugs/pomerium-type-listing/fixed-copy-under-read-lock.js';
import { DeepCopyBackendOk } from '../../fixtures/bugs/pomerium-type-listing/fixed-deep-copy.js';
import { ExclusiveModeWriterOk } from '../../fixtures/bugs/pomerium-type-listing/fixed-exclusive-writer.js';
import { LoopLockBackendOk } from '../../fixtures/bugs/pomerium-type-listing/fixed-lock-around-loop.js';
import { LoopInSectionBackendOk } from '../../fixtures/bugs/pomerium-type-listing/fixed-loop-in-section.js';
import { ReadSectionBackendOk } from '../../fixtures/bugs/pomerium-type-listing/fixed-read-section.js';
import { SectionCopyBackendOk } from '../../fixtures/bugs/pomerium-type-listing/fixed-section-copies.js';
import * as keyedCopies from '../../fixtures/bugs/pomerium-type-listing/fixed-section-copies-keyed.js';
import { SnapshotYieldBackendOk } from '../../fixtures/bugs/pomerium-type-listing/fixed-snapshot-before-yield.js';
import { CounterBackendOk } from '../../fixtures/bugs/pomerium-type-listing/harmless-eager-results.js';
import { SegmentBackendOk } from '../../fixtures/bugs/pomerium-type-listing/harmless-exclusive-sections.js';
import { SpreadAfterReleaseBackendOk } from '../../fixtures/bugs/pomerium-type-listing/harmless-spread-after-release.js';
import { createSpreadBackendOk } from '../../fixtures/bugs/pomerium-type-listing/harmless-spread-after-release-mutex.js';

interface Backend {
  put(type: string, id: string, value: string): Promise<void>;
  listTypes(): Promise<string[]>;
}

type MakeBackend = (audit: AuditLog, codec: Codec) => Backend;

const noCodec: Codec = { decode: (value) => Promise.resolve(value) };

describe('a type is put while the listing waits for the audit log', () => {
  async function listWhilePutting(makeBackend: MakeBackend): Promise<string[]> {
    const audit = new RemoteFunction<[string], void>();
    const backend = makeBackend({ write: audit.invoke }, noCodec);
    await backend.put('user', '1', 'a');
    const list = backend.listTypes();
    await flush();
    await backend.put('late', '1', 'b');
    await audit.answerAll(undefined);
    return list;
  }

  const buggy: [string, MakeBackend][] = [
    ['closure-result', (audit) => new ClosureBackendBad(audit)],
    ['iterator-after-await', (audit) => new IteratorBackendBad(audit)],
    ['iterator-chain', (audit) => new ChainedBackendBad(audit)],
    ['iterator-closure', (audit) => createIteratorBackendBad(audit)],
    ['lazy-filter', (audit) => new LazyFilterBackendBad(audit)],
    ['outer-variable', (audit) => createOuterVariableBackendBad(audit)],
  ];

  it.each(buggy)('buggy-%s lists a type that was put after its section', async (_name, makeBackend) => {
    expect(await listWhilePutting(makeBackend)).toEqual(['late', 'user']);
  });

  const fixed: [string, MakeBackend][] = [
    ['closure', createBackendOk],
    ['copy-under-read-lock', (audit, codec) => new CopyingBackendOk(audit, codec)],
    ['read-section', (audit, codec) => new ReadSectionBackendOk(audit, codec)],
  ];

  it.each(fixed)('fixed-%s lists the types of its section', async (_name, makeBackend) => {
    expect(await listWhilePutting(makeBackend)).toEqual(['user']);
  });

  it('harmless-eager-results gives what it saw under the lock', async () => {
    const audit = new RemoteFunction<[string], void>();
    const backend = new CounterBackendOk({ write: audit.invoke });
    await backend.count('user');
    const results = Promise.all([backend.listTypes(), backend.total(), backend.describe()]);
    await flush();
    await backend.count('late');
    await audit.answerAll(undefined);
    expect(await results).toEqual([['user'], 1, 'user']);
  });
});

describe('a put is queued behind the listing', () => {
  async function listBeforeQueuedPut(backend: Backend): Promise<string[]> {
    await backend.put('user', '1', 'a');
    const list = backend.listTypes();
    const [put] = startTasks(1, () => backend.put('late', '1', 'b'));
    const types = await list;
    await put;
    return types;
  }

  it('buggy-callback-result lists the type of the queued put', async () => {
    expect(await listBeforeQueuedPut(new SectionResultBackendBad())).toEqual(['late', 'user']);
  });

  it('buggy-callback-result-keyed lists the type of the queued put', async () => {
    expect(await listBeforeQueuedPut({ put: keyed.putBad, listTypes: keyed.listTypesBad })).toEqual(['late', 'user']);
  });

  it.each([
    ['buggy-synchronous-release lists the type of the queued put', (lock: CallbackLock) => new CallbackBackendBad(lock), ['late', 'user']],
    ['fixed-copy-before-callback does not', (lock: CallbackLock) => new CallbackBackendOk(lock), ['user']],
  ])('%s', (_name, makeBackend, expected) => {
    const lock = new CallbackLock();
    const backend = makeBackend(lock);
    const listed: string[] = [];
    backend.put('user', '1', 'a');
    // A section that is open while the listing and the put arrive.
    let close: () => void = () => undefined;
    lock.lock((release) => {
      close = release;
    });
    backend.listTypes((types) => listed.push(...types));
    backend.put('late', '1', 'b');
    close();
    expect(listed).toEqual(expected);
  });

  it.each<[string, Backend]>([
    ['fixed-section-copies', new SectionCopyBackendOk()],
    ['fixed-section-copies-keyed', { put: keyedCopies.putOk, listTypes: keyedCopies.listTypesOk }],
    ['harmless-spread-after-release', new SpreadAfterReleaseBackendOk()],
    ['harmless-spread-after-release-mutex', createSpreadBackendOk()],
  ])('%s lists the types of its section', async (_name, backend) => {
    expect(await listBeforeQueuedPut(backend)).toEqual(['user']);
  });

  it.each<[string, () => Backend]>([
    ['fixed-section-copies', () => new SectionCopyBackendOk()],
    ['fixed-section-copies-keyed', () => {
      keyedCopies.clearTypes();
      return { put: keyedCopies.putOk, listTypes: keyedCopies.listTypesOk };
    }],
    ['harmless-spread-after-release', () => new SpreadAfterReleaseBackendOk()],
    ['harmless-spread-after-release-mutex', createSpreadBackendOk],
  ])('%s lists the types of its section in every order', async (_name, makeBackend) => {
    await inEveryOrder(async (scheduler) => {
      const backend = makeBackend();
      const arrive = scheduler.scheduleFunction(() => Promise.resolve());
      const inserted: string[] = [];
      const pairs = Array.from({ length: 5 }, async (_, index) => {
        await arrive();
        // In one turn, so that the put waits behind the listing when the lock is taken, and follows it when it is free.
        const before = [...inserted];
        const list = backend.listTypes();
        inserted.push(`type${index}`);
        const put = backend.put(`type${index}`, '1', 'a');
        const types = await list;
        await put;
        return { before, types };
      });
      const seen = await scheduler.waitFor(Promise.all(pairs));
      // The locks are fair, so a listing sees exactly the puts that arrived before it.
      for (const { before, types } of seen) expect(types).toEqual(before.sort());
    });
  });
});

describe('live state in the hands of the caller', () => {
  it('buggy-returned-iterator gives the caller types that were put later', async () => {
    const backend = new IteratorReturningBackendBad();
    await backend.put('user', '1', 'a');
    const types = await backend.types();
    await backend.put('late', '1', 'b');
    expect([...types]).toEqual(['user', 'late']);
  });

  it('buggy-returned-map gives the caller a Map that others change', async () => {
    const backend = new MapReturningBackendBad();
    await backend.put('user', '1', 'a');
    const all = await backend.all();
    await backend.put('late', '1', 'b');
    expect(all.size).toBe(2);
  });

  it('buggy-live-records gives the caller collections that others change', async () => {
    const backend = new ShallowCopyBackendBad();
    await backend.put('user', '1', 'a');
    const [collection] = await backend.collections();
    await backend.put('user', '2', 'b');
    expect(collection?.size).toBe(2);
  });

  it('fixed-deep-copy gives the caller what there was', async () => {
    const backend = new DeepCopyBackendOk();
    await backend.put('user', '1', 'a');
    const [collection] = await backend.collections();
    const sizes = await backend.sizes();
    await backend.put('user', '2', 'b');
    expect(collection?.size).toBe(1);
    expect(sizes).toEqual({ user: 1 });
  });

  it('buggy-generator-after-release yields a type that was put during its pause', async () => {
    const backend = new YieldingBackendBad();
    await backend.put('user', '1', 'a');
    const seen: string[] = [];
    for await (const type of backend.types()) {
      seen.push(type);
      await backend.put('late', '1', 'b');
    }
    expect(seen).toEqual(['user', 'late']);
  });

  it('buggy-lock-across-yield hangs a consumer that puts', async () => {
    const backend = new LockedYieldBackendBad();
    await backend.put('user', '1', 'a');
    const seen: string[] = [];
    const consumer = (async () => {
      for await (const type of backend.types()) {
        seen.push(type);
        await backend.put('late', '1', 'b');
      }
    })();
    expect(await outcome(consumer)).toBe('pending');
    expect(seen).toEqual(['user']);
  });

  it('fixed-snapshot-before-yield lets the consumer put and yields the types of its section', async () => {
    const backend = new SnapshotYieldBackendOk();
    await backend.put('user', '1', 'a');
    const seen: string[] = [];
    for await (const type of backend.types()) {
      seen.push(type);
      await backend.put('late', '1', 'b');
    }
    expect(seen).toEqual(['user']);
  });
});

describe('a type is put while a loop over the types waits', () => {
  it('buggy-loop-after-release visits the late type', async () => {
    const audit = new RemoteFunction<[string], void>();
    const backend = new LoopingBackendBad({ write: audit.invoke });
    await backend.put('user', '1', 'a');
    const count = backend.auditTypes();
    await flush();
    await backend.put('late', '1', 'b');
    await audit.answerAll(undefined);
    expect(await count).toBe(2);
  });

  it('buggy-unfinished-promise exports the late type', async () => {
    const audit = new RemoteFunction<[string], void>();
    const backend = new UnfinishedExportBackendBad({ write: audit.invoke });
    await backend.put('user', '1', 'a');
    const count = backend.exportTypes();
    await flush();
    await backend.put('late', '1', 'b');
    await audit.answerAll(undefined);
    expect(await count).toBe(2);
  });

  it('fixed-loop-in-section makes the put wait', async () => {
    const audit = new RemoteFunction<[string], void>();
    const backend = new LoopInSectionBackendOk({ write: audit.invoke });
    await backend.put('user', '1', 'a');
    const counts = Promise.all([backend.auditTypes(), backend.exportTypes()]);
    await flush();
    const [put] = startTasks(1, () => backend.put('late', '1', 'b'));
    await audit.answerAll(undefined);
    await put;
    expect(await counts).toEqual([1, 1]);
  });
});

describe('the listing meets a reader that holds the lock', () => {
  interface ReadingBackend extends Backend {
    get(type: string, id: string): Promise<string>;
  }

  async function listDuringGet(makeBackend: (audit: AuditLog, codec: Codec) => ReadingBackend): Promise<string> {
    const decode = new RemoteFunction<[string], string>();
    const audit = { write: () => Promise.resolve() };
    const backend = makeBackend(audit, { decode: decode.invoke });
    await backend.put('user', '1', 'a');
    const [reader] = startTasks(1, () => backend.get('user', '1'));
    await flush();
    const list = backend.listTypes();
    const meanwhile = await outcome(list);
    await decode.answer('decoded');
    expect(await reader).toBe('decoded');
    expect(await list).toEqual(['user']);
    return meanwhile;
  }

  it.each<[string, (audit: AuditLog, codec: Codec) => ReadingBackend]>([
    ['acquire', (_audit, codec) => new ExclusiveBackendBad(codec)],
    ['closure', (_audit, codec) => createExclusiveBackendBad(codec)],
    ['run', (_audit, codec) => new ExclusiveSectionBackendBad(codec)],
  ])('buggy-exclusive-%s waits for the reader', async (_name, makeBackend) => {
    expect(await listDuringGet(makeBackend)).toBe('pending');
  });

  it.each<[string, (audit: AuditLog, codec: Codec) => ReadingBackend]>([
    ['closure', createBackendOk],
    ['copy-under-read-lock', (audit, codec) => new CopyingBackendOk(audit, codec)],
    ['read-section', (audit, codec) => new ReadSectionBackendOk(audit, codec)],
  ])('fixed-%s runs beside the reader', async (_name, makeBackend) => {
    expect(await listDuringGet(makeBackend)).toBe('fulfilled');
  });

  it('harmless-exclusive-sections keeps its changes atomic', async () => {
    const backend = new SegmentBackendOk();
    await Promise.all(['a', 'b', 'c'].map((type, index) => backend.add(type, { compact: () => index })));
    const [touched, order, sizes, taken, untouched] = await Promise.all([
      backend.touch('a'),
      backend.order(),
      backend.sizes(),
      backend.takeTypes(),
      backend.touch('a'),
    ]);
    expect([touched, order, sizes, taken, untouched]).toEqual([true, 'b,c,a', [1, 2, 0], ['b', 'c', 'a'], false]);
  });
});

describe('two writers', () => {
  async function setTwoOptions(
    makeBackend: (codec: Codec) => {
      setOption(name: string, value: string): Promise<void>;
      options(): Promise<Readonly<Record<string, string>>>;
    },
  ): Promise<Readonly<Record<string, string>>> {
    const decode = new RemoteFunction<[string], string>();
    const backend = makeBackend({ decode: decode.invoke });
    const tasks = [backend.setOption('first', '1'), backend.setOption('second', '2')];
    await decode.answerAll((value) => value);
    await Promise.all(tasks);
    return backend.options();
  }

  it('buggy-write-under-read-lock loses an option', async () => {
    expect(await setTwoOptions((codec) => new SharedModeWriterBad(codec))).toEqual({ second: '2' });
  });

  it('fixed-exclusive-writer keeps both', async () => {
    expect(await setTwoOptions((codec) => new ExclusiveModeWriterOk(codec))).toEqual({ first: '1', second: '2' });
  });
});

describe('several records in one put', () => {
  it('buggy-lock-in-loop stores one record, and hangs with two', async () => {
    expect(await outcome(new LoopLockBackendBad().put('user', [['1', 'a']]))).toBe('fulfilled');
    expect(await outcome(new LoopLockBackendBad().put('user', [['1', 'a'], ['2', 'b']]))).toBe('pending');
  });

  it('fixed-lock-around-loop stores three', async () => {
    const backend = new LoopLockBackendOk();
    const records = [['1', 'a'], ['2', 'b'], ['3', 'c']] as const;
    expect(await outcome(backend.put('user', records))).toBe('fulfilled');
    expect(await outcome(backend.putOneByOne('user', records))).toBe('fulfilled');
  });
});

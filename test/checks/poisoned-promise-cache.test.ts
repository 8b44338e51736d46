/** The interleavings that `no-poisoned-promise-cache` claims, made to happen; and that its correct neighbours survive them. */
import { describe, expect, it } from 'vitest';
import { ExecutorBad, ExecutorOk } from '../../fixtures/checks/no-poisoned-promise-cache/early-failures.js';
import { EntryBad, EntryOk, GateBad, GateOk } from '../../fixtures/checks/no-poisoned-promise-cache/entries.js';
import { createSheetsBad, createSheetsOk } from '../../fixtures/checks/no-poisoned-promise-cache/overtaken-flights.js';
import { CreatorOk, EveryWaiterBad, IdentityOk, ReloadBad, ReloadOk } from '../../fixtures/checks/no-poisoned-promise-cache/owners.js';
import { FieldBad, FieldOk, MapBad, MapOk } from '../../fixtures/checks/no-poisoned-promise-cache/slots.js';
import type { Work } from '../../fixtures/checks/no-poisoned-promise-cache/work.js';
import { type Deferred, deferred, flush, outcome } from '../support/deferred.js';
import { RemoteFunction, startTasks } from '../support/schedule.js';

type Cache = { text(key: string): Promise<string> };

/** The first work fails, the next would not; tells what the second call gets. */
async function afterFailure(make: (work: Work) => Cache): Promise<'fulfilled' | 'rejected' | 'pending'> {
  const remote = new RemoteFunction<[string], string>();
  const cache = make(remote.invoke);
  const [first] = startTasks(1, () => cache.text('a'));
  await remote.fail(new Error('offline'));
  await expect(first).rejects.toThrow('offline');
  const [second = Promise.reject(new Error('no task'))] = startTasks(1, () => cache.text('a'));
  await remote.answerAll('text');
  return outcome(second);
}

describe('a rejected promise', () => {
  it('is handed out for ever by a slot that keeps it', async () => {
    expect(await afterFailure((work) => new FieldBad(work))).toBe('rejected');
    expect(await afterFailure((work) => new MapBad(work))).toBe('rejected');
    expect(await afterFailure((work) => new EntryBad(work))).toBe('rejected');
  });

  it('is forgotten by a slot that is cleared when it rejects', async () => {
    expect(await afterFailure((work) => new FieldOk(work))).toBe('fulfilled');
    expect(await afterFailure((work) => new MapOk(work))).toBe('fulfilled');
    expect(await afterFailure((work) => new EntryOk(work))).toBe('fulfilled');
  });

  it('stays in a slot that was cleared before it was there', async () => {
    for (const [Keys, left] of [
      [ExecutorBad, 'rejected'],
      [ExecutorOk, 'fulfilled'],
    ] as const) {
      const keys = new Keys((key) => Promise.resolve(`${key}+`));
      await expect(keys.ratchet(1)).rejects.toThrow('no key');
      await flush();
      keys.keys.set(1, 'base');
      expect(await outcome(keys.ratchet(1))).toBe(left);
    }
  });
});

/** A flight, a reload beside it, then the flight's end: tells how many works a third call makes it. */
async function worksAfterReload(make: (work: Work) => { text(): Promise<string>; reload(): Promise<string> }): Promise<number> {
  const remote = new RemoteFunction<[string], string>();
  const cache = make(remote.invoke);
  const tasks = [cache.text(), cache.reload()];
  await remote.answer('old');
  tasks.push(cache.text());
  await remote.answerAll('new');
  await Promise.all(tasks);
  return remote.calls.length;
}

/**
 * The flight settles; at once one call joins it, and one comes when its first waiter has gone on. Tells how many works there are
 * when a last call comes while the second work is under way.
 */
async function worksWithLatecomer(make: (work: Work) => { text(): Promise<string> }): Promise<number> {
  const works: Deferred<string>[] = [];
  const cache = make(() => {
    const work = deferred<string>();
    works.push(work);
    return work.promise;
  });
  const tasks = [cache.text()];
  works[0]?.resolve('text');
  queueMicrotask(() => tasks.push(cache.text()));
  tasks.push(cache.text());
  await flush();
  tasks.push(cache.text());
  for (const work of works) work.resolve('text');
  await Promise.all(tasks);
  return works.length;
}

describe('a newer promise', () => {
  it('is thrown away by work that clears the slot whatever it holds', async () => {
    expect(await worksAfterReload((work) => new ReloadBad(work))).toBe(3);
  });

  it('stays where the owner looks first', async () => {
    expect(await worksAfterReload((work) => new ReloadOk(work))).toBe(2);
  });

  it('is thrown away by a waiter that comes late, and by no owner', async () => {
    const works = await Promise.all(
      [EveryWaiterBad, CreatorOk, IdentityOk].map((Cache_) => worksWithLatecomer((work) => new Cache_(work))),
    );
    expect(works).toEqual([3, 2, 2]);
  });
});

describe('the end of work that newer work has overtaken', () => {
  it.each([
    ['has the third caller start once more', createSheetsBad, 3],
    ['leaves the newer promise to the third caller', createSheetsOk, 2],
  ])('%s', async (_name, create, works) => {
    const remote = new RemoteFunction<[string], string>();
    const sheets = create(remote.invoke);
    const tasks = [sheets.open('a'), sheets.force('a')];
    await remote.answer('old');
    tasks.push(sheets.open('a'));
    await remote.answerAll('new');
    await Promise.all(tasks);
    expect(remote.calls.length).toBe(works);
  });
});

/** One works, a second one waits for it, and a third one comes as the second works: tells how many work when a fourth has come, too. */
async function atWork(gate: Cache): Promise<number> {
  const jobs: Deferred<string>[] = [];
  started.push(jobs);
  const call = async (): Promise<void> => {
    gate.text('a').catch(() => undefined);
    await flush();
  };
  await call();
  await call();
  jobs[0]?.resolve('first');
  await flush();
  await call(); // works under an entry of its own, beside the one that has waited
  jobs[1]?.resolve('second');
  await flush();
  await call();
  return jobs.length - 2;
}

const started: Deferred<string>[][] = [];
const work: Work = () => {
  const job = deferred<string>();
  started.at(-1)?.push(job);
  return job.promise;
};

describe('an entry of one who came meanwhile', () => {
  it('is taken out by a waiter, and so the next one works beside him', async () => {
    expect(await atWork(new GateBad(work))).toBe(2);
    expect(await atWork(new GateOk(work))).toBe(1);
  });
});

/** Locks that keep nobody out: two tasks are inside at once; the corrected twins take turns under the same schedule. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import lockfile from 'proper-lockfile';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Report } from '../../fixtures/checks/no-ineffective-lock/asked-not-taken.js';
import { makeLimitBad, makeLimitOk } from '../../fixtures/checks/no-ineffective-lock/late-permits.js';
import { CancelledBad, CancelledOk, ReplacedBad, ReplacedOk, TimedBad, TimedOk } from '../../fixtures/checks/no-ineffective-lock/lifted.js';
import { Counter, perRequest } from '../../fixtures/checks/no-ineffective-lock/made-per-call.js';
import { Journal, JournalOfOneLock } from '../../fixtures/checks/no-ineffective-lock/two-locks.js';
import { publishBad, publishOk } from '../../fixtures/checks/no-ineffective-lock/asked-paths.js';
import { deferred, flush, outcome } from '../support/deferred.js';
import { RemoteFunction, startTasks } from '../support/schedule.js';

describe('a lock that each call makes', () => {
  it('lets two calls read the same count', async () => {
    const counter = new Counter();
    const read = new RemoteFunction<[number], number>();
    const tasks = startTasks(2, () => counter.addBad(read.invoke));
    await read.answerAll((count) => count + 1);
    await Promise.all(tasks);
    expect(counter.count).toBe(1);
  });

  it('kept in a field, makes the second wait', async () => {
    const counter = new Counter();
    const read = new RemoteFunction<[number], number>();
    const tasks = startTasks(2, () => counter.addOk(read.invoke));
    await read.answerAll((count) => count + 1);
    await Promise.all(tasks);
    expect(counter.count).toBe(2);
  });

  it('in an object of one request, lets two requests in; in an object that is kept, one', async () => {
    const read = new RemoteFunction<[number], number>();
    const tasks = startTasks(2, () => perRequest(read.invoke));
    await flush();
    expect(read.pending).toBe(2);
    await read.answer((value) => value + 1);
    await read.answer((value) => value + 1);
    expect(read.pending).toBe(1);
    await read.answerAll((value) => value + 1);
    await Promise.all(tasks);
  });
});

describe('a lock that is asked and not taken', () => {
  it.each(['askedBad', 'waitedBad', 'spinBad'] as const)('lets two tasks render at once (%s)', async (name) => {
    const report = new Report();
    const render = new RemoteFunction<[], string>();
    const pause = (): Promise<void> => Promise.resolve();
    const tasks = startTasks(2, () => (name === 'spinBad' ? report.spinBad(pause, render.invoke) : report[name](render.invoke)));
    await flush();
    expect(render.pending).toBe(2);
    await render.answerAll('done');
    await Promise.all(tasks);
    expect(report.text).toBe('done');
  });

  it('that is taken at once, lets the second task go', async () => {
    const report = new Report();
    const render = new RemoteFunction<[], string>();
    const tasks = startTasks(2, () => report.askedOk(render.invoke));
    await flush();
    expect(render.pending).toBe(1);
    await render.answerAll('done');
    await Promise.all(tasks);
  });
});

describe('two locks for one state', () => {
  async function appendAndClear(journal: { clear: Journal['clear'] }, append: (write: (position: number) => Promise<string>) => Promise<void>): Promise<string> {
    await append(() => Promise.resolve('first'));
    const write = new RemoteFunction<[number], string>();
    const [appending] = startTasks(1, () => append(write.invoke));
    await flush();
    const clearing = journal.clear(() => Promise.resolve());
    const cleared = await outcome(clearing);
    await write.answerAll((position) => `entry ${position}`);
    await Promise.all([appending, clearing]);
    return cleared;
  }

  it('let one clear what the other is writing to', async () => {
    const journal = new Journal();
    expect(await appendAndClear(journal, (write) => journal.appendBad(write))).toBe('fulfilled');
  });

  it('made one, keep the two apart', async () => {
    const journal = new JournalOfOneLock();
    expect(await appendAndClear(journal, (write) => journal.appendOk(write))).toBe('pending');
  });
});

describe('a lock that is taken from its holder', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  /** Two tasks add a row each; between them, somebody interferes. How many were in the section at once, and what came of it. */
  async function addTwice(table: { readonly rows: readonly string[]; add(): Promise<void> }, interfere: () => unknown): Promise<[number, readonly string[]]> {
    const rows = new RemoteFunction<[], string>();
    vi.stubGlobal('fetchRow', rows.invoke);
    const first = table.add();
    await flush();
    interfere();
    const second = table.add();
    await flush();
    const inside = rows.pending;
    while (rows.pending > 0) await rows.answer('row');
    await Promise.all([first, second]);
    return [inside, table.rows];
  }

  it('by a cancel that releases it, lets the next one in: a row is lost', async () => {
    const early = new CancelledBad();
    expect(await addTwice(early, () => early.cancelBad())).toEqual([2, ['row']]);
    const kept = new CancelledOk();
    expect(await addTwice(kept, () => kept.cancelOk())).toEqual([1, ['row', 'row']]);
  });

  it('by a new lock in its place, lets the next one in', async () => {
    const replaced = new ReplacedBad();
    expect(await addTwice(replaced, () => replaced.resetBad())).toEqual([2, ['row']]);
    const kept = new ReplacedOk();
    expect(await addTwice(kept, () => void kept.resetOk())).toEqual([1, ['row']]);
  });

  it('by the clock, lets two work at once, and a third when the first releases again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const work = new RemoteFunction<[], void>();
    const timed = new TimedBad();
    const tasks = startTasks(3, () => timed.run(work.invoke));
    await flush();
    expect(work.pending).toBe(1);
    vi.advanceTimersByTime(1000);
    await flush();
    expect(work.pending).toBe(2);
    await work.answer(undefined);
    expect(work.pending).toBe(2);
    await work.answerAll(undefined);
    await Promise.all(tasks);
  });

  it('by no clock: the work is told to end, and ends its section itself', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const work = new RemoteFunction<[AbortSignal], void>();
    const timed = new TimedOk();
    const tasks = startTasks(2, () => timed.run(work.invoke));
    await flush();
    vi.advanceTimersByTime(1000);
    await flush();
    expect(work.pending).toBe(1);
    expect(work.calls[0]?.[0].aborted).toBe(true);
    await work.answerAll(undefined);
    await Promise.all(tasks);
  });
});

describe('a place that is given up for a waiter', () => {
  it.each([
    ['goes to whoever asks before the waiter goes on, and to the waiter', makeLimitBad, 2],
    ['is kept for the waiter', makeLimitOk, 1],
  ] as const)('%s', async (_, makeLimit, inside) => {
    const enter = makeLimit(1);
    let entered = 0;
    const take = async (): Promise<() => void> => {
      const release = await enter();
      entered += 1;
      return release;
    };
    const release = await take();
    void take(); // waits in the line
    entered = 0;
    release();
    void take(); // asks in the same turn
    await flush();
    expect(entered).toBe(inside);
  });
});

describe('the lock of a path', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lock-'));
  });
  afterEach(async () => {
    vi.unstubAllGlobals();
    await rm(folder, { recursive: true });
  });

  /** One task saves; another comes. How many save at once, and what each tells. */
  async function publishTwice(publish: (path: string, text: string) => Promise<boolean>): Promise<[number, boolean[]]> {
    const gate = deferred<void>();
    const arrivals = [deferred<void>(), deferred<void>()];
    let inside = 0;
    vi.stubGlobal('save', () => {
      arrivals[inside]?.resolve();
      inside += 1;
      return gate.promise;
    });
    const first = publish(folder, 'first');
    await arrivals[0]?.promise;
    const second = publish(folder, 'second');
    await Promise.race([arrivals[1]?.promise, second]);
    const together = inside;
    gate.resolve();
    return [together, await Promise.all([first, second])];
  }

  it('asked, lets two tasks save at once', async () => {
    expect(await publishTwice(publishBad)).toEqual([2, [true, true]]);
  });

  it('taken after it was asked, sends the second task away', async () => {
    expect(await publishTwice(publishOk)).toEqual([1, [true, false]]);
    expect(await lockfile.check(folder)).toBe(false);
  });
});

/** What the findings on pooled resources, keyed locks and chains claim happens with the real libraries, and not to the corrected twins. */
import { type FileHandle, open } from 'node:fs/promises';
import AsyncLock from 'async-lock';
import { Mutex } from 'async-mutex';
import { Sema } from 'async-sema';
import { createPool } from 'generic-pool';
import { Pool } from 'tarn';
import { describe, expect, it } from 'vitest';
import { ConnectionPool, Reports } from '../../fixtures/checks/require-finally-release/own-pools.js';
import { deferred, flush, outcome } from '../support/deferred.js';

const failing = (): Promise<void> => Promise.reject(new Error('the query failed'));

interface Connection {
  query(): Promise<void>;
}
const connections = { create: (): Promise<Connection> => Promise.resolve({ query: failing }), destroy: (): Promise<void> => Promise.resolve() };

describe('a pool that a program writes itself', () => {
  it('has none left after a task that failed, and has one where the task gives back in a finally', async () => {
    const pool = new ConnectionPool({ query: () => Promise.reject(new Error('the query failed')) });
    const reports = new Reports(pool);
    expect(await outcome(reports.rowsOk())).toBe('rejected');
    expect(await outcome(reports.rowsBad())).toBe('rejected');
    expect(await outcome(reports.rowsOk())).toBe('pending');
  });
});

describe('a thing that went back to its pool', () => {
  it('works for two at once', async () => {
    const busy: string[] = [];
    const gate = deferred();
    const made = { use: async (who: string): Promise<void> => { busy.push(who); await gate.promise; } };
    const pool = createPool({ create: () => Promise.resolve(made), destroy: () => Promise.resolve() }, { max: 1 });
    const thing = await pool.acquire();
    await pool.release(thing);
    const next = await pool.acquire();
    // eslint-disable-next-line async-race/no-use-after-release -- the fault under test
    const uses = [next.use('the next'), thing.use('who gave it back')];
    expect(busy).toEqual(['the next', 'who gave it back']);
    gate.resolve();
    await Promise.all(uses);
    await pool.release(next);
  });
});

describe('a pool of one', () => {
  it('has none left after a task that failed, and has one where the task gives back in a finally', async () => {
    const pool = createPool(connections, { max: 1 });
    const bad = async (): Promise<void> => {
      // eslint-disable-next-line async-race/require-finally-release -- the fault under test
      const connection = await pool.acquire();
      await connection.query();
      await pool.release(connection);
    };
    const good = async (from: typeof pool): Promise<void> => {
      const connection = await from.acquire();
      try {
        await connection.query();
      } finally {
        await from.release(connection);
      }
    };
    expect(await outcome(bad())).toBe('rejected');
    expect(await outcome(pool.acquire())).toBe('pending');

    const other = createPool(connections, { max: 1 });
    expect(await outcome(good(other))).toBe('rejected');
    expect(await outcome(other.acquire())).toBe('fulfilled');
  });

  it('keeps a next task waiting in tarn as well', async () => {
    const pool = new Pool<Connection>({ create: connections.create, destroy: connections.destroy, min: 0, max: 1, acquireTimeoutMillis: 60_000 });
    const held = await pool.acquire().promise;
    expect(await outcome(held.query())).toBe('rejected');
    const next = pool.acquire();
    expect(await outcome(next.promise)).toBe('pending');
    pool.release(held);
    expect(await outcome(next.promise)).toBe('fulfilled');
  });
});

describe('a stream', () => {
  it('stays locked to a reader that gave up, and is free where a finally releases it', async () => {
    const source = (): ReadableStream<string> => new ReadableStream({ start: (controller) => controller.enqueue('first') });
    const bad = async (stream: ReadableStream<string>): Promise<void> => {
      // eslint-disable-next-line async-race/require-finally-release -- the fault under test
      const reader = stream.getReader();
      await reader.read();
      await failing();
      reader.releaseLock();
    };
    const good = async (stream: ReadableStream<string>): Promise<void> => {
      const reader = stream.getReader();
      try {
        await reader.read();
        await failing();
      } finally {
        reader.releaseLock();
      }
    };
    const left = source();
    expect(await outcome(bad(left))).toBe('rejected');
    expect(left.locked).toBe(true);
    const free = source();
    expect(await outcome(good(free))).toBe('rejected');
    expect(free.locked).toBe(false);
  });
});

describe('a file', () => {
  it('is still open after a task that failed, and closed where it is disposed of', async () => {
    const handles: FileHandle[] = [];
    const bad = async (): Promise<void> => {
      const handle = await open(import.meta.filename, 'r');
      handles.push(handle);
      await failing();
      await handle.close();
    };
    const good = async (): Promise<void> => {
      const handle = await open(import.meta.filename, 'r');
      handles.push(handle);
      try {
        await failing();
      } finally {
        await handle.close();
      }
    };
    await expect(bad()).rejects.toThrow('the query failed');
    await expect(good()).rejects.toThrow('the query failed');
    const [left, closed] = handles;
    expect(left?.fd).toBeGreaterThan(0);
    expect(closed?.fd).toBe(-1);
    await left?.close();
  });
});

describe('a chain that releases in its last link', () => {
  it('keeps the permit when a link before is rejected, and gives it back in `finally`', async () => {
    const bad = new Sema(1);
    expect(await outcome(bad.acquire().then(failing).then(() => bad.release()))).toBe('rejected');
    expect(await outcome(bad.acquire())).toBe('pending');
    const good = new Sema(1);
    expect(await outcome(good.acquire().then(failing).finally(() => good.release()))).toBe('rejected');
    expect(await outcome(good.acquire())).toBe('fulfilled');
  });
});

describe('a keyed lock around what has no key', () => {
  async function totalOf(keyOf: (item: string) => string): Promise<number> {
    const lock = new AsyncLock();
    const end = deferred();
    let total = 0;
    const add = (item: string): Promise<void> =>
      lock.acquire(keyOf(item), async () => {
        const before = total;
        await end.promise;
        total = before + 1;
      });
    const tasks = [add('a'), add('b')];
    await flush();
    end.resolve();
    await Promise.all(tasks);
    return total;
  }

  it('loses an update between two keys, and none under one', async () => {
    expect(await totalOf((item) => item)).toBe(1);
    expect(await totalOf(() => 'total')).toBe(2);
  });
});

describe('a section that waits', () => {
  it('hangs on the promise of a section that stands behind it, and not before it has begun', async () => {
    const mutex = new Mutex();
    const work = deferred();
    const stored: { writing?: Promise<void> } = {};
    const close = mutex.runExclusive(async () => {
      await work.promise;
      await stored.writing;
    });
    stored.writing = mutex.runExclusive(() => Promise.resolve());
    work.resolve();
    expect(await outcome(close)).toBe('pending');

    const other = new Mutex();
    const first = other.runExclusive(() => Promise.resolve());
    await first;
    expect(await outcome(other.runExclusive(() => Promise.resolve()))).toBe('fulfilled');
  });
});

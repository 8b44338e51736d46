/** What the findings on locks claim happens with the real libraries, and does not happen to the corrected twins. */
import { Mutex } from 'async-mutex';
import { Sema } from 'async-sema';
import * as fastq from 'fastq';
import { createPool } from 'generic-pool';
import pLimit from 'p-limit';
import PQueue from 'p-queue';
import ReadWriteLock from 'rwlock';
import { describe, expect, it } from 'vitest';
import { Feed } from '../../fixtures/checks/no-lock-cycle/callbacks.js';
import { leave } from '../../fixtures/checks/require-finally-release/release-helpers.js';
import { deferred, flush, outcome } from '../support/deferred.js';

describe('a lock that hands its release to a callback', () => {
  const enters = (lock: ReadWriteLock): Promise<void> =>
    new Promise((resolve) => {
      lock.writeLock((release) => {
        release();
        resolve();
      });
    });

  it('stays taken when the callback is rejected, and is free where it releases in a finally', async () => {
    const failing = (): Promise<void> => Promise.reject(new Error('no price'));
    const bad = new ReadWriteLock();
    bad.writeLock((release) => {
      failing().then(release).catch(() => undefined);
    });
    expect(await outcome(enters(bad))).toBe('pending');

    const good = new ReadWriteLock();
    good.writeLock((release) => {
      failing().catch(() => undefined).finally(release);
    });
    expect(await outcome(enters(good))).toBe('fulfilled');
  });
});

describe('an acquire that is awaited only to release it', () => {
  async function entered(inSection: (mutex: Mutex, work: () => Promise<void>) => Promise<void>): Promise<number> {
    const mutex = new Mutex();
    const end = deferred();
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await end.promise;
      inside -= 1;
    };
    const tasks = [inSection(mutex, work), inSection(mutex, work)];
    await flush();
    end.resolve();
    await Promise.all(tasks);
    return most;
  }

  it('lets two tasks in, and one where it is awaited first', async () => {
    const late = async (mutex: Mutex, work: () => Promise<void>): Promise<void> => {
      // eslint-disable-next-line async-race/no-floating-lock -- the fault under test
      const release = mutex.acquire();
      try {
        await work();
      } finally {
        (await release)();
      }
    };
    const early = async (mutex: Mutex, work: () => Promise<void>): Promise<void> => {
      const release = await mutex.acquire();
      try {
        await work();
      } finally {
        release();
      }
    };
    expect(await entered(late)).toBe(2);
    expect(await entered(early)).toBe(1);
  });
});

describe('a release in a helper', () => {
  async function holders(first: (slot: Sema) => Promise<void>): Promise<number> {
    const slot = new Sema(1);
    const ends = [deferred(), deferred()];
    let inside = 0;
    const held = async (end: Promise<void>): Promise<void> => {
      await slot.acquire();
      inside += 1;
      await end;
    };
    const running = first(slot);
    const others = ends.map(({ promise }) => held(promise));
    await running;
    await flush();
    const most = inside;
    for (const end of ends) end.resolve();
    slot.release();
    await Promise.all(others);
    return most;
  }

  it('and another one after it lets two others in, and one lets one in', async () => {
    const twice = async (slot: Sema): Promise<void> => {
      await slot.acquire();
      try {
        leave(slot);
        await flush();
      } finally {
        // eslint-disable-next-line async-race/require-finally-release -- the fault under test
        slot.release();
      }
    };
    const once = async (slot: Sema): Promise<void> => {
      await slot.acquire();
      try {
        await flush();
      } finally {
        leave(slot);
      }
    };
    expect(await holders(twice)).toBe(2);
    expect(await holders(once)).toBe(1);
  });
});

describe('a task of a queue', () => {
  const immediately = (): Promise<void> => Promise.resolve();

  it('hangs when it waits for others that it hands in, and not when they are handed in beside it', async () => {
    const limit = pLimit(1);
    expect(await outcome(Promise.all([1, 2].map(() => limit(immediately))))).toBe('fulfilled');
    expect(await outcome(limit(() => Promise.all([1, 2].map(() => limit(immediately)))))).toBe('pending');
  });

  it('hangs when it waits for the queue to be idle, and not after its end', async () => {
    const queue = new PQueue({ concurrency: 1 });
    await queue.add(immediately);
    expect(await outcome(queue.onIdle())).toBe('fulfilled');
    expect(await outcome(queue.add(() => queue.onIdle()))).toBe('pending');
  });

  it('hangs when the worker waits for a job of its own queue, and not when nobody waits for that', async () => {
    const waiting = fastq.promise(async (rest: number): Promise<void> => {
      // eslint-disable-next-line async-race/no-lock-cycle -- the fault under test
      if (rest > 0) await waiting.push(rest - 1);
    }, 1);
    expect(await outcome(waiting.push(0))).toBe('fulfilled');
    expect(await outcome(waiting.push(1))).toBe('pending');

    const left = fastq.promise(async (rest: number): Promise<void> => {
      if (rest > 0) void left.push(rest - 1);
      await immediately();
    }, 1);
    expect(await outcome(left.push(1))).toBe('fulfilled');
  });
});

describe('three locks in a circle', () => {
  async function run(orders: readonly (readonly [number, number])[]): Promise<('fulfilled' | 'rejected' | 'pending')[]> {
    const locks = [new Mutex(), new Mutex(), new Mutex()];
    const start = deferred();
    const tasks = orders.map(async ([first, second]) =>
      locks[first]?.runExclusive(async () => {
        await start.promise;
        await locks[second]?.runExclusive(() => undefined);
      }),
    );
    await flush();
    start.resolve();
    return await Promise.all(tasks.map((task) => outcome(task)));
  }

  it('wait for each other, and end where all take them in one order', async () => {
    expect(await run([[0, 1], [1, 2], [2, 0]])).toEqual(['pending', 'pending', 'pending']);
    expect(await run([[0, 1], [1, 2], [0, 2]])).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
  });
});

describe('a method that a decorator locks', () => {
  /** What the decorator makes of the method. */
  function locked<A extends unknown[]>(original: (...args: A) => Promise<void>): (...args: A) => Promise<void> {
    const mutex = new Mutex();
    return (...args) => mutex.runExclusive(() => original(...args));
  }

  it('hangs when it comes back to itself, and not when it goes on to what is not locked', async () => {
    const walk = locked(async (levels: number): Promise<void> => {
      // eslint-disable-next-line async-race/no-lock-cycle -- the fault under test
      if (levels > 0) await walk(levels - 1);
    });
    const step = async (levels: number): Promise<void> => {
      if (levels > 0) await step(levels - 1);
    };
    expect(await outcome(locked(step)(2))).toBe('fulfilled');
    expect(await outcome(walk(1))).toBe('pending');
  });
});

describe('a listener that needs the lock', () => {
  it('hangs when it is called under it, and not after it', async () => {
    const feed = new Feed();
    feed.start(() => Promise.resolve());
    expect(await outcome(feed.setOk(1))).toBe('fulfilled');
    expect(await outcome(feed.setBad(2))).toBe('pending');
  });
});

describe('a section that ends when its callback returns', () => {
  it('ends before what follows the first await', async () => {
    const log: string[] = [];
    const transaction = (body: () => unknown): void => {
      log.push('begin');
      body();
      log.push('commit');
    };
    const price = deferred<number>();
    transaction(async () => {
      log.push('remove');
      log.push(`insert ${await price.promise}`);
    });
    price.resolve(1);
    await flush();
    expect(log).toEqual(['begin', 'remove', 'commit', 'insert 1']);
  });
});

describe('a pool that has one to give', () => {
  const workers = () => createPool<object>({ create: () => Promise.resolve({}), destroy: () => Promise.resolve() });

  it('lets who keeps it wait for ever for another, and gives it again when it is given back', async () => {
    const kept = workers();
    expect(await outcome(kept.use(() => kept.use(() => Promise.resolve())))).toBe('pending');

    const free = workers();
    await free.use(() => Promise.resolve());
    expect(await outcome(free.use(() => Promise.resolve()))).toBe('fulfilled');
  });
});

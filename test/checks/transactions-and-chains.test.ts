/** Work beside its transaction, permits that do not come back, locks that are thrown away and chains that break: what the findings claim happens. */
import { describe, expect, it } from 'vitest';
import { Semaphore } from 'async-mutex';
import { Counts, type Update } from '../../fixtures/checks/no-ineffective-lock/forgotten.js';
import { Queue, QueueOfRuns, type Work } from '../../fixtures/checks/no-poisoned-promise-cache/broken-chains.js';
import { flush, outcome } from '../support/deferred.js';
import { RemoteFunction, startTasks } from '../support/schedule.js';

/** A table whose transactions work on a copy, as databases show it. */
class Table {
  rows: readonly string[] = [];

  insert(row: string): Promise<void> {
    this.rows = [...this.rows, row];
    return Promise.resolve();
  }

  async transaction(work: (tx: Table) => Promise<void>): Promise<void> {
    const tx = new Table();
    tx.rows = this.rows;
    await work(tx);
    this.rows = tx.rows;
  }
}

describe('work in a transaction that fails', () => {
  it('stays where it goes by the client, and is undone where it goes by the transaction', async () => {
    const table = new Table();
    const beside = table.transaction(async (tx) => {
      await tx.insert('order');
      await table.insert('entry');
      throw new Error('declined');
    });
    expect(await outcome(beside)).toBe('rejected');
    expect(table.rows).toEqual(['entry']);

    const other = new Table();
    const within = other.transaction(async (tx) => {
      await tx.insert('order');
      await tx.insert('entry');
      throw new Error('declined');
    });
    expect(await outcome(within)).toBe('rejected');
    expect(other.rows).toEqual([]);
  });

  it('is lost where the transaction ends later and puts back what it has copied', async () => {
    const table = new Table();
    await table.transaction(async (tx) => {
      await table.insert('entry');
      await tx.insert('order');
    });
    expect(table.rows).toEqual(['order']);
  });
});

describe('two permits of two', () => {
  it('are one fewer after a task that gives one of them back, and both where it gives both back', async () => {
    const slots = new Semaphore(2);
    await slots.acquire(2);
    slots.release();
    expect(await outcome(slots.acquire(2))).toBe('pending');

    const others = new Semaphore(2);
    await others.acquire(2);
    others.release(2);
    expect(await outcome(others.acquire(2))).toBe('fulfilled');
  });
});

describe('a lock that its holder throws away', () => {
  it('lets a third task in beside the one that has waited, and does not where it goes only when nobody waits', async () => {
    const run = async (add: (counts: Counts, update: Update) => Promise<void>): Promise<number> => {
      const counts = new Counts();
      const update = new RemoteFunction<[number], number>();
      const tasks = startTasks(2, () => add(counts, update.invoke));
      await flush();
      await update.answer((count) => count + 1);
      tasks.push(...startTasks(1, () => add(counts, update.invoke)));
      await update.answerAll((count) => count + 1);
      await Promise.all(tasks);
      return counts.count('a');
    };
    expect(await run((counts, update) => counts.addBad('a', update))).toBe(2);
    expect(await run((counts, update) => counts.addOk('a', update))).toBe(3);
  });
});

describe('a chain of work', () => {
  it('runs nothing after a failure, unless it takes the failure of the one before', async () => {
    const fail: Work = () => Promise.reject(new Error('declined'));
    const bad = new Queue();
    const good = new QueueOfRuns();
    let runs = 0;
    const count: Work = () => {
      runs += 1;
      return Promise.resolve();
    };
    expect(await outcome(bad.addBad(fail))).toBe('rejected');
    expect(await outcome(bad.addBad(count))).toBe('rejected');
    expect(runs).toBe(0);
    expect(await outcome(good.addOk(fail))).toBe('rejected');
    expect(await outcome(good.addOk(count))).toBe('fulfilled');
    expect(runs).toBe(1);
  });
});

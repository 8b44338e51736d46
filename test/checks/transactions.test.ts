/** Work beside its transaction stays when the transaction is rolled back; permits that do not come back are missed by the next task. */
import { describe, expect, it } from 'vitest';
import { Semaphore } from 'async-mutex';
import { outcome } from '../support/deferred.js';

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

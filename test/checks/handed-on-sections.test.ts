/** Two updates that overlap, behind wrappers that hand the section on to what holds the lock, or to what does not. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Ledger, Unlocked } from '../../fixtures/checks/no-lost-update/handed-on-sections.js';
import { RemoteFunction } from '../support/schedule.js';

let save: RemoteFunction<[readonly number[]], void>;

beforeEach(() => {
  save = new RemoteFunction<[readonly number[]], void>();
  vi.stubGlobal('save', save.invoke);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Adds 1 and 2 at the same time, and answers every save until both are done. */
async function addBoth(add: (item: number) => Promise<void>): Promise<void> {
  const tasks = [add(1), add(2)];
  await save.answerAll(undefined);
  await Promise.all(tasks);
}

describe('a section that is handed on', () => {
  it('keeps both updates where the lock is held, however many wrappers there are', async () => {
    const ledger = new Ledger();
    await addBoth((item) => ledger.addOk(item));
    expect(ledger.items).toEqual([1, 2]);
    const other = new Ledger();
    await addBoth((item) => other.addWithRollbackOk(item));
    expect(other.items).toEqual([1, 2]);
  });

  it('loses one where the lock is free again', async () => {
    const list = new Unlocked();
    await addBoth((item) => list.addBad(item));
    expect(list.items).toEqual([2]);
  });
});

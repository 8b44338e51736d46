/** The interleaving that `no-unguarded-access` claims, made to happen; and that the guarded neighbour survives it. */
import { describe, expect, it } from 'vitest';
import { BalanceBad, BalanceOk } from '../../fixtures/checks/no-unguarded-access/inferred.js';
import { Meter } from '../../fixtures/checks/no-unguarded-access/undone-writes.js';
import { deferred, flush } from '../support/deferred.js';

interface Balance {
  deposit(amount: number): Promise<void>;
  reset(): void | Promise<void>;
  total(): Promise<number>;
}

/** The balance is reset while a deposit is being saved. */
async function resetDuringDeposit(make: (save: () => Promise<void>) => Balance): Promise<number> {
  const saved = deferred();
  const balance = make(() => saved.promise);
  const deposit = balance.deposit(5);
  await flush();
  const reset = balance.reset();
  saved.resolve();
  await deposit;
  await reset;
  return balance.total();
}

describe('a reset during a deposit', () => {
  it('is undone where it does not wait for the lock', async () => {
    expect(await resetDuringDeposit((save) => new BalanceBad(save))).toBe(5);
  });

  it('comes after the deposit where it does', async () => {
    expect(await resetDuringDeposit((save) => new BalanceOk(save))).toBe(0);
  });
});

describe('a reset between the look and the write of one section', () => {
  it.each([
    ['resetBad', 7],
    ['resetOk', 0],
  ] as const)('leaves what it should after %s', async (reset, left) => {
    const asked = deferred();
    const meter = new Meter(async () => {
      await asked.promise;
      return 7;
    });
    const adding = meter.add();
    await flush();
    const resetting = meter[reset]();
    asked.resolve();
    await adding;
    await resetting;
    expect(meter.value).toBe(left);
  });
});

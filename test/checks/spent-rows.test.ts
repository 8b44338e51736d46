/** What a row has is compared before it is taken: two tasks find enough for one. */
import { describe, expect, it } from 'vitest';
import { type Documents, Shop, type Wallet, type Wallets } from '../../fixtures/checks/no-check-then-act/spent-rows.js';

const documents: Documents = { findOne: () => Promise.resolve(null), updateOne: () => Promise.resolve() };

/** A store that answers in a later turn, with a copy of the row, and changes it relatively. */
class OneWallet implements Wallets {
  wallet: Wallet = { id: 'a', credits: 10, used: 0, lastClaim: null };

  async findUnique(): Promise<Wallet> {
    await Promise.resolve();
    return { ...this.wallet };
  }

  async update({ data }: Parameters<Wallets['update']>[0]): Promise<Wallet> {
    await Promise.resolve();
    this.#change(data);
    return { ...this.wallet };
  }

  #change({ credits, lastClaim }: Parameters<Wallets['update']>[0]['data']): void {
    if (typeof credits === 'object') this.wallet.credits += 'increment' in credits ? credits.increment : -credits.decrement;
    if (lastClaim !== undefined) this.wallet.lastClaim = lastClaim;
  }

  async updateMany({ where, data }: Parameters<Wallets['updateMany']>[0]): Promise<{ count: number }> {
    await Promise.resolve();
    const { credits } = where as { credits?: { gte: number } };
    if (credits === undefined ? this.wallet.lastClaim !== null : this.wallet.credits < credits.gte) return { count: 0 };
    this.#change(data);
    return { count: 1 };
  }
}

describe('what a row has', () => {
  it.each([
    ['buyBad', -10],
    ['buyByHelperBad', -10],
    ['buyOk', 0],
  ] as const)('is spent by two tasks or by one: %s', async (buy, left) => {
    const wallets = new OneWallet();
    const shop = new Shop(wallets, documents);
    await Promise.allSettled([shop[buy]('a', 10), shop[buy]('a', 10)]);
    expect(wallets.wallet.credits).toBe(left);
  });

  it.each([
    ['claimBad', 110],
    ['claimOk', 60],
  ] as const)('is added to by two claims or by one: %s', async (claim, credits) => {
    const wallets = new OneWallet();
    const shop = new Shop(wallets, documents);
    await Promise.all([shop[claim]('a', 60_000), shop[claim]('a', 60_000)]);
    expect(wallets.wallet.credits).toBe(credits);
  });
});

/** Two updates of one row, each made of what was loaded: the second overwrites the first. */
import { describe, expect, it } from 'vitest';
import { type Account, type Accounts, countBad, Payments, visitBad } from '../../fixtures/checks/no-lost-update/updated-rows.js';

/** A store that answers in a later turn, with a copy of the row. */
class OneAccount implements Accounts {
  account: Account = { id: 'a', balance: 10, owner: 'me', tags: [] };

  async findOne(): Promise<Account> {
    await Promise.resolve();
    return { ...this.account };
  }

  async update(values: Partial<Account>, { where }: { where: Partial<Account> }): Promise<number> {
    await Promise.resolve();
    if (where.balance !== undefined && where.balance !== this.account.balance) return 0;
    this.account = { ...this.account, ...values };
    return 1;
  }

  async decrement({ balance = 0 }: Partial<Account>): Promise<void> {
    await Promise.resolve();
    this.account.balance -= balance;
  }
}

describe('a member of a row that is made of what was loaded', () => {
  it('loses what another task has set meanwhile', async () => {
    for (const [pay, left] of [
      ['payBad', 9],
      ['payByLocalBad', 9],
      ['payOk', 8],
      ['payComparedOk', 8],
    ] as const) {
      const accounts = new OneAccount();
      const payments = new Payments(accounts);
      await Promise.all([payments[pay]('a', 1), payments[pay]('a', 1)]);
      expect(accounts.account.balance, pay).toBe(left);
    }
  });

  it('loses one of two entries of a list', async () => {
    const accounts = new OneAccount();
    const payments = new Payments(accounts);
    await Promise.all([payments.tagBad('a', 'one'), payments.tagBad('a', 'two')]);
    expect(accounts.account.tags).toEqual(['two']);
  });

  it('counts once for two, also where the row sets its own members', async () => {
    let content = { count: 0 };
    const counter = {
      get: () => {
        const seen = content;
        return Promise.resolve({ data: () => seen });
      },
      update: (values: { count: number }) => Promise.resolve(void (content = values)),
    };
    await Promise.all([countBad(counter), countBad(counter)]);
    expect(content.count).toBe(1);

    let visits = 0;
    const users = {
      findByPk: () => Promise.resolve({ visits, update: (values: { visits: number }) => Promise.resolve(void (visits = values.visits)) }),
    };
    await Promise.all([visitBad(users, 'a'), visitBad(users, 'a')]);
    expect(visits).toBe(1);
  });
});

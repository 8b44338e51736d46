/** Rows that are good for one use, looked at in one query and marked in another: two tasks use them. */
import { describe, expect, it } from 'vitest';
import { Coupons, type Invite, type Invites, redeemTokenBad, redeemTokenOk, Teams, type Tokens } from '../../fixtures/checks/no-check-then-act/marked-rows.js';

/** A store that answers in a later turn, with a copy of the row. */
class OneInvite implements Invites {
  invite: Invite = { id: 'a', team: 'red', used: false, usedAt: null, status: 'open' };

  async findOne(): Promise<Invite> {
    await Promise.resolve();
    return { ...this.invite };
  }

  async update(values: Partial<Invite>, { where }: { where: Partial<Invite> }): Promise<number> {
    await Promise.resolve();
    if (where.used !== undefined && where.used !== this.invite.used) return 0;
    this.invite = { ...this.invite, ...values };
    return 1;
  }

  async save(invite: Invite): Promise<void> {
    await Promise.resolve();
    this.invite = { ...invite };
  }
}

describe('a row that is good for one use', () => {
  it('is used by both who load it before it is marked', async () => {
    for (const [accept, times] of [
      ['acceptBad', 2],
      ['acceptByStateBad', 2],
      ['acceptByTimeBad', 2],
      ['acceptOk', 1],
    ] as const) {
      const users: string[] = [];
      const members = { create: ({ user }: { user: string }) => Promise.resolve(void users.push(user)), find: () => Promise.resolve(users) };
      const teams = new Teams(new OneInvite(), members, { info: () => Promise.resolve() });
      await Promise.allSettled([teams[accept]('a', 'me'), teams[accept]('a', 'you')]);
      expect(users.length, accept).toBe(times);
    }
  });

  it('is paid twice where the query that marks it has no condition', async () => {
    for (const [redeem, times] of [
      ['redeemBad', 2],
      ['redeemOk', 1],
    ] as const) {
      const row = { redeemed: false, value: 5 };
      let paid = 0;
      const from = (): ConstructorParameters<typeof Coupons>[0] extends { from(table: string): infer Q } ? Q : never => {
        let isUpdate = false;
        let isCompared = false;
        const query = {
          select: () => query,
          single: () => query,
          update: () => {
            isUpdate = true;
            return query;
          },
          eq: (column: string) => {
            isCompared ||= column === 'redeemed';
            return query;
          },
          then: (...callbacks: Parameters<Promise<{ data: typeof row; count: number }>['then']>) => {
            const isChanged = isUpdate && !(isCompared && row.redeemed);
            const data = { ...row };
            if (isChanged) row.redeemed = true;
            return Promise.resolve({ data, count: isChanged ? 1 : 0 }).then(...callbacks);
          },
        };
        return query as never;
      };
      const coupons = new Coupons({ from }, () => Promise.resolve(void paid++));
      await Promise.allSettled([coupons[redeem]('c', 'me'), coupons[redeem]('c', 'you')]);
      expect(paid, redeem).toBe(times);
    }
  });

  it('is redeemed twice where one method asks and another one says so', async () => {
    for (const [redeem, times] of [
      [redeemTokenBad, 2],
      [redeemTokenOk, 1],
    ] as const) {
      const spent = new Set<string>();
      let redeemed = 0;
      const tokens: Tokens = {
        isTokenSpent: (hash) => Promise.resolve(spent.has(hash)),
        markTokenAsSpent: (hash) => Promise.resolve(void spent.add(hash)),
        takeToken: (hash) => {
          const isFirst = !spent.has(hash);
          spent.add(hash);
          return Promise.resolve(isFirst);
        },
        isAdmin: () => Promise.resolve(false),
        addUser: () => Promise.resolve(),
      };
      const wallet = { receive: () => Promise.resolve(), redeem: () => Promise.resolve(void redeemed++) };
      await Promise.all([redeem(tokens, wallet, 't', 'h'), redeem(tokens, wallet, 't', 'h')]);
      expect(redeemed).toBe(times);
    }
  });
});

/** The interleavings that `no-lost-update` claims, made to happen; and that its correct neighbours survive them. */
import { describe, expect, it } from 'vitest';
import { addBad, addOk } from '../../fixtures/checks/no-lost-update/dispatched-snapshots.js';
import { ClientBad, ClientOk, type Tokens } from '../../fixtures/checks/no-lost-update/exchanges.js';
import { Replaced } from '../../fixtures/checks/no-lost-update/gathered.js';
import { byLetterBad, gatheredBad, queuedBad, totalBad, totalInTurnOk, totalOfOneOk, totalOk } from '../../fixtures/checks/no-lost-update/limited-crowds.js';
import {
  AwaitFirstOk,
  ComparingOk,
  CompoundBad,
  CopiedEntryBad,
  CopiedEntryOk,
  LocalCopyBad,
  SetterBad,
  sumBoth,
} from '../../fixtures/checks/no-lost-update/meters.js';
import { Accounts } from '../../fixtures/checks/no-lost-update/other-key.js';
import { CountingRegisterOk, RegisterBad, RegisterOk } from '../../fixtures/checks/no-lost-update/repeated-numbers.js';
import { deferred } from '../support/deferred.js';
import { RemoteFunction } from '../support/schedule.js';
import { findingsIn, virtualProgram } from '../support/virtual.js';

/** Two updates of 1 overlap; tells what is counted in the end. */
async function countAfterTwo(make: (measure: () => Promise<number>) => { add(): Promise<void>; readonly total: number }): Promise<number> {
  const remote = new RemoteFunction<[], number>();
  const meter = make(remote.invoke);
  const tasks = [meter.add(), meter.add()];
  await remote.answerAll(1);
  await Promise.all(tasks);
  return meter.total;
}

describe('an update that a suspension splits', () => {
  it('loses the other task’s update', async () => {
    expect(await countAfterTwo((measure) => new CompoundBad(measure))).toBe(1);
    expect(await countAfterTwo((measure) => new LocalCopyBad(measure))).toBe(1);
    expect(await countAfterTwo((measure) => new SetterBad(measure))).toBe(1);
  });

  it('is whole when it reads after the suspension, or compares before it writes', async () => {
    expect(await countAfterTwo((measure) => new AwaitFirstOk(measure))).toBe(2);
    expect(await countAfterTwo((measure) => new ComparingOk(measure))).toBe(2);
  });

  it('gathers the list without what was added meanwhile', async () => {
    for (const [prune, left] of [
      ['pruneBad', ['early']],
      ['pruneOk', ['early', 'late']],
    ] as const) {
      const answer = deferred<boolean>();
      const jobs = new Replaced(() => answer.promise);
      jobs.add('early');
      const task = jobs[prune]();
      jobs.add('late');
      answer.resolve(false);
      await task;
      expect(jobs.jobs).toEqual(left);
    }
  });

  it('gives one number to two entries', async () => {
    for (const [Register, ids] of [
      [RegisterBad, [1, 1]],
      [RegisterOk, [1, 2]],
      [CountingRegisterOk, [1, 2]],
    ] as const) {
      const remote = new RemoteFunction<[string], string>();
      const register = new Register(remote.invoke);
      const tasks = [register.add('a'), register.add('b')];
      await remote.answerAll('encoded');
      expect(await Promise.all(tasks)).toEqual(ids);
      expect(register.rows.map(({ id }) => id)).toEqual(ids);
    }
  });

  it('loses what the branches of one call add to a local of theirs', async () => {
    const gates = [deferred<number>(), deferred<number>()];
    const sums = sumBoth(gates.map(({ promise }) => promise));
    for (const gate of gates) gate.resolve(1);
    expect(await sums).toEqual({ bad: 1, ok: 2 });
  });

  it('drops the properties that others changed in an object that is replaced by a copy', async () => {
    for (const [store, minutes] of [
      [new CopiedEntryBad(), 60],
      [new CopiedEntryOk(), 5],
    ] as const) {
      const download = deferred<string>();
      const task = store.refresh(() => download.promise);
      store.configure(5);
      download.resolve('fresh');
      await task;
      expect(store.entry).toEqual({ minutes, keys: 'fresh' });
    }
  });
});

describe('a lock under the other of two keys', () => {
  const credited = async (how: 'creditBad' | 'creditOk'): Promise<number | undefined> => {
    const announce = new RemoteFunction<[number], void>();
    const accounts = new Accounts(announce.invoke);
    const both = Promise.all([accounts[how]('a', 'c', 1), accounts[how]('b', 'c', 2)]);
    await announce.answerAllTogether(undefined);
    await both;
    return accounts.balances.get('c');
  };

  it('lets two calls change the same content', async () => {
    expect(await credited('creditBad')).toBe(2);
  });

  it('keeps them apart where both keys are locked', async () => {
    expect(await credited('creditOk')).toBe(3);
  });
});

describe('a token that can be spent once', () => {
  /** Takes each token once, and answers when it is told to. */
  class OnceIssuer {
    readonly #spent = new Set<string>();
    readonly #gate = deferred();
    #count = 0;

    async renew(refresh: string): Promise<Tokens> {
      const isRefused = this.#spent.has(refresh);
      this.#spent.add(refresh);
      await this.#gate.promise;
      if (isRefused) throw new Error(`${refresh} is spent`);
      this.#count += 1;
      return { access: `access${this.#count}`, refresh: `refresh${this.#count}` };
    }

    answer(): void {
      this.#gate.resolve();
    }
  }

  const send = (access: string): Promise<number> => Promise.resolve(access === 'old' ? 401 : 200);

  it.each([
    [ClientBad, ['fulfilled', 'rejected']],
    [ClientOk, ['fulfilled', 'fulfilled']],
  ] as const)('is handed in twice by two calls of %o, or once', async (Client, outcomes) => {
    const issuer = new OnceIssuer();
    const client = new Client(issuer, { access: 'old', refresh: 'first' });
    const both = Promise.allSettled([client.request(send), client.request(send)]);
    issuer.answer();
    expect((await both).map(({ status }) => status)).toEqual(outcomes);
  });
});

describe('a limiter of several', () => {
  const count = async (): Promise<number> => {
    await Promise.resolve();
    return 1;
  };

  it('runs the work for one element beside the next, which loses what both add up', async () => {
    const ids = ['a1', 'a2', 'a3'];
    for (const lossy of [totalBad, queuedBad, gatheredBad]) expect(await lossy(ids, count)).toBe(1);
    expect((await byLetterBad(ids, count)).get('a')).toBe(1);
    for (const whole of [totalOk, totalOfOneOk, totalInTurnOk]) expect(await whole(ids, count)).toBe(3);
  });
});

describe('a list that an action puts back', () => {
  it.each([
    ['loses what another one added', addBad, ['b']],
    ['keeps it where the state is read after the wait', addOk, ['a', 'b']],
  ] as const)('%s', async (_name, add, expected) => {
    const remote = new RemoteFunction<[string], string>();
    const shop = { save: remote.invoke, all: () => Promise.resolve([]) };
    let state = { cart: { items: [] as readonly string[], isBusy: false } };
    const dispatch = (action: object): void => {
      state = { cart: { ...state.cart, ...action } };
    };
    const tasks = ['a', 'b'].map((item) => add(shop, item)(dispatch, () => state));
    await remote.answer((item) => item);
    await remote.answer((item) => item);
    await Promise.all(tasks);
    expect(state.cart.items).toEqual(expected);
  });
});

describe('a file that is saved as it was loaded', () => {
  const sampleOf = (parameter: string): string => `import { readFile, writeFile } from 'node:fs/promises';
export async function count(${parameter}): Promise<void> {
  const known = JSON.parse(await readFile(process.env.FILE, 'utf8'));
  known.runs += 1;
  await writeFile(process.env.FILE, JSON.stringify(known));
}
`;
  it.each([
    ['is one for all where the process is told its path', '', 'medium'],
    ['may be one of many where a parameter has the name of the process', 'process: { env: { FILE: string } }', 'low'],
  ] as const)('%s', (_name, parameter, confidence) => {
    const program = virtualProgram({ 'sample.ts': sampleOf(parameter) });
    expect(findingsIn(program, 'sample.ts', { 'no-lost-update': { minimumConfidence: 'low' } })).toMatchObject([{ confidence }]);
  });
});

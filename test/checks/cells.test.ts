/** Updates of cells and stores, split by a suspension, against RxJS, Nano Stores and Zustand; and what the rules know of Angular's signals. */
import { describe, expect, it } from 'vitest';
import { chooseBad, chooseOk, chosen, type Row, Rows } from '../../fixtures/checks/no-lost-update/cells.js';
import { countDoneBad, countDoneOk, counts, createCart, openBad, openByUpdateOk, openOk, tabs } from '../../fixtures/checks/no-lost-update/store-state.js';
import { presets } from '../../src/index.js';
import { RemoteFunction } from '../support/schedule.js';
import { findingsIn, virtualProgram } from '../support/virtual.js';

type Adding = 'addBad' | 'addOk' | 'addByPropertyBad' | 'addByPropertyOk';

/** How many of two rows are there after two calls that overlap. */
async function rowsAfterTwo(method: Adding): Promise<number> {
  const remote = new RemoteFunction<[Row], Row>();
  const rows = new Rows(remote.invoke);
  const tasks = [rows[method]({ id: 'a' }), rows[method]({ id: 'b' })];
  await remote.answerAll({ id: 'saved' });
  await Promise.all(tasks);
  return rows.all.length;
}

describe('an update of a cell that a suspension splits', () => {
  it('loses what another task adds to a BehaviorSubject', async () => {
    expect(await rowsAfterTwo('addBad')).toBe(1);
    expect(await rowsAfterTwo('addByPropertyBad')).toBe(1);
  });

  it('is whole when it reads after the suspension', async () => {
    expect(await rowsAfterTwo('addOk')).toBe(2);
    expect(await rowsAfterTwo('addByPropertyOk')).toBe(2);
  });

  it('loses what another task adds to an atom', async () => {
    for (const [choose, kept] of [
      [chooseBad, ['b']],
      [chooseOk, ['a', 'b']],
    ] as const) {
      chosen.set([]);
      const remote = new RemoteFunction<[string], undefined>();
      const tasks = [choose('a', remote.invoke), choose('b', remote.invoke)];
      await remote.answerAll(undefined);
      await Promise.all(tasks);
      expect(chosen.get()).toEqual(kept);
    }
  });
});

describe('an update of a store that a suspension splits', () => {
  const itemsAfterTwo = async (method: 'addBad' | 'addOk' | 'updateOk'): Promise<readonly string[]> => {
    const remote = new RemoteFunction<[string], string>();
    const cart = createCart({ save: remote.invoke, load: () => Promise.resolve([]) });
    const tasks = [cart.getState()[method]('a'), cart.getState()[method]('b')];
    await remote.answerAll((item) => item);
    await Promise.all(tasks);
    return cart.getState().items;
  };

  it('loses what another task adds', async () => {
    expect(await itemsAfterTwo('addBad')).toEqual(['b']);
    expect(await itemsAfterTwo('addOk')).toEqual(['a', 'b']);
    expect(await itemsAfterTwo('updateOk')).toEqual(['a', 'b']);
  });

  it('loses what another task adds from outside of the store', async () => {
    for (const [open, names] of [
      [openBad, ['b']],
      [openOk, ['a', 'b']],
      [openByUpdateOk, ['a', 'b']],
    ] as const) {
      tabs.setState({ names: [] });
      const remote = new RemoteFunction<[], string>();
      const tasks = [open(remote.invoke), open(remote.invoke)];
      const answers = ['a', 'b'];
      await remote.answerAll(() => answers.shift() ?? '');
      await Promise.all(tasks);
      expect(tabs.getState().names).toEqual(names);
    }
    for (const [count, done] of [
      [countDoneBad, 1],
      [countDoneOk, 2],
    ] as const) {
      counts.setState({ done: 0 });
      const remote = new RemoteFunction<[], number>();
      const tasks = [count(remote.invoke), count(remote.invoke)];
      await remote.answerAll(1);
      await Promise.all(tasks);
      expect(counts.getState().done).toBe(done);
    }
  });

  it('loads twice, unless the first call says that it is loading', async () => {
    for (const [method, loads] of [
      ['loadBad', 2],
      ['loadOk', 1],
    ] as const) {
      const remote = new RemoteFunction<[], readonly string[]>();
      const cart = createCart({ save: (item) => Promise.resolve(item), load: remote.invoke });
      const tasks = [cart.getState()[method](), cart.getState()[method]()];
      await remote.answerAll(['a']);
      await Promise.all(tasks);
      expect(remote.calls).toHaveLength(loads);
    }
  });
});

describe('signals of Angular', () => {
  const service = (body: string): string => `import { signal } from '@angular/core';
    declare function save(name: string): Promise<string>;
    export class Names {
      readonly names = signal<readonly string[]>([]);
      async add(name: string): Promise<void> { ${body} }
    }`;
  const found = (body: string): string[] =>
    findingsIn(virtualProgram({ 'names.ts': service(body) }), 'names.ts', presets.recommended).map(({ rule, place }) => `${rule} ${place}`);

  it('are read by a call and written by `set`', () => {
    expect(found('const before = this.names(); const saved = await save(name); this.names.set([...before, saved]);')).toEqual(['no-lost-update this.names()']);
    expect(found('const saved = await save(name); this.names.set([...this.names(), saved]);')).toEqual([]);
    expect(found('const saved = await save(name); this.names.update((names) => [...names, saved]);')).toEqual([]);
  });
});

/** Two calls that find the same inner collection: which of them add to it what the other has added already. */
import { describe, expect, it } from 'vitest';
import * as chosen from '../../fixtures/checks/no-check-then-act/chosen-elements.js';
import * as groups from '../../fixtures/checks/no-check-then-act/nested-groups.js';
import { deferred } from '../support/deferred.js';

describe('two that ask for one name of a group', () => {
  it.each([
    ['StoredAgain.getBad', (load: groups.Load) => { const cache = new groups.StoredAgain(load); return () => cache.getBad('a', 'b'); }, ['1', '2']],
    ['StoredAgain.getOk', (load: groups.Load) => { const cache = new groups.StoredAgain(load); return () => cache.getOk('a', 'b'); }, ['1', '1']],
    ['AssignedWhereAbsent.getBad', (load: groups.Load) => { const cache = new groups.AssignedWhereAbsent(load); return () => cache.getBad('a', 'b'); }, ['1', '2']],
    ['AssignedWhereAbsent.getOk', (load: groups.Load) => { const cache = new groups.AssignedWhereAbsent(load); return () => cache.getOk('a', 'b'); }, ['1', '1']],
    ['ByHelper.addBad', (load: groups.Load) => { const cache = new groups.ByHelper(load); return () => cache.addBad('a', 'b'); }, [true, true]],
    ['ByHelper.addOk', (load: groups.Load) => { const cache = new groups.ByHelper(load); return () => cache.addOk('a', 'b'); }, [true, false]],
  ] as const)('are answered as %s answers', async (_name, begin, answers) => {
    const gate = deferred<void>();
    let loads = 0;
    const get = begin(async () => {
      loads += 1;
      const mine = String(loads);
      await gate.promise;
      return mine;
    });
    const both = Promise.all([get(), get()]);
    gate.resolve();
    expect(await both).toEqual(answers);
  });
});

describe('two that download the same keys', () => {
  it.each([
    ['refreshBad', 2],
    ['refreshOk', 1],
    ['byLocalOk', 1],
    ['bySetOk', 1],
    ['byHelperBad', 2],
    ['byHelperOk', 1],
    ['openedBad', 2],
    ['namedBad', 2],
  ] as const)('leave as many of one key as %s lets them', async (method, keys) => {
    const gate = deferred<chosen.Key[]>();
    const ring = new chosen.Ring(
      async () => (await gate.promise).map((key) => ({ ...key })),
      () => Promise.resolve(),
    );
    const both = Promise.all([ring[method]('k'), ring[method]('k')]);
    gate.resolve([{ id: 'k' }]);
    await both;
    expect(ring.keys).toHaveLength(keys);
  });
});

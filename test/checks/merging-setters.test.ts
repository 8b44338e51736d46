/** Updates of a store whose setter merges: the list that was read before the suspension replaces what came meanwhile. */
import { expect, it } from 'vitest';
import { Feed, Store } from '../../fixtures/checks/no-lost-update/merging-setters.js';
import { RemoteFunction } from '../support/schedule.js';

it.each([
  ['moreBad', ['b']],
  ['moreOk', ['a', 'b']],
] as const)('keeps of two pages with %s: %j', async (method, kept) => {
  const remote = new RemoteFunction<[number], readonly string[]>();
  const store = new Store();
  const feed = new Feed(store, remote.invoke);
  const both = Promise.all([feed[method](), feed[method]()]);
  await remote.answer(['a']);
  await remote.answer(['b']);
  await both;
  expect(store.get().items).toEqual(kept);
});

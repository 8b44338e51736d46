/** A helper makes the question of what was set last: the answer to the older one arrives last, and stays. */
import { describe, expect, it } from 'vitest';
import { BucketsBad, TableBad, TableOk } from '../../fixtures/checks/no-stale-write/asked-by-helpers.js';
import { RemoteFunction } from '../support/schedule.js';

describe('questions that a helper makes', () => {
  it('keeps the rows of an older filter', async () => {
    for (const [Table, kept] of [
      [TableBad, 'filter=a'],
      [TableOk, 'filter=b'],
    ] as const) {
      const search = new RemoteFunction<[string], readonly string[]>();
      const table = new Table(search.invoke);
      const tasks = [table.setFilter('a'), table.setFilter('b')];
      await search.answer((words) => [words], 1);
      await search.answer((words) => [words]);
      await Promise.all(tasks);
      expect(table.rows).toEqual([kept]);
    }
  });

  it('keeps what was loaded for older attributes', async () => {
    const load = new RemoteFunction<[object, object], object>();
    const buckets = new BucketsBad({}, load.invoke);
    const tasks = [buckets.setAttributes({ id: 1 }), buckets.setAttributes({ id: 2 })];
    await load.answer((context) => context, 1);
    await load.answer((context) => context);
    await Promise.all(tasks);
    expect(buckets.docs).toMatchObject({ attributes: { id: 1 } });
  });
});

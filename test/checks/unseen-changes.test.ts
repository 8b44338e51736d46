/** Answers that come too late for a comparison to see: a change in place, and a newer answer. */
import { describe, expect, it } from 'vitest';
import { Flags, NumberedFlags } from '../../fixtures/checks/no-stale-write/clock-and-demand.js';
import { type Block, Blocks } from '../../fixtures/checks/no-stale-write/unseen-changes.js';
import { RemoteFunction } from '../support/schedule.js';

describe('a merge that compares objects', () => {
  async function merged(method: 'mergeBad' | 'mergeOk' | 'stillThereBad'): Promise<string> {
    const blocks = new Blocks();
    const first: Block = { lines: ['a'] };
    blocks.add(first);
    blocks.add({ lines: ['b'] });
    const merge = new RemoteFunction<[readonly Block[]], Block>();
    const task = blocks[method](merge.invoke);
    const taken = (merge.calls[0]?.[0] ?? []).flatMap(({ lines }) => lines);
    blocks.write(first, 'late');
    await merge.answer({ lines: taken });
    await task;
    return blocks.text();
  }

  it.each(['mergeBad', 'stillThereBad'] as const)('loses the line that was written meanwhile (%s)', async (method) => {
    expect(await merged(method)).not.toContain('late');
  });

  it('keeps it when it compares the number of changes, too', async () => {
    expect(await merged('mergeOk')).toContain('late');
  });
});

describe('flags that the clock and a caller fetch', () => {
  async function flagsAfter(store: { newest(): Promise<Readonly<Record<string, boolean>>> }, fetch: RemoteFunction<[], Readonly<Record<string, boolean>>>): Promise<Readonly<Record<string, boolean>> | undefined> {
    const tasks = [store.newest(), store.newest()];
    await fetch.answer({ isNew: true }, 1);
    await fetch.answer({ isNew: false }, 0);
    return (await Promise.all(tasks))[0];
  }

  it('are the older ones when the older answer arrives last', async () => {
    const fetch = new RemoteFunction<[], Readonly<Record<string, boolean>>>();
    expect(await flagsAfter(new Flags(fetch.invoke), fetch)).toEqual({ isNew: false });
  });

  it('are the newer ones when the questions are numbered', async () => {
    const fetch = new RemoteFunction<[], Readonly<Record<string, boolean>>>();
    expect(await flagsAfter(new NumberedFlags(fetch.invoke), fetch)).toEqual({ isNew: true });
  });
});

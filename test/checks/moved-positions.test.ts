/** Positions in a list that another task changes: elements are passed over or missing; the corrected twins see one list. */
import { describe, expect, it } from 'vitest';
import { Playlist } from '../../fixtures/checks/no-ineffective-lock/split-sections.js';
import { Watchlist } from '../../fixtures/checks/no-unguarded-access/live-iteration.js';
import { flush } from '../support/deferred.js';
import { RemoteFunction } from '../support/schedule.js';

describe('a list that is counted in one section and read in others', () => {
  async function played(method: 'playAllBad' | 'playAllOk'): Promise<readonly string[]> {
    const playlist = new Playlist(['a', 'b', 'c']);
    const play = new RemoteFunction<[string], void>();
    const task = playlist[method](play.invoke);
    await flush();
    await play.answer(undefined);
    await playlist.replace(['x', 'b']);
    await play.answerAll(undefined);
    await task;
    return play.calls.map(([song]) => song);
  }

  it('plays songs of two lists', async () => {
    expect(await played('playAllBad')).toEqual(['a', 'b']);
  });

  it('plays one list to its end from a copy', async () => {
    expect(await played('playAllOk')).toEqual(['a', 'b', 'c']);
  });
});

describe('a list that is gone through without the lock', () => {
  async function visited(method: 'checkAllBad' | 'checkEachBad' | 'checkAllOk'): Promise<readonly string[]> {
    const watchlist = new Watchlist(['a', 'b', 'c']);
    const visit = new RemoteFunction<[string], void>();
    const task = watchlist[method](visit.invoke);
    await watchlist.remove('a');
    await visit.answerAll(undefined);
    await task;
    return visit.calls.map(([name]) => name);
  }

  it.each(['checkAllBad', 'checkEachBad'] as const)('passes over the name after the one that was removed (%s)', async (method) => {
    expect(await visited(method)).toEqual(['a', 'c']);
  });

  it('visits all names of a copy', async () => {
    expect(await visited('checkAllOk')).toEqual(['a', 'b', 'c']);
  });
});

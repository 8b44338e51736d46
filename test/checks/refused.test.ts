/** A refusal, or a logout, that comes back after the state was renewed; and that its correct neighbours keep what is new. */
import { describe, expect, it } from 'vitest';
import { Account, Playlist } from '../../fixtures/checks/no-stale-write/beginnings.js';
import { TokenHolder } from '../../fixtures/checks/no-stale-write/refused.js';
import { deferred, flush } from '../support/deferred.js';

interface Answer {
  readonly status: number;
}

describe('what is taken out after a refusal', () => {
  it('is the token that was asked for after the first of two refusals', async () => {
    for (const [call, issued] of [
      ['statusBad', 3],
      ['comparedOk', 2],
    ] as const) {
      const answers: ((answer: Answer) => void)[] = [];
      let tokens = 0;
      const holder = new TokenHolder(
        () => new Promise<Answer>((resolve) => answers.push(resolve)),
        () => Promise.resolve(`token ${(tokens += 1)}`),
      );
      await holder.current();
      const calls = [holder[call](), holder[call]()];
      answers[0]?.({ status: 401 });
      await flush();
      await holder.current();
      answers[1]?.({ status: 401 });
      await Promise.all(calls);
      await holder.current();
      expect(tokens).toBe(issued);
    }
  });
});

describe('a session that is put back to what it began with', () => {
  it('is the one of a login during the logout', async () => {
    for (const [logOut, closed] of [
      ['logOutBad', ['', '']],
      ['logOutFirstOk', ['', 'key of Bob']],
    ] as const) {
      const keys: string[] = [];
      const first = deferred<void>();
      const account = new Account({
        open: (user) => Promise.resolve({ user, key: `key of ${user}` }),
        close: (key) => {
          keys.push(key);
          return keys.length === 1 ? first.promise : Promise.resolve();
        },
      });
      const leaving = account[logOut]();
      await account.logIn('Bob');
      first.resolve();
      await leaving;
      await account.logOutBad();
      expect(keys).toEqual(closed);
    }
  });
});

describe('a position that is put back to none', () => {
  it('is the one that was begun with during the stop', async () => {
    for (const [stop, left] of [
      ['stopBad', -1],
      ['stopFirstOk', 2],
      ['stopComparedOk', 2],
    ] as const) {
      const removed = deferred<void>();
      const playlist = new Playlist(
        (index) => Promise.resolve(index),
        () => removed.promise,
      );
      await playlist.play(1);
      const stopping = playlist[stop]();
      await playlist.play(2);
      removed.resolve();
      await stopping;
      expect(playlist.current).toBe(left);
    }
  });
});

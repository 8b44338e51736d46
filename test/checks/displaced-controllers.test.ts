/** Two questions at once, and then a stop: which of them listens? */
import { describe, expect, it } from 'vitest';
import * as fixtures from '../../fixtures/checks/no-stale-write/displaced-controllers.js';

interface Chat {
  send(prompt: string): Promise<string>;
  stop(): void;
}

type Make = (ask: fixtures.Ask) => Chat;

describe('a stop after two questions', () => {
  it.each<[string, Make, readonly string[]]>([
    ['ChatBad', (ask) => new fixtures.ChatBad(ask), ['first']],
    ['respondBad', (ask) => ({ send: (prompt) => fixtures.respondBad(ask, [prompt]), stop: () => { fixtures.interrupt(); } }), ['first']],
    ['NewestOk', (ask) => new fixtures.NewestOk(ask), []],
    ['StoppedOk', (ask) => { const chat = new fixtures.StoppedOk(ask); return { send: (prompt) => chat.send(prompt), stop: () => { chat.halt(); } }; }, []],
    ['RefusedOk', (ask) => new fixtures.RefusedOk(ask), []],
    ['EachOk', (ask) => new fixtures.EachOk(ask), []],
  ])('of %s leaves under way', async (_name, make, left) => {
    const underWay = new Set<string>();
    const ask: fixtures.Ask = (prompt, signal) =>
      new Promise((_resolve, reject) => {
        underWay.add(prompt);
        signal.addEventListener('abort', () => {
          underWay.delete(prompt);
          reject(new Error('aborted'));
        });
      });
    const chat = make(ask);
    const ends = [chat.send('first'), chat.send('second')].map((end) => end.catch(() => ''));
    chat.stop();
    expect([...underWay]).toEqual(left);
    if (left.length === 0) await Promise.all(ends);
  });
});

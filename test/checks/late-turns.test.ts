/** Limits that let in all who were held back together, and one at a time in the corrected twin. */
import { describe, expect, it } from 'vitest';
import { Bucket, SecondsBad, SecondsOk } from '../../fixtures/checks/no-check-then-act/late-turns.js';
import { RemoteFunction } from '../support/schedule.js';

/** What is left of one token when one task has taken it and two more have waited for the next ones. */
async function leftAfterThree(method: 'takeBad' | 'takeOk'): Promise<number> {
  const clock = { time: 0, now: () => clock.time };
  const pauses = new RemoteFunction<[number], undefined>();
  const bucket = new Bucket(pauses.invoke, clock);
  await bucket[method]();
  const both = Promise.all([bucket[method](), bucket[method]()]);
  await pauses.answerAllTogether(() => {
    clock.time += 1000;
    return undefined;
  });
  await both;
  return bucket.left;
}

describe('two that wait for the next token', () => {
  it('both take it when neither asks again', async () => {
    expect(await leftAfterThree('takeBad')).toBe(-1);
  });

  it('take one each when they ask again', async () => {
    expect(await leftAfterThree('takeOk')).toBe(0);
  });
});

/** How many turns of a new second are counted when twelve tasks ask at once and ten of them are let in. */
async function countedAfterTwelve(Seconds: typeof SecondsBad | typeof SecondsOk): Promise<number> {
  const clock = { time: 5000, now: () => clock.time };
  const pauses = new RemoteFunction<[number], undefined>();
  const seconds = new Seconds(pauses.invoke, clock);
  const all = Promise.all(Array.from({ length: 12 }, () => seconds.take()));
  clock.time += 1000;
  await pauses.answerAllTogether(undefined);
  await all;
  return seconds.taken;
}

describe('two that wait for the next second', () => {
  it('each begin it, and the turn of the first is forgotten', async () => {
    expect(await countedAfterTwelve(SecondsBad)).toBe(1);
  });

  it('begin it once when they ask whether it has begun', async () => {
    expect(await countedAfterTwelve(SecondsOk)).toBe(2);
  });
});

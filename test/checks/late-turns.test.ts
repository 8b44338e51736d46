/** Limits that let in all who were held back together, and one at a time in the corrected twin. */
import { describe, expect, it } from 'vitest';
import { Bucket } from '../../fixtures/checks/no-check-then-act/late-turns.js';
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

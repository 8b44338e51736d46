/** Waits for what only the holder of a lock does, and places that several waiters take at once: what is reported happens, and the twins do well. */
import { describe, expect, it } from 'vitest';
import { CraneBad, CraneOk } from '../../fixtures/checks/no-ineffective-lock/late-permits.js';
import { Station } from '../../fixtures/checks/no-lock-cycle/events.js';
import { deferred, outcome } from '../support/deferred.js';

const one = (): Promise<number> => Promise.resolve(1);

describe('a train that departs when one has arrived', () => {
  it('never does so where the one who waits keeps it from arriving', async () => {
    const station = new Station(one);
    const departed = station.departBad();
    expect(await outcome(station.arrive('a'))).toBe('pending');
    expect(await outcome(departed)).toBe('pending');
  });

  it('does so where nothing is held meanwhile', async () => {
    const station = new Station(one);
    const departed = station.departOk();
    expect(await outcome(station.arrive('a'))).toBe('fulfilled');
    expect(await outcome(departed)).toBe('fulfilled');
  });
});

describe('three who lift one after another', () => {
  it.each([
    ['CraneBad', () => new CraneBad(), 2],
    ['CraneOk', () => new CraneOk(), 1],
  ] as const)('are at most so many at a time with %s', async (_name, make, most) => {
    const crane = make();
    const gate = deferred();
    let inside = 0;
    let peak = 0;
    const lift = async (): Promise<void> => {
      await crane.lock();
      inside += 1;
      peak = Math.max(peak, inside);
      await gate.promise;
      inside -= 1;
      crane.unlock();
    };
    const all = [lift(), lift(), lift()];
    gate.resolve();
    await Promise.all(all);
    expect(peak).toBe(most);
  });
});

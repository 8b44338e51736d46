/** The interleaving that `no-overlapping-interval` claims, made to happen; and that the guarded neighbour survives it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TotalBad, TotalOk } from '../../fixtures/checks/no-overlapping-interval/ticks.js';
import { deferred, type Deferred } from '../support/deferred.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Two periods pass before the first measurement is there; every measurement is 1. Tells measurements and total. */
async function twoPeriods(make: (measure: () => Promise<number>) => { total: number; start(period: number): void; stop(): void }) {
  const measurements: Deferred<number>[] = [];
  const meter = make(() => {
    const measurement = deferred<number>();
    measurements.push(measurement);
    return measurement.promise;
  });
  meter.start(1000);
  await vi.advanceTimersByTimeAsync(2000);
  meter.stop();
  for (const measurement of measurements) measurement.resolve(1);
  await vi.advanceTimersByTimeAsync(0);
  return { measured: measurements.length, total: meter.total };
}

describe('a tick that takes longer than its period', () => {
  it('meets the next, and one of both is lost', async () => {
    expect(await twoPeriods((measure) => new TotalBad(measure))).toEqual({ measured: 2, total: 1 });
  });

  it('keeps the next out with a flag', async () => {
    expect(await twoPeriods((measure) => new TotalOk(measure))).toEqual({ measured: 1, total: 1 });
  });
});

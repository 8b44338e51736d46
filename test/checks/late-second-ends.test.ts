/** What ends the old one once more, or hears of its end, comes when there is a new one. */
import { describe, expect, it, vi } from 'vitest';
import { type Child, ExitBad, ExitOk, GraceBad, GraceOk } from '../../fixtures/checks/no-stale-write/late-second-ends.js';

class Process implements Child {
  killed = false;
  readonly #listeners: (() => void)[] = [];

  kill(): void {
    this.killed = true;
  }

  on(_event: 'exit', listener: () => void): void {
    this.#listeners.push(listener);
  }

  exit(): void {
    for (const listener of this.#listeners) listener();
  }
}

describe('an end that meets a newer one', () => {
  it.each([
    [GraceBad, true],
    [GraceOk, false],
  ] as const)('of %o kills it: %s', (Grace, isKilled) => {
    vi.useFakeTimers();
    try {
      const grace = new Grace(() => new Process());
      grace.start();
      grace.stop();
      grace.start();
      vi.advanceTimersByTime(5000);
      expect(grace.child?.killed).toBe(isKilled);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([
    [ExitBad, true],
    [ExitOk, false],
  ] as const)('of %o loses it: %s', (Exit, isLost) => {
    const children: Process[] = [];
    const runner = new Exit(() => {
      const child = new Process();
      children.push(child);
      return child;
    });
    runner.start();
    runner.stop();
    runner.start();
    children[0]?.exit();
    expect(runner.child === null).toBe(isLost);
  });
});

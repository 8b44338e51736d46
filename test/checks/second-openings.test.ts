/** Who ends a connection opens a new one, and the listener on the end of the old one another. */
import { describe, expect, it } from 'vitest';
import { type Conn, RedialBad, RedialByEventOk, RedialDetachedOk, RedialLookingOk, RedialMarkedOk, RedialOwnOk } from '../../fixtures/checks/no-stale-write/second-openings.js';
import { flush } from '../support/deferred.js';

/** A line whose `close` tells of the end in a later turn. */
class Line implements Conn {
  onclose: (() => void) | null = null;
  isOpen = true;

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    queueMicrotask(() => this.onclose?.());
  }
}

describe('a second opening for one end', () => {
  it.each([
    [RedialBad, 2],
    [RedialOwnOk, 1],
    [RedialDetachedOk, 1],
    [RedialByEventOk, 1],
    [RedialMarkedOk, 1],
    [RedialLookingOk, 1],
  ] as const)('of %o leaves %i open', async (Redial, open) => {
    const lines: Line[] = [];
    const redial = new Redial(() => {
      const line = new Line();
      lines.push(line);
      return line;
    });
    redial.connect();
    redial.reconnect();
    await flush();
    expect(lines.filter(({ isOpen }) => isOpen).length).toBe(open);
    expect(redial.conn).toBe(lines.at(-1));
  });
});

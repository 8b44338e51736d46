/** A method that a derived class has in its own way runs under the lock of the base, and hangs where it asks for it again. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AuditedLedger, OpenStore, StrictStore } from '../../fixtures/checks/no-lock-cycle/overrides.js';
import { outcome } from '../support/deferred.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('an override under the lock of the base class', () => {
  it('hangs where it takes the lock, and not where it does not', async () => {
    vi.stubGlobal('check', () => Promise.resolve());
    vi.stubGlobal('note', () => Promise.resolve());
    const open = new OpenStore();
    expect(await outcome(open.replaceBad(['a']))).toBe('fulfilled');
    expect(await outcome(open.clearBad())).toBe('fulfilled');
    expect(await outcome(open.announceOk())).toBe('fulfilled');
    expect(await outcome(new StrictStore().replaceOk(['a']))).toBe('fulfilled');
    expect(await outcome(new StrictStore().replaceBad(['a']))).toBe('pending');
    expect(await outcome(new StrictStore().clearBad())).toBe('pending');
    expect(await outcome(new AuditedLedger().addBad({ total: 1 }, 1))).toBe('fulfilled');
    expect(await outcome(new AuditedLedger().addBad({ total: 1 }, -2))).toBe('pending');
  });
});

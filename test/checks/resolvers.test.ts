/** A promise that only the next holder of a lock settles is waited for in vain by who holds it. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Barrier, Mailbox, Turnstile } from '../../fixtures/checks/no-lock-cycle/resolvers.js';
import { flush, outcome } from '../support/deferred.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('a resolver that holders of a lock call', () => {
  it('is never called while the lock is held for its promise', async () => {
    vi.stubGlobal('note', () => Promise.resolve());
    const mailbox = new Mailbox();
    const taken = outcome(mailbox.takeBad());
    await flush();
    expect(await outcome(mailbox.put('late'))).toBe('pending');
    expect(await taken).toBe('pending');
    const turnstile = new Turnstile();
    const passed = outcome(turnstile.passBad('ann'));
    await flush();
    expect(await outcome(turnstile.open())).toBe('pending');
    expect(await passed).toBe('pending');
  });

  it('is called where the promise is waited for after the release, or where it needs no lock', async () => {
    vi.stubGlobal('note', () => Promise.resolve());
    const mailbox = new Mailbox();
    const taken = mailbox.takeOk();
    await flush();
    await mailbox.put('late');
    expect(await taken).toBe('late');
    const barrier = new Barrier();
    const passed = barrier.passOk('ann');
    await flush();
    barrier.open();
    expect(await outcome(passed)).toBe('fulfilled');
  });
});

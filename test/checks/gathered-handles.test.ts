/** Handles in a list that is not gone through: whoever comes later waits for ever. Keys of helpers' locks: two orders, one standstill. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { indexOk, namedBad, permitsBad, popOk } from '../../fixtures/checks/require-finally-release/gathered-handles.js';
import { againBad, moveBad, moveOk } from '../../fixtures/checks/no-lock-cycle/keys-through-helpers.js';
import { Orders, payBad, payOk } from '../../fixtures/checks/require-finally-release/through-files.js';
import { Doors } from '../../fixtures/checks/require-finally-release/ledger-doors.js';
import { flush, outcome } from '../support/deferred.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

const fails = (): Promise<never> => Promise.reject(new Error('broken'));
const works = (): Promise<void> => Promise.resolve();

describe('locks whose releases are kept in a list', () => {
  it('come back when the work fails, from a list that a `finally` goes through', async () => {
    vi.stubGlobal('work', fails);
    await expect(indexOk(['a', 'b'])).rejects.toThrow('broken');
    await expect(popOk(['a', 'b'])).rejects.toThrow('broken');
    vi.stubGlobal('work', works);
    expect(await outcome(indexOk(['b', 'a']))).toBe('fulfilled');
  });

  it('stay taken on the way that leaves before', async () => {
    vi.stubGlobal('work', works);
    const many = Array.from({ length: 11 }, (_, index) => `n${index}`);
    expect(await namedBad(many)).toBe(false);
    expect(await outcome(popOk(['n3']))).toBe('pending');
  });

  it('are lost with their permits when the work throws', async () => {
    vi.stubGlobal('work', fails);
    await expect(permitsBad(4)).rejects.toThrow('broken');
    vi.stubGlobal('work', works);
    expect(await outcome(permitsBad(1))).toBe('pending');
  });
});

describe('a lock behind the functions of two other files', () => {
  it('stays with the account whose payment failed', async () => {
    vi.stubGlobal('balanceOf', () => Promise.resolve(1));
    vi.stubGlobal('post', works);
    await expect(payOk('ann', 5)).rejects.toThrow('not enough');
    await expect(payBad('ann', 5)).rejects.toThrow('not enough');
    expect(await outcome(payOk('ann', 1))).toBe('pending');
    expect(await outcome(payOk('bob', 1))).toBe('fulfilled');
  });

  it('stays taken in the case that leaves', async () => {
    vi.stubGlobal('post', works);
    const orders = new Orders(new Doors());
    await orders.applyOk('one', 'hold');
    await orders.applyBad('one', 'hold');
    expect(await outcome(orders.applyOk('one', 'buy'))).toBe('pending');
  });

  it('stops two transfers that come from both sides, unless the keys are in one order', async () => {
    vi.stubGlobal('post', works);
    const sorted = [moveOk('kim', 'lee'), moveOk('lee', 'kim')].map(outcome);
    expect(await Promise.all(sorted)).toEqual(['fulfilled', 'fulfilled']);
    const crossed = [moveBad('kim', 'lee'), moveBad('lee', 'kim')].map(outcome);
    await flush();
    expect(await Promise.all(crossed)).toEqual(['pending', 'pending']);
    expect(await outcome(againBad('mia'))).toBe('pending');
  });
});

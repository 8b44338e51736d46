/** What is decided before a callback in the style of Node is old when the callback runs; the corrected twins look again. */
import { describe, expect, it } from 'vitest';
import { CallbackCache, type KeyValueClient } from '../../fixtures/checks/no-check-then-act/error-first-callbacks.js';

/** Keeps the callbacks until the test calls them. */
class HeldClient implements KeyValueClient {
  readonly answers: ((error: Error | null, value?: string) => void)[] = [];

  get(_key: string, answer: (error: Error | null, value?: string) => void): void {
    this.answers.push(answer);
  }

  on(): void {
    // no failures here
  }
}

describe('a cache that is filled by callbacks', () => {
  function valueAfterBoth(method: 'getBad' | 'getOk'): readonly (string | undefined)[] {
    const client = new HeldClient();
    const cache = new CallbackCache(client);
    const seen: (string | undefined)[] = [];
    cache[method]('key', () => undefined);
    cache[method]('key', () => undefined);
    client.answers.forEach((answer, index) => {
      answer(null, index === 0 ? 'first' : 'second');
      cache[method]('key', (_error, value) => seen.push(value));
    });
    return seen;
  }

  it('gives one caller another value than the next when both found nothing', () => {
    expect(valueAfterBoth('getBad')).toEqual(['first', 'second']);
  });

  it('keeps the first value when it looks again', () => {
    expect(valueAfterBoth('getOk')).toEqual(['first', 'first']);
  });
});

/** A share in a counted reader that is not given back when the work throws. */
import { describe, expect, it } from 'vitest';
import { sumBad, sumOk } from '../../fixtures/checks/require-finally-release/counted-shares.js';
import { Reader, Readers } from '../../fixtures/checks/require-finally-release/counted-shares-source.js';

class Torn extends Reader {
  override block(): Promise<string> {
    return Promise.reject(new Error('torn'));
  }
}

describe('a reader whose block cannot be read', () => {
  it.each([
    [sumBad, false],
    [sumOk, true],
  ] as const)('after %o and the drop of the cache is closed: %s', async (sum, isClosed) => {
    const reader = new Torn('a');
    const readers = new Readers(() => Promise.resolve(reader));
    await expect(sum(readers, 'a')).rejects.toThrow('torn');
    readers.drop('a');
    expect(reader.isClosed).toBe(isClosed);
  });
});

/** A lock that a session takes by a statement outlives the function that forgot it, also when its client is back in the pool. */
import { describe, expect, it } from 'vitest';
import { migrateBad, migrateOk } from '../../fixtures/checks/require-finally-release/session-lock-runs.js';
import { outcome } from '../support/deferred.js';

type Client = Parameters<typeof migrateOk>[0];

/** One advisory lock, and sessions that ask for it. */
class Server {
  #holder: object | undefined;
  readonly #waiting: (() => void)[] = [];

  session(): Client {
    const session = {
      query: async (text: string): Promise<void> => {
        if (text.includes('advisory_lock')) await this.#take(session);
        else if (text.includes('advisory_unlock') && this.#holder === session) this.#give();
      },
    };
    return session as unknown as Client;
  }

  async #take(session: object): Promise<void> {
    while (this.#holder !== undefined && this.#holder !== session) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#holder = session;
  }

  #give(): void {
    this.#holder = undefined;
    this.#waiting.shift()?.();
  }
}

const fail = (): Promise<void> => Promise.reject(new Error('no table'));
const succeed = (): Promise<void> => Promise.resolve();

describe('a lock of a session', () => {
  it('is kept by the connection where the work has failed', async () => {
    const server = new Server();
    await expect(migrateBad(server.session(), fail)).rejects.toThrow('no table');
    expect(await outcome(migrateBad(server.session(), succeed))).toBe('pending');
  });

  it('is given back in a `finally`', async () => {
    const server = new Server();
    await expect(migrateOk(server.session(), fail)).rejects.toThrow('no table');
    expect(await outcome(migrateOk(server.session(), succeed))).toBe('fulfilled');
  });
});

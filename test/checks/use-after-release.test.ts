/** The interleavings that `no-use-after-release` reports, driven with controlled promises; the correct twins survive them. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MeterCache, Reconnecting, SharedHandles, SweptEntries } from '../../fixtures/checks/no-use-after-release/evictions.js';
import { IdleWires, type Wire } from '../../fixtures/checks/no-use-after-release/ended-in-place.js';
import { connectBad, connectOk } from '../../fixtures/checks/no-use-after-release/handed-out.js';
import { releasedLastOk, returnedWorkBad, awaitedWorkOk, usedAfterReleaseBad } from '../../fixtures/checks/no-use-after-release/own-release.js';
import { type Connection, type Handle, Meter, type Socket } from '../../fixtures/checks/no-use-after-release/resources.js';
import { OldestPair, OldestValue, Reader } from '../../fixtures/checks/no-use-after-release/returned-shares.js';
import { Client, Registry, Visits } from '../../fixtures/checks/no-use-after-release/torn-down.js';
import { deferred, flush, outcome } from '../support/deferred.js';
import { RemoteFunction } from '../support/schedule.js';

let work: RemoteFunction<[], void>;

beforeEach(() => {
  work = new RemoteFunction<[], void>();
  vi.stubGlobal('work', work.invoke);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

class TestSocket implements Socket {
  readyState = 1;
  readonly sentWhenClosed: string[] = [];
  readonly sent: string[] = [];

  send(text: string): void {
    (this.readyState === 1 ? this.sent : this.sentWhenClosed).push(text);
  }

  on(): void {
    // nobody listens
  }

  close(): void {
    this.readyState = 3;
  }
}

/** Refuses to work after its release, and knows whether work was under way then. */
class TestConnection implements Connection {
  isOpen = true;
  wasBusyAtRelease = false;
  readonly #answers: RemoteFunction<[string], string[]>;

  constructor(answers: RemoteFunction<[string], string[]>) {
    this.#answers = answers;
  }

  async query(sql: string): Promise<string[]> {
    if (!this.isOpen) throw new Error('released');
    return this.#answers.invoke(sql);
  }

  release(): void {
    this.wasBusyAtRelease = this.#answers.pending > 0;
    this.isOpen = false;
  }
}

class TestHandle implements Handle {
  closed = false;
  #shares = 1;

  read(): Promise<string> {
    return this.closed ? Promise.reject(new Error('closed')) : Promise.resolve('content');
  }

  async write(): Promise<void> {
    await this.read();
  }

  retain(): void {
    this.#shares += 1;
  }

  release(): void {
    this.#shares -= 1;
    if (this.#shares === 0) this.closed = true;
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

/** Puts something into the private Map of a fixture, which has no method for it. */
function withEntries<Subject extends object, Value>(make: () => Subject, entries: readonly (readonly [string, Value])[]): Subject {
  const NativeMap = Map;
  let isFirst = true;
  vi.stubGlobal(
    'Map',
    class<K, V> extends NativeMap<K, V> {
      constructor() {
        super();
        if (isFirst) for (const [key, value] of entries) NativeMap.prototype.set.call(this, key, value);
        isFirst = false;
      }
    },
  );
  try {
    return make();
  } finally {
    vi.stubGlobal('Map', NativeMap);
  }
}

describe('the task itself has released it', () => {
  it('a query after the release fails', async () => {
    const answers = new RemoteFunction<[string], string[]>();
    vi.stubGlobal('pool', { connect: () => Promise.resolve(new TestConnection(answers)) });
    const bad = usedAfterReleaseBad();
    const good = releasedLastOk();
    bad.catch(() => undefined);
    await answers.answerAll([]);
    expect(await outcome(bad)).toBe('rejected');
    expect(await outcome(good)).toBe('fulfilled');
  });

  it('a connection that the `finally` releases is gone when the caller has it', async () => {
    const answers = new RemoteFunction<[string], string[]>();
    const pool = { connect: () => Promise.resolve(new TestConnection(answers)), release: (connection: Connection) => connection.release() };
    const bad = connectBad(pool);
    const good = connectOk(pool);
    await flush();
    await answers.answerAll([]);
    await answers.answerAll([]);
    expect((await bad).isOpen).toBe(false);
    expect((await good).isOpen).toBe(true);
  });

  it('a query that nothing waits for is still under way at the release', async () => {
    const answers = new RemoteFunction<[string], string[]>();
    const connections: TestConnection[] = [];
    const connect = (): Promise<Connection> => {
      const connection = new TestConnection(answers);
      connections.push(connection);
      return Promise.resolve(connection);
    };
    vi.stubGlobal('pool', { connect });
    const bad = returnedWorkBad('a');
    await flush();
    expect(connections[0]?.wasBusyAtRelease).toBe(true);
    await answers.answerAll([]);
    await bad;
    const good = awaitedWorkOk('a');
    await flush();
    expect(connections[1]?.isOpen).toBe(true);
    await answers.answerAll([]);
    await good;
    expect(connections[1]?.wasBusyAtRelease).toBe(false);
  });
});

describe('another task ends what was taken', () => {
  it('an evicted meter is read', async () => {
    const cache = withEntries(() => new MeterCache(), [['a', new Meter()]]);
    const bad = cache.readLaterBad('a');
    bad.catch(() => undefined);
    await flush();
    cache.evict('a');
    await work.answerAll(undefined);
    expect(await outcome(bad)).toBe('rejected');
  });

  it('one that is read at once or looked up again is not', async () => {
    for (const method of ['readAtOnceOk', 'lookedUpAgainOk'] as const) {
      const cache = withEntries(() => new MeterCache(), [['a', new Meter()]]);
      const good = cache[method]('a');
      await flush();
      cache.evict('a');
      await work.answerAll(undefined);
      expect(await outcome(good)).toBe('fulfilled');
    }
  });

  it('a count of users keeps the sweep away', async () => {
    for (const [method, count] of [['uncountedBad', 1], ['countedOk', 0]] as const) {
      const socket = new TestSocket();
      const entries = withEntries(() => new SweptEntries(), [['a', { socket, users: 0 }]]);
      const use = entries[method]('a');
      await flush();
      entries.sweep();
      await work.answerAll(undefined);
      await use;
      expect(socket.sentWhenClosed).toHaveLength(count);
    }
  });

  it('a share that is taken after the eviction is a share in a dead handle', async () => {
    for (const [method, result] of [['retainedLateBad', 'rejected'], ['retainedFirstOk', 'fulfilled'], ['askedAgainOk', 'fulfilled']] as const) {
      const handles = withEntries(() => new SharedHandles(), [['a', new TestHandle()]]);
      const use = handles[method]('a');
      use.catch(() => undefined);
      await flush();
      handles.evict('a');
      await work.answerAll(undefined);
      expect(await outcome(use)).toBe(result);
    }
  });

  it('the old socket of a client that reconnects is closed', async () => {
    const old = new TestSocket();
    const fresh = new TestSocket();
    const client = new Reconnecting(old);
    const uses = [client.oldSocketBad(), client.newestSocketOk()];
    await client.reconnect(() => Promise.resolve(fresh));
    await work.answerAll(undefined);
    await Promise.all(uses);
    expect(old.sentWhenClosed).toEqual(['hello']);
    expect(fresh.sent).toEqual(['hello']);
  });
});

describe('what was tested is torn down', () => {
  it('there is no socket when the flag is not asked again', async () => {
    for (const [method, result] of [['flagAskedOnceBad', 'rejected'], ['helperAskedOnceBad', 'rejected'], ['flagAskedAgainOk', 'fulfilled'], ['optionalOk', 'fulfilled']] as const) {
      const client = new Client();
      const use = client[method]('hello');
      use.catch(() => undefined);
      client.close();
      await work.answerAll(undefined);
      expect(await outcome(use)).toBe(result);
    }
  });

  it('an element is gone between `has` and `get`', async () => {
    const registry = withEntries(() => new Registry(), [['a', new Meter()]]);
    const bad = registry.hasThenGetBad('a');
    const good = registry.hasThenGetAtOnceOk('a');
    bad.catch(() => undefined);
    registry.remove('a');
    await work.answerAll(undefined);
    expect(await outcome(bad)).toBe('rejected');
    expect(await outcome(good)).toBe('fulfilled');
  });
});

describe('a list that is emptied behind the ends of its elements', () => {
  it.each([
    ['drainBad', false],
    ['drainOk', undefined],
    ['drainReplacedOk', undefined],
  ] as const)('during %s, what is taken is open: %s', async (name, isOpen) => {
    const closing = deferred<void>();
    let isWireOpen = true;
    const wire: Wire = {
      get isOpen() {
        return isWireOpen;
      },
      query: () => Promise.resolve([]),
      close: () => {
        isWireOpen = false;
        return closing.promise;
      },
    };
    const wires = new IdleWires();
    wires.give(wire);
    const drained = wires[name]();
    expect(wires.take()?.isOpen).toBe(isOpen);
    closing.resolve();
    await drained;
  });
});

describe('a member of a record that is replaced', () => {
  it.each([
    ['describeBad', 'rejected'],
    ['deskBad', 'rejected'],
    ['describeOk', 'fulfilled'],
    ['deskOk', 'fulfilled'],
  ] as const)('%s is %s when somebody leaves meanwhile', async (name, expected) => {
    const rights = deferred<string[]>();
    const visits = new Visits(() => rights.promise);
    visits.enter({ key: 'k', user: 'ann' });
    const described = visits[name]();
    visits.leave();
    rights.resolve(['read']);
    expect(await outcome(described)).toBe(expected);
  });
});

describe('a reader that is evicted while its size is asked for', () => {
  const readers = (): { readonly size: ReturnType<typeof deferred<number>>; readonly pair: OldestPair; readonly value: OldestValue } => {
    const size = deferred<number>();
    return { size, pair: new OldestPair(() => size.promise), value: new OldestValue(() => size.promise) };
  };

  it.each([
    ['OldestPair.lastBad', ({ pair }: ReturnType<typeof readers>) => pair.lastBad('a'), 'closed'],
    ['OldestPair.lastWhereThereIsOneBad', ({ pair }: ReturnType<typeof readers>) => pair.lastWhereThereIsOneBad('a'), 'closed'],
    ['OldestPair.lastOk', ({ pair }: ReturnType<typeof readers>) => pair.lastOk('a'), 'block 3'],
    ['OldestPair.twiceOk', ({ pair }: ReturnType<typeof readers>) => pair.twiceOk('a'), 'block 3'],
    ['OldestValue.readBad', ({ value }: ReturnType<typeof readers>) => value.readBad('a'), 'closed'],
  ] as const)('is as %s leaves it', async (_name, read, expected) => {
    const all = readers();
    all.pair.add('a', new Reader());
    all.value.add('a', new Reader());
    const answer = read(all).catch((error: unknown) => (error instanceof Error ? error.message : ''));
    await flush();
    all.pair.evict();
    all.value.evict();
    all.size.resolve(3);
    expect(await answer).toBe(expected);
  });
});

/** What the findings claim happens with the real libraries, and does not happen to the corrected twins. */
import { Mutex } from 'async-mutex';
import { Sema } from 'async-sema';
import AwaitLock from 'await-lock';
import { describe, expect, it } from 'vitest';
import type { CheckOptions, Finding } from '../../src/index.js';
import { deferred, type Deferred, flush } from '../support/deferred.js';
import { CountedWork } from '../support/schedule.js';
import { findingsIn, virtualProgram } from '../support/virtual.js';

/** A sink whose sends the test ends one by one. */
class Sink {
  readonly sent: string[][] = [];
  readonly #pending: Deferred<void>[] = [];

  readonly send = (lines: readonly string[]): Promise<void> => {
    this.sent.push([...lines]);
    const end = deferred();
    this.#pending.push(end);
    return end.promise;
  };

  async endOldest(): Promise<void> {
    this.#pending.shift()?.resolve();
    await flush();
  }

  get pending(): number {
    return this.#pending.length;
  }
}

/** Lines are sent, then dropped. */
abstract class Outbox {
  readonly mutex = new Mutex();
  lines: string[] = [];

  constructor(readonly sink: Sink) {}

  abstract add(line: string): Promise<void>;

  async flush(): Promise<void> {
    await this.sink.send(this.lines);
    this.lines = [];
  }
}

describe('work that outlives its section', () => {
  class FloatingOutbox extends Outbox {
    async add(line: string): Promise<void> {
      await this.mutex.runExclusive(() => {
        this.lines.push(line);
        // eslint-disable-next-line async-race/no-floating-lock -- the fault under test
        void this.flush();
      });
    }
  }

  class WaitingOutbox extends Outbox {
    async add(line: string): Promise<void> {
      await this.mutex.runExclusive(async () => {
        this.lines.push(line);
        await this.flush();
      });
    }
  }

  async function addTwo(outbox: Outbox, sink: Sink): Promise<string[]> {
    const tasks = [outbox.add('a'), outbox.add('b')];
    await flush();
    // the first send ends; whoever was sent only by then is dropped with it
    await sink.endOldest();
    await sink.endOldest();
    await Promise.all(tasks);
    return sink.sent.map((lines) => lines.join());
  }

  it('sends a line twice', async () => {
    const sink = new Sink();
    expect(await addTwo(new FloatingOutbox(sink), sink)).toEqual(['a', 'a,b']);
  });

  it('sends each line once when the section waits', async () => {
    const sink = new Sink();
    expect(await addTwo(new WaitingOutbox(sink), sink)).toEqual(['a', 'b']);
  });
});

describe('a promise returned through the finally that releases', () => {
  class Directory {
    readonly #lock = new AwaitLock();
    readonly names: string[] = [];

    constructor(readonly fetch: () => Promise<string>) {}

    async loadFloating(): Promise<void> {
      await this.#lock.acquireAsync();
      try {
        // eslint-disable-next-line async-race/no-floating-lock -- the fault under test
        return this.#load();
      } finally {
        this.#lock.release();
      }
    }

    async loadWaiting(): Promise<void> {
      await this.#lock.acquireAsync();
      try {
        return await this.#load();
      } finally {
        this.#lock.release();
      }
    }

    async #load(): Promise<void> {
      this.names.length = 0;
      this.names.push(await this.fetch(), await this.fetch());
    }
  }

  async function loadTwice(load: (directory: Directory) => Promise<void>): Promise<string[]> {
    const answers: Deferred<string>[] = [];
    const directory = new Directory(() => {
      const answer = deferred<string>();
      answers.push(answer);
      return answer.promise;
    });
    const tasks = [load(directory), load(directory)];
    for (let turn = 0; turn < 4; turn += 1) {
      await flush();
      answers.shift()?.resolve(`name ${turn}`);
    }
    await Promise.all(tasks);
    return directory.names;
  }

  it('lets two loads run at once, and their names add up', async () => {
    expect(await loadTwice((directory) => directory.loadFloating())).toHaveLength(4);
  });

  it('loads one after the other with `return await`', async () => {
    expect(await loadTwice((directory) => directory.loadWaiting())).toHaveLength(2);
  });
});

describe('an acquire that nobody waits for', () => {
  async function overlapping(run: (lock: Sema, work: () => Promise<void>) => Promise<void>): Promise<number> {
    const lock = new Sema(1);
    const work = new CountedWork();
    await work.finish([run(lock, work.run), run(lock, work.run)]);
    return work.most;
  }

  it('lets both tasks in', async () => {
    const both = await overlapping(async (lock, work) => {
      // eslint-disable-next-line async-race/no-floating-lock -- the fault under test
      void lock.acquire();
      try {
        await work();
      } finally {
        lock.release();
      }
    });
    expect(both).toBe(2);
  });

  it('keeps the second out when it is awaited', async () => {
    const both = await overlapping(async (lock, work) => {
      await lock.acquire();
      try {
        await work();
      } finally {
        lock.release();
      }
    });
    expect(both).toBe(1);
  });
});

const head = `
import { Mutex } from 'async-mutex';
declare function send(lines: readonly string[]): Promise<void>;
declare function work(): Promise<void>;
const mutex = new Mutex();
let lines: string[] = [];
async function flush(): Promise<void> { await send(lines); lines = []; }
export async function add(line: string): Promise<void> { await mutex.runExclusive(() => { lines.push(line); }); }
`;

function findings(body: string, options: CheckOptions = {}): readonly Finding[] {
  return findingsIn(virtualProgram({ 'sample.ts': head + body }), 'sample.ts', { 'no-floating-lock': options });
}

describe('no-floating-lock: how sure it is', () => {
  it('is sure of a forgotten await', () => {
    const [finding] = findings('export async function run() { await mutex.runExclusive(async () => { flush(); }); }');
    expect(finding?.confidence).toBe('high');
    expect(finding?.steps.map(({ task, role }) => `${task} ${role}`)).toEqual(['A act', 'A release', 'B acquire', 'B write', 'A write']);
  });

  it('is less sure where `void` says that it is meant', () => {
    const [finding] = findings('export async function run() { await mutex.runExclusive(async () => { void flush(); }); }');
    expect(finding?.confidence).toBe('medium');
  });

  it('keeps a section to itself that a function cannot wait for', () => {
    const body = 'export function run(): void { mutex.runExclusive(work); }';
    expect(findings(body)).toEqual([]);
    expect(findings(body, { minimumConfidence: 'low' }).map(({ confidence }) => confidence)).toEqual(['low']);
  });
});

describe('a method that is a section, called without waiting', () => {
  class Preferences {
    readonly #mutex = new Mutex();
    value = 'old';

    /** The answer, and the change. */
    setLate(value: string): [string, Promise<void>] {
      const change = this.#change(value);
      return [this.value, change];
    }

    async set(value: string): Promise<string> {
      await this.#change(value);
      return this.value;
    }

    async #change(value: string): Promise<void> {
      await this.#mutex.runExclusive(async () => {
        await flush();
        this.value = value;
      });
    }
  }

  it('answers with what was there before, and with the new content where it is awaited', async () => {
    const late = new Preferences();
    const [answer, change] = late.setLate('new');
    await change;
    expect(answer).toBe('old');
    expect(late.value).toBe('new');
    expect(await new Preferences().set('new')).toBe('new');
  });
});

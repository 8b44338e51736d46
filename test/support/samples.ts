/** For each rule the smallest program that it reports, once, and its nearest correct neighbour. */
import type { RuleId } from '../../src/index.js';

export interface Sample {
  readonly bad: string;
  readonly good: string;
  /** Line of `bad` on which the finding starts. */
  readonly line: number;
}

export const samples: Readonly<Record<RuleId, Sample>> = {
  'no-unguarded-access': {
    bad: `import { Mutex } from 'async-mutex';
export class Balance {
  private readonly mutex = new Mutex();
  private balance = 0;
  constructor(private readonly save: (value: number) => Promise<void>) {}
  async deposit(amount: number): Promise<void> {
    await this.mutex.runExclusive(async () => {
      const next = this.balance + amount;
      await this.save(next);
      this.balance = next;
    });
  }
  async total(): Promise<number> {
    return this.mutex.runExclusive(() => this.balance);
  }
  reset(): void {
    this.balance = 0;
  }
}
`,
    line: 17,
    good: `import { Mutex } from 'async-mutex';
export class Balance {
  private readonly mutex = new Mutex();
  private balance = 0;
  constructor(private readonly save: (value: number) => Promise<void>) {}
  async deposit(amount: number): Promise<void> {
    await this.mutex.runExclusive(async () => {
      const next = this.balance + amount;
      await this.save(next);
      this.balance = next;
    });
  }
  async total(): Promise<number> {
    return this.mutex.runExclusive(() => this.balance);
  }
  async reset(): Promise<void> {
    await this.mutex.runExclusive(() => { this.balance = 0; });
  }
}
`,
  },
  'no-overlapping-interval': {
    bad: `export class Poller {
  latest = '';
  constructor(private readonly poll: () => Promise<string>) {}
  start(): void {
    setInterval(async () => {
      this.latest = await this.poll();
    }, 1000);
  }
}
`,
    line: 5,
    good: `export class Poller {
  latest = '';
  constructor(private readonly poll: () => Promise<string>) {}
  start(): void {
    setTimeout(async () => {
      this.latest = await this.poll();
      this.start();
    }, 1000);
  }
}
`,
  },
  'no-poisoned-promise-cache': {
    bad: `export class Settings {
  #settings: Promise<string> | undefined;
  constructor(private readonly load: () => Promise<string>) {}
  get(): Promise<string> {
    this.#settings ??= this.load();
    return this.#settings;
  }
}
`,
    line: 5,
    good: `export class Settings {
  #settings: Promise<string> | undefined;
  constructor(private readonly load: () => Promise<string>) {}
  get(): Promise<string> {
    this.#settings ??= this.load().catch((error: unknown) => {
      this.#settings = undefined;
      throw error;
    });
    return this.#settings;
  }
}
`,
  },
  'no-check-then-act': {
    bad: `export class TokenCache {
  #token: string | undefined;
  constructor(private readonly refresh: () => Promise<string>) {}
  async get(): Promise<string> {
    if (this.#token === undefined) {
      this.#token = await this.refresh();
    }
    return this.#token;
  }
}
`,
    line: 6,
    good: `export class TokenCache {
  #token: Promise<string> | undefined;
  constructor(private readonly refresh: () => Promise<string>) {}
  get(): Promise<string> {
    this.#token ??= this.refresh().finally(() => {
      this.#token = undefined;
    });
    return this.#token;
  }
}
`,
  },
  'no-floating-lock': {
    bad: `import { Mutex } from 'async-mutex';
export class Outbox {
  readonly #mutex = new Mutex();
  #lines: string[] = [];
  constructor(private readonly send: (lines: readonly string[]) => Promise<void>) {}
  async add(line: string): Promise<void> {
    await this.#mutex.runExclusive(async () => {
      this.#lines.push(line);
      this.#flush();
    });
  }
  async #flush(): Promise<void> {
    await this.send(this.#lines);
    this.#lines = [];
  }
}
`,
    line: 9,
    good: `import { Mutex } from 'async-mutex';
export class Outbox {
  readonly #mutex = new Mutex();
  #lines: string[] = [];
  constructor(private readonly send: (lines: readonly string[]) => Promise<void>) {}
  async add(line: string): Promise<void> {
    await this.#mutex.runExclusive(async () => {
      this.#lines.push(line);
      await this.#flush();
    });
  }
  async #flush(): Promise<void> {
    await this.send(this.#lines);
    this.#lines = [];
  }
}
`,
  },
  'no-lock-escape': {
    bad: `import { Mutex } from 'async-mutex';
export class Registry {
  readonly #mutex = new Mutex();
  readonly #names = new Map<string, number>();
  async add(name: string): Promise<void> {
    await this.#mutex.runExclusive(() => { this.#names.set(name, 1); });
  }
  async sendAll(send: (name: string) => Promise<void>): Promise<void> {
    const names = await this.#mutex.runExclusive(() => this.#names.keys());
    for (const name of names) await send(name);
  }
}
`,
    line: 10,
    good: `import { Mutex } from 'async-mutex';
export class Registry {
  readonly #mutex = new Mutex();
  readonly #names = new Map<string, number>();
  async add(name: string): Promise<void> {
    await this.#mutex.runExclusive(() => { this.#names.set(name, 1); });
  }
  async sendAll(send: (name: string) => Promise<void>): Promise<void> {
    const names = await this.#mutex.runExclusive(() => [...this.#names.keys()]);
    for (const name of names) await send(name);
  }
}
`,
  },
  'prefer-read-lock': {
    bad: `import { RWLock } from '@rocicorp/lock';
export class Table {
  readonly #lock = new RWLock();
  readonly #rows = new Map<string, number>();
  async put(key: string, value: number): Promise<void> {
    await this.#lock.withWrite(() => { this.#rows.set(key, value); });
  }
  async size(): Promise<number> {
    return await this.#lock.withWrite(() => this.#rows.size);
  }
}
`,
    line: 9,
    good: `import { RWLock } from '@rocicorp/lock';
export class Table {
  readonly #lock = new RWLock();
  readonly #rows = new Map<string, number>();
  async put(key: string, value: number): Promise<void> {
    await this.#lock.withWrite(() => { this.#rows.set(key, value); });
  }
  async size(): Promise<number> {
    return await this.#lock.withRead(() => this.#rows.size);
  }
}
`,
  },
  'require-finally-release': {
    bad: `import { Mutex } from 'async-mutex';
const mutex = new Mutex();
export async function guarded(work: () => Promise<void>): Promise<void> {
  const release = await mutex.acquire();
  await work();
  release();
}
`,
    line: 4,
    good: `import { Mutex } from 'async-mutex';
const mutex = new Mutex();
export async function guarded(work: () => Promise<void>): Promise<void> {
  const release = await mutex.acquire();
  try {
    await work();
  } finally {
    release();
  }
}
`,
  },
  'no-lost-update': {
    bad: `export class Meter {
  #total = 0;
  constructor(private readonly measure: () => Promise<number>) {}
  async add(): Promise<void> {
    this.#total += await this.measure();
  }
}
`,
    line: 5,
    good: `export class Meter {
  #total = 0;
  constructor(private readonly measure: () => Promise<number>) {}
  async add(): Promise<void> {
    const reading = await this.measure();
    this.#total += reading;
  }
}
`,
  },
  'no-use-after-release': {
    bad: `interface Connection { query(sql: string): Promise<string>; close(): void }
export class Pool {
  readonly #connections = new Map<string, Connection>();
  async query(host: string, check: () => Promise<void>): Promise<string> {
    const connection = this.#connections.get(host);
    if (connection === undefined) return '';
    await check();
    return connection.query('select 1');
  }
  evict(host: string): void {
    this.#connections.get(host)?.close();
    this.#connections.delete(host);
  }
}
`,
    line: 8,
    good: `interface Connection { query(sql: string): Promise<string>; close(): void }
export class Pool {
  readonly #connections = new Map<string, Connection>();
  async query(host: string, check: () => Promise<void>): Promise<string> {
    await check();
    const connection = this.#connections.get(host);
    if (connection === undefined) return '';
    return connection.query('select 1');
  }
  evict(host: string): void {
    this.#connections.get(host)?.close();
    this.#connections.delete(host);
  }
}
`,
  },
  'no-lock-cycle': {
    bad: `import { Mutex } from 'async-mutex';
export class Counter {
  readonly #mutex = new Mutex();
  #count = 0;
  async add(read: () => Promise<number>): Promise<number> {
    return await this.#mutex.runExclusive(async () => {
      this.#count += await read();
      return await this.reset();
    });
  }
  async reset(): Promise<number> {
    return await this.#mutex.runExclusive(() => (this.#count = 0));
  }
}
`,
    line: 8,
    good: `import { Mutex } from 'async-mutex';
export class Counter {
  readonly #mutex = new Mutex();
  #count = 0;
  async add(read: () => Promise<number>): Promise<number> {
    await this.#mutex.runExclusive(async () => {
      const next = await read();
      this.#count += next;
    });
    return await this.reset();
  }
  async reset(): Promise<number> {
    return await this.#mutex.runExclusive(() => (this.#count = 0));
  }
}
`,
  },
  'no-stale-write': {
    bad: `export class Log {
  #lines: string[] = [];
  constructor(private readonly upload: (lines: readonly string[]) => Promise<void>) {}
  add(line: string): void {
    this.#lines.push(line);
  }
  async flush(): Promise<void> {
    await this.upload(this.#lines);
    this.#lines = [];
  }
}
`,
    line: 9,
    good: `export class Log {
  #lines: string[] = [];
  constructor(private readonly upload: (lines: readonly string[]) => Promise<void>) {}
  add(line: string): void {
    this.#lines.push(line);
  }
  async flush(): Promise<void> {
    const lines = this.#lines;
    this.#lines = [];
    await this.upload(lines);
  }
}
`,
  },
  'no-early-publish': {
    bad: `class Database {
  #rows: readonly string[] | undefined;
  async load(read: () => Promise<string[]>): Promise<void> { this.#rows = await read(); }
  first(): string { return this.#rows![0]!; }
}
const databases = new Map<string, Database>();
export async function add(name: string, read: () => Promise<string[]>): Promise<void> {
  const database = new Database();
  databases.set(name, database);
  await database.load(read);
}
export function first(name: string): string | undefined {
  return databases.get(name)?.first();
}
`,
    line: 9,
    good: `class Database {
  #rows: readonly string[] | undefined;
  async load(read: () => Promise<string[]>): Promise<void> { this.#rows = await read(); }
  first(): string { return this.#rows![0]!; }
}
const databases = new Map<string, Database>();
export async function add(name: string, read: () => Promise<string[]>): Promise<void> {
  const database = new Database();
  await database.load(read);
  databases.set(name, database);
}
export function first(name: string): string | undefined {
  return databases.get(name)?.first();
}
`,
  },
  'no-ineffective-lock': {
    bad: `import { Mutex } from 'async-mutex';
export class Counter {
  count = 0;
  async add(read: (count: number) => Promise<number>): Promise<void> {
    const mutex = new Mutex();
    await mutex.runExclusive(async () => {
      this.count = await read(this.count);
    });
  }
}
`,
    line: 6,
    good: `import { Mutex } from 'async-mutex';
export class Counter {
  readonly #mutex = new Mutex();
  count = 0;
  async add(read: (count: number) => Promise<number>): Promise<void> {
    await this.#mutex.runExclusive(async () => {
      this.count = await read(this.count);
    });
  }
}
`,
  },
};

/** For each rule the smallest program that it reports, once, and its nearest correct neighbour. */
import type { RuleId } from '../../src/index.js';

export interface Sample {
  readonly bad: string;
  readonly good: string;
  /** Line of `bad` on which the finding starts. */
  readonly line: number;
}

/** The correct neighbour differs in one place. */
function sample(line: number, bad: string, [wrong, right]: readonly [wrong: string, right: string]): Sample {
  if (bad.split(wrong).length !== 2) throw new Error(`not once in the sample: ${wrong}`);
  return { bad, good: bad.replace(wrong, () => right), line };
}

export const samples: Readonly<Record<RuleId, Sample>> = {
  'no-unguarded-access': sample(
    17,
    `import { Mutex } from 'async-mutex';
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
    [
      `  reset(): void {
    this.balance = 0;`,
      `  async reset(): Promise<void> {
    await this.mutex.runExclusive(() => { this.balance = 0; });`,
    ],
  ),
  'no-overlapping-interval': sample(
    5,
    `export class Poller {
  latest = '';
  constructor(private readonly poll: () => Promise<string>) {}
  start(): void {
    setInterval(async () => {
      this.latest = await this.poll();
    }, 1000);
  }
}
`,
    [
      `    setInterval(async () => {
      this.latest = await this.poll();`,
      `    setTimeout(async () => {
      this.latest = await this.poll();
      this.start();`,
    ],
  ),
  'no-poisoned-promise-cache': sample(
    5,
    `export class Settings {
  #settings: Promise<string> | undefined;
  constructor(private readonly load: () => Promise<string>) {}
  get(): Promise<string> {
    this.#settings ??= this.load();
    return this.#settings;
  }
}
`,
    [
      '    this.#settings ??= this.load();',
      `    this.#settings ??= this.load().catch((error: unknown) => {
      this.#settings = undefined;
      throw error;
    });`,
    ],
  ),
  'no-check-then-act': sample(
    6,
    `export class TokenCache {
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
    [
      `  #token: string | undefined;
  constructor(private readonly refresh: () => Promise<string>) {}
  async get(): Promise<string> {
    if (this.#token === undefined) {
      this.#token = await this.refresh();
    }`,
      `  #token: Promise<string> | undefined;
  constructor(private readonly refresh: () => Promise<string>) {}
  get(): Promise<string> {
    this.#token ??= this.refresh().finally(() => {
      this.#token = undefined;
    });`,
    ],
  ),
  'no-floating-lock': sample(
    9,
    `import { Mutex } from 'async-mutex';
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
    ['      this.#flush();', '      await this.#flush();'],
  ),
  'no-lock-escape': sample(
    10,
    `import { Mutex } from 'async-mutex';
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
    [
      '    const names = await this.#mutex.runExclusive(() => this.#names.keys());',
      '    const names = await this.#mutex.runExclusive(() => [...this.#names.keys()]);',
    ],
  ),
  'prefer-read-lock': sample(
    9,
    `import { RWLock } from '@rocicorp/lock';
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
    [
      '    return await this.#lock.withWrite(() => this.#rows.size);',
      '    return await this.#lock.withRead(() => this.#rows.size);',
    ],
  ),
  'require-finally-release': sample(
    4,
    `import { Mutex } from 'async-mutex';
const mutex = new Mutex();
export async function guarded(work: () => Promise<void>): Promise<void> {
  const release = await mutex.acquire();
  await work();
  release();
}
`,
    [
      `  await work();
  release();`,
      `  try {
    await work();
  } finally {
    release();
  }`,
    ],
  ),
  'no-lost-update': sample(
    5,
    `export class Meter {
  #total = 0;
  constructor(private readonly measure: () => Promise<number>) {}
  async add(): Promise<void> {
    this.#total += await this.measure();
  }
}
`,
    [
      '    this.#total += await this.measure();',
      `    const reading = await this.measure();
    this.#total += reading;`,
    ],
  ),
  'no-use-after-release': sample(
    8,
    `interface Connection { query(sql: string): Promise<string>; close(): void }
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
    [
      `    const connection = this.#connections.get(host);
    if (connection === undefined) return '';
    await check();`,
      `    await check();
    const connection = this.#connections.get(host);
    if (connection === undefined) return '';`,
    ],
  ),
  'no-lock-cycle': sample(
    8,
    `import { Mutex } from 'async-mutex';
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
    [
      `    return await this.#mutex.runExclusive(async () => {
      this.#count += await read();
      return await this.reset();
    });`,
      `    await this.#mutex.runExclusive(async () => {
      const next = await read();
      this.#count += next;
    });
    return await this.reset();`,
    ],
  ),
  'no-stale-write': sample(
    9,
    `export class Log {
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
    [
      `    await this.upload(this.#lines);
    this.#lines = [];`,
      `    const lines = this.#lines;
    this.#lines = [];
    await this.upload(lines);`,
    ],
  ),
  'no-early-publish': sample(
    9,
    `class Database {
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
    [
      `  databases.set(name, database);
  await database.load(read);`,
      `  await database.load(read);
  databases.set(name, database);`,
    ],
  ),
  'no-ineffective-lock': sample(
    6,
    `import { Mutex } from 'async-mutex';
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
    [
      `  count = 0;
  async add(read: (count: number) => Promise<number>): Promise<void> {
    const mutex = new Mutex();
    await mutex.runExclusive(async () => {`,
      `  readonly #mutex = new Mutex();
  count = 0;
  async add(read: (count: number) => Promise<number>): Promise<void> {
    await this.#mutex.runExclusive(async () => {`,
    ],
  ),
};

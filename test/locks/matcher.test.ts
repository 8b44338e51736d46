import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import type { LockModel } from '../../src/index.js';
import { fixturesFolder, FixtureProgram } from '../support/fixtures.js';
import { classifiedIn, matcherOf, matcherOfSources, operationsOf, readsOf } from './support.js';

/** A flag and a queue of resolvers, with two questions. */
const handWritten = `class Lock {
  #held = false;
  #waiting: (() => void)[] = [];
  get locked(): boolean { return this.#held; }
  async waitForUnlock(): Promise<void> { while (this.#held) await new Promise<void>((resolve) => this.#waiting.push(resolve)); }
  async acquire(): Promise<void> {
    if (this.#held) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#held = true;
  }
  release(): void {
    const next = this.#waiting.shift();
    if (next) next(); else this.#held = false;
  }
}`;

function operations(source: string, locks: readonly LockModel[] = []): string[] {
  return operationsOf(matcherOfSources({ 'a.ts': source }, { locks }), 'a.ts');
}

describe('calls of libraries in the fixtures', () => {
  it('perform the operations of the golden file', async () => {
    const matched = matcherOf(new FixtureProgram().program);
    const files = readdirSync(join(fixturesFolder, 'catalogue')).filter((name) => name.endsWith('.ts'));
    const sections = files.map((name) => [name, ...operationsOf(matched, `catalogue/${name}`).map((line) => `  ${line}`)].join('\n'));
    await expect(`${sections.join('\n')}\n`).toMatchFileSnapshot('golden/operations.txt');
  });
});

describe('ways to hold a lock', () => {
  it('renamed imports, namespaces and destructuring', () => {
    expect(
      operations(`
        import { Mutex as M } from 'async-mutex';
        import * as mutexes from 'async-mutex';
        class Store {
          private mutex = new M();
          private other: mutexes.Mutex;
          constructor() { this.other = new mutexes.Mutex(); }
          async save() {
            const { mutex, other: second } = this;
            await mutex.runExclusive(async () => 1);
            (await second.acquire())();
            const alias = this.mutex;
            await alias.runExclusive(async () => 1);
          }
        }`),
    ).toEqual(['run exclusive mutex', 'acquire exclusive second, by call, scoped runExclusive', 'run exclusive alias']);
  });

  it('subclasses, their base and their permits', () => {
    expect(
      operations(`
        import { Mutex, Semaphore } from 'async-mutex';
        class Named extends Mutex {
          async twice() { await this.runExclusive(async () => 1); await super.runExclusive(async () => 1); }
        }
        class Single extends Semaphore { constructor() { super(1); } }
        class Plain extends Semaphore {}
        export async function use(named: Named) {
          await named.runExclusive(async () => 1);
          await new Single().runExclusive(async () => 1);
          await new Plain(1).runExclusive(async () => 1);
          await new Plain(2).runExclusive(async () => 1);
        }`),
    ).toEqual([
      'run exclusive this',
      'run exclusive super',
      'run exclusive named',
      'run exclusive new Single()',
      'run exclusive new Plain(1)',
      'run counting new Plain(2)',
    ]);
  });

  it('wrapped locks keep their permits, and a wrapper on the spot is seen through', () => {
    expect(
      operations(`
        import { Mutex, Semaphore, tryAcquire, withTimeout } from 'async-mutex';
        const patient = withTimeout(new Mutex(), 100);
        const single = withTimeout(new Semaphore(1), 100);
        const several = withTimeout(new Semaphore(2), 100);
        export async function use() {
          (await patient.acquire())();
          await single.runExclusive(async () => 1);
          await several.runExclusive(async () => 1);
          await tryAcquire(patient).runExclusive(async () => 1);
        }`),
    ).toEqual([
      'acquire exclusive patient, by call, scoped runExclusive',
      'run exclusive single',
      'run counting several',
      'run exclusive patient',
    ]);
  });

  it('parameters, optional fields, generics, getters, maps and utility types', () => {
    expect(
      operations(`
        import { Mutex } from 'async-mutex';
        class Holder<T extends Mutex> {
          maybe?: Mutex;
          byKey = new Map<string, Mutex>();
          constructor(private readonly given: T, readonly part: Pick<Mutex, 'acquire' | 'release'>) {}
          get mutex() { return this.given; }
          async all(key: string, either: Mutex | null) {
            await this.maybe?.runExclusive(async () => 1);
            await this.byKey.get(key)!.runExclusive(async () => 1);
            await this.given.runExclusive(async () => 1);
            await this.mutex.runExclusive(async () => 1);
            (await this.part.acquire())();
            await either?.runExclusive(async () => 1);
            await (this.maybe ??= new Mutex()).runExclusive(async () => 1);
          }
        }`),
    ).toEqual([
      'run exclusive this.maybe',
      'run exclusive this.byKey.get(key)!',
      'run exclusive this.given',
      'run exclusive this.mutex',
      'acquire exclusive this.part, by call, scoped runExclusive',
      'run exclusive either',
      'run exclusive (this.maybe ??= new Mutex())',
    ]);
  });

  it('locks and limits of other files', () => {
    const matched = matcherOfSources({
      'locks.ts': `
        import { Semaphore } from 'async-mutex';
        import pLimit, { type LimitFunction } from 'p-limit';
        export const single = new Semaphore(1);
        export const limit = pLimit(1);
        export { lock } from 'proper-lockfile';
        export class Jobs { constructor(readonly limit: LimitFunction) {} }`,
      'use.ts': `
        import { Jobs, limit as one, lock, single } from './locks.js';
        export async function use(jobs: Jobs) {
          await single.runExclusive(async () => 1);
          await one(async () => 1);
          await jobs.limit(async () => 1);
          await (await lock('a'))();
        }`,
    });
    expect(operationsOf(matched, 'use.ts')).toEqual([
      'run exclusive single',
      'run exclusive one',
      'run counting jobs.limit',
      "acquire exclusive (proper-lockfile)['a'], by call",
    ]);
  });
});

describe('packages without types', () => {
  it('are known by their imports', () => {
    expect(
      operations(`
        import Redlock from 'redlock';
        import { Mutex, Semaphore } from 'redis-semaphore';
        import mutexify from 'mutexify/promise';
        import AwaitMutex = require('await-mutex');
        import PQueue from 'p-queue';
        import * as rw from 'async-rwlock';
        declare const redis: unknown;
        const redlock = new Redlock([redis]);
        const lock = mutexify();
        const mutex = new AwaitMutex();
        const queue = new PQueue({ concurrency: 1 });
        const unlimited = new PQueue();
        const pair = new rw.RWLock();
        export async function use(key: string) {
          const handle = await redlock.acquire([key], 5000);
          await handle.release();
          await redlock.using([key], 5000, async () => 1);
          const held = new Mutex(redis, key);
          if (await held.tryAcquire()) await held.release();
          await new Semaphore(redis, key, 1).acquire();
          (await lock())();
          (await mutex.lock())();
          await queue.add(async () => 1);
          await unlimited.add(async () => 1);
          await pair.writeLock();
          pair.unlock();
        }`),
    ).toEqual([
      'acquire exclusive redlock[[key]], by result.release|unlock, scoped using',
      'run exclusive redlock[[key]]',
      'acquire exclusive held, by lock.release, unless false',
      'release any held, asynchronous',
      'acquire exclusive new Semaphore(redis, key, 1), by lock.release',
      'acquire exclusive lock, by call',
      'acquire exclusive mutex, by call',
      'run exclusive queue',
      'run counting unlimited',
      'acquire exclusive pair, by lock.unlock, shared readLock',
      'release any pair',
    ]);
  });

  it('of classes that packages declare under the name of a lock, by the words for running under it', () => {
    const matched = matcherOfSources({
      'tools.d.ts': `declare module 'some-tools' {
        export class AsyncMutex { exclusiveRun<T>(work: () => Promise<T>): Promise<T>; describe(work: () => Promise<void>): Promise<void> }
        export class Gate { exclusiveRun<T>(work: () => Promise<T>): Promise<T> }
      }`,
      'a.ts': `
        import { AsyncMutex, Gate } from 'some-tools';
        const mutex = new AsyncMutex();
        const gate = new Gate();
        export async function save() {
          await mutex.exclusiveRun(async () => 1);
          await mutex.describe(async () => {});
          await gate.exclusiveRun(async () => 1);
        }`,
    });
    expect(operationsOf(matched, 'a.ts')).toEqual(['run exclusive mutex']);
  });

  it('also through fields, annotations, require and ambient modules', () => {
    const matched = matcherOfSources({
      'teslabot.d.ts': "declare module 'teslabot' { export class AsyncLock { inLock<T>(fn: () => Promise<T>): Promise<T> } }",
      'a.ts': `
        import { Mutex } from 'redis-semaphore';
        import { AsyncLock } from 'teslabot';
        declare function require(name: string): any;
        const { AsyncQueue } = require('@sapphire/async-queue');
        class Store {
          private queue = new AsyncQueue();
          constructor(private mutex: Mutex, private readonly tesla: AsyncLock) {}
          async save() {
            await this.mutex.acquire();
            await this.mutex.release();
            await this.queue.wait();
            this.queue.shift();
            await this.tesla.inLock(async () => 1);
          }
        }`,
    });
    expect(operationsOf(matched, 'a.ts')).toEqual([
      'acquire exclusive this.mutex, by lock.release',
      'release any this.mutex, asynchronous',
      'acquire exclusive this.queue, by lock.shift',
      'release any this.queue',
      'run exclusive this.tesla',
    ]);
  });

  it('and the ambient lock manager by the expression that reaches it', () => {
    expect(
      operations(`
        declare const navigator: any;
        declare const name: string;
        export async function use(client: { request(name: string, fn: () => void): void }, options: { mode: 'shared' }) {
          await navigator.locks.request(name, async () => 1);
          await navigator.locks.request(name, options, async () => 1);
          client.request(name, () => {});
        }`),
    ).toEqual([
      "run exclusive navigator.locks[name], shared request { mode: 'shared' }",
      'run exclusive navigator.locks[name]',
    ]);
  });
});

describe('packages that are not installed', () => {
  it.each([
    ['knex', "import knex from 'knex'; const db = knex({}); export const use = () => db.transaction();", 'acquire counting db, by result.commit|rollback'],
    ['knex', "import { Knex } from 'knex'; export const use = (db: Knex) => db.transaction(async () => 1);", 'run counting db'],
    ['sequelize', "import { Sequelize } from 'sequelize'; const db = new Sequelize(); export const use = () => db.transaction({ type: 1 });", 'acquire counting db, by result.commit|rollback'],
    ['sequelize', "import { Sequelize } from 'sequelize'; const db = new Sequelize(); export const use = () => db.transaction({ type: 1 }, async () => 1);", 'run counting db'],
    ['mysql2', "import mysql from 'mysql2/promise'; const pool = mysql.createPool({}); export const use = () => pool.getConnection();", 'acquire counting pool, by result.release|destroy|end|close'],
    ['node-core-library', "import { LockFile } from '@rushstack/node-core-library'; export const use = () => LockFile.acquireAsync('a', 'b');", "acquire exclusive (@rushstack/node-core-library)['b'], by result.release"],
    ['read-write-mutexify', "import Lock from 'read-write-mutexify'; const lock = new Lock(); export const use = () => lock.read.lock();", 'acquire shared lock, by lock.read.unlock'],
    ['node:fs', "import { promises as fs } from 'node:fs'; export const use = () => fs.open('a');", 'acquire counting (node:fs), by result.close|[Symbol.asyncDispose], disposable'],
    ['etcd3', "import type { Lock } from 'etcd3'; export const use = (lock: Lock) => lock.acquire();", 'acquire exclusive lock, by lock.release, scoped do'],
  ])('%s', (_name, source, expected) => {
    expect(operations(source)).toEqual([expected]);
  });

  it('a batch is no callback', () => {
    expect(operations("import { PrismaClient } from '@prisma/client'; const db = new PrismaClient(); export const use = () => db.$transaction([db.a()]);")).toEqual([]);
  });
});

describe('calls that are no lock operations', () => {
  it.each([
    ['another class of the package', "import { RateLimit } from 'async-sema'; const gate = RateLimit(1); export const use = () => gate();"],
    ['members of another object', "import { Mutex } from 'async-mutex'; export const mutex = new Mutex(); export function use(a: { acquire(): void; release(): void }) { a.acquire(); a.release(); }"],
    ['an untyped object', "import { Mutex } from 'async-mutex'; export const mutex = new Mutex(); export const use = (a: any) => a.acquire();"],
    ['a cancellation', "import { Mutex } from 'async-mutex'; export const mutex = new Mutex(); export const use = () => mutex.cancel();"],
    ['a section without a callback', "import PQueue from 'p-queue'; const queue = new PQueue({ concurrency: 1 }) as any; export const use = () => queue.add();"],
    ['a name like a member of every object', "import { Mutex } from 'async-mutex'; export const mutex = new Mutex(); export const use = () => mutex.toString();"],
    ['a set beside a queue', "import PQueue from 'p-queue'; export const queue = new PQueue(); export const use = (names: Set<string>) => names.add('a');"],
  ])('%s', (_name, source) => {
    expect(operations(source)).toEqual([]);
  });
});

describe('questions about a lock', () => {
  it.each([
    ['a method', "import { Mutex } from 'async-mutex'; const mutex = new Mutex(); export const use = () => mutex.isLocked();", 'query mutex'],
    ['a function of a module', "import { check } from 'proper-lockfile'; export const use = () => check('a');", "query (proper-lockfile)['a']"],
    ['a wait', "import { Mutex } from 'async-mutex'; const mutex = new Mutex(); export const use = () => mutex.waitForUnlock();", 'wait mutex'],
    ['a wait of a lock of the program', `${handWritten} const lock = new Lock(); export const use = () => lock.waitForUnlock();`, 'wait lock'],
  ])('%s', (_name, source, expected) => {
    expect(operations(source)).toContain(expected);
  });

  it.each([
    ['a property of a library', "import AwaitLock from 'await-lock'; const lock = new AwaitLock(); export const use = () => lock.acquired;"],
    ['a getter of the program', `${handWritten} const lock = new Lock(); export const use = () => lock.locked;`],
  ])('%s', (_name, source) => {
    const matched = matcherOfSources({ 'a.ts': source });
    expect(readsOf(matched, 'a.ts').map(({ lock }) => lock?.getText())).toEqual(['lock']);
  });
});

describe('what is known of an acquire', () => {
  it.each([
    ['waits for ever', "import { Mutex } from 'es-toolkit'; const lock = new Mutex(); export const use = () => lock.acquire();", { failure: 'never', timed: false }],
    ['may be cancelled', "import { Mutex } from 'async-mutex'; const lock = new Mutex(); export const use = () => lock.acquire();", { failure: 'cancelled', timed: false }],
    ['is bounded by a wrapper', "import { Mutex, withTimeout } from 'async-mutex'; const lock = withTimeout(new Mutex(), 5); export const use = () => lock.acquire();", { failure: 'rejects', timed: true }],
    ['is bounded by an argument', "import AwaitLock from 'await-lock'; const lock = new AwaitLock(); export const use = () => lock.acquireAsync({ timeout: 5 });", { failure: 'rejects', timed: true }],
    ['is not bounded without it', "import AwaitLock from 'await-lock'; const lock = new AwaitLock(); export const use = () => lock.acquireAsync();", { failure: 'never', timed: false }],
    ['may have to be released once', "import AwaitLock from 'await-lock'; const lock = new AwaitLock(); export const use = () => lock.acquireAsync();", { reentrant: false, release: { kind: 'lock-member', members: ['release'], asynchronous: false, again: 'admits' } }],
    ['is released by a promise', "import { lock } from 'proper-lockfile'; export const use = () => lock('a');", { release: { kind: 'call-result', asynchronous: true, again: 'fails' } }],
    ['is one of the program', `${handWritten} const lock = new Lock(); export const use = () => lock.acquire();`, { reentrant: false, failure: undefined, release: { kind: 'lock-member', members: ['release'], asynchronous: false, again: 'admits' } }],
  ])('%s', (_name, source, expected) => {
    const matched = matcherOfSources({ 'a.ts': source });
    expect(classifiedIn(matched, 'a.ts').find(({ kind }) => kind === 'acquire')).toMatchObject(expected);
  });
});

describe('models of the user', () => {
  const local: LockModel = {
    package: '(local)',
    versions: '',
    source: '',
    exports: [{ name: 'Barrier', members: { pass: { does: 'run', callback: 0 }, close: { does: 'acquire', release: { by: 'lock-member', members: ['open'] } }, open: { does: 'release' } } }],
  };

  it('speak of classes of the program by name', () => {
    const source = `
      export class Barrier { declare pass: (fn: () => void) => Promise<void>; async close() {} open() {} }
      export async function use(barrier: Barrier) { await barrier.close(); barrier.open(); await barrier.pass(() => {}); }`;
    expect(operations(source, [local])).toEqual(['acquire exclusive barrier, by lock.open', 'release any barrier', 'run exclusive barrier']);
    expect(operations(source)).toEqual([]);
  });

  it('speak of classes of one module by its path', () => {
    const sources = {
      'a.ts': 'export class Barrier { async close() {} open() {} }',
      'b.ts': 'export class Barrier { async close() {} open() {} }',
      'use.ts': `
        import { Barrier } from './a.js';
        import { Barrier as Other } from './b.js';
        export async function use(one: Barrier, other: Other) { await one.close(); await other.close(); }`,
    };
    const matched = matcherOfSources(sources, { locks: [{ ...local, package: './a.js' }] });
    expect(operationsOf(matched, 'use.ts')).toEqual(['acquire exclusive one, by lock.open']);
  });

  it('come before those of the catalogue', () => {
    const mine: LockModel = { package: 'async-mutex', versions: '', source: '', exports: [{ name: 'Mutex', members: { runExclusive: { does: 'run', mode: 'shared', callback: 0 } } }] };
    const source = "import { Mutex } from 'async-mutex'; const mutex = new Mutex(); export const use = () => mutex.runExclusive(async () => 1);";
    expect(operations(source, [mine])).toEqual(['run shared mutex']);
  });
});

describe('the matcher asks little', () => {
  it('tells by the text which files cannot hold lock operations', () => {
    const matched = matcherOfSources({
      'a.ts': "import { Mutex } from 'async-mutex'; export const mutex = new Mutex(); export const use = () => mutex.runExclusive(async () => 1);",
      'b.ts': 'export const use = (acquired: number) => acquired;',
    });
    expect(matched.matcher.mayContainLocks(matched.file('in-memory/a.ts'))).toBe(true);
    expect(matched.matcher.mayContainLocks(matched.file('in-memory/b.ts'))).toBe(false);
  });

  it('asks nothing in a program without locks', () => {
    const matched = matcherOfSources({
      'a.ts': 'export async function use(a: { acquire(): void; add(n: number): void; read(): void }) { a.acquire(); a.add(1); a.read(); }',
    });
    expect(operationsOf(matched, 'a.ts')).toEqual([]);
    expect(matched.asked()).toBe(0);
    expect(matched.matcher.mayContainLocks(matched.file('in-memory/a.ts'))).toBe(false);
  });

  it('asks nothing for a call that it has answered', () => {
    const matched = matcherOfSources({
      'a.ts': "import { Mutex } from 'async-mutex'; const mutex = new Mutex(); export const use = () => mutex.runExclusive(async () => 1);",
    });
    operationsOf(matched, 'a.ts');
    const before = matched.asked();
    expect(operationsOf(matched, 'a.ts')).toHaveLength(1);
    expect(matched.asked()).toBe(before);
  });
});

describe('createsLock', () => {
  it.each([
    ["import { Mutex } from 'async-mutex'; export const it = new Mutex();", true],
    ["import { Mutex, withTimeout } from 'async-mutex'; export const it = withTimeout(new Mutex(), 10);", true],
    ["import { Mutex, tryAcquire } from 'async-mutex'; declare const mutex: Mutex; export const it = tryAcquire(mutex);", false],
    ["import pLimit from 'p-limit'; export const it = pLimit(1);", true],
    ["import mortice from 'mortice'; export const it = mortice();", false],
    ["import { Mutex } from 'redis-semaphore'; declare const redis: any; export const it = new Mutex(redis, 'key');", false],
    ['class Mutex { tail: Promise<unknown> = Promise.resolve(); run(fn: () => Promise<void>) { this.tail = this.tail.then(fn); return this.tail; } } export const it = new Mutex();', true],
    ['export const it = new Map();', false],
    ['declare function make(): unknown; export const it = make();', false],
    ["import { Mutex } from 'async-mutex'; declare const mutex: Mutex; export const it = mutex;", false],
  ])('%s', (source, expected) => {
    const matched = matcherOfSources({ 'a.ts': source });
    const initializers: ts.Expression[] = [];
    const walk = (node: ts.Node): void => {
      if (ts.isVariableDeclaration(node) && node.name.getText() === 'it' && node.initializer !== undefined) initializers.push(node.initializer);
      ts.forEachChild(node, walk);
    };
    walk(matched.file('in-memory/a.ts'));
    expect(initializers.map((initializer) => matched.matcher.createsLock(initializer))).toEqual([expected]);
  });
});

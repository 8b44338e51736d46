import { describe, expect, it } from 'vitest';
import { matcherOfSources, operationsOf } from './support.js';

function operations(source: string): string[] {
  return operationsOf(matcherOfSources({ 'a.ts': source }), 'a.ts');
}

describe('classes that are locks by their bodies', () => {
  it('a tail of promises that hands out the releaser', () => {
    expect(
      operations(`
        class Turnstile {
          private tail: Promise<void> = Promise.resolve();
          acquire(): Promise<() => void> {
            let free!: () => void;
            const mine = new Promise<void>((resolve) => { free = resolve; });
            const result = this.tail.then(() => free);
            this.tail = this.tail.then(() => mine);
            return result;
          }
          async runExclusive<T>(work: () => Promise<T>): Promise<T> {
            const release = await this.acquire();
            try { return await work(); } finally { release(); }
          }
        }
        const turnstile = new Turnstile();
        export async function use() {
          const release = await turnstile.acquire();
          release();
          await turnstile.runExclusive(async () => 1);
        }`),
    ).toEqual([
      'acquire exclusive this, by call, scoped runExclusive',
      'acquire exclusive turnstile, by call, scoped runExclusive',
      'run exclusive turnstile',
    ]);
  });

  it('the same without a single type annotation', () => {
    expect(
      operations(`
        class Turnstile {
          tail = Promise.resolve();
          async acquire() {
            const before = this.tail;
            let free = () => {};
            this.tail = new Promise((resolve) => { free = resolve; });
            await before;
            return free;
          }
        }
        export async function use(turnstile: Turnstile) { (await turnstile.acquire())(); }`),
    ).toEqual(['acquire exclusive turnstile, by call']);
  });

  it('a callback appended to a tail, under any name', () => {
    expect(
      operations(`
        export class Writer {
          #tail: Promise<unknown> = Promise.resolve();
          append<T>(task: () => Promise<T>): Promise<T> {
            const next = this.#tail.then(task, task);
            this.#tail = next.catch(() => undefined);
            return next;
          }
          async save() { await this.append(async () => 1); }
        }`),
    ).toEqual(['run exclusive this']);
  });

  it('a callback between the old tail and the new one', () => {
    expect(
      operations(`
        class Sequencer {
          private current: Promise<unknown> = Promise.resolve();
          async queue<T>(fn: () => Promise<T>): Promise<T> {
            const previous = this.current;
            let done!: () => void;
            this.current = new Promise<void>((resolve) => (done = resolve));
            await previous;
            try { return await fn(); } finally { done(); }
          }
        }
        export const run = (sequencer: Sequencer) => sequencer.queue(async () => 1);`),
    ).toEqual(['run exclusive sequencer']);
  });

  it('tails by key', () => {
    expect(
      operations(`
        class ByKey {
          private tails = new Map<string, Promise<unknown>>();
          run<T>(key: string, task: () => Promise<T>): Promise<T> {
            const previous = this.tails.get(key) ?? Promise.resolve();
            const next = previous.catch(() => {}).then(() => task());
            this.tails.set(key, next);
            return next;
          }
        }
        export const go = (locks: ByKey, id: string) => locks.run(id, async () => 1);`),
    ).toEqual(['run exclusive locks[id]']);
  });

  it('a queue of resolvers that hands the lock over', () => {
    expect(
      operations(`
        class Gatekeeper {
          private held = false;
          private waiting: (() => void)[] = [];
          async lock(): Promise<void> {
            if (!this.held) { this.held = true; return; }
            await new Promise<void>((resolve) => this.waiting.push(resolve));
          }
          unlock(): void {
            const next = this.waiting.shift();
            if (next) next(); else this.held = false;
          }
          tryLock(): boolean {
            if (this.held) return false;
            this.held = true;
            return true;
          }
        }
        export async function use(keeper: Gatekeeper) {
          await keeper.lock();
          keeper.unlock();
          if (keeper.tryLock()) keeper.unlock();
        }`),
    ).toEqual([
      'acquire exclusive keeper, by lock.unlock',
      'release any keeper',
      'acquire exclusive keeper, by lock.unlock, unless false, synchronous',
      'release any keeper',
    ]);
  });

  it('a flag that is waited for in a loop', () => {
    expect(
      operations(`
        declare function sleep(ms: number): Promise<void>;
        class Spin {
          private busy = false;
          async acquire() {
            while (this.busy) await sleep(10);
            this.busy = true;
          }
          release() { this.busy = false; }
        }
        export async function use(spin: Spin) { await spin.acquire(); spin.release(); }`),
    ).toEqual(['acquire exclusive spin, by lock.release', 'release any spin']);
  });

  it('a drain loop', () => {
    expect(
      operations(`
        class Jobs {
          private running = false;
          private jobs: { run: () => Promise<void>; done: () => void }[] = [];
          enqueue(run: () => Promise<void>): Promise<void> {
            return new Promise((done) => { this.jobs.push({ run, done }); void this.drain(); });
          }
          private async drain() {
            if (this.running) return;
            this.running = true;
            while (this.jobs.length > 0) {
              const job = this.jobs.shift();
              await job?.run();
              job?.done();
            }
            this.running = false;
          }
        }
        export const go = (jobs: Jobs) => jobs.enqueue(async () => {});`),
    ).toEqual(['run exclusive jobs']);
  });

  it('a semaphore by the permits it is made with', () => {
    expect(
      operations(`
        class Semaphore {
          private waiting: (() => void)[] = [];
          constructor(private permits: number) {}
          async acquire(): Promise<() => void> {
            if (this.permits > 0) this.permits--;
            else await new Promise<void>((resolve) => this.waiting.push(resolve));
            return () => this.release();
          }
          private release() {
            const next = this.waiting.shift();
            if (next) next(); else this.permits++;
          }
        }
        const one = 1;
        const single = new Semaphore(1);
        const named = new Semaphore(one);
        const several = new Semaphore(3);
        export async function use(unknown: Semaphore) {
          (await single.acquire())(); (await named.acquire())(); (await several.acquire())(); (await unknown.acquire())();
        }`),
    ).toEqual([
      'release any this',
      'acquire exclusive single, by call',
      'acquire exclusive named, by call',
      'acquire counting several, by call',
      'acquire counting unknown, by call',
    ]);
  });

  it('a count of holders under any name', () => {
    const places = (constructor: string): string => `
      class Places {
        private waiting: (() => void)[] = [];
        ${constructor}
        async acquire(): Promise<void> {
          if (this.left > 0) { this.left -= 1; return; }
          await new Promise<void>((resolve) => this.waiting.push(resolve));
        }
        release(): void { const next = this.waiting.shift(); if (next) next(); else this.left += 1; }
      }
      const one = new Places(1);
      const two = new Places(2);
      export async function use() { await one.acquire(); await two.acquire(); }`;
    const expected = ['acquire exclusive one, by lock.release', 'acquire counting two, by lock.release'];
    expect(operations(places('constructor(private left: number) {}'))).toEqual(expected);
    expect(operations(places('private left: number; constructor(seats: number) { this.left = seats; }'))).toEqual(expected);
  });

  it('a readers-writer lock with sections and pairs', () => {
    expect(
      operations(`
        class RWLock {
          private readers = 0;
          private writing = false;
          private waiting: (() => void)[] = [];
          async acquireRead(): Promise<void> {
            while (this.writing) await new Promise<void>((resolve) => this.waiting.push(resolve));
            this.readers++;
          }
          releaseRead(): void { this.readers--; this.wake(); }
          async acquireWrite(): Promise<void> {
            while (this.writing || this.readers > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
            this.writing = true;
          }
          releaseWrite(): void { this.writing = false; this.wake(); }
          private wake(): void { for (const next of this.waiting.splice(0)) next(); }
          async withRead<T>(fn: () => Promise<T>): Promise<T> {
            await this.acquireRead();
            try { return await fn(); } finally { this.releaseRead(); }
          }
          async withWrite<T>(fn: () => Promise<T>): Promise<T> {
            await this.acquireWrite();
            try { return await fn(); } finally { this.releaseWrite(); }
          }
        }
        export async function use(lock: RWLock) {
          await lock.acquireRead(); lock.releaseRead();
          await lock.acquireWrite(); lock.releaseWrite();
          await lock.withRead(async () => 1); await lock.withWrite(async () => 1);
        }`),
    ).toEqual([
      'acquire shared this, by lock.releaseRead, scoped withRead',
      'release shared this',
      'acquire exclusive this, by lock.releaseWrite, scoped withWrite, shared acquireRead',
      'release exclusive this',
      'acquire shared lock, by lock.releaseRead, scoped withRead',
      'release shared lock',
      'acquire exclusive lock, by lock.releaseWrite, scoped withWrite, shared acquireRead',
      'release exclusive lock',
      'run shared lock',
      'run exclusive lock, shared withRead',
    ]);
  });

  it('read() and write() that resolve to a releaser, in a class named after a lock', () => {
    expect(
      operations(`
        class ReadWriteLock {
          private tail: Promise<unknown> = Promise.resolve();
          async read(): Promise<() => void> { return this.enter(); }
          async write(): Promise<() => void> { return this.enter(); }
          private async enter(): Promise<() => void> {
            let free!: () => void;
            const before = this.tail;
            this.tail = new Promise<void>((resolve) => { free = resolve; });
            await before;
            return free;
          }
        }
        export async function use(lock: ReadWriteLock) { (await lock.write())(); (await lock.read())(); }`),
    ).toEqual([
      'acquire exclusive this, by call',
      'acquire exclusive this, by call',
      'acquire exclusive lock, by call, shared read',
      'acquire shared lock, by call',
    ]);
  });

  it('a disposable guard', () => {
    expect(
      operations(`
        class Guard { constructor(private free: () => void) {} [Symbol.dispose]() { this.free(); } }
        class Mutex {
          private queue: (() => void)[] = [];
          private locked = false;
          async acquire(): Promise<Guard> {
            if (this.locked) await new Promise<void>((resolve) => this.queue.push(resolve));
            else this.locked = true;
            return new Guard(() => { const next = this.queue.shift(); if (next) next(); else this.locked = false; });
          }
        }
        export async function use(mutex: Mutex) { using guard = await mutex.acquire(); }`),
    ).toEqual(['acquire exclusive mutex, by result.[Symbol.dispose], disposable']);
  });

  it('an object that a factory returns', () => {
    expect(
      operations(`
        function createMutex() {
          let tail: Promise<unknown> = Promise.resolve();
          return {
            runExclusive<T>(fn: () => Promise<T>): Promise<T> {
              const next = tail.then(fn, fn);
              tail = next;
              return next;
            },
          };
        }
        const mutex = createMutex();
        export const go = () => mutex.runExclusive(async () => 1);`),
    ).toEqual(['run exclusive mutex']);
  });

  it('a function over a tail of its module, also from another file', () => {
    const matched = matcherOfSources({
      'lock.ts': `
        let tail: Promise<unknown> = Promise.resolve();
        export function withStoreLock<T>(fn: () => Promise<T>): Promise<T> {
          const next = tail.then(fn, fn);
          tail = next.catch(() => undefined);
          return next;
        }`,
      'use.ts': `
        import { withStoreLock as locked } from './lock.js';
        export const go = () => locked(async () => 1);`,
    });
    expect(operationsOf(matched, 'use.ts')).toEqual(['run exclusive (locked)']);
  });

  it('an interface by its name and its members', () => {
    expect(
      operations(`
        interface AsyncMutex {
          acquire(): Promise<void>;
          release(): void;
          runExclusive<T>(fn: () => Promise<T>): Promise<T>;
        }
        export async function use(mutex: AsyncMutex) {
          await mutex.acquire(); mutex.release(); await mutex.runExclusive(async () => 1);
        }`),
    ).toEqual(['acquire exclusive mutex, by lock.release, scoped runExclusive', 'release any mutex', 'run exclusive mutex']);
  });

  it('a subclass and a lock in a lock', () => {
    expect(
      operations(`
        class Mutex {
          private tail: Promise<unknown> = Promise.resolve();
          run<T>(fn: () => Promise<T>): Promise<T> { const next = this.tail.then(fn, fn); this.tail = next; return next; }
        }
        class NamedMutex extends Mutex { constructor(readonly name: string) { super(); } }
        class KeyedMutex {
          private mutexes = new Map<string, Mutex>();
          private mutexOf(key: string): Mutex { let mutex = this.mutexes.get(key); if (!mutex) this.mutexes.set(key, (mutex = new Mutex())); return mutex; }
          run<T>(key: string, fn: () => Promise<T>): Promise<T> { return this.mutexOf(key).run(fn); }
        }
        export const go = (mutex: NamedMutex) => mutex.run(async () => 1);`),
    ).toEqual(['run exclusive this.mutexOf(key)', 'run exclusive mutex']);
  });
});

describe('a pool that hands out objects', () => {
  it('is owed what it hands out, and excludes nobody', () => {
    expect(
      operations(`
        interface Connection { query(): Promise<void>; release(): void }
        class ConnectionPool {
          private free: Connection[] = [];
          private waiting: ((connection: Connection) => void)[] = [];
          async acquire(): Promise<Connection> {
            const connection = this.free.pop();
            if (connection) return connection;
            return new Promise((resolve) => this.waiting.push(resolve));
          }
          release(connection: Connection): void {
            const next = this.waiting.shift();
            if (next) next(connection); else this.free.push(connection);
          }
        }
        export async function use(pool: ConnectionPool) { const connection = await pool.acquire(); pool.release(connection); }`),
    ).toEqual(['acquire counting pool, by lock.release', 'release any pool']);
  });
});

describe('classes that are no locks', () => {
  it.each([
    ['a door', 'class DoorLock { constructor(private device: { send(word: string): Promise<void> }) {} async lock(): Promise<void> { await this.device.send("lock"); } async unlock(): Promise<void> { await this.device.send("unlock"); } } export async function use(it: DoorLock) { await it.lock(); await it.unlock(); }'],
    ['a wake lock', 'class WakeLock { private sentinel: unknown; async acquire(): Promise<void> { this.sentinel = await Promise.resolve(1); } async release(): Promise<void> { this.sentinel = undefined; } } export async function use(it: WakeLock) { await it.acquire(); await it.release(); }'],
    ['a field that freezes', 'class Form { private frozen = false; lock(): void { this.frozen = true; } unlock(): void { this.frozen = false; } async send() { await Promise.resolve(); } } export function use(it: Form) { it.lock(); it.unlock(); }'],
    ['an event', 'class Signal { private waiting: (() => void)[] = []; wait(): Promise<void> { return new Promise((resolve) => { this.waiting.push(resolve); }); } signal(): void { this.waiting.shift()?.(); } } export async function use(it: Signal) { await it.wait(); it.signal(); }'],
    ['a channel', 'class Channel { private items: number[] = []; private waiting: ((item: number) => void)[] = []; async take(): Promise<number> { const item = this.items.shift(); return item ?? new Promise((resolve) => this.waiting.push(resolve)); } release(item: number): void { const next = this.waiting.shift(); if (next) next(item); else this.items.push(item); } } export async function use(it: Channel) { it.release(await it.take()); }'],
    ['a single flight', 'class Loader { private pending?: Promise<number>; load(fetch: () => Promise<number>): Promise<number> { this.pending ??= fetch().finally(() => { this.pending = undefined; }); return this.pending; } } export const use = (it: Loader) => it.load(async () => 1);'],
    ['a retry loop', 'class Retry { private attempts = 0; async run(fn: () => Promise<void>): Promise<void> { while (this.attempts < 3) { await fn(); this.attempts++; } this.attempts = 0; } } export const use = (it: Retry) => it.run(async () => {});'],
    ['a thenable', 'class Chain { private promise: Promise<unknown> = Promise.resolve(); then(fn: () => Promise<void>): this { this.promise = this.promise.then(fn); return this; } } export const use = (it: Chain) => it.then(async () => {});'],
    ['a runner', 'class Runner { async run(fn: () => Promise<void>): Promise<void> { await Promise.resolve(); await fn(); } } export const use = (it: Runner) => it.run(async () => {});'],
    ['a file with read and write', 'class Document { async read(): Promise<string> { return ""; } async write(text: string): Promise<void> { await Promise.resolve(text); } } export async function use(it: Document) { await it.write(await it.read()); }'],
  ])('%s', (_name, source) => {
    expect(operations(source)).toEqual([]);
  });

  it('a mutex that awaits before it replaces, which lets all waiters through', () => {
    expect(
      operations(`
        class Mutex {
          private current: Promise<void> | undefined;
          async acquire(): Promise<() => void> {
            if (this.current) await this.current;
            let free!: () => void;
            this.current = new Promise<void>((resolve) => { free = resolve; });
            return free;
          }
        }
        export async function use(mutex: Mutex) { (await mutex.acquire())(); }`),
    ).toEqual([]);
  });

  it('promises by key that are waited for once', () => {
    expect(
      operations(`
        class KeyLock {
          private locks = new Map<string, Promise<void>>();
          async run<T>(key: string, fn: () => Promise<T>): Promise<T> {
            const existing = this.locks.get(key);
            if (existing) { await existing; }
            let done!: () => void;
            this.locks.set(key, new Promise<void>((resolve) => { done = resolve; }));
            try { return await fn(); } finally { this.locks.delete(key); done(); }
          }
        }
        export const go = (locks: KeyLock) => locks.run('a', async () => 1);`),
    ).toEqual([]);
  });

  const freedBeforeTheNextIsWoken = (wait: 'if' | 'while'): string[] =>
    operations(`
      class Mutex {
        private locked = false;
        private queue: (() => void)[] = [];
        async acquire(): Promise<void> {
          ${wait} (this.locked) await new Promise<void>((resolve) => this.queue.push(resolve));
          this.locked = true;
        }
        release(): void { this.locked = false; this.queue.shift()?.(); }
      }
      export async function use(mutex: Mutex) { await mutex.acquire(); mutex.release(); }`);

  it('a queue whose lock is freed before the next is woken', () => {
    expect(freedBeforeTheNextIsWoken('if')).toEqual([]);
  });

  it('while the same wait in a loop is right', () => {
    expect(freedBeforeTheNextIsWoken('while')).toEqual(['acquire exclusive mutex, by lock.release', 'release any mutex']);
  });

  it('unrelated members of the same names', () => {
    expect(
      operations(`
        export class Mutex {
          private tail: Promise<unknown> = Promise.resolve();
          run<T>(fn: () => Promise<T>): Promise<T> { const next = this.tail.then(fn, fn); this.tail = next; return next; }
        }
        class Script { async run(fn: () => void): Promise<void> { fn(); } }
        export const go = (script: Script) => script.run(() => {});
        export const untyped = (thing: any) => thing.run(() => {});`),
    ).toEqual([]);
  });
});

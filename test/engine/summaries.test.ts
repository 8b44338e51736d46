/** What is known across functions: where values come from, who claims what, who may run a function, what a call does. */
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { createEngine, presets } from '../../src/index.js';
import type { CallEvent, ReturnEvent } from '../../src/events/event.js';
import { claimsOf } from '../../src/summaries/protocols/claims.js';
import { contextOf } from '../../src/summaries/actors/contexts.js';
import { heldLocks } from '../../src/summaries/locks/held-locks.js';
import { reachingDefinitions, readsBehind, substitute } from '../../src/summaries/effects/provenance.js';
import { summarize } from '../../src/summaries/effects/summary.js';
import { virtualProgram } from '../support/virtual.js';
import { Sample, sourceFileOf } from './support.js';

describe('provenance', () => {
  const sample = new Sample(`
    declare function load(key: string): Promise<string>;
    class C {
      value = 0; other = 0; table = new Map<string, number>();
      direct() { return this.value; }
      local() { const copy = this.value + 1; return copy; }
      chosen(flag: boolean) { let x = this.value; if (flag) x = this.other; return x; }
      replaced() { let x = this.value; x = this.other; return x; }
      looped() { let x = 0; for (const k of [1]) { x = x + this.value; } return x; }
      viaCallee() { return this.local(); }
      element(key: string) { return this.table.get(key); }
      viaElement(id: string) { return this.element(id); }
      size() { return this.table.size; }
      pattern() { const { value, other: renamed } = this; return value + renamed; }
      defaulted(given?: number) { const { x = this.value } = { x: given }; return x; }
      answered() { return load(String(this.value)); }
      async awaited() { return await load(String(this.value)); }
    }
  `);
  const behind = (name: string): string[] => {
    const returns: ReturnEvent[] = sample.events(`C.${name}`, 'return');
    const places = returns.flatMap(({ value }) => (value === undefined ? [] : readsBehind(sample.model, sample.graph(`C.${name}`), value)));
    return [...new Set(places.map((read) => read.place.text))].sort();
  };

  it.each([
    ['direct', ['this.value']],
    ['local', ['this.value']],
    ['chosen', ['this.other', 'this.value']],
    ['replaced', ['this.other']],
    ['looped', ['this.value']],
    ['viaCallee', ['this.value']],
    ['element', ['this.table', 'this.table[key]']],
    ['viaElement', ['this.table', 'this.table[id]']],
    ['size', ['this.table']],
    ['pattern', ['this.other', 'this.value']],
    ['defaulted', ['this.value']],
    ['awaited', []],
  ])('%s comes from %j', (name, expected) => {
    expect(behind(name)).toEqual(expected);
  });

  it('finds the definitions that reach a use', () => {
    const last = sample.events('C.chosen', 'use', 'use x').at(-1);
    const reaching = last === undefined ? [] : reachingDefinitions(sample.graph('C.chosen'), last);
    expect(reaching.map((definition) => definition.node.getText()).sort()).toEqual(['x = this.other', 'x = this.value']);
  });
});

describe('claims', () => {
  const sample = new Sample(`
    declare function load(): Promise<string>;
    class C {
      busy = false; state = 'idle'; running = new Set<string>(); pending: Promise<string> | undefined; value: string | undefined;
      tail: Promise<unknown> = Promise.resolve(); once = false; pendingByKey = new Map<string, Promise<string>>();
      async flag() { if (this.busy) return; this.busy = true; try { await load(); } finally { this.busy = false; } }
      async flagTooLate() { if (this.busy) return; await load(); this.busy = true; }
      async unchecked() { this.busy = true; await load(); }
      async machine() { if (this.state !== 'idle') return; this.state = 'running'; await load(); }
      async set(key: string) { if (this.running.has(key)) return; this.running.add(key); await load(); this.running.delete(key); }
      slot() { this.pending ??= load(); return this.pending; }
      slotOfTask() { return (this.pending ??= (async () => { const v = await load(); this.value = v; return v; })()); }
      keyed(key: string) { let p = this.pendingByKey.get(key); if (p === undefined) { p = load(); this.pendingByKey.set(key, p); } return p; }
      async empties() { if (this.value === undefined) return; this.value = undefined; await load(); }
      async ticket() { const previous = this.tail; let done!: () => void; this.tail = new Promise<void>((resolve) => { done = resolve; }); await previous; this.value = 'mine'; done(); }
    }
  `);
  const claims = (name: string): ReturnType<typeof claimsOf> => claimsOf(sample.model, sample.graph(`C.${name}`));

  it.each([
    ['flag', ['this.busy']],
    ['flagTooLate', []],
    ['unchecked', []],
    ['machine', ['this.state']],
    ['set', ['this.running[key]']],
    ['slot', ['this.pending']],
    ['slotOfTask', ['this.pending']],
    ['keyed', ['this.pendingByKey[key]']],
    ['empties', []],
    ['ticket', []],
  ])('%s claims %j', (name, places) => {
    expect([...claims(name).writes.values()].map((place) => place.text)).toEqual(places);
  });

  it('knows the task that a claim stores', () => {
    expect([...claims('slotOfTask').slots.values()].map((place) => place.text)).toEqual(['this.pending']);
    expect([...claims('slot').calls.values()].map((place) => place.text)).toEqual(['this.pending']);
  });

  it('knows who waits for the predecessor', () => {
    expect([...claims('ticket').tickets.values()].map((place) => place.text)).toEqual(['this.tail']);
    expect(claims('flag').tickets.size).toBe(0);
  });

  it('hold from the write on, until the place is given back', () => {
    const held = heldLocks(sample.model, sample.graph('C.flag'));
    expect(held.isExclusive(sample.event('C.flag', 'suspend'))).toBe(true);
    expect(held.isExclusive(sample.event('C.flag', 'test'))).toBe(false);
    expect(heldLocks(sample.model, sample.graph('C.flagTooLate')).isExclusive(sample.event('C.flagTooLate', 'suspend'))).toBe(false);
  });
});

describe('contexts', () => {
  const sample = new Sample(`
    import { Mutex } from 'async-mutex';
    declare function load(): Promise<void>;
    declare function on(event: string, listener: () => void): void;
    export function exported() {}
    function renamed() {}
    export { renamed as other };
    function helper() {}
    export async function callsHelper() { helper(); }
    function twice() {}
    function fromModule() {}
    fromModule(); twice(); twice();
    function inLoop() {}
    for (const x of [1, 2]) inLoop();
    function unused() {}
    function handedOut() {}
    on('a', handedOut);
    on('b', function listener() {});
    setTimeout(function later() {}, 10);
    setInterval(function tick() {}, 10);
    function unwaited() {}
    void Promise.all([1, 2].map(async function each() { await load(); }));
    export async function outer() {
      const inner = async () => { await load(); };
      await inner();
    }
    class C {
      private readonly mutex = new Mutex();
      private started = false;
      constructor() { this.setUp(); }
      private setUp() {}
      public open() { return this.step(); }
      private step() {}
      locked() { return this.mutex.runExclusive(async () => { await this.underLock(); }); }
      private async underLock() {}
      async sometimesLocked() { await this.mutex.runExclusive(() => this.mixed()); await this.mixed(); }
      private async mixed() {}
      start() { if (this.started) return; this.started = true; void this.poll(); }
      private async poll() { await load(); }
      private recursive() { this.recursive(); }
      begin() { this.recursive(); }
    }
    export { C };
  `, { sequential: ['unused'] });

  it.each([
    ['exported', 'overlapping'],
    ['renamed', 'overlapping'],
    ['helper', 'overlapping'],
    ['callsHelper', 'overlapping'],
    ['fromModule', 'once'],
    ['unused', 'sequential'],
    ['handedOut', 'overlapping'],
    ['listener', 'overlapping'],
    ['later', 'once'],
    ['tick', 'overlapping'],
    ['each', 'overlapping'],
    ['inner', 'overlapping'],
    ['C.constructor', 'once'],
    ['C.setUp', 'once'],
    ['C.open', 'overlapping'],
    ['C.step', 'overlapping'],
    ['C.poll', 'once'],
    ['C.recursive', 'overlapping'],
    ['<module>', 'once'],
  ])('%s runs %s', (name, multiplicity) => {
    expect(contextOf(sample.model, sample.activation(name)).multiplicity).toBe(multiplicity);
  });

  it.each([
    ['C.underLock', ['this.mutex']],
    ['C.mixed', []],
    ['C.step', []],
  ])('%s is always called with %j held', (name, locks) => {
    expect(contextOf(sample.model, sample.activation(name)).held.map((held) => held.lock.text)).toEqual(locks);
  });
});

describe('summaries', () => {
  const sample = new Sample(`
    declare function load(): Promise<number>;
    class Store {
      total = 0; rows = new Map<string, number>();
      put(key: string, value: number) { this.rows.set(key, value); }
      async putLater(key: string) { this.total = 1; const value = await load(); this.rows.set(key, value); }
      isFull() { return this.total > 10; }
      check(key: string) { if (this.rows.has(key)) throw new Error('taken'); }
    }
    class Service {
      store = new Store(); spare = new Store(); count = 0;
      keep(id: string) { this.store.put(id, 1); }
      async addLater(id: string) { await this.store.putLater(id); this.count = 1; }
      async afterWait() { await load(); this.keep('a'); }
      full() { return this.spare.isFull(); }
      mark(other: { level: number }) { other.level = 1; const own = { level: 0 }; own.level = 2; }
      markMine() { this.mark(this.holder); }
      holder = { level: 0 };
      left(n: number) { this.count = n; if (n > 0) this.right(n - 1); }
      right(n: number) { this.store.total = n; this.left(n); }
    }
  `);
  const summary = (name: string): ReturnType<typeof summarize> => summarize(sample.model, sample.function(name));
  const writes = (name: string): string[] => [...new Set(summary(name).writes.map((write) => `${write.place.text} ${write.phase}`))].sort();

  it.each([
    ['Store.put', ['this.rows[key] before']],
    ['Store.putLater', ['this.rows[key] after', 'this.total before']],
    ['Service.keep', ['this.store.rows[id] before']],
    ['Service.addLater', ['this.count after', 'this.store.rows[id] after', 'this.store.total before']],
    ['Service.afterWait', ['this.store.rows.a after']],
    ['Service.mark', ['other.level before']],
    ['Service.markMine', ['this.holder.level before']],
  ])('%s writes %j', (name, expected) => {
    expect(writes(name)).toEqual(expected);
  });

  it('end where functions call each other', () => {
    expect(writes('Service.left')).toContain('this.count before');
    expect(writes('Service.left')).toContain('this.store.total before');
    expect(writes('Service.right')).toContain('this.store.total before');
  });

  it('tell what a result depends on and what is asserted', () => {
    expect(summary('Service.full').returns.map((read) => read.place.text)).toEqual(['this.spare.total']);
    expect(summary('Store.check').asserts.map((read) => read.place.text)).toContain('this.rows[key]');
  });

  it('tell who suspends', () => {
    expect(['Store.put', 'Store.putLater', 'Service.addLater', 'Service.full'].map((name) => summary(name).suspends)).toEqual([false, true, true, false]);
  });

  it('put the receiver and keys of the caller for those of the callee', () => {
    const call: CallEvent = sample.event('Service.keep', 'call', 'call put');
    const callee = sample.function('Store.put');
    const [write] = summary('Store.put').writes;
    expect(write && substitute(sample.model, write.place, callee, call)?.text).toBe('this.store.rows[id]');
  });
});

describe('fingerprints', () => {
  const source = `
    declare function load(): Promise<string>;
    export class Cache {
      value: string | undefined;
      table = new Map<string, string>();
      async get() { if (this.value === undefined) this.value = await load(); return this.value; }
      async find(key: string) { if (!this.table.has(key)) this.table.set(key, await load()); return this.table.get(key); }
    }
  `;
  const prints = (text: string, name = 'sample.ts'): string[] => {
    const program = virtualProgram({ [name]: text });
    return createEngine(ts, program)
      .analyzeFile(sourceFileOf(program, name), presets.all)
      .findings.map((finding) => finding.fingerprint);
  };

  it('tell findings apart', () => {
    expect(new Set(prints(source)).size).toBe(2);
  });

  it('stay when lines move', () => {
    expect(prints(`// a comment\n\n${source.replaceAll('\n', '\n\n')}`)).toEqual(prints(source));
  });

  it('change with the file', () => {
    expect(prints(source, 'other.ts')).not.toEqual(prints(source));
  });
});

/** What is asked of graphs: which tests control a block, and what may come before an event. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeControlDependence } from '../../src/cfg/control-dependence.js';
import { emptyGraph, eventsOf } from '../../src/cfg/graph.js';
import type { Block, Edge, Graph } from '../../src/cfg/graph.js';
import { walkBackward } from '../../src/cfg/walk.js';
import type { Event, TestEvent } from '../../src/events/event.js';
import { formatEvent } from '../../src/cfg/format-event.js';
import { Sample } from './support.js';

const sample = new Sample('async function f() {}');

/** A graph of `size` blocks between entry and exit; a block with two ways out ends in a test. */
function graphOf(successors: readonly (readonly number[])[]): Graph {
  const blocks: Block[] = [...emptyGraph(sample.file).blocks];
  const first = blocks.length;
  successors.forEach((_, index) => blocks.push({ id: first + index, events: [], out: [], in: [], handler: 0 }));
  const connect = (from: Block, to: number, label: Edge['label']): void => {
    const edge: Edge = { from: from.id, to, label };
    from.out.push(edge);
    blocks[to]?.in.push(edge);
  };
  const entry = blocks[3];
  if (entry !== undefined) connect(entry, successors.length === 0 ? 1 : first, 'next');
  successors.forEach((targets, index) => {
    const block = blocks[first + index];
    if (block === undefined) return;
    const distinct = [...new Set(targets)].map((target) => (target >= successors.length ? 1 : first + target));
    const [whenTrue = 1, whenFalse] = distinct;
    if (whenFalse === undefined || whenFalse === whenTrue) {
      connect(block, whenTrue, 'next');
      return;
    }
    const value = { sources: [], node: sample.file };
    block.events.push({ kind: 'test', node: sample.file, value, comparison: undefined, isLoop: false, block: block.id, index: 0 });
    connect(block, whenTrue, 'true');
    connect(block, whenFalse, 'false');
  });
  return { ...emptyGraph(sample.file), blocks };
}

/** Whether the exit can be reached from the block without passing the one that is left out. */
function canEndWithout(graph: Graph, from: number, without: number): boolean {
  const seen = new Set([without]);
  const work = [from];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (seen.has(id)) continue;
    if (id === graph.exit) return true;
    seen.add(id);
    work.push(...(graph.blocks[id]?.out ?? []).map((edge) => edge.to));
  }
  return false;
}

/** By the definition: after one outcome of the test the block is certain to run, after the other it is not; and so on through tests. */
function controllingBlocks(graph: Graph, start: number): Set<number> {
  const isCertain = (from: number, block: number): boolean => from === block || !canEndWithout(graph, from, block);
  const direct = (block: number): number[] =>
    graph.blocks
      .filter((test) => {
        if (test.out.length < 2) return false;
        const isCertainAfter = test.out.map((edge) => isCertain(edge.to, block));
        // a block that is certain to run again after itself controls itself in a loop only if it tests
        return isCertainAfter.includes(true) && (test.id === block || isCertainAfter.includes(false));
      })
      .map((test) => test.id)
      .filter((test) => test !== block);
  const found = new Set<number>();
  const work = [start];
  for (let block = work.pop(); block !== undefined; block = work.pop()) {
    for (const test of direct(block)) {
      if (test === start || found.has(test)) continue;
      found.add(test);
      work.push(test);
    }
  }
  return found;
}

describe('control dependence', () => {
  it('is what its definition says', () => {
    const size = 7;
    const successors = fc.array(fc.uniqueArray(fc.nat(size), { minLength: 1, maxLength: 2 }), { minLength: size, maxLength: size });
    let compared = 0;
    fc.assert(
      fc.property(successors, (targets) => {
        const graph = graphOf(targets);
        const isTerminating = graph.blocks.every((block) => block.id < 3 || canEndWithout(graph, block.id, -1));
        // where control cannot end, the definition says nothing
        if (!isTerminating) return;
        compared += 1;
        const dependence = computeControlDependence(graph, () => undefined);
        for (const block of graph.blocks.slice(4)) {
          const told = new Set(dependence.controllingTests(block.id).map((test) => test.block));
          expect([...told].sort()).toEqual([...controllingBlocks(graph, block.id)].sort());
        }
      }),
      { numRuns: 500, seed: 1 },
    );
    expect(compared).toBeGreaterThan(50);
  });

  const texts = (name: string, call: string): string[] => {
    const program = new Sample(`
      declare function a(): boolean; declare function b(): boolean; declare function act(): void; declare function other(): void;
      declare function pause(): Promise<void>;
      async function nested() { if (a()) { if (b()) return; act(); } other(); }
      async function loop() { while (a()) act(); other(); }
      async function both() { if (a() && b()) act(); else other(); }
      async function after() { if (a()) return; try { act(); } finally { other(); } }
      async function endless() { for (;;) { if (a()) act(); other(); } }
      async function waits() { while (a()) await pause(); act(); }
    `);
    const { block } = program.event(name, 'call', `call ${call}`);
    return program.model
      .controlDependence(program.graph(name))
      .controllingTests(block)
      .map((test: TestEvent) => test.node.getText())
      .sort();
  };

  it.each([
    ['nested', 'act', ['a()', 'b()']],
    ['nested', 'other', ['a()', 'b()']],
    ['loop', 'act', ['a()']],
    ['loop', 'other', []],
    ['both', 'act', ['a()', 'b()']],
    ['both', 'other', ['a()', 'b()']],
    ['after', 'act', ['a()']],
    ['endless', 'act', ['a()']],
    ['endless', 'other', []],
    ['waits', 'act', ['a()']],
  ])('in %s, %s() is controlled by %j', (name, call, expected) => {
    expect(texts(name, call)).toEqual(expected);
  });
});

describe('walking backwards', () => {
  const program = new Sample(`
    declare function one(): void; declare function two(): void; declare function three(): Promise<void>; declare function c(): boolean;
    declare function rescue(): void;
    async function branches() { one(); if (c()) two(); else await three(); one(); }
    async function caught() { try { one(); await three(); two(); } catch { rescue(); } two(); }
    async function loops() { while (c()) { one(); } two(); }
  `);
  /** The events before the n-th such call, as the walk meets them. */
  const before = (name: string, call: string, index: number, isEnough: (event: Event) => boolean = () => false): string[] => {
    const graph = program.graph(name);
    const start = [...eventsOf(graph)].filter((event) => event.kind === 'call' && event.name === call)[index];
    if (start === undefined) throw new Error(`no call ${index} of ${call}`);
    const met = new Set<string>();
    walkBackward<true>(graph, start, true, () => 0, (event) => {
      met.add(formatEvent(event));
      return isEnough(event) ? undefined : true;
    });
    return [...met].sort();
  };

  it('follows every branch', () => {
    const calls = before('branches', 'one', 1);
    expect(calls).toEqual(['call c', 'call one', 'call three (awaited)', 'call two', 'suspend (await)', 'test c()']);
  });

  it('leaves a path where it is told to', () => {
    expect(before('branches', 'one', 1, (event) => event.kind === 'test')).toEqual(['call three (awaited)', 'call two', 'suspend (await)', 'test c()']);
  });

  it('enters a handler from what may throw', () => {
    expect(before('caught', 'rescue', 0)).toEqual(['call one', 'call three (awaited)', 'suspend (await)']);
  });

  it('ends in a loop', () => {
    expect(before('loops', 'two', 0)).toEqual(['call c', 'call one', 'test c()']);
  });

  it('tells when it arrives at the entry', () => {
    const graph = program.graph('loops');
    const states: number[] = [];
    walkBackward<number>(graph, { block: graph.exit, index: 0 }, 0, (state) => state, (event, state) => (event.kind === 'call' ? 1 : state), (state) => states.push(state));
    expect(states).toEqual([1]);
  });
});

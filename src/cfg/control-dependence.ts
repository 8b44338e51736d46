/**
 * Which tests decide whether a block runs: control dependence after Ferrante, Ottenstein and Warren (TOPLAS 1987), on
 * post-dominators computed as Cooper, Harvey and Kennedy do ("A simple, fast dominance algorithm", 2001).
 */
import type { ts } from '../compiler/compiler.js';
import type { SourceEvent, TestEvent } from '../events/event.js';
import { type Block, blockAt, type Edge, type EdgeLabel, type Graph } from './graph.js';

export interface ControlDependence {
  /** Tests of which some outcome keeps the block from running, directly or through other tests. */
  controllingTests(block: number): readonly TestEvent[];
  /** The outcomes of a test after which the block may still run; both when neither alone decides. */
  outcomes(block: number, test: TestEvent): ReadonlySet<EdgeLabel>;
}

/** A block may depend on every test before it; of more than these, only the nearest are known. */
const maximumTests = 128;

/** `onLimit` is told when a block depends on more tests than are followed. */
export function computeControlDependence(graph: Graph, onLimit: () => void): ControlDependence {
  const size = graph.blocks.length;
  const end = size; // a virtual block behind all exits
  // work that nobody waits for runs beside what follows, and decides nothing about it
  const out: number[][] = graph.blocks.map((block) => block.out.flatMap((edge) => (edge.label === 'fork' ? [] : [edge.to])));
  for (const exit of [graph.exit, graph.raise, graph.taskEnd]) out[exit]?.push(end);
  addLoopExits(graph, out, end);
  for (const head of waitLoops(graph)) out[head]?.push(end);

  // post-order of the reversed graph, from the virtual end
  const reversed: number[][] = Array.from({ length: size + 1 }, () => []);
  out.forEach((targets, from) => {
    for (const to of targets) reversed[to]?.push(from);
  });
  const order: number[] = [];
  const seen = new Uint8Array(size + 1);
  const stack: [number, number][] = [[end, 0]];
  seen[end] = 1;
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = reversed[top[0]]?.[top[1]];
    if (next === undefined) {
      order.push(top[0]);
      stack.pop();
    } else {
      top[1] += 1;
      if (seen[next] === 0) {
        seen[next] = 1;
        stack.push([next, 0]);
      }
    }
  }
  const rank = new Int32Array(size + 1).fill(-1);
  order.forEach((node, index) => {
    rank[node] = index;
  });
  const immediate = new Int32Array(size + 1).fill(-1);
  immediate[end] = end;
  const meet = (left: number, right: number): number => {
    let a = left;
    let b = right;
    while (a !== b) {
      while ((rank[a] ?? 0) < (rank[b] ?? 0)) a = immediate[a] ?? end;
      while ((rank[b] ?? 0) < (rank[a] ?? 0)) b = immediate[b] ?? end;
    }
    return a;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let index = order.length - 2; index >= 0; index -= 1) {
      const node = order[index];
      if (node === undefined) continue;
      let chosen = -1;
      for (const successor of out[node] ?? []) {
        if (immediate[successor] === -1) continue;
        chosen = chosen === -1 ? successor : meet(successor, chosen);
      }
      if (chosen !== -1 && immediate[node] !== chosen) {
        immediate[node] = chosen;
        changed = true;
      }
    }
  }

  const dependsOn = new Map<number, Edge[]>();
  for (const block of graph.blocks) {
    if (block.out.length < 2) continue;
    for (const edge of block.out) {
      const stop = immediate[block.id];
      for (let runner = edge.to; runner !== stop && runner !== end && runner !== -1; runner = immediate[runner] ?? -1) {
        const list = dependsOn.get(runner);
        if (list === undefined) dependsOn.set(runner, [edge]);
        else list.push(edge);
      }
    }
  }

  /** Visits the tests that decide whether the block runs, nearest first, until the visitor says that it is enough. */
  const climb = (start: number, visit: (test: TestEvent, label: EdgeLabel, isFirst: boolean) => boolean): void => {
    const visited = new Set([start]);
    const work = [start];
    for (let node = work.pop(); node !== undefined; node = work.pop()) {
      if (visited.size > maximumTests) {
        onLimit();
        return;
      }
      for (const edge of dependsOn.get(node) ?? []) {
        const last = blockAt(graph, edge.from).events.at(-1);
        const isFirst = !visited.has(edge.from);
        if (last?.kind === 'test' && visit(last, edge.label, isFirst)) return;
        if (!isFirst) continue;
        visited.add(edge.from);
        work.push(edge.from);
      }
    }
  };
  const cache = new Map<number, readonly TestEvent[]>();
  return {
    controllingTests: (block) => {
      let tests = cache.get(block);
      if (tests === undefined) {
        const found: TestEvent[] = [];
        climb(block, (test, _label, isFirst) => {
          if (isFirst) found.push(test);
          return false;
        });
        cache.set(block, (tests = found));
      }
      return tests;
    },
    outcomes: (block, test) => {
      const labels = new Set<EdgeLabel>();
      climb(block, (other, label) => {
        if (other === test) labels.add(label);
        return labels.size === 2;
      });
      return labels;
    },
  };
}

/**
 * Tests of loops that do nothing but wait: `while (this.busy) await pause()`. What follows is reached in any case, but
 * only once the test has failed, so it is controlled by it. (Ranganath et al., TOPLAS 2007, extend control dependence
 * to loops in general; here only waiting counts.)
 */
function waitLoops(graph: Graph): readonly number[] {
  const heads: number[] = [];
  for (const block of graph.blocks) {
    const last = block.events.at(-1);
    if (last?.kind !== 'test') continue;
    if (!last.isLoop) {
      if (waitsOnce(graph, block, last)) heads.push(block.id);
      continue;
    }
    const body = new Set<number>();
    const work = block.out.filter((edge) => edge.label === 'true').map((edge) => edge.to);
    let waits = false;
    let isIdle = true;
    for (let id = work.pop(); id !== undefined && isIdle && body.size < 8; id = work.pop()) {
      if (body.has(id) || id === block.id) continue;
      body.add(id);
      const inner = blockAt(graph, id);
      for (const event of inner.events) {
        if (event.kind === 'suspend') waits = true;
        else if (event.kind === 'write' || event.kind === 'define' || event.kind === 'test' || event.kind === 'return') isIdle = false;
      }
      work.push(...inner.out.map((edge) => edge.to));
    }
    if (waits && isIdle) heads.push(block.id);
  }
  return heads;
}

/**
 * `if (this.pending) await this.pending; this.pending = start()`: the single-wait form of the above. Whoever goes on has
 * either found the place empty or waited for what was in it. Who asks how much there is only pauses: `if (this.attempts > 0)`.
 */
function waitsOnce(graph: Graph, block: Block, test: TestEvent): boolean {
  if (isOfOrder(test.node)) return false;
  return block.out.some((edge) => {
    const branch = blockAt(graph, edge.to);
    const [onward] = branch.out;
    const wait = branch.events.at(-1);
    if (edge.label === 'throws' || branch.out.length !== 1 || onward === undefined || wait?.kind !== 'suspend') return false;
    if (!branch.events.every((event) => event.kind === 'read' || event.kind === 'use' || event.kind === 'define' || event.kind === 'call' || event === wait)) return false;
    const [look] = test.value.sources;
    if (look === undefined || isTakenOut(graph, look)) return false;
    const tested = lookKey(look);
    return (wait.operand?.sources ?? []).some((source) => {
      if (lookKey(source) === tested) return true;
      // `await this.connection.close()`, `await this.send(this.pending)`
      const involved = source.kind === 'call' ? [source.receiver, ...source.arguments] : [];
      return involved.some((value) => value?.sources.some((inner) => lookKey(inner) === tested));
    });
  });
}

function isOfOrder(node: ts.Node): boolean {
  return isBinary(node) && /^[<>]=?$/.test(node.operatorToken.getText());
}

function isBinary(node: ts.Node): node is ts.BinaryExpression {
  return 'operatorToken' in node;
}

/** `const job = jobs.pop(); if (job) await end(job);`: what was taken out is nobody else's, and what follows does not hang on it. */
function isTakenOut(graph: Graph, look: SourceEvent): boolean {
  const definitions = look.kind === 'use' ? (graph.definitions.get(look.binding) ?? []) : [];
  return (
    definitions.length > 0 &&
    definitions.every(({ block, value }) => blockAt(graph, block).events.some((event) => event.kind === 'write' && event.how === 'remove' && event.node === value?.node))
  );
}

function lookKey(source: SourceEvent): string {
  if (source.kind === 'read') return source.place.key;
  return source.kind === 'use' ? `local ${source.binding.id}` : `call ${source.block}:${source.index}`;
}

/** A loop without an exit has no post-dominators; pretend that its head may leave. */
function addLoopExits(graph: Graph, out: number[][], end: number): void {
  const size = graph.blocks.length;
  const reaches = new Uint8Array(size + 1);
  const mark = (start: number): void => {
    const work = [start];
    reaches[start] = 1;
    for (let node = work.pop(); node !== undefined; node = work.pop()) {
      const incoming = node === end ? [graph.exit, graph.raise, graph.taskEnd] : blockAt(graph, node).in.map((edge) => edge.from);
      for (const from of incoming) {
        if (reaches[from] === 0) {
          reaches[from] = 1;
          work.push(from);
        }
      }
    }
  };
  mark(end);
  for (const block of graph.blocks) {
    const isLoopHead = block.in.some((edge) => edge.from > block.id);
    if (reaches[block.id] === 0 && block.in.length > 0 && isLoopHead) {
      out[block.id]?.push(end);
      mark(block.id);
    }
  }
  for (const block of graph.blocks) {
    if (reaches[block.id] === 0 && block.in.length > 0) {
      out[block.id]?.push(end);
      mark(block.id);
    }
  }
}

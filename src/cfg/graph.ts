/**
 * The control-flow graph of one activation.
 *
 * Blocks hold events. Exceptions are factored: a block names the block that catches what its events throw, instead of
 * ending after each of them (Choi et al., "Efficient and precise modeling of exceptions", PASTE 1999). Callbacks that
 * run as part of the activation (a scoped lock's callback, a `.then` continuation, an array method's callback) are
 * inlined; a continuation that nobody waits for hangs on a `fork` edge.
 */
import type { ts } from '../compiler/compiler.js';
import type { DefineEvent, Event, ReadEvent, WriteEvent } from '../events/event.js';
import { type Place, rootKey } from '../places/place.js';
import type { Activation, FunctionNode } from '../syntax/functions.js';
import type { Binding } from '../syntax/scopes.js';

/**
 * `throws` leads from the start of a protected region to its handler. It says that the handler depends on the region
 * being entered; what flows there flows from the events that throw, so data flow does not follow it.
 */
export type EdgeLabel = 'next' | 'true' | 'false' | 'fork' | 'throws';

export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly label: EdgeLabel;
}

export interface Block {
  readonly id: number;
  readonly events: Event[];
  readonly out: Edge[];
  readonly in: Edge[];
  /** The block that control reaches when an event in this one throws. */
  readonly handler: number;
}

export interface Graph {
  readonly owner: Activation;
  readonly blocks: readonly Block[];
  /** Those of all blocks, in their order. */
  readonly events: readonly Event[];
  readonly entry: number;
  /** Reached by returning and by falling off the end. */
  readonly exit: number;
  /** Reached by an exception that nothing in the activation catches. */
  readonly raise: number;
  /** Where a forked continuation ends. */
  readonly taskEnd: number;
  /** Blocks with which a forked continuation begins, with the expression that starts it. */
  readonly continuations: ReadonlyMap<number, ts.Node>;
  /** Function literals that have graphs of their own. */
  readonly closures: readonly FunctionNode[];
  /** Function literals that run as part of this activation, and the activation itself. */
  readonly inlined: ReadonlySet<Activation>;
  readonly definitions: ReadonlyMap<Binding, readonly DefineEvent[]>;
  readonly hasSuspension: boolean;
  readonly hasLocks: boolean;
  /** Blocks whose handler is the block with this id. */
  readonly raisers: ReadonlyMap<number, readonly Block[]>;
}

export function blockAt(graph: Graph, id: number): Block {
  const block = graph.blocks[id];
  if (block === undefined) throw new Error(`no block ${id}`);
  return block;
}

/** All events, block by block. */
export function eventsOf(graph: Graph): readonly Event[] {
  return graph.events;
}

type Access = ReadEvent | WriteEvent;

const accesses = new WeakMap<Graph, ReadonlyMap<string, readonly Access[]>>();

/**
 * Reads and writes of places that begin as the place does, block by block. The place is a variable or something in one, or
 * has a first step: then no other touches what it holds, or what holds it.
 */
export function accessesNear(graph: Graph, place: Place): readonly Access[] {
  let byBeginning = accesses.get(graph);
  if (byBeginning === undefined) accesses.set(graph, (byBeginning = groupByBeginning(graph)));
  return byBeginning.get(beginningOf(place)) ?? [];
}

function groupByBeginning(graph: Graph): ReadonlyMap<string, readonly Access[]> {
  const byBeginning = new Map<string, Access[]>();
  for (const event of graph.events) {
    if (event.kind !== 'read' && event.kind !== 'write') continue;
    const beginning = beginningOf(event.place);
    const known = byBeginning.get(beginning);
    if (known === undefined) byBeginning.set(beginning, [event]);
    else known.push(event);
  }
  return byBeginning;
}

/** The variable, or the first step from `this`; elements under any key may be the same one. */
function beginningOf({ root, path: [first] }: Place): string {
  const step = root.kind === 'variable' ? '' : first === undefined ? '' : first.kind === 'field' ? `.${first.name}` : '[]';
  return rootKey(root) + step;
}

const successors = new WeakMap<Block, readonly number[]>();

/** Blocks to which control goes from the block, exceptions apart. */
export function flowSuccessors(graph: Graph, block: number): readonly number[] {
  const from = blockAt(graph, block);
  let known = successors.get(from);
  if (known === undefined) {
    known = from.out.filter((edge) => edge.label !== 'throws').map((edge) => edge.to);
    successors.set(from, known);
  }
  return known;
}

const reachable = new WeakMap<Block, Uint8Array>();

/** Whether control can go from the one block to the other along at least one edge. */
export function reaches(graph: Graph, from: number, to: number): boolean {
  const start = blockAt(graph, from);
  let reached = reachable.get(start);
  if (reached === undefined) {
    reached = new Uint8Array(graph.blocks.length);
    const work = [...flowSuccessors(graph, from)];
    for (let id = work.pop(); id !== undefined; id = work.pop()) {
      if (reached[id] === 1) continue;
      reached[id] = 1;
      for (const next of flowSuccessors(graph, id)) work.push(next);
    }
    reachable.set(start, reached);
  }
  return reached[to] === 1;
}

/** Whether the second event can come after the first; within one block, along it. */
export function follows(graph: Graph, first: Pick<Event, 'block' | 'index'>, second: Pick<Event, 'block' | 'index'>): boolean {
  return first.block === second.block ? first.index < second.index : reaches(graph, first.block, second.block);
}

/** The graph of an activation of which nothing is known. */
export function emptyGraph(owner: Activation): Graph {
  const blocks = [0, 1, 2, 3].map((id): Block => ({ id, events: [], out: [], in: [], handler: 0 }));
  return {
    owner,
    blocks,
    events: [],
    raise: 0,
    exit: 1,
    taskEnd: 2,
    continuations: new Map(),
    entry: 3,
    closures: [],
    inlined: new Set([owner]),
    definitions: new Map(),
    hasSuspension: false,
    hasLocks: false,
    raisers: new Map(),
  };
}

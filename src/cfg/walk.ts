/** Searches backwards through a graph, event by event. */
import { countSteps } from '../dataflow/work.js';
import { type Event, mayThrow, type TestEvent } from '../events/event.js';
import { type Block, blockAt, type EdgeLabel, flowSuccessors, type Graph } from './graph.js';

/** A walk ends after this many blocks, so that many walks in one long function do not cost the square of its length. */
const maximumBlocks = 512;

/** Just before the event of this index; an event is the point before itself. */
interface Point {
  readonly block: number;
  readonly index: number;
}

/**
 * Visits the events that may come before `start`, nearest first. `step` is given what it returned for the event after,
 * and returns the state to go on with, or undefined to leave this path. Paths that agree in `stateKey` at one event are
 * followed once, so the walk is linear in the graph for each distinct key. False when the walk was cut short.
 */
export function walkBackward<State>(
  graph: Graph,
  start: Point,
  initial: State,
  stateKey: (state: State) => number,
  step: (event: Event, state: State) => State | undefined,
  atEntry?: (state: State) => void,
): boolean {
  /** By block: the one entry into it, as most have, or all of them. */
  const visited = new Map<number, number | Set<number>>();
  const isNew = (block: number, index: number, key: number): boolean => {
    const seen = visited.get(block);
    const entry = index * 8 + key;
    if (seen === undefined) visited.set(block, entry);
    else if (typeof seen === 'number') {
      if (seen === entry) return false;
      visited.set(block, new Set([seen, entry]));
    } else if (seen.has(entry)) return false;
    else seen.add(entry);
    return true;
  };
  const stack: { block: number; index: number; state: State }[] = [{ block: start.block, index: start.index, state: initial }];
  let blocks = 0;
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const block = blockAt(graph, item.block);
    if (!isNew(item.block, item.index, stateKey(item.state))) continue;
    blocks += 1;
    if (blocks > maximumBlocks) return false;
    countSteps(1 + item.index);
    let state: State | undefined = item.state;
    for (let index = item.index - 1; index >= 0 && state !== undefined; index -= 1) {
      const event = block.events[index];
      if (event !== undefined) state = step(event, state);
    }
    if (state === undefined) continue;
    if (block.id === graph.entry) atEntry?.(state);
    for (const edge of block.in) {
      if (edge.label === 'throws') continue;
      stack.push({ block: edge.from, index: blockAt(graph, edge.from).events.length, state });
    }
    for (const raiser of graph.raisers.get(block.id) ?? []) {
      for (const index of throwingPoints(raiser)) stack.push({ block: raiser.id, index, state });
    }
  }
  return true;
}

/**
 * Walks backwards and tells of each event whether the task suspends between it and the start. `visit` leaves the path where
 * it returns true.
 */
export function walkAcrossSuspensions(
  graph: Graph,
  start: Point,
  visit: (earlier: Event, isSuspended: boolean) => boolean,
  atEntry?: (isSuspended: boolean) => void,
): void {
  walkBackward<boolean>(
    graph,
    start,
    false,
    (isSuspended) => (isSuspended ? 1 : 0),
    (earlier, isSuspended) => (visit(earlier, isSuspended) ? undefined : isSuspended || earlier.kind === 'suspend'),
    atEntry,
  );
}

/** Whether the task suspends on some way from the event to the point. */
export function suspendsBetween(graph: Graph, from: Event, to: Point): boolean {
  if (!graph.hasSuspension) return false;
  let suspends = false;
  walkAcrossSuspensions(graph, to, (earlier, isSuspended) => {
    if (earlier !== from) return false;
    suspends ||= isSuspended;
    return true;
  });
  return suspends;
}

const afterSuspensions = new WeakMap<Graph, Uint8Array>();

/** Whether the task may have suspended by then, on some way from the entry. */
export function mayFollowSuspension(graph: Graph, { block, index }: Point): boolean {
  if (!graph.hasSuspension) return false;
  let after = afterSuspensions.get(graph);
  if (after === undefined) afterSuspensions.set(graph, (after = blocksAfterSuspensions(graph)));
  if (after[block] === 1) return true;
  const { events } = blockAt(graph, block);
  for (let earlier = index - 1; earlier >= 0; earlier -= 1) if (events[earlier]?.kind === 'suspend') return true;
  return false;
}

/** Marks every block that an edge or an exception leads to from a suspension. */
function blocksAfterSuspensions(graph: Graph): Uint8Array {
  const after = new Uint8Array(graph.blocks.length);
  const work = graph.blocks.filter(({ events }) => events.some(({ kind }) => kind === 'suspend'));
  for (let block = work.pop(); block !== undefined; block = work.pop()) {
    for (const id of [...block.out.map(({ to }) => to), block.handler]) {
      if (after[id] === 1) continue;
      after[id] = 1;
      work.push(blockAt(graph, id));
    }
  }
  return after;
}

/** The events of a kind that come last before the event: one for each way there that has one, nearest first. */
export function latestBefore<Wanted extends Event>(graph: Graph, event: Event, isWanted: (earlier: Event) => earlier is Wanted): Wanted[] {
  const latest: Wanted[] = [];
  walkBackward<true>(graph, event, true, () => 0, (earlier) => {
    if (!isWanted(earlier)) return true;
    latest.push(earlier);
    return undefined;
  });
  return latest;
}

/** One of those that `latestBefore` finds. */
export function oneBefore<Wanted extends Event>(graph: Graph, event: Event, isWanted: (earlier: Event) => earlier is Wanted): Wanted | undefined {
  let found: Wanted | undefined;
  walkBackward<true>(graph, event, true, () => 0, (earlier) => {
    if (found === undefined && isWanted(earlier)) found = earlier;
    return found === undefined ? true : undefined;
  });
  return found;
}

/** Whether some way from the entry to the point has no event of the kind on it. */
export function isReachedWithout(graph: Graph, point: Point, isMet: (earlier: Event) => boolean): boolean {
  let isReached = false;
  walkBackward<true>(graph, point, true, () => 0, (earlier) => (isMet(earlier) ? undefined : true), () => {
    isReached = true;
  });
  return isReached;
}

/** Whether some way from the outcome of the test to the block has no block between the two with an event of the kind. */
export function leadsWithout(graph: Graph, test: TestEvent, outcome: EdgeLabel, block: number, isMet: (event: Event) => boolean): boolean {
  const seen = new Set<number>([test.block]);
  const work = blockAt(graph, test.block).out.filter(({ label }) => label === outcome).map(({ to }) => to);
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (id === block) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    if (!blockAt(graph, id).events.some(isMet)) work.push(...flowSuccessors(graph, id));
  }
  return false;
}

/** After either outcome of the test, something in the same protected region may fail: it waits, or throws. */
export function mayFailEitherWay(graph: Graph, test: TestEvent): boolean {
  const { handler, out } = blockAt(graph, test.block);
  return (['true', 'false'] as const).every((outcome) => {
    const seen = new Set<number>([test.block]);
    const work = out.filter(({ label }) => label === outcome).map(({ to }) => to);
    for (let id = work.pop(); id !== undefined; id = work.pop()) {
      const block = blockAt(graph, id);
      if (seen.has(id) || block.handler !== handler) continue;
      seen.add(id);
      if (block.events.some(({ kind }) => kind === 'suspend' || kind === 'throw')) return true;
      work.push(...flowSuccessors(graph, id));
    }
    return false;
  });
}

/** Whether the block is reached from the entry without this outcome of the test at the end of another one. */
export function leadsWithoutOutcome(graph: Graph, tested: number, outcome: EdgeLabel, block: number): boolean {
  const seen = new Set<number>();
  const work = [graph.entry];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (id === block) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    for (const { to, label } of blockAt(graph, id).out) if (label !== 'throws' && (id !== tested || label !== outcome)) work.push(to);
  }
  return false;
}

const points = new WeakMap<Block, readonly number[]>();

/**
 * Where in a block an exception may come from, as far as it makes a difference: the last event that may throw, and the
 * last one before each event that changes something. Entering at every throwing event would not be linear.
 */
function throwingPoints(block: Block): readonly number[] {
  const known = points.get(block);
  if (known !== undefined) return known;
  const found: number[] = [];
  let isWanted = true;
  for (let index = block.events.length - 1; index >= 0; index -= 1) {
    const event = block.events[index];
    if (event === undefined) continue;
    if (event.kind === 'write' || event.kind === 'define' || event.kind === 'release') isWanted = true;
    else if (isWanted && mayThrow(event)) {
      // a suspension that rejects has happened; a call that throws has had no effect
      found.push(event.kind === 'suspend' ? event.index + 1 : event.index);
      isWanted = false;
    }
  }
  points.set(block, found);
  return found;
}

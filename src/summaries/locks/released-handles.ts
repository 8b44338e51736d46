/**
 * Which handles this task itself has ended when it comes to an event: on every way there.
 *
 * A share is counted up by `retain` and down by `release`. Whoever makes a handle has one share; of a parameter that the
 * activation retains, all shares but those it takes belong to the caller.
 */
import { eventsOf, flowSuccessors, type Graph, reaches } from '../../cfg/graph.js';
import { walkBackward } from '../../cfg/walk.js';
import type { CallEvent, Event, ReleaseEvent, Value } from '../../events/event.js';
import { variableKey } from '../../places/place.js';
import { enclosingActivation } from '../../syntax/functions.js';
import { type Ending, endingByRelease, endingsOf, type Handle, handleOf, isReadAfterWriting, isShareName, mindsEnd, needsLife } from '../effects/endings.js';
import { solveEvents } from '../effects/event-flow.js';
import type { ProgramModel } from '../model/program-model.js';
import { callsBehind } from '../effects/provenance.js';

export interface ReleasedUse {
  readonly handle: Handle;
  /** What ended the handle before. */
  readonly ended: CallEvent | ReleaseEvent;
  /** The call that needs it, or ends it once more. */
  readonly use: CallEvent;
  /** `work`: it was started before and may not have come to its end. */
  readonly kind: 'use' | 'second-end' | 'work';
  /** What the methods do is in sight. */
  readonly isProven: boolean;
}

interface Life {
  readonly shares: number;
  readonly ended: CallEvent | ReleaseEvent | undefined;
}

type State = ReadonlyMap<string, Life>;

const lattice = {
  // on every way: the most shares that are left on any of them
  join: (left: State, right: State): State => {
    const both = new Map<string, Life>();
    for (const [key, life] of left) {
      const other = right.get(key);
      both.set(key, other !== undefined && other.shares > life.shares ? other : life);
    }
    return both;
  },
  equals: (left: State, right: State): boolean => [...left].every(([key, life]) => right.get(key)?.shares === life.shares),
};

const mostShares = 3;

export function usesAfterRelease(model: ProgramModel, graph: Graph): readonly ReleasedUse[] {
  const endings = new Map<Event, readonly Ending[]>();
  const handles = new Map<string, Handle>();
  for (const event of eventsOf(graph)) {
    const ended = endingsAt(model, graph, event);
    if (ended.length === 0) continue;
    endings.set(event, ended);
    for (const { handle } of ended) handles.set(handle.key, handle);
  }
  if (handles.size === 0) return [];
  const uses = new Lives(model, graph, endings, handles).uses();
  const seen = new Set(uses.map(({ use }) => use.node));
  for (const [event, list] of endings) {
    if (event.kind !== 'call' && event.kind !== 'release') continue;
    for (const { handle } of list) {
      const found = (event.kind === 'call' ? nextTurn(model, graph, handle, event) : undefined) ?? unfinishedWork(model, graph, handle, event);
      if (found === undefined || seen.has(found.use.node)) continue;
      seen.add(found.use.node);
      uses.push(found);
    }
  }
  return uses;
}

function endingsAt(model: ProgramModel, graph: Graph, event: Event): readonly Ending[] {
  if (event.kind === 'call') return endingsOf(model, graph, event);
  const ending = event.kind === 'release' ? endingByRelease(model, graph, event) : undefined;
  return ending === undefined ? [] : [ending];
}

/** Ended at every turn of a loop that uses it at its next turn. */
function nextTurn(model: ProgramModel, graph: Graph, handle: Handle, ended: CallEvent): ReleasedUse | undefined {
  const { binding } = handle;
  if (binding === undefined || !reaches(graph, ended.block, ended.block)) return undefined;
  const tests = model.controlDependence(graph).controllingTests(ended.block);
  const seen = new Set<number>();
  const work: { block: number; index: number }[] = [{ block: ended.block, index: ended.index + 1 }];
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    let isOpen = true;
    for (const event of (graph.blocks[item.block]?.events ?? []).slice(item.index)) {
      isOpen = !(event.kind === 'define' && event.binding === binding);
      if (isOpen && event.kind === 'call' && isShareName(event.name)) isOpen = handleOf(model, graph, event.receiver)?.key !== handle.key;
      if (!isOpen) break;
      if (event.kind !== 'call' || event === ended || !needsLife(event.name) || event.receiver === undefined) continue;
      if (handleOf(model, graph, event.receiver)?.key !== handle.key || !reaches(graph, event.block, ended.block)) continue;
      const own = model.controlDependence(graph).controllingTests(event.block);
      if (!tests.every((test) => test.isLoop || own.includes(test))) continue;
      return minds(model, event, ended) ? { handle, ended, use: event, kind: 'use', isProven: false } : undefined;
    }
    if (!isOpen) continue;
    for (const next of flowSuccessors(graph, item.block)) {
      if (seen.has(next)) continue;
      seen.add(next);
      work.push({ block: next, index: 0 });
    }
  }
  return undefined;
}

/** Whether what the call does with the handle goes wrong after the end of it. */
function minds(model: ProgramModel, use: CallEvent, ended: CallEvent | ReleaseEvent): boolean {
  if (ended.kind === 'release') return true;
  const end = model.callee(ended, 'full');
  return end === undefined ? !isReadAfterWriting(ended, use) : mindsEnd(model, use, end);
}

/**
 * `try { return client.query(sql); } finally { client.release(); }`: nothing waits for the query. `return work(client)` starts
 * work on the handle just as well.
 */
function unfinishedWork(model: ProgramModel, graph: Graph, handle: Handle, ended: CallEvent | ReleaseEvent): ReleasedUse | undefined {
  let found: ReleasedUse | undefined;
  walkBackward<true>(graph, ended, true, () => 0, (event) => {
    if (found !== undefined || event.kind === 'suspend' || (event.kind === 'define' && event.binding === handle.binding)) return undefined;
    // what is returned beside a release of what was acquired is work that `no-floating-lock` speaks of
    if (event.kind !== 'call' || !(event.consumption === 'stored' || (event.consumption === 'returned' && ended.kind === 'call'))) return true;
    // what a callback returns, `parts.map((part) => reader.read(part))`, its caller has, who may wait for it
    if (event.consumption === 'returned' && enclosingActivation(model.compiler, event.node) !== graph.owner) return true;
    const isOnHandle = event.receiver !== undefined && needsLife(event.name) && handleOf(model, graph, event.receiver)?.key === handle.key;
    if (!isOnHandle && !(event.consumption === 'returned' && isGiven(model, graph, event, handle))) return true;
    if (!model.questions.isPromise(event.node)) return true;
    found = { handle, ended, use: event, kind: 'work', isProven: false };
    return undefined;
  });
  return found;
}

/** The call gets the handle, or an object that is made of it for the call: `work(new Transaction(client))`. */
function isGiven(model: ProgramModel, graph: Graph, call: CallEvent, handle: Handle): boolean {
  if (call.isConstruction === true || call.isGetter) return false;
  const isHandle = (value: Value): boolean => handleOf(model, graph, value)?.key === handle.key;
  return call.arguments.some(
    (argument) => isHandle(argument) || callsBehind(graph, argument).some((made) => made.isConstruction === true && made.arguments.some(isHandle)),
  );
}

class Lives {
  readonly #model: ProgramModel;
  readonly #graph: Graph;
  readonly #endings: ReadonlyMap<Event, readonly Ending[]>;
  readonly #handles: ReadonlyMap<string, Handle>;
  /** Handles of which the activation takes shares besides those of its caller. */
  readonly #borrowed = new Set<string>();

  constructor(model: ProgramModel, graph: Graph, endings: ReadonlyMap<Event, readonly Ending[]>, handles: ReadonlyMap<string, Handle>) {
    this.#model = model;
    this.#graph = graph;
    this.#endings = endings;
    this.#handles = handles;
    for (const event of eventsOf(graph)) {
      const key = event.kind === 'call' && isShareName(event.name) ? handleOf(model, graph, event.receiver)?.key : undefined;
      if (key !== undefined && handles.get(key)?.binding?.kind !== 'variable') this.#borrowed.add(key);
    }
  }

  uses(): ReleasedUse[] {
    const graph = this.#graph;
    const initial: State = new Map([...this.#handles.keys()].map((key) => [key, { shares: this.#borrowed.has(key) ? 0 : 1, ended: undefined }]));
    const before = solveEvents<State>(graph, {
      initial,
      lattice,
      apply: (state, event) => this.#apply(state, event),
      // what is awaited may reject; that a closing call throws half-way is no way that anybody writes code for
      raises: ({ kind }) => kind === 'suspend' || kind === 'throw',
    });
    const found = new Map<number, ReleasedUse>();
    for (const block of graph.blocks) {
      let state = before[block.id];
      if (state === undefined) continue;
      for (const event of block.events) {
        const use = event.kind === 'call' ? this.#useIn(state, event) : undefined;
        if (use !== undefined && !found.has(event.node.pos)) found.set(event.node.pos, use);
        state = this.#apply(state, event);
      }
    }
    return [...found.values()];
  }

  #apply(state: State, event: Event): State {
    if (event.kind === 'define') return this.#renewed(state, variableKey(event.binding));
    if (event.kind === 'write') {
      let after = state;
      for (const key of state.keys()) if (key === event.place.key || key.startsWith(`${event.place.key}.`)) after = this.#renewed(after, key);
      return after;
    }
    const endings = this.#endings.get(event);
    if (endings !== undefined) {
      const after = new Map(state);
      for (const { handle, call } of endings) {
        const life = after.get(handle.key);
        if (life !== undefined) after.set(handle.key, { shares: Math.max(-1, life.shares - 1), ended: call });
      }
      return after;
    }
    if (event.kind !== 'call') return state;
    const handle = isShareName(event.name) ? handleOf(this.#model, this.#graph, event.receiver) : undefined;
    if (handle !== undefined) {
      const life = state.get(handle.key);
      return life === undefined ? state : new Map(state).set(handle.key, { ...life, shares: Math.min(mostShares, Math.max(0, life.shares) + 1) });
    }
    return this.#renewedByCallee(state, event);
  }

  /** A callee of the program may put another handle into the place. */
  #renewedByCallee(state: State, event: CallEvent): State {
    let after = state;
    for (const [key, life] of state) {
      if (life.shares > 0 || this.#handles.get(key)?.binding !== undefined) continue;
      const isOnThis = event.receiver?.node.kind === this.#model.compiler.SyntaxKind.ThisKeyword || event.receiver === undefined;
      if (isOnThis) after = this.#renewed(after, key);
    }
    return after;
  }

  #renewed(state: State, key: string): State {
    return state.has(key) ? new Map(state).set(key, { shares: 1, ended: undefined }) : state;
  }

  #useIn(state: State, event: CallEvent): ReleasedUse | undefined {
    const model = this.#model;
    const isOver = (handle: Handle): CallEvent | ReleaseEvent | undefined => {
      const life = state.get(handle.key);
      if (life?.ended === undefined || life.shares > (this.#borrowed.has(handle.key) ? -1 : 0)) return undefined;
      return life.ended;
    };
    for (const { handle, isCounted } of this.#endings.get(event) ?? []) {
      const life = state.get(handle.key);
      if (!isCounted || life?.ended === undefined || life.shares > 0) continue;
      return { handle, ended: life.ended, use: event, kind: 'second-end', isProven: true };
    }
    if (!needsLife(event.name) || event.receiver === undefined || this.#endings.has(event)) return undefined;
    const handle = handleOf(model, this.#graph, event.receiver);
    const ended = handle === undefined ? undefined : isOver(handle);
    if (handle === undefined || ended === undefined) return undefined;
    if (!minds(model, event, ended)) return undefined;
    const isProven = ended.kind === 'call' && model.callee(ended, 'full') !== undefined && model.callee(event, 'full') !== undefined;
    return { handle, ended, use: event, kind: 'use', isProven };
  }
}

/**
 * What asynchronous work touches after its first suspension: by then whoever started it without waiting has gone on.
 * What comes before that runs as part of the caller, and under the caller's locks.
 */
import { blockAt, eventsOf, flowSuccessors, type Graph } from '../../cfg/graph.js';
import { mayFollowSuspension } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, LockReference } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { elementCallbacks } from '../../syntax/array-methods.js';
import { type FunctionNode, isAsync, isFunctionNode, isGenerator } from '../../syntax/functions.js';
import { asyncCallback, fateOf, isDropped } from './fates.js';
import { takenLocks } from '../locks/held-locks.js';
import { createModelCache, type ProgramModel } from '../model/program-model.js';
import { substitute } from './provenance.js';
import { isShared } from '../actors/sharing.js';

export interface LaterAccess {
  readonly place: Place;
  readonly isWrite: boolean;
  readonly node: ts.Node;
  /** Locks that the work takes for it itself. */
  readonly locks: readonly LockReference[];
  /** A method name was taken for a collection's: the receiver must turn out to be one. */
  readonly collection: ts.Expression | undefined;
}

/** What work does, as far as it can be seen. */
export interface Work {
  readonly accesses: readonly LaterAccess[];
  /** It calls what is not in sight after its first suspension, or waits for it: there may be more. */
  readonly isPartial: boolean;
}

/** Callees are followed this deep. */
const maximumDepth = 4;
/** More accesses than these are not compared. */
const maximumAccesses = 96;

const nothing: Work = { accesses: [], isPartial: false };

const whole = createModelCache<FunctionNode, Work>();
const later = createModelCache<FunctionNode, Work>();
const left = createModelCache<FunctionNode, Work>();
const inProgress = new Set<FunctionNode>();
/** Counts the callees that were not looked into: whoever sees it grow has found what holds for its own caller only. */
let unfinished = 0;

/** What a call of the function does once it has returned its promise. */
export function workAfterCall(model: ProgramModel, callee: FunctionNode): Work {
  return collected(model, callee, later, (graph) => (event) => (mayFollowSuspension(graph, event) ? 'all' : 'later'));
}

/** What the function does in all. */
export function workOf(model: ProgramModel, callee: FunctionNode): Work {
  return collected(model, callee, whole, () => () => 'all');
}

/** What work does that the function starts and nobody waits for, not even those who wait for the function. */
export function workLeftRunning(model: ProgramModel, callee: FunctionNode): Work {
  return collected(model, callee, left, () => () => 'left');
}

/** What the callee writes after its first suspension, in the caller's words. */
export function writesAfterCall(model: ProgramModel, callee: FunctionNode, event: CallEvent): LaterAccess[] {
  return workAfterCall(model, callee).accesses.flatMap((access) => {
    const place = access.isWrite ? substitute(model, access.place, callee, event) : undefined;
    return place === undefined ? [] : [{ ...access, place, locks: access.locks.flatMap((lock) => movedLock(model, lock, callee, event)) }];
  });
}

/** Of a continuation that nobody waits for: what it does after its first suspension. */
export function workOfContinuation(model: ProgramModel, graph: Graph, start: number): Work {
  const blocks = blocksOf(graph, start);
  const taken = new Set<string>();
  for (const id of blocks.keys()) for (const event of blockAt(graph, id).events) if (event.kind === 'acquire') taken.add(event.lock.key);
  // what was held when it was started is held by whoever started it
  const collector = new Collector(model, graph, taken);
  for (const [block, isSuspended] of blocks) {
    let hasSuspended = isSuspended;
    for (const event of blockAt(graph, block).events) {
      if (event.kind === 'suspend') hasSuspended = true;
      collector.add(event, hasSuspended ? 'all' : 'later');
    }
  }
  return collector.work;
}

/** Blocks of a continuation, with whether it has suspended before. */
export function blocksOf(graph: Graph, start: number): ReadonlyMap<number, boolean> {
  const blocks = new Map<number, boolean>();
  const work: [number, boolean][] = [[start, false]];
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    const [id, isSuspended] = item;
    const known = blocks.get(id);
    if (known === true || known === isSuspended || id === graph.taskEnd) continue;
    blocks.set(id, isSuspended);
    const block = blockAt(graph, id);
    const after = isSuspended || block.events.some((event) => event.kind === 'suspend');
    for (const next of flowSuccessors(graph, id)) work.push([next, after]);
    if (block.events.length > 0) work.push([block.handler, after]);
  }
  return blocks;
}

function collected(
  model: ProgramModel,
  callee: FunctionNode,
  cache: typeof whole,
  partOf: (graph: Graph) => (event: Event) => Part,
): Work {
  const known = cache(model).get(callee);
  if (known !== undefined) return known;
  if (isGenerator(callee)) return nothing;
  if (inProgress.has(callee)) {
    unfinished += 1;
    return nothing;
  }
  if (inProgress.size >= maximumDepth) {
    model.limits.add('depth of calls');
    unfinished += 1;
    return { accesses: [], isPartial: true };
  }
  inProgress.add(callee);
  const before = unfinished;
  try {
    const graph = model.graph(callee);
    const collector = new Collector(model, graph);
    const part = partOf(graph);
    for (const event of eventsOf(graph)) collector.add(event, part(event));
    if (inProgress.size === 1 || unfinished === before) cache(model).set(callee, collector.work);
    return collector.work;
  } finally {
    inProgress.delete(callee);
  }
}

/** All of an event counts, or only what it leaves for later, or only what nobody waits for. */
type Part = 'all' | 'later' | 'left';

class Collector {
  readonly #accesses = new Map<string, LaterAccess>();
  readonly #model: ProgramModel;
  readonly #graph: Graph;
  /** Keys of the locks that the work takes itself; undefined where it is the whole graph. */
  readonly #taken: ReadonlySet<string> | undefined;
  #isPartial = false;

  constructor(model: ProgramModel, graph: Graph, taken?: ReadonlySet<string>) {
    this.#model = model;
    this.#graph = graph;
    this.#taken = taken;
  }

  get work(): Work {
    return { accesses: [...this.#accesses.values()], isPartial: this.#isPartial };
  }

  add(event: Event, part: Part): void {
    if (event.kind === 'call') this.#addCall(event, part);
    else if ((event.kind === 'read' || event.kind === 'write') && part === 'all') {
      const { place, collection, node } = event;
      if (!this.#mayMatter(place)) return;
      this.#note({ place, isWrite: event.kind === 'write', node, collection, locks: this.#locksAt(event) });
    }
  }

  #note(access: LaterAccess): void {
    const key = `${access.isWrite ? 'w' : 'r'}${access.place.key}${access.locks.map((lock) => `|${lock.key}`).join('')}`;
    if (this.#accesses.has(key)) return;
    if (this.#accesses.size >= maximumAccesses) {
      this.#model.limits.add('accesses of unfinished work');
      return;
    }
    this.#accesses.set(key, access);
  }

  /** Shared, or the caller's through a parameter. */
  #mayMatter(place: Place): boolean {
    const { root, path } = place;
    const { owner } = this.#graph;
    if (root.kind === 'external') return false;
    if (root.kind === 'variable' && root.binding.owner === owner && root.binding.kind === 'parameter') return path.length > 0;
    return isShared(this.#model, this.#graph, place);
  }

  #locksAt(event: Event): LockReference[] {
    return takenLocks(this.#model, this.#graph)
      .at(event)
      .filter((held) => held.origin === 'lock' && held.mode !== 'counting' && this.#taken?.has(held.lock.key) !== false)
      .map((held) => held.lock);
  }

  #addCall(event: CallEvent, part: Part): void {
    const model = this.#model;
    const works: [FunctionNode, Work][] = [];
    const callee = model.callee(event, 'full');
    if (part === 'left') {
      if (event.consumption !== 'awaited' && !isLeft(model, event)) return;
      if (callee !== undefined && isEndless(model, callee)) return;
      if (callee !== undefined) works.push([callee, event.consumption === 'awaited' ? workLeftRunning(model, callee) : workAfterCall(model, callee)]);
    } else if (callee !== undefined) {
      works.push([callee, part === 'all' ? workOf(model, callee) : workAfterCall(model, callee)]);
    } else if (event.consumption === 'awaited') this.#isPartial = true;
    for (const callback of callbacksOf(model, event)) works.push([callback, part === 'all' ? workOf(model, callback) : workAfterCall(model, callback)]);
    const locks = this.#locksAt(event);
    for (const [node, { accesses, isPartial }] of works) {
      if (isPartial) this.#isPartial = true;
      for (const access of accesses) {
        const place = node === callee ? substitute(model, access.place, node, event) : access.place;
        if (place === undefined || !this.#mayMatter(place)) continue;
        const inner = access.locks.flatMap((lock) => movedLock(model, lock, node, event));
        this.#note({ ...access, place, locks: [...locks, ...inner] });
      }
    }
  }
}

/** A lock of the callee as its caller sees it. */
function movedLock(model: ProgramModel, lock: LockReference, callee: FunctionNode, event: CallEvent): LockReference[] {
  const { place } = lock;
  if (place === undefined) return [lock];
  const moved = substitute(model, place, callee, event);
  return moved === undefined ? [] : [{ ...lock, place: moved, key: lock.key.replace(place.key, moved.key), text: moved.text }];
}

/** Asynchronous functions that an array method calls without waiting: `items.forEach(async …)`, `ids.map(load)`. */
export function callbacksOf(model: ProgramModel, event: CallEvent): FunctionNode[] {
  const { compiler } = model;
  if (event.reference !== undefined || !compiler.isCallExpression(event.node)) return [];
  const callee = event.node.expression;
  if (!compiler.isPropertyAccessExpression(callee) || !elementCallbacks.has(callee.name.text)) return [];
  const [first] = event.node.arguments;
  const callback = first === undefined ? undefined : asyncCallback(model, first);
  return callback === undefined ? [] : [callback];
}

/** Whether the function has a loop that only leaving the function ends: `while (true) await next()`. */
export function isEndless({ compiler }: ProgramModel, callee: FunctionNode): boolean {
  const { SyntaxKind } = compiler;
  const find = (node: ts.Node): boolean => {
    if (compiler.isWhileStatement(node) && node.expression.kind === SyntaxKind.TrueKeyword) return true;
    if (compiler.isForStatement(node) && node.condition === undefined) return true;
    return !isFunctionNode(compiler, node) && (compiler.forEachChild(node, (child) => find(child) || undefined) ?? false);
  };
  return callee.body !== undefined && find(callee.body);
}

/** Whether the call's promise is nobody's, neither here nor in the callers. */
function isLeft(model: ProgramModel, event: CallEvent): boolean {
  const { compiler } = model;
  if (event.reference !== undefined || !compiler.isCallExpression(event.node)) return false;
  return isDropped(fateOf(model, event.node));
}

/** Whether the function's result is a promise of work: it is asynchronous, or returns what another one gives. */
export function isAsynchronous(model: ProgramModel, callee: FunctionNode): boolean {
  return isAsync(model.compiler, callee) || model.graph(callee).hasSuspension;
}

/** Sections that nobody waits for: the call that hands one in returns before the section has begun. */
import { blockAt, eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { LockReference } from '../../events/event.js';
import type { RunOperation } from '../../locks/operation.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { isAsync, isFunctionLiteral, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { isShared } from '../actors/sharing.js';
import { callbackBehaviour } from '../model/callback-behaviour.js';
import { type Fate, fateOf, isDropped } from '../effects/fates.js';
import { blocksOf, type Work, workOf, workOfContinuation, writesAfterCall } from '../effects/later-accesses.js';
import type { ProgramModel } from '../model/program-model.js';

export interface FloatingSection {
  /** The call that hands the section in. */
  readonly node: ts.CallExpression;
  readonly lock: LockReference;
  /** Name of the function of the program that runs the section; undefined where the lock's own member does. */
  readonly helper: string | undefined;
  /** The section is in the callee itself, and not in a callback that it is handed. */
  readonly isInCallee: boolean;
  readonly operation: RunOperation | undefined;
  readonly fate: Fate;
  /** What the section writes. */
  readonly writes: readonly Place[];
  /** The point at which the activation goes on. */
  readonly after: { readonly block: number; readonly index: number };
}

export function* floatingSections(model: ProgramModel, graph: Graph): Generator<FloatingSection> {
  const { compiler } = model;
  for (const [block, node] of graph.continuations) {
    if (!compiler.isCallExpression(node)) continue;
    const operation = model.locks.classifyCall(node);
    // a section that frees by calling back is nothing to wait for
    if (operation?.kind !== 'run' || operation.release !== undefined) continue;
    const fate = fateOf(model, node);
    const lock = isDropped(fate) ? lockTaken(graph, block, node) : undefined;
    const from = blockAt(graph, block).in[0]?.from;
    if (lock === undefined || lock.isLocal || from === undefined || model.questions.isPlainValue(node)) continue;
    const after = { block: from, index: blockAt(graph, from).events.length };
    yield { node, lock, helper: undefined, isInCallee: false, operation, fate, writes: placesOf(workOfContinuation(model, graph, block)), after };
  }
  yield* inCallees(model, graph);
  if (graph.closures.length > 0) yield* ofHelpers(model, graph);
}

/**
 * `this.store(text)`, which writes in a section of its own: the section begins when this activation has gone on. Whoever
 * says so by `void`, or deals with the failure, means it; and only what goes on with the old content is told.
 */
function* inCallees(model: ProgramModel, graph: Graph): Generator<FloatingSection> {
  const { compiler } = model;
  if (!model.locks.mayContainLocks(graph.owner.getSourceFile())) return;
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'call' || event.reference !== undefined || event.consumption === 'awaited' || !compiler.isCallExpression(event.node)) continue;
    // most calls are synchronous ones of other objects: a question about each would cost more than it gives
    const callee = model.callee(event, 'syntactic');
    if (callee === undefined || graph.inlined.has(callee) || !isAsync(compiler, callee) || !model.graph(callee).hasLocks) continue;
    const fate = fateOf(model, event.node);
    if (!isDropped(fate) || fate.isVoid || fate.isHandled || fate.isContinued) continue;
    const guarded = writesAfterCall(model, callee, event).filter(({ locks }) => locks.length > 0);
    const lock = guarded[0]?.locks[0];
    if (lock === undefined || lock.isLocal) continue;
    const after = { block: event.block, index: event.index + 1 };
    const writes = guarded.map(({ place }) => place);
    const section = { node: event.node, lock, helper: event.name ?? 'the callee', isInCallee: true, operation: undefined, fate, writes, after };
    if (useAfterSection(model, graph, section) !== undefined) yield section;
  }
}

/** `this.withLock(async () => { … })`, where the callee runs its callback under a lock. */
function* ofHelpers(model: ProgramModel, graph: Graph): Generator<FloatingSection> {
  const { compiler } = model;
  if (!model.locks.mayContainLocks(graph.owner.getSourceFile()) && !graph.hasSuspension) return;
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'call' || event.reference !== undefined || !compiler.isCallExpression(event.node)) continue;
    if (event.consumption === 'awaited') continue;
    const { node } = event;
    const index = node.arguments.findIndex((argument) => isFunctionLiteral(compiler, skipOuter(compiler, argument)));
    const argument = node.arguments[index];
    const callback = argument === undefined ? undefined : skipOuter(compiler, argument);
    if (callback === undefined || !isFunctionLiteral(compiler, callback) || graph.inlined.has(callback)) continue;
    const [held] = callbackBehaviour(model, node, index)?.locks ?? [];
    if (held === undefined || held.lock.isLocal) continue;
    const fate = fateOf(model, node);
    if (!isDropped(fate)) continue;
    const after = { block: event.block, index: event.index + 1 };
    const writes = placesOf(workOf(model, callback));
    yield { node, lock: held.lock, helper: event.name ?? 'the callee', isInCallee: false, operation: undefined, fate, writes, after };
  }
}

/** The lock that the continuation takes for its section. */
function lockTaken(graph: Graph, start: number, node: ts.Node): LockReference | undefined {
  for (const id of blocksOf(graph, start).keys()) {
    for (const event of blockAt(graph, id).events) if (event.kind === 'acquire' && event.node === node) return event.lock;
  }
  return undefined;
}

function placesOf({ accesses }: Work): Place[] {
  return accesses.flatMap((access) => (access.isWrite ? [access.place] : []));
}

/** What the activation reads, after it has handed in the section, of what the section writes. */
export function useAfterSection(model: ProgramModel, graph: Graph, section: FloatingSection): { readonly place: string; readonly node: ts.Node } | undefined {
  const written = section.writes.filter((place) => isShared(model, graph, place));
  if (written.length === 0) return undefined;
  const seen = new Set<number>();
  const work = [section.after];
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    const block = blockAt(graph, item.block);
    let hasSuspended = false;
    for (const event of block.events.slice(item.index)) {
      // meanwhile the section may have run
      if (event.kind === 'suspend') hasSuspended = true;
      if (hasSuspended) break;
      if (event.kind !== 'read' || isWithin(event.node, section.node)) continue;
      const place = written.find((other) => writeAffectsRead(other, event.place));
      if (place !== undefined) return { place: event.place.text, node: event.node };
    }
    if (hasSuspended) continue;
    for (const edge of block.out) {
      if (edge.label === 'throws' || graph.continuations.has(edge.to) || seen.has(edge.to)) continue;
      seen.add(edge.to);
      work.push({ block: edge.to, index: 0 });
    }
  }
  return undefined;
}

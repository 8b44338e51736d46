/**
 * Asynchronous work that is started under a lock and may go on after its release: nobody waits for it before the section
 * ends. What the section guards is then touched without the lock, whatever the code around says.
 */
import { blockAt, eventsOf, type Graph } from '../cfg/graph.js';
import type { Compiler, ts } from '../compiler/compiler.js';
import type { CallEvent, Event } from '../events/event.js';
import { writeAffectsRead } from '../places/place.js';
import { isAsync, skipOuter } from '../syntax/functions.js';
import { type Fate, fateOf, isDropped } from './fates.js';
import { givenByHelper, type HeldLock, heldLocks, isClaim } from './held-locks.js';
import { callbacksOf, isAsynchronous, isEndless, type LaterAccess, workAfterCall, workLeftRunning, workOfContinuation } from './later-accesses.js';
import type { ProgramModel } from './program-model.js';
import { substitute } from './provenance.js';

/** Work and the lock that it outlives. */
export interface Outliving {
  /** The expression that starts it. */
  readonly node: ts.Expression;
  readonly start: Event;
  readonly lock: HeldLock;
  /** Where the section ends without it; undefined where it ends with the function, in its callers. */
  readonly end: Event | undefined;
  readonly fate: Fate;
  /** Started by a callee which does not hand it out, so that nobody here could wait. */
  readonly callee: string | undefined;
  readonly accesses: readonly LaterAccess[];
  /** Not all that it does is in sight. */
  readonly isPartial: boolean;
  /** It is a call of which nothing is known. */
  readonly isUnknown: boolean;
  /** Blocks of this graph that belong to it. */
  readonly block: number | undefined;
}

/** Started work, before it is compared with sections. */
type Start = Omit<Outliving, 'lock' | 'end'>;

export function outlivingWork(model: ProgramModel, graph: Graph): readonly Outliving[] {
  const held = heldLocks(model, graph);
  const byNode = new Map<ts.Node, Start>();
  for (const start of [...continuationsOf(model, graph), ...callsOf(model, graph)]) {
    const before = byNode.get(start.fate.node);
    byNode.set(start.fate.node, before === undefined ? start : merged(before, start));
  }
  const found: Outliving[] = [];
  for (const start of byNode.values()) {
    for (const lock of held.at(start.start)) {
      // what a callee leaves running beside a claim is its own business
      if (isClaim(lock) && start.callee !== undefined) continue;
      const end = endWithout(model, graph, start, lock);
      if (end !== undefined) found.push({ ...start, lock, end: end === 'callers' ? undefined : end });
    }
  }
  return found;
}

/** A chain and the call it hangs on are one piece of work. */
function merged(left: Start, right: Start): Start {
  const first = left.start.node.pos <= right.start.node.pos && left.block === undefined ? left : right;
  return {
    ...first,
    accesses: [...left.accesses, ...right.accesses],
    isPartial: left.isPartial || right.isPartial,
    isUnknown: left.isUnknown && right.isUnknown,
    block: left.block ?? right.block,
  };
}

function* continuationsOf(model: ProgramModel, graph: Graph): Generator<Start> {
  const { compiler } = model;
  for (const [block, node] of graph.continuations) {
    if ((!compiler.isCallExpression(node) && !compiler.isNewExpression(node)) || !isStarted(compiler, node)) continue;
    const start = firstEvent(graph, block);
    if (start === undefined) continue;
    const fate = fateOf(model, node);
    if (!mayOutlive(fate)) continue;
    const { accesses, isPartial } = workOfContinuation(model, graph, block);
    yield { node, start, fate, callee: undefined, accesses, isPartial, isUnknown: false, block };
  }
}

/** A chain on a promise that was there before is a listener, not work of this section: `socket.closed.then(…)`. */
function isStarted(compiler: Compiler, node: ts.Node): boolean {
  if (!compiler.isExpression(node)) return false;
  let base: ts.Expression = node;
  while (compiler.isCallExpression(base) && compiler.isPropertyAccessExpression(base.expression)) {
    if (!/^(?:then|catch|finally)$/.test(base.expression.name.text)) return true;
    base = skipOuter(compiler, base.expression.expression);
  }
  return compiler.isCallExpression(base) || compiler.isNewExpression(base);
}

function firstEvent(graph: Graph, block: number): Event | undefined {
  const seen = new Set<number>();
  const work = [block];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const { events, out } = blockAt(graph, id);
    const [event] = events;
    if (event !== undefined) return event;
    work.push(...out.map((edge) => edge.to));
  }
  return undefined;
}

function* callsOf(model: ProgramModel, graph: Graph): Generator<Start> {
  const { compiler } = model;
  const hasLocks = graph.hasLocks || model.locks.mayContainLocks(graph.owner.getSourceFile());
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'call' || event.isGetter || event.reference !== undefined || !compiler.isCallExpression(event.node)) continue;
    if (isPlainMethod(model, event) || (!hasLocks && !isForgotten(model, event))) continue;
    if (heldLocks(model, graph).at(event).length === 0 || model.locks.classifyCall(event.node) !== undefined) continue;
    const start = startOfCall(model, event, event.node);
    if (start !== undefined) yield start;
  }
}

/** Without a lock in the file there may be a claim; for that only what is plainly forgotten is looked at. */
function isForgotten(model: ProgramModel, event: CallEvent): boolean {
  if (event.consumption === 'awaited') return false;
  const callee = model.callee(event, 'syntactic');
  return callee !== undefined ? isAsync(model.compiler, callee) : callbacksOf(model, event).length > 0;
}

/** `console.log(…)`, `Math.max(…)`, `Promise.all(…)`: what goes into it is judged where it stands. */
function isPlainMethod({ compiler }: ProgramModel, { node, receiver }: CallEvent): boolean {
  if (!compiler.isCallExpression(node)) return true;
  const callee = skipOuter(compiler, node.expression);
  return compiler.isPropertyAccessExpression(callee) && receiver?.place?.root.kind === 'global' && receiver.place.path.length === 0 && callee.name.text !== 'request';
}

function startOfCall(model: ProgramModel, event: CallEvent, node: ts.CallExpression): Start | undefined {
  const base = { node, start: event, callee: undefined, block: undefined };
  const callbacks = callbacksOf(model, event);
  if (callbacks.length > 0) {
    const fate = fateOf(model, node);
    const works = callbacks.map((callback) => workAfterCall(model, callback));
    const isLost = /^(?:forEach|filter|some|every|find|findIndex)$/.test(event.name ?? '');
    if (!isLost && !mayOutlive(fate)) return undefined;
    return {
      ...base,
      fate: isLost ? { ...fate, waits: new Set(), isReturned: false, isKept: false, isMisused: true } : fate,
      accesses: works.flatMap(({ accesses }) => accesses),
      isPartial: works.some(({ isPartial }) => isPartial),
      isUnknown: false,
    };
  }
  const callee = model.callee(event, 'full');
  const fate = fateOf(model, node);
  if (callee === undefined) {
    if (!mayOutlive(fate) || fate.isVoid || !isPromiseCall(model, node)) return undefined;
    return { ...base, fate, accesses: [], isPartial: true, isUnknown: true };
  }
  if (!mayOutlive(fate) || !isAsynchronous(model, callee)) return leftByCallee(model, event, node);
  // a loop without an end serves as long as the object lives
  if (isEndless(model, callee)) return undefined;
  const { accesses, isPartial } = workAfterCall(model, callee);
  const seen = accesses.flatMap((access) => {
    const place = substitute(model, access.place, callee, event);
    return place === undefined ? [] : [{ ...access, place }];
  });
  return { ...base, fate, accesses: seen, isPartial, isUnknown: false };
}

function leftByCallee(model: ProgramModel, event: CallEvent, node: ts.CallExpression): Start | undefined {
  const callee = model.callee(event, 'full');
  if (callee === undefined) return undefined;
  const { accesses, isPartial } = workLeftRunning(model, callee);
  const seen = accesses.flatMap((access) => {
    const place = substitute(model, access.place, callee, event);
    return place === undefined ? [] : [{ ...access, place }];
  });
  if (seen.length === 0) return undefined;
  return { node, start: event, fate: fateOf(model, node), callee: event.name ?? 'the callee', accesses: seen, isPartial, isUnknown: false, block: undefined };
}

function isPromiseCall(model: ProgramModel, node: ts.CallExpression): boolean {
  return model.questions.isPromise(node);
}

/** Whether somebody may go on before the work has ended, as far as it can be told without a path. */
function mayOutlive(fate: Fate): boolean {
  if (fate.isKept) return false;
  return isDropped(fate) || fate.isReturned || fate.isRaced || fate.waits.size > 0;
}

/**
 * Follows the ways on from the start: whether one leads out of the section before somebody has waited for the work. The
 * result is the event with which the section ends, or that it ends in the callers.
 */
function endWithout(model: ProgramModel, graph: Graph, start: Start, lock: HeldLock): Event | 'callers' | undefined {
  const held = heldLocks(model, graph);
  const { key } = lock.lock;
  const ends = (event: Event): boolean => {
    if (event.kind === 'release') return event.lock.key === key;
    if (event.kind === 'call') return givenByHelper(model, event).includes(key);
    return event.kind === 'write' && isClaim(lock) && lock.lock.place !== undefined && writeAffectsRead(event.place, lock.lock.place);
  };
  const isWait = (event: Event): boolean => {
    if (start.callee !== undefined) return false;
    if (event.kind === 'release') return start.fate.waits.has(event.node) || start.fate.links.has(event.node);
    return event.kind === 'suspend' && start.fate.waits.has(event.node);
  };
  const seen = new Set<number>();
  const from = start.block === undefined ? undefined : blockAt(graph, start.block).in[0]?.from;
  const work: { block: number; index: number }[] = [
    from === undefined
      ? { block: start.start.block, index: start.start.index + 1 }
      : { block: from, index: blockAt(graph, from).events.length },
  ];
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    const block = blockAt(graph, item.block);
    let isWaited = false;
    for (const event of block.events.slice(item.index)) {
      if (isWait(event)) {
        isWaited = true;
        break;
      }
      if (ends(event)) return event;
    }
    if (isWaited) continue;
    if (item.block === graph.exit) {
      const stays = held.atExit().some((other) => other.lock.key === key);
      if (stays && lock.origin === 'caller' && !start.fate.isReturned) return 'callers';
      continue;
    }
    for (const edge of block.out) {
      if (edge.label === 'throws' || graph.continuations.has(edge.to) || seen.has(edge.to)) continue;
      seen.add(edge.to);
      work.push({ block: edge.to, index: 0 });
    }
  }
  return undefined;
}

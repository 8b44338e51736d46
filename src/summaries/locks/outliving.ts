/**
 * Asynchronous work that is started under a lock and may go on after its release: nobody waits for it before the section
 * ends. What the section guards is then touched without the lock, whatever the code around says.
 */
import { blockAt, eventsOf, type Graph } from '../../cfg/graph.js';
import { mayFollowSuspension } from '../../cfg/walk.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import { countSteps } from '../../dataflow/work.js';
import type { CallEvent, Event } from '../../events/event.js';
import { resets } from '../../events/writes.js';
import { lastName, writeAffectsRead } from '../../places/place.js';
import { isAsync, skipOuter } from '../../syntax/functions.js';
import { startOfChain } from '../../syntax/promise-chains.js';
import { claimsOf } from '../protocols/claims.js';
import { isPromise, mayBePromise } from '../protocols/kept-promises.js';
import { readsOfTest } from '../protocols/freshness.js';
import { type Fate, fateOf, isDropped } from '../effects/fates.js';
import { givenByHelper, type HeldLock, heldLocks, isClaim } from './held-locks.js';
import { callbacksOf, isAsynchronous, isEndless, type LaterAccess, type Work, workAfterCall, workLeftRunning, workOfContinuation } from '../effects/later-accesses.js';
import { mayHoldLocks } from './lock-presence.js';
import type { ProgramModel } from '../model/program-model.js';
import { seenFromCallee, substitute } from '../effects/provenance.js';

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
  /** A call of which nothing is known: that it is work at all has to be asked with `mayBeWork`. */
  readonly isUnknown: boolean;
  /** Blocks of this graph that belong to it. */
  readonly block: number | undefined;
}

/** Started work, before it is compared with sections. What it does is found out only where it outlives one. */
interface Start extends Omit<Outliving, 'lock' | 'end' | 'accesses' | 'isPartial'> {
  readonly work: () => Work;
}

const unknownWork: Work = { accesses: [], isPartial: true };

export function outlivingWork(model: ProgramModel, graph: Graph): readonly Outliving[] {
  const held = heldLocks(model, graph);
  const byNode = new Map<ts.Node, Start[]>();
  for (const start of [...continuationsOf(model, graph), ...callsOf(model, graph)]) {
    const others = byNode.get(start.fate.node);
    if (others === undefined) byNode.set(start.fate.node, [start]);
    else others.push(start);
  }
  const found: Outliving[] = [];
  for (const parts of byNode.values()) {
    const start = parts.length === 1 ? parts[0] : parts.filter((part) => isWork(model, part)).reduce<Start | undefined>((one, other) => (one === undefined ? other : merged(one, other)), undefined);
    if (start === undefined) continue;
    for (const lock of held.at(start.start)) {
      // what a callee leaves running beside a claim is its own business; of what is unknown a claim tells nothing
      if (isClaim(lock) && (start.callee !== undefined || start.isUnknown || isMarkOfWork(model, graph, lock) || asksFirst(model, start, lock))) continue;
      const end = endWithout(model, graph, start, lock);
      // the promise that takes the place of the one that was claimed keeps the others out from there on
      const next = end !== undefined && end !== 'callers' && end.kind === 'write' && isClaim(lock) ? end.value : undefined;
      if (next !== undefined && mayBePromise(model, next) && isPromise(model, next)) continue;
      if (end === undefined || (!start.isUnknown && !isWork(model, start))) continue;
      found.push({ ...start, ...start.work(), lock, end: end === 'callers' ? undefined : end });
    }
  }
  return found;
}

/** Whether anything goes on after the call: it gives a promise, or its callee leaves something running. */
function isWork(model: ProgramModel, start: Start): boolean {
  return start.callee === undefined ? mayBeWork(model, start) : start.work().accesses.length > 0;
}

/** Of a call of which nothing is known only the type tells whether it gives a promise; a costly question, to be asked last. */
export function mayBeWork(model: ProgramModel, { node, isUnknown }: Pick<Outliving, 'node' | 'isUnknown'>): boolean {
  return !isUnknown || !model.compiler.isCallExpression(node) || model.isPromiseCall(node);
}

/** `if (this.refreshPending) { this.refreshPending = false; void this.refresh(); }`: the flag says that there is work to do, and keeps nobody out. */
function isMarkOfWork(model: ProgramModel, graph: Graph, { lock }: HeldLock): boolean {
  const { place } = lock;
  if (place === undefined || !/pending|dirty|need|scheduled|request|required|stale|outdated|invalid/i.test(lastName(place) ?? '')) return false;
  return [...claimsOf(model, graph).writes].every(
    ([write, claimed]) => claimed.key !== place.key || resets(model.compiler, write),
  );
}

/** `const renew = async () => { if (this.state !== 'open') return; … }`: the work asks for the state itself before it suspends, and relies on nobody's claim. */
function asksFirst(model: ProgramModel, { start }: Start, { lock: { place } }: HeldLock): boolean {
  const callee = start.kind === 'call' ? model.callee(start, 'full') : undefined;
  if (start.kind !== 'call' || callee === undefined || place === undefined) return false;
  const graph = model.graph(callee);
  const places = seenFromCallee(model, place, callee, start);
  return eventsOf(graph).some(
    (event) =>
      event.kind === 'test' &&
      !mayFollowSuspension(graph, event) &&
      readsOfTest(model, graph, event).some((read) => places.some((seen) => writeAffectsRead(seen, read.place))),
  );
}

/** A chain and the call it hangs on are one piece of work. */
function merged(left: Start, right: Start): Start {
  const first = left.start.node.pos <= right.start.node.pos && left.block === undefined ? left : right;
  return {
    ...first,
    work: () => {
      const [one, other] = [left.work(), right.work()];
      return { accesses: [...one.accesses, ...other.accesses], isPartial: one.isPartial || other.isPartial };
    },
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
    yield { node, start, fate, callee: undefined, work: () => workOfContinuation(model, graph, block), isUnknown: false, block };
  }
}

/** A chain on a promise that was there before is a listener, not work of this section: `socket.closed.then(…)`. */
function isStarted(compiler: Compiler, node: ts.Node): boolean {
  const base = startOfChain(compiler, node);
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
  const isLocking = mayHoldLocks(model, graph.owner);
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'call' || event.isGetter || event.reference !== undefined || !compiler.isCallExpression(event.node)) continue;
    if (isPlainMethod(model, event) || (!isLocking && !isForgotten(model, event))) continue;
    const locks = heldLocks(model, graph).at(event);
    if (locks.length === 0 || model.locks.classifyCall(event.node) !== undefined) continue;
    const start = startOfCall(model, event, event.node, locks.every(isClaim));
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

function startOfCall(model: ProgramModel, event: CallEvent, node: ts.CallExpression, isUnderClaim: boolean): Start | undefined {
  const base = { node, start: event, callee: undefined, block: undefined, isUnknown: false };
  const callbacks = callbacksOf(model, event);
  const fate = fateOf(model, node);
  if (callbacks.length > 0) {
    const isLost = /^(?:forEach|filter|some|every|find|findIndex)$/.test(event.name ?? '');
    if (!isLost && !mayOutlive(fate)) return undefined;
    return {
      ...base,
      fate: isLost ? { ...fate, waits: new Set(), isReturned: false, isKept: false, isMisused: true } : fate,
      work: () => {
        const works = callbacks.map((callback) => workAfterCall(model, callback));
        return { accesses: works.flatMap(({ accesses }) => accesses), isPartial: works.some(({ isPartial }) => isPartial) };
      },
    };
  }
  // what a callee leaves running beside a claim is its own business
  if (isUnderClaim && !mayOutlive(fate)) return undefined;
  const callee = model.callee(event, 'full');
  if (callee === undefined) return !mayOutlive(fate) || fate.isVoid ? undefined : { ...base, fate, work: () => unknownWork, isUnknown: true };
  const seen = ({ accesses, isPartial }: Work): Work => ({
    accesses: accesses.flatMap((access) => {
      const place = substitute(model, access.place, callee, event);
      return place === undefined ? [] : [{ ...access, place }];
    }),
    isPartial,
  });
  if (!mayOutlive(fate) || !isAsynchronous(model, callee)) {
    return { ...base, fate, callee: event.name ?? 'the callee', work: () => seen(workLeftRunning(model, callee)) };
  }
  // a loop without an end serves as long as the object lives
  return isEndless(model, callee) ? undefined : { ...base, fate, work: () => seen(workAfterCall(model, callee)) };
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
    countSteps(block.events.length - item.index);
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
      // who lowers a flag that is still up is not known
      const stays = !isClaim(lock) && held.atExit().some((other) => other.lock.key === key);
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

/**
 * Where an activation waits for a lock that it holds itself: it asks again, calls or calls back somebody who asks, or waits
 * for a task that asks.
 */
import { keepingMethods, listenerMethods, oneShotTimers } from '../../catalogue/callbacks.js';
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { AcquireEvent, CallEvent, Event } from '../../events/event.js';
import { type Place, rebase, writeAffectsRead } from '../../places/place.js';
import { isReset } from '../../syntax/constants.js';
import { isFunctionLiteral, skipOuter, thisOwner } from '../../syntax/functions.js';
import { linkOf } from '../../syntax/promise-chains.js';
import { isWithin } from '../../syntax/tree.js';
import {
  callbackArguments,
  heldAt,
  heldFromCaller,
  type HeldUse,
  isWaitedForLock,
  lockEffects,
  type LockTake,
  takesOf,
  takesOfCallback,
} from './lock-effects.js';
import { isInTransaction, resourcesAt } from './held-resources.js';
import { type IdleWait, idleWaitsOf } from './idle-waits.js';
import { bindingsIn, canonical, type Conflict, conflictOf, isCertain, lockTaken } from './lock-identity.js';
import type { ProgramModel } from '../model/program-model.js';
import { storedCallbacksOf } from '../model/stored-callbacks.js';
import { runsOnce } from '../actors/contexts.js';
import { answeredEvents } from './answered-events.js';
import { isCollected, loopWithoutRelease } from './gathering-loops.js';
import { eventWaits } from './event-waits.js';
import { resolverWaits } from './resolver-waits.js';
import { taskOf, tasksStoredIn, type Wait, waitsOf } from './waits.js';

export interface SelfWait {
  readonly how: 'direct' | 'idle' | 'served' | 'loop' | 'call' | 'callback' | 'stored' | 'join';
  /** What the activation calls the lock. */
  readonly lock: string;
  readonly held: ts.Node;
  /** Where it begins to wait. */
  readonly at: ts.Node;
  /** Name of the callee, or text of what is waited for. */
  readonly callee: string | undefined;
  /** Where the lock is asked for again. */
  readonly taken: ts.Node;
  readonly conflict: Conflict;
  /** The wait has a limit, after which it fails. */
  readonly isTimed: boolean;
  readonly confidence: 'high' | 'medium' | 'low';
}

export function selfWaits(model: ProgramModel, graph: Graph): readonly SelfWait[] {
  const found: SelfWait[] = [];
  const seen = new Map<ts.Node, Set<ts.Node>>();
  const add = (wait: SelfWait | undefined): void => {
    if (wait === undefined) return;
    // a recursion takes a permit at each level; otherwise one task alone never takes the last one
    if (wait.conflict === 'with-holders' && wait.taken !== wait.held && runsOnce(model, graph.owner)) return;
    // one section that needs the same acquire several times is one mistake
    let known = seen.get(wait.held);
    if (known === undefined) seen.set(wait.held, (known = new Set()));
    if (!known.has(wait.taken) && !known.has(wait.at)) found.push(wait);
    known.add(wait.taken).add(wait.at);
  };
  if (graph.hasLocks) {
    for (const event of eventsOf(graph)) {
      if (event.kind !== 'acquire' || !isWaitedForLock(event)) continue;
      for (const wait of askedAgain(model, graph, event)) add(wait);
      add(askedInLoop(model, graph, event));
    }
    for (const event of eventsOf(graph)) if (event.kind === 'call') add(waitedInside(model, graph, event));
  }
  if (graph.hasLocks || mayHoldByHelper(model, graph)) {
    for (const wait of waitsOf(model, graph)) {
      const held = heldDuring(model, graph, wait);
      if (held.length === 0) continue;
      for (const each of neededBy(model, graph, wait, held)) add(each);
    }
  }
  for (const { held, event, place, taken } of [...resolverWaits(model, graph), ...eventWaits(model, graph), ...answeredEvents(model, graph)]) {
    add(selfWait(textOf(held), 'join', held, event.node, place.text, taken, 'always', 'medium'));
  }
  for (const event of eventsOf(graph)) {
    if (event.kind === 'call') for (const wait of calledBack(model, graph, event)) add(wait);
  }
  return found;
}

/** A helper that acquires for its caller is one of the file or of the class: its name says so. */
function mayHoldByHelper(model: ProgramModel, graph: Graph): boolean {
  if (!model.locks.mayContainLocks(graph.owner.getSourceFile())) return false;
  for (const event of eventsOf(graph)) if (event.kind === 'call' && /acquire|lock|take|enter/i.test(event.name ?? '')) return true;
  return false;
}

/** The locks, and what of pools, that stay held until the wait is over. */
function heldDuring(model: ProgramModel, graph: Graph, wait: Wait): readonly HeldUse[] {
  const { event } = wait;
  const held = heldWith(model, graph, event);
  if (event.kind === 'suspend') return held;
  const { inlined } = event;
  // what a function returns is waited for when its `finally` has run: only the sections around it are still held
  const { owner } = graph;
  if (inlined === undefined) {
    const around = model.compiler.isSourceFile(owner) ? undefined : model.locks.sectionAround(owner);
    return around === undefined ? [] : held.filter(({ node }) => node === around.node);
  }
  const isGivenBack = ({ place }: HeldUse): boolean =>
    linkOf(model.compiler, inlined) !== undefined &&
    eventsOf(graph).some((other) => other.kind === 'release' && other.lock.place?.key === place.key && isWithin(other.node, inlined));
  return held.filter((use) => !isWithin(use.node, inlined) && !isGivenBack(use));
}

function heldWith(model: ProgramModel, graph: Graph, event: Event): readonly HeldUse[] {
  return [...heldAt(model, graph, event), ...resourcesAt(model, graph, event)];
}

function isSame(graph: Graph, held: Place, taken: Place): boolean {
  if (held.key !== taken.key || !isCertain(held)) return false;
  return bindingsIn(graph, held).every((binding) => binding.assignments.length === 0);
}

function askedAgain(model: ProgramModel, graph: Graph, event: AcquireEvent): SelfWait[] {
  const place = lockTaken(model, graph, event);
  if (place === undefined) return [];
  return heldWith(model, graph, event).flatMap((held) => {
    const conflict = isSame(graph, held.place, place) ? conflictBetween(model, held, event) : undefined;
    // two permits in sight of each other are two permits on purpose
    if (conflict === undefined || conflict === 'with-holders') return [];
    return [selfWait(event.lock.text, 'direct', held, event.node, undefined, event, conflict, 'high')];
  });
}

/**
 * `queue.onIdle()` in a task of the queue: nothing is idle as long as it waits. `pool.query(text)` while a client of the pool
 * is held: it needs another one.
 */
function waitedInside(model: ProgramModel, graph: Graph, call: CallEvent): SelfWait | undefined {
  const locks = heldWith(model, graph, call);
  if (locks.length === 0) return undefined;
  for (const wait of idleWaitsOf(model, graph, call)) {
    for (const held of locks) {
      const conflict = isSame(graph, held.place, wait.place) ? conflictWithWait(held, wait) : undefined;
      if (conflict === undefined) continue;
      const how = wait.until === 'served' ? 'served' : 'idle';
      // with enough to give, it is still left out of what the transaction does
      const confidence = conflict === 'always' ? 'high' : isInTransaction(model, graph, held, call) ? 'medium' : 'low';
      return { lock: textOf(held), how, held: held.node, at: call.node, callee: nameOf(call), taken: wait.node, conflict, isTimed: false, confidence };
    }
  }
  return undefined;
}

function conflictWithWait({ mode, acquire }: HeldUse, { until }: IdleWait): Conflict | undefined {
  if (mode !== 'counting' || until === 'idle') return 'always';
  // one more may enter while this task has a permit
  const permits = until === 'served' ? acquire?.operation?.permits : undefined;
  return permits === undefined || !Number.isFinite(permits) ? undefined : permits === 1 ? 'always' : 'with-holders';
}

/** `for (…) releases.push(await mutex.acquire())`: the lock is given back after the loop. */
function askedInLoop(model: ProgramModel, graph: Graph, event: AcquireEvent): SelfWait | undefined {
  if (event.scoped || event.operation?.kind !== 'acquire' || !isCollected(model, event.node)) return undefined;
  const place = lockTaken(model, graph, event);
  if (place === undefined || !isCertain(place)) return undefined;
  const loop = loopWithoutRelease(graph, event);
  if (loop === undefined) return undefined;
  const isPerTurn = bindingsIn(graph, place).some((binding) => (graph.definitions.get(binding) ?? []).some((definition) => loop.has(definition.block)));
  if (isPerTurn) return undefined;
  const tests = model.controlDependence(graph).controllingTests(event.block);
  if (tests.some((test) => !test.isLoop && loop.has(test.block))) return undefined;
  const held: HeldUse = { place, mode: event.mode, acquire: event, node: event.node };
  const conflict = conflictBetween(model, held, event);
  // to take several permits one after another is a way to take them all
  return conflict === undefined || conflict === 'with-holders' ? undefined : selfWait(event.lock.text, 'loop', held, event.node, undefined, event, conflict, 'high');
}

/** Waits for callees, array callbacks, earlier sections and stored tasks that take a held lock. */
function neededBy(model: ProgramModel, graph: Graph, wait: Wait, locks: readonly HeldUse[]): SelfWait[] {
  const found: SelfWait[] = [];
  const match = (place: Place, taken: AcquireEvent): { held: HeldUse; conflict: Conflict } | undefined => {
    for (const held of locks) {
      const conflict = isSame(graph, held.place, place) ? conflictBetween(model, held, taken) : undefined;
      if (conflict !== undefined) return { held, conflict };
    }
    return undefined;
  };
  for (const { take, at } of takesOf(model, graph, wait)) {
    const needed = match(take.place, take.acquire);
    if (needed === undefined || isDecidedOtherwise(model, graph, take, needed.held)) continue;
    const { held, conflict } = needed;
    const isStartedBefore = !heldWith(model, graph, at).some(({ place }) => place.key === held.place.key);
    // who asked before this task did is served before
    if (isStartedBefore && !take.isAfterSuspension) continue;
    const isDirect = isWithin(at.node, wait.event.node);
    const confidence = take.conditions.length > 0 || isStartedBefore ? 'medium' : 'high';
    const name = at.kind === 'call' ? (at.name ?? nameOf(at)) : undefined;
    found.push(
      isDirect
        ? selfWait(textOf(held), 'call', held, at.node, name, take.acquire, conflict, confidence)
        : selfWait(textOf(held), 'join', held, wait.event.node, name, take.acquire, conflict, confidence),
    );
  }
  for (const section of wait.sections) {
    const place = lockTaken(model, graph, section);
    const needed = place === undefined || taskOf(graph, section) === taskOf(graph, wait.event) ? undefined : match(place, section);
    if (needed === undefined || section.node.pos < needed.held.node.pos) continue;
    found.push(selfWait(textOf(needed.held), 'join', needed.held, wait.event.node, undefined, section, needed.conflict, 'medium'));
  }
  for (const stored of wait.stored) {
    for (const { take, isStartedUnder } of takesOfStored(model, graph, stored)) {
      const needed = match(take.place, take.acquire);
      if (needed === undefined || (!take.isAfterSuspension && !isStartedUnder(needed.held.place))) continue;
      found.push(selfWait(textOf(needed.held), 'join', needed.held, wait.event.node, stored.text, take.acquire, needed.conflict, 'medium'));
    }
  }
  for (const call of wait.calls) {
    for (const held of locks) found.push(...neededByStored(model, call, held));
    for (const take of takesOfHandedCallbacks(model, call)) {
      const needed = match(take.place, take.acquire);
      if (needed === undefined || isDecidedOtherwise(model, graph, take, needed.held)) continue;
      found.push(selfWait(textOf(needed.held), 'callback', needed.held, call.node, nameOf(call), take.acquire, needed.conflict, 'medium'));
    }
  }
  return found;
}

/** The content of a field or variable is called that somebody has stored there, who takes the lock of the same object or module. */
function neededByStored(model: ProgramModel, call: CallEvent, held: HeldUse): SelfWait[] {
  if (!isCertain(held.place)) return [];
  const { node } = call;
  if (!model.compiler.isCallExpression(node)) return [];
  return storedCallbacksOf(model, call).flatMap(({ argument, holder }) => {
    const lock = held.place.root.kind === 'this' ? holder && rebase(held.place, holder) : held.place;
    if (lock === undefined) return [];
    const key = canonical(model, lock).key;
    const take = takesOfCallback(model, argument).find((each) => each.place.key === key);
    const conflict = take === undefined ? undefined : conflictBetween(model, held, take.acquire);
    if (take === undefined || conflict === undefined) return [];
    return [selfWait(textOf(held), 'stored', held, node, node.expression.getText(), take.acquire, conflict, 'medium')];
  });
}

/** Callbacks that a callee from elsewhere is handed and waited for: `await retry(() => this.load())`. */
function takesOfHandedCallbacks(model: ProgramModel, call: CallEvent): readonly LockTake[] {
  const { compiler } = model;
  const { node, name } = call;
  if (!compiler.isCallExpression(node) || call.reference !== undefined) return [];
  if (name !== undefined && (keepingMethods.has(name) || listenerMethods.has(name) || oneShotTimers.has(name))) return [];
  const literals = node.arguments.map((argument) => skipOuter(compiler, argument)).filter((argument) => isFunctionLiteral(compiler, argument));
  if (literals.length === 0 || model.callee(call, 'full') !== undefined) return [];
  return literals.flatMap((literal) => (model.rootActivation(literal.body) === literal ? takesOfCallback(model, literal) : []));
}

/** A lock that a stored task takes, or its section does, and whether the task is started while that lock is held. */
interface StoredTake {
  readonly take: Pick<LockTake, 'place' | 'acquire' | 'isAfterSuspension'>;
  readonly isStartedUnder: (lock: Place) => boolean;
}

/** A section whose own promise was stored: it stands in the queue of its lock, behind whoever reads the promise under that lock. */
function* sectionsStored(model: ProgramModel, call: ts.CallExpression): Generator<StoredTake> {
  const starter = model.graph(model.rootActivation(call));
  for (const event of model.eventsAt(starter, call)) {
    if (event.kind !== 'acquire' || !event.scoped) continue;
    const place = lockTaken(model, starter, event);
    if (place !== undefined) yield { take: { place, acquire: event, isAfterSuspension: true }, isStartedUnder: () => false };
  }
}

/** The tasks whose promise the place holds: the locks they take, as this activation names them. */
function* takesOfStored(
  model: ProgramModel,
  graph: Graph,
  stored: Place,
): Generator<StoredTake> {
  const { compiler } = model;
  for (const { call } of tasksStoredIn(model, stored)) {
    yield* sectionsStored(model, call);
    const expression = skipOuter(compiler, call.expression);
    const callee = model.calleeOfExpression(expression, 'full');
    if (callee === undefined || callee === graph.owner) continue;
    const receiver = compiler.isPropertyAccessExpression(expression) ? model.file(expression).places.placeOf(expression.expression) : undefined;
    const seesThis = isFunctionLiteral(compiler, expression) || (receiver?.root.kind === 'this' && receiver.path.length === 0);
    const isStartedUnder = (lock: Place): boolean => {
      const starter = model.graph(model.rootActivation(call));
      return model.eventsAt(starter, call).some((event) => heldAt(model, starter, event).some(({ place }) => place.key === lock.key));
    };
    for (const take of lockEffects(model, callee).takes) {
      if (take.place.root.kind === 'this' && !seesThis) continue;
      yield { take, isStartedUnder };
    }
  }
}

/** A function that the callee calls back with a lock held takes that lock. */
function calledBack(model: ProgramModel, graph: Graph, call: CallEvent): SelfWait[] {
  const found: SelfWait[] = [];
  if (!mayHandCallback(model, call)) return found;
  for (const { run, argument, callee } of callbackArguments(model, call)) {
    const held = heldFromCaller(model, run.held, callee, call);
    const literal = skipOuter(model.compiler, argument);
    // what runs as part of this activation has been looked at
    if (held.length === 0 || (isFunctionLiteral(model.compiler, literal) && graph.inlined.has(literal))) continue;
    for (const take of takesOfCallback(model, argument)) {
      for (const use of held) {
        if (use.place.key !== take.place.key || !isCertain(use.place)) continue;
        const conflict = conflictBetween(model, use, take.acquire);
        if (conflict === undefined) continue;
        found.push(selfWait(use.place.text, 'callback', use, call.node, nameOf(call), take.acquire, conflict, take.conditions.length > 0 ? 'medium' : 'high'));
      }
    }
  }
  return found;
}

/** A literal, a method of the caller or a function of the file among the arguments. */
function mayHandCallback(model: ProgramModel, call: CallEvent): boolean {
  const { compiler } = model;
  if (!compiler.isCallExpression(call.node) || call.isGetter) return false;
  return call.node.arguments.some((argument) => {
    const node = skipOuter(compiler, argument);
    if (isFunctionLiteral(compiler, node)) return true;
    if (!compiler.isIdentifier(node) && !compiler.isPropertyAccessExpression(node) && !compiler.isCallExpression(node)) return false;
    return !compiler.isCallExpression(node) ? model.calleeOfExpression(node, 'syntactic') !== undefined : /\.bind\(/.test(node.getText());
  });
}

/** The section has set what the callee looks at before it takes the lock: `this.token = fresh; await this.get()`. */
function isDecidedOtherwise(model: ProgramModel, graph: Graph, take: LockTake, held: HeldUse): boolean {
  if (take.conditions.length === 0) return false;
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'write' || event.value === undefined || isReset(model.compiler, event.value.node) || isSum(model, event.node)) continue;
    if (!take.conditions.some((condition) => writeAffectsRead(event.place, condition))) continue;
    if (heldAt(model, graph, event).some(({ place }) => place.key === held.place.key)) return true;
  }
  return false;
}

/** `row.total += amount`: a sum of data says nothing of who holds a lock, as a count by one does. */
function isSum({ compiler }: ProgramModel, node: ts.Node): boolean {
  const { SyntaxKind } = compiler;
  if (!compiler.isBinaryExpression(node)) return false;
  const sum = node.operatorToken.kind === SyntaxKind.EqualsToken ? skipOuter(compiler, node.right) : node;
  if (!compiler.isBinaryExpression(sum) || sum.operatorToken.kind === SyntaxKind.CommaToken) return false;
  const isArithmetic = sum === node || sum.operatorToken.kind === SyntaxKind.PlusToken || sum.operatorToken.kind === SyntaxKind.MinusToken;
  return isArithmetic && !compiler.isNumericLiteral(skipOuter(compiler, sum.right));
}

function conflictBetween(model: ProgramModel, held: HeldUse, taken: AcquireEvent): Conflict | undefined {
  const conflict = conflictOf(held.mode, taken);
  return conflict === 'with-writer' && !hasWriter(model, taken) ? undefined : conflict;
}

/** Whether somebody takes the lock to write. A lock that is declared elsewhere may be taken elsewhere. */
function hasWriter(model: ProgramModel, acquire: AcquireEvent): boolean {
  const { compiler } = model;
  const last = acquire.lock.place?.path.at(-1);
  const name = last?.kind === 'field' ? last.name : acquire.lock.place?.root.kind === 'variable' ? acquire.lock.place.root.binding.name : undefined;
  if (name === undefined) return true;
  const file = model.file(acquire.node);
  const owner = acquire.lock.place?.root.kind === 'this' ? acquire.lock.place.root.owner : undefined;
  const mentions = file.mentions(name).filter((mention) => owner === undefined || thisOwner(compiler, mention) === owner || mention.parent.parent === owner);
  const isDeclaredHere = mentions.some(({ parent }) => compiler.isPropertyDeclaration(parent) || compiler.isVariableDeclaration(parent) || compiler.isParameter(parent));
  if (!isDeclaredHere) return true;
  return mentions.some((mention) => {
    let node: ts.Node = mention;
    for (let depth = 0; depth < 4 && !compiler.isStatement(node); depth += 1) {
      node = node.parent;
      if (!compiler.isCallExpression(node)) continue;
      const operation = model.locks.classifyCall(node);
      if ((operation?.kind === 'acquire' || operation?.kind === 'run') && operation.mode === 'exclusive') return true;
    }
    return false;
  });
}

function selfWait(
  lock: string,
  how: SelfWait['how'],
  held: HeldUse,
  at: ts.Node,
  callee: string | undefined,
  taken: AcquireEvent,
  conflict: Conflict,
  confidence: 'high' | 'medium' | 'low',
): SelfWait {
  // how many levels a recursion has is seldom bounded; that enough tasks come to the same callee is a question of load
  const isByLoad = conflict === 'with-holders' && taken.node !== held.node;
  const isKnown = taken.lock.reentrant !== undefined || taken.operation?.model === 'shape' || taken.operation === undefined;
  return {
    lock,
    how,
    held: held.node,
    at,
    callee,
    taken: taken.node,
    conflict,
    isTimed: taken.operation?.timed === true,
    confidence: isByLoad ? 'low' : conflict !== 'always' || !isKnown ? 'medium' : confidence,
  };
}

function textOf(held: HeldUse): string {
  return held.acquire?.lock.text ?? held.place.text;
}

function nameOf(call: CallEvent): string | undefined {
  return call.name ?? call.reference?.getText();
}


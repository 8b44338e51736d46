/**
 * The obligations of an activation: each lock that it acquires and has to give back, and each that a callee leaves held for it.
 *
 * An obligation is met by a release (of the handle, or of the lock itself, also in a callee), or it is handed over: the
 * handle, or a closure that releases, is returned, stored, or passed on, and releasing is somebody else's business.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { AcquireEvent, CallEvent, LockReference } from '../../events/event.js';
import { verbOf } from '../../locks/member-words.js';
import { enclosingActivation, type FunctionNode, isFunctionLiteral, isUsing, outerParent } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { resultsOf } from '../effects/results.js';
import { isOfModuleOrFactory } from '../model/factories.js';
import { createModelCache, type ProgramModel } from '../model/program-model.js';
import { lockInCallersWords } from './callers-words.js';
import { isOneOfKeys, isOneOfList } from './gathered-handles.js';
import { givesRelease, isHandedOn } from './handle-uses.js';
import { heldByResolver } from './held-by-resolver.js';
import { callsIntoLockFile, functionOfLockFile, mayHandleLocks } from './lock-files.js';
import { callsThatAcquire, lockTaken } from './lock-identity.js';
import { type Obligation, Owed } from './obligation.js';
import { tellsWhetherHeld, tellsWhetherKept } from './told-acquires.js';

const cache = createModelCache<Graph, readonly Obligation[]>();
const inProgress = new Set<Graph>();

/** Each is followed along all paths of its own, so that many in one function cost the square; more are not looked at. */
const maximumObligations = 32;

export function obligationsOf(model: ProgramModel, graph: Graph): readonly Obligation[] {
  return mayHandleLocks(model, graph.owner.getSourceFile()) ? obligationsIn(model, graph) : [];
}

/** Also of a file that speaks of no lock, and hands on what others give it. */
function obligationsIn(model: ProgramModel, graph: Graph): readonly Obligation[] {
  const known = cache(model).get(graph);
  if (known !== undefined) return known;
  if (inProgress.has(graph)) return [];
  inProgress.add(graph);
  try {
    const found = collect(model, graph);
    cache(model).set(graph, found);
    return found;
  } finally {
    inProgress.delete(graph);
  }
}

function collect(model: ProgramModel, graph: Graph): Obligation[] {
  const found = new Map<ts.Node, Obligation>();
  for (const event of eventsOf(graph)) {
    if (found.size >= maximumObligations) {
      model.limits.add('locks taken in one function');
      break;
    }
    if (event.kind === 'acquire') {
      const { operation, call } = event;
      if (event.scoped || event.lock.isLocal || isDisposedOf(model, event.node) || operation?.kind !== 'acquire' || call === undefined || found.has(event.node)) continue;
      if (isOneOfList(model, graph, event)) continue;
      found.set(event.node, new Owed(model, graph, operation.node, operation, event.lock, event, undefined, operation.conditional || operation.refusal !== undefined));
    } else if (event.kind === 'call' && !found.has(event.node) && !callsThatAcquire(graph).has(event)) {
      const left = leftByCallee(model, graph, event);
      if (left !== undefined && !isDisposedOf(model, event.node)) found.set(event.node, left);
    }
  }
  return [...found.values()].filter((obligation) => !isOneOfKeys(model, graph, obligation));
}

/** `using handle = await lock.acquire()` releases at the end of the block; `using handle = isShared ? await lock.acquire() : undefined` as well. */
function isDisposedOf({ compiler }: ProgramModel, call: ts.Node): boolean {
  let { parent, child } = outerParent(compiler, call);
  while (compiler.isAwaitExpression(parent) || (compiler.isConditionalExpression(parent) && parent.condition !== child)) ({ parent, child } = outerParent(compiler, parent));
  return compiler.isVariableDeclaration(parent) && compiler.isVariableDeclarationList(parent.parent) && isUsing(compiler, parent.parent);
}

/** A helper that returns the handle, or leaves a lock held which others release, makes its caller owe the release. */
function leftByCallee(model: ProgramModel, graph: Graph, event: CallEvent): Obligation | undefined {
  const { compiler } = model;
  if (event.reference !== undefined || !compiler.isCallExpression(event.node)) return undefined;
  const nearby = model.callee(event, 'syntactic');
  // an object that takes a lock for whoever calls it is asked only where its verb says so
  const isFar = nearby === undefined && /^(?:try-)?acquire$/.test(verbOf(event.name ?? '', false));
  const isGiven = nearby === undefined && (isFar || isHandedOn(model, event.node) || givesRelease(model, event.node) || callsIntoLockFile(model, event.node));
  const callee = nearby ?? (isGiven ? (functionOfLockFile(model, event.node) ?? model.callee(event, 'full')) : undefined);
  if (callee === undefined || callee === graph.owner || graph.inlined.has(callee) || (isFunctionLiteral(compiler, callee) && !isNamedForAll(model, callee))) return undefined;
  const open = heldByResolver(model, model.graph(callee));
  const kept = open === undefined ? undefined : lockInCallersWords(model, namedLock(model, model.graph(callee), open.acquire), callee, event);
  if (open !== undefined && kept !== undefined) return new Owed(model, graph, event.node, open.operation, kept, open.acquire, event.name ?? 'the callee', false);
  for (const inner of isGiven ? obligationsIn(model, model.graph(callee)) : obligationsOf(model, model.graph(callee))) {
    const left = leavesHeld(model, model.graph(callee), inner, nearby === undefined && !isFar);
    if (left === undefined) continue;
    const lock = lockInCallersWords(model, lockedByHelper(model, model.graph(callee), inner), callee, event);
    if (lock === undefined) continue;
    const names = eventsOf(model.graph(callee)).flatMap((each) => (each.kind === 'return' ? (inner.enclosing(each) ?? []) : []));
    const owed = new Owed(model, graph, event.node, inner.operation, lock, inner.acquire, event.name ?? 'the callee', left === 'sometimes', undefined, new Set(names));
    // of an object elsewhere, only who releases by it as well is known to owe that
    const isByMember = inner.operation.release.kind === 'lock-member' || inner.operation.release.kind === 'module-function';
    if (isFar && isByMember && !eventsOf(graph).some((each) => owed.discharge(each) === 'release' || owed.certainRelease(each) !== undefined)) continue;
    return owed;
  }
  return undefined;
}

/** What the function owes that is handed the handle, or a function that releases, as this parameter. */
export function receivedObligation(model: ProgramModel, graph: Graph, parameter: Binding, { node, operation, lock, acquire, helper }: Obligation): Obligation {
  return new Owed(model, graph, node, operation, lock, acquire, helper, false, parameter);
}

/**
 * The lock of a helper that looks it up, `return this.of(key).acquire()`: the element that it finds, which its caller can tell from
 * others. One that is given back by its own name keeps that name.
 */
function lockedByHelper(model: ProgramModel, graph: Graph, { lock, operation, acquire }: Obligation): LockReference {
  if (lock.place !== undefined || operation.release.kind === 'lock-member' || acquire === undefined || graph.blocks[acquire.block]?.events[acquire.index] !== acquire) return lock;
  return namedLock(model, graph, acquire);
}

/** The lock with the key that it is taken under. */
function namedLock(model: ProgramModel, graph: Graph, acquire: AcquireEvent): LockReference {
  const place = lockTaken(model, graph, acquire);
  return place === undefined ? acquire.lock : { ...acquire.lock, place, key: place.key, text: place.text };
}

/** `const enter = (key: string) => doors.enter(key)` of a module, a factory or a class: a function like any other, but for its form. */
function isNamedForAll(model: ProgramModel, literal: FunctionNode): boolean {
  const { compiler } = model;
  const { parent } = outerParent(compiler, literal);
  return compiler.isPropertyDeclaration(parent) || (compiler.isVariableDeclaration(parent) && isOfModuleOrFactory(model, { owner: enclosingActivation(compiler, parent) }));
}

function leavesHeld(model: ProgramModel, graph: Graph, obligation: Obligation, byHandleAlone: boolean): 'always' | 'sometimes' | undefined {
  const returns = resultsOf(model.compiler, graph);
  const handed = returns.filter((event) => obligation.isResult(event) || obligation.enclosing(event) !== undefined);
  if (handed.length > 0) return handed.length === returns.length && !obligation.conditional ? 'always' : 'sometimes';
  const isByMember = !byHandleAlone && obligation.operation.release.kind === 'lock-member';
  if (isByMember && tellsWhetherKept(model, graph, obligation)) return 'sometimes';
  if (!isByMember || eventsOf(graph).some((event) => obligation.discharge(event) !== undefined)) return undefined;
  if (!obligation.conditional) return 'always';
  return tellsWhetherHeld(model, graph, obligation, returns) ? 'sometimes' : undefined;
}

/** Lowers calls that take or give back a lock, and calls that run a callback under one. */
import type { ts } from '../compiler/compiler.js';
import type { AcquireOperation, LockMode, ReleaseOperation, ReleaseShape, RunOperation } from '../locks/operation.js';
import { type FunctionNode, isFunctionLiteral, skipOuter } from '../syntax/functions.js';
import type { Binding } from '../syntax/scopes.js';
import { callReference, detached, lowerArguments, unbound } from './callbacks.js';
import { consumptionOf, isWaitedFor } from './consumption.js';
import type { AcquireEvent, CallEvent, LockReference, ReleaseEvent, SuspendEvent, Value } from './event.js';
import { lowerExpression } from './expressions.js';
import { isLocal, type Lowering, nothing } from './lowering.js';

/** The lock that the operation speaks of, as seen from this activation. */
function lockReference(
  lowering: Lowering,
  operation: AcquireOperation | RunOperation | ReleaseOperation,
): LockReference {
  const { places } = lowering;
  const place = operation.lock === undefined ? undefined : places.placeOf(operation.lock);
  const element = operation.key === undefined ? undefined : places.element(operation.key);
  // one connection has a transaction and locks of its session beside each other
  const statement = operation.kind !== 'run' && operation.statement === 'session lock' ? `|${operation.statement}` : '';
  const key = element === undefined ? statement : keyText(element);
  const name = place?.key ?? operation.lock?.getText() ?? operation.lockName;
  const isOwnLocal =
    place !== undefined &&
    place.path.length === 0 &&
    place.root.kind === 'variable' &&
    isLocal(lowering, place.root.binding) &&
    place.root.binding.kind === 'variable' &&
    isMadeHere(lowering, place.root.binding);
  const keySuffix = operation.key === undefined ? '' : `[${operation.key.getText()}]`;
  return {
    key: `${name}${key}`,
    place,
    ...(element === undefined ? {} : { element }),
    ...(operation.kind === 'release' || operation.reentrant === undefined ? {} : { reentrant: operation.reentrant }),
    text: `${operation.lock?.getText() ?? operation.lockName}${keySuffix}`,
    isLocal: isOwnLocal || (operation.lock !== undefined && lowering.locks.createsLock(skipOuter(lowering.compiler, operation.lock))),
  };
}

function keyText(projection: ReturnType<Lowering['places']['element']>): string {
  return projection.kind === 'field' ? `|${projection.name}` : `|${projection.key ?? '*'}`;
}

/** A local whose lock is made in this activation guards nothing; one that was fetched from elsewhere may. */
function isMadeHere(lowering: Lowering, binding: Binding): boolean {
  return binding.initializer !== undefined && lowering.locks.createsLock(skipOuter(lowering.compiler, binding.initializer));
}

export function lowerSection(lowering: Lowering, node: ts.CallExpression, operation: RunOperation): Value {
  const { compiler, flow } = lowering;
  if (operation.lock !== undefined) lowerExpression(lowering, operation.lock);
  const callback = unbound(lowering, operation.callback);
  for (const argument of node.arguments) {
    if (argument !== operation.callback) lowerExpression(lowering, argument);
  }
  const { release } = operation;
  if (release !== undefined && isFunctionLiteral(compiler, callback)) {
    detached(lowering, node, () => lowerHandedSection(lowering, node, operation, release, callback));
    return nothing(node);
  }
  const lock = lockReference(lowering, operation);
  const run = (): Value => {
    if (operation.asynchronous) flow.emit<SuspendEvent>({ kind: 'suspend', node, reason: 'acquire', operand: undefined });
    flow.emit<AcquireEvent>({
      kind: 'acquire',
      node,
      lock,
      mode: operation.mode,
      operation,
      call: undefined,
      scoped: true,
    });
    let result: Value;
    if (isFunctionLiteral(compiler, callback)) result = flow.inline(callback, [], 'awaited');
    else result = callReference(lowering, node, callback);
    flow.emit<ReleaseEvent>({ kind: 'release', node, lock, operation, scoped: true });
    return result;
  };
  if (!operation.asynchronous || isWaitedFor(lowering, node)) return { ...run(), node };
  detached(lowering, node, run);
  return { sources: [], nature: 'promise', node };
}

/**
 * `lock.writeLock((release) => { … release(); })` gives nothing back by itself: it is an acquire whose callback is what comes after, and whose
 * handle is a parameter of it where the lock's own member does not free it.
 */
function lowerHandedSection(lowering: Lowering, node: ts.CallExpression, operation: RunOperation, release: ReleaseShape, callback: FunctionNode): void {
  const { flow } = lowering;
  const { lock, lockName, key, model, mode, permits, reentrant, timed, waits, sharedAlternative, sharedOption, resource, handleParameter, releaserParameter } = operation;
  const refusal = parameterAt(lowering, callback, operation.refusalParameter);
  const acquire: AcquireOperation = {
    ...{ node, lock, lockName, key, model, mode, permits, reentrant, timed, waits, sharedAlternative, sharedOption },
    kind: 'acquire',
    // the callback waits, not the call
    asynchronous: false,
    conditional: false,
    notTaken: undefined,
    failure: 'never',
    release,
    resource,
    ...(refusal === undefined ? {} : { refusal, calledBack: true }),
    collected: false,
    disposable: false,
    scopedAlternative: undefined,
  };
  const call = flow.emit<CallEvent>({
    kind: 'call',
    node,
    name: undefined,
    receiver: undefined,
    arguments: [],
    consumption: 'awaited',
    isGetter: false,
  });
  flow.emit<SuspendEvent>({ kind: 'suspend', node, reason: 'acquire', operand: undefined });
  const event = flow.emit<AcquireEvent>({ kind: 'acquire', node, lock: lockReference(lowering, acquire), mode, operation: acquire, call, scoped: false });
  lowering.acquires.set(call, event);
  const handles = callback.parameters.map((_, index): Value => {
    if (index === releaserParameter) return { sources: [call], nature: 'function', node };
    return index === handleParameter ? { sources: [call], nature: 'fresh', node } : nothing(node);
  });
  flow.inline(callback, handles, 'awaited');
}

function parameterAt({ compiler, scopes }: Lowering, { parameters }: FunctionNode, position: number | undefined): Binding | undefined {
  const name = position === undefined ? undefined : parameters[position]?.name;
  return name === undefined || !compiler.isIdentifier(name) ? undefined : scopes.resolve(name);
}

export function lowerAcquire(lowering: Lowering, node: ts.CallExpression, operation: AcquireOperation): Value {
  const { flow } = lowering;
  const receiver = operation.lock === undefined ? undefined : lowerExpression(lowering, operation.lock);
  const args = lowerArguments(lowering, node);
  const call = flow.emit<CallEvent>({
    kind: 'call',
    node,
    name: undefined,
    receiver,
    arguments: args,
    consumption: consumptionOf(lowering, node),
    isGetter: false,
  });
  // the promise of a resource may be kept: whoever waits for it suspends there
  const isKept = operation.resource && call.consumption === 'stored';
  if (operation.asynchronous && !isKept) flow.emit<SuspendEvent>({ kind: 'suspend', node, reason: 'acquire', operand: undefined });
  const lock = lockReference(lowering, operation);
  const acquire = flow.emit<AcquireEvent>({
    kind: 'acquire',
    node,
    lock,
    mode: operation.mode,
    operation,
    call,
    scoped: false,
  });
  lowering.acquires.set(call, acquire);
  return { sources: [call], nature: 'fresh', node };
}

/** Remembers which variable or place holds the handle of an acquired lock. */
export function noteHandle(lowering: Lowering, key: string, value: Value): void {
  for (const source of value.sources) {
    const acquire = source.kind === 'call' ? lowering.acquires.get(source) : undefined;
    if (acquire !== undefined) lowering.handles.set(key, acquire);
  }
}

export function lowerRelease(lowering: Lowering, node: ts.CallExpression, operation: ReleaseOperation): Value {
  const { flow } = lowering;
  if (operation.lock !== undefined) lowerExpression(lowering, operation.lock);
  lowerArguments(lowering, node);
  flow.emit<ReleaseEvent>({ kind: 'release', node, lock: lockReference(lowering, operation), operation, scoped: false });
  return nothing(node);
}

export function releasesByCall(acquire: AcquireEvent): boolean {
  if (acquire.operation?.kind !== 'acquire') return false;
  const { kind } = acquire.operation.release;
  return kind === 'call-result' || kind === 'tuple-element';
}

/** The acquire whose handle `receiver.method()` gives back: `lock.release()`, `this.unlock()`. */
export function releasedHandle(lowering: Lowering, receiver: ts.Expression, method: string): AcquireEvent | undefined {
  if (lowering.handles.size === 0) return undefined;
  const place = lowering.places.placeOf(receiver);
  if (place === undefined) return undefined;
  const handle = lowering.handles.get(place.key);
  const release = handle?.operation?.kind === 'acquire' ? handle.operation.release : undefined;
  if (release?.kind === 'result-member' && release.members.includes(method)) return handle;
  const stored = lowering.handles.get(`${place.key}.${method}`);
  return stored !== undefined && releasesByCall(stored) ? stored : undefined;
}

export function emitRelease(lowering: Lowering, node: ts.Node, acquire: AcquireEvent): Value {
  const { operation } = acquire;
  lowering.flow.emit<ReleaseEvent>({ kind: 'release', node, lock: acquire.lock, operation, scoped: false });
  const handsOver = operation?.kind === 'acquire' && operation.release.handsOver === true;
  if (handsOver) lowering.flow.emit<SuspendEvent>({ kind: 'suspend', node, reason: 'handover', operand: undefined });
  return nothing(node);
}

export function emitAcquire(lowering: Lowering, node: ts.Node, lock: LockReference, mode: LockMode): void {
  lowering.flow.emit<AcquireEvent>({ kind: 'acquire', node, lock, mode, operation: undefined, call: undefined, scoped: true });
}

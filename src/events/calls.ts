/**
 * Lowers calls: locks, promise chains, callbacks that run as part of the activation, collections, everything else.
 */
import type { Compiler, ts } from '../compiler/compiler.js';
import type { AcquireOperation, LockMode, ReleaseOperation, ReleaseShape, RunOperation } from '../locks/operation.js';
import { contents, field, type Place, project } from '../places/place.js';
import { isConstant, isNullish } from '../syntax/constants.js';
import {
  type FunctionNode,
  isAsync,
  isFunctionLiteral,
  isGenerator,
  outerParent,
  propertyNameText,
  skipOuter,
} from '../syntax/functions.js';
import type { Binding } from '../syntax/scopes.js';
import { isPromiseCombinator, isWithin } from '../syntax/tree.js';
import { collectionEffect, synchronousCallbacks } from './collections.js';
import type {
  AcquireEvent,
  CallEvent,
  Consumption,
  LockReference,
  ReleaseEvent,
  SlotEvent,
  SourceEvent,
  SuspendEvent,
  Value,
  WriteEvent,
} from './event.js';
import { branchOnFailure, heldByLocal, lowerExpression, questionDot, readContents } from './expressions.js';
import { combine, isLocal, type Lowering, nothing } from './lowering.js';

const chainMethods: ReadonlySet<string> = new Set(['then', 'catch', 'finally']);

export function lowerCall(lowering: Lowering, node: ts.CallExpression): Value {
  const { compiler, locks } = lowering;
  const callee = skipOuter(compiler, node.expression);
  if (isFunctionLiteral(compiler, callee) && !isGenerator(callee)) return lowerImmediate(lowering, node, callee);
  const operation = locks.classifyCall(node);
  if (operation?.kind === 'run') return lowerSection(lowering, node, operation);
  if (operation?.kind === 'acquire') return lowerAcquire(lowering, node, operation);
  if (operation?.kind === 'release') {
    // a handle may be of a class that has a model itself: what counts is the acquire that it came from
    const released = compiler.isPropertyAccessExpression(callee) ? releasedHandle(lowering, callee.expression, callee.name.text) : undefined;
    return released === undefined ? lowerRelease(lowering, node, operation) : emitRelease(lowering, node, released);
  }

  if (compiler.isPropertyAccessExpression(callee)) {
    const method = callee.name.text;
    if (chainMethods.has(method) && node.arguments.length > 0) return lowerChain(lowering, node);
    const released = releasedHandle(lowering, callee.expression, method);
    if (released !== undefined) return emitRelease(lowering, node, released);
    const receiver = lowerExpression(lowering, callee.expression);
    questionDot(lowering, callee, receiver);
    questionDot(lowering, node, receiver);
    const [callback] = node.arguments;
    if (synchronousCallbacks.has(method) && callback !== undefined) {
      const literal = skipOuter(compiler, callback);
      if (isFunctionLiteral(compiler, literal) && !isAsync(compiler, literal) && !isGenerator(literal)) {
        return lowerIteration(lowering, node, receiver, literal);
      }
    }
    const args = lowerArguments(lowering, node);
    return finishCall(lowering, node, method, receiver, args);
  }
  if (compiler.isIdentifier(callee)) {
    const binding = lowering.scopes.resolve(callee);
    const handle = binding === undefined ? undefined : lowering.handles.get(`v${binding.id}`);
    if (handle !== undefined && releasesByCall(handle)) return emitRelease(lowering, node, handle);
  }
  const calleeValue = callee.kind === compiler.SyntaxKind.SuperKeyword ? nothing(callee) : lowerExpression(lowering, callee);
  questionDot(lowering, node, calleeValue);
  const args = lowerArguments(lowering, node);
  const name = compiler.isIdentifier(callee) ? callee.text : undefined;
  return finishCall(lowering, node, name, undefined, args, calleeValue);
}

function lowerArguments(lowering: Lowering, node: ts.CallExpression | ts.NewExpression): Value[] {
  return (node.arguments ?? []).map((argument) => lowerExpression(lowering, argument));
}

/** Receiver and arguments are lowered: the effects on a collection, or a plain call. */
function finishCall(
  lowering: Lowering,
  node: ts.CallExpression,
  name: string | undefined,
  receiver: Value | undefined,
  args: Value[],
  callee?: Value,
): Value {
  const { flow, places, compiler } = lowering;
  const inlinedResult = inlineCallbacks(lowering, node);
  const call = flow.emit<CallEvent>({
    kind: 'call',
    node,
    name,
    receiver,
    arguments: args,
    consumption: consumptionOf(lowering, node),
    isGetter: false,
  });
  const sources: SourceEvent[] = [call];
  if (inlinedResult !== undefined) return { ...inlinedResult, sources: [...sources, ...inlinedResult.sources], node };
  for (const external of lowering.oracle.externalEffects(node)) {
    const { place } = external;
    if (external.effect === 'check') {
      sources.push(flow.emit({ kind: 'read', node, place, collection: undefined, heldBy: undefined }));
      if (call.consumption !== 'awaited') branchOnFailure(lowering, node, sources);
    } else {
      const { how, isDeferred } = external;
      flow.emit({ kind: 'write', node, place, how, value: undefined, collection: undefined, isDeferred });
    }
  }
  if (name === 'assign') assignFields(lowering, node, receiver, args);
  const inspected = inspectedPlace(lowering, node, name, receiver, args);
  if (inspected !== undefined) {
    const heldBy = args[0] !== undefined && compiler.isExpression(args[0].node) ? heldByLocal(lowering, args[0].node) : undefined;
    sources.unshift(flow.emit({ kind: 'read', node, place: inspected, collection: undefined, heldBy }));
    return { sources, node };
  }
  const effect = name === undefined || receiver?.place === undefined || isOwnMethod(lowering, receiver.place, name) ? undefined : collectionEffect(name);
  if (effect === undefined || receiver?.place === undefined) {
    const place = places.placeOf(node);
    const used = callee === undefined ? sources : [...sources, ...callee.sources];
    return { sources: used, node, ...(place === undefined ? {} : { place }) };
  }
  const collection = compiler.isExpression(receiver.node) ? receiver.node : undefined;
  const keyed = project(receiver.place, places.element(node.arguments[0]));
  const all = project(receiver.place, contents);
  if (effect.reads !== undefined) {
    const place = effect.reads === 'key' ? keyed : all;
    const heldBy = collection === undefined ? undefined : heldByLocal(lowering, collection);
    sources.unshift(flow.emit({ kind: 'read', node, place, collection, heldBy }));
  }
  if (effect.writes !== undefined) {
    const value = name === 'set' ? args[1] : args[0];
    flow.emit<WriteEvent>({
      kind: 'write',
      node,
      place: effect.writes === 'key' ? keyed : all,
      how: effect.how ?? 'mutate',
      value,
      collection,
    });
  }
  const place = places.placeOf(node);
  return { sources: [...sources, ...receiver.sources], node, ...(place === undefined ? {} : { place }) };
}

/** `this.fill()` of a class that has such a method is no collection's. */
function isOwnMethod({ compiler }: Lowering, { root, path }: Place, name: string): boolean {
  if (root.kind !== 'this' || path.length > 0 || root.owner === undefined || !compiler.isClassLike(root.owner)) return false;
  return root.owner.members.some((member) => propertyNameText(compiler, member.name) === name);
}

/** Static functions of the language that look into their first argument. */
const inspectors: Readonly<Record<string, ReadonlySet<string>>> = {
  Object: new Set(['keys', 'values', 'entries', 'hasOwn']),
  Array: new Set(['from']),
  JSON: new Set(['stringify']),
};

/** What `Object.keys(this.table)` or `Object.hasOwn(this.table, key)` looks at. */
function inspectedPlace(
  lowering: Lowering,
  node: ts.CallExpression,
  name: string | undefined,
  receiver: Value | undefined,
  args: readonly Value[],
): Place | undefined {
  if (name === undefined || receiver?.place === undefined) return undefined;
  if (name === 'hasOwnProperty') return project(receiver.place, lowering.places.element(node.arguments[0]));
  const { root, path } = receiver.place;
  const subject = args[0]?.place;
  if (root.kind !== 'global' || path.length > 0 || subject === undefined) return undefined;
  if (!Object.hasOwn(inspectors, root.name) || inspectors[root.name]?.has(name) !== true) return undefined;
  return project(subject, name === 'hasOwn' ? lowering.places.element(node.arguments[1]) : contents);
}

/** `Object.assign(this.state, { loaded: true })` writes the fields that are written out, or some that are not known. */
function assignFields(lowering: Lowering, node: ts.CallExpression, receiver: Value | undefined, args: readonly Value[]): void {
  const { compiler, flow } = lowering;
  const [target, ...sources] = args;
  const { place } = target ?? {};
  if (receiver?.place?.root.kind !== 'global' || receiver.place.text !== 'Object' || place === undefined) return;
  for (const [index, source] of sources.entries()) {
    const argument = node.arguments[index + 1];
    const literal = argument === undefined ? undefined : skipOuter(compiler, argument);
    const properties = literal !== undefined && compiler.isObjectLiteralExpression(literal) ? literal.properties : undefined;
    const names = properties?.map((property) => propertyNameText(compiler, property.name));
    if (properties === undefined || names === undefined || names.includes(undefined)) {
      flow.emit<WriteEvent>({ kind: 'write', node, place, how: 'mutate', value: source, collection: undefined });
      continue;
    }
    for (const property of properties) {
      const value = compiler.isPropertyAssignment(property) ? property.initializer : undefined;
      const constant = value !== undefined && isConstant(compiler, value);
      flow.emit<WriteEvent>({
        kind: 'write',
        node,
        place: project(place, field(propertyNameText(compiler, property.name) ?? '')),
        how: 'assign',
        value: { sources: source.sources, node: value ?? property, ...(constant ? { nature: 'constant' as const } : {}) },
        collection: undefined,
      });
    }
  }
}

/** Callbacks that the callee is known to run before it returns or before its promise settles. */
function inlineCallbacks(lowering: Lowering, node: ts.CallExpression): Value | undefined {
  const { compiler, flow, oracle } = lowering;
  let result: Value | undefined;
  node.arguments.forEach((argument, index) => {
    const literal = skipOuter(compiler, argument);
    if (!isFunctionLiteral(compiler, literal) || isGenerator(literal)) return;
    const behaviour = oracle.callbackBehaviour(node, index);
    if (behaviour === undefined) return;
    if (behaviour.kind === 'awaited' && !isWaitedFor(lowering, node)) return;
    if (behaviour.locks.length > 0) flow.emit<SuspendEvent>({ kind: 'suspend', node, reason: 'acquire', operand: undefined });
    for (const { lock, mode } of behaviour.locks) emitAcquire(lowering, node, lock, mode);
    result = flow.inline(literal, [], behaviour.kind);
    for (const { lock } of behaviour.locks) {
      flow.emit<ReleaseEvent>({ kind: 'release', node, lock, operation: undefined, scoped: true });
    }
  });
  return result;
}

function emitAcquire(lowering: Lowering, node: ts.Node, lock: LockReference, mode: LockMode): void {
  lowering.flow.emit<AcquireEvent>({ kind: 'acquire', node, lock, mode, operation: undefined, call: undefined, scoped: true });
}

export function lowerNew(lowering: Lowering, node: ts.NewExpression): Value {
  const { compiler, flow } = lowering;
  const [first] = node.arguments ?? [];
  const name = compiler.isIdentifier(node.expression) ? node.expression.text : undefined;
  if (name === 'Promise' && first !== undefined) {
    const executor = skipOuter(compiler, first);
    if (isFunctionLiteral(compiler, executor)) {
      const names = executor.parameters.flatMap(({ name: parameter }) => (compiler.isIdentifier(parameter) ? [parameter.text] : []));
      for (const settler of names) lowering.settlers.set(settler, executor);
      const runsOn = isAsync(compiler, executor) && !isWaitedFor(lowering, node);
      if (runsOn) detached(lowering, node, () => flow.inline(executor, [], 'awaited'));
      else flow.inline(executor, [], 'synchronous');
      for (const settler of names) lowering.settlers.delete(settler);
      return { sources: [], nature: 'promise', node };
    }
  }
  lowerExpression(lowering, node.expression);
  const args = lowerArguments(lowering, node);
  const call = flow.emit<CallEvent>({
    kind: 'call',
    node,
    name,
    receiver: undefined,
    arguments: args,
    consumption: consumptionOf(lowering, node),
    isGetter: false,
    isConstruction: true,
  });
  return { sources: [call], nature: 'fresh', node };
}

/** `(async () => { … })()`: part of this activation when it is waited for, else a continuation of its own. */
function lowerImmediate(lowering: Lowering, node: ts.CallExpression, literal: ts.ArrowFunction | ts.FunctionExpression): Value {
  const { compiler, flow } = lowering;
  const args = lowerArguments(lowering, node);
  if (!isAsync(compiler, literal)) return flow.inline(literal, args, 'synchronous');
  if (isWaitedFor(lowering, node)) return flow.inline(literal, args, 'awaited');
  detached(lowering, node, () => flow.inline(literal, args, 'awaited'));
  return { sources: [], nature: 'promise', node };
}

/** A callback that runs later as part of what this activation has begun. */
export function lowerContinuation(lowering: Lowering, node: FunctionNode): void {
  const { flow } = lowering;
  detached(lowering, node, () => {
    flow.emit<SuspendEvent>({ kind: 'suspend', node, reason: 'continuation', operand: undefined });
    flow.inline(node, [], 'awaited');
  });
}

/** Lowers what runs on without being waited for: control forks, and the continuation ends in the task's end. */
function detached(lowering: Lowering, node: ts.Node, body: () => void): void {
  const { flow, slot } = lowering;
  const continuation = flow.createBlock();
  const main = flow.createBlock();
  flow.detach(continuation, node);
  flow.goto(main);
  flow.moveTo(continuation);
  flow.withHandler(flow.taskEnd(), () => {
    const start = flow.createBlock();
    flow.goto(start);
    flow.moveTo(start);
    if (slot !== undefined) flow.emit<SlotEvent>({ kind: 'slot', node, place: slot.place, binding: slot.binding });
    lowering.slot = undefined;
    body();
    flow.goto(flow.taskEnd());
  });
  lowering.slot = slot;
  flow.moveTo(main);
}

/** An array method runs its callback any number of times before it returns. */
function lowerIteration(
  lowering: Lowering,
  node: ts.CallExpression,
  receiver: Value,
  callback: ts.ArrowFunction | ts.FunctionExpression,
): Value {
  const { flow } = lowering;
  const sources = readContents(lowering, node, receiver);
  const rest = node.arguments.slice(1).map((argument) => lowerExpression(lowering, argument));
  // At least once: what an empty collection lets slip round the callback is no path worth a finding.
  const body = flow.createBlock();
  const end = flow.createBlock();
  flow.goto(body);
  flow.moveTo(body);
  const result = flow.inline(callback, [{ sources, node }], 'synchronous');
  flow.fork(body);
  flow.goto(end);
  flow.moveTo(end);
  const callee = skipOuter(lowering.compiler, node.expression);
  const effect = lowering.compiler.isPropertyAccessExpression(callee) ? collectionEffect(callee.name.text) : undefined;
  if (effect?.writes !== undefined && receiver.place !== undefined) {
    // `rows.sort(byName)` sorts in place
    const collection = lowering.compiler.isExpression(receiver.node) ? receiver.node : undefined;
    const how = effect.how ?? 'mutate';
    flow.emit<WriteEvent>({ kind: 'write', node, place: project(receiver.place, contents), how, value: undefined, collection });
  }
  const place = lowering.places.placeOf(node);
  const all = combine(node, [{ sources, node }, result, ...rest]);
  return { sources: all.sources, node, ...(place === undefined ? {} : { place }) };
}

// ---------------------------------------------------------------------------------------------------------------
// Locks

/** The lock that the operation speaks of, as seen from this activation. */
function lockReference(
  lowering: Lowering,
  operation: AcquireOperation | RunOperation | ReleaseOperation,
): LockReference {
  const { places } = lowering;
  const place = operation.lock === undefined ? undefined : places.placeOf(operation.lock);
  const element = operation.key === undefined ? undefined : places.element(operation.key);
  const key = element === undefined ? '' : keyText(element);
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
  const { compiler } = lowering;
  const { declaration } = binding;
  return (
    compiler.isVariableDeclaration(declaration) &&
    declaration.initializer !== undefined &&
    lowering.locks.createsLock(skipOuter(compiler, declaration.initializer))
  );
}

function lowerSection(lowering: Lowering, node: ts.CallExpression, operation: RunOperation): Value {
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
  const { lock, lockName, key, model, mode, permits, reentrant, timed, waits, sharedAlternative, sharedOption } = operation;
  const acquire: AcquireOperation = {
    ...{ node, lock, lockName, key, model, mode, permits, reentrant, timed, waits, sharedAlternative, sharedOption },
    kind: 'acquire',
    // the callback waits, not the call
    asynchronous: false,
    conditional: false,
    notTaken: undefined,
    failure: 'never',
    release,
    resource: false,
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
  acquires(lowering).set(call, event);
  const handles = callback.parameters.map((_, index): Value => (index === operation.releaserParameter ? { sources: [call], nature: 'function', node } : nothing(node)));
  flow.inline(callback, handles, 'awaited');
}

/** `this.load` of `this.load.bind(this)`. */
function unbound({ compiler }: Lowering, callback: ts.Expression): ts.Expression {
  const node = skipOuter(compiler, callback);
  if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression)) return node;
  return node.expression.name.text === 'bind' ? skipOuter(compiler, node.expression.expression) : node;
}

/** Calls a function that is not a literal: `lock.run(this.refresh)`, `.then(save)`. */
function callReference(lowering: Lowering, node: ts.CallExpression, callback: ts.Expression): Value {
  const { compiler, flow } = lowering;
  const value = lowerExpression(lowering, callback);
  const call = flow.emit<CallEvent>({
    kind: 'call',
    node,
    name: compiler.isIdentifier(callback) ? callback.text : undefined,
    receiver: undefined,
    arguments: [],
    consumption: 'awaited',
    isGetter: false,
    reference: callback,
  });
  return { sources: [call, ...value.sources], node };
}

function lowerAcquire(lowering: Lowering, node: ts.CallExpression, operation: AcquireOperation): Value {
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
  if (operation.asynchronous) flow.emit<SuspendEvent>({ kind: 'suspend', node, reason: 'acquire', operand: undefined });
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
  acquires(lowering).set(call, acquire);
  return { sources: [call], nature: 'fresh', node };
}

const acquiresByLowering = new WeakMap<Lowering, Map<CallEvent, AcquireEvent>>();

function acquires(lowering: Lowering): Map<CallEvent, AcquireEvent> {
  let map = acquiresByLowering.get(lowering);
  if (map === undefined) acquiresByLowering.set(lowering, (map = new Map<CallEvent, AcquireEvent>()));
  return map;
}

/** Remembers which variable or place holds the handle of an acquired lock. */
export function noteHandle(lowering: Lowering, key: string, value: Value): void {
  const map = acquiresByLowering.get(lowering);
  if (map === undefined) return;
  for (const source of value.sources) {
    const acquire = source.kind === 'call' ? map.get(source) : undefined;
    if (acquire !== undefined) lowering.handles.set(key, acquire);
  }
}

function lowerRelease(lowering: Lowering, node: ts.CallExpression, operation: ReleaseOperation): Value {
  const { flow } = lowering;
  if (operation.lock !== undefined) lowerExpression(lowering, operation.lock);
  lowerArguments(lowering, node);
  flow.emit<ReleaseEvent>({ kind: 'release', node, lock: lockReference(lowering, operation), operation, scoped: false });
  return nothing(node);
}

function releasesByCall(acquire: AcquireEvent): boolean {
  if (acquire.operation?.kind !== 'acquire') return false;
  const { kind } = acquire.operation.release;
  return kind === 'call-result' || kind === 'tuple-element';
}

/** The acquire whose handle `receiver.method()` gives back: `lock.release()`, `this.unlock()`. */
function releasedHandle(lowering: Lowering, receiver: ts.Expression, method: string): AcquireEvent | undefined {
  if (lowering.handles.size === 0) return undefined;
  const place = lowering.places.placeOf(receiver);
  if (place === undefined) return undefined;
  const handle = lowering.handles.get(place.key);
  const release = handle?.operation?.kind === 'acquire' ? handle.operation.release : undefined;
  if (release?.kind === 'result-member' && release.members.includes(method)) return handle;
  const stored = lowering.handles.get(`${place.key}.${method}`);
  return stored !== undefined && releasesByCall(stored) ? stored : undefined;
}

function emitRelease(lowering: Lowering, node: ts.Node, acquire: AcquireEvent): Value {
  const { operation } = acquire;
  lowering.flow.emit<ReleaseEvent>({ kind: 'release', node, lock: acquire.lock, operation, scoped: false });
  const handsOver = operation?.kind === 'acquire' && operation.release.handsOver === true;
  if (handsOver) lowering.flow.emit<SuspendEvent>({ kind: 'suspend', node, reason: 'handover', operand: undefined });
  return nothing(node);
}

// ---------------------------------------------------------------------------------------------------------------
// Promise chains

interface Link {
  readonly method: string;
  readonly call: ts.CallExpression;
}

/**
 * `base.then(f).catch(g).finally(h)`: each callback runs after a suspension, exactly as code after an `await` does.
 * A rejection travels to the next link that handles it.
 */
function lowerChain(lowering: Lowering, outermost: ts.CallExpression): Value {
  const { compiler, flow } = lowering;
  const links: Link[] = [];
  let base: ts.Expression = outermost;
  for (;;) {
    const node = skipOuter(compiler, base);
    if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression)) break;
    const method = node.expression.name.text;
    if (!chainMethods.has(method) || node.arguments.length === 0) break;
    links.unshift({ method, call: node });
    base = node.expression.expression;
  }
  const rejected = isAsyncImmediate(lowering, base) && isWaitedFor(lowering, outermost) ? flow.createBlock() : undefined;
  const receiver = rejected === undefined ? lowerExpression(lowering, base) : lowerProtected(lowering, base, rejected);
  for (const { call } of links) {
    if (compiler.isPropertyAccessExpression(call.expression)) questionDot(lowering, call.expression, receiver);
  }
  const tail = promiseTail(lowering, outermost, receiver);
  let result: Value = nothing(outermost);
  const run = (): void => {
    result = lowerLinks(lowering, links, receiver, tail, rejected ?? flow.createBlock());
  };
  if (isWaitedFor(lowering, outermost)) run();
  else detached(lowering, outermost, run);
  const nature = 'promise';
  return { sources: [...new Set([...receiver.sources, ...result.sources])], nature, node: outermost };
}

/** `(async () => { … })()`, whose exceptions are rejections. */
function isAsyncImmediate({ compiler }: Lowering, base: ts.Expression): boolean {
  const node = skipOuter(compiler, base);
  if (!compiler.isCallExpression(node)) return false;
  const callee = skipOuter(compiler, node.expression);
  return isFunctionLiteral(compiler, callee) && isAsync(compiler, callee);
}

function lowerProtected(lowering: Lowering, base: ts.Expression, handler: number): Value {
  const { flow } = lowering;
  let value = nothing(base);
  flow.fork(handler, 'throws');
  flow.withHandler(handler, () => {
    const start = flow.createBlock();
    flow.goto(start);
    flow.moveTo(start);
    value = lowerExpression(lowering, base);
  });
  const end = flow.createBlock();
  flow.goto(end);
  flow.moveTo(end);
  return value;
}

/** `first` is the block that a rejection of the base reaches. */
function lowerLinks(
  lowering: Lowering,
  links: readonly Link[],
  receiver: Value,
  tail: LockReference | undefined,
  first: number,
): Value {
  const { compiler, flow } = lowering;
  const outerHandler = flow.handler();
  const rejections = [first, ...links.slice(1).map(() => flow.createBlock()), outerHandler];
  let value: Value = { sources: receiver.sources, node: receiver.node };
  // the base itself may reject; control dependence needs the edge as well as the exception
  flow.fork(first, 'throws');
  flow.withHandler(first, () => {
    const start = flow.createBlock();
    flow.goto(start);
    flow.moveTo(start);
    flow.emit<SuspendEvent>({ kind: 'suspend', node: links[0]?.call ?? receiver.node, reason: 'continuation', operand: receiver });
  });
  links.forEach(({ method, call }, index) => {
    const onward = rejections[index + 1] ?? outerHandler;
    const end = flow.createBlock();
    const [onFulfilled, onRejected] = handlersOf(lowering, method, call);
    const enter = (handler: ts.Expression, arg: readonly Value[]): Value | undefined => {
      let returned: Value | undefined;
      if (onward !== outerHandler) flow.fork(onward, 'throws');
      flow.withHandler(onward, () => {
        const block = flow.createBlock();
        flow.goto(block);
        flow.moveTo(block);
        if (index > 0) flow.emit<SuspendEvent>({ kind: 'suspend', node: call, reason: 'continuation', operand: undefined });
        if (tail !== undefined) emitAcquire(lowering, call, tail, 'exclusive');
        returned = runHandler(lowering, call, handler, arg);
        if (index < links.length - 1 && isOwnCall(compiler, handler, returned)) {
          // the next link waits for the promise that this one returns, and is passed over when it is rejected
          flow.emit<SuspendEvent>({ kind: 'suspend', node: returned.node, reason: 'continuation', operand: returned });
        }
        if (tail !== undefined) flow.emit<ReleaseEvent>({ kind: 'release', node: call, lock: tail, operation: undefined, scoped: true });
      });
      return returned;
    };
    const settled: Value[] = [];
    // fulfilled
    if (onFulfilled !== undefined) {
      const returned = enter(onFulfilled, method === 'finally' ? [] : [value]);
      settled.push(method === 'finally' ? value : (returned ?? nothing(call)));
    } else {
      settled.push(value);
    }
    flow.goto(end);
    // rejected
    flow.moveTo(rejections[index] ?? outerHandler);
    if (onRejected !== undefined) {
      const returned = enter(onRejected, []);
      if (method === 'finally') flow.goto(onward);
      else {
        if (returned !== undefined) settled.push(returned);
        flow.goto(end);
      }
    } else {
      flow.goto(onward);
    }
    flow.moveTo(end);
    value = combine(call, settled);
  });
  return { sources: value.sources, node: value.node, ...(value.place === undefined ? {} : { place: value.place }) };
}

/** The handler is written out and returns what it has called: `.then(() => save())`. */
function isOwnCall(compiler: Compiler, handler: ts.Expression, returned: Value): boolean {
  return isFunctionLiteral(compiler, skipOuter(compiler, handler)) && compiler.isCallExpression(returned.node) && isWithin(returned.node, handler);
}

/** What runs when the promise is fulfilled, and when it is rejected. */
function handlersOf(
  lowering: Lowering,
  method: string,
  call: ts.CallExpression,
): [ts.Expression | undefined, ts.Expression | undefined] {
  const [first, second] = call.arguments;
  if (method === 'finally') return [first, first];
  if (method === 'catch') return [undefined, first];
  const isNothing = first === undefined || isNullish(lowering.compiler, first);
  return [isNothing ? undefined : first, second];
}

function runHandler(lowering: Lowering, call: ts.CallExpression, handler: ts.Expression, args: readonly Value[]): Value {
  const { compiler, flow, handles } = lowering;
  const node = skipOuter(compiler, handler);
  if (isFunctionLiteral(compiler, node) && !isGenerator(node)) return flow.inline(node, args, 'awaited');
  const place = lowering.places.placeOf(node);
  const handle = place === undefined ? undefined : handles.get(place.key);
  if (handle !== undefined && releasesByCall(handle)) return emitRelease(lowering, call, handle);
  if (compiler.isPropertyAccessExpression(node)) {
    const released = releasedHandle(lowering, node.expression, node.name.text);
    if (released !== undefined) return emitRelease(lowering, call, released);
  }
  return callReference(lowering, call, unbound(lowering, node));
}

/**
 * The promise-chain mutex: what is appended to a promise that is at once replaced by the appended one runs alone.
 * `this.tail = this.tail.then(task)`, or through a local: `const run = this.tail.then(task); this.tail = run.catch(noop)`.
 */
function promiseTail(lowering: Lowering, chain: ts.CallExpression, receiver: Value): LockReference | undefined {
  const { place } = receiver;
  if (place === undefined || place.root.kind === 'global') return undefined;
  const stored = lowering.slot?.place;
  const isStoredBack = stored === undefined ? isAssignedAfter(lowering, chain, place) : stored.key === place.key;
  if (!isStoredBack) return undefined;
  return { key: `tail:${place.key}`, place, text: place.text, isLocal: false };
}

function isAssignedAfter(lowering: Lowering, chain: ts.Node, place: Place): boolean {
  const { compiler, places } = lowering;
  let statement: ts.Node = chain;
  while (!compiler.isStatement(statement) || compiler.isBlock(statement)) {
    if (compiler.isSourceFile(statement) || statement.parent === undefined) return false;
    statement = statement.parent;
  }
  const container = statement.parent;
  if (!compiler.isBlock(container) && !compiler.isSourceFile(container)) return false;
  const following = container.statements.slice(container.statements.findIndex((other) => other === statement) + 1);
  for (const next of following) {
    if (!compiler.isExpressionStatement(next)) {
      if (compiler.isVariableStatement(next)) continue;
      return false;
    }
    const expression = skipOuter(compiler, next.expression);
    if (compiler.isAwaitExpression(expression)) return false;
    if (compiler.isBinaryExpression(expression) && expression.operatorToken.kind === compiler.SyntaxKind.EqualsToken) {
      if (places.placeOf(expression.left)?.key === place.key) return true;
    }
    if (compiler.isCallExpression(expression) && compiler.isPropertyAccessExpression(expression.expression)) {
      const { name, expression: target } = expression.expression;
      const base = places.placeOf(target);
      if (name.text === 'set' && base !== undefined && project(base, places.element(expression.arguments[0])).key === place.key) {
        return true;
      }
    }
  }
  return false;
}

// ---------------------------------------------------------------------------------------------------------------
// Consumption

/** Whether what follows in this activation runs only after the call's promise has settled. */
function isWaitedFor(lowering: Lowering, node: ts.Expression): boolean {
  const consumption = consumptionOf(lowering, node);
  if (consumption === 'awaited') return true;
  // a promise returned from `map(item => load(item).then(…))` is not waited for by the array method
  return consumption === 'returned' && lowering.flow.frameKind() !== 'synchronous';
}

/** What the surrounding syntax does with the result. */
function consumptionOf(lowering: Lowering, node: ts.Expression): Consumption {
  const { compiler } = lowering;
  const { parent, child } = outerParent(compiler, node);
  if (compiler.isAwaitExpression(parent)) return 'awaited';
  if (compiler.isReturnStatement(parent)) return 'returned';
  if (compiler.isArrowFunction(parent) && parent.body === child) return 'returned';
  if (compiler.isExpressionStatement(parent) || compiler.isVoidExpression(parent)) return 'discarded';
  if (compiler.isConditionalExpression(parent) && parent.condition !== child) return consumptionOf(lowering, parent);
  if (compiler.isBinaryExpression(parent)) {
    const operator = parent.operatorToken.kind;
    const { SyntaxKind } = compiler;
    const isLogical =
      operator === SyntaxKind.AmpersandAmpersandToken ||
      operator === SyntaxKind.BarBarToken ||
      operator === SyntaxKind.QuestionQuestionToken;
    if (isLogical && parent.right === child) return consumptionOf(lowering, parent);
    return 'stored';
  }
  if (compiler.isPropertyAccessExpression(parent) && parent.expression === child && chainMethods.has(parent.name.text)) {
    const chain = outerParent(compiler, parent).parent;
    return compiler.isCallExpression(chain) ? consumptionOf(lowering, chain) : 'stored';
  }
  if (compiler.isArrayLiteralExpression(parent)) {
    const combinator = outerParent(compiler, parent).parent;
    return isPromiseCombinator(compiler, combinator) ? consumptionOf(lowering, combinator) : 'stored';
  }
  return isPromiseCombinator(compiler, parent) ? consumptionOf(lowering, parent) : 'stored';
}

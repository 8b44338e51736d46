/**
 * Lowers calls and constructions: callbacks that run as part of the activation, what is done to collections, to the values of
 * cells and to state outside, everything else. What locks do is in `sections.ts`, what promise chains do in `chains.ts`.
 */
import type { ts } from '../compiler/compiler.js';
import { contents, field, type Place, project, variableKey } from '../places/place.js';
import { isConstant } from '../syntax/constants.js';
import { isAsync, isFunctionLiteral, isGenerator, propertyNameText, skipOuter } from '../syntax/functions.js';
import { chainMethods } from '../syntax/promise-chains.js';
import { detached, lowerArguments } from './callbacks.js';
import { lowerChain } from './chains.js';
import { collectionEffect, synchronousCallbacks } from './collections.js';
import { consumptionOf, isWaitedFor } from './consumption.js';
import { runsBesideItself } from './crowds.js';
import type { CallEvent, ReleaseEvent, SourceEvent, SuspendEvent, Value, WriteEvent } from './event.js';
import { branchOnFailure, heldByLocal, lowerExpression, questionDot, readContents, readPlace } from './expressions.js';
import { type CellAccess, combine, type Lowering, nothing } from './lowering.js';
import { emitAcquire, emitRelease, lowerAcquire, lowerRelease, lowerSection, releasedHandle, releasesByCall } from './sections.js';

export function lowerCall(lowering: Lowering, node: ts.CallExpression): Value {
  const { compiler, locks } = lowering;
  const callee = skipOuter(compiler, node.expression);
  if (isFunctionLiteral(compiler, callee) && !isGenerator(callee)) return lowerImmediate(lowering, node, callee);
  const operation = locks.classifyCall(node);
  if (operation?.kind === 'run' && !runsBesideItself(lowering, node, operation)) return lowerSection(lowering, node, operation);
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
    // `this.run!()` calls what a field holds
    const held = compiler.isNonNullExpression(node.expression) ? readPlace(lowering, callee, [receiver]) : undefined;
    const args = lowerArguments(lowering, node);
    return finishCall(lowering, node, method, receiver, args, held);
  }
  if (compiler.isIdentifier(callee)) {
    const binding = lowering.scopes.resolve(callee);
    const handle = binding === undefined ? undefined : lowering.handles.get(variableKey(binding));
    if (handle !== undefined && releasesByCall(handle)) return emitRelease(lowering, node, handle);
  }
  const calleeValue = callee.kind === compiler.SyntaxKind.SuperKeyword ? nothing(callee) : lowerExpression(lowering, callee);
  questionDot(lowering, node, calleeValue);
  const args = lowerArguments(lowering, node);
  const name = compiler.isIdentifier(callee) ? callee.text : undefined;
  return finishCall(lowering, node, name, undefined, args, calleeValue);
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
  const cell = lowering.oracle.cellAccess(node);
  // the value is there before those are called who listen for it
  if (cell !== undefined) replaceValue(lowering, node, cell, args);
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
  if (cell?.access === 'read') {
    const heldBy = receiver !== undefined && compiler.isExpression(receiver.node) ? heldByLocal(lowering, receiver.node) : undefined;
    return { sources: [flow.emit({ kind: 'read', node, place: cell.place, collection: undefined, heldBy }), ...sources], node };
  }
  if (cell !== undefined) return { sources, node };
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

/** What a call does to the value of a cell, or to the state of a store. */
function replaceValue(lowering: Lowering, node: ts.CallExpression, { place, access }: CellAccess, [value]: readonly Value[]): void {
  if (access === 'write') lowering.flow.emit<WriteEvent>({ kind: 'write', node, place, how: 'assign', value, collection: undefined });
  else if (access === 'merge' && value !== undefined) mergeState(lowering, node, place, value);
}

/** `set({ loaded: true })`, or `set((state) => ({ count: state.count + 1 }))`; what is made otherwise is not known. */
function mergeState(lowering: Lowering, node: ts.CallExpression, place: Place, value: Value): void {
  const { compiler } = lowering;
  const part = value.node;
  if (compiler.isObjectLiteralExpression(part)) mergeFields(lowering, node, place, part, value);
  // an update function is handed the state as it is, and runs at once
  const made = compiler.isArrowFunction(part) && !compiler.isBlock(part.body) ? skipOuter(compiler, part.body) : undefined;
  if (made !== undefined && compiler.isObjectLiteralExpression(made)) mergeFields(lowering, node, place, made, nothing(made));
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
    if (literal !== undefined && compiler.isObjectLiteralExpression(literal) && mergeFields(lowering, node, place, literal, source)) continue;
    flow.emit<WriteEvent>({ kind: 'write', node, place, how: 'mutate', value: source, collection: undefined });
  }
}

/** Assigns what the literal has to fields of the place; false where some name is not written down. */
function mergeFields({ compiler, flow }: Lowering, node: ts.CallExpression, place: Place, literal: ts.ObjectLiteralExpression, source: Value): boolean {
  const named = literal.properties.flatMap((property) => {
    const name = propertyNameText(compiler, property.name);
    return name === undefined ? [] : [{ name, property }];
  });
  if (named.length < literal.properties.length) return false;
  for (const { name, property } of named) {
    const value = compiler.isPropertyAssignment(property) ? property.initializer : undefined;
    const constant = value !== undefined && isConstant(compiler, value);
    flow.emit<WriteEvent>({
      kind: 'write',
      node,
      place: project(place, field(name)),
      how: 'assign',
      value: { sources: source.sources, node: value ?? property, ...(constant ? { nature: 'constant' as const } : {}) },
      collection: undefined,
    });
  }
  return true;
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

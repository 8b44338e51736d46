/**
 * Lock effects of a call: the locks that it acquires and waits for before its promise settles, and the callbacks that it
 * runs under a lock. A summary of each function in its own words, to a fixpoint over the call graph; callers put their
 * receiver and arguments in place of the callee's.
 *
 * What nobody waits for is no effect: `void this.save()` takes its lock in its own time.
 */
import { eventsOf, type Graph, reaches } from '../../cfg/graph.js';
import { mayFollowSuspension } from '../../cfg/walk.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { AcquireEvent, CallEvent, Event } from '../../events/event.js';
import type { LockMode } from '../../locks/operation.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { type FunctionNode, isFunctionLiteral, propertyNameText, skipOuter, thisOwner } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { takenLocks } from './held-locks.js';
import { acquiresByKey, canonical, isBounded, lockTaken } from './lock-identity.js';
import { createModelCache, type ProgramModel } from '../model/program-model.js';
import type { Obligation } from './obligation.js';
import { obligationsOf } from './obligations.js';
import { readsBehind, substitute } from '../effects/provenance.js';
import { taskOf, type Wait, waitsOf } from './waits.js';

/** A lock that is held, with the acquire that took it. */
export interface HeldUse {
  readonly place: Place;
  readonly mode: LockMode;
  readonly acquire: AcquireEvent | undefined;
  /** Where it was taken. */
  readonly node: ts.Node;
}

export interface LockTake {
  readonly place: Place;
  readonly mode: LockMode;
  readonly acquire: AcquireEvent;
  /** A suspension may come first: others may have taken the lock since the call. */
  readonly isAfterSuspension: boolean;
  /** Calls that lead to it, outermost first. */
  readonly trace: readonly ts.Node[];
  /** What was looked at to decide whether to take it. */
  readonly conditions: readonly Place[];
  /** Parameters that decide it, by position. */
  readonly parameters: readonly number[];
  /** Parameters of which a member decides it by what is in it: `note.text === ''`. */
  readonly compared: readonly ts.ParameterDeclaration[];
}

/** A parameter that the function calls and waits for, holding locks. */
export interface CallbackRun {
  readonly parameter: number;
  readonly held: readonly HeldUse[];
  readonly node: ts.Node;
}

export interface LockEffects {
  readonly takes: readonly LockTake[];
  readonly callbacks: readonly CallbackRun[];
}

const none: LockEffects = { takes: [], callbacks: [] };

/** Callees are followed this deep, and a function has this many effects at most. */
const maximumDepth = 8;
const maximumTakes = 48;
const maximumCallbacks = 16;
/** A method that more classes have in their own way tells nothing. */
const maximumOverrides = 8;
/** Rounds to the fixpoint; a list that grows with every turn of a recursion says nothing new. */
const maximumRounds = 6;

const finished = createModelCache<FunctionNode, LockEffects>();
const withLocks = createModelCache<ProgramModel, { readonly any: boolean }>();

interface Computation {
  /** The effects as far as they are known. */
  readonly known: Map<FunctionNode, LockEffects>;
  readonly visited: Set<FunctionNode>;
  readonly open: Set<FunctionNode>;
  hasCycle: boolean;
}

let under: Computation | undefined;

export function lockEffects(model: ProgramModel, node: FunctionNode): LockEffects {
  const cache = finished(model);
  const done = cache.get(node);
  if (done !== undefined) return done;
  if (!programHasLocks(model)) return none;
  if (under !== undefined) return visit(model, node, under);
  const known = new Map<FunctionNode, LockEffects>();
  try {
    for (let round = 0; round < maximumRounds; round += 1) {
      const before = sizeOf(known);
      under = { known, visited: new Set(), open: new Set(), hasCycle: false };
      visit(model, node, under);
      if (!under.hasCycle || sizeOf(known) === before) break;
    }
  } finally {
    under = undefined;
  }
  for (const [each, effects] of known) cache.set(each, effects);
  return known.get(node) ?? none;
}

function sizeOf(known: ReadonlyMap<FunctionNode, LockEffects>): number {
  let size = 0;
  for (const { takes, callbacks } of known.values()) size += takes.length + callbacks.length;
  return size;
}

function visit(model: ProgramModel, node: FunctionNode, computation: Computation): LockEffects {
  const { known, visited, open } = computation;
  if (open.has(node)) computation.hasCycle = true;
  if (visited.has(node)) return known.get(node) ?? none;
  if (open.size >= maximumDepth) {
    model.limits.add('depth of lock effects');
    return none;
  }
  visited.add(node);
  open.add(node);
  const effects = compute(model, node);
  open.delete(node);
  known.set(node, effects);
  return effects;
}

function programHasLocks(model: ProgramModel): boolean {
  const cache = withLocks(model);
  let result = cache.get(model);
  if (result === undefined) {
    const any = model.program.getSourceFiles().some((file) => !file.isDeclarationFile && model.locks.mayContainLocks(file));
    cache.set(model, (result = { any }));
  }
  return result.any;
}

function compute(model: ProgramModel, node: FunctionNode): LockEffects {
  const graph = model.graph(node);
  const takes = new Map<string, LockTake>();
  const add = (take: LockTake): void => {
    const key = `${take.place.key} ${take.mode} ${take.acquire.node.pos} ${take.isAfterSuspension}`;
    if (takes.has(key)) return;
    if (takes.size < maximumTakes) takes.set(key, take);
    else model.limits.add('locks that one call takes');
  };
  const suspends = (event: Event): boolean => mayFollowSuspension(graph, event);
  const addOwn = (acquire: AcquireEvent): void => {
    const place = isWaitedForLock(acquire) ? lockTaken(model, graph, acquire) : undefined;
    if (place === undefined || isReentryGuarded(model, graph, acquire)) return;
    const { places, parameters, compared } = conditionsOf(model, graph, acquire.block);
    const isAfterSuspension = suspendsBeforeAsking(graph, acquire);
    add({ place, mode: acquire.mode, acquire, isAfterSuspension, trace: [], conditions: places, parameters, compared });
  };
  for (const event of eventsOf(graph)) if (event.kind === 'acquire' && taskOf(graph, event) === graph.entry) addOwn(event);
  const callbacks = new Map<string, CallbackRun>();
  for (const wait of waitsOf(model, graph)) {
    if (taskOf(graph, wait.event) !== graph.entry) continue;
    for (const take of takesOf(model, graph, wait)) {
      const conditions = conditionsOf(model, graph, take.at.block);
      add({
        ...take.take,
        isAfterSuspension: take.take.isAfterSuspension || suspends(take.at),
        trace: [take.at.node, ...take.take.trace],
        conditions: [...take.take.conditions, ...conditions.places],
        parameters: conditions.parameters,
        compared: [...take.take.compared, ...conditions.compared],
      });
    }
    // `await Promise.all(items.map((item) => limit(() => load(item))))` waits for the lock of each
    wait.sections.forEach(addOwn);
    for (const call of wait.calls) {
      for (const run of callbacksAt(model, graph, node, call)) {
        const key = `${run.parameter} ${run.held.map(({ place }) => place.key).join(' ')}`;
        if (callbacks.size < maximumCallbacks) callbacks.set(key, run);
      }
    }
  }
  if (takes.size === 0 && callbacks.size === 0) return none;
  return { takes: [...takes.values()], callbacks: [...callbacks.values()] };
}

/** A lock that is acquired in passing, and waited for. */
export function isWaitedForLock(event: AcquireEvent): boolean {
  const { operation, call } = event;
  if (event.lock.isLocal || !isBounded(event)) return false;
  if (operation === undefined) return true;
  if (!operation.asynchronous || operation.conditional || !operation.waits) return false;
  return call === undefined || call.consumption === 'awaited' || call.consumption === 'returned';
}

interface TakeAt {
  readonly take: LockTake;
  /** The call that leads to the take, or the section that was started before. */
  readonly at: CallEvent | AcquireEvent;
}

/** What the activation waits for at one point: the locks that its callees take, in its own words. */
export function takesOf(model: ProgramModel, graph: Graph, wait: Wait): readonly TakeAt[] {
  const found: TakeAt[] = [];
  for (const call of wait.calls) for (const take of takesOfCall(model, call)) found.push({ take, at: call });
  const [first] = model.eventsAt(graph, wait.event.node);
  for (const literal of wait.callbacks) {
    const at = model.eventsAt(graph, literal.parent).find((event): event is CallEvent => event.kind === 'call');
    if (at === undefined || first === undefined) continue;
    for (const take of lockEffects(model, literal).takes) {
      const { root } = take.place;
      if (root.kind === 'variable' && root.binding.owner === literal) continue;
      found.push({ take, at });
    }
  }
  return found;
}

/** The locks that the call takes, in the caller's words. */
function takesOfCall(model: ProgramModel, call: CallEvent): readonly LockTake[] {
  const found: LockTake[] = [];
  for (const callee of calleesOf(model, call)) {
    for (const take of lockEffects(model, callee).takes) {
      const seen = areSecretsOfTwo(model, take.place, callee, call) ? undefined : takeFromCaller(model, take, callee, call);
      if (seen !== undefined) found.push(seen);
    }
  }
  return found;
}

/** `this.#mutex` of a class is another one than that of a class which extends it, though the object is the same. */
function areSecretsOfTwo(model: ProgramModel, { root, path: [first] }: Place, callee: FunctionNode, call: CallEvent): boolean {
  if (root.kind !== 'this' || first?.kind !== 'field' || !first.name.startsWith('#') || !isOfSameObject(call)) return false;
  const [declaring, calling] = [thisOwner(model.compiler, callee), thisOwner(model.compiler, call.node)];
  return declaring !== calling && [declaring, calling].every((owner) => owner !== undefined && model.file(owner).memberOf(owner, first.name) !== undefined);
}

function isOfSameObject({ receiver }: CallEvent): boolean {
  return receiver?.place?.root.kind === 'this' && receiver.place.path.length === 0;
}

/** What may run: the callee, and for a method of the same object also what classes that extend its class have in its stead. */
function calleesOf(model: ProgramModel, call: CallEvent): readonly FunctionNode[] {
  const callee = calleeOf(model, call);
  const own = callee === undefined ? [] : [callee];
  if (!isOfSameObject(call) || call.isConstruction === true) return own;
  const others = callee === undefined ? model.implementations(call) : model.hierarchy.overridesOf(callee);
  return others.length > maximumOverrides ? own : [...own, ...others.filter((other) => !replacesCaller(model, other, call))];
}

/** The class of the override also has its own way of doing what calls it, and does not come back to the old one by `super`. */
function replacesCaller(model: ProgramModel, override: FunctionNode, { node }: CallEvent): boolean {
  const { compiler } = model;
  const caller = methodAround(compiler, node);
  const name = caller === undefined ? undefined : propertyNameText(compiler, caller.name);
  const owner = override.parent;
  if (name === undefined || !compiler.isClassLike(owner) || caller?.parent === owner) return false;
  const file = model.file(owner);
  if (file.memberOf(owner, name) === undefined) return false;
  return !file.mentions(name).some(({ parent }) => compiler.isPropertyAccessExpression(parent) && parent.expression.kind === compiler.SyntaxKind.SuperKeyword && isWithin(parent, owner));
}

function methodAround(compiler: Compiler, node: ts.Node): ts.MethodDeclaration | undefined {
  for (let around: ts.Node | undefined = node; around !== undefined && !compiler.isClassLike(around); around = around.parent) {
    if (compiler.isMethodDeclaration(around) && compiler.isClassLike(around.parent)) return around;
  }
  return undefined;
}

function calleeOf(model: ProgramModel, call: CallEvent): FunctionNode | undefined {
  if (call.isGetter || call.isConstruction === true) return undefined;
  return model.callee(call, 'full');
}

function takeFromCaller(model: ProgramModel, take: LockTake, callee: FunctionNode, call: CallEvent): LockTake | undefined {
  if (!take.parameters.every((index) => mayDecide(model, call, index))) return undefined;
  const compared = comparedByCaller(model, take, callee, call);
  if (compared === undefined) return undefined;
  const place = placeFromCaller(model, take.place, callee, call);
  if (place === undefined) return undefined;
  const conditions = take.conditions.flatMap((condition) => placeFromCaller(model, condition, callee, call) ?? []);
  return { ...take, place, conditions, parameters: [], compared };
}

/**
 * The parameters of the caller that are handed on to where a member of them is compared; undefined where the caller writes out
 * what is compared, and so may speak against it: `save({ mode: 'held' })`.
 */
function comparedByCaller(model: ProgramModel, { compared }: LockTake, callee: FunctionNode, call: CallEvent): readonly ts.ParameterDeclaration[] | undefined {
  const { compiler } = model;
  const handedOn: ts.ParameterDeclaration[] = [];
  for (const parameter of compared) {
    const node = call.arguments[callee.parameters.indexOf(parameter)]?.node;
    const given = node !== undefined && compiler.isExpression(node) ? skipOuter(compiler, node) : undefined;
    if (given === undefined) continue;
    if (compiler.isObjectLiteralExpression(given)) return undefined;
    const declaration = compiler.isIdentifier(given) ? model.file(given).scopes.resolve(given)?.declaration : undefined;
    if (declaration !== undefined && compiler.isParameter(declaration)) handedOn.push(declaration);
  }
  return handedOn;
}

function placeFromCaller(model: ProgramModel, place: Place, callee: FunctionNode, call: CallEvent): Place | undefined {
  const { compiler } = model;
  if (place.root.kind === 'this' && compiler.isArrowFunction(callee) && call.receiver === undefined) {
    // an arrow function sees the `this` of the method around it
    return thisOwner(compiler, callee) === thisOwner(compiler, call.node) ? place : undefined;
  }
  const seen = substitute(model, place, callee, call);
  return seen === undefined ? undefined : canonical(model, seen);
}

/** A parameter decides whether the lock is taken: `refresh(isLocked = false)`. What the caller passes must not speak against it. */
function mayDecide(model: ProgramModel, call: CallEvent, index: number): boolean {
  // an argument that is left out mostly means the ordinary way
  return call.arguments[index] === undefined && !call.arguments.some((argument) => model.compiler.isSpreadElement(argument.node));
}

/** The places and parameters that decide whether control reaches the block. */
interface Deciding extends Pick<LockTake, 'parameters' | 'compared'> {
  readonly places: readonly Place[];
}

function conditionsOf(model: ProgramModel, graph: Graph, block: number): Deciding {
  const places: Place[] = [];
  const parameters: number[] = [];
  const compared: ts.ParameterDeclaration[] = [];
  const { owner } = graph;
  for (const test of model.controlDependence(graph).controllingTests(block)) {
    if (test.isLoop) continue;
    for (const read of readsBehind(model, graph, test.value)) places.push(read.place);
    const isData = comparesData(model.compiler, test.value.node);
    for (const source of test.value.sources) {
      if (source.kind !== 'use' || model.compiler.isSourceFile(owner)) continue;
      let { declaration }: { declaration: ts.Node } = source.binding;
      // a part of a parameter, `{ isLocked }`, decides just as well
      while (model.compiler.isBindingElement(declaration)) declaration = declaration.parent.parent;
      const index = owner.parameters.findIndex((parameter) => parameter === declaration);
      const parameter = owner.parameters[index];
      if (parameter === undefined) continue;
      if (isData) compared.push(parameter);
      else parameters.push(index);
    }
  }
  return { places, parameters, compared };
}

/**
 * `note.text === ''`, `order.lines.length > 9`: what is in an argument is compared with a number or a text. That tells nothing of
 * who holds the lock, as `refresh(isLocked)` and `refresh({ isLocked })` do, unless a caller writes it out.
 */
function comparesData(compiler: Compiler, test: ts.Node): boolean {
  const { SyntaxKind } = compiler;
  const node = compiler.isExpression(test) ? skipOuter(compiler, test) : test;
  if (compiler.isPrefixUnaryExpression(node)) return node.operator === SyntaxKind.ExclamationToken && comparesData(compiler, node.operand);
  if (!compiler.isBinaryExpression(node)) return false;
  const sides = [node.left, node.right].map((side) => skipOuter(compiler, side));
  return sides.some((side) => compiler.isPropertyAccessExpression(side)) && sides.some((side) => compiler.isNumericLiteral(side) || compiler.isStringLiteralLike(side));
}

/**
 * Re-entry by hand: what decides whether the lock is taken is set while it is held (`if (this.isLocked) return fn();`), or
 * is asked of the task's own context.
 */
function isReentryGuarded(model: ProgramModel, graph: Graph, acquire: AcquireEvent): boolean {
  const tests = model.controlDependence(graph).controllingTests(acquire.block);
  if (tests.length === 0) return false;
  const isOwnContext = tests.some((test) =>
    test.value.sources.some((source) => source.kind !== 'read' && /getStore\b|\bowner\b|currentTask|isHeldBy|holds/i.test(contextText(graph, source.node))),
  );
  if (isOwnContext) return true;
  const { places } = conditionsOf(model, graph, acquire.block);
  if (places.length === 0) return false;
  const held = takenLocks(model, graph);
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'write' || event.value === undefined || !isFlagValue(model, event.value.node)) continue;
    if (!held.at(event).some((lock) => lock.lock.key === acquire.lock.key)) continue;
    if (places.some((place) => writeAffectsRead(event.place, place))) return true;
  }
  return false;
}

/** `true`, or a new count: what a flag or a depth is set to. */
function isFlagValue({ compiler }: ProgramModel, node: ts.Node): boolean {
  const { SyntaxKind } = compiler;
  return node.kind === SyntaxKind.TrueKeyword || compiler.isNumericLiteral(node) || compiler.isPrefixUnaryExpression(node) || compiler.isPostfixUnaryExpression(node);
}

function contextText(graph: Graph, node: ts.Node): string {
  const definition = [...graph.definitions].find(([binding]) => binding.name === node.getText())?.[1][0];
  return `${node.getText()} ${definition?.value?.node.getText() ?? ''}`;
}

/** Whether a suspension other than the wait for this very lock may come before the event. */
function suspendsBeforeAsking(graph: Graph, acquire: AcquireEvent): boolean {
  const block = graph.blocks[acquire.block];
  const own = block?.events.findLast((event) => event.kind === 'suspend' && event.reason === 'acquire' && event.index < acquire.index);
  return mayFollowSuspension(graph, own ?? acquire);
}

/** The locks that the activation itself has taken and certainly holds at the event, in the task that the event belongs to. */
export function heldAt(model: ProgramModel, graph: Graph, event: Event): readonly HeldUse[] {
  const task = taskOf(graph, event);
  const found: HeldUse[] = [];
  for (const held of takenLocks(model, graph).at(event)) {
    if (held.origin !== 'lock') continue;
    const acquires = acquiresByKey(graph).get(held.lock.key) ?? [];
    if (acquires.some(({ operation }) => operation?.conditional === true)) continue;
    const acquire = acquires.find((candidate) => taskOf(graph, candidate) === task && candidate !== event);
    if (held.mode === 'counting' && (acquire === undefined || !isBounded(acquire))) continue;
    const owed = acquire === undefined ? byHelper(model, graph, held.lock.key) : undefined;
    if (acquire !== undefined) {
      const place = lockTaken(model, graph, acquire);
      if (place !== undefined) found.push({ place, mode: held.mode, acquire, node: acquire.node });
    } else if (owed !== undefined) {
      if (held.lock.place !== undefined) found.push({ place: canonical(model, held.lock.place), mode: held.mode, acquire: owed.acquire, node: owed.node });
    } else if (acquires.every((candidate) => candidate === event) && held.lock.place !== undefined && task === graph.entry && !mayBeReleased(model, graph, event)) {
      // a helper has taken it for its caller
      found.push({ place: canonical(model, held.lock.place), mode: held.mode, acquire: undefined, node: graph.owner });
    }
  }
  return found;
}

/** The helper that has taken the lock and given the handle to the activation. */
function byHelper(model: ProgramModel, graph: Graph, key: string): Obligation | undefined {
  return obligationsOf(model, graph).find(({ helper, lock, isHandleKept }) => helper !== undefined && isHandleKept && lock.key === key);
}

/**
 * A helper that acquires has one that releases. Where the handle is kept in a field or a variable, the helper is known by its name or
 * by its calling what that holds.
 */
function mayBeReleased(model: ProgramModel, graph: Graph, event: Event): boolean {
  for (const other of eventsOf(graph)) {
    if (other.kind !== 'call' || other === event || !(/unlock|release|leave|exit|free|done|give/i.test(other.name ?? '') || callsKept(model, other))) continue;
    if (other.block === event.block ? other.index < event.index : reaches(graph, other.block, event.block)) return true;
  }
  return false;
}

/** The callee calls what a field of its object or an outer variable holds: `this.leave?.()`. */
function callsKept(model: ProgramModel, call: CallEvent): boolean {
  const { compiler } = model;
  const callee = model.callee(call, 'syntactic');
  if (callee === undefined) return false;
  const graph = model.graph(callee);
  for (const inner of eventsOf(graph)) {
    if (inner.kind !== 'call' || !compiler.isCallExpression(inner.node) || inner.node.arguments.length > 0) continue;
    const called = skipOuter(compiler, inner.node.expression);
    const isOfThis = compiler.isPropertyAccessExpression(called) && called.expression.kind === compiler.SyntaxKind.ThisKeyword;
    const variable = compiler.isIdentifier(called) ? model.file(called).scopes.resolve(called) : undefined;
    const isOuter = variable?.kind === 'variable' && !graph.inlined.has(variable.owner);
    if ((isOfThis || isOuter) && model.callee(inner, 'syntactic') === undefined) return true;
  }
  return false;
}

/** Parameters of the function that the call runs while locks are held: here, or in the callee that they are handed on to. */
function callbacksAt(model: ProgramModel, graph: Graph, owner: FunctionNode, call: CallEvent): readonly CallbackRun[] {
  const own = parameterCalled(model, owner, call);
  const held = heldAt(model, graph, call);
  if (own !== undefined) return held.length === 0 ? [] : [{ parameter: own, held, node: call.node }];
  const found: CallbackRun[] = [];
  for (const { run, argument, callee } of callbackArguments(model, call)) {
    const parameter = parameterOf(model, owner, argument);
    if (parameter === undefined) continue;
    const inner = heldFromCaller(model, run.held, callee, call);
    const outer = held.filter(({ place }) => !inner.some((other) => other.place.key === place.key));
    found.push({ parameter, held: [...inner, ...outer].slice(0, maximumCallbacks), node: run.node });
  }
  return found;
}

function parameterCalled(model: ProgramModel, owner: FunctionNode, call: CallEvent): number | undefined {
  const { compiler } = model;
  const called = call.reference ?? (compiler.isCallExpression(call.node) ? call.node.expression : undefined);
  return called === undefined ? undefined : parameterOf(model, owner, called);
}

function parameterOf(model: ProgramModel, owner: FunctionNode, expression: ts.Expression): number | undefined {
  const { compiler } = model;
  const node = skipOuter(compiler, expression);
  if (!compiler.isIdentifier(node)) return undefined;
  const declaration = model.file(node).scopes.resolve(node)?.declaration;
  const index = owner.parameters.findIndex((parameter) => parameter === declaration);
  return index < 0 ? undefined : index;
}

/** The arguments of the call that its callee runs under a lock. */
export function callbackArguments(
  model: ProgramModel,
  call: CallEvent,
): readonly { readonly run: CallbackRun; readonly argument: ts.Expression; readonly callee: FunctionNode }[] {
  if (!model.compiler.isCallExpression(call.node) || call.arguments.length === 0 || call.reference !== undefined) return [];
  const callee = calleeOf(model, call);
  if (callee === undefined) return [];
  return lockEffects(model, callee).callbacks.flatMap((run) => {
    const argument = model.compiler.isCallExpression(call.node) ? call.node.arguments[run.parameter] : undefined;
    return argument === undefined ? [] : [{ run, argument, callee }];
  });
}

export function heldFromCaller(model: ProgramModel, held: readonly HeldUse[], callee: FunctionNode, call: CallEvent): readonly HeldUse[] {
  return held.flatMap((use) => {
    const place = placeFromCaller(model, use.place, callee, call);
    return place === undefined ? [] : [{ ...use, place }];
  });
}

/** The locks that a function takes when it is run as a callback, in the words of where it is written. */
export function takesOfCallback(model: ProgramModel, argument: ts.Expression): readonly LockTake[] {
  const { compiler } = model;
  const node = skipOuter(compiler, argument);
  if (isFunctionLiteral(compiler, node)) return lockEffects(model, node).takes;
  const bound =
    compiler.isCallExpression(node) && compiler.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'bind'
      ? node.expression.expression
      : node;
  if (!compiler.isIdentifier(bound) && !compiler.isPropertyAccessExpression(bound)) return [];
  const callee = model.calleeOfExpression(bound, 'full');
  if (callee === undefined) return [];
  const receiver = compiler.isPropertyAccessExpression(bound) ? model.file(bound).places.placeOf(bound.expression) : undefined;
  const isOwnThis = receiver?.root.kind === 'this' && receiver.path.length === 0;
  return lockEffects(model, callee).takes.filter(({ place }) => place.root.kind !== 'this' || isOwnThis);
}

/**
 * Locks that nobody else can hold: made anew in each call, in each render, or in an object that lives for one request. To
 * wait for such a lock is to wait for nobody.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { AcquireEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { enclosingActivation, type FunctionNode, isFunctionLiteral, resultAtEnd, skipOuter, thisOwner } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { isWithin } from '../../syntax/tree.js';
import { isConfined } from '../actors/confinement.js';
import { contextOf } from '../actors/contexts.js';
import { declaredLocal } from '../model/declared-values.js';
import { fieldsHandedIn } from '../model/handed-fields.js';
import { takerOf } from '../model/named-values.js';
import type { ProgramModel } from '../model/program-model.js';
import { isShared } from '../actors/sharing.js';
import { taskOf } from './waits.js';

export interface PrivateLock {
  readonly kind: 'call' | 'render' | 'instance';
  /** What the function calls the lock. */
  readonly lock: string;
  /** Where it is made. */
  readonly made: ts.Expression;
  /** Where it is first taken. */
  readonly taken: ts.Node;
  /** The variable that holds it. */
  readonly binding: Binding | undefined;
  /** What the section shares with others: a place that it writes, or an object that it calls. */
  readonly shared: { readonly node: ts.Node; readonly text: string; readonly isWrite: boolean };
  readonly suspension: ts.Node | undefined;
}

export function privateLocks(model: ProgramModel, graph: Graph): readonly PrivateLock[] {
  const { owner } = graph;
  if (model.compiler.isSourceFile(owner)) return [];
  const found = [...madePerRender(model, graph, owner)];
  if (!graph.hasLocks) return found;
  const seen = new Set<ts.Node>();
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'acquire' || event.operation?.lock === undefined || event.mode === 'counting') continue;
    const lock = madePerCall(model, graph, event) ?? madePerInstance(model, graph, event);
    if (lock === undefined || seen.has(lock.made)) continue;
    seen.add(lock.made);
    found.push(lock);
  }
  return found;
}

function madePerCall(model: ProgramModel, graph: Graph, event: AcquireEvent): PrivateLock | undefined {
  const { compiler } = model;
  const expression = event.operation?.lock;
  if (expression === undefined || !isAlone(model, graph, event)) return undefined;
  const node = skipOuter(compiler, expression);
  let made: ts.Expression | undefined = isMade(model, node) ? node : undefined;
  let binding: Binding | undefined;
  if (made === undefined) {
    const local = declaredLocal(model, graph, node);
    made = local && madeBy(model, local.value);
    if (local === undefined || made === undefined || !isUsedAlone(model, graph, local.binding)) return undefined;
    ({ binding } = local);
  }
  if (contextOf(model, graph.owner).multiplicity !== 'overlapping') return undefined;
  const shared = sharedAfter(model, graph, event);
  if (shared === undefined) return undefined;
  return { kind: 'call', lock: event.lock.text, made, taken: event.node, binding, shared, suspension: suspensionAfter(graph, event) };
}

/** The expression makes a lock each time: `new Mutex()`, or the call of a function that gives the one which it has just made. */
function isMade(model: ProgramModel, node: ts.Expression): boolean {
  const { compiler } = model;
  if (model.locks.createsLock(node)) return true;
  const body = compiler.isCallExpression(node) ? model.calleeOfExpression(node.expression, 'full')?.body : getterOf(model, node)?.body;
  if (body === undefined) return false;
  const given = resultAtEnd(compiler, body);
  if (given === undefined) return false;
  if (!compiler.isBlock(body) || body.statements.length === 1) return model.locks.createsLock(given);
  // `const lock = new Mutex(); locks.set(key, lock); return lock;`
  const isStraight = body.statements.slice(0, -1).every((each) => compiler.isVariableStatement(each) || compiler.isExpressionStatement(each));
  const binding = isStraight && compiler.isIdentifier(given) ? model.file(given).scopes.resolve(given) : undefined;
  if (binding === undefined || binding.assignments.length > 0 || !compiler.isVariableDeclaration(binding.declaration)) return false;
  const { initializer } = binding.declaration;
  return initializer !== undefined && binding.declaration.parent.parent.parent === body && model.locks.createsLock(skipOuter(compiler, initializer));
}

function getterOf(model: ProgramModel, node: ts.Expression): ts.GetAccessorDeclaration | undefined {
  const { compiler } = model;
  const owner = compiler.isPropertyAccessExpression(node) && node.expression.kind === compiler.SyntaxKind.ThisKeyword ? thisOwner(compiler, node) : undefined;
  if (owner === undefined || !compiler.isPropertyAccessExpression(node)) return undefined;
  const member = model.file(node).memberOf(owner, node.name.text);
  return member !== undefined && compiler.isGetAccessorDeclaration(member) ? member : undefined;
}

/** The maker of a local's lock: also `locks.get(key) ?? new Mutex()` where nobody puts it into the collection. */
function madeBy(model: ProgramModel, initializer: ts.Expression): ts.Expression | undefined {
  const { compiler } = model;
  if (isMade(model, initializer)) return initializer;
  if (!compiler.isBinaryExpression(initializer)) return undefined;
  const { QuestionQuestionToken, BarBarToken } = compiler.SyntaxKind;
  if (initializer.operatorToken.kind !== QuestionQuestionToken && initializer.operatorToken.kind !== BarBarToken) return undefined;
  const fallback = skipOuter(compiler, initializer.right);
  const left = skipOuter(compiler, initializer.left);
  if (!isMade(model, fallback) || !compiler.isCallExpression(left) || !compiler.isPropertyAccessExpression(left.expression)) return undefined;
  const collection = left.expression.expression;
  const name = compiler.isPropertyAccessExpression(collection) ? collection.name : collection;
  if (left.expression.name.text !== 'get' || (!compiler.isIdentifier(name) && !compiler.isPrivateIdentifier(name))) return undefined;
  const isFilled = model.file(name).mentions(name.text).some((mention) => {
    const target = compiler.isPropertyAccessExpression(mention.parent) && mention.parent.name === mention ? mention.parent : mention;
    const { parent } = target;
    if (target !== mention && thisOwner(compiler, target) !== thisOwner(compiler, name)) return false;
    if (mention === name || compiler.isVariableDeclaration(parent) || compiler.isPropertyDeclaration(parent)) return false;
    return !(compiler.isPropertyAccessExpression(parent) && parent.expression === target && /^(?:get|has|delete|size|clear)$/.test(parent.name.text));
  });
  return isFilled ? undefined : fallback;
}

/** The section is waited for where it stands, and so no other section of this call runs beside it. */
function isAlone(model: ProgramModel, graph: Graph, event: AcquireEvent): boolean {
  const { compiler } = model;
  if (taskOf(graph, event) !== graph.entry) return false;
  const { parent, child } = takerOf(model, event.node);
  if (compiler.isAwaitExpression(parent)) return true;
  const isReturned = compiler.isReturnStatement(parent) || (compiler.isArrowFunction(parent) && parent.body === child);
  return isReturned && enclosingActivation(compiler, event.node) === graph.owner;
}

/** The variable is only used as a receiver, by this activation. */
function isUsedAlone(model: ProgramModel, graph: Graph, binding: Binding): boolean {
  const { compiler } = model;
  const file = model.file(binding.identifier);
  return file.mentions(binding.name).every((mention) => {
    if (mention === binding.identifier || !compiler.isIdentifier(mention) || file.scopes.resolve(mention) !== binding) return true;
    if (model.rootActivation(mention) !== graph.owner) return false;
    const { parent } = mention;
    const isReceiver = compiler.isPropertyAccessExpression(parent) && parent.expression === mention;
    const isCalled = compiler.isCallExpression(parent) && parent.expression === mention;
    if (!isReceiver && !isCalled) return false;
    const call = isReceiver ? parent.parent : parent;
    // every section has to be waited for: two that run beside each other need the lock
    const operation = compiler.isCallExpression(call) ? model.locks.classifyCall(call) : undefined;
    if (operation?.kind !== 'run' && operation?.kind !== 'acquire') return true;
    const acquire = model.eventsAt(graph, call).find((event): event is AcquireEvent => event.kind === 'acquire');
    return acquire !== undefined && isAlone(model, graph, acquire);
  });
}

/** What the section does to state that others see: a write, else an object that it calls and waits for. */
function sharedAfter(model: ProgramModel, graph: Graph, acquire: AcquireEvent): PrivateLock['shared'] | undefined {
  let called: PrivateLock['shared'] | undefined;
  for (const event of eventsOf(graph)) {
    if (!follows(graph, acquire, event)) continue;
    if (event.kind === 'write' && (isShared(model, graph, event.place) || isHandedOver(event.place))) return { node: event.node, text: event.place.text, isWrite: true };
    if (event.kind !== 'call' || event.consumption === 'discarded' || event.isConstruction === true) continue;
    const place = event.receiver?.place;
    if (place !== undefined && place.path.length > 0 && place.root.kind === 'this') called ??= { node: event.node, text: place.text, isWrite: false };
  }
  return called;
}

/** Part of an object that the caller keeps. */
function isHandedOver({ root, path }: Place): boolean {
  return root.kind === 'variable' && root.binding.kind === 'parameter' && path.length > 0;
}

function suspensionAfter(graph: Graph, acquire: AcquireEvent): ts.Node | undefined {
  for (const event of eventsOf(graph)) {
    if (event.kind === 'suspend' && event.reason !== 'acquire' && event.node !== acquire.node && follows(graph, acquire, event)) {
      // the `await` of the section itself comes after it
      if (isWithin(acquire.node, event.node)) continue;
      return event.node;
    }
  }
  return undefined;
}

// ---------------------------------------------------------------------------------------------------------------
// One object for each request

/** The class makes its lock itself, every object of the class serves one operation, and what it guards was handed in. */
function madePerInstance(model: ProgramModel, graph: Graph, event: AcquireEvent): PrivateLock | undefined {
  const { compiler } = model;
  const { place } = event.lock;
  const [first, ...rest] = place?.path ?? [];
  if (place?.root.kind !== 'this' || first?.kind !== 'field' || rest.length > 0) return undefined;
  const { owner } = place.root;
  if (owner === undefined || !compiler.isClassLike(owner)) return undefined;
  const made = fieldValue(model, owner, first.name);
  if (made === undefined || !model.locks.createsLock(made)) return undefined;
  for (const other of eventsOf(graph)) {
    if (other.kind !== 'write' || !isHandedIn(model, owner, other.place) || !follows(graph, event, other)) continue;
    if (!isConfined(model, owner)) return undefined;
    const shared = { node: other.node, text: other.place.text, isWrite: true };
    const suspension = suspensionAfter(graph, event);
    return { kind: 'instance', lock: event.lock.text, made, taken: event.node, binding: undefined, shared, suspension };
  }
  return undefined;
}

function fieldValue(model: ProgramModel, owner: ts.ClassLikeDeclaration, name: string): ts.Expression | undefined {
  const member = model.file(owner).memberOf(owner, name);
  if (member === undefined || !model.compiler.isPropertyDeclaration(member) || member.initializer === undefined) return undefined;
  return skipOuter(model.compiler, member.initializer);
}

/** A part of an object that the constructor was handed. */
function isHandedIn(model: ProgramModel, owner: ts.ClassLikeDeclaration, place: Place): boolean {
  const [first] = place.path;
  return place.root.kind === 'this' && place.path.length >= 2 && first?.kind === 'field' && fieldsHandedIn(model, owner).has(first.name);
}

// ---------------------------------------------------------------------------------------------------------------
// One lock for each render

/** A component or hook makes the lock in its body, and handlers that it makes anew as well take it. */
function* madePerRender(model: ProgramModel, graph: Graph, owner: FunctionNode): Generator<PrivateLock> {
  const { compiler } = model;
  if (!isComponent(model, owner)) return;
  for (const [binding, definitions] of graph.definitions) {
    if (binding.owner !== owner || definitions.length !== 1 || binding.initializer === undefined) continue;
    const made = skipOuter(compiler, binding.initializer);
    if (!model.locks.createsLock(made)) continue;
    const file = model.file(owner);
    for (const mention of file.mentions(binding.name)) {
      if (!compiler.isIdentifier(mention) || file.scopes.resolve(mention) !== binding || model.rootActivation(mention) === owner) continue;
      const access = mention.parent;
      const call = compiler.isPropertyAccessExpression(access) ? access.parent : access;
      const operation = compiler.isCallExpression(call) ? model.locks.classifyCall(call) : undefined;
      if (operation?.kind !== 'run' && operation?.kind !== 'acquire') continue;
      yield { kind: 'render', lock: binding.name, made, taken: call, binding, shared: { node: call, text: binding.name, isWrite: false }, suspension: call };
      break;
    }
  }
}

/** By the names that React gives meaning to: a hook, or a component that calls one. */
function isComponent({ compiler }: ProgramModel, owner: FunctionNode): boolean {
  const named = owner.name ?? (isFunctionLiteral(compiler, owner) && compiler.isVariableDeclaration(owner.parent) ? owner.parent.name : undefined);
  const name = named === undefined || !compiler.isIdentifier(named) ? '' : named.text;
  if (!/^(?:use)?[A-Z]/.test(name)) return false;
  return /\buse[A-Z]\w*\s*\(/.test(owner.body?.getText() ?? '');
}

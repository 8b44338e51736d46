/**
 * One lock that an activation has to give back, and what meets that obligation: a release of the handle or of the lock itself, also in
 * a callee, or a handover. Which obligations an activation has is told in `obligations.ts`.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { AcquireEvent, CallEvent, DefineEvent, Event, LockReference, ReleaseEvent, ReturnEvent } from '../../events/event.js';
import type { AcquireOperation } from '../../locks/operation.js';
import type { Place } from '../../places/place.js';
import { type FunctionNode, isFunctionLiteral, isFunctionNode, outerParent, propertyNameText, skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { isWithin, promiseCombinator } from '../../syntax/tree.js';
import type { ProgramModel } from '../model/program-model.js';
import { substitute } from '../effects/provenance.js';
import { isReleasedIn, releaseIn } from './callee-releases.js';
import { givesAllBack, handleLists, isPutInto } from './gathered-handles.js';
import { guardingMethods, membersOfMadeGuard, releaseNames, releasingMethods } from './handle-uses.js';
import { ownSlots } from './own-slots.js';
import { givesConnectionUp, mayEndTransaction } from './transaction-ends.js';

export interface Obligation {
  /** The acquiring call, or the call of a helper that acquires and leaves the lock held. */
  readonly node: ts.CallExpression;
  readonly operation: AcquireOperation;
  readonly lock: LockReference;
  /** The acquire itself, which a helper may do. */
  readonly acquire: AcquireEvent | undefined;
  /** Name of the helper that acquires; undefined where the call itself does. */
  readonly helper: string | undefined;
  /** The acquire may come back without the lock. */
  readonly conditional: boolean;
  /** Locals that hold the handle, something that holds it, or a closure that releases. */
  readonly carriers: ReadonlySet<Binding>;
  /** Whether what the acquire returned is kept in a local. */
  readonly isHandleKept: boolean;
  /** The handle is put into a list of handles. */
  readonly isGathered: boolean;
  /** What the helper gave is an object that holds the release among other things: `{ rows, end: () => mutex.release() }`. */
  readonly isEnclosed: boolean;
  /** The parameter that is the handle: the lock is held when the function begins. */
  readonly received?: Binding | undefined;
  readonly isReceived: boolean;
  /** The event after which the lock is held. */
  isStart(event: Event): boolean;
  /** Whether the value is the handle, the promise of it, or (returned) a function that releases. */
  isResult(event: DefineEvent | ReturnEvent): boolean;
  /** Names of the members by which what is returned releases, where it is an object made for that. */
  enclosing(event: ReturnEvent): readonly string[] | undefined;
  discharge(event: Event): Discharge | undefined;
  /** Position of the call's argument that is the handle, or a function that releases. */
  handed(event: CallEvent): number | undefined;
  /** The release that the event certainly is: of the function itself, or on every way through a callee. */
  certainRelease(event: Event): ReleaseEvent | undefined;
}

export type Discharge = 'release' | 'handover';

/** Methods that keep what they are handed, or end it themselves. */
const keepingNames = /^(?:pipe|pipeTo|pipeThrough|push|unshift|add|set|append|register|resolve|bind)$/;

export class Owed implements Obligation {
  readonly #carriers = new Set<Binding>();
  readonly #slots: ReadonlySet<string> = new Set();
  /** Functions that call what is in such a slot. */
  readonly #emptying = new Set<FunctionNode>();
  readonly #lists: ReadonlySet<Binding> = new Set();
  readonly #discharges = new Map<Event, Discharge | undefined>();
  readonly isHandleKept: boolean;

  constructor(
    readonly model: ProgramModel,
    readonly graph: Graph,
    readonly node: ts.CallExpression,
    readonly operation: AcquireOperation,
    readonly lock: LockReference,
    readonly acquire: AcquireEvent | undefined,
    readonly helper: string | undefined,
    readonly conditional: boolean,
    readonly received?: Binding,
    /** Names of members by which the object that the helper gave releases. */
    readonly members: ReadonlySet<string> = new Set(),
  ) {
    if (received !== undefined) this.#carriers.add(received);
    // a definition may carry what a later one is made of
    for (let size = -1; size < this.#carriers.size; ) {
      size = this.#carriers.size;
      for (const [binding, definitions] of graph.definitions) {
        if (!this.#carriers.has(binding) && definitions.some((event) => this.#binds(event))) this.#carriers.add(binding);
      }
    }
    this.#lists = handleLists(model, graph, (value) => isWithin(node, value) || this.#carries(value));
    for (const list of this.#lists) this.#carriers.add(list);
    this.#slots = ownSlots(model, graph, (value) => this.#carries(value), this.#emptying);
    this.isHandleKept = received !== undefined || this.isGathered || [...graph.definitions.values()].some((definitions) => definitions.some((event) => this.isResult(event)));
  }

  get carriers(): ReadonlySet<Binding> {
    return this.#carriers;
  }

  get isGathered(): boolean {
    return this.#lists.size > 0;
  }

  get isEnclosed(): boolean {
    return this.members.size > 0;
  }

  get isReceived(): boolean {
    // a worker has its place when its section has begun
    return this.received !== undefined && this.operation.calledBack !== true;
  }

  isStart(event: Event): boolean {
    if (event.node !== this.node) return false;
    return this.helper === undefined ? event.kind === 'acquire' : event.kind === 'call' && event.reference === undefined;
  }

  isResult(event: DefineEvent | ReturnEvent): boolean {
    if (event.value === undefined) return false;
    if (event.kind === 'define') return this.#comesFromCall(event) && this.#isHandlePart(event);
    return this.#isHandle(event.value.node) || (isFunctionNode(this.model.compiler, event.value.node) && this.#isReleaser(event.value.node));
  }

  enclosing({ value }: ReturnEvent): readonly string[] | undefined {
    const { compiler } = this.model;
    if (value === undefined || !compiler.isExpression(value.node)) return undefined;
    const node = skipOuter(compiler, value.node);
    if (compiler.isNewExpression(node)) {
      const position = node.arguments?.findIndex((argument) => this.#carries(argument)) ?? -1;
      if (position >= 0) return ['release', ...guardingMethods(this.model, node, position)];
      return node.arguments?.some((argument) => this.#isLockItself(argument)) === true ? releasingMethods(this.model, node, releaseMembers(this.operation)) : undefined;
    }
    if (compiler.isCallExpression(node)) {
      const position = node.arguments.findIndex((argument) => this.#carries(argument));
      const names = position < 0 ? [] : membersOfMadeGuard(this.model, node, position);
      return names.length === 0 ? undefined : names;
    }
    if (!compiler.isObjectLiteralExpression(node)) return undefined;
    // `[Symbol.dispose]` as it is written
    const names = node.properties.flatMap((property) => (this.#carriesProperty(property) ? (propertyNameText(compiler, property.name) ?? property.name?.getText() ?? []) : []));
    return names.length === 0 ? undefined : names;
  }

  discharge(event: Event): Discharge | undefined {
    if (this.#discharges.has(event)) return this.#discharges.get(event);
    const discharge = this.#computeDischarge(event);
    this.#discharges.set(event, discharge);
    return discharge;
  }

  handed(event: CallEvent): number | undefined {
    const position = event.arguments.findIndex(({ node }) => this.#isHandle(node) || (isFunctionLiteral(this.model.compiler, node) && this.#isReleaser(node)));
    return position < 0 ? undefined : position;
  }

  certainRelease(event: Event): ReleaseEvent | undefined {
    if (event.kind === 'release') return event;
    const called = event.kind === 'call' ? this.model.callee(event, 'full') : undefined;
    if (event.kind !== 'call' || called === undefined || !this.model.locks.mayContainLocks(called.getSourceFile())) return undefined;
    return releaseIn(this, called, (place) => substitute(this.model, place, called, event), 0);
  }

  #computeDischarge(event: Event): Discharge | undefined {
    switch (event.kind) {
      case 'release':
        return this.#isReleasedBy(event) ? 'release' : this.#isOnHandle(event) ? 'handover' : undefined;
      case 'call':
        return event.node === this.node && event.reference === undefined ? undefined : this.#dischargeOfCall(event);
      case 'write':
        if (event.value === undefined || this.#slots.has(event.place.key) || this.#isOfList(event.place)) return undefined;
        return this.#carries(event.value.node) ? 'handover' : undefined;
      case 'use':
        return this.#lists.has(event.binding) && givesAllBack(this.model, event.node) ? 'release' : undefined;
      case 'return':
        if (event.inlined !== undefined && this.isGathered) return undefined;
        return event.value !== undefined && (this.#carries(event.value.node) || this.enclosing(event) !== undefined) ? 'handover' : undefined;
      case 'suspend':
        return event.reason === 'yield' && event.operand !== undefined && this.#carries(event.operand.node) ? 'handover' : undefined;
      default:
        return undefined;
    }
  }

  #isOfList({ root }: Place): boolean {
    return root.kind === 'variable' && this.#lists.has(root.binding);
  }

  #isReleasedBy(event: ReleaseEvent): boolean {
    if (this.operation.statement !== undefined && givesConnectionUp(this.model, this.operation.lock, event.node)) return true;
    if (event.operation !== undefined && event.operation === this.operation) return true;
    return event.operation?.kind === 'release' && event.lock.key === this.lock.key;
  }

  /** `client.release()` of a local that holds one handle after another: which one it holds by then is not followed. */
  #isOnHandle({ node, operation, lock }: ReleaseEvent): boolean {
    const { compiler } = this.model;
    if (operation?.kind !== 'acquire' || lock.key !== this.lock.key || !compiler.isCallExpression(node)) return false;
    const callee = skipOuter(compiler, node.expression);
    return this.#isHandle(compiler.isPropertyAccessExpression(callee) ? callee.expression : callee);
  }

  #dischargeOfCall(event: CallEvent): Discharge | undefined {
    if (this.operation.statement !== undefined && givesConnectionUp(this.model, this.operation.lock, event.node)) return 'release';
    if (this.operation.statement !== undefined && mayEndTransaction(this.model, this.operation.lock, event.node)) return 'handover';
    const callee = calleeOf(this.model, event);
    if (callee !== undefined && this.#isReleaseFunction(callee)) return 'release';
    if (this.isGathered && isPutInto(this.model, event, this.#lists)) return undefined;
    if (this.#isPutIntoSlot(event)) return undefined;
    if (event.arguments.some((argument) => this.#carries(argument.node) || this.#isLock(argument.node))) {
      // a log keeps nothing, and what `Promise.all` hands back may be taken apart again
      if (callee?.getText().startsWith('console.') === true) return undefined;
      if (this.isHandleKept && promiseAllElements(this.model, event) !== undefined) return undefined;
      if (event.arguments.some((argument) => this.#isLock(argument.node)) && this.certainRelease(event) !== undefined) return 'release';
      return this.#isOnlyUsedBy(event) ? undefined : 'handover';
    }
    const called = this.model.callee(event, 'full');
    if (called !== undefined && this.#emptying.has(called)) return 'release';
    if (called === undefined || !this.model.locks.mayContainLocks(called.getSourceFile())) return undefined;
    const seenHere = (place: Place): Place | undefined => substitute(this.model, place, called, event);
    return this.#mentionsHandle(called) || isReleasedIn(this, called, seenHere, 0) ? 'release' : undefined;
  }

  /** `this.leaves.set(key, leave)`: the entry is the slot. */
  #isPutIntoSlot({ name, receiver }: CallEvent): boolean {
    const map = name === 'set' && this.#emptying.size > 0 ? receiver?.place?.key : undefined;
    return map !== undefined && [...this.#slots].some((slot) => slot.startsWith(`${map}[`) || slot.startsWith(`${map}|`));
  }

  /** A resource that this function gives back is lent to the callees it is passed to, unless they give it back or keep it. */
  #isOnlyUsedBy(event: CallEvent): boolean {
    if (!this.operation.resource || event.isConstruction === true || !this.#isGivenBackHere()) return false;
    if (event.name !== undefined && keepingNames.test(event.name)) return false;
    if (this.#isEndedByLock(event)) return false;
    const called = this.model.callee(event, 'full');
    return called?.body === undefined || !releaseMembers(this.operation).some((name) => called.body?.getText().includes(name) === true);
  }

  /** `pool.destroy(connection)`, `await queue.complete(job)`: the pool itself is told what becomes of it, and nobody asks for an answer. */
  #isEndedByLock({ node, arguments: passed }: CallEvent): boolean {
    const { compiler } = this.model;
    // what goes with others in an object is an option: `sequelize.query(text, { transaction })`
    if (!passed.some((argument) => this.#isHandle(argument.node))) return false;
    const callee = compiler.isCallExpression(node) ? skipOuter(compiler, node.expression) : undefined;
    if (callee === undefined || !compiler.isPropertyAccessExpression(callee) || callee.expression.getText() !== this.operation.lock?.getText()) return false;
    const { parent } = outerParent(compiler, node);
    return compiler.isExpressionStatement(compiler.isAwaitExpression(parent) ? parent.parent : parent);
  }

  #isGivenBackHere(): boolean {
    for (const event of eventsOf(this.graph)) {
      if (event.kind === 'release' && this.#isReleasedBy(event)) return true;
      const callee = event.kind === 'call' && event.node !== this.node ? calleeOf(this.model, event) : undefined;
      if (callee !== undefined && this.#isReleaseFunction(callee)) return true;
    }
    return false;
  }

  /** `release()`, `handle.release()`, `held[1]()`, `(await mutex.acquire())()`, `leave()` of a closure that releases. */
  #isReleaseFunction(callee: ts.Expression): boolean {
    const { compiler } = this.model;
    if (compiler.isPropertyAccessExpression(callee)) {
      return this.#isSlot(callee) || (this.#isHolder(callee.expression) && this.#isReleaseName(callee.name.text));
    }
    if (compiler.isElementAccessExpression(callee)) {
      if (!this.#isHolder(callee.expression)) return false;
      const { argumentExpression } = callee;
      return compiler.isNumericLiteral(argumentExpression) || this.#isReleaseName(`[${argumentExpression.getText()}]`);
    }
    // a handle may be callable itself: `await transaction('users').insert(row)`
    if (this.operation.resource && this.operation.release.kind === 'result-member' && this.#isHandle(callee)) return this.#isFunction(callee);
    return this.#isHolder(callee);
  }

  #isReleaseName(name: string): boolean {
    const { release } = this.operation;
    return releaseNames.test(name) || this.members.has(name) || (release.kind === 'result-member' && release.members.includes(name));
  }

  /** A local that carries the handle, or the acquiring call itself. */
  #isHolder(expression: ts.Expression): boolean {
    const { compiler } = this.model;
    const node = skipOuter(compiler, expression);
    if (node === this.node) return true;
    if (compiler.isAwaitExpression(node)) return this.#isHolder(node.expression);
    if (compiler.isPropertyAccessExpression(node)) return this.#isSlot(node) || this.#isHolder(node.expression);
    return compiler.isIdentifier(node) && (this.#isCarrier(node) || this.#isSlot(node));
  }

  #isSlot(node: ts.Expression): boolean {
    const place = this.#slots.size === 0 ? undefined : this.model.file(node).places.placeOf(node);
    return place !== undefined && this.#slots.has(place.key);
  }

  #isCarrier(node: ts.Identifier): boolean {
    const binding = this.model.file(node).scopes.resolve(node);
    return binding !== undefined && this.#carriers.has(binding);
  }

  /** The handle itself, not something that holds it. */
  #isHandle(expression: ts.Node): boolean {
    const { compiler } = this.model;
    if (!compiler.isExpression(expression)) return false;
    const node = skipOuter(compiler, expression);
    if (node === this.node) return true;
    if (compiler.isAwaitExpression(node)) return this.#isHandle(node.expression);
    if (!compiler.isIdentifier(node)) return false;
    const binding = this.model.file(node).scopes.resolve(node);
    if (binding === undefined || !this.#carriers.has(binding)) return false;
    return binding === this.received || (this.graph.definitions.get(binding) ?? []).some((event) => this.isResult(event));
  }

  /** A parameter that gives back what was taken, beside the one that is it. */
  #isFunction(name: ts.Expression): boolean {
    const node = skipOuter(this.model.compiler, name);
    const binding = this.model.compiler.isIdentifier(node) ? this.model.file(node).scopes.resolve(node) : undefined;
    return binding !== undefined && (this.graph.definitions.get(binding) ?? []).some(({ value }) => value?.nature === 'function');
  }

  /** The lock, where whoever has it can give it back. */
  #isLock(expression: ts.Node): boolean {
    return this.operation.release.kind === 'lock-member' && this.#isLockItself(expression);
  }

  #isLockItself(expression: ts.Node): boolean {
    const { place } = this.lock;
    return place !== undefined && this.model.compiler.isExpression(expression) && this.model.file(expression).places.placeOf(expression)?.key === place.key;
  }

  #comesFromCall({ node, value }: DefineEvent): boolean {
    const { compiler } = this.model;
    return (
      value?.sources.some((source) => {
        if (source.kind !== 'call') return false;
        if (source.node === this.node) return true;
        // `const [left, right] = await Promise.all([a.acquire(), b.acquire()])`
        if (!compiler.isBindingElement(node) || !compiler.isArrayBindingPattern(node.parent)) return false;
        const elements = promiseAllElements(this.model, source);
        return elements !== undefined && elements[node.parent.elements.indexOf(node)] === this.node;
      }) ?? false
    );
  }

  #binds(event: DefineEvent): boolean {
    if (event.value === undefined) return false;
    return (this.#comesFromCall(event) && this.#isHandlePart(event)) || this.#carries(event.value.node);
  }

  /** Of a pattern, the variable at the handle's place: `const [value, release] = …`. */
  #isHandlePart({ node }: DefineEvent): boolean {
    const { compiler } = this.model;
    if (!compiler.isBindingElement(node)) return true;
    const { release } = this.operation;
    if (compiler.isArrayBindingPattern(node.parent)) {
      return release.kind !== 'tuple-element' || node.parent.elements.indexOf(node) === release.index;
    }
    const name = propertyNameText(compiler, node.propertyName ?? (compiler.isIdentifier(node.name) ? node.name : undefined));
    return name === undefined || this.#isReleaseName(name);
  }

  /** Whether whoever has the value can release. */
  #carries(expression: ts.Node): boolean {
    const { compiler } = this.model;
    if (!compiler.isExpression(expression)) return isFunctionNode(compiler, expression) && this.#isReleaser(expression);
    const node = skipOuter(compiler, expression);
    if (node === this.node) return true;
    if (compiler.isIdentifier(node)) {
      if (this.#isCarrier(node)) return true;
      const declaration = this.model.file(node).scopes.resolve(node)?.declaration;
      return declaration !== undefined && compiler.isFunctionDeclaration(declaration) && this.#isReleaser(declaration);
    }
    if (isFunctionNode(compiler, node)) return this.#isReleaser(node);
    if (compiler.isAwaitExpression(node) || compiler.isSpreadElement(node) || compiler.isVoidExpression(node)) {
      return !compiler.isVoidExpression(node) && this.#carries(node.expression);
    }
    if (compiler.isConditionalExpression(node)) return this.#carries(node.whenTrue) || this.#carries(node.whenFalse);
    if (compiler.isBinaryExpression(node)) return this.#carriesOperand(node);
    if (compiler.isArrayLiteralExpression(node)) return node.elements.some((element) => this.#carries(element));
    if (compiler.isObjectLiteralExpression(node)) return node.properties.some((property) => this.#carriesProperty(property));
    if (compiler.isNewExpression(node)) return node.arguments?.some((argument) => this.#carries(argument)) ?? false;
    if (compiler.isPropertyAccessExpression(node)) {
      if (this.#isLock(node.expression)) return this.#releasesByMember(node.name.text);
      return this.#isHolder(node.expression) && this.#isReleaseName(node.name.text);
    }
    // `lock.release.bind(lock)`
    if (compiler.isCallExpression(node) && compiler.isPropertyAccessExpression(node.expression)) {
      return node.expression.name.text === 'bind' && this.#carries(node.expression.expression);
    }
    return false;
  }

  #carriesOperand(node: ts.BinaryExpression): boolean {
    const { SyntaxKind } = this.model.compiler;
    switch (node.operatorToken.kind) {
      case SyntaxKind.EqualsToken:
      case SyntaxKind.CommaToken:
      case SyntaxKind.AmpersandAmpersandToken:
        return this.#carries(node.right);
      case SyntaxKind.BarBarToken:
      case SyntaxKind.QuestionQuestionToken:
        return this.#carries(node.left) || this.#carries(node.right);
      default:
        return false;
    }
  }

  #carriesProperty(property: ts.ObjectLiteralElementLike): boolean {
    const { compiler } = this.model;
    if (compiler.isPropertyAssignment(property)) return this.#carries(property.initializer);
    if (compiler.isShorthandPropertyAssignment(property)) {
      const binding = this.model.file(property).scopes.resolve(property.name);
      return binding !== undefined && this.#carriers.has(binding);
    }
    return compiler.isSpreadAssignment(property) ? this.#carries(property.expression) : this.#isReleaser(property);
  }

  #releasesByMember(name: string): boolean {
    const { release } = this.operation;
    return release.kind === 'lock-member' && release.members.includes(name);
  }

  /** A function that mentions the handle, or releases the lock without taking it itself. */
  #isReleaser(node: FunctionNode): boolean {
    if (this.#mentionsHandle(node)) return true;
    return this.model.locks.mayContainLocks(node.getSourceFile()) && isReleasedIn(this, node, (place) => place, 0);
  }

  #mentionsHandle(node: ts.Node): boolean {
    const file = this.model.file(node);
    const { compiler } = this.model;
    for (const binding of this.#carriers) {
      for (const mention of file.mentions(binding.name)) {
        if (!isWithin(mention, node) || !compiler.isIdentifier(mention)) continue;
        if (file.scopes.resolve(mention) === binding) return true;
      }
    }
    return false;
  }
}

/** What `Promise.all([…])` waits for. */
export function promiseAllElements(model: ProgramModel, event: CallEvent): readonly ts.Expression[] | undefined {
  const { compiler } = model;
  if (promiseCombinator(compiler, event.node) !== 'all' || !compiler.isCallExpression(event.node)) return undefined;
  const [list] = event.node.arguments;
  return list !== undefined && compiler.isArrayLiteralExpression(list) ? list.elements : undefined;
}

/** The called expression, without parentheses and assertions. */
function calleeOf(model: ProgramModel, event: CallEvent): ts.Expression | undefined {
  const { compiler } = model;
  if (event.reference !== undefined) return skipOuter(compiler, event.reference);
  return compiler.isCallExpression(event.node) ? skipOuter(compiler, event.node.expression) : undefined;
}

/** Names of the members or functions that may release what the operation takes. */
export function releaseMembers({ release }: AcquireOperation): readonly string[] {
  if (release.kind === 'module-function') return release.functions;
  if (release.kind === 'lock-member') return release.members;
  return release.kind === 'result-member' ? [...new Set([...release.members, 'release', 'unlock'])] : ['release', 'unlock'];
}

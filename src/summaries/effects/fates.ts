/**
 * What becomes of a promise: whether anybody waits for it, and where. Told from the syntax around the expression that
 * makes it, through locals, arrays of promises, combinators, chains and callbacks that hand their result on.
 */
import type { ts } from '../../compiler/compiler.js';
import { synchronousCallbacks } from '../../events/collections.js';
import { enclosingActivation, type FunctionNode, isFunctionLiteral, outerParent } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { promiseCombinator } from '../../syntax/tree.js';
import { callbackBehaviour } from '../model/callback-behaviour.js';
import type { ProgramModel } from '../model/program-model.js';

export interface Fate {
  /** The outermost expression that is this promise: the whole chain, the combinator. */
  readonly node: ts.Expression;
  /** Where somebody waits for it: `await` expressions, loops, and calls that wait for the callback which returns it. */
  readonly waits: ReadonlySet<ts.Node>;
  /** Links of chains that end when it has settled: `.then(() => work())`. */
  readonly links: ReadonlySet<ts.Node>;
  /** It is the result of a function that is not known to be waited for by whoever calls it here. */
  readonly isReturned: boolean;
  /** It is stored or handed on, so that others may wait for it. */
  readonly isKept: boolean;
  /** Its author says that nobody waits: `void work()`. */
  readonly isVoid: boolean;
  /** Its failure is dealt with: `.catch(…)`. */
  readonly isHandled: boolean;
  /** Something follows when it is fulfilled: `.then(…)`. */
  readonly isContinued: boolean;
  /** Who waits for it goes on when another promise settles first. */
  readonly isRaced: boolean;
  /** It goes through a variable or an array of its own. */
  readonly isBound: boolean;
  /** An array method or a condition makes nothing of promises: `forEach(async …)`. */
  readonly isMisused: boolean;
}

/** Whether nobody can wait for it. */
export function isDropped(fate: Fate): boolean {
  return fate.waits.size === 0 && !fate.isReturned && !fate.isKept;
}

/** Methods of arrays whose result holds what their callback returned. */
const handsOn: ReadonlySet<string> = new Set(['map', 'flatMap', 'reduce', 'reduceRight']);
const collects: ReadonlySet<string> = new Set(['push', 'unshift', 'add', 'set']);
/** Methods that hand out the promises of an array, in another array. */
const views: ReadonlySet<string> = new Set(['filter', 'slice', 'concat', 'values', 'flat', 'reverse']);

export function fateOf(model: ProgramModel, expression: ts.Expression): Fate {
  const search = new Search(model, expression);
  search.climb(expression);
  return search;
}

class Search implements Fate {
  node: ts.Expression;
  readonly waits = new Set<ts.Node>();
  readonly links = new Set<ts.Node>();
  isReturned = false;
  isKept = false;
  isVoid = false;
  isHandled = false;
  isContinued = false;
  isRaced = false;
  isMisused = false;
  isBound = false;
  readonly #seen = new Set<Binding>();
  readonly #model: ProgramModel;
  /** The climb has not gone through a variable yet. */
  #isDirect = true;

  constructor(model: ProgramModel, expression: ts.Expression) {
    this.#model = model;
    this.node = expression;
  }

  climb(expression: ts.Expression): void {
    const { compiler } = this.#model;
    const { parent, child } = outerParent(compiler, expression);
    if (this.#isDirect) this.node = expression;
    if (compiler.isAwaitExpression(parent)) {
      if (!this.isRaced) this.waits.add(parent);
      return;
    }
    if (compiler.isForOfStatement(parent)) {
      if (parent.expression !== child) return;
      if (parent.awaitModifier !== undefined) this.waits.add(parent);
      else if (compiler.isVariableDeclarationList(parent.initializer)) this.#declared(parent.initializer.declarations[0]?.name);
      return;
    }
    if (compiler.isReturnStatement(parent)) return this.#returned(enclosingActivation(compiler, parent));
    if (compiler.isArrowFunction(parent)) return this.#returned(parent);
    if (compiler.isExpressionStatement(parent)) return;
    if (compiler.isVoidExpression(parent)) {
      this.isVoid = true;
      return;
    }
    if (compiler.isConditionalExpression(parent)) return parent.condition === child ? this.#misused() : this.climb(parent);
    if (compiler.isPrefixUnaryExpression(parent) || compiler.isIfStatement(parent) || compiler.isWhileStatement(parent)) return this.#misused();
    if (compiler.isBinaryExpression(parent)) return this.#inBinary(parent, child);
    if (compiler.isVariableDeclaration(parent)) return this.#declared(parent.name);
    if (compiler.isArrayLiteralExpression(parent) || compiler.isSpreadElement(parent)) return this.climbThrough(parent);
    if (compiler.isPropertyAccessExpression(parent)) return parent.expression === child ? this.#accessed(parent) : undefined;
    if (compiler.isElementAccessExpression(parent)) return parent.expression === child ? this.climb(parent) : undefined;
    if (compiler.isCallExpression(parent)) return parent.expression === child ? undefined : this.#argument(parent);
    if (compiler.isTypeOfExpression(parent)) return;
    this.isKept = true;
  }

  climbThrough(node: ts.ArrayLiteralExpression | ts.SpreadElement): void {
    if (this.#model.compiler.isArrayLiteralExpression(node)) return this.climb(node);
    const { parent } = outerParent(this.#model.compiler, node);
    if (this.#model.compiler.isArrayLiteralExpression(parent)) return this.climb(parent);
    if (this.#model.compiler.isCallExpression(parent)) return this.#argument(parent);
    this.isKept = true;
  }

  #misused(): void {
    this.isMisused = true;
  }

  #inBinary(parent: ts.BinaryExpression, child: ts.Node): void {
    const { compiler } = this.#model;
    const { SyntaxKind } = compiler;
    switch (parent.operatorToken.kind) {
      case SyntaxKind.AmpersandAmpersandToken:
      case SyntaxKind.BarBarToken:
      case SyntaxKind.QuestionQuestionToken:
      case SyntaxKind.CommaToken:
        return parent.right === child ? this.climb(parent) : undefined;
      case SyntaxKind.EqualsToken:
      case SyntaxKind.QuestionQuestionEqualsToken:
      case SyntaxKind.BarBarEqualsToken:
        if (parent.right !== child) return;
        if (compiler.isIdentifier(parent.left)) this.#bound(parent.left);
        else this.isKept = true;
        // the assignment has the value as well: `await (this.pending = load())`
        if (!compiler.isExpressionStatement(parent.parent)) this.climb(parent);
        return;
      default:
    }
  }

  #declared(name: ts.BindingName | undefined): void {
    if (name === undefined) return;
    if (this.#model.compiler.isIdentifier(name)) return this.#bound(name);
    for (const element of name.elements) if (this.#model.compiler.isBindingElement(element)) this.#declared(element.name);
  }

  /** The fate of a promise in a variable is that of all its uses. */
  #bound(identifier: ts.Identifier): void {
    const { compiler } = this.#model;
    const file = this.#model.file(identifier);
    const binding = file.scopes.resolve(identifier);
    if (binding === undefined || compiler.isSourceFile(binding.owner) || binding.kind !== 'variable') {
      this.isKept = true;
      return;
    }
    this.isBound = true;
    if (this.#seen.has(binding)) return;
    this.#seen.add(binding);
    const wasDirect = this.#isDirect;
    this.#isDirect = false;
    for (const mention of file.mentions(binding.name)) {
      if (!compiler.isIdentifier(mention) || mention === binding.identifier || file.scopes.resolve(mention) !== binding) continue;
      const { parent } = mention;
      if (compiler.isBinaryExpression(parent) && parent.left === mention) continue;
      // a closure waits for it, or whoever calls the closure does
      if (enclosingActivation(compiler, mention) !== binding.owner && compiler.isExpressionStatement(parent)) continue;
      if (compiler.isShorthandPropertyAssignment(parent)) this.isKept = true;
      else this.climb(mention);
    }
    this.#isDirect = wasDirect;
  }

  #accessed(access: ts.PropertyAccessExpression): void {
    const { compiler } = this.#model;
    const { parent, child } = outerParent(compiler, access);
    // what a pending operation holds is its promise: `pool.acquire().promise`
    if (!compiler.isCallExpression(parent) || parent.expression !== child) return this.climb(access);
    const method = access.name.text;
    if (method === 'then' || method === 'catch' || method === 'finally') {
      if (method === 'then') this.isContinued = true;
      if (method === 'catch' || (method === 'then' && parent.arguments.length > 1)) this.isHandled = true;
      // a link further on comes later still
      if (!this.isRaced) this.links.add(parent);
      this.climb(parent);
    } else if (handsOn.has(method) || views.has(method)) this.climb(parent);
    else if (synchronousCallbacks.has(method)) this.isKept = true;
  }

  #argument(call: ts.CallExpression): void {
    const { compiler } = this.#model;
    const callee = call.expression;
    const combinator = promiseCombinator(compiler, call);
    if (combinator !== undefined) {
      if ((combinator === 'race' || combinator === 'any') && isOneOfSeveral(this.#model, call)) this.isRaced = true;
      this.climb(call);
      return;
    }
    if (compiler.isPropertyAccessExpression(callee) && compiler.isIdentifier(callee.expression)) {
      const method = callee.name.text;
      if (collects.has(method)) return this.#bound(callee.expression);
    }
    this.isKept = true;
  }

  #returned(owner: ReturnType<typeof enclosingActivation>): void {
    const { compiler, locks } = this.#model;
    if (compiler.isSourceFile(owner)) return;
    const { parent, child } = outerParent(compiler, owner);
    if (!isFunctionLiteral(compiler, owner) || !compiler.isCallExpression(parent)) {
      this.isReturned = true;
      return;
    }
    if (parent.expression === child) return this.climb(parent);
    if (locks.classifyCall(parent)?.kind === 'run') {
      // the section lasts until it has settled
      this.waits.add(parent);
      return;
    }
    const callee = parent.expression;
    if (compiler.isPropertyAccessExpression(callee)) {
      const method = callee.name.text;
      if (method === 'then' || method === 'catch' || method === 'finally') {
        this.links.add(parent);
        return this.climb(parent);
      }
      if (handsOn.has(method)) return this.climb(parent);
      if (synchronousCallbacks.has(method)) return this.#misused();
    }
    if (compiler.isIdentifier(callee) || compiler.isPropertyAccessExpression(callee)) {
      const behaviour = callbackBehaviour(this.#model, parent, parent.arguments.findIndex((argument) => argument === owner));
      if (behaviour?.kind === 'awaited') {
        this.waits.add(parent);
        return;
      }
    }
    this.isKept = true;
  }
}

function isOneOfSeveral({ compiler }: ProgramModel, call: ts.CallExpression): boolean {
  const [list] = call.arguments;
  return list !== undefined && compiler.isArrayLiteralExpression(list) && list.elements.length > 1;
}

/** The asynchronous function that an argument is, written out or by name. */
export function asyncCallback(model: ProgramModel, argument: ts.Expression): FunctionNode | undefined {
  const { compiler } = model;
  const callee = model.calleeOfExpression(argument, 'syntactic');
  return callee !== undefined && callee.modifiers?.some(({ kind }) => kind === compiler.SyntaxKind.AsyncKeyword) === true ? callee : undefined;
}

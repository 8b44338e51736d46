/**
 * The words that a lock operation must contain: gathered once per program from the models and from the program's own locks, so
 * that most files and calls are told apart by their text.
 */
import type { Compiler, ts } from '../compiler/compiler.js';
import { forEachPart, type FunctionNode, isFunctionLiteral, isFunctionNode, lastOfName, outerParent, resultAtEnd, skipOuter } from '../syntax/functions.js';
import { type FileImports, importsOf } from './imports.js';
import { isCertainLockName } from './member-words.js';
import type { ModelIndex } from './model-index.js';
import { ownLockNames } from './own-locks.js';
import { isRelativeSpecifier, packageOfSpecifier, withoutNodeScheme } from './packages.js';
import { mayHoldLeases } from './store-leases.js';

/** The name that a call calls: `acquire` of `this.mutex.acquire()`, `limit` of `limit()`. */
export function calledName(compiler: Compiler, callee: ts.Expression): string | undefined {
  if (compiler.isIdentifier(callee)) return callee.text;
  return compiler.isPropertyAccessExpression(callee) ? callee.name.text : undefined;
}

/** Members by which classes named like locks are used. */
const foreignVerbs = '(?:(?:try)?(?:[aA]cquire|[lL]ock|[rR]elease|[uU]nlock|[oO]btain)\\w*|run|runExclusive|exclusive(?:Run|ly)?|with(?:Lock|Mutex|Permit|Read|Write)\\w*)';
const foreignVerb = new RegExp(`^${foreignVerbs}$`);

function importsForeignLock(compiler: Compiler, file: ts.SourceFile, index: ModelIndex): boolean {
  for (const { specifier, imported } of importsOf(compiler, file).names.values()) {
    const isForeign = !isRelativeSpecifier(specifier) && isCertainLockName(imported);
    if (isForeign && index.exportOf(specifier, imported) === undefined) return true;
  }
  return false;
}

function asPattern(word: string): string {
  return word.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
}

export class Vocabulary {
  /** Names of members of locks. */
  readonly #members = new Set<string>();
  /** Names of members that are read to ask whether a lock is held. */
  readonly #properties = new Set<string>();
  /** Names of members whose section ends when its callback returns. */
  readonly #short = new Set<string>();
  /** Names of members that put a function under a lock. */
  readonly #enclosing = new Set<string>();
  /** Names of members of stores, everyday ones, that take or give back a lease. */
  readonly #leases = new Set<string>();
  /** Packages with functions that put a function under a lock. */
  readonly #serializing = new Set<string>();
  /** Whether the program imports classes that are named like locks from packages without a model. */
  readonly #hasForeignLocks: boolean;
  /** Names of functions of modules, with the packages they belong to. */
  readonly #functions = new Set<string>();
  /** Names that the program gives to locks that are called themselves. */
  readonly #callable = new Set<string>();
  /** Names of functions of the program that give such locks. */
  readonly #factories = new Set<string>();
  /** Names of functions of the program that run callbacks under a lock. */
  readonly #ownFunctions = new Set<string>();
  /** Names of functions that may return the function that they are handed, locked. */
  readonly #lockingFunctions = new Set<string>();
  readonly #pattern: RegExp | undefined;

  constructor(
    readonly compiler: Compiler,
    index: ModelIndex,
    ownFiles: readonly ts.SourceFile[],
  ) {
    const callablePackages = new Set<string>();
    for (const model of index.models) {
      if (model.serializers !== undefined) this.#serializing.add(withoutNodeScheme(model.package));
      for (const { name, members } of model.exports) {
        for (const [member, meaning] of Object.entries(members)) {
          if (member === '()') callablePackages.add(withoutNodeScheme(model.package));
          else if (meaning.does === 'query' && meaning.property === true) this.#properties.add(member);
          else if ('lease' in meaning && meaning.lease === true) this.#leases.add(member);
          else {
            if (meaning.does === 'enclose' && meaning.asynchronous === true) this.#enclosing.add(member);
            else if (meaning.does === 'enclose' || (meaning.does === 'run' && meaning.synchronous === true)) this.#short.add(member);
            const names = name === '*' ? this.#functions : this.#members;
            names.add(member);
            names.add(lastOfName(member));
          }
        }
      }
    }
    if (callablePackages.size > 0) {
      for (const file of ownFiles) {
        const makers = namesOfPackages(compiler, file, callablePackages);
        if (makers.size > 0) this.#collectCallable(file, makers);
      }
      // `createLimiter()`, wherever it is called
      const factories = new Set(this.#factories);
      for (const file of factories.size === 0 ? [] : ownFiles) {
        if ([...factories].some((name) => file.text.includes(name))) this.#collectCallable(file, factories);
      }
    }
    for (const file of ownFiles) {
      const names = ownLockNames(compiler, file);
      for (const name of names.members) this.#members.add(name);
      for (const name of names.properties) this.#properties.add(name);
      for (const name of names.functions) this.#ownFunctions.add(name);
      for (const name of names.lockingFunctions) this.#lockingFunctions.add(name);
      for (const name of names.callable) this.#callable.add(name);
    }
    this.#hasForeignLocks = ownFiles.some((file) => importsForeignLock(compiler, file, index));
    const words = [...this.#members, ...this.#functions, ...this.#callable, ...this.#factories, ...this.#ownFunctions];
    const escaped = words.map(asPattern);
    // what they return has members with everyday names, such as `push`
    for (const name of this.#serializing) escaped.push(`${asPattern(name)}['"]`);
    if (this.#hasForeignLocks) escaped.push(foreignVerbs);
    this.#pattern = escaped.length === 0 ? undefined : new RegExp(`(?<![\\w$])(?:${escaped.join('|')})(?![\\w$])`);
  }

  occursIn(text: string): boolean {
    return (this.#pattern?.test(text) ?? false) || (this.#leases.size > 0 && mayHoldLeases(text));
  }

  mayBeShort(text: string): boolean {
    for (const name of this.#short) if (text.includes(name)) return true;
    return false;
  }

  mayBeLease(name: string): boolean {
    return this.#leases.has(name);
  }

  mayBeMember(name: string): boolean {
    return this.#members.has(name) || (this.#hasForeignLocks && foreignVerb.test(name));
  }

  /** A method with a decorator, or a function that is handed to one that may return it locked. */
  mayBeEnclosed(node: FunctionNode): boolean {
    const { compiler } = this;
    if (compiler.isMethodDeclaration(node) && node.modifiers?.some((modifier) => compiler.isDecorator(modifier)) === true) return true;
    if (this.#lockingFunctions.size + this.#serializing.size + this.#enclosing.size === 0) return false;
    const imports = importsOf(compiler, node.getSourceFile());
    // by its name, to a queue that is made of it
    if (compiler.isFunctionDeclaration(node) || compiler.isMethodDeclaration(node)) return [...imports.specifiers].some((specifier) => this.#serializing.has(withoutNodeScheme(specifier)));
    const { parent } = outerParent(compiler, node);
    if (!isFunctionLiteral(compiler, node) || !compiler.isCallExpression(parent)) return false;
    const callee = skipOuter(compiler, parent.expression);
    if (compiler.isPropertyAccessExpression(callee) && this.#enclosing.has(callee.name.text)) return true;
    const root = compiler.isPropertyAccessExpression(callee) ? callee.expression : callee;
    if (!compiler.isIdentifier(root)) return false;
    const origin = imports.names.get(root.text);
    if (origin !== undefined && this.#serializing.has(withoutNodeScheme(origin.specifier))) return true;
    return this.#lockingFunctions.has(root.text) || this.#lockingFunctions.has(origin?.imported ?? '');
  }

  mayBeProperty(name: string): boolean {
    return this.#properties.has(name);
  }

  /** Whether the callee could be a function of a lock module: `lock`, `lockfile.lock`, or an import under another name. */
  mayCallModuleFunction(callee: ts.Expression, imports: FileImports): boolean {
    if (this.#functions.size === 0) return false;
    if (this.compiler.isIdentifier(callee)) {
      const origin = imports.names.get(callee.text);
      return origin !== undefined && this.#functions.has(origin.imported);
    }
    if (!this.compiler.isPropertyAccessExpression(callee) || !this.#functions.has(callee.name.text)) return false;
    const { expression } = callee;
    const root = this.compiler.isPropertyAccessExpression(expression) ? expression.expression : expression;
    return this.compiler.isIdentifier(root) && imports.names.has(root.text);
  }

  mayCallOwnFunction(name: string, imports: FileImports): boolean {
    return this.#ownFunctions.has(name) || this.#ownFunctions.has(imports.names.get(name)?.imported ?? '');
  }

  /** Whether something of this name could be a lock that is called itself. */
  mayCallLock(name: string, imports: FileImports): boolean {
    return this.#callable.has(name) || this.#callable.has(imports.names.get(name)?.imported ?? '');
  }

  /** Whether a call of this name could give such a lock: `this.limiter(key)(task)`. */
  mayMakeCallable(name: string, imports: FileImports): boolean {
    return this.#factories.has(name.replace('#', '')) || this.#factories.has(imports.names.get(name)?.imported ?? '');
  }

  /** Notes the variables, fields and parameters that hold what a call of these names returned, and as factories the functions that give it. */
  #collectCallable(file: ts.SourceFile, makers: ReadonlySet<string>): void {
    const { compiler } = this;
    const mentions = (node: ts.Node | undefined): boolean =>
      node !== undefined && (node.getText(file).match(/[\w$]+/g)?.some((word) => makers.has(word)) ?? false);
    const makes = (value: ts.Expression | undefined): boolean => {
      const call = value === undefined ? undefined : skipOuter(compiler, value);
      // `(limits[key] ??= pLimit(1))`
      if (call !== undefined && compiler.isBinaryExpression(call)) return makes(call.right);
      // `new Map<string, LimitFunction>()`
      if (call !== undefined && compiler.isNewExpression(call)) return call.typeArguments?.some(mentions) === true;
      return call !== undefined && compiler.isCallExpression(call) && mentions(call.expression);
    };
    const gives = (value: ts.Expression | undefined): boolean => {
      const given = value === undefined ? undefined : skipOuter(compiler, value);
      const held = given === undefined ? undefined : (lookedUpIn(compiler, given) ?? given);
      return makes(given) || (held !== undefined && (compiler.isIdentifier(held) || compiler.isPrivateIdentifier(held)) && this.#callable.has(held.text));
    };
    const walk = (node: ts.Node): void => {
      if (compiler.isVariableDeclaration(node) || compiler.isPropertyDeclaration(node) || compiler.isParameter(node)) {
        if (!compiler.isObjectBindingPattern(node.name) && !compiler.isArrayBindingPattern(node.name)) {
          if (mentions(node.type) || makes(node.initializer)) this.#callable.add(node.name.getText(file));
        }
      } else if (compiler.isPropertySignature(node)) {
        if (mentions(node.type)) this.#callable.add(node.name.getText(file));
      } else if (compiler.isPropertyAssignment(node)) {
        if (makes(node.initializer)) this.#callable.add(node.name.getText(file));
      } else if (compiler.isBinaryExpression(node) && isPlainAssignment(compiler, node)) {
        const name = calledName(compiler, skipOuter(compiler, node.left));
        if (name !== undefined && makes(node.right)) this.#callable.add(name);
      } else if (compiler.isCallExpression(node) && compiler.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'set' && makes(node.arguments[1])) {
        // `limits.set(key, pLimit(1))`
        const name = calledName(compiler, skipOuter(compiler, node.expression.expression));
        if (name !== undefined) this.#callable.add(name);
      }
      forEachPart(compiler, node, walk);
      // its variables are known by now
      const factory = factoryName(compiler, node, gives);
      if (factory !== undefined) this.#factories.add(factory);
    };
    walk(file);
  }
}

/** `limit = pLimit(1)`, `limit ??= pLimit(1)` */
function isPlainAssignment({ SyntaxKind }: Compiler, { operatorToken: { kind } }: ts.BinaryExpression): boolean {
  return kind === SyntaxKind.EqualsToken || kind === SyntaxKind.QuestionQuestionEqualsToken;
}

/** The names under which the file imports something of these packages. */
function namesOfPackages(compiler: Compiler, file: ts.SourceFile, packages: ReadonlySet<string>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [name, { specifier }] of importsOf(compiler, file).names) {
    const module = withoutNodeScheme(specifier);
    if (packages.has(module) || packages.has(packageOfSpecifier(module))) names.add(name);
  }
  return names;
}

/** `limits` of `limits.get(key)` and of `this.limits[key]`. */
function lookedUpIn(compiler: Compiler, node: ts.Expression): ts.Node | undefined {
  const isGet = compiler.isCallExpression(node) && compiler.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'get';
  const collection = compiler.isElementAccessExpression(node) ? node.expression : isGet && compiler.isPropertyAccessExpression(node.expression) ? node.expression.expression : undefined;
  return collection !== undefined && compiler.isPropertyAccessExpression(collection) ? collection.name : collection;
}

/** What the function is called that gives what `gives` tells of: `const createLimiter = () => pLimit(1)`. */
function factoryName(compiler: Compiler, node: ts.Node, gives: (value: ts.Expression | undefined) => boolean): string | undefined {
  if (!isFunctionNode(compiler, node) || node.body === undefined) return undefined;
  if (!gives(resultAtEnd(compiler, node.body))) return undefined;
  const { parent } = node;
  const name = node.name ?? (compiler.isVariableDeclaration(parent) || compiler.isPropertyDeclaration(parent) ? parent.name : undefined);
  return name !== undefined && (compiler.isIdentifier(name) || compiler.isPrivateIdentifier(name)) ? name.text.replace('#', '') : undefined;
}

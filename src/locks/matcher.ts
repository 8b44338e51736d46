/**
 * Tells which calls acquire, release or run under a lock.
 *
 * Cheap first. Once per program the models are narrowed to the packages that the program imports or loads; their verbs
 * make a text test for files and a test of names for calls. Only a call that passes both costs questions.
 */
import { catalogue } from '../catalogue/catalogue.js';
import type { LockModel } from '../catalogue/schema.js';
import type { Compiler, ts } from '../compiler/compiler.js';
import type { EngineSettings } from '../config.js';
import { forEachPart, type FunctionNode, isFunctionLiteral, lastOfName, outerParent, skipOuter } from '../syntax/functions.js';
import { createConstructions } from './constructions.js';
import { enclosingSection } from './enclosures.js';
import { forwardedTo, mayForwardStatement } from './forwarded-statements.js';
import { createHandedIn } from './handed-in.js';
import { type FileImports, importsOf } from './imports.js';
import { isCertainLockName } from './member-words.js';
import { globalPackage, localPackage, ModelIndex, ownMember } from './model-index.js';
import type { EnclosingSection, LockMatcher, LockOperation, QueryOperation } from './operation.js';
import { operationOf } from './operations.js';
import { ownLockNames } from './own-locks.js';
import { isRelativeSpecifier, packageOfFile, packageOfSpecifier, withoutNodeScheme } from './packages.js';
import { leaseKeyOf, mayHoldLeases } from './store-leases.js';
import { createLockResolver, type KnownLock, type LockQuestions } from './resolve.js';

export type { LockQuestions } from './resolve.js';

/** Makes the matcher of one program, whose files must be bound. The user's models come before the catalogue's. */
export function createLockMatcher(
  compiler: Compiler,
  program: ts.Program,
  settings: EngineSettings,
  questions: LockQuestions,
): LockMatcher {
  const ownFiles = program
    .getSourceFiles()
    .filter((file) => !file.isDeclarationFile && packageOfFile(file.fileName) === undefined);
  const index = new ModelIndex(liveModels(compiler, program, ownFiles, [...(settings.locks ?? []), ...catalogue]));
  const verbs = new Vocabulary(compiler, index, ownFiles);
  const resolver = createLockResolver(compiler, program, index, questions, createHandedIn(compiler, ownFiles));
  const constructions = createConstructions(compiler, questions);
  const operations = new WeakMap<ts.CallExpression, LockOperation | 'none'>();
  const sections = new WeakMap<FunctionNode, EnclosingSection | 'none'>();
  const reads = new WeakMap<ts.PropertyAccessExpression, QueryOperation | 'none'>();
  const lockFiles = new WeakMap<ts.SourceFile, boolean>();

  const classify = (call: ts.CallExpression): LockOperation | undefined => {
    const callee = skipOuter(compiler, call.expression);
    const imports = importsOf(compiler, call.getSourceFile());
    if (verbs.mayCallModuleFunction(callee, imports)) {
      const found = resolver.moduleFunctionOf(callee);
      if (found !== undefined) {
        const { model, member, lockExport } = found;
        const memberName = calledName(compiler, callee) ?? '';
        const name = model.package;
        return operationOf(compiler, {
          call, memberName, member, lockExport, lock: undefined, lockName: name, model: name, permits: undefined, failure: undefined, reentrant: lockExport.reentrant,
        });
      }
    }
    const name = calledName(compiler, callee);
    if (name === undefined) return undefined;
    const forwarding = mayForwardStatement(compiler, call) ? resolver.functionOf(callee) : undefined;
    const query = forwarding === undefined ? undefined : forwardedTo(compiler, call, forwarding);
    const connection = query === undefined ? undefined : resolver.lockOf(query.expression);
    if (query !== undefined && connection !== undefined) return operation(call, connection, query.name.text, query.expression);
    if (compiler.isIdentifier(callee) && verbs.mayCallOwnFunction(name, imports)) {
      const own = resolver.ownFunctionOf(callee);
      if (own !== undefined) {
        const lockExport = { name: own.lock, members: {}, ...(own.isPool ? { kind: 'resource' as const } : {}) };
        return operationOf(compiler, {
          call, memberName: own.name, member: own.member, lockExport, lock: undefined, lockName: own.lock, model: 'shape',
          permits: undefined, failure: undefined, reentrant: undefined,
        });
      }
    }
    if (compiler.isPropertyAccessExpression(callee) && verbs.mayBeLease(name)) {
      const key = leaseKeyOf(compiler, call);
      const store = key === undefined ? undefined : resolver.lockOf(callee.expression);
      if (key !== undefined && store !== undefined) return operation(call, store, name, callee.expression, key);
    }
    if (compiler.isPropertyAccessExpression(callee) && verbs.mayBeMember(name)) {
      const part = skipOuter(compiler, callee.expression);
      if (compiler.isPropertyAccessExpression(part) && verbs.mayBeMember(`${part.name.text}.${name}`)) {
        const whole = resolver.lockOf(part.expression);
        if (whole !== undefined) return operation(call, whole, `${part.name.text}.${name}`, part.expression);
      }
      const known = resolver.lockOf(callee.expression);
      if (known !== undefined) return operation(call, known, name, callee.expression);
    }
    if (!verbs.mayCallLock(name, imports)) return undefined;
    const known = resolver.lockOf(callee);
    return known === undefined ? undefined : operation(call, known, '()', callee);
  };

  const operation = (call: ts.CallExpression, known: KnownLock, memberName: string, receiver: ts.Expression, key?: ts.Expression): LockOperation | undefined => {
    const { lockExport, model, failure, isImmediate } = known;
    const member = ownMember(lockExport, memberName);
    if (member === undefined) return undefined;
    const permits = constructions.permitsOf(known);
    const lockName = model === 'shape' ? lockExport.name : model;
    const reentrant = constructions.reentrancyOf(known);
    const weight = constructions.weightOf(member, call);
    const matched = { call, memberName, member, lockExport, lock: unwrapped(receiver), lockName, model, permits, weight, failure, reentrant, isImmediate, key };
    return operationOf(compiler, matched);
  };

  const readOf = (access: ts.PropertyAccessExpression): QueryOperation | undefined => {
    if (!verbs.mayBeProperty(access.name.text)) return undefined;
    const known = resolver.lockOf(access.expression);
    const member = known === undefined ? undefined : ownMember(known.lockExport, access.name.text);
    if (known === undefined || member?.does !== 'query' || member.property !== true) return undefined;
    const model = known.model;
    const lockName = model === 'shape' ? known.lockExport.name : model;
    return { kind: 'query', node: access, lock: unwrapped(access.expression), lockName, key: undefined, model };
  };

  /** The lock itself where the receiver wraps it on the spot: `tryAcquire(this.mutex).acquire()`. */
  const unwrapped = (receiver: ts.Expression): ts.Expression => {
    const node = skipOuter(compiler, receiver);
    const inner = compiler.isCallExpression(node) ? resolver.wrappedLock(node) : undefined;
    return inner === undefined ? receiver : unwrapped(inner);
  };

  const createsLock = (expression: ts.Expression): boolean => {
    const node = skipOuter(compiler, expression);
    if (!compiler.isNewExpression(node) && !compiler.isCallExpression(node)) return false;
    const inner = compiler.isCallExpression(node) ? resolver.wrappedLock(node) : undefined;
    if (inner !== undefined) return createsLock(inner);
    const known = resolver.lockOf(node);
    return known?.construction === node && known.lockExport.identity !== 'name';
  };

  const classifyCall = (call: ts.CallExpression): LockOperation | undefined => {
    const before = operations.get(call);
    if (before !== undefined) return before === 'none' ? undefined : before;
    const found = classify(call);
    operations.set(call, found ?? 'none');
    return found;
  };

  const enclosures = { ...resolver, ...constructions, classifyCall };

  return {
    classifyCall,
    sectionAround: (node) => {
      if (!verbs.mayBeEnclosed(node)) return undefined;
      const before = sections.get(node);
      if (before !== undefined) return before === 'none' ? undefined : before;
      const found = enclosingSection(compiler, index, enclosures, node);
      sections.set(node, found ?? 'none');
      return found;
    },
    classifyRead: (access) => {
      const before = reads.get(access);
      if (before !== undefined) return before === 'none' ? undefined : before;
      const found = readOf(access);
      reads.set(access, found ?? 'none');
      return found;
    },
    mayContainShortSections: (file) => verbs.mayBeShort(file.text),
    mayContainLocks: (file) => {
      let may = lockFiles.get(file);
      if (may === undefined) lockFiles.set(file, (may = verbs.occursIn(file.text)));
      return may;
    },
    createsLock,
  };
}

/** The name that a call calls: `acquire` of `this.mutex.acquire()`, `limit` of `limit()`. */
function calledName(compiler: Compiler, callee: ts.Expression): string | undefined {
  if (compiler.isIdentifier(callee)) return callee.text;
  return compiler.isPropertyAccessExpression(callee) ? callee.name.text : undefined;
}

/** The models that the program can use at all. */
function liveModels(
  compiler: Compiler,
  program: ts.Program,
  ownFiles: readonly ts.SourceFile[],
  models: readonly LockModel[],
): LockModel[] {
  const packages = new Set<string>();
  for (const file of program.getSourceFiles()) {
    const name = packageOfFile(file.fileName);
    if (name !== undefined) packages.add(name);
  }
  for (const file of ownFiles) {
    for (const specifier of importsOf(compiler, file).specifiers) {
      if (isRelativeSpecifier(specifier)) continue;
      const name = withoutNodeScheme(specifier);
      packages.add(name);
      packages.add(packageOfSpecifier(name));
    }
  }
  return models.filter((model) => {
    if (model.package === localPackage || isRelativeSpecifier(model.package)) return true;
    if (model.package !== globalPackage) return packages.has(packageOfSpecifier(withoutNodeScheme(model.package)));
    const words = model.exports.flatMap(({ kind, name, paths, members }) =>
      kind === 'resource' ? Object.keys(members) : [name, ...(paths ?? []).map((path) => path.split('.').at(-1) ?? path)],
    );
    return ownFiles.some((file) => words.some((word) => file.text.includes(word)));
  });
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

/** The words that a lock operation must contain. */
class Vocabulary {
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
      for (const file of ownFiles) this.#collectCallable(file, callablePackages);
    }
    for (const file of ownFiles) {
      const names = ownLockNames(compiler, file);
      for (const name of names.members) this.#members.add(name);
      for (const name of names.properties) this.#properties.add(name);
      for (const name of names.functions) this.#ownFunctions.add(name);
      for (const name of names.lockingFunctions) this.#lockingFunctions.add(name);
    }
    this.#hasForeignLocks = ownFiles.some((file) => importsForeignLock(compiler, file, index));
    const words = [...this.#members, ...this.#functions, ...this.#callable, ...this.#ownFunctions];
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

  /** Notes the variables, fields and parameters that hold what a factory of these packages returned. */
  #collectCallable(file: ts.SourceFile, packages: ReadonlySet<string>): void {
    const { compiler } = this;
    const local = new Set<string>();
    for (const [name, { specifier }] of importsOf(compiler, file).names) {
      const module = withoutNodeScheme(specifier);
      if (packages.has(module) || packages.has(packageOfSpecifier(module))) local.add(name);
    }
    if (local.size === 0) return;
    const mentions = (node: ts.Node | undefined): boolean =>
      node !== undefined && (node.getText(file).match(/[\w$]+/g)?.some((word) => local.has(word)) ?? false);
    const makes = (value: ts.Expression | undefined): boolean => {
      const call = value === undefined ? undefined : skipOuter(compiler, value);
      return call !== undefined && compiler.isCallExpression(call) && mentions(call.expression);
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
      } else if (compiler.isBinaryExpression(node) && node.operatorToken.kind === compiler.SyntaxKind.EqualsToken) {
        const name = calledName(compiler, skipOuter(compiler, node.left));
        if (name !== undefined && makes(node.right)) this.#callable.add(name);
      }
      forEachPart(compiler, node, walk);
    };
    walk(file);
  }
}

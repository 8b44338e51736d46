/**
 * Functions whose every run is a critical section, because of what stands around them: a method with a decorator that locks
 * it, the worker of a queue of size one, a function that is handed to one that returns it locked.
 *
 * Libraries say so by their models. Of the program's own decorators and higher-order functions the bodies decide: somewhere
 * inside, the original function is called under a lock.
 */
import type { ModelSerializer } from '../catalogue/schema.js';
import type { Compiler, ts } from '../compiler/compiler.js';
import { displayName, enclosingActivation, forEachPart, type FunctionNode, hasModifier, isAsync, isFunctionLiteral, isFunctionNode, isInLoop, outerParent, resultAtEnd, skipOuter, thisOwner } from '../syntax/functions.js';
import { mentionsByName } from '../syntax/mentions.js';
import { isWithin } from '../syntax/tree.js';
import type { ImportOrigin } from './imports.js';
import type { ModelIndex } from './model-index.js';
import type { EnclosingSection, LockMode, LockOperation } from './operation.js';
import { evidenceOf } from './shape-evidence.js';

/** What the search needs from its surroundings. */
export interface EnclosureQuestions {
  originOf(name: ts.Node): ImportOrigin | undefined;
  /** The function of the program that the name stands for. */
  functionOf(name: ts.Node): FunctionNode | undefined;
  classifyCall(call: ts.CallExpression): LockOperation | undefined;
  /** The number of permits that the call gives. */
  permitsAt(permits: NonNullable<ModelSerializer['permits']>, call: ts.CallExpression): number | undefined;
}

/** The section around every run of the function; undefined when there is none. */
export function enclosingSection(
  compiler: Compiler,
  index: ModelIndex,
  questions: EnclosureQuestions,
  node: FunctionNode,
): EnclosingSection | undefined {
  const decorated = compiler.isMethodDeclaration(node) ? ofDecorators(compiler, index, questions, node) : undefined;
  if (decorated !== undefined) return decorated;
  const handed = handedAs(compiler, node);
  return handed === undefined ? undefined : ofCall(compiler, index, questions, node, handed);
}

// ---------------------------------------------------------------------------------------------------------------
// Decorators

function ofDecorators(
  compiler: Compiler,
  index: ModelIndex,
  questions: EnclosureQuestions,
  method: ts.MethodDeclaration,
): EnclosingSection | undefined {
  for (const decorator of compiler.getDecorators(method) ?? []) {
    const expression = skipOuter(compiler, decorator.expression);
    const call = compiler.isCallExpression(expression) ? expression : undefined;
    const name = call === undefined ? expression : skipOuter(compiler, call.expression);
    const origin = questions.originOf(name);
    const section = origin === undefined ? ofOwnDecorator(compiler, questions, method, decorator, name) : ofModel(compiler, index, origin, method, decorator, call);
    if (section !== undefined) return section;
  }
  return undefined;
}

function ofModel(
  compiler: Compiler,
  index: ModelIndex,
  origin: ImportOrigin,
  method: ts.MethodDeclaration,
  decorator: ts.Decorator,
  call: ts.CallExpression | undefined,
): EnclosingSection | undefined {
  const found = index.decoratorOf(origin);
  if (found === undefined) return undefined;
  const { model, decorator: meaning } = found;
  const chosen = meaning.modeArgument === undefined ? undefined : call?.arguments[meaning.modeArgument.argument];
  const mode = chosen !== undefined && compiler.isStringLiteralLike(chosen) ? meaning.modeArgument?.values[chosen.text] : undefined;
  const key = meaning.scope === 'key' && meaning.key !== undefined ? call?.arguments[meaning.key]?.getText() : undefined;
  return {
    node: decorator,
    mode: mode ?? meaning.mode ?? 'exclusive',
    key: key === undefined ? keyOfMethod(compiler, method) : `@${model.package}|${key}`,
    text: decorator.getText(),
    reentrant: meaning.reentrant,
  };
}

/** A decorator of the program, or a function that makes one: somewhere in it a wrapper calls the original under a lock. */
function ofOwnDecorator(
  compiler: Compiler,
  questions: EnclosureQuestions,
  method: ts.MethodDeclaration,
  decorator: ts.Decorator,
  name: ts.Expression,
): EnclosingSection | undefined {
  const factory = questions.functionOf(name);
  if (factory?.body === undefined || !mayWrap.test(factory.body.getText())) return undefined;
  const lock = lockAround(compiler, questions, factory, (call) => isApplied(compiler, call));
  if (lock === undefined) return undefined;
  const ofObject = keyOfObject(compiler, questions, lock.expression, factory);
  const key = ofObject ?? keyOfLock(compiler, lock.expression, factory);
  return {
    node: decorator,
    mode: lock.mode,
    key: key ?? keyOfMethod(compiler, method),
    lock: key === undefined || ofObject !== undefined ? undefined : lock.expression,
    text: decorator.getText(),
    reentrant: lock.reentrant,
  };
}

/** Wrappers replace the method, in the old style or the new one. */
const mayWrap = /\.(?:apply|call)\s*\(/;

/** `original.apply(this, args)`, `value.call(this, ...args)`. */
function isApplied(compiler: Compiler, call: ts.CallExpression): boolean {
  const callee = skipOuter(compiler, call.expression);
  if (!compiler.isPropertyAccessExpression(callee) || !/^(?:apply|call)$/.test(callee.name.text)) return false;
  const [self] = call.arguments;
  return self !== undefined && (self.kind === compiler.SyntaxKind.ThisKeyword || compiler.isIdentifier(self));
}

/** A lock for each method, shared by all objects. */
function keyOfMethod(compiler: Compiler, method: ts.MethodDeclaration): string {
  return `@${method.getSourceFile().fileName}:${displayName(compiler, method)}`;
}

// ---------------------------------------------------------------------------------------------------------------
// Functions that are handed to others

/** The expression by which a function is handed to others: itself, or the only mention of the name of one that is not exported, or of a method. */
function handedAs(compiler: Compiler, node: FunctionNode): ts.Expression | undefined {
  if (isFunctionLiteral(compiler, node)) return node;
  if (compiler.isMethodDeclaration(node)) return methodHandedAs(compiler, node);
  if (!compiler.isFunctionDeclaration(node) || node.name === undefined || hasModifier(compiler, node, compiler.SyntaxKind.ExportKeyword)) return undefined;
  const { name } = node;
  const mentions = mentionsByName(compiler, node.getSourceFile()).get(name.text) ?? [];
  const [only, ...others] = mentions.filter((mention) => mention !== name);
  return only !== undefined && others.length === 0 && compiler.isIdentifier(only) ? only : undefined;
}

/** `this.work` of `queue(this, this.work, 1)`, `queue(this.work.bind(this), 1)`: nothing else calls it. */
function methodHandedAs(compiler: Compiler, { name, parent: owner }: ts.MethodDeclaration): ts.Expression | undefined {
  if (!compiler.isIdentifier(name) && !compiler.isPrivateIdentifier(name)) return undefined;
  const mentions = mentionsByName(compiler, name.getSourceFile()).get(name.text) ?? [];
  const accesses = mentions.flatMap(({ parent }) => (compiler.isPropertyAccessExpression(parent) && !isOfOther(compiler, parent, owner) ? [parent] : []));
  const [access, ...others] = accesses;
  if (access === undefined || others.length > 0 || access.expression.kind !== compiler.SyntaxKind.ThisKeyword) return undefined;
  const { parent } = access;
  if (!compiler.isPropertyAccessExpression(parent) || parent.name.text !== 'bind') return access;
  return compiler.isCallExpression(parent.parent) ? parent.parent : undefined;
}

/** `this.work` of another class of the file, which has a method of this name too. */
function isOfOther(compiler: Compiler, access: ts.PropertyAccessExpression, owner: ts.Node): boolean {
  return access.expression.kind === compiler.SyntaxKind.ThisKeyword && thisOwner(compiler, access) !== owner;
}

function ofCall(
  compiler: Compiler,
  index: ModelIndex,
  questions: EnclosureQuestions,
  node: FunctionNode,
  handed: ts.Expression,
): EnclosingSection | undefined {
  const { parent, child } = outerParent(compiler, handed);
  if (!compiler.isCallExpression(parent) || parent.expression === child) return undefined;
  const position = parent.arguments.findIndex((argument) => argument === child);
  const callee = skipOuter(compiler, parent.expression);
  const origin = questions.originOf(callee);
  const text = callee.getText();
  if (origin !== undefined) {
    const serializer = index.serializerOf(origin);
    if (serializer === undefined) return undefined;
    const { permits, reentrant, runBy } = serializer;
    // an object before the function moves all that follows
    const moved = position - serializer.callback;
    if (moved < 0 || moved > (serializer.mayTakeObject === true ? 1 : 0)) return undefined;
    const isSerial = permits === undefined || questions.permitsAt({ ...permits, argument: permits.argument + moved }, parent) === 1;
    const releaser = isAsync(compiler, node) || serializer.releaser === undefined ? undefined : node.parameters[serializer.releaser]?.name;
    return {
      ...{ node: parent, mode: isSerial ? 'exclusive' : 'counting', key: keyOfCall(parent), text: nameOfResult(compiler, parent) ?? text, reentrant, runBy },
      releaser: releaser !== undefined && compiler.isIdentifier(releaser) ? releaser : undefined,
    };
  }
  const enclosing = compiler.isPropertyAccessExpression(callee) ? questions.classifyCall(parent) : undefined;
  if (enclosing?.kind === 'enclose') {
    if (!enclosing.asynchronous || skipOuter(compiler, enclosing.callback) !== node) return undefined;
    const { lock, mode, reentrant } = enclosing;
    return { node: parent, mode, key: lock?.getText() ?? keyOfCall(parent), lock, text, reentrant };
  }
  const wrapper = questions.functionOf(callee);
  const parameter = wrapper?.parameters[position]?.name;
  if (wrapper?.body === undefined || parameter === undefined || !compiler.isIdentifier(parameter)) return undefined;
  const lock = lockAround(compiler, questions, wrapper, (call) => isCallOf(compiler, call, parameter.text));
  if (lock === undefined || !returnsFunction(compiler, wrapper)) return undefined;
  const key = keyOfLock(compiler, lock.expression, wrapper);
  if (key === undefined && isMadeForOneCall(compiler, parent)) return undefined;
  const { expression, mode, reentrant } = lock;
  return { node: parent, mode, key: key ?? keyOfCall(parent), lock: key === undefined ? undefined : expression, text, reentrant };
}

/** The function that the call returns is called where it was made and nowhere else, by one call that is waited for: its lock is one that nobody else waits for. */
function isMadeForOneCall(compiler: Compiler, call: ts.CallExpression): boolean {
  const { parent, child } = outerParent(compiler, call);
  if (compiler.isCallExpression(parent)) return parent.expression === child && !compiler.isSourceFile(enclosingActivation(compiler, call));
  const owner = enclosingActivation(compiler, call);
  if (!compiler.isVariableDeclaration(parent) || !compiler.isIdentifier(parent.name) || compiler.isSourceFile(owner)) return false;
  const { name } = parent;
  const mentions = (mentionsByName(compiler, call.getSourceFile()).get(name.text) ?? []).filter((mention) => mention !== name && isWithin(mention, owner));
  const [only, ...others] = mentions;
  if (only === undefined || others.length > 0 || !compiler.isCallExpression(only.parent) || only.parent.expression !== only) return false;
  const { parent: user } = outerParent(compiler, only.parent);
  return enclosingActivation(compiler, only) === owner && !isInLoop(compiler, only) && (compiler.isAwaitExpression(user) || compiler.isReturnStatement(user));
}

/** The variable or field that keeps what the call returns. */
function nameOfResult(compiler: Compiler, call: ts.CallExpression): string | undefined {
  const { parent } = outerParent(compiler, call);
  if (compiler.isVariableDeclaration(parent)) return parent.name.getText();
  return compiler.isPropertyDeclaration(parent) ? `this.${parent.name.getText()}` : undefined;
}

/** A lock for each call that makes one. */
function keyOfCall(call: ts.CallExpression): string {
  return `${call.getSourceFile().fileName}:${call.pos}`;
}

/** `fn(...)`, `fn.apply(this, args)`. */
function isCallOf(compiler: Compiler, call: ts.CallExpression, name: string): boolean {
  const callee = skipOuter(compiler, call.expression);
  const called = compiler.isPropertyAccessExpression(callee) && /^(?:apply|call)$/.test(callee.name.text) ? skipOuter(compiler, callee.expression) : callee;
  return compiler.isIdentifier(called) && called.text === name;
}

/** A cheap look before anybody asks: it returns a function, and speaks of a lock, of a chain of promises, or of what is done in the end. */
export function mayReturnLocked(compiler: Compiler, node: FunctionNode): boolean {
  if (node.body === undefined || node.parameters.length === 0 || !returnsFunction(compiler, node)) return false;
  return /lock|mutex|sema|acquire|exclusive|queue|serial|\.then\(|finally|\busing\b/i.test(node.body.getText());
}

/** Whether the function's own result is a function that it writes out. */
function returnsFunction(compiler: Compiler, node: FunctionNode): boolean {
  const { body } = node;
  if (body === undefined) return false;
  const isFunction = (value: ts.Expression | undefined): boolean => value !== undefined && isFunctionLiteral(compiler, skipOuter(compiler, value));
  if (!compiler.isBlock(body)) return isFunction(body);
  return body.statements.some((statement) => {
    if (compiler.isFunctionDeclaration(statement)) return body.statements.some((other) => compiler.isReturnStatement(other) && other.expression?.getText() === statement.name?.text);
    return compiler.isReturnStatement(statement) && isFunction(statement.expression);
  });
}

// ---------------------------------------------------------------------------------------------------------------
// The lock in a wrapper

interface SurroundingLock {
  /** undefined for a tail of promises. */
  readonly expression: ts.Expression | undefined;
  readonly mode: LockMode;
  readonly reentrant: EnclosingSection['reentrant'];
}

/** The lock that is held where one of the wrapper's inner functions calls the original. */
function lockAround(
  compiler: Compiler,
  questions: EnclosureQuestions,
  wrapper: FunctionNode,
  isOriginal: (call: ts.CallExpression) => boolean,
): SurroundingLock | undefined {
  const calls: ts.CallExpression[] = [];
  const walk = (node: ts.Node): void => {
    if (compiler.isCallExpression(node) && isOriginal(node)) calls.push(node);
    forEachPart(compiler, node, walk);
  };
  if (wrapper.body !== undefined) walk(wrapper.body);
  const [first] = calls;
  return first === undefined ? undefined : lockAt(compiler, questions, wrapper, first);
}

function lockAt(compiler: Compiler, questions: EnclosureQuestions, wrapper: FunctionNode, call: ts.CallExpression): SurroundingLock | undefined {
  for (let node: ts.Node = call.parent; node !== wrapper; node = node.parent) {
    if (compiler.isCallExpression(node)) {
      const operation = questions.classifyCall(node);
      if (operation?.kind === 'run') return { expression: operation.lock, mode: operation.mode, reentrant: operation.reentrant };
    }
    if (!isFunctionNode(compiler, node) || node.body === undefined) continue;
    const taken = acquireBefore(compiler, questions, node.body, call);
    if (taken !== undefined) return taken;
    if (evidenceOf(compiler, node.body).tail) return { expression: undefined, mode: 'exclusive', reentrant: false };
  }
  return undefined;
}

function acquireBefore(compiler: Compiler, questions: EnclosureQuestions, body: ts.ConciseBody, call: { readonly pos: number }, isHelperAllowed = true): SurroundingLock | undefined {
  let found: SurroundingLock | undefined;
  const walk = (node: ts.Node): void => {
    if (node.pos >= call.pos || found !== undefined || isFunctionNode(compiler, node)) return;
    if (compiler.isCallExpression(node)) {
      const operation = questions.classifyCall(node);
      if (operation?.kind === 'acquire' && !operation.resource && !operation.conditional) {
        found = { expression: operation.lock, mode: operation.mode, reentrant: operation.reentrant };
      }
      // `const turn = await enter();` of a function that takes the lock for its caller
      if (operation === undefined && isHelperAllowed && compiler.isAwaitExpression(node.parent)) found = takenByHelper(compiler, questions, node);
    }
    compiler.forEachChild(node, walk);
  };
  walk(body);
  return found;
}

/** The lock of the module that a function takes, and whose release or guard it returns. */
function takenByHelper(compiler: Compiler, questions: EnclosureQuestions, call: ts.CallExpression): SurroundingLock | undefined {
  const callee = skipOuter(compiler, call.expression);
  const helper = compiler.isIdentifier(callee) ? questions.functionOf(callee) : undefined;
  const body = helper?.body;
  const result = body === undefined || !compiler.isBlock(body) ? undefined : resultAtEnd(compiler, body);
  if (helper === undefined || body === undefined || !compiler.isBlock(body) || result === undefined) return undefined;
  const taken = acquireBefore(compiler, questions, body, { pos: body.end }, false);
  if (taken === undefined || keyOfLock(compiler, taken.expression, helper) === undefined) return undefined;
  // what it returns is what the lock gave, or made of that: a section that is over gives something else
  const isAcquire = (node: ts.Node | undefined): boolean => {
    if (node === undefined) return false;
    const value = compiler.isExpression(node) ? skipOuter(compiler, node) : node;
    return (compiler.isCallExpression(value) && questions.classifyCall(value)?.kind === 'acquire') || (compiler.forEachChild(value, (child) => isAcquire(child) || undefined) ?? false);
  };
  const handles = body.statements.flatMap((statement) =>
    compiler.isVariableStatement(statement) ? statement.declarationList.declarations.flatMap(({ name, initializer }) => (isAcquire(initializer) ? [name.getText()] : [])) : [],
  );
  const words: readonly string[] = result.getText().match(/[\w$]+/g) ?? [];
  return isAcquire(result) || handles.some((name) => words.includes(name)) ? taken : undefined;
}

/** A lock that outlives the call of the wrapper has a name of its own; one that the wrapper makes has none. */
function keyOfLock(compiler: Compiler, lock: ts.Expression | undefined, wrapper: FunctionNode): string | undefined {
  if (lock === undefined) return undefined;
  const text = lock.getText();
  const root = rootOf(compiler, lock);
  if (root === undefined) return undefined;
  if (root.kind === compiler.SyntaxKind.ThisKeyword) return thisOwner(compiler, lock) === thisOwner(compiler, wrapper) && thisOwner(compiler, lock) !== undefined ? undefined : text;
  return declarationIn(compiler, wrapper, root.getText()) === undefined ? `${lock.getSourceFile().fileName}:${text}` : undefined;
}

/** The variable or parameter of this name that the function declares. */
function declarationIn(compiler: Compiler, wrapper: FunctionNode, name: string): ts.VariableDeclaration | ts.ParameterDeclaration | undefined {
  let found: ts.VariableDeclaration | ts.ParameterDeclaration | undefined;
  const walk = (node: ts.Node): void => {
    if ((compiler.isVariableDeclaration(node) || compiler.isParameter(node)) && node.name.getText() === name) found ??= node;
    forEachPart(compiler, node, walk);
  };
  walk(wrapper);
  return found;
}

/**
 * A lock for each object, looked up for the object whose method runs: `locks.get(this)`, or `lockOf(this)` of a function that
 * looks it up. It is named as if it were a field of the object, by what it is looked up in.
 */
function keyOfObject(compiler: Compiler, questions: EnclosureQuestions, lock: ts.Expression | undefined, wrapper: FunctionNode): string | undefined {
  if (lock === undefined) return undefined;
  const node = skipOuter(compiler, lock);
  const declared = compiler.isIdentifier(node) ? declarationIn(compiler, wrapper, node.text) : undefined;
  const looked = declared?.initializer === undefined ? node : skipOuter(compiler, declared.initializer);
  if (!compiler.isCallExpression(looked) || looked.arguments.length !== 1 || looked.arguments[0]?.kind !== compiler.SyntaxKind.ThisKeyword) return undefined;
  const callee = skipOuter(compiler, looked.expression);
  const isLookUp = compiler.isPropertyAccessExpression(callee)
    ? callee.name.text === 'get'
    : questions.functionOf(callee)?.body?.getText().includes('.get(') === true;
  const root = rootOf(compiler, callee);
  return isLookUp && root !== undefined && declarationIn(compiler, wrapper, root.getText()) === undefined ? `this.${root.getText()}` : undefined;
}

function rootOf(compiler: Compiler, expression: ts.Expression): ts.Expression | undefined {
  const node = skipOuter(compiler, expression);
  if (compiler.isPropertyAccessExpression(node)) return rootOf(compiler, node.expression);
  return compiler.isIdentifier(node) || node.kind === compiler.SyntaxKind.ThisKeyword ? node : undefined;
}

/** The locks that a program writes itself, found once per file and kept with the file. */
import type { ModelExport, ModelMember } from '../catalogue/schema.js';
import type { Compiler, ts } from '../compiler/compiler.js';
import { forEachPart, isFunctionLiteral, outerParent, propertyNameText, resultAtEnd, skipOuter } from '../syntax/functions.js';
import { callbackLockWords } from './callback-locks.js';
import { mayReturnLocked } from './enclosures.js';
import { isCertainRunName, isLockName, isRunName, isSectionName, mayBeginPair, verbOf } from './member-words.js';
import { functionTypeOf, type LockShapeNode } from './shape-members.js';
import { type FunctionShape, pairShapeOf } from './function-pairs.js';
import { type FreeFunction, functionsOf, type NamedFunction } from './named-functions.js';
import { mayBorrow, poolShapeOf } from './pool-shapes.js';
import { functionShapeOf, lockShapeOf, sectionShapeOf } from './shapes.js';

/** Names under which the locks of one file are used. */
export interface OwnLockNames {
  readonly members: ReadonlySet<string>;
  /** Members that are read and not called. */
  readonly properties: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
  /** Functions that may return the function that they are handed, locked. */
  readonly lockingFunctions: ReadonlySet<string>;
  /** Parameters, variables and fields that are called themselves. */
  readonly callable: ReadonlySet<string>;
}

const shapes = new WeakMap<LockShapeNode, ModelExport | 'none'>();
const functionShapes = new WeakMap<FreeFunction, FunctionShape | 'none'>();
const files = new WeakMap<ts.SourceFile, OwnLockNames>();

/** The model that the class, interface or object has by its shape. */
export function shapeOf(compiler: Compiler, node: LockShapeNode): ModelExport | undefined {
  const before = shapes.get(node);
  if (before !== undefined) return before === 'none' ? undefined : before;
  const found = lockShapeOf(compiler, node) ?? poolShapeOf(compiler, node);
  shapes.set(node, found ?? 'none');
  return found;
}

/** What a call of the declared function does by its shape: `withLock(fn)` over a tail of promises in the module, `lock()` beside `unlock()`. */
export function shapeOfFunction(compiler: Compiler, declaration: ts.Node): FunctionShape | undefined {
  const named = namedFunction(compiler, declaration);
  if (named === undefined) return undefined;
  const before = functionShapes.get(named.node);
  if (before !== undefined) return before === 'none' ? undefined : before;
  const member = functionShapeOf(compiler, named.node, named.name);
  const found = member === undefined ? pairShapeOf(compiler, declaration, named.name) : { member, lock: undefined };
  functionShapes.set(named.node, found ?? 'none');
  return found;
}

/** The section that a parameter, variable or field is handed, of which there is but a type: `private readonly withLock: <T>(task: () => Promise<T>) => Promise<T>`. */
export function handedSection(compiler: Compiler, declaration: ts.Node): { readonly name: string; readonly member: ModelMember } | undefined {
  const isTyped = compiler.isParameter(declaration) || compiler.isVariableDeclaration(declaration) || compiler.isPropertyDeclaration(declaration);
  if (!isTyped && !compiler.isPropertySignature(declaration)) return undefined;
  const { name, type } = declaration;
  if (type === undefined || (isTyped && declaration.initializer !== undefined) || (!compiler.isIdentifier(name) && !compiler.isPrivateIdentifier(name))) return undefined;
  const word = name.text.replace('#', '');
  const node = isSectionName(word) ? functionTypeOf(compiler, type) : undefined;
  const member = node === undefined ? undefined : sectionShapeOf(compiler, node, word);
  return member === undefined ? undefined : { name: name.text, member };
}

/** The member that a pattern takes out of an object, where its name says that it runs what it is handed under a lock: `({ withLock })`. */
export function takenSectionName(compiler: Compiler, node: ts.Node): string | undefined {
  if (!compiler.isBindingElement(node) || !compiler.isObjectBindingPattern(node.parent) || !compiler.isIdentifier(node.name) || node.dotDotDotToken !== undefined) return undefined;
  const name = propertyNameText(compiler, node.propertyName ?? node.name);
  return name !== undefined && isSectionName(name) ? name : undefined;
}

/** The member whose type another declaration has: `private readonly exclusively: Deps['withLock']`. */
export function typedSectionName(compiler: Compiler, type: ts.TypeNode | undefined): string | undefined {
  if (type === undefined || !compiler.isIndexedAccessTypeNode(type) || !compiler.isLiteralTypeNode(type.indexType) || !compiler.isStringLiteral(type.indexType.literal)) return undefined;
  const { text } = type.indexType.literal;
  return isSectionName(text) ? text : undefined;
}

function namedFunction(compiler: Compiler, declaration: ts.Node): NamedFunction | undefined {
  if (compiler.isFunctionDeclaration(declaration)) {
    return declaration.name === undefined ? undefined : { node: declaration, name: declaration.name.text };
  }
  if (!compiler.isVariableDeclaration(declaration) || !compiler.isIdentifier(declaration.name)) return undefined;
  const value = declaration.initializer === undefined ? undefined : skipOuter(compiler, declaration.initializer);
  const node = value === undefined ? undefined : literalOf(compiler, value) ?? madeBy(compiler, value);
  return node === undefined ? undefined : { node, name: declaration.name.text };
}

function literalOf(compiler: Compiler, expression: ts.Expression): ts.ArrowFunction | ts.FunctionExpression | undefined {
  const node = skipOuter(compiler, expression);
  return isFunctionLiteral(compiler, node) ? node : undefined;
}

/** The function that a call gives, with variables of its own: of a maker in this file, or of a function that is called where it stands. */
function madeBy(compiler: Compiler, call: ts.Expression): FreeFunction | undefined {
  if (!compiler.isCallExpression(call) || call.arguments.length > 0) return undefined;
  const callee = skipOuter(compiler, call.expression);
  const maker = compiler.isIdentifier(callee) ? functionNamed(compiler, call.getSourceFile(), callee.text) : literalOf(compiler, callee);
  const { body } = maker ?? {};
  if (body === undefined || !compiler.isBlock(body)) return undefined;
  const given = resultAtEnd(compiler, body);
  if (given === undefined) return undefined;
  return compiler.isIdentifier(given) ? functionNamed(compiler, body, given.text) : literalOf(compiler, given);
}

function functionNamed(compiler: Compiler, { statements }: ts.Block | ts.SourceFile, name: string): FreeFunction | undefined {
  for (const statement of statements) {
    const found = functionsOf(compiler, statement).find((each) => each.name === name);
    if (found !== undefined) return found.node;
  }
  return undefined;
}

/** All names of members and functions of locks that the file declares. One walk. */
export function ownLockNames(compiler: Compiler, file: ts.SourceFile): OwnLockNames {
  const before = files.get(file);
  if (before !== undefined) return before;
  const members = new Set<string>();
  const properties = new Set<string>();
  const functions = new Set<string>();
  const lockingFunctions = new Set<string>();
  const callable = new Set<string>();
  const note = (node: LockShapeNode): void => {
    for (const [name, member] of Object.entries(shapeOf(compiler, node)?.members ?? {})) {
      (member.does === 'query' && member.property === true ? properties : members).add(name);
    }
  };
  const { SyntaxKind } = compiler;
  const walk = (node: ts.Node): void => {
    // most nodes are names and types, and declare nothing
    if (node.kind === SyntaxKind.Identifier || (compiler.isTypeNode(node) && !compiler.isExpressionWithTypeArguments(node))) return;
    if (compiler.isClassLike(node)) note(node);
    else if (compiler.isInterfaceDeclaration(node)) {
      const names = node.members.map((member) => propertyNameText(compiler, member.name) ?? '');
      if (isLockName(node.name.text) || names.some((name) => isCertainRunName(name) || mayBorrow(name))) note(node);
    } else if (compiler.isObjectLiteralExpression(node)) {
      const { parent, child } = outerParent(compiler, node);
      // what a function gives back is as good as an instance of a class
      const isGivenBack = compiler.isReturnStatement(parent) || (compiler.isArrowFunction(parent) && parent.body === child);
      if (isGivenBack || node.properties.some((property) => mayBeLockMember(propertyNameText(compiler, property.name)))) note(node);
    } else if (compiler.isFunctionDeclaration(node) || compiler.isVariableDeclaration(node)) {
      const named = namedFunction(compiler, node);
      if (named !== undefined && shapeOfFunction(compiler, node) !== undefined) functions.add(named.name);
      else if (named !== undefined && mayReturnLocked(compiler, named.node)) lockingFunctions.add(named.name);
    }
    const section = handedSection(compiler, node);
    if (section !== undefined) callable.add(section.name);
    const isTyped = compiler.isParameter(node) || compiler.isVariableDeclaration(node) || compiler.isPropertyDeclaration(node) || compiler.isPropertySignature(node);
    if (isTyped && typedSectionName(compiler, node.type) !== undefined) callable.add(node.name.getText());
    if (compiler.isBindingElement(node) && takenSectionName(compiler, node) !== undefined) callable.add(node.name.getText());
    forEachPart(compiler, node, walk);
  };
  // Without a promise or a queue of callbacks there is nothing to wait with.
  if (/\bPromise\b|\bawait\b|\.then\b/.test(file.text) || callbackLockWords.test(file.text)) walk(file);
  const names = { members, properties, functions, lockingFunctions, callable };
  files.set(file, names);
  return names;
}

function mayBeLockMember(name: string | undefined): boolean {
  return name !== undefined && (verbOf(name, false) !== 'other' || isRunName(name) || mayBeginPair(name) || mayBorrow(name));
}

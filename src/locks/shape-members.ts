/** The members of a possible lock class, and what their signatures say. */
import type { ModelNotTaken } from '../catalogue/schema.js';
import type { Compiler, ts } from '../compiler/compiler.js';
import { hasModifier, isFunctionLiteral, propertyNameText, skipOuter } from '../syntax/functions.js';

/** A class, interface or object that may be a lock by its shape. */
export type LockShapeNode = ts.ClassLikeDeclaration | ts.InterfaceDeclaration | ts.ObjectLiteralExpression;

type Callable = ts.MethodDeclaration | ts.MethodSignature | ts.FunctionExpression | ts.ArrowFunction | ts.FunctionTypeNode | ts.FunctionDeclaration;

/** One member that can be called, with or without a body. */
export interface ShapeMember {
  readonly name: string;
  readonly node: Callable;
  readonly parameters: readonly ts.ParameterDeclaration[];
  readonly body: ts.ConciseBody | undefined;
  readonly type: ts.TypeNode | undefined;
  readonly isAsync: boolean;
}

/** What an acquire hands back. */
export type AcquireResult =
  | { readonly kind: 'nothing' | 'function' | 'token' | 'boolean' | 'other' | 'unknown'; readonly notTaken?: ModelNotTaken | undefined }
  | { readonly kind: 'handle'; readonly members: readonly string[]; readonly disposable: boolean; readonly notTaken?: ModelNotTaken | undefined };

/** The member that a function is by itself. */
export function memberOf(compiler: Compiler, name: string, node: Callable): ShapeMember {
  return {
    name,
    node,
    parameters: [...node.parameters],
    body: 'body' in node ? node.body : undefined,
    type: node.type,
    isAsync: hasModifier(compiler, node, compiler.SyntaxKind.AsyncKeyword),
  };
}

/** Methods and function-valued properties without the static ones; of overloads the one with the body, or else the first. */
export function membersOf(compiler: Compiler, node: LockShapeNode): ShapeMember[] {
  const members = new Map<string, ShapeMember>();
  for (const member of allMembers(compiler, node)) {
    const before = members.get(member.name);
    if (before === undefined || (before.body === undefined && member.body !== undefined)) members.set(member.name, member);
  }
  return [...members.values()];
}

function allMembers(compiler: Compiler, node: LockShapeNode): ShapeMember[] {
  const members: ShapeMember[] = [];
  const { SyntaxKind } = compiler;
  const elements: readonly ts.Node[] = compiler.isObjectLiteralExpression(node) ? node.properties : node.members;
  for (const element of elements) {
    if (hasModifier(compiler, element, SyntaxKind.StaticKeyword)) continue;
    if (compiler.isMethodDeclaration(element) || compiler.isMethodSignature(element)) {
      const name = propertyNameText(compiler, element.name);
      if (name !== undefined) members.push(memberOf(compiler, name, element));
    } else if (compiler.isPropertyDeclaration(element) || compiler.isPropertyAssignment(element)) {
      const name = propertyNameText(compiler, element.name);
      const value = element.initializer === undefined ? undefined : skipOuter(compiler, element.initializer);
      if (name === undefined || value === undefined) continue;
      const isByName = compiler.isIdentifier(value) && compiler.isPropertyAssignment(element);
      const method = isByName ? functionNamed(compiler, element, value.text) : isFunctionLiteral(compiler, value) ? value : undefined;
      if (method !== undefined) members.push(memberOf(compiler, name, method));
    } else if (compiler.isPropertySignature(element) && element.type !== undefined && compiler.isFunctionTypeNode(element.type)) {
      const name = propertyNameText(compiler, element.name);
      if (name !== undefined) members.push(memberOf(compiler, name, element.type));
    } else if (compiler.isShorthandPropertyAssignment(element)) {
      const local = functionNamed(compiler, element, element.name.text);
      if (local !== undefined) members.push(memberOf(compiler, element.name.text, local));
    }
  }
  return members;
}

/** A function declared beside the object literal that mentions it. */
function functionNamed(compiler: Compiler, from: ts.Node, name: string): ts.FunctionDeclaration | ts.ArrowFunction | ts.FunctionExpression | undefined {
  for (let scope: ts.Node | undefined = from.parent; scope !== undefined; scope = scope.parent) {
    if (!compiler.isBlock(scope) && !compiler.isSourceFile(scope)) continue;
    for (const statement of scope.statements) {
      if (compiler.isFunctionDeclaration(statement) && statement.name?.text === name) return statement;
      if (!compiler.isVariableStatement(statement)) continue;
      for (const { name: variable, initializer } of statement.declarationList.declarations) {
        if (!compiler.isIdentifier(variable) || variable.text !== name || initializer === undefined) continue;
        const value = skipOuter(compiler, initializer);
        return isFunctionLiteral(compiler, value) ? value : undefined;
      }
    }
  }
  return undefined;
}

/** Position of the parameter that is a function: by its type, or because the body calls it or hands it to `then`. */
export function callbackParameter(compiler: Compiler, member: ShapeMember): number | undefined {
  const position = member.parameters.findIndex((parameter) => {
    if (parameter.type !== undefined && isFunctionType(compiler, parameter.type)) return true;
    if (!compiler.isIdentifier(parameter.name) || member.body === undefined) return false;
    if (parameter.type !== undefined && !compiler.isTypeReferenceNode(parameter.type)) return false;
    return isCalled(compiler, member.body, parameter.name.text);
  });
  return position < 0 ? undefined : position;
}

/** The function type that is written, or that an alias of the file names. */
export function functionTypeOf(compiler: Compiler, type: ts.TypeNode): ts.FunctionTypeNode | undefined {
  if (compiler.isFunctionTypeNode(type)) return type;
  if (compiler.isParenthesizedTypeNode(type)) return functionTypeOf(compiler, type.type);
  if (!compiler.isTypeReferenceNode(type) || !compiler.isIdentifier(type.typeName)) return undefined;
  const declared = declaredType(compiler, type, type.typeName.text);
  return declared !== undefined && compiler.isTypeAliasDeclaration(declared) && compiler.isFunctionTypeNode(declared.type) ? declared.type : undefined;
}

function isFunctionType(compiler: Compiler, type: ts.TypeNode): boolean {
  if (compiler.isFunctionTypeNode(type)) return true;
  if (compiler.isParenthesizedTypeNode(type)) return isFunctionType(compiler, type.type);
  if (compiler.isUnionTypeNode(type)) return type.types.some((part) => isFunctionType(compiler, part));
  if (!compiler.isTypeReferenceNode(type)) return false;
  const name = lastName(compiler, type.typeName);
  const declared = compiler.isIdentifier(type.typeName) ? declaredType(compiler, type, name) : undefined;
  if (declared !== undefined && compiler.isTypeAliasDeclaration(declared)) return isFunctionType(compiler, declared.type);
  return /(?:Fn|Func|Function|Callback|Thunk|Worker|Runner)$/.test(name);
}

function isCalled(compiler: Compiler, body: ts.Node, name: string): boolean {
  const walk = (node: ts.Node): boolean => {
    if (compiler.isCallExpression(node)) {
      if (compiler.isIdentifier(node.expression) && node.expression.text === name) return true;
      const isThen = compiler.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'then';
      if (isThen && node.arguments.some((argument) => compiler.isIdentifier(argument) && argument.text === name)) return true;
    }
    return compiler.forEachChild(node, (child) => walk(child) || undefined) ?? false;
  };
  return walk(body);
}

/** Whether a call of the member returns a promise, as far as its own text tells. */
export function returnsPromise(compiler: Compiler, member: ShapeMember): boolean {
  if (member.isAsync) return true;
  if (member.type !== undefined && promisedType(compiler, member.type) !== undefined) return true;
  if (member.type !== undefined && wrapped(compiler, member.type) === undefined) return false;
  if (member.body === undefined) return false;
  return returnedExpressions(compiler, member.body).some((value) => {
    const node = skipOuter(compiler, value);
    if (compiler.isNewExpression(node)) return node.expression.getText() === 'Promise';
    return compiler.isCallExpression(node) && /(?:^Promise\.|\.(?:then|finally|catch)$)/.test(node.expression.getText());
  });
}

/** The type that the promise type resolves to, `void | Promise<void>` too; undefined when it is no promise type. */
export function promisedType(compiler: Compiler, type: ts.TypeNode): ts.TypeNode | undefined {
  if (compiler.isUnionTypeNode(type)) return type.types.map((part) => promisedType(compiler, part)).find((part) => part !== undefined);
  if (!compiler.isTypeReferenceNode(type) || !compiler.isIdentifier(type.typeName)) return undefined;
  return /^Promise(?:Like)?$/.test(type.typeName.text) ? type.typeArguments?.[0] : undefined;
}

/** The one type that another is made of: `Awaitable<void>` may be a promise, which the body has to tell. */
function wrapped(compiler: Compiler, type: ts.TypeNode): ts.TypeNode | undefined {
  const parts = compiler.isTypeReferenceNode(type) ? (type.typeArguments ?? []) : [];
  return parts.length === 1 ? parts[0] : undefined;
}

/** What the acquire hands back, by its annotation or else by its return statements. */
export function resultOf(compiler: Compiler, member: ShapeMember): AcquireResult {
  if (member.type === undefined) return member.body === undefined ? { kind: 'unknown' } : resultOfBody(compiler, member.body);
  const waited = promisedType(compiler, member.type) ?? (returnsPromise(compiler, member) ? wrapped(compiler, member.type) : undefined);
  return resultOfType(compiler, waited ?? member.type);
}

function resultOfType(compiler: Compiler, type: ts.TypeNode): AcquireResult {
  const { SyntaxKind } = compiler;
  if (compiler.isParenthesizedTypeNode(type)) return resultOfType(compiler, type.type);
  if (compiler.isUnionTypeNode(type)) {
    const missing = type.types.map(missingValue).find((value) => value !== undefined);
    const rest = type.types.filter((part) => missingValue(part) === undefined);
    const [only] = rest;
    if (only === undefined || rest.length > 1) return { kind: rest.length === 0 ? 'nothing' : 'other' };
    return { ...resultOfType(compiler, only), notTaken: missing };
  }
  const { kind } = type;
  if (kind === SyntaxKind.VoidKeyword || kind === SyntaxKind.UndefinedKeyword) return { kind: 'nothing' };
  if (kind === SyntaxKind.BooleanKeyword) return { kind: 'boolean', notTaken: 'false' };
  if (kind === SyntaxKind.NumberKeyword || kind === SyntaxKind.StringKeyword || kind === SyntaxKind.SymbolKeyword) return { kind: 'token' };
  if (compiler.isFunctionTypeNode(type)) return { kind: 'function' };
  if (compiler.isTypeLiteralNode(type)) return handleOf(compiler, type.members);
  if (!compiler.isTypeReferenceNode(type)) return { kind: 'other' };
  const name = lastName(compiler, type.typeName);
  if (name === 'Disposable') return { kind: 'handle', members: ['[Symbol.dispose]'], disposable: true };
  if (name === 'AsyncDisposable') return { kind: 'handle', members: ['[Symbol.asyncDispose]'], disposable: true };
  const declared = compiler.isIdentifier(type.typeName) ? declaredType(compiler, type, name) : undefined;
  if (declared === undefined) {
    return /(?:Release|Releaser|Unlock|Unlocker|Disposer|Function|Fn|Callback)$/.test(name) ? { kind: 'function' } : { kind: 'other' };
  }
  if (compiler.isTypeAliasDeclaration(declared)) return resultOfType(compiler, declared.type);
  const inherited = declared.heritageClauses?.flatMap((clause) => clause.types.map((base) => base.expression.getText())) ?? [];
  return handleOf(compiler, declared.members, inherited);

  function missingValue(part: ts.TypeNode): ModelNotTaken | undefined {
    if (part.kind === SyntaxKind.UndefinedKeyword) return 'undefined';
    if (!compiler.isLiteralTypeNode(part)) return undefined;
    if (part.literal.kind === SyntaxKind.NullKeyword) return 'null';
    return part.literal.kind === SyntaxKind.FalseKeyword ? 'false' : undefined;
  }
}

function lastName(compiler: Compiler, name: ts.EntityName): string {
  return compiler.isIdentifier(name) ? name.text : name.right.text;
}

function handleOf(compiler: Compiler, members: readonly ts.Node[], inherited: readonly string[] = []): AcquireResult {
  const names: string[] = [];
  if (inherited.includes('Disposable')) names.push('[Symbol.dispose]');
  if (inherited.includes('AsyncDisposable')) names.push('[Symbol.asyncDispose]');
  const isDisposable = names.length > 0;
  for (const member of members) {
    if (compiler.isCallSignatureDeclaration(member)) return { kind: 'function' };
    const name = compiler.isClassElement(member) || compiler.isTypeElement(member) ? member.name : undefined;
    if (name === undefined) continue;
    const text = compiler.isComputedPropertyName(name) ? name.getText() : (propertyNameText(compiler, name) ?? '');
    if (/^(?:release|unlock|dispose|\[Symbol\.(?:dispose|asyncDispose)\])$/.test(text)) names.push(text);
    else if (isDisposable && text === 'close') names.push(text);
  }
  if (names.length === 0) return { kind: 'other' };
  return { kind: 'handle', members: names, disposable: names.some((name) => name.startsWith('[')) };
}

function resultOfBody(compiler: Compiler, body: ts.ConciseBody): AcquireResult {
  const values = returnedExpressions(compiler, body);
  if (values.length === 0) return { kind: 'nothing' };
  for (const value of values) {
    const kind = resultOfValue(compiler, skipOuter(compiler, value), body);
    if (kind !== 'unknown') return { kind };
  }
  return { kind: 'unknown' };
}

function resultOfValue(compiler: Compiler, value: ts.Expression, body: ts.ConciseBody): 'function' | 'nothing' | 'boolean' | 'unknown' {
  if (isFunctionValue(compiler, value, body)) return 'function';
  if (value.kind === compiler.SyntaxKind.TrueKeyword || value.kind === compiler.SyntaxKind.FalseKeyword) return 'boolean';
  if (compiler.isCallExpression(value) && compiler.isPropertyAccessExpression(value.expression)) {
    const { name } = value.expression;
    const [argument] = value.arguments;
    if (name.text === 'then' && argument !== undefined && compiler.isArrowFunction(argument) && !compiler.isBlock(argument.body)) {
      return isFunctionValue(compiler, skipOuter(compiler, argument.body), body) ? 'function' : 'unknown';
    }
    if (name.text === 'resolve' && value.expression.expression.getText() === 'Promise') {
      if (argument === undefined) return 'nothing';
      return isFunctionValue(compiler, skipOuter(compiler, argument), body) ? 'function' : 'unknown';
    }
  }
  if (!compiler.isNewExpression(value)) return 'unknown';
  const executor = value.arguments?.[0];
  if (executor === undefined || !isFunctionLiteral(compiler, executor)) return 'unknown';
  const resolve = executor.parameters[0]?.name.getText();
  const type = value.typeArguments?.[0];
  if (type?.kind === compiler.SyntaxKind.VoidKeyword) return 'nothing';
  if (type !== undefined && compiler.isFunctionTypeNode(type)) return 'function';
  let resolved: 'function' | 'nothing' | 'unknown' = 'nothing';
  const walk = (node: ts.Node): void => {
    if (compiler.isCallExpression(node) && compiler.isIdentifier(node.expression) && node.expression.text === resolve) {
      const [argument] = node.arguments;
      if (argument !== undefined) resolved = isFunctionValue(compiler, skipOuter(compiler, argument), body) ? 'function' : 'unknown';
    }
    compiler.forEachChild(node, walk);
  };
  walk(executor.body);
  return resolved;
}

/** A function written out, `x.bind(...)`, or a local that holds one or that an executor filled with its resolver. */
function isFunctionValue(compiler: Compiler, value: ts.Expression, body: ts.ConciseBody): boolean {
  if (isFunctionLiteral(compiler, value)) return true;
  if (compiler.isCallExpression(value)) {
    return compiler.isPropertyAccessExpression(value.expression) && value.expression.name.text === 'bind';
  }
  if (!compiler.isIdentifier(value)) return false;
  const walk = (node: ts.Node): boolean => {
    if (compiler.isFunctionDeclaration(node) && node.name?.text === value.text) return true;
    if (compiler.isVariableDeclaration(node) && node.name.getText() === value.text) {
      if (node.type !== undefined && compiler.isFunctionTypeNode(node.type)) return true;
      const initializer = node.initializer === undefined ? undefined : skipOuter(compiler, node.initializer);
      if (initializer !== undefined && isFunctionLiteral(compiler, initializer)) return true;
    }
    if (compiler.isBinaryExpression(node) && compiler.isIdentifier(node.left) && node.left.text === value.text) {
      const right = skipOuter(compiler, node.right);
      if (isFunctionLiteral(compiler, right)) return true;
      // `new Promise((resolve) => (release = resolve))`
      let executor: ts.Node = node.parent;
      while (executor !== body && !isFunctionLiteral(compiler, executor)) executor = executor.parent;
      if (compiler.isFunctionLike(executor) && executor.parameters[0]?.name.getText() === right.getText()) return true;
    }
    return compiler.forEachChild(node, (child) => walk(child) || undefined) ?? false;
  };
  return walk(body);
}

/** Values of the function's own return statements. */
export function returnedExpressions(compiler: Compiler, body: ts.ConciseBody): ts.Expression[] {
  if (!compiler.isBlock(body)) return [body];
  const values: ts.Expression[] = [];
  const walk = (node: ts.Node): void => {
    if (compiler.isFunctionLike(node)) return;
    if (compiler.isReturnStatement(node) && node.expression !== undefined) values.push(node.expression);
    compiler.forEachChild(node, walk);
  };
  compiler.forEachChild(body, walk);
  return values;
}

function declaredType(
  compiler: Compiler,
  from: ts.Node,
  name: string,
): ts.TypeAliasDeclaration | ts.InterfaceDeclaration | ts.ClassDeclaration | undefined {
  for (const statement of from.getSourceFile().statements) {
    const isType =
      compiler.isTypeAliasDeclaration(statement) || compiler.isInterfaceDeclaration(statement) || compiler.isClassDeclaration(statement);
    if (isType && statement.name?.text === name) return statement;
  }
  return undefined;
}

/** What can be told of functions and classes from their syntax alone. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { kindTest } from './kinds.js';

/** A function with a body, or something that runs like one. */
export type FunctionNode =
  | ts.FunctionDeclaration
  | ts.FunctionExpression
  | ts.ArrowFunction
  | ts.MethodDeclaration
  | ts.ConstructorDeclaration
  | ts.GetAccessorDeclaration
  | ts.SetAccessorDeclaration;

/** What a graph is made of: a function, or the statements of a module. */
export type Activation = FunctionNode | ts.SourceFile;

/** An object whose methods see it as `this`. */
export type ThisOwner = ts.ClassLikeDeclaration | ts.ObjectLiteralExpression;

const isOfFunctionKind = kindTest((kinds) => [
  kinds.ArrowFunction,
  kinds.FunctionExpression,
  kinds.FunctionDeclaration,
  kinds.MethodDeclaration,
  kinds.Constructor,
  kinds.GetAccessor,
  kinds.SetAccessor,
]);

export function isFunctionNode(compiler: Compiler, node: ts.Node): node is FunctionNode {
  return isOfFunctionKind(compiler, node);
}

/** The function with a body that the declaration gives its name to. */
export function functionDeclaredBy(compiler: Compiler, declaration: ts.Node): FunctionNode | undefined {
  if (isFunctionNode(compiler, declaration)) return declaration.body === undefined ? undefined : declaration;
  if (
    (compiler.isVariableDeclaration(declaration) || compiler.isPropertyDeclaration(declaration) || compiler.isPropertyAssignment(declaration)) &&
    declaration.initializer !== undefined &&
    isFunctionNode(compiler, declaration.initializer)
  ) {
    return declaration.initializer;
  }
  return undefined;
}

/** A function written as an expression: what can be handed over as a callback. */
export function isFunctionLiteral(
  compiler: Compiler,
  node: ts.Node,
): node is ts.ArrowFunction | ts.FunctionExpression {
  return compiler.isArrowFunction(node) || compiler.isFunctionExpression(node);
}

/** What a function gives by its last statement, or by the expression that it is. */
export function resultAtEnd(compiler: Compiler, body: ts.ConciseBody): ts.Expression | undefined {
  if (!compiler.isBlock(body)) return skipOuter(compiler, body);
  const last = body.statements.at(-1);
  const given = last !== undefined && compiler.isReturnStatement(last) ? last.expression : undefined;
  return given === undefined ? undefined : skipOuter(compiler, given);
}

/** The name that the members are read from: `cart` of `cart.lines.first`; undefined where that is no name. */
export function rootOfAccess(compiler: Compiler, expression: ts.Expression): ts.Identifier | undefined {
  let node = skipOuter(compiler, expression);
  while (compiler.isPropertyAccessExpression(node)) node = skipOuter(compiler, node.expression);
  return compiler.isIdentifier(node) ? node : undefined;
}

/** What the function's own `return` statements give. */
export function returnedBy(compiler: Compiler, node: FunctionNode): readonly ts.Expression[] {
  const { body } = node;
  if (body === undefined) return [];
  if (!compiler.isBlock(body)) return [skipOuter(compiler, body)];
  const found: ts.Expression[] = [];
  const visit = (child: ts.Node): void => {
    if (isFunctionNode(compiler, child) || compiler.isClassLike(child)) return;
    if (compiler.isReturnStatement(child) && child.expression !== undefined) found.push(skipOuter(compiler, child.expression));
    compiler.forEachChild(child, visit);
  };
  visit(body);
  return found;
}

export function hasModifier(compiler: Compiler, node: ts.Node, kind: ts.ModifierSyntaxKind): boolean {
  return (
    compiler.canHaveModifiers(node) && (compiler.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false)
  );
}

/** By `#name` or `private`: only its class can name it. */
export function isPrivateMember(compiler: Compiler, member: ts.NamedDeclaration): boolean {
  if (member.name !== undefined && compiler.isPrivateIdentifier(member.name)) return true;
  return hasModifier(compiler, member, compiler.SyntaxKind.PrivateKeyword);
}

/** Private or `protected`: nobody names it who only has the object. */
export function isHiddenMember(compiler: Compiler, member: ts.NamedDeclaration): boolean {
  return isPrivateMember(compiler, member) || hasModifier(compiler, member, compiler.SyntaxKind.ProtectedKeyword);
}

/** `using x = …` or `await using x = …`. */
export function isUsing({ NodeFlags }: Compiler, list: ts.VariableDeclarationList): boolean {
  const kind: number = list.flags & NodeFlags.BlockScoped;
  return kind === Number(NodeFlags.Using) || kind === Number(NodeFlags.AwaitUsing);
}

export function isAwaitUsing({ NodeFlags }: Compiler, list: ts.VariableDeclarationList): boolean {
  const kind: number = list.flags & NodeFlags.BlockScoped;
  return kind === Number(NodeFlags.AwaitUsing);
}

export function isAsync(compiler: Compiler, node: ts.Node): boolean {
  return hasModifier(compiler, node, compiler.SyntaxKind.AsyncKeyword);
}

export function isGenerator(node: FunctionNode): boolean {
  return 'asteriskToken' in node && node.asteriskToken !== undefined;
}

/** Parentheses, type assertions and non-null assertions do not change what an expression denotes. */
export function skipOuter(compiler: Compiler, node: ts.Expression): ts.Expression {
  let current = node;
  while (isWrapper(compiler, current)) current = current.expression;
  return current;
}

const isOfWrapperKind = kindTest((kinds) => [
  kinds.ParenthesizedExpression,
  kinds.AsExpression,
  kinds.NonNullExpression,
  kinds.SatisfiesExpression,
  kinds.TypeAssertionExpression,
]);

function isWrapper(compiler: Compiler, node: ts.Node): node is ts.ParenthesizedExpression | ts.AssertionExpression | ts.NonNullExpression | ts.SatisfiesExpression {
  return isOfWrapperKind(compiler, node);
}

const surroundsValue = kindTest((kinds) => [kinds.ParenthesizedExpression, kinds.AsExpression, kinds.NonNullExpression, kinds.SatisfiesExpression]);

/** Some statement around it is a loop, within its own function. */
export function isInLoop(compiler: Compiler, node: ts.Node): boolean {
  for (let around = node; !compiler.isSourceFile(around) && !isFunctionNode(compiler, around); around = around.parent) {
    if (compiler.isIterationStatement(around, false)) return true;
  }
  return false;
}

/** The nearest parent that is not a parenthesis or assertion around the node, with the child through which it is reached. */
export function outerParent(compiler: Compiler, node: ts.Node): { parent: ts.Node; child: ts.Node } {
  let child = node;
  let parent = node.parent;
  while (surroundsValue(compiler, parent)) {
    child = parent;
    parent = parent.parent;
  }
  return { parent, child };
}

/** The function or module in which the node runs when it is evaluated. */
export function enclosingActivation(compiler: Compiler, node: ts.Node): Activation {
  let current = node.parent;
  while (!compiler.isSourceFile(current)) {
    if (isFunctionNode(compiler, current)) return current;
    current = current.parent;
  }
  return current;
}

/** The class or object literal that `this` means at the node, or undefined where that is unknown. */
export function thisOwner(compiler: Compiler, node: ts.Node): ThisOwner | undefined {
  let current: ts.Node | undefined = node;
  while (current !== undefined && !setsThis(compiler, current)) current = current.parent;
  if (current === undefined || compiler.isSourceFile(current) || compiler.isFunctionDeclaration(current)) return undefined;
  const { parent } = current;
  if (compiler.isFunctionExpression(current)) return compiler.isPropertyAssignment(parent) ? parent.parent : undefined;
  return compiler.isClassLike(parent) || compiler.isObjectLiteralExpression(parent) ? parent : undefined;
}

/** What has a `this` of its own. */
const setsThis = kindTest((kinds) => [
  kinds.SourceFile,
  kinds.FunctionDeclaration,
  kinds.FunctionExpression,
  kinds.MethodDeclaration,
  kinds.GetAccessor,
  kinds.SetAccessor,
  kinds.Constructor,
  kinds.PropertyDeclaration,
  kinds.ClassStaticBlockDeclaration,
]);

/** Text of a property name: `a`, `#a`, `'a'` or `['a']`; undefined where it is computed. */
export function propertyNameText(compiler: Compiler, name: ts.PropertyName | ts.BindingName | undefined): string | undefined {
  if (name === undefined) return undefined;
  if (compiler.isIdentifier(name) || compiler.isPrivateIdentifier(name)) return name.text;
  if (compiler.isStringLiteralLike(name) || compiler.isNumericLiteral(name)) return name.text;
  if (compiler.isComputedPropertyName(name) && compiler.isStringLiteralLike(name.expression)) return name.expression.text;
  return undefined;
}

/** The parameter by which a constructor declares the field: `constructor(private readonly name: string)`. */
export function parameterProperty(compiler: Compiler, { members }: ts.ClassLikeDeclaration, name: string): ts.ParameterPropertyDeclaration | undefined {
  for (const member of members) {
    if (!compiler.isConstructorDeclaration(member)) continue;
    for (const parameter of member.parameters) {
      if (compiler.isParameterPropertyDeclaration(parameter, member) && propertyNameText(compiler, parameter.name) === name) return parameter;
    }
  }
  return undefined;
}

/** The value of a property of an object literal; undefined when it is absent or not written out. */
export function propertyValue(
  compiler: Compiler,
  literal: ts.ObjectLiteralExpression,
  name: string,
): ts.Expression | undefined {
  for (const property of literal.properties) {
    if (propertyNameText(compiler, property.name) !== name) continue;
    if (compiler.isPropertyAssignment(property)) return property.initializer;
    if (compiler.isShorthandPropertyAssignment(property)) return property.name;
  }
  return undefined;
}

/** A name by which code speaks of what was declared: neither a pattern nor a key in brackets or quotes. */
export function plainName(compiler: Compiler, name: ts.PropertyName | ts.BindingName | undefined): ts.Identifier | ts.PrivateIdentifier | undefined {
  return name !== undefined && (compiler.isIdentifier(name) || compiler.isPrivateIdentifier(name)) ? name : undefined;
}

/** The name of a member, which stands for no variable; the initialiser of a field is none. */
export function isMemberName(compiler: Compiler, mention: ts.Identifier): boolean {
  const { parent } = mention;
  const isNamed =
    compiler.isPropertyAccessExpression(parent) || compiler.isPropertyAssignment(parent) || compiler.isClassElement(parent) || compiler.isTypeElement(parent);
  return isNamed && parent.name === mention;
}

/** The member of a class that the function is: a method, or a field that is made with it: `load = async () => …`. */
export function memberOf(compiler: Compiler, owner: Activation): ts.MethodDeclaration | ts.PropertyDeclaration | undefined {
  if (compiler.isMethodDeclaration(owner)) return compiler.isClassLike(owner.parent) ? owner : undefined;
  if (!isFunctionLiteral(compiler, owner)) return undefined;
  const { parent } = outerParent(compiler, owner);
  return compiler.isPropertyDeclaration(parent) ? parent : undefined;
}

/** A function's own name, or that of the variable or field that it is kept in. */
export function nameOfFunction(compiler: Compiler, owner: FunctionNode): ts.Identifier | ts.PrivateIdentifier | undefined {
  const { parent } = outerParent(compiler, owner);
  return plainName(compiler, owner.name ?? (compiler.isVariableDeclaration(parent) || compiler.isPropertyDeclaration(parent) ? parent.name : undefined));
}

/** `close` of the display name `Client.close`. */
export function lastOfName(shown: string): string {
  return shown.slice(shown.lastIndexOf('.') + 1);
}

const displayNames = new WeakMap<Activation, string>();

/** Display name: `Class.method`, `object.method`, `name`, or `<module>` and `<anonymous>`. */
export function displayName(compiler: Compiler, node: Activation): string {
  let name = displayNames.get(node);
  if (name === undefined) displayNames.set(node, (name = composedName(compiler, node)));
  return name;
}

function composedName(compiler: Compiler, node: Activation): string {
  if (compiler.isSourceFile(node)) return '<module>';
  const own = ownName(compiler, node);
  const parent = node.parent;
  if (compiler.isClassLike(parent)) return `${parent.name?.text ?? '<class>'}.${own}`;
  if (compiler.isPropertyDeclaration(parent) && compiler.isClassLike(parent.parent)) {
    return `${parent.parent.name?.text ?? '<class>'}.${own}`;
  }
  return own;
}

function ownName(compiler: Compiler, node: FunctionNode): string {
  if (compiler.isConstructorDeclaration(node)) return 'constructor';
  const named = propertyNameText(compiler, node.name);
  if (named !== undefined) return named;
  const { parent } = outerParent(compiler, node);
  if (compiler.isVariableDeclaration(parent) || compiler.isPropertyDeclaration(parent) || compiler.isPropertyAssignment(parent)) {
    return propertyNameText(compiler, parent.name) ?? '<anonymous>';
  }
  if (compiler.isBinaryExpression(parent) && parent.right === node) return parent.left.getText();
  return '<anonymous>';
}

/** The operands of `a + b + c …`, or of another operator that is repeated. */
export function operandsOf(compiler: Compiler, node: ts.BinaryExpression): readonly ts.Expression[] {
  const operands = [node.right];
  let left = node.left;
  for (; compiler.isBinaryExpression(left) && left.operatorToken.kind === node.operatorToken.kind; left = left.left) operands.push(left.right);
  operands.push(left);
  return operands.reverse();
}

/**
 * Calls `visit` on the children of the node; on all operands where an operator is repeated. Thousands of strings that are
 * added up would else make a recursion as deep.
 */
export function forEachPart(compiler: Compiler, node: ts.Node, visit: (child: ts.Node) => void): void {
  if (compiler.isBinaryExpression(node)) operandsOf(compiler, node).forEach(visit);
  else compiler.forEachChild(node, visit);
}

/** What is called, or the object whose member is: `it(…)`, `it.only(…)`, `it.each(rows)(…)`. */
export function calleeNameOf(compiler: Compiler, callee: ts.Expression): string | undefined {
  const maker = compiler.isCallExpression(callee) ? callee.expression : compiler.isTaggedTemplateExpression(callee) ? callee.tag : callee;
  const named = compiler.isPropertyAccessExpression(maker) ? maker.expression : maker;
  return compiler.isIdentifier(named) ? named.text : undefined;
}

/**
 * Members that do nothing but take another lock and keep what gives it back, and members that call what was kept:
 * `async open() { this.leave = await this.mutex.acquire(); }` and `close() { this.leave?.(); }`. The object is as good a lock as the other.
 *
 * And guards: objects that are handed what gives a lock back when they are made, `new Ticket(() => this.leave())`, and call it for
 * whoever has them.
 */
import type { Compiler, ts } from '../compiler/compiler.js';
import { propertyNameText, skipOuter } from '../syntax/functions.js';
import { verbOf } from './member-words.js';

/** Bodies with more statements than these do other things as well. */
const maximumStatements = 4;

/** The field that keeps what the lock gave, where the body does nothing else. */
export function keptField(compiler: Compiler, body: ts.ConciseBody | undefined): string | undefined {
  if (body === undefined || !compiler.isBlock(body) || body.statements.length !== 1) return undefined;
  const [only] = body.statements;
  const assigned = only !== undefined && compiler.isExpressionStatement(only) ? only.expression : undefined;
  if (assigned === undefined || !compiler.isBinaryExpression(assigned) || assigned.operatorToken.kind !== compiler.SyntaxKind.EqualsToken) return undefined;
  const taken = skipOuter(compiler, assigned.right);
  if (!compiler.isAwaitExpression(taken)) return undefined;
  const call = skipOuter(compiler, taken.expression);
  if (!compiler.isCallExpression(call) || !compiler.isPropertyAccessExpression(call.expression) || verbOf(call.expression.name.text, false) !== 'acquire') return undefined;
  return fieldNamed(compiler, assigned.left);
}

/** Whether the body calls what is in the field: itself, under another name, or a member of it. */
export function callsField(compiler: Compiler, body: ts.ConciseBody | undefined, name: string): boolean {
  if (body === undefined || (compiler.isBlock(body) && body.statements.length > maximumStatements)) return false;
  const names = new Set<string>();
  let isCalled = false;
  const isKept = (value: ts.Expression): boolean => {
    const node = skipOuter(compiler, value);
    if (compiler.isIdentifier(node)) return names.has(node.text);
    return fieldNamed(compiler, node) === name;
  };
  const walk = (node: ts.Node): void => {
    // `const { leave } = this`
    if (compiler.isBindingElement(node) && node.parent.parent.initializer?.kind === compiler.SyntaxKind.ThisKeyword && (node.propertyName ?? node.name).getText() === name) names.add(node.name.getText());
    if (compiler.isVariableDeclaration(node) && compiler.isIdentifier(node.name) && node.initializer !== undefined && isKept(node.initializer)) names.add(node.name.text);
    if (compiler.isCallExpression(node)) {
      const callee = skipOuter(compiler, node.expression);
      isCalled ||= isKept(callee) || (compiler.isPropertyAccessExpression(callee) && verbOf(callee.name.text, false) === 'release' && isKept(callee.expression));
    }
    compiler.forEachChild(node, walk);
  };
  walk(body);
  return isCalled;
}

/** The methods of a guard by which what its constructor was handed at this position is called: itself, or by another of them. */
export function methodsThatCall(compiler: Compiler, guard: ts.ClassLikeDeclaration, position: number): readonly string[] {
  const maker = guard.members.find((member) => compiler.isConstructorDeclaration(member) && member.body !== undefined);
  const parameter = maker !== undefined && compiler.isConstructorDeclaration(maker) ? maker.parameters[position] : undefined;
  if (maker === undefined || !compiler.isConstructorDeclaration(maker) || parameter === undefined || !compiler.isIdentifier(parameter.name)) return [];
  const called = new Set(compiler.isParameterPropertyDeclaration(parameter, maker) ? [parameter.name.text] : fieldsGiven(compiler, maker, parameter.name.text));
  if (called.size === 0) return [];
  const methods = guard.members.flatMap((member) => (compiler.isMethodDeclaration(member) && member.body !== undefined ? [{ name: propertyNameText(compiler, member.name) ?? member.name.getText(), body: member.body }] : []));
  const found = new Set<string>();
  for (let size = -1; size < found.size; ) {
    size = found.size;
    for (const { name, body } of methods) {
      if (!found.has(name) && [...called].some((field) => callsField(compiler, body, field))) found.add(name);
    }
    for (const name of found) called.add(name);
  }
  return [...found];
}

/** `this.free = free;` of a constructor. */
function fieldsGiven(compiler: Compiler, { body }: ts.ConstructorDeclaration, parameter: string): readonly string[] {
  return (body?.statements ?? []).flatMap((statement) => {
    const assigned = compiler.isExpressionStatement(statement) ? statement.expression : undefined;
    if (assigned === undefined || !compiler.isBinaryExpression(assigned) || assigned.operatorToken.kind !== compiler.SyntaxKind.EqualsToken) return [];
    const given = skipOuter(compiler, assigned.right);
    const field = compiler.isIdentifier(given) && given.text === parameter ? fieldNamed(compiler, assigned.left) : undefined;
    return field === undefined ? [] : [field];
  });
}

/** `leave` of `this.leave`. */
function fieldNamed(compiler: Compiler, value: ts.Expression): string | undefined {
  const node = skipOuter(compiler, value);
  return compiler.isPropertyAccessExpression(node) && node.expression.kind === compiler.SyntaxKind.ThisKeyword ? node.name.text : undefined;
}

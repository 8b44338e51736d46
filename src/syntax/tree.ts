/** Where nodes lie in the tree, and what kind of expression one is when its syntax alone tells. */
import type { Compiler, ts } from '../compiler/compiler.js';

/** Whether the inner node lies in the outer one, or is it. Both are of the same file. */
export function isWithin(inner: ts.TextRange, outer: ts.TextRange): boolean {
  return inner.pos >= outer.pos && inner.end <= outer.end;
}

/** The same for nodes that may be of different files. */
export function isInside(inner: ts.Node, outer: ts.Node): boolean {
  return isWithin(inner, outer) && inner.getSourceFile() === outer.getSourceFile();
}

/** The node belongs to what is done about a failure, also in a callback there: a `catch` clause, or the handler of a rejection. */
export function isInCatch(compiler: Compiler, node: ts.Node): boolean {
  for (let current = node; !compiler.isSourceFile(current); current = current.parent) {
    if (compiler.isCatchClause(current)) return true;
    if (compiler.isCallExpression(current.parent) && rejectionHandler(compiler, current.parent) === current) return true;
  }
  return false;
}

/** The nearest `finally` block that the node stands in, inside the owner. */
export function finallyAround(compiler: Compiler, owner: ts.Node, node: ts.Node): ts.Block | undefined {
  for (let child = node; child !== owner && !compiler.isSourceFile(child); child = child.parent) {
    if (compiler.isTryStatement(child.parent) && child.parent.finallyBlock === child) return child.parent.finallyBlock;
  }
  return undefined;
}

/** What a link of a promise chain calls when the promise before it is rejected: `.catch(handler)`, `.then(next, handler)`. */
export function rejectionHandler(compiler: Compiler, { expression, arguments: [first, second] }: ts.CallExpression): ts.Expression | undefined {
  if (!compiler.isPropertyAccessExpression(expression)) return undefined;
  const { text } = expression.name;
  return text === 'catch' ? first : text === 'then' ? second : undefined;
}

/** Declared with `const`. */
export function isConst({ NodeFlags, isVariableDeclarationList }: Compiler, { parent }: ts.VariableDeclaration): boolean {
  return isVariableDeclarationList(parent) && (parent.flags & NodeFlags.Const) !== 0;
}

/** `=`, `+=`, `??=` and their like. */
export function isAssignment(compiler: Compiler, node: ts.Node): node is ts.AssignmentExpression<ts.AssignmentOperatorToken> {
  if (!compiler.isBinaryExpression(node)) return false;
  const { kind } = node.operatorToken;
  return kind >= compiler.SyntaxKind.FirstAssignment && kind <= compiler.SyntaxKind.LastAssignment;
}

/** The node as it is written, with what stands before it: what is only searched for words need not be cut to its first token. */
export function writtenText(node: ts.Node): string {
  return node.getSourceFile().text.slice(node.pos, node.end);
}

/**
 * Which static method of `Promise` is called with promises or with a value that may be one: `all` of
 * `Promise.all(tasks)`; undefined for any other call.
 */
export function promiseCombinator(compiler: Compiler, node: ts.Node): PromiseCombinator | undefined {
  if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression)) return undefined;
  const { expression, name } = node.expression;
  if (!compiler.isIdentifier(expression) || expression.text !== 'Promise') return undefined;
  return promiseCombinators.find((known) => known === name.text);
}

export function isPromiseCombinator(compiler: Compiler, node: ts.Node): node is ts.CallExpression {
  return promiseCombinator(compiler, node) !== undefined;
}

const promiseCombinators = ['all', 'allSettled', 'race', 'any', 'resolve'] as const;

export type PromiseCombinator = (typeof promiseCombinators)[number];

/** One more or one less is counted: `count++`, `--count`, `count += step`. */
export interface CountStep {
  readonly counter: ts.Expression;
  readonly direction: 'up' | 'down';
  readonly isByOne: boolean;
}

export function countStepOf(compiler: Compiler, node: ts.Node): CountStep | undefined {
  const { SyntaxKind } = compiler;
  if (compiler.isPrefixUnaryExpression(node) || compiler.isPostfixUnaryExpression(node)) {
    const { operator, operand } = node;
    if (operator !== SyntaxKind.PlusPlusToken && operator !== SyntaxKind.MinusMinusToken) return undefined;
    return { counter: operand, direction: operator === SyntaxKind.PlusPlusToken ? 'up' : 'down', isByOne: true };
  }
  if (!compiler.isBinaryExpression(node)) return undefined;
  const { operatorToken, left, right } = node;
  if (operatorToken.kind !== SyntaxKind.PlusEqualsToken && operatorToken.kind !== SyntaxKind.MinusEqualsToken) return undefined;
  return { counter: left, direction: operatorToken.kind === SyntaxKind.PlusEqualsToken ? 'up' : 'down', isByOne: right.getText() === '1' };
}

/** What is called gives the time: `Date.now()`, `performance.now()`, `now()`. */
export function isNow(compiler: Compiler, callee: ts.Expression): boolean {
  return compiler.isPropertyAccessExpression(callee) ? callee.name.text === 'now' : compiler.isIdentifier(callee) && callee.text === 'now';
}

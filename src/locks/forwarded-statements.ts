/**
 * Statements that go through a function of the program's own: `const run = (text: string) => client.query(text)`, and then
 * `run('BEGIN')`. The call is the query that the function hands its text on to.
 */
import type { Compiler, ts } from '../compiler/compiler.js';
import { type FunctionNode, returnedBy, skipOuter, thisOwner } from '../syntax/functions.js';
import { isWithin } from '../syntax/tree.js';
import { effectOfStatement } from './statement-text.js';

/** What neither begins nor ends a transaction is not worth a question. */
export function mayForwardStatement(compiler: Compiler, call: ts.CallExpression): boolean {
  const [text] = call.arguments;
  if (text === undefined || effectOfStatement(compiler, text) === undefined) return false;
  const callee = skipOuter(compiler, call.expression);
  return compiler.isIdentifier(callee) || (compiler.isPropertyAccessExpression(callee) && callee.expression.kind === compiler.SyntaxKind.ThisKeyword);
}

/** The member call that the function's first parameter is handed on to, of something that its callers see as well. */
export function forwardedTo(compiler: Compiler, call: ts.CallExpression, callee: FunctionNode): ts.PropertyAccessExpression | undefined {
  const [given, ...others] = resultsOf(compiler, callee);
  const query = given === undefined || others.length > 0 ? undefined : skipOuter(compiler, compiler.isAwaitExpression(given) ? given.expression : given);
  const text = callee.parameters[0]?.name.getText();
  if (query === undefined || !compiler.isCallExpression(query) || query.arguments[0]?.getText() !== text) return undefined;
  const member = skipOuter(compiler, query.expression);
  if (!compiler.isPropertyAccessExpression(member)) return undefined;
  let root: ts.Expression = member.expression;
  while (compiler.isPropertyAccessExpression(root)) root = skipOuter(compiler, root.expression);
  if (root.kind === compiler.SyntaxKind.ThisKeyword) return thisOwner(compiler, root) === thisOwner(compiler, call) ? member : undefined;
  return compiler.isIdentifier(root) && !callee.parameters.some((parameter) => parameter.name.getText() === root.getText()) && isInScope(compiler, call, callee) ? member : undefined;
}

/** What the function returns; where it returns nothing, what its one statement does. */
function resultsOf(compiler: Compiler, callee: FunctionNode): readonly ts.Expression[] {
  const returned = returnedBy(compiler, callee);
  const [only, ...others] = callee.body !== undefined && compiler.isBlock(callee.body) ? callee.body.statements : [];
  return returned.length === 0 && others.length === 0 && only !== undefined && compiler.isExpressionStatement(only) ? [only.expression] : returned;
}

/** The function is written where the call stands, so that both mean the same variables. */
function isInScope(compiler: Compiler, call: ts.CallExpression, callee: FunctionNode): boolean {
  let around: ts.Node = callee.parent;
  while (!compiler.isBlock(around) && !compiler.isSourceFile(around)) around = around.parent;
  return isWithin(call, around);
}

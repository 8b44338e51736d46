/** Functions that only put together what they are handed: `(id) => `room:${id}``. Called twice with the same, they give the same. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { functionDeclaredBy, returnedBy, skipOuter } from './functions.js';

/** Methods of texts, numbers and lists that give a text and change nothing. */
const textMethods = /^(?:join|concat|toString|toLowerCase|toUpperCase|trim|padStart|padEnd|slice|replaceAll|normalize)$/;
const textFunctions = /^(?:String|Number|encodeURIComponent)$/;

/** Whether the declared function computes its one result from its parameters and from literals alone. */
export function isPureFunction(compiler: Compiler, declaration: ts.Node): boolean {
  const node = functionDeclaredBy(compiler, declaration);
  if (node?.body === undefined || node.parameters.some(({ name, initializer }) => !compiler.isIdentifier(name) || initializer !== undefined)) return false;
  if (compiler.isBlock(node.body) && node.body.statements.length !== 1) return false;
  const [result, ...others] = returnedBy(compiler, node);
  return result !== undefined && others.length === 0 && isComputed(compiler, result, new Set(node.parameters.map(({ name }) => name.getText())));
}

function isComputed(compiler: Compiler, expression: ts.Expression, known: ReadonlySet<string>): boolean {
  const node = skipOuter(compiler, expression);
  const each = (parts: readonly ts.Expression[]): boolean => parts.every((part) => isComputed(compiler, part, known));
  if (compiler.isStringLiteralLike(node) || compiler.isNumericLiteral(node)) return true;
  if (compiler.isIdentifier(node)) return known.has(node.text);
  if (compiler.isTemplateExpression(node)) return each(node.templateSpans.map((span) => span.expression));
  if (compiler.isBinaryExpression(node)) return each([node.left, node.right]);
  if (compiler.isArrayLiteralExpression(node)) return each(node.elements);
  if (compiler.isPropertyAccessExpression(node)) return each([node.expression]);
  if (!compiler.isCallExpression(node) || !each(node.arguments)) return false;
  if (compiler.isIdentifier(node.expression)) return textFunctions.test(node.expression.text);
  return compiler.isPropertyAccessExpression(node.expression) && textMethods.test(node.expression.name.text) && each([node.expression.expression]);
}

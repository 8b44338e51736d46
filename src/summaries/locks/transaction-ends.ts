/** What ends a transaction that was begun by a statement, beside a statement whose text says so. */
import type { ts } from '../../compiler/compiler.js';
import { skipOuter } from '../../syntax/functions.js';
import type { ProgramModel } from '../model/program-model.js';

/** A connection that is closed, or given back as a broken one, takes its transaction with it: `client.release(error)`. */
export function givesConnectionUp({ compiler }: ProgramModel, connection: ts.Expression | undefined, node: ts.Node): boolean {
  if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression)) return false;
  const { expression, name } = node.expression;
  if (expression.getText() !== connection?.getText()) return false;
  return /^(?:end|destroy|close)$/.test(name.text) || (name.text === 'release' && node.arguments.length > 0);
}

/** `client.query(COMMIT)`, `client.query({ text: 'COMMIT' })`: a statement without values whose text is not in sight. */
export function mayEndTransaction({ compiler }: ProgramModel, connection: ts.Expression | undefined, node: ts.Node): boolean {
  if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression)) return false;
  if (node.expression.expression.getText() !== connection?.getText()) return false;
  const [statement, ...values] = node.arguments;
  if (statement === undefined || values.length > 0) return false;
  const text = skipOuter(compiler, statement);
  return !compiler.isStringLiteralLike(text) && !compiler.isTemplateExpression(text);
}

/** Expressions whose value is written down: what says that there is nothing, and what says that a flag is down. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { skipOuter } from './functions.js';

/** `null`, `undefined` or `void 0`. */
export function isNullish(compiler: Compiler, node: ts.Node): boolean {
  const value = valueOf(compiler, node);
  if (compiler.isVoidExpression(value)) return compiler.isNumericLiteral(value.expression);
  return value.kind === compiler.SyntaxKind.NullKeyword || (compiler.isIdentifier(value) && value.text === 'undefined');
}

/** What a place holds when it says "nothing here" or "not under way": `null`, `undefined` or `false`. */
export function isReset(compiler: Compiler, node: ts.Node): boolean {
  return valueOf(compiler, node).kind === compiler.SyntaxKind.FalseKeyword || isNullish(compiler, node);
}

/** A literal of any kind, `true`, `false`, `null` or `undefined`. */
export function isConstant(compiler: Compiler, node: ts.Node): boolean {
  const value = valueOf(compiler, node);
  return compiler.isLiteralExpression(value) || value.kind === compiler.SyntaxKind.TrueKeyword || isReset(compiler, value);
}

function valueOf(compiler: Compiler, node: ts.Node): ts.Node {
  return compiler.isExpression(node) ? skipOuter(compiler, node) : node;
}

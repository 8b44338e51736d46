/** Rewrites of a promise that is stored. They change text only; whether the result means the same is the caller's question. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { skipOuter } from './functions.js';
import type { Rewrite } from './rewrites.js';

/**
 * `this.p = load()` as `this.p = load().catch((error: unknown) => { this.p = undefined; throw error; })`; undefined where the
 * promise does not come straight from a call: a stored copy of a promise that others hold would reject unheard.
 *
 * @param empty what the slot holds when it is empty, for a variable or field
 */
export function clearOnRejection(compiler: Compiler, value: ts.Node, write: ts.Node, empty: string | undefined): Rewrite[] | undefined {
  if (!compiler.isExpression(value)) return undefined;
  const work = skipOuter(compiler, value);
  if (!compiler.isCallExpression(work) && !(compiler.isNewExpression(work) && work.arguments !== undefined)) return undefined;
  const clearing = clearingText(compiler, write, empty);
  if (clearing === undefined) return undefined;
  return [{ start: work.end, end: work.end, text: `.catch((error: unknown) => { ${clearing}; throw error; })` }];
}

function clearingText(compiler: Compiler, write: ts.Node, empty: string | undefined): string | undefined {
  if (compiler.isBinaryExpression(write)) {
    const { left } = write;
    if (compiler.isElementAccessExpression(left)) return isSimple(compiler, left.argumentExpression) ? `delete ${left.getText()}` : undefined;
    return empty === undefined ? undefined : `${left.getText()} = ${empty}`;
  }
  if (!compiler.isCallExpression(write) || !compiler.isPropertyAccessExpression(write.expression)) return undefined;
  const [key] = write.arguments;
  return key !== undefined && isSimple(compiler, key) ? `${write.expression.expression.getText()}.delete(${key.getText()})` : undefined;
}

/** To evaluate the key twice does no harm. */
function isSimple(compiler: Compiler, key: ts.Expression): boolean {
  return compiler.isIdentifier(key) || compiler.isLiteralExpression(key) || compiler.isPropertyAccessExpression(key);
}

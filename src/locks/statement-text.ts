/** Statements that begin and end transactions, by their text. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { skipOuter } from '../syntax/functions.js';

/** What the statement does to the transaction of its connection; `ROLLBACK TO` a savepoint leaves it open. */
export function effectOfStatement(compiler: Compiler, statement: ts.Expression): 'begin' | 'end' | undefined {
  const text = skipOuter(compiler, statement);
  if (!compiler.isStringLiteralLike(text)) return undefined;
  if (/^\s*(?:begin|start\s+transaction)\b[^;]*;?\s*$/i.test(text.text)) return 'begin';
  return /^\s*(?:commit|end|abort|rollback(?!\s+(?:work\s+|transaction\s+)?to\b))\b[^;]*;?\s*$/i.test(text.text) ? 'end' : undefined;
}

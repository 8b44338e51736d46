/** Statements that begin and end transactions, or take and give back a lock of the session, by their text. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { skipOuter } from '../syntax/functions.js';

export type StatementSubject = 'transaction' | 'session lock';

export interface StatementEffect {
  readonly subject: StatementSubject;
  /** `try`: it may come back without, and says so in a row. */
  readonly does: 'begin' | 'end' | 'try';
}

/** What the text does to its connection; `ROLLBACK TO` a savepoint leaves the transaction open. */
const effects: readonly (readonly [RegExp, StatementEffect])[] = [
  [/^\s*(?:begin|start\s+transaction)\b[^;]*;?\s*$/i, { subject: 'transaction', does: 'begin' }],
  [/^\s*(?:commit|end|abort|rollback(?!\s+(?:work\s+|transaction\s+)?to\b))\b[^;]*;?\s*$/i, { subject: 'transaction', does: 'end' }],
  [/^\s*select\s+pg_advisory_lock(?:_shared)?\s*\(/i, { subject: 'session lock', does: 'begin' }],
  [/^\s*select\s+pg_try_advisory_lock(?:_shared)?\s*\(/i, { subject: 'session lock', does: 'try' }],
  [/^\s*select\s+pg_advisory_unlock(?:_shared|_all)?\s*\(/i, { subject: 'session lock', does: 'end' }],
];

export function effectOfStatement(compiler: Compiler, statement: ts.Expression): StatementEffect | undefined {
  const node = skipOuter(compiler, statement);
  const text = compiler.isStringLiteralLike(node) ? node.text : compiler.isTemplateExpression(node) ? node.head.text : undefined;
  if (text === undefined) return undefined;
  const found = effects.find(([pattern]) => pattern.test(text))?.[1];
  // what is put into the text of a transaction may be another statement
  return found?.subject === 'transaction' && compiler.isTemplateExpression(node) ? undefined : found;
}

/**
 * Transactions that are begun, and locks of a session that are taken, on a pool: `BEGIN`, the statements behind it and `COMMIT` each
 * take any connection that is free.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { StatementSubject } from '../../locks/statement-text.js';
import type { ProgramModel } from '../model/program-model.js';

export interface ScatteredTransaction {
  /** The statement that begins it. */
  readonly node: ts.CallExpression;
  /** The pool. */
  readonly pool: ts.Expression;
  readonly subject: StatementSubject;
}

export function* scatteredTransactions({ compiler, locks }: ProgramModel, graph: Graph): Generator<ScatteredTransaction> {
  if (!locks.mayContainLocks(graph.owner.getSourceFile())) return;
  const seen = new Set<ts.Node>();
  for (const { kind, node } of eventsOf(graph)) {
    if (kind !== 'call' || !compiler.isCallExpression(node) || seen.has(node)) continue;
    seen.add(node);
    const operation = locks.classifyCall(node);
    if (operation?.kind !== 'wait' || operation.begins === undefined || operation.lock === undefined) continue;
    yield { node, pool: operation.lock, subject: operation.begins };
  }
}

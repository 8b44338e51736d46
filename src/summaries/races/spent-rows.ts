/**
 * What a row has is looked at in one query and taken away by another: `const user = await users.findUnique({ where: { id } }); if
 * (user.credits < price) throw …; await users.update({ where: { id }, data: { credits: { decrement: price } } });`. The change itself
 * is made of what is there by then, and none is lost; but two tasks have found enough for one, and both take it.
 *
 * The look compares the member, `<` or `>=`, and the query that changes it speaks of it in no condition. Who opens a transaction or takes a lock
 * is silent, and so is who has turned the others away by a query with a condition before.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, TestEvent } from '../../events/event.js';
import { oneLine } from '../model/external-expressions.js';
import type { ProgramModel } from '../model/program-model.js';
import { relativeChangesBy } from '../model/relative-changes.js';
import { isTold, loadOfRow, rowBehind, updates, wholeQuery } from '../model/row-queries.js';
import { looksAt } from './marked-rows.js';
import { isOpen } from './saved-rows.js';

export interface SpentRow {
  /** What is compared and changed: `user.credits`. */
  readonly text: string;
  readonly test: TestEvent;
  readonly load: CallEvent;
  readonly change: CallEvent;
}

export function spentRows(model: ProgramModel, graph: Graph): readonly SpentRow[] {
  const { compiler } = model;
  if (!graph.hasSuspension || compiler.isSourceFile(graph.owner)) return [];
  return eventsOf(graph).flatMap((change): readonly SpentRow[] => {
    if (change.kind !== 'call' || change.receiver === undefined || !updates.test(change.name ?? '') || !compiler.isCallExpression(change.node)) return [];
    const found = lookBefore(model, graph, change, change.node);
    return found !== undefined && isOpen(model, graph, found.load, change, undefined, 'relative') ? [found] : [];
  });
}

function lookBefore(model: ProgramModel, graph: Graph, change: CallEvent, call: ts.CallExpression): SpentRow | undefined {
  const query = wholeQuery(model, call);
  for (const member of call.arguments.flatMap((argument) => relativeChangesBy(model, argument))) {
    if (isTold(model, query, member)) continue;
    for (const { test, read } of looksAt(model, graph, change, member.name)) {
      const row = isCompared(model, read) ? rowBehind(model, read) : undefined;
      const load = row === undefined ? undefined : loadOfRow(model, graph, query, row);
      if (load !== undefined) return { text: oneLine(read), test, load, change };
    }
  }
  return undefined;
}

/** `user.credits < price`, `user.tickets + 1 > limit`. */
function isCompared({ compiler }: ProgramModel, read: ts.Expression): boolean {
  for (let node: ts.Node = read; compiler.isExpression(node); node = node.parent) {
    const { parent } = node;
    if (compiler.isBinaryExpression(parent) && /^[<>]=?$/.test(parent.operatorToken.getText())) return true;
    if (compiler.isCallExpression(parent) || compiler.isStatement(parent)) return false;
  }
  return false;
}

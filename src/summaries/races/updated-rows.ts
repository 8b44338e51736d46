/**
 * A member of a row is set to what was made of that member as it was loaded: `const user = await users.findOne({ where: { id } });
 * await users.update({ balance: user.balance - amount }, { where: { id } });`. Another such task has loaded the same balance, and one
 * of the two amounts is lost.
 *
 * All that the store is told stands in the statement: the row is named by what it was loaded by, or by its own id, and nothing else
 * of what was loaded is in the condition. Who speaks of a version, a transaction or a lock around it is silent.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent } from '../../events/event.js';
import { isFunctionNode, rootOfAccess, skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { oneLine } from '../model/external-expressions.js';
import type { ProgramModel } from '../model/program-model.js';
import { identity, loadOfRow, type Member, membersSetBy, rowBehind, updates, wholeQuery } from '../model/row-queries.js';
import { isOpen } from './saved-rows.js';

export interface UpdatedRow {
  /** What is read of the row and set again: `user.balance`. */
  readonly text: string;
  readonly load: CallEvent;
  readonly save: CallEvent;
}

export function updatedRows(model: ProgramModel, graph: Graph): readonly UpdatedRow[] {
  const { compiler } = model;
  if (!graph.hasSuspension || compiler.isSourceFile(graph.owner)) return [];
  const found: UpdatedRow[] = [];
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'call' || !compiler.isCallExpression(event.node) || !updates.test(event.name ?? '')) continue;
    const row = rowUpdatedBy(model, graph, event, event.node);
    if (row !== undefined && isOpen(model, graph, row.load, row.save)) found.push(row);
  }
  return found;
}

function rowUpdatedBy(model: ProgramModel, graph: Graph, save: CallEvent, call: ts.CallExpression): UpdatedRow | undefined {
  const members = call.arguments.flatMap((argument) => membersSetBy(model, argument, true));
  for (const member of members) {
    for (const read of remadeReads(model, member)) {
      const binding = rowBehind(model, read);
      if (binding === undefined) continue;
      const written = wholeQuery(model, call);
      const load = loadOfRow(model, graph, written, binding);
      if (load !== undefined && !isCompared(model, written, member, binding)) return { text: oneLine(read), load, save };
    }
  }
  return undefined;
}

/** Reads of a member of the same name that a new value is made of: `user.balance - amount`, `[...user.tags, tag]`, `user.tags.concat(tag)`. */
function remadeReads(model: ProgramModel, { name, value }: Member): readonly ts.Expression[] {
  const { compiler } = model;
  const reads: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(compiler, node)) return;
    const isRead = compiler.isPropertyAccessExpression(node) ? node.name.text === name : compiler.isIdentifier(node) && node.text === name && isPartOfRow(model, node);
    if (isRead && compiler.isExpression(node) && isRemade(model, node, value)) reads.push(node);
    else compiler.forEachChild(node, visit);
  };
  visit(value);
  return reads;
}

/** `const { balance } = await users.findOne(id)`. */
function isPartOfRow(model: ProgramModel, node: ts.Identifier): boolean {
  const declaration = model.file(node).scopes.resolve(node)?.declaration;
  return declaration !== undefined && model.compiler.isBindingElement(declaration);
}

/** More is done with it than to hand it on. */
function isRemade({ compiler }: ProgramModel, read: ts.Expression, value: ts.Expression): boolean {
  const { SyntaxKind } = compiler;
  for (let node: ts.Node = read; node !== value; node = node.parent) {
    const { parent } = node;
    if (compiler.isSpreadElement(parent)) return true;
    if (compiler.isBinaryExpression(parent) && computing.has(compiler.SyntaxKind[parent.operatorToken.kind])) return true;
    if (compiler.isPropertyAccessExpression(parent) && parent.expression === node && compiler.isCallExpression(parent.parent) && remaking.test(parent.name.text)) return true;
    if (parent.kind === SyntaxKind.SourceFile) return false;
  }
  return false;
}

const computing: ReadonlySet<string> = new Set(['PlusToken', 'MinusToken', 'AsteriskToken', 'SlashToken', 'PercentToken', 'BarToken', 'AmpersandToken', 'CaretToken']);
const remaking = /^(?:concat|filter|map|slice|toSpliced|with|plus|minus|add|sub(?:tract)?|times)$/;

/** The condition names more of what was loaded than the id, or a count of changes: whoever comes second changes nothing. */
function isCompared(model: ProgramModel, query: ts.CallExpression, member: Member, row: Binding): boolean {
  const { compiler } = model;
  let isNamed = false;
  const visit = (node: ts.Node): void => {
    if (isNamed || node === member.node.parent) return;
    if (compiler.isPropertyAccessExpression(node) && rootOfAccess(compiler, node)?.text === row.name) isNamed = !identity.test(node.name.text);
    else compiler.forEachChild(node, visit);
  };
  for (let node: ts.Expression = query; compiler.isCallExpression(node); ) {
    node.arguments.forEach(visit);
    const callee: ts.Expression = skipOuter(compiler, node.expression);
    node = compiler.isPropertyAccessExpression(callee) ? skipOuter(compiler, callee.expression) : callee;
  }
  return isNamed;
}

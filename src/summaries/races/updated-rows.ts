/**
 * A member of a row is set to what was made of that member as it was loaded: `const user = await users.findOne({ where: { id } });
 * await users.update({ balance: user.balance - amount }, { where: { id } });`. Another such task has loaded the same balance, and one
 * of the two amounts is lost.
 *
 * All that the store is told stands in the statement: the row is named by what it was loaded by, or by its own id, and nothing else
 * of what was loaded is in the condition. Who speaks of a version, a transaction or a lock around it is silent.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { transactionName } from '../../catalogue/external-state.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent } from '../../events/event.js';
import { forEachPart, isFunctionLiteral, isFunctionNode, outerParent, propertyNameText, skipOuter } from '../../syntax/functions.js';
import { chainMethods } from '../../syntax/promise-chains.js';
import type { Binding } from '../../syntax/scopes.js';
import { constantOf, oneLine } from '../model/external-expressions.js';
import type { ProgramModel } from '../model/program-model.js';
import { isOpen } from './saved-rows.js';

export interface UpdatedRow {
  /** What is read of the row and set again: `user.balance`. */
  readonly text: string;
  readonly load: CallEvent;
  readonly save: CallEvent;
}

/** Methods that set members of a row to what they are given. */
const updates = /^(?:update(?:One|ById|ByPk|Doc)?|findByIdAndUpdate|findOneAndUpdate|set|patch|merge|put|save|replace(?:One)?)$/;
/** Members of what such a method is given under which lies what it sets. */
const parts: ReadonlySet<string> = new Set(['data', '$set', 'set', 'values']);
/** Words of methods that load. */
const loading = /^(?:find|get|load|fetch|read|select|first|query|one|retrieve|lookup)/i;
/** Members that tell which row it is. */
const identity = /^_?(?:id|uid|uuid|key|pk|ref)$|Id$/;

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
      const loaded = binding === undefined ? undefined : loadBehind(model, binding);
      if (binding === undefined || loaded === undefined) continue;
      const written = wholeQuery(model, call);
      if (!isWaitedFor(model, written) || !isSameRow(queryOf(model, loaded), queryOf(model, written), binding)) continue;
      if (isCompared(model, written, member, binding)) continue;
      const load = eventsOf(graph).find((event): event is CallEvent => event.kind === 'call' && event.node === loaded);
      if (load !== undefined) return { text: oneLine(read), load, save };
    }
  }
  return undefined;
}

interface Member {
  readonly name: string;
  readonly node: ts.ObjectLiteralElementLike;
  readonly value: ts.Expression;
}

/** What an object literal sets, also by `{ data: { … } }` and its like; a list of what selects is none of it. */
function membersSetBy(model: ProgramModel, given: ts.Expression, isOuter: boolean): readonly Member[] {
  const { compiler } = model;
  const literal = skipOuter(compiler, given);
  if (!compiler.isObjectLiteralExpression(literal)) return [];
  return literal.properties.flatMap((node): readonly Member[] => {
    const name = node.name === undefined ? undefined : propertyNameText(compiler, node.name);
    if (name === undefined) return [];
    if (compiler.isShorthandPropertyAssignment(node)) return [{ name, node, value: constantOf(model, node.name) }];
    if (!compiler.isPropertyAssignment(node)) return [];
    if (isOuter && parts.has(name) && compiler.isObjectLiteralExpression(skipOuter(compiler, node.initializer))) return membersSetBy(model, node.initializer, false);
    return [{ name, node, value: constantOf(model, node.initializer) }];
  });
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

/** The local at the root of the read. */
function rowBehind(model: ProgramModel, read: ts.Expression): Binding | undefined {
  const { compiler } = model;
  let node: ts.Expression = skipOuter(compiler, read);
  while (compiler.isPropertyAccessExpression(node) || compiler.isElementAccessExpression(node) || (compiler.isCallExpression(node) && node.arguments.length === 0)) {
    node = skipOuter(compiler, node.expression);
  }
  const binding = compiler.isIdentifier(node) ? model.file(node).scopes.resolve(node) : undefined;
  return binding !== undefined && binding.assignments.length === 0 ? binding : undefined;
}

/** Locals are followed this far: `const row = await ref.get(); const data = row.data();`. */
const maximumLocals = 3;

/** The query that was waited for, and whose answer the local is, or has a part of. */
function loadBehind(model: ProgramModel, { declaration }: Binding, locals = 0): ts.CallExpression | undefined {
  const { compiler } = model;
  let node: ts.Node = declaration;
  while (compiler.isBindingElement(node)) node = node.parent.parent;
  let asked: ts.Node | undefined;
  if (compiler.isVariableDeclaration(node) && node.initializer !== undefined) {
    const value = skipOuter(compiler, node.initializer);
    if (compiler.isAwaitExpression(value)) asked = skipOuter(compiler, value.expression);
    else {
      const whole = rowBehind(model, value);
      return whole === undefined || locals >= maximumLocals ? undefined : loadBehind(model, whole, locals + 1);
    }
  } else if (compiler.isParameter(node) && isFunctionLiteral(compiler, node.parent) && node.parent.parameters[0] === node) {
    const { parent, child } = outerParent(compiler, node.parent);
    if (compiler.isCallExpression(parent) && parent.arguments[0] === child && compiler.isPropertyAccessExpression(parent.expression) && parent.expression.name.text === 'then') {
      asked = skipOuter(compiler, parent.expression.expression);
    }
  }
  if (asked === undefined || !compiler.isCallExpression(asked)) return undefined;
  return queryOf(model, asked).names.some((name) => loading.test(name)) ? asked : undefined;
}

interface Query {
  /** What the query is begun with: `prisma.user`, `supabase`. */
  readonly base: string;
  readonly names: readonly string[];
  /** The tables that it names. */
  readonly tables: readonly string[];
  /** What its arguments are made of. */
  readonly terms: ReadonlySet<string>;
}

/** Methods whose first argument is a table, a collection or a document. */
const naming = /^(?:from|into|table|update|collection|doc|model|insert|replace)$/;

/** `supabase.from('carts').select('total').eq('id', id)`, taken apart from its end on. */
function queryOf(model: ProgramModel, call: ts.CallExpression): Query {
  const { compiler } = model;
  const names: string[] = [];
  const tables: string[] = [];
  const terms = new Set<string>();
  let node: ts.Expression = call;
  let isLong = false;
  while (compiler.isCallExpression(node)) {
    const callee: ts.Expression = skipOuter(compiler, node.expression);
    const name = compiler.isPropertyAccessExpression(callee) ? callee.name.text : '';
    const inner: ts.Expression = compiler.isPropertyAccessExpression(callee) ? skipOuter(compiler, callee.expression) : callee;
    isLong ||= compiler.isCallExpression(inner);
    const [first] = node.arguments;
    const isTable = first !== undefined && (name === '' || naming.test(name)) && isLong && !compiler.isObjectLiteralExpression(skipOuter(compiler, first));
    if (isTable) tables.push(oneLine(first));
    for (const argument of node.arguments) if (!isTable || argument !== first) collectTerms(model, argument, terms);
    names.push(name);
    node = inner;
  }
  return { base: oneLine(node), names, tables, terms };
}

/** Names that stand in the expression for values. */
function collectTerms(model: ProgramModel, node: ts.Node, terms: Set<string>): void {
  const { compiler } = model;
  if (isFunctionNode(compiler, node)) return;
  if (compiler.isShorthandPropertyAssignment(node)) terms.add(node.name.text);
  else if (compiler.isPropertyAssignment(node)) collectTerms(model, node.initializer, terms);
  else if (compiler.isPropertyAccessExpression(node)) terms.add(oneLine(node).replaceAll(/[?!](?=\.)/g, ''));
  else if (compiler.isIdentifier(node)) terms.add(node.text);
  // `${id}/report` names another row than `id` does
  else if (compiler.isTemplateExpression(node) && !compiler.isTaggedTemplateExpression(node.parent)) terms.add(oneLine(node));
  else if (compiler.isCallExpression(node)) for (const argument of node.arguments) collectTerms(model, argument, terms);
  else forEachPart(compiler, node, (part) => collectTerms(model, part, terms));
}

/** The query with all that is called on it, without what waits for it. */
function wholeQuery({ compiler }: ProgramModel, call: ts.CallExpression): ts.CallExpression {
  let whole = call;
  for (;;) {
    const { parent, child } = outerParent(compiler, whole);
    if (!compiler.isPropertyAccessExpression(parent) || parent.expression !== child || chainMethods.has(parent.name.text) || !compiler.isCallExpression(parent.parent)) return whole;
    whole = parent.parent;
  }
}

function isWaitedFor(model: ProgramModel, query: ts.CallExpression): boolean {
  const { compiler } = model;
  return compiler.isAwaitExpression(outerParent(compiler, query).parent) || model.questions.isPromise(query);
}

/** What is written is the row that was loaded: by the same store, and under what it was loaded by, or by its own id. */
function isSameRow(load: Query, save: Query, row: Binding): boolean {
  if ([load, save].some(({ base }) => base.split(/[.?[\]]+/).some((name) => transactionName.test(name)))) return false;
  // what a store in memory gives may be the object itself, which is never old
  if (save.base === row.name || save.base.startsWith(`${row.name}.`)) return load.names.some((name) => /^find/.test(name)) || save.base !== row.name;
  if (load.base !== save.base) return false;
  const isOfTables = load.tables.length > 0 || save.tables.length > 0;
  if (isOfTables && !load.tables.some((table) => save.tables.includes(table))) return false;
  const isColumn = (term: string): boolean => load.tables.some((table) => term === table || term.startsWith(`${table}.`));
  const terms = [...load.terms].filter((term) => !isColumn(term) && term !== 'undefined');
  if (terms.some((term) => save.terms.has(term))) return true;
  if ([...save.terms].some((term) => term.startsWith(`${row.name}.`) && identity.test(term.slice(term.lastIndexOf('.') + 1)))) return true;
  // `ref.get()`, `ref.update(…)`: the receiver is the row
  return terms.length === 0 && load.names.length === save.names.length && (load.tables.length > 0 || load.names[0] === 'get');
}

/** The condition names more of what was loaded than the id, or a count of changes: whoever comes second changes nothing. */
function isCompared(model: ProgramModel, query: ts.CallExpression, member: Member, row: Binding): boolean {
  const { compiler } = model;
  let isNamed = false;
  const visit = (node: ts.Node): void => {
    if (isNamed || node === member.node.parent) return;
    if (compiler.isPropertyAccessExpression(node) && startOfAccess(model, node) === row.name) isNamed = !identity.test(node.name.text);
    else compiler.forEachChild(node, visit);
  };
  for (let node: ts.Expression = query; compiler.isCallExpression(node); ) {
    node.arguments.forEach(visit);
    const callee: ts.Expression = skipOuter(compiler, node.expression);
    node = compiler.isPropertyAccessExpression(callee) ? skipOuter(compiler, callee.expression) : callee;
  }
  return isNamed;
}

function startOfAccess({ compiler }: ProgramModel, access: ts.Expression): string {
  let node = access;
  while (compiler.isPropertyAccessExpression(node)) node = skipOuter(compiler, node.expression);
  return compiler.isIdentifier(node) ? node.text : '';
}

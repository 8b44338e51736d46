/**
 * Queries of rows as their statements tell them: which store and table they ask, by what they name the row, and which of its members
 * they set.
 */
import { transactionName } from '../../catalogue/external-state.js';
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent } from '../../events/event.js';
import { forEachPart, type FunctionNode, isFunctionNode, outerParent, propertyNameText, skipOuter } from '../../syntax/functions.js';
import { chainMethods, promiseGiving } from '../../syntax/promise-chains.js';
import type { Binding } from '../../syntax/scopes.js';
import { constantOf, oneLine } from './external-expressions.js';
import { memoized, type ProgramModel } from './program-model.js';
import { takerOf, waitedFor } from './named-values.js';

/** Methods that set members of a row to what they are given. */
export const updates = /^(?:update(?:One|ById|ByPk|Doc)?|findByIdAndUpdate|findOneAndUpdate|set|patch|merge|put|save|replace(?:One)?)$/;
/** Members of what such a method is given under which lies what it sets. */
const parts: ReadonlySet<string> = new Set(['data', '$set', 'set', 'values']);
/** Words of methods that load. */
const loading = /^(?:find|get|load|fetch|read|select|first|query|one|retrieve|lookup)/i;
/** Members that tell which row it is. */
export const identity = /^_?(?:id|uid|uuid|key|pk|ref)$|Id$/;

export interface Member {
  readonly name: string;
  readonly node: ts.ObjectLiteralElementLike;
  readonly value: ts.Expression;
}

/** What an object literal sets, also by `{ data: { … } }` and its like; a list of what selects is none of it. */
export function membersSetBy(model: ProgramModel, given: ts.Expression, isOuter: boolean): readonly Member[] {
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

/** The local at the root of the read. */
export function rowBehind(model: ProgramModel, read: ts.Expression): Binding | undefined {
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
function loadBehind(model: ProgramModel, { declaration, initializer }: Binding, locals = 0): ts.CallExpression | undefined {
  const { compiler } = model;
  let node: ts.Node = declaration;
  while (compiler.isBindingElement(node)) node = node.parent.parent;
  const given = initializer ?? (compiler.isVariableDeclaration(node) ? node.initializer : undefined);
  const value = given === undefined ? undefined : skipOuter(compiler, given);
  if (value !== undefined && !compiler.isAwaitExpression(value)) {
    const whole = rowBehind(model, value);
    return whole === undefined || locals >= maximumLocals ? undefined : loadBehind(model, whole, locals + 1);
  }
  const asked = value === undefined ? promiseGiving(compiler, node) : waitedFor(model, value);
  if (asked === undefined || !compiler.isCallExpression(asked)) return undefined;
  return isLoading(queryOf(model, asked)) || loadedByHelper(model, asked) !== undefined ? asked : undefined;
}

const isLoading = ({ names }: Query): boolean => names.some((name) => loading.test(name));

/** The query is about the row that was loaded: by the statement, or by what a helper of the program gives back, `await this.userOf(id)`. */
function isOfRow(model: ProgramModel, loaded: ts.CallExpression, query: ts.CallExpression, row: Binding): boolean {
  const save = queryOf(model, query);
  if (isSameRow(queryOf(model, loaded), save, row)) return true;
  const inner = loadedByHelper(model, loaded);
  return inner !== undefined && isSameRow(inner, save, row);
}

/** The call that loaded the row which the query is about. */
export function loadOfRow(model: ProgramModel, graph: Graph, query: ts.CallExpression, row: Binding): CallEvent | undefined {
  const loaded = loadBehind(model, row);
  if (loaded === undefined || !isWaitedFor(model, query) || !isOfRow(model, loaded, query, row)) return undefined;
  return eventsOf(graph).find((event): event is CallEvent => event.kind === 'call' && event.node === loaded);
}

/** The query of a helper, with what its caller hands in for the parameters. */
function loadedByHelper(model: ProgramModel, call: ts.CallExpression): Query | undefined {
  const { compiler } = model;
  const callee = model.calleeOfExpression(call.expression, 'full');
  const inner = callee === undefined ? undefined : queryGivenBy(model, callee);
  if (callee === undefined || inner === undefined) return undefined;
  // `this` of another object is not the caller's
  const named = skipOuter(compiler, call.expression);
  if (/^this\b/.test(inner.base) && !(compiler.isPropertyAccessExpression(named) && named.expression.kind === compiler.SyntaxKind.ThisKeyword)) return undefined;
  const terms = new Set<string>();
  for (const term of inner.terms) {
    const index = callee.parameters.findIndex(({ name }) => compiler.isIdentifier(name) && name.text === term);
    const given = call.arguments[index];
    if (index < 0) terms.add(term);
    else if (given !== undefined) collectTerms(model, given, terms);
  }
  return { ...inner, terms };
}

/** The query whose answer the function returns, also by way of a local: `const user = await users.findOne(id); if (!user) throw …; return user;`. */
const queryGivenBy = memoized((model, callee: FunctionNode): Query | undefined => {
  const { compiler } = model;
  for (const event of eventsOf(model.graph(callee))) {
    const given = event.kind === 'return' && event.inlined === undefined ? event.value?.node : undefined;
    if (given === undefined || !compiler.isExpression(given)) continue;
    const value = skipOuter(compiler, given);
    const row = compiler.isIdentifier(value) ? rowBehind(model, value) : undefined;
    const asked = row !== undefined ? loadBehind(model, row, maximumLocals) : compiler.isAwaitExpression(value) ? waitedFor(model, value) : value;
    if (asked === undefined || !compiler.isCallExpression(asked)) continue;
    const query = queryOf(model, asked);
    if (isLoading(query)) return query;
  }
  return undefined;
});

export interface Query {
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
export function wholeQuery({ compiler }: ProgramModel, call: ts.CallExpression): ts.CallExpression {
  let whole = call;
  for (;;) {
    const { parent, child } = outerParent(compiler, whole);
    if (!compiler.isPropertyAccessExpression(parent) || parent.expression !== child || chainMethods.has(parent.name.text) || !compiler.isCallExpression(parent.parent)) return whole;
    whole = parent.parent;
  }
}

/** The query speaks of the member besides setting it: it may be the condition under which it is set. */
export function isTold({ compiler }: ProgramModel, query: ts.CallExpression, { name, node: own }: Pick<Member, 'name' | 'node'>): boolean {
  let isNamed = false;
  const visit = (node: ts.Node): void => {
    if (isNamed || node === own) return;
    isNamed = (compiler.isIdentifier(node) || compiler.isStringLiteralLike(node)) && node.text === name;
    compiler.forEachChild(node, visit);
  };
  visit(query);
  return isNamed;
}

/** Methods that set members of the rows that meet a condition, and tell of what they have met. */
const conditionalUpdates = /^(?:update(?:One|Many)?|findOneAndUpdate|set)$/;

/** `jobs.updateMany({ where: { id, state: 'queued' }, data: { state: 'running' } })`: who asks second meets no row any more. */
export function isConditionalUpdate(model: ProgramModel, query: ts.CallExpression): boolean {
  const { compiler } = model;
  for (let node: ts.Expression = query; compiler.isCallExpression(node); ) {
    const callee = skipOuter(compiler, node.expression);
    if (!compiler.isPropertyAccessExpression(callee)) return false;
    const members = conditionalUpdates.test(callee.name.text) ? node.arguments.flatMap((argument) => membersSetBy(model, argument, true)) : [];
    if (members.some((member) => isTold(model, query, member))) return true;
    node = skipOuter(compiler, callee.expression);
  }
  return false;
}

function isWaitedFor(model: ProgramModel, query: ts.CallExpression): boolean {
  const { compiler } = model;
  return compiler.isAwaitExpression(takerOf(model, query).parent) || model.questions.isPromise(query);
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


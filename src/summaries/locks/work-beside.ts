/**
 * Work beside its own section. A transaction is what goes through the callback's parameter: `tx` of
 * `db.transaction(async (tx) => …)`. What `db` itself is asked for meanwhile takes another way: it is done at once, stays when
 * the transaction is rolled back, and may need a second connection.
 *
 * Only what is waited for, or returned as a promise, in the callback itself counts: an expression of another kind may be a part
 * of a statement (`db.raw('now()')`), and what is handed the parameter goes with it (`.transacting(tx)`, `{ session }`).
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { Event } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { enclosingActivation, type FunctionNode, isFunctionLiteral, outerParent, skipOuter } from '../../syntax/functions.js';
import { isInCatch, isWithin } from '../../syntax/tree.js';
import type { ProgramModel } from '../model/program-model.js';
import { canonical } from './lock-identity.js';
import { asksByCallee, awaitedParts, beginningsOf, type OwnTransaction, ownTransaction } from './own-transactions.js';

export interface WorkBeside {
  /** The call that runs the callback. */
  readonly section: ts.CallExpression;
  /** Text of what the section was asked of: `this.db`. */
  readonly root: string;
  /** Name of the callback's parameter. */
  readonly parameter: string;
  /** The work that does not go through it. */
  readonly node: ts.Expression;
}

interface Section extends Omit<WorkBeside, 'node'> {
  /** The object that `root` is the text of. */
  readonly client: Place | undefined;
  readonly callback: FunctionNode;
  /** The parameter, and the locals that hold it. */
  readonly names: readonly string[];
}

export function workBeside(model: ProgramModel, graph: Graph): readonly WorkBeside[] {
  if (!graph.hasLocks && !model.locks.mayContainLocks(graph.owner.getSourceFile())) return [];
  const all: Section[] = [];
  const parameters = new Set<string>();
  for (const event of eventsOf(graph)) {
    const own = event.kind === 'call' ? ownTransaction(model, event) : undefined;
    const callback = own?.callback ?? callbackOf(model, event);
    const name = callback?.parameters[0]?.name;
    if (callback === undefined || name === undefined || !model.compiler.isIdentifier(name)) continue;
    parameters.add(name.text);
    const section = own === undefined ? sectionOf(model, event, callback, name) : ofOwn(model, own, name);
    if (section !== undefined) all.push(section);
  }
  // a transaction in another one, or in a task, has its connection
  const sections = all.filter(({ root }) => !parameters.has(firstName(root) ?? ''));
  if (sections.length === 0) return [];
  const found = new Map<ts.Node, WorkBeside>();
  for (const event of eventsOf(graph)) {
    const isReturn = event.kind === 'return';
    const operand = event.kind === 'suspend' && event.reason === 'await' ? event.operand : isReturn ? event.value : undefined;
    if (operand === undefined || !model.compiler.isExpression(operand.node)) continue;
    for (const section of sections) {
      // what a callback in it returns, others may put into a statement
      const isOfSection = isReturn ? enclosingActivation(model.compiler, operand.node) === section.callback : isWithin(operand.node, section.callback);
      if (!isOfSection) continue;
      for (const node of awaitedParts(model.compiler, operand.node)) {
        if (isBeside(model, graph, section, node) && (!isReturn || model.questions.isPromise(operand.node))) found.set(node, { section: section.section, root: section.root, parameter: section.parameter, node });
      }
    }
  }
  return [...found.values()];
}

/** The callback that the event runs as a section. */
function callbackOf({ compiler }: ProgramModel, event: Event): FunctionNode | undefined {
  if (event.kind !== 'acquire' || event.operation?.kind !== 'run') return undefined;
  const callback = skipOuter(compiler, event.operation.callback);
  return isFunctionLiteral(compiler, callback) ? callback : undefined;
}

function sectionOf(model: ProgramModel, event: Event, callback: FunctionNode, name: ts.Identifier): Section | undefined {
  const { compiler } = model;
  if (event.kind !== 'acquire' || event.operation?.kind !== 'run' || !event.operation.throughParameter || !compiler.isCallExpression(event.node)) return undefined;
  const client = event.operation.lock === undefined ? undefined : rootOf(compiler, event.operation.lock);
  const root = client?.getText();
  // who never uses the parameter may have the library find the transaction by itself
  if (client === undefined || root === undefined || firstName(root) === name.text || !isMentioned(model, callback, name)) return undefined;
  const place = model.file(client).places.placeOf(client);
  return { section: event.node, parameter: name.text, names: holdersOf(model, callback, name.text), callback, root, client: place && canonical(model, place) };
}

function ofOwn(model: ProgramModel, { call, callback, client }: OwnTransaction, name: ts.Identifier): Section | undefined {
  if (!isMentioned(model, callback, name)) return undefined;
  return { section: call, parameter: name.text, names: holdersOf(model, callback, name.text), callback, root: client.text, client };
}

function isMentioned(model: ProgramModel, callback: FunctionNode, parameter: ts.Identifier): boolean {
  return model.file(callback).mentions(parameter.text).some((mention) => mention !== parameter && isWithin(mention, callback));
}

/** The parameter, and the locals of the callback that hold it: `const options = { session }`. */
function holdersOf(model: ProgramModel, callback: FunctionNode, parameter: string): readonly string[] {
  const names = [parameter];
  // it grows while it is walked: an object may hold another
  for (const name of names) {
    for (const mention of model.file(callback).mentions(name)) {
      const holder = isWithin(mention, callback) ? holderOf(model.compiler, mention) : undefined;
      if (holder !== undefined && !names.includes(holder)) names.push(holder);
    }
  }
  return names;
}

/** The local that is declared as an object or a list with the value in it, or as the value itself. */
function holderOf(compiler: Compiler, value: ts.Expression): string | undefined {
  const { parent, child } = outerParent(compiler, value);
  if (compiler.isVariableDeclaration(parent)) return parent.initializer === child && compiler.isIdentifier(parent.name) ? parent.name.text : undefined;
  const isPart = compiler.isShorthandPropertyAssignment(parent) || compiler.isSpreadAssignment(parent) || (compiler.isPropertyAssignment(parent) && parent.initializer === child);
  if (isPart) return holderOf(compiler, parent.parent);
  return compiler.isArrayLiteralExpression(parent) ? holderOf(compiler, parent) : undefined;
}

function isBeside(model: ProgramModel, graph: Graph, { callback, root, names, client }: Section, node: ts.Expression): boolean {
  const { compiler } = model;
  if (!compiler.isCallExpression(node) && !compiler.isTaggedTemplateExpression(node)) return false;
  const isHanded = names.some((name) => model.file(node).mentions(name).some((mention) => isWithin(mention, node)));
  if (isHanded || !isWithin(node, callback)) return false;
  // what is noted of a failure is meant to stay when the transaction is rolled back
  if (isInCatch(compiler, node) && !isInCatch(compiler, callback)) return false;
  // `db.insert(row).returning()` with `db`
  if (beginningsOf(compiler, node).some((link) => link.getText() === root)) return true;
  return client !== undefined && compiler.isCallExpression(node) && asksByCallee(model, graph, node, client);
}

/** The object that a builder of sections was got from: `db` of `db.transaction().setIsolationLevel('serializable')`. */
function rootOf(compiler: Compiler, expression: ts.Expression): ts.Expression {
  const node = skipOuter(compiler, expression);
  if (!compiler.isCallExpression(node)) return node;
  const callee = skipOuter(compiler, node.expression);
  return compiler.isPropertyAccessExpression(callee) ? rootOf(compiler, callee.expression) : node;
}

function firstName(text: string): string | undefined {
  return /^[\w$]+/.exec(text)?.[0];
}

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
import { enclosingActivation, type FunctionNode, isFunctionLiteral, outerParent, skipOuter } from '../../syntax/functions.js';
import { isPromiseCombinator, isWithin } from '../../syntax/tree.js';
import type { ProgramModel } from '../model/program-model.js';

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
  readonly callback: FunctionNode;
  /** The parameter, and the locals that hold it. */
  readonly names: readonly string[];
}

export function workBeside(model: ProgramModel, graph: Graph): readonly WorkBeside[] {
  if (!graph.hasLocks) return [];
  const all: Section[] = [];
  const parameters = new Set<string>();
  for (const event of eventsOf(graph)) {
    const callback = callbackOf(model, event);
    const name = callback?.parameters[0]?.name;
    if (callback === undefined || name === undefined || !model.compiler.isIdentifier(name)) continue;
    parameters.add(name.text);
    const section = sectionOf(model, event, callback, name);
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
        if (isBeside(model, section, node) && (!isReturn || model.questions.isPromise(operand.node))) found.set(node, { section: section.section, root: section.root, parameter: section.parameter, node });
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
  const root = event.operation.lock === undefined ? undefined : rootOf(compiler, event.operation.lock).getText();
  // who never uses the parameter may have the library find the transaction by itself
  if (root === undefined || firstName(root) === name.text || !isMentioned(model, callback, name)) return undefined;
  return { section: event.node, parameter: name.text, names: holdersOf(model, callback, name.text), callback, root };
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

/** What is waited for, and each promise of `Promise.all([…])` and of `Promise.all(ids.map((id) => …))`. */
function awaitedParts(compiler: Compiler, operand: ts.Expression): readonly ts.Expression[] {
  const node = skipOuter(compiler, operand);
  if (!isPromiseCombinator(compiler, node)) return [node];
  const [list] = node.arguments;
  if (list === undefined) return [];
  if (compiler.isArrayLiteralExpression(list)) return list.elements.map((element) => skipOuter(compiler, element));
  const [mapping] = compiler.isCallExpression(list) ? list.arguments : [];
  return mapping !== undefined && compiler.isArrowFunction(mapping) && !compiler.isBlock(mapping.body) ? [skipOuter(compiler, mapping.body)] : [];
}

function isBeside(model: ProgramModel, { callback, root, names }: Section, node: ts.Expression): boolean {
  const { compiler } = model;
  if (!compiler.isCallExpression(node) && !compiler.isTaggedTemplateExpression(node)) return false;
  if (!startsWith(compiler, node, root)) return false;
  const isHanded = names.some((name) => model.file(node).mentions(name).some((mention) => isWithin(mention, node)));
  return !isHanded && isWithin(node, callback);
}

/** Whether a chain of members and calls begins with the expression: `db.insert(row).returning()` with `db`. */
function startsWith(compiler: Compiler, chain: ts.Expression, root: string): boolean {
  for (let node: ts.Expression | undefined = beginning(compiler, chain); node !== undefined; node = beginning(compiler, node)) {
    if (node.getText() === root) return true;
  }
  return false;
}

/** What a link of a chain is applied to. */
function beginning(compiler: Compiler, link: ts.Expression): ts.Expression | undefined {
  const node = skipOuter(compiler, link);
  if (compiler.isTaggedTemplateExpression(node)) return node.tag;
  const isLink = compiler.isCallExpression(node) || compiler.isPropertyAccessExpression(node) || compiler.isElementAccessExpression(node);
  return isLink ? node.expression : undefined;
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

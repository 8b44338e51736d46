/**
 * Work beside its own section. A transaction is what goes through the callback's parameter: `tx` of
 * `db.transaction(async (tx) => …)`. What `db` itself is asked for meanwhile takes another way: it is done at once, stays when
 * the transaction is rolled back, and may need a second connection.
 *
 * Only what is waited for, or returned, in the callback itself counts: an expression of another kind may be a part of a
 * statement (`db.raw('now()')`), and what is handed the parameter goes with it (`.transacting(tx)`, `{ session }`).
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { Event } from '../../events/event.js';
import { type FunctionNode, isFunctionLiteral, skipOuter } from '../../syntax/functions.js';
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
}

export function workBeside(model: ProgramModel, graph: Graph): readonly WorkBeside[] {
  const sections: Section[] = [];
  for (const event of eventsOf(graph)) {
    const section = sectionOf(model, event);
    if (section !== undefined) sections.push(section);
  }
  if (sections.length === 0) return [];
  const found = new Map<ts.Node, WorkBeside>();
  for (const event of eventsOf(graph)) {
    const operand = event.kind === 'suspend' && event.reason === 'await' ? event.operand : event.kind === 'return' ? event.value : undefined;
    if (operand === undefined || !model.compiler.isExpression(operand.node)) continue;
    for (const section of sections) {
      if (!isWithin(operand.node, section.callback)) continue;
      for (const node of awaitedParts(model.compiler, operand.node)) {
        if (isBeside(model, section, node)) found.set(node, { section: section.section, root: section.root, parameter: section.parameter, node });
      }
    }
  }
  return [...found.values()];
}

function sectionOf(model: ProgramModel, event: Event): Section | undefined {
  const { compiler } = model;
  if (event.kind !== 'acquire' || event.operation?.kind !== 'run' || !event.operation.throughParameter || !compiler.isCallExpression(event.node)) return undefined;
  const callback = skipOuter(compiler, event.operation.callback);
  const root = event.operation.lock === undefined ? undefined : rootOf(compiler, event.operation.lock).getText();
  if (root === undefined || !isFunctionLiteral(compiler, callback)) return undefined;
  const name = callback.parameters[0]?.name;
  // who never uses the parameter may have the library find the transaction by itself
  if (name === undefined || !compiler.isIdentifier(name) || firstName(root) === name.text || mentionsOf(model, callback, name) === 0) return undefined;
  return { section: event.node, parameter: name.text, callback, root };
}

/** How often the callback mentions its parameter. */
function mentionsOf(model: ProgramModel, callback: FunctionNode, parameter: ts.Identifier): number {
  return model.file(callback).mentions(parameter.text).filter((mention) => mention !== parameter && isWithin(mention, callback)).length;
}

/** What is waited for, and each promise of `Promise.all([…])`. */
function awaitedParts(compiler: Compiler, operand: ts.Expression): readonly ts.Expression[] {
  const node = skipOuter(compiler, operand);
  if (!isPromiseCombinator(compiler, node)) return [node];
  const [list] = node.arguments;
  return list !== undefined && compiler.isArrayLiteralExpression(list) ? list.elements.map((element) => skipOuter(compiler, element)) : [];
}

function isBeside(model: ProgramModel, { callback, root, parameter }: Section, node: ts.Expression): boolean {
  const { compiler } = model;
  if (!compiler.isCallExpression(node) && !compiler.isTaggedTemplateExpression(node)) return false;
  if (!startsWith(compiler, node, root)) return false;
  const isHanded = model.file(node).mentions(parameter).some((mention) => isWithin(mention, node));
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

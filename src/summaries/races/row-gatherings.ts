/**
 * Rows that gather what several callers bring: `session.votes[userId] = point`, `poll.answers.push(answer)`, `[...old, entry]`. Two tasks
 * on such a row are no accident: it is there for all of them.
 */
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { Value, WriteEvent } from '../../events/event.js';
import { isFunctionNode, rootOfAccess, skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { isAssignment } from '../../syntax/tree.js';
import { constantOf } from '../model/external-expressions.js';
import type { ProgramModel } from '../model/program-model.js';

/** The local in a list, set or record of which the write puts something that a parameter of the task stands for. */
export function rowGathering(model: ProgramModel, graph: Graph, { node }: WriteEvent): Binding | undefined {
  const { compiler } = model;
  const isCall = compiler.isCallExpression(node) && compiler.isPropertyAccessExpression(node.expression) && additions.has(node.expression.name.text);
  const target = isCall && compiler.isPropertyAccessExpression(node.expression) ? node.expression.expression : isAssignment(compiler, node) ? skipOuter(compiler, node.left) : undefined;
  if (target === undefined) return undefined;
  const brought = isCall ? node.arguments : compiler.isElementAccessExpression(target) && isAssignment(compiler, node) ? [target.argumentExpression] : [];
  const collection = compiler.isElementAccessExpression(target) ? skipOuter(compiler, target.expression) : target;
  if (!compiler.isPropertyAccessExpression(collection) || !brought.some((part) => isOfTask(model, graph, part))) return undefined;
  const root = rootOfAccess(compiler, collection);
  const binding = root !== undefined ? model.file(root).scopes.resolve(root) : undefined;
  return binding !== undefined && binding.kind !== 'parameter' && graph.inlined.has(binding.owner) ? binding : undefined;
}

/** Methods that put one more into a collection. */
const additions: ReadonlySet<string> = new Set(['push', 'unshift', 'add', 'set']);

/** `[...old, entry]`, `{ ...old, [id]: entry }`: more than what was there, of what the task was given. */
export function isGathering(model: ProgramModel, graph: Graph, { node }: Value): boolean {
  const { compiler } = model;
  if (!compiler.isExpression(node)) return false;
  const made = skipOuter(compiler, constantOf(model, skipOuter(compiler, node)));
  if (compiler.isArrayLiteralExpression(made)) {
    return made.elements.some((element) => compiler.isSpreadElement(element)) && made.elements.some((element) => !compiler.isSpreadElement(element) && isOfTask(model, graph, element));
  }
  if (!compiler.isObjectLiteralExpression(made) || !made.properties.some((property) => compiler.isSpreadAssignment(property))) return false;
  return made.properties.some(({ name }) => name !== undefined && compiler.isComputedPropertyName(name) && isOfTask(model, graph, name.expression));
}

/** It names a parameter of the task. */
function isOfTask(model: ProgramModel, graph: Graph, part: ts.Node): boolean {
  const { compiler } = model;
  const { scopes } = model.file(part);
  const visit = (node: ts.Node): boolean => {
    if (isFunctionNode(compiler, node)) return false;
    if (compiler.isIdentifier(node) && !(compiler.isPropertyAccessExpression(node.parent) && node.parent.name === node)) {
      const binding = scopes.resolve(node);
      return binding?.kind === 'parameter' && graph.inlined.has(binding.owner);
    }
    return compiler.forEachChild(node, (child) => visit(child) || undefined) === true;
  };
  return visit(part);
}

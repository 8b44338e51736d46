/**
 * Callbacks of which a limiter of several runs one beside the next, and which share a variable of the activation that hands them over:
 * `Promise.all(urls.map((url) => limit(async () => { total += await size(url); })))`. The limiter excludes nobody there, and each run is
 * a task of its own, as with `urls.map(async (url) => { … })`.
 */
import type { ts } from '../compiler/compiler.js';
import type { RunOperation } from '../locks/operation.js';
import { type FunctionNode, isAsync, isFunctionLiteral, isFunctionNode, outerParent, skipOuter } from '../syntax/functions.js';
import { isAssignment, isWithin } from '../syntax/tree.js';
import { synchronousCallbacks } from './collections.js';
import { consumptionOf } from './consumption.js';
import type { Lowering } from './lowering.js';

export function runsBesideItself(lowering: Lowering, node: ts.CallExpression, { mode, resource, release, callback }: RunOperation): boolean {
  const { compiler } = lowering;
  const literal = skipOuter(compiler, callback);
  if (mode !== 'counting' || resource || release !== undefined || !isFunctionLiteral(compiler, literal) || !isAsync(compiler, literal)) return false;
  const consumption = consumptionOf(lowering, node);
  const repeated = consumption === 'awaited' ? undefined : repeatedPart(lowering, node);
  if (repeated === undefined) return false;
  // a loop ends with what it returns
  if (consumption === 'returned' && !isFunctionNode(compiler, repeated)) return false;
  return changesShared(lowering, literal, repeated);
}

/** What one activation runs again and again around the node: the body of a loop, or the callback for each element of a list. */
function repeatedPart({ compiler }: Lowering, node: ts.Node): ts.Node | undefined {
  for (let current = node; current.parent !== undefined; current = current.parent) {
    const { parent } = current;
    if (compiler.isIterationStatement(parent, false) && parent.statement === current) return parent;
    if (!isFunctionNode(compiler, current)) continue;
    const { parent: around } = outerParent(compiler, current);
    const isOfElement = compiler.isCallExpression(around) && compiler.isPropertyAccessExpression(around.expression) && synchronousCallbacks.has(around.expression.name.text);
    return isOfElement && !isAsync(compiler, current) ? current : undefined;
  }
  return undefined;
}

/** Whether the callback changes a variable that all runs have which one activation begins; those of the module are everybody's anyway. */
function changesShared(lowering: Lowering, literal: FunctionNode, repeated: ts.Node): boolean {
  const { compiler, scopes } = lowering;
  const isShared = (target: ts.Expression): boolean => {
    let root = skipOuter(compiler, target);
    while (compiler.isPropertyAccessExpression(root) || compiler.isElementAccessExpression(root)) root = skipOuter(compiler, root.expression);
    const binding = compiler.isIdentifier(root) ? scopes.resolve(root) : undefined;
    return binding !== undefined && !compiler.isSourceFile(binding.owner) && !isWithin(binding.declaration, repeated);
  };
  const find = (node: ts.Node): boolean => {
    const target = changed(lowering, node);
    return (target !== undefined && isShared(target)) || (compiler.forEachChild(node, (child) => find(child) || undefined) ?? false);
  };
  return find(literal);
}

function changed({ compiler }: Lowering, node: ts.Node): ts.Expression | undefined {
  const { SyntaxKind } = compiler;
  if (isAssignment(compiler, node)) return node.left;
  if (compiler.isPrefixUnaryExpression(node) || compiler.isPostfixUnaryExpression(node)) {
    return node.operator === SyntaxKind.PlusPlusToken || node.operator === SyntaxKind.MinusMinusToken ? node.operand : undefined;
  }
  if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression)) return undefined;
  return /^(?:set|add|delete)$/.test(node.expression.name.text) ? node.expression.expression : undefined;
}

/** What files and rows have in common: how an expression names one, and who handles the failure of whoever comes second. */
import { conflictWords, type ExternalAction } from '../../catalogue/external-state.js';
import type { ts } from '../../compiler/compiler.js';
import type { WriteEvent } from '../../events/event.js';
import { isFunctionNode, outerParent, skipOuter } from '../../syntax/functions.js';
import { rejectionHandler } from '../../syntax/tree.js';
import { declaredConstant } from './declared-values.js';
import type { ProgramModel } from './program-model.js';

/** How the write that an action stands for changes its place. */
export const howOf: Readonly<Record<ExternalAction, WriteEvent['how']>> = {
  create: 'add',
  replace: 'assign',
  change: 'mutate',
  remove: 'remove',
};

/** Equal for expressions with equal values in one activation; undefined where that is unknown. */
export function keyOf(model: ProgramModel, expression: ts.Expression): string | undefined {
  const { compiler } = model;
  const node = skipOuter(compiler, expression);
  if (compiler.isStringLiteralLike(node)) return JSON.stringify(node.text);
  const { places, scopes } = model.file(node);
  // another value may be in it when the act comes
  if (compiler.isIdentifier(node) && (scopes.resolve(node)?.assignments.length ?? 0) > 0) return undefined;
  const projection = places.element(node);
  return projection.kind === 'element' ? projection.key : undefined;
}

export function oneLine(node: ts.Node): string {
  return node.getText().replaceAll(/\s+/g, ' ');
}

/** Somebody handles the failure of the one who comes second. `any`: whatever the handler does. */
export function isFailureHandled(model: ProgramModel, call: ts.CallExpression, any: boolean): boolean {
  const { compiler } = model;
  const { parent, child } = outerParent(compiler, call);
  if (compiler.isPropertyAccessExpression(parent) && parent.expression === child && compiler.isCallExpression(parent.parent)) {
    const handler = rejectionHandler(compiler, parent.parent);
    if (handler !== undefined && (any || conflictWords.test(handler.getText()))) return true;
  }
  for (let node: ts.Node = call; !compiler.isSourceFile(node) && !isFunctionNode(compiler, node); node = node.parent) {
    const holder = node.parent;
    if (!compiler.isTryStatement(holder) || holder.tryBlock !== node || holder.catchClause === undefined) continue;
    if (any || conflictWords.test(holder.catchClause.getText())) return true;
  }
  return false;
}

/** What a variable that is never assigned again is declared with, or the expression itself. */
export function constantOf(model: ProgramModel, expression: ts.Expression): ts.Expression {
  return declaredConstant(model, expression)?.value ?? skipOuter(model.compiler, expression);
}

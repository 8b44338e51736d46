/** Who has read a stream to its end, `if (done) return text;`, and who has not. */
import type { ts } from '../../compiler/compiler.js';
import { isFunctionNode, skipOuter } from '../../syntax/functions.js';
import type { ProgramModel } from '../model/program-model.js';

/** The statement leaves the loop that reads, and not where that has come to the end: nobody gets the rest of the stream any more. */
export function isBeforeEndOfStream(model: ProgramModel, leaving: ts.Node): boolean {
  const { compiler } = model;
  for (let node = leaving; !isFunctionNode(compiler, node) && !compiler.isSourceFile(node); node = node.parent) {
    if (compiler.isIterationStatement(node, false)) return true;
    const { parent } = node;
    if (compiler.isIfStatement(parent) && parent.expression !== node && tellsEnd(model, parent.expression) === (parent.thenStatement === node)) return false;
  }
  return false;
}

/** Whether the condition holds at the end of the stream, or only before it; undefined where it says nothing of that. */
function tellsEnd(model: ProgramModel, condition: ts.Expression): boolean | undefined {
  const { compiler } = model;
  const { SyntaxKind } = compiler;
  const node = skipOuter(compiler, condition);
  if (compiler.isPrefixUnaryExpression(node) && node.operator === SyntaxKind.ExclamationToken) {
    const told = isRead(model, node.operand, 'value') ? false : tellsEnd(model, node.operand);
    return told === undefined ? undefined : !told;
  }
  if (compiler.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    if (kind === SyntaxKind.BarBarToken || kind === SyntaxKind.AmpersandAmpersandToken) return tellsEnd(model, node.left) ?? tellsEnd(model, node.right);
    if (kind !== SyntaxKind.EqualsEqualsEqualsToken && kind !== SyntaxKind.EqualsEqualsToken) return undefined;
    return isRead(model, node.left, 'value') && /^(?:undefined|null)$/.test(node.right.getText()) ? true : undefined;
  }
  return isRead(model, node, 'done') ? true : undefined;
}

/** The member of what a read gave: `chunk.done`, or the variable of a pattern that holds it. */
function isRead(model: ProgramModel, expression: ts.Expression, member: string): boolean {
  const { compiler } = model;
  const node = skipOuter(compiler, expression);
  if (compiler.isPropertyAccessExpression(node)) return node.name.text === member;
  const binding = compiler.isIdentifier(node) ? model.file(node).scopes.resolve(node) : undefined;
  if (binding === undefined) return false;
  const { declaration, initializer } = binding;
  if (compiler.isBindingElement(declaration)) return (declaration.propertyName ?? declaration.name).getText() === member;
  return initializer !== undefined && isRead(model, initializer, member);
}

/**
 * Whether there is an object says nothing of what it was made with: after `const job = this.isOn ? { rows: this.rows } : undefined`
 * a test of `job` looks at `this.isOn`, and not at `this.rows`.
 */
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { DefineEvent, SourceEvent } from '../../events/event.js';
import { isNullish } from '../../syntax/constants.js';
import { type FunctionNode, isFunctionNode, outerParent, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import type { ProgramModel } from '../model/program-model.js';

/** `if (job)`, `!job`, `job === undefined`, `await job()` asked so: no more than whether there is something. */
export function isAskedForPresence(compiler: Compiler, node: ts.Node): boolean {
  const { SyntaxKind } = compiler;
  const { parent, child } = outerParent(compiler, node);
  if (compiler.isIfStatement(parent) || compiler.isWhileStatement(parent)) return parent.expression === child;
  if (compiler.isConditionalExpression(parent)) return parent.condition === child;
  if (compiler.isPrefixUnaryExpression(parent)) return parent.operator === SyntaxKind.ExclamationToken;
  if (compiler.isAwaitExpression(parent)) return isAskedForPresence(compiler, parent);
  if (!compiler.isBinaryExpression(parent)) return false;
  const { kind } = parent.operatorToken;
  if (kind === SyntaxKind.AmpersandAmpersandToken || kind === SyntaxKind.BarBarToken) return parent.left === child || isAskedForPresence(compiler, parent);
  return /^[!=]==?$/.test(parent.operatorToken.getText()) && isNullish(compiler, parent.left === child ? parent.right : parent.left);
}

/** The local is given the value as it is, and no part of it. */
export function isGivenWhole(compiler: Compiler, { node, value }: DefineEvent): boolean {
  if (value === undefined) return false;
  return compiler.isVariableDeclaration(node) ? compiler.isIdentifier(node.name) : compiler.isBinaryExpression(node) && compiler.isIdentifier(node.left);
}

/**
 * How a source belongs to the value. `whole`: it is the value, or one of those that the value may be; `inside`: it went into an object
 * that is made there; `beside`: what the value is hangs on it.
 */
export function partOfValue(compiler: Compiler, value: ts.Node, { node }: SourceEvent): 'whole' | 'inside' | 'beside' {
  const leaf = leavesOf(compiler, value).find((candidate) => isWithin(node, candidate));
  if (leaf === undefined) return 'beside';
  if (leaf === node) return 'whole';
  return isMade(compiler, leaf) ? 'inside' : 'beside';
}

/** What the value may be: both sides of `condition ? a : b`, the right side of `a && b`, what is waited for. */
function leavesOf(compiler: Compiler, value: ts.Node): readonly ts.Node[] {
  if (!compiler.isExpression(value)) return [value];
  const node = skipOuter(compiler, value);
  if (compiler.isAwaitExpression(node)) return leavesOf(compiler, node.expression);
  if (compiler.isConditionalExpression(node)) return [...leavesOf(compiler, node.whenTrue), ...leavesOf(compiler, node.whenFalse)];
  if (!compiler.isBinaryExpression(node)) return [node];
  switch (node.operatorToken.kind) {
    case compiler.SyntaxKind.AmpersandAmpersandToken:
      return leavesOf(compiler, node.right);
    case compiler.SyntaxKind.BarBarToken:
    case compiler.SyntaxKind.QuestionQuestionToken:
      return [...leavesOf(compiler, node.left), ...leavesOf(compiler, node.right)];
    default:
      return [node];
  }
}

function isMade(compiler: Compiler, node: ts.Node): boolean {
  return compiler.isObjectLiteralExpression(node) || compiler.isArrayLiteralExpression(node) || compiler.isNewExpression(node) || isFunctionNode(compiler, node);
}

/** What is given for the parameter may decide whether the function gives something back: it does more than go into what is made there. */
export function mayDecidePresence(model: ProgramModel, callee: FunctionNode, index: number): boolean {
  const { compiler } = model;
  const parameter = callee.parameters[index];
  const { body } = callee;
  if (parameter === undefined || body === undefined || !compiler.isIdentifier(parameter.name)) return true;
  const { mentions, scopes } = model.file(callee);
  return mentions(parameter.name.text).some((mention) => {
    if (!compiler.isIdentifier(mention) || !isWithin(mention, body) || scopes.resolve(mention)?.declaration !== parameter) return false;
    return !goesIntoAnswer(compiler, callee, mention);
  });
}

/** The mention stands in an object that a `return` of the function makes. */
function goesIntoAnswer(compiler: Compiler, callee: FunctionNode, mention: ts.Node): boolean {
  for (let node = mention; node !== callee; node = node.parent) {
    if (isFunctionNode(compiler, node)) return false;
    const answer = compiler.isReturnStatement(node) ? node.expression : node.parent === callee && node === callee.body ? node : undefined;
    if (answer === undefined || compiler.isBlock(answer)) continue;
    return leavesOf(compiler, answer).some((leaf) => isMade(compiler, leaf) && isWithin(mention, leaf));
  }
  return false;
}

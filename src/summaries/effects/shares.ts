/**
 * Expressions that bring their task a share in what they give: `this.readers.get(id)?.retain()`, and what a helper hands out
 * that has taken the share for its caller, before anybody else could go on.
 */
import type { Compiler, ts } from '../../compiler/compiler.js';
import { isNullish } from '../../syntax/constants.js';
import { returnedBy, skipOuter } from '../../syntax/functions.js';
import type { ProgramModel } from '../model/program-model.js';
import { isShareName } from './endings.js';

/** Helpers that call helpers are followed this deep. */
const maximumDepth = 3;

/** Whether nothing else than objects with a share of their own comes out; no object needs no share. */
export function bringsShare(model: ProgramModel, expression: ts.Expression, depth = 0): boolean {
  const { compiler } = model;
  const node = skipOuter(compiler, expression);
  if (isNullish(compiler, node)) return true;
  if (compiler.isAwaitExpression(node)) return bringsShare(model, node.expression, depth);
  if (compiler.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].every((way) => bringsShare(model, way, depth));
  if (compiler.isBinaryExpression(node)) {
    return isChoice(compiler, node) && [node.left, node.right].every((way) => bringsShare(model, way, depth));
  }
  if (compiler.isIdentifier(node)) return isSharedBefore(model, node) || isConstantWithShare(model, node, depth);
  if (!compiler.isCallExpression(node)) return false;
  if (compiler.isPropertyAccessExpression(node.expression) && isShareName(node.expression.name.text)) return true;
  if (depth >= maximumDepth) return false;
  const section = model.locks.classifyCall(node);
  const callee = model.calleeOfExpression(section?.kind === 'run' ? section.callback : node.expression, 'full');
  if (callee === undefined) return false;
  const given = returnedBy(compiler, callee);
  return given.length > 0 && given.every((each) => bringsShare(model, each, depth + 1));
}

function isChoice({ SyntaxKind }: Compiler, { operatorToken }: ts.BinaryExpression): boolean {
  return operatorToken.kind === SyntaxKind.QuestionQuestionToken || operatorToken.kind === SyntaxKind.BarBarToken;
}

/** `reader.retain(); return reader;`: taken on the way to where the local is given. */
function isSharedBefore(model: ProgramModel, local: ts.Identifier): boolean {
  const { compiler } = model;
  const binding = model.file(local).scopes.resolve(local);
  if (binding === undefined) return false;
  for (let child: ts.Node = local, { parent } = child; parent !== undefined && child !== binding.owner; child = parent, { parent } = child) {
    if (!compiler.isBlock(parent)) continue;
    for (const statement of parent.statements) {
      if (statement === child) break;
      if (compiler.isExpressionStatement(statement) && takesShareIn(model, statement.expression, local.text)) return true;
    }
  }
  return false;
}

function takesShareIn({ compiler }: ProgramModel, expression: ts.Expression, local: string): boolean {
  const call = skipOuter(compiler, expression);
  if (!compiler.isCallExpression(call) || !compiler.isPropertyAccessExpression(call.expression) || !isShareName(call.expression.name.text)) return false;
  const receiver = skipOuter(compiler, call.expression.expression);
  return compiler.isIdentifier(receiver) && receiver.text === local;
}

function isConstantWithShare(model: ProgramModel, local: ts.Identifier, depth: number): boolean {
  const binding = model.file(local).scopes.resolve(local);
  return binding?.initializer !== undefined && binding.assignments.length === 0 && bringsShare(model, binding.initializer, depth);
}

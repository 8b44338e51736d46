/** Lowers conditions: control reaches one of two blocks. */
import type { ts } from '../compiler/compiler.js';
import { skipOuter } from '../syntax/functions.js';
import type { TestEvent, Value } from './event.js';
import { lowerExpression } from './expressions.js';
import { type KeptCondition, keptCondition } from './kept-conditions.js';
import { combine, type Lowering, nothing } from './lowering.js';

/** Lowers a condition so that control reaches one of two blocks. */
export function lowerCondition(
  lowering: Lowering,
  expression: ts.Expression,
  whenTrue: number,
  whenFalse: number,
  isLoop: boolean,
): void {
  const { compiler, flow } = lowering;
  const { SyntaxKind } = compiler;
  const node = skipOuter(compiler, expression);
  if (compiler.isPrefixUnaryExpression(node) && node.operator === SyntaxKind.ExclamationToken) {
    lowerCondition(lowering, node.operand, whenFalse, whenTrue, isLoop);
    return;
  }
  if (compiler.isBinaryExpression(node)) {
    const operator = node.operatorToken.kind;
    if (operator === SyntaxKind.AmpersandAmpersandToken || operator === SyntaxKind.BarBarToken) {
      const right = flow.createBlock();
      if (operator === SyntaxKind.AmpersandAmpersandToken) lowerCondition(lowering, node.left, right, whenFalse, isLoop);
      else lowerCondition(lowering, node.left, whenTrue, right, isLoop);
      flow.moveTo(right);
      lowerCondition(lowering, node.right, whenTrue, whenFalse, isLoop);
      return;
    }
    if (isEquality(lowering, operator)) {
      const left = lowerExpression(lowering, node.left);
      const right = lowerExpression(lowering, node.right);
      const value = { sources: combine(node, [left, right]).sources, node };
      test(lowering, node, value, { left, right }, isLoop, whenTrue, whenFalse);
      return;
    }
  }
  if (node.kind === SyntaxKind.TrueKeyword) {
    flow.goto(whenTrue);
    return;
  }
  if (node.kind === SyntaxKind.FalseKeyword) {
    flow.goto(whenFalse);
    return;
  }
  const value = lowerExpression(lowering, node);
  const kept = compiler.isIdentifier(node) ? keptCondition(lowering, node) : undefined;
  if (kept === undefined) test(lowering, node, value, undefined, isLoop, whenTrue, whenFalse);
  else askAgain(lowering, kept.expression, kept, whenTrue, whenFalse);
}

/** Tests a condition that was computed before: its parts are what they were then. */
function askAgain(lowering: Lowering, expression: ts.Expression, kept: KeptCondition, whenTrue: number, whenFalse: number): void {
  const { compiler, flow } = lowering;
  const { SyntaxKind } = compiler;
  const node = skipOuter(compiler, expression);
  if (compiler.isPrefixUnaryExpression(node) && node.operator === SyntaxKind.ExclamationToken) {
    askAgain(lowering, node.operand, kept, whenFalse, whenTrue);
    return;
  }
  const valueOf = (part: ts.Expression): Value => kept.values.get(skipOuter(compiler, part)) ?? nothing(part);
  if (compiler.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    if (kind === SyntaxKind.AmpersandAmpersandToken || kind === SyntaxKind.BarBarToken) {
      const right = flow.createBlock();
      if (kind === SyntaxKind.AmpersandAmpersandToken) askAgain(lowering, node.left, kept, right, whenFalse);
      else askAgain(lowering, node.left, kept, whenTrue, right);
      flow.moveTo(right);
      askAgain(lowering, node.right, kept, whenTrue, whenFalse);
      return;
    }
    if (isEquality(lowering, kind)) {
      const left = valueOf(node.left);
      const right = valueOf(node.right);
      test(lowering, node, { sources: combine(node, [left, right]).sources, node }, { left, right }, false, whenTrue, whenFalse);
      return;
    }
  }
  test(lowering, node, valueOf(node), undefined, false, whenTrue, whenFalse);
}

function isEquality(lowering: Lowering, operator: ts.SyntaxKind): boolean {
  const { SyntaxKind } = lowering.compiler;
  return (
    operator === SyntaxKind.EqualsEqualsEqualsToken ||
    operator === SyntaxKind.ExclamationEqualsEqualsToken ||
    operator === SyntaxKind.EqualsEqualsToken ||
    operator === SyntaxKind.ExclamationEqualsToken
  );
}

/** Ends the current block with a test. */
export function test(
  lowering: Lowering,
  node: ts.Node,
  value: Value,
  comparison: TestEvent['comparison'],
  isLoop: boolean,
  whenTrue: number,
  whenFalse: number,
): void {
  const { flow } = lowering;
  lowering.tests.push(flow.emit<TestEvent>({ kind: 'test', node, value, comparison, isLoop }));
  const block = flow.current();
  flow.goto(whenTrue, 'true');
  flow.moveTo(block);
  flow.goto(whenFalse, 'false');
}

/** Lowers conditions: control reaches one of two blocks. */
import type { ts } from '../compiler/compiler.js';
import { skipOuter } from '../syntax/functions.js';
import type { TestEvent, Value } from './event.js';
import { lowerExpression } from './expressions.js';
import { keptCondition } from './kept-conditions.js';
import { combine, type Lowering, nothing } from './lowering.js';

/** Lowers a condition so that control reaches one of two blocks. `evaluate` gives what its parts are. */
export function lowerCondition(
  lowering: Lowering,
  expression: ts.Expression,
  whenTrue: number,
  whenFalse: number,
  isLoop: boolean,
  evaluate = (part: ts.Expression): Value => lowerExpression(lowering, part),
): void {
  const { compiler, flow } = lowering;
  const { SyntaxKind } = compiler;
  const node = skipOuter(compiler, expression);
  if (compiler.isPrefixUnaryExpression(node) && node.operator === SyntaxKind.ExclamationToken) {
    lowerCondition(lowering, node.operand, whenFalse, whenTrue, isLoop, evaluate);
    return;
  }
  if (compiler.isBinaryExpression(node)) {
    const operator = node.operatorToken.kind;
    if (operator === SyntaxKind.AmpersandAmpersandToken || operator === SyntaxKind.BarBarToken) {
      const right = flow.createBlock();
      if (operator === SyntaxKind.AmpersandAmpersandToken) lowerCondition(lowering, node.left, right, whenFalse, isLoop, evaluate);
      else lowerCondition(lowering, node.left, whenTrue, right, isLoop, evaluate);
      flow.moveTo(right);
      lowerCondition(lowering, node.right, whenTrue, whenFalse, isLoop, evaluate);
      return;
    }
    if (isEquality(lowering, operator)) {
      const left = evaluate(node.left);
      const right = evaluate(node.right);
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
  const value = evaluate(node);
  const kept = compiler.isIdentifier(node) ? keptCondition(lowering, node) : undefined;
  if (kept === undefined) test(lowering, node, value, undefined, isLoop, whenTrue, whenFalse);
  // its parts are what they were when it was computed
  else lowerCondition(lowering, kept.expression, whenTrue, whenFalse, isLoop, (part) => kept.values.get(skipOuter(compiler, part)) ?? nothing(part));
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

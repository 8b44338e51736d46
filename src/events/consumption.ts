/** What the surrounding syntax does with the result of a call. */
import type { ts } from '../compiler/compiler.js';
import { outerParent, skipOuter } from '../syntax/functions.js';
import { takenAtOnce } from '../syntax/named-values.js';
import { chainMethods } from '../syntax/promise-chains.js';
import { isPromiseCombinator } from '../syntax/tree.js';
import type { Consumption } from './event.js';
import type { Lowering } from './lowering.js';

/** Whether what follows in this activation runs only after the call's promise has settled. */
export function isWaitedFor(lowering: Lowering, node: ts.Expression): boolean {
  const consumption = consumptionOf(lowering, node);
  if (consumption === 'awaited') return true;
  // a promise returned from `map(item => load(item).then(…))` is not waited for by the array method, and one returned from a
  // `try` not by its `finally`
  return consumption === 'returned' && lowering.flow.frameKind() !== 'synchronous' && !lowering.flow.returnsThroughFinally();
}

/** What the surrounding syntax does with the result. */
export function consumptionOf(lowering: Lowering, node: ts.Expression): Consumption {
  const { compiler } = lowering;
  const { parent, child } = outerParent(compiler, node);
  if (compiler.isAwaitExpression(parent)) return 'awaited';
  if (compiler.isReturnStatement(parent)) return 'returned';
  if (compiler.isArrowFunction(parent) && parent.body === child) return 'returned';
  if (compiler.isExpressionStatement(parent) || compiler.isVoidExpression(parent)) return 'discarded';
  if (compiler.isVariableDeclaration(parent)) {
    const taken = takenAtOnce(lowering, parent);
    return taken === undefined ? 'stored' : consumptionOf(lowering, taken);
  }
  if (compiler.isConditionalExpression(parent) && parent.condition !== child) return consumptionOf(lowering, parent);
  if (compiler.isBinaryExpression(parent)) {
    const operator = parent.operatorToken.kind;
    const { SyntaxKind } = compiler;
    const isLogical =
      operator === SyntaxKind.AmpersandAmpersandToken ||
      operator === SyntaxKind.BarBarToken ||
      operator === SyntaxKind.QuestionQuestionToken;
    if (isLogical && parent.right === child) return consumptionOf(lowering, parent);
    return 'stored';
  }
  if (compiler.isPropertyAccessExpression(parent) && parent.expression === child && chainMethods.has(parent.name.text)) {
    const chain = outerParent(compiler, parent).parent;
    const consumption = compiler.isCallExpression(chain) ? consumptionOf(lowering, chain) : 'stored';
    // who returns the chain goes on in its links once there is an answer
    return consumption === 'returned' && parent.name.text !== 'catch' ? 'awaited' : consumption;
  }
  if (compiler.isArrayLiteralExpression(parent)) {
    const combinator = outerParent(compiler, parent).parent;
    return isPromiseCombinator(compiler, combinator) ? consumptionOf(lowering, combinator) : 'stored';
  }
  return isPromiseCombinator(compiler, parent) ? consumptionOf(lowering, parent) : 'stored';
}

/** The constant only names what a call gives, or what a place holds, for a next step that waits for it or returns it. */
export function isTakenAtOnce(lowering: Lowering, initializer: ts.Expression): boolean {
  const { compiler } = lowering;
  const node = skipOuter(compiler, initializer);
  const mayBeTaken = compiler.isCallExpression(node) || compiler.isPropertyAccessExpression(node) || compiler.isElementAccessExpression(node);
  return mayBeTaken && consumptionOf(lowering, node) !== 'stored';
}

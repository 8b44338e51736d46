/** What the code around an expression does with its value. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { outerParent } from './functions.js';

export interface Consumer {
  /**
   * `member`: a property is looked at; `method`: a method is called; `content`: all of it is looked at (spread, loop,
   * index); `argument`: it is handed to a call; `call`: it is called itself; `wait`: it is awaited.
   */
  readonly kind: 'member' | 'method' | 'content' | 'argument' | 'call' | 'wait';
  /** Properties that lead to what is looked at. */
  readonly path: readonly string[];
}

/** The consumer of the value; undefined where it is only tested, compared, renamed, returned or thrown away. */
export function consumerOf(compiler: Compiler, node: ts.Expression): Consumer | undefined {
  const { parent, child } = outerParent(compiler, node);
  const content: Consumer = { kind: 'content', path: [] };
  if (compiler.isPropertyAccessExpression(parent)) return parent.expression === child ? memberConsumer(compiler, parent) : undefined;
  if (compiler.isElementAccessExpression(parent)) return parent.expression === child ? content : undefined;
  if (compiler.isSpreadElement(parent) || compiler.isSpreadAssignment(parent) || compiler.isTemplateSpan(parent)) return content;
  if (compiler.isForOfStatement(parent)) return parent.expression === child ? content : undefined;
  if (compiler.isYieldExpression(parent)) return content;
  if (compiler.isAwaitExpression(parent)) return { kind: 'wait', path: [] };
  if (compiler.isCallExpression(parent) || compiler.isNewExpression(parent)) {
    return parent.expression === child ? { kind: 'call', path: [] } : { kind: 'argument', path: [] };
  }
  if (compiler.isArrayLiteralExpression(parent)) return consumerOf(compiler, parent);
  if (compiler.isPropertyAssignment(parent) || compiler.isShorthandPropertyAssignment(parent)) return consumerOf(compiler, parent.parent);
  if (compiler.isConditionalExpression(parent)) return parent.condition === child ? undefined : consumerOf(compiler, parent);
  if (compiler.isBinaryExpression(parent) && isChoice(compiler, parent) && handsOn(compiler, parent, child)) return consumerOf(compiler, parent);
  return undefined;
}

function isChoice(compiler: Compiler, { operatorToken: { kind } }: ts.BinaryExpression): boolean {
  const { SyntaxKind } = compiler;
  return kind === SyntaxKind.AmpersandAmpersandToken || kind === SyntaxKind.BarBarToken || kind === SyntaxKind.QuestionQuestionToken;
}

/** The left side of `a && b` is only tested where it is truthy. */
function handsOn(compiler: Compiler, { operatorToken, right }: ts.BinaryExpression, operand: ts.Node): boolean {
  return right === operand || operatorToken.kind !== compiler.SyntaxKind.AmpersandAmpersandToken;
}

function memberConsumer(compiler: Compiler, access: ts.PropertyAccessExpression): Consumer {
  const path: string[] = [];
  let node: ts.PropertyAccessExpression = access;
  for (;;) {
    const { parent, child } = outerParent(compiler, node);
    if (compiler.isCallExpression(parent) && parent.expression === child) return { kind: 'method', path };
    path.push(node.name.text);
    if (!compiler.isPropertyAccessExpression(parent) || parent.expression !== child) return { kind: 'member', path };
    node = parent;
  }
}

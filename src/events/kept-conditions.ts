/**
 * Conditions that are computed into a local before they are asked: `const isOpen = this.state === 'open'; if (!isOpen) …`.
 * Such a test looks at what the condition looks at, with the values of where it was computed.
 */
import type { Compiler, ts } from '../compiler/compiler.js';
import { outerParent } from '../syntax/functions.js';
import { onlyMention } from '../syntax/named-values.js';
import type { Binding } from '../syntax/scopes.js';
import type { Value } from './event.js';
import type { Lowering } from './lowering.js';

/** A condition that a local holds. */
export interface KeptCondition {
  readonly expression: ts.Expression;
  /** What its parts were when it was computed. */
  readonly values: ReadonlyMap<ts.Node, Value>;
  /** Suspensions that were lowered before it was. */
  readonly suspensions: number;
}

/** Lowers the initialiser of a variable; where the variable is only asked, the parts of its value are kept for that test. */
export function keepingCondition(lowering: Lowering, declaration: ts.VariableDeclaration, binding: Binding, lower: () => Value): Value {
  const { compiler, flow } = lowering;
  const { initializer } = declaration;
  // where several conditions mention it, the name alone tells that they have one answer
  const use = initializer === undefined ? undefined : onlyMention(lowering, declaration);
  if (initializer === undefined || use === undefined || !isAsked(compiler, use)) return lower();
  const outer = lowering.parts;
  const values = new Map<ts.Node, Value>();
  lowering.parts = values;
  const value = lower();
  lowering.parts = outer;
  lowering.conditions.set(binding, { expression: initializer, values, suspensions: flow.suspensions() });
  return value;
}

/** The condition that the tested local holds, if nothing can have happened since it was computed. */
export function keptCondition(lowering: Lowering, node: ts.Identifier): KeptCondition | undefined {
  if (lowering.conditions.size === 0) return undefined;
  const { compiler } = lowering;
  const binding = lowering.scopes.resolve(node);
  const kept = binding === undefined ? undefined : lowering.conditions.get(binding);
  if (binding === undefined || kept?.suspensions !== lowering.flow.suspensions()) return undefined;
  // around a loop the test may come again, after suspensions that stand behind it
  const scope = binding.declaration.parent.parent.parent;
  for (let around: ts.Node = node; around !== scope; around = around.parent) {
    if (compiler.isSourceFile(around) || compiler.isIterationStatement(around, false)) return undefined;
  }
  return kept;
}

/** The node is a condition, or a part of one. */
function isAsked(compiler: Compiler, node: ts.Node): boolean {
  const { SyntaxKind } = compiler;
  const { parent, child } = outerParent(compiler, node);
  if (compiler.isIfStatement(parent) || compiler.isWhileStatement(parent)) return parent.expression === child;
  if (compiler.isConditionalExpression(parent)) return parent.condition === child;
  if (compiler.isPrefixUnaryExpression(parent)) return parent.operator === SyntaxKind.ExclamationToken && isAsked(compiler, parent);
  if (!compiler.isBinaryExpression(parent)) return false;
  const { kind } = parent.operatorToken;
  return (kind === SyntaxKind.AmpersandAmpersandToken || kind === SyntaxKind.BarBarToken) && isAsked(compiler, parent);
}

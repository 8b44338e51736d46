/**
 * Two points of a function that no way leads through: `if (isRemote) await connect(); if (!isRemote) this.open = true;`. Both hang on
 * one local that never changes, and each needs another value of it.
 */
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { Event, TestEvent } from '../../events/event.js';
import { isConstant } from '../../syntax/constants.js';
import { isInLoop, skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { memoized, type ProgramModel } from '../model/program-model.js';

/** What a point needs of a local: that it counts as true or false, or that it is, or is not, this constant. */
interface Need {
  readonly binding: Binding;
  /** Undefined: whether it counts as true. */
  readonly constant: string | undefined;
  readonly holds: boolean;
}

/** The one event is never followed by the other in one run of the function. */
export function areExclusive(model: ProgramModel, graph: Graph, first: Event, second: Event): boolean {
  const deciding = decidingTests(model, graph);
  if (first.block === second.block || deciding.needs.size < 2) return false;
  const needs = needsOf(model, graph, deciding, first.block);
  return needs.length > 0 && needsOf(model, graph, deciding, second.block).some((need) => needs.some((other) => contradicts(need, other)));
}

function contradicts(left: Need, right: Need): boolean {
  if (left.binding !== right.binding) return false;
  if (left.constant === right.constant) return left.holds !== right.holds;
  // it is the one constant, and the other
  return left.constant !== undefined && right.constant !== undefined && left.holds && right.holds;
}

interface DecidingTests {
  readonly needs: ReadonlyMap<TestEvent, Need>;
  /** What each block needs, once it was asked. */
  readonly ofBlocks: Map<number, readonly Need[]>;
}

/** Tests of locals that keep their value from the first to the last of them. */
const decidingTests = memoized((model, graph: Graph): DecidingTests => {
  const needs = new Map<TestEvent, Need>();
  for (const { events } of graph.blocks) {
    const test = events.at(-1);
    const need = test?.kind === 'test' ? needOf(model, graph, test) : undefined;
    if (test?.kind === 'test' && need !== undefined) needs.set(test, need);
  }
  return { needs, ofBlocks: new Map() };
});

function needsOf(model: ProgramModel, graph: Graph, { needs, ofBlocks }: DecidingTests, block: number): readonly Need[] {
  let known = ofBlocks.get(block);
  if (known === undefined) {
    const dependence = model.controlDependence(graph);
    known = dependence.controllingTests(block).flatMap((test): Need[] => {
      const need = needs.get(test);
      const outcomes = need === undefined ? undefined : dependence.outcomes(block, test);
      return need === undefined || outcomes?.size !== 1 ? [] : [{ ...need, holds: need.holds === outcomes.has('true') }];
    });
    ofBlocks.set(block, known);
  }
  return known;
}

/** What the test's outcome `true` says. */
function needOf(model: ProgramModel, graph: Graph, { node }: TestEvent): Need | undefined {
  const { compiler } = model;
  const { SyntaxKind } = compiler;
  if (!compiler.isExpression(node)) return undefined;
  let expression = skipOuter(compiler, node);
  let holds = true;
  while (compiler.isPrefixUnaryExpression(expression) && expression.operator === SyntaxKind.ExclamationToken) {
    holds = !holds;
    expression = skipOuter(compiler, expression.operand);
  }
  if (!compiler.isBinaryExpression(expression)) {
    const binding = unchangedLocal(model, graph, expression);
    return binding === undefined ? undefined : { binding, constant: undefined, holds };
  }
  const operator = expression.operatorToken.kind;
  if (operator !== SyntaxKind.EqualsEqualsEqualsToken && operator !== SyntaxKind.ExclamationEqualsEqualsToken) return undefined;
  const binding = unchangedLocal(model, graph, skipOuter(compiler, expression.left));
  if (binding === undefined || !isConstant(compiler, expression.right)) return undefined;
  return { binding, constant: expression.right.getText(), holds: holds === (operator === SyntaxKind.EqualsEqualsEqualsToken) };
}

/** A parameter or local of the function itself that is set once; what is declared in a loop is another one in each turn. */
function unchangedLocal(model: ProgramModel, graph: Graph, node: ts.Expression): Binding | undefined {
  const { compiler } = model;
  const binding = compiler.isIdentifier(node) ? model.file(node).scopes.resolve(node) : undefined;
  if (binding === undefined || binding.owner !== graph.owner || binding.assignments.length > 0) return undefined;
  if (binding.kind !== 'parameter' && binding.kind !== 'variable') return undefined;
  return isInLoop(compiler, binding.declaration) ? undefined : binding;
}


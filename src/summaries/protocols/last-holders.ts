/**
 * Holders are counted in what they hold, and the one who brings the count down to nothing is the last: `if (--entry.holders ===
 * 0) entries.delete(key)`. As long as somebody holds the entry it stays where it is, so that this removes no other.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { suspendsBetween } from '../../cfg/walk.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { TestEvent } from '../../events/event.js';
import { skipOuter } from '../../syntax/functions.js';
import { countStepOf } from '../../syntax/tree.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import type { Act } from '../races/acts.js';

/** The act happens only for the last holder, in the turn in which it became the last. */
export function isLastHolders(model: ProgramModel, graph: Graph, { event }: Act): boolean {
  const countdowns = countdownsIn(model, graph);
  if (countdowns.size === 0) return false;
  const dependence = model.controlDependence(graph);
  return dependence
    .controllingTests(event.block)
    .some((test) => countdowns.has(test) && dependence.outcomes(event.block, test).size === 1 && !suspendsBetween(graph, test, event));
}

const countdownsIn = memoized(
  (model, graph: Graph): ReadonlySet<TestEvent> => new Set(eventsOf(graph).filter((event): event is TestEvent => event.kind === 'test' && countsDown(model.compiler, event))),
);

/** The test lowers the count that it asks for, or the statements before it have done so. */
function countsDown(compiler: Compiler, { node, comparison }: TestEvent): boolean {
  const asked = [node, comparison?.left.node, comparison?.right.node].flatMap((side) => (side === undefined ? [] : [withoutNegation(compiler, side)]));
  if (asked.some((side) => loweredBy(compiler, side) !== undefined)) return true;
  let statement = node;
  while (!compiler.isStatement(statement)) statement = statement.parent;
  if (!compiler.isBlock(statement.parent)) return false;
  const { statements } = statement.parent;
  for (let index = statements.findIndex((each) => each === statement) - 1; index >= 0; index -= 1) {
    const earlier = statements[index];
    if (earlier === undefined || /\bawait\b/.test(earlier.getText())) return false;
    const lowered = compiler.isExpressionStatement(earlier) ? loweredBy(compiler, skipOuter(compiler, earlier.expression)) : undefined;
    if (lowered !== undefined && asked.some((side) => side.getText() === lowered.getText())) return true;
  }
  return false;
}

function withoutNegation(compiler: Compiler, side: ts.Node): ts.Node {
  const node = compiler.isExpression(side) ? skipOuter(compiler, side) : side;
  return compiler.isPrefixUnaryExpression(node) && node.operator === compiler.SyntaxKind.ExclamationToken ? skipOuter(compiler, node.operand) : node;
}

/** What the expression counts down. */
function loweredBy(compiler: Compiler, node: ts.Node): ts.Expression | undefined {
  const step = countStepOf(compiler, node);
  return step?.direction === 'down' ? step.counter : undefined;
}

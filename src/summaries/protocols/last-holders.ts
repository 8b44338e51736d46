/**
 * Holders are counted in what they hold, and the one who brings the count down to nothing is the last: `if (--entry.holders ===
 * 0) entries.delete(key)`. As long as somebody holds the entry it stays where it is, so that this removes no other.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { suspendsBetween } from '../../cfg/walk.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { Event, TestEvent, WriteEvent } from '../../events/event.js';
import { empties } from '../../events/writes.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { skipOuter } from '../../syntax/functions.js';
import { countStepOf } from '../../syntax/tree.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import type { Act } from '../races/acts.js';

/** The act happens only for the last holder, in the turn in which it became the last, or to what it took out of reach in that turn. */
export function isLastHolders(model: ProgramModel, graph: Graph, { event, place }: Act): boolean {
  const countdowns = countdownsIn(model, graph);
  if (countdowns.size === 0) return false;
  const dependence = model.controlDependence(graph);
  const decides = (test: TestEvent, other: Event): boolean => dependence.controllingTests(other.block).includes(test) && dependence.outcomes(other.block, test).size === 1;
  /** `if (--entry.holders === 0) { entries.delete(key); void entry.ready.then(() => { entry.resource = undefined; }); }` */
  const isTakenOut = (test: TestEvent): boolean =>
    eventsOf(graph).some((other) => other.kind === 'write' && other !== event && takesOut(model, other, place) && decides(test, other) && !suspendsBetween(graph, test, other));
  return [...countdowns].some((test) => decides(test, event) && (!suspendsBetween(graph, test, event) || isTakenOut(test)));
}

/** The write empties the entry that holds the place. */
function takesOut(model: ProgramModel, write: WriteEvent, place: Place): boolean {
  const { path } = write.place;
  return path.at(-1)?.kind === 'element' && path.length < place.path.length && empties(model.compiler, write) && writeAffectsRead(write.place, place);
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

/**
 * Whoever is the first in an empty list takes on the work for all who join it: `waiting.push(mine); if (waiting.length !== 1) return;`
 * and, after a wait, `const batch = waiting; waiting = [];`. Who comes meanwhile finds somebody in the list, and is taken along.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { isReachedWithout, suspendsBetween } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import { sizeProperties } from '../../events/collections.js';
import type { TestEvent, WriteEvent } from '../../events/event.js';
import { empties } from '../../events/writes.js';
import { holderOf, type Place } from '../../places/place.js';
import { skipOuter } from '../../syntax/functions.js';
import { declaredConstant } from '../model/declared-values.js';
import type { ProgramModel } from '../model/program-model.js';
import type { Act } from '../races/acts.js';

/** The act empties a list that only its first member may empty, and takes what is in it in the same turn. */
export function isOfFirstInList(model: ProgramModel, graph: Graph, { event, place, check }: Act): boolean {
  const { test, read } = check;
  if (event.kind !== 'write' || test.kind !== 'test' || !empties(model.compiler, event)) return false;
  const size = sizeAt(model, graph, test, event.block, place);
  if (size === undefined || !takesAtOnce(graph, event, place)) return false;
  const joins = eventsOf(graph).filter((other): other is WriteEvent => other.kind === 'write' && other.how === 'add' && (other.place.key === place.key || holderOf(other.place)?.key === place.key));
  return joins.some((join) => {
    // who counts after it has joined sees itself; who counts before joins in the same turn
    if (size === 1) return !isReachedWithout(graph, test, (earlier) => earlier === join) && !suspendsBetween(graph, join, test);
    return !isReachedWithout(graph, event, (earlier) => earlier === join) && !suspendsBetween(graph, read.event, join);
  });
}

/** The content is read between the last suspension and the write. */
function takesAtOnce(graph: Graph, write: WriteEvent, place: Place): boolean {
  return eventsOf(graph).some((event) => event.kind === 'read' && event.place.key === place.key && follows(graph, event, write) && !suspendsBetween(graph, event, write));
}

/** How many are in the list where the block is reached: none, or one. */
export function sizeAt(model: ProgramModel, graph: Graph, test: TestEvent, block: number, place: Place): 0 | 1 | undefined {
  const outcomes = model.controlDependence(graph).outcomes(block, test);
  if (outcomes.size !== 1 || !model.compiler.isExpression(test.node)) return undefined;
  return sizeBy(model, test.node, outcomes.has('true'), place);
}

/** Where the block is reached the test has found something in the list. */
export function isFilledAt(model: ProgramModel, graph: Graph, test: TestEvent, block: number, place: Place): boolean {
  const outcomes = model.controlDependence(graph).outcomes(block, test);
  if (outcomes.size !== 1 || !model.compiler.isExpression(test.node)) return false;
  return sizeBy(model, test.node, !outcomes.has('true'), place) === 0;
}

function sizeBy(model: ProgramModel, expression: ts.Expression, isTrue: boolean, place: Place): 0 | 1 | undefined {
  const { compiler } = model;
  const node = skipOuter(compiler, expression);
  if (compiler.isPrefixUnaryExpression(node) && node.operator === compiler.SyntaxKind.ExclamationToken) return sizeBy(model, node.operand, !isTrue, place);
  const constant = compiler.isIdentifier(node) ? declaredConstant(model, node)?.value : undefined;
  if (constant !== undefined && constant !== node) return sizeBy(model, constant, isTrue, place);
  if (isSizeOf(model, node, place)) return isTrue ? undefined : 0;
  if (!compiler.isBinaryExpression(node) || !isSizeOf(model, skipOuter(compiler, node.left), place)) return undefined;
  const limit = Number(node.right.getText());
  const most = mostBy(node.operatorToken.getText(), limit, isTrue);
  return most === 0 || most === 1 ? most : undefined;
}

/** The most that a number is where its comparison with the limit comes out so. */
function mostBy(operator: string, limit: number, isTrue: boolean): number | undefined {
  if (/^===?$/.test(operator)) return isTrue ? limit : undefined;
  if (/^!==?$/.test(operator)) return isTrue ? undefined : limit;
  if (operator === '>') return isTrue ? undefined : limit;
  if (operator === '>=') return isTrue ? undefined : limit - 1;
  if (operator === '<') return isTrue ? limit - 1 : undefined;
  return operator === '<=' && isTrue ? limit : undefined;
}

/** `waiting.length`, or `waiting.push(mine)`, which gives the new length. */
function isSizeOf(model: ProgramModel, node: ts.Expression, place: Place): boolean {
  const { compiler } = model;
  const access = compiler.isCallExpression(node) ? node.expression : node;
  if (!compiler.isPropertyAccessExpression(access)) return false;
  const isSize = compiler.isCallExpression(node) ? access.name.text === 'push' : sizeProperties.has(access.name.text);
  return isSize && model.file(node).places.placeOf(skipOuter(compiler, access.expression))?.key === place.key;
}

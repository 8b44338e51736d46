/**
 * Turns that are taken after a pause: `if (this.tokens < 1) await sleep(100); this.tokens -= 1;`, or `const wait = this.last +
 * 1000 - Date.now(); if (wait > 0) await sleep(wait); this.last = Date.now();`. The test decides nothing but the pause. All
 * who are held back by the same look go on together, and each takes the turn that was one task's.
 *
 * Right is to look again after the pause, or to take the turn before it: the next time is then later for whoever comes next.
 */
import { follows, type Graph } from '../../cfg/graph.js';
import { leadsWithout, walkBackward } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { SuspendEvent, TestEvent, Value, WriteEvent } from '../../events/event.js';
import { field, holderOf, type Place, project, writeAffectsRead } from '../../places/place.js';
import { skipOuter } from '../../syntax/functions.js';
import { executorOf } from '../../syntax/promise-chains.js';
import { countStepOf, isInCatch, isNow } from '../../syntax/tree.js';
import { mayDependOn } from '../effects/dependence.js';
import { isTimeHelper } from '../effects/exceptions.js';
import { writesTo } from '../effects/mutations.js';
import { callsBehind } from '../effects/provenance.js';
import { mayLookAt } from '../effects/reach.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { declaredConstant } from '../model/declared-values.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { readsOfTest, type StaleCheck } from '../protocols/freshness.js';
import { requirementOf } from '../protocols/outcomes.js';
import { type DecidedWait, decidedWaits } from './late-claims.js';

export interface LateTurn {
  readonly check: StaleCheck;
  readonly pause: SuspendEvent;
}

/** The look that held the task back, where others may have been held back by the same. */
export function lateTurn(model: ProgramModel, graph: Graph, held: HeldLocks, write: WriteEvent): LateTurn | undefined {
  if (!graph.hasSuspension) return undefined;
  const move = moveOf(model, graph, write);
  if (move === undefined || isInCatch(model.compiler, write.node)) return undefined;
  const { place } = write;
  for (const { test, work: pause } of pausesOf(model, graph)) {
    if (!follows(graph, pause, write) || !mayLookAt(model, graph, test, place) || !isFreeOtherwise(model, graph, test, pause, write)) continue;
    const look = readsOfTest(model, graph, test).find((read) => writeAffectsRead(place, read.place));
    if (look === undefined || held.isExclusive(pause) || sideOf(model, graph, test, pause, place) !== move) continue;
    if (isTally(model, graph, test, pause, write)) continue;
    if (isUnlooked(model, graph, pause, write)) return { check: { read: look, test, suspension: pause }, pause };
  }
  return undefined;
}

/**
 * Where the write takes the place to, and the test finds it: more or less of a count, or the time of the last turn. A task is
 * held back where turns lead to.
 */
type Side = 'more' | 'less' | 'time';

function moveOf({ compiler }: ProgramModel, graph: Graph, { how, node, value, place }: WriteEvent): Side | undefined {
  const last = place.path.at(-1);
  if (how === 'add') return last?.kind === 'element' && last.key === undefined ? 'more' : undefined;
  if (how !== 'assign' || value === undefined || last?.kind === 'element') return undefined;
  const step = countStepOf(compiler, node);
  if (step !== undefined) return step.direction === 'up' ? 'more' : 'less';
  if (value.node.kind === compiler.SyntaxKind.TrueKeyword) return 'more';
  return readsClock(graph, value) ? 'time' : undefined;
}

function readsClock(graph: Graph, value: Value): boolean {
  return callsBehind(graph, value).some(({ name, arguments: given }) => name === 'now' && given.length === 0);
}

/** Pauses that one outcome of a test alone leads to. */
const pausesOf = memoized((model, graph: Graph): readonly DecidedWait[] => decidedWaits(model, graph).filter(({ work }) => isPause(model, graph, work)));

/** Nothing is waited for but time. */
function isPause({ compiler }: ProgramModel, graph: Graph, { operand }: SuspendEvent): boolean {
  if (operand === undefined) return false;
  if (callsBehind(graph, operand).some(({ name }) => name !== undefined && isTimeHelper(name))) return true;
  const made = compiler.isExpression(operand.node) ? skipOuter(compiler, operand.node) : operand.node;
  const executor = executorOf(compiler, made);
  const resolve = executor?.parameters[0]?.name.getText();
  return executor !== undefined && resolve !== undefined && new RegExp(`\\bset(?:Timeout|Immediate)\\(\\s*(?:\\(\\)\\s*=>\\s*)?${resolve}\\b`).test(executor.body.getText());
}

/** Whoever is not held back takes the turn at once. */
function isFreeOtherwise(model: ProgramModel, graph: Graph, test: TestEvent, pause: SuspendEvent, write: WriteEvent): boolean {
  const dependence = model.controlDependence(graph);
  const other = dependence.outcomes(pause.block, test).has('true') ? 'false' : 'true';
  return leadsWithout(graph, test, other, write.block, (event) => event.kind === 'suspend');
}

/** When the pause is over the turn is taken, on some way without a look at what the place holds by then. */
function isUnlooked(model: ProgramModel, graph: Graph, pause: SuspendEvent, write: WriteEvent): boolean {
  let isReached = false;
  walkBackward<true>(graph, write, true, () => 0, (earlier) => {
    if (earlier === pause) isReached = true;
    if (earlier.kind === 'suspend') return undefined;
    return earlier.kind === 'test' && readsOfTest(model, graph, earlier).some((read) => writeAffectsRead(write.place, read.place)) ? undefined : true;
  });
  return isReached;
}

/** What the place holds when the test holds the task back. */
function sideOf(model: ProgramModel, graph: Graph, test: TestEvent, pause: SuspendEvent, place: Place): Side | undefined {
  if (readsClock(graph, test.value)) return isForEarly(model, graph, test, pause) ? 'time' : undefined;
  const [requirement] = namesOf(place).flatMap((name) => requirementOf(model, graph, pause.block, test, name) ?? []);
  switch (requirement?.kind) {
    case 'truthy':
    case 'above':
      return 'more';
    case 'falsy':
    case 'below':
      return 'less';
    case 'equal':
      return requirement.text === '0' ? 'less' : 'more';
    default:
      return undefined;
  }
}

/** The pause is for who comes before a time, `wait > 0`; who comes after it, `elapsed > 50`, may only let others have their turn. */
function isForEarly(model: ProgramModel, graph: Graph, test: TestEvent, pause: SuspendEvent): boolean {
  const { compiler } = model;
  if (!compiler.isExpression(test.node)) return false;
  const node = skipOuter(compiler, test.node);
  const isTrue = model.controlDependence(graph).outcomes(pause.block, test).has('true');
  const order = compiler.isBinaryExpression(node) ? /^[<>]/.exec(node.operatorToken.getText())?.[0] : undefined;
  const sign = order === undefined || !compiler.isBinaryExpression(node) ? signOfClock(model, node, 0) : signOfClock(model, node.left, 0) - signOfClock(model, node.right, 0);
  return sign !== 0 && (order === '<') === isTrue === sign > 0;
}

/** Constants and operators are followed through this many. */
const maximumTerms = 8;

/** Whether the number grows with time (1), or gets smaller (-1). */
function signOfClock(model: ProgramModel, expression: ts.Expression, depth: number): number {
  const { compiler } = model;
  if (depth > maximumTerms) return 0;
  const node = declaredConstant(model, expression)?.value ?? skipOuter(compiler, expression);
  const of = (part: ts.Expression): number => signOfClock(model, part, depth + 1);
  if (compiler.isBinaryExpression(node)) return of(node.left) || (node.operatorToken.kind === compiler.SyntaxKind.MinusToken ? -of(node.right) : of(node.right));
  if (!compiler.isCallExpression(node)) return 0;
  if (isNow(compiler, node.expression)) return 1;
  // `Math.max(0, this.next - Date.now())`
  return node.expression.getText().startsWith('Math.') ? (node.arguments.map(of).find((sign) => sign !== 0) ?? 0) : 0;
}

/** The count is of attempts or failures, and not of places: the pause is longer the more there were, or comes after the first, and nobody counts down. */
function isTally(model: ProgramModel, graph: Graph, { node: test }: TestEvent, { operand }: SuspendEvent, { node, place }: WriteEvent): boolean {
  const { compiler } = model;
  if (countStepOf(compiler, node)?.direction !== 'up') return false;
  if (operand !== undefined && mayDependOn(graph, operand, (source) => source.kind === 'read' && source.place.key === place.key)) return true;
  const isAfterFirst = !compiler.isBinaryExpression(test) || test.left.getText() === '0' || test.right.getText() === '0';
  return isAfterFirst && writesTo(model, place, (_, other) => countStepOf(compiler, other.node)?.direction === 'down').length === 0;
}

/** What a comparison calls the place: of the elements of a collection it asks how many there are. */
function namesOf(place: Place): readonly Place[] {
  const last = place.path.at(-1);
  if (last?.kind !== 'element' || last.key !== undefined) return [place];
  const collection = holderOf(place);
  return [project(collection, field('length')), project(collection, field('size'))];
}

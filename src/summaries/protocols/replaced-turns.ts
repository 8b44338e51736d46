/**
 * Turns that are waited for and then replaced: `await this.turn; this.turn = this.work();`. All who wait for the same promise go
 * on together when it is settled, each puts its own promise there, and only the last one is waited for by whoever comes next.
 *
 * Right is to put the new promise there before the wait for the old one, to chain it on, or to look again after the wait.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { latestBefore } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { Event, SuspendEvent, TestEvent, Value, WriteEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { outerParent } from '../../syntax/functions.js';
import { startOfChain } from '../../syntax/promise-chains.js';
import { isPromiseCombinator } from '../../syntax/tree.js';
import { selfRival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { callsBehind, reachingDefinitions } from '../effects/provenance.js';
import { heldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { readsOfTest } from './freshness.js';
import { isPromise, mayBePromise } from './kept-promises.js';
import { isAppended } from './protocols.js';

export interface ReplacedTurn {
  readonly wait: SuspendEvent;
  readonly write: WriteEvent;
}

export function* replacedTurns(model: ProgramModel, graph: Graph): Generator<ReplacedTurn> {
  if (!graph.hasSuspension || model.compiler.isSourceFile(graph.owner)) return;
  for (const write of eventsOf(graph)) {
    if (write.kind !== 'write' || write.how !== 'assign' || write.value === undefined || !mayBePromise(model, write.value)) continue;
    const wait = latestBefore(graph, write, isWaitOrLook).find((event): event is SuspendEvent => event.kind === 'suspend' && isWaitFor(model, graph, event, write.place));
    if (wait === undefined || !isWork(model, graph, write.value) || isAppended(model, write.value, write.place) || !isShared(model, graph, write.place)) continue;
    if (isLookedAt(model, graph, wait, write.place) || heldLocks(model, graph).isExclusive(wait)) continue;
    if (selfRival(model, graph, write.place, write) === undefined || !isPromise(model, write.value)) continue;
    yield { wait, write };
  }
}

/** Begun here: neither `Promise.resolve()`, for which nobody has to wait, nor what somebody else has begun and handed in. */
function isWork({ compiler }: ProgramModel, graph: Graph, value: Value): boolean {
  if (/^Promise\s*\.\s*(?:resolve|reject)\b/.test(value.node.getText())) return false;
  return compiler.isNewExpression(value.node) || callsBehind(graph, value).length > 0;
}

/** Whatever is asked after the wait may turn away who comes second. */
function isWaitOrLook(event: Event): event is SuspendEvent | TestEvent {
  return event.kind === 'suspend' || event.kind === 'test';
}

/** The task waits until what the place holds is settled, and asks for no more than that. */
function isWaitFor({ compiler }: ProgramModel, graph: Graph, { reason, operand, node }: SuspendEvent, place: Place): boolean {
  if (reason !== 'await' || operand === undefined) return false;
  const { parent } = outerParent(compiler, node);
  return compiler.isExpressionStatement(parent) && holds(graph, compiler.isExpression(operand.node) ? startOfWait(compiler, operand.node) : operand.node, operand, place);
}

/** `this.turn` of `this.turn.catch(() => {})` and of `Promise.allSettled([this.turn])`. */
function startOfWait(compiler: ProgramModel['compiler'], waited: ts.Expression): ts.Node {
  const start = startOfChain(compiler, waited);
  if (!isPromiseCombinator(compiler, start)) return start;
  const [given] = start.arguments;
  const only = given !== undefined && compiler.isArrayLiteralExpression(given) ? given.elements : given === undefined ? [] : [given];
  const [first] = only;
  return first !== undefined && only.length === 1 ? startOfChain(compiler, first) : start;
}

/** What is waited for was read from the place, there or into a local. */
function holds(graph: Graph, start: ts.Node, operand: Value, place: Place): boolean {
  for (const event of eventsOf(graph)) {
    if (event.node !== start && !(event.kind === 'read' && event.node.parent === start)) continue;
    if (event.kind === 'read' && event.place.key === place.key) return true;
    if (event.kind === 'use' && reachingDefinitions(graph, event).some(({ value }) => value?.place?.key === place.key)) return true;
  }
  return operand.place?.key === place.key;
}

/** Whether there is anything to wait for is asked: that look is `no-check-then-act`'s. */
function isLookedAt(model: ProgramModel, graph: Graph, wait: SuspendEvent, place: Place): boolean {
  return model
    .controlDependence(graph)
    .controllingTests(wait.block)
    .some((test) => readsOfTest(model, graph, test).some((read) => read.place.key === place.key));
}

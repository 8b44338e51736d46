/**
 * Places of a limited number that are taken for what never comes: `this.size++; return this.connect();`. The count is of what lives, and
 * one that failed before it lived is counted for ever: when the limit is reached, nobody gets one any more.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { CallEvent, Event, ReturnEvent, TestEvent, WriteEvent } from '../../events/event.js';
import { lastName, type Place } from '../../places/place.js';
import { countStepOf, isInCatch, isWithin } from '../../syntax/tree.js';
import { runsOnce } from '../actors/contexts.js';
import { isShared } from '../actors/sharing.js';
import { isEndName } from '../effects/endings.js';
import { mayFail, returnsRejection } from '../effects/exceptions.js';
import { writesTo } from '../effects/mutations.js';
import { callsBehind } from '../effects/provenance.js';
import { writesOfCall } from '../effects/summary.js';
import { isInternal } from '../effects/visibility.js';
import type { ProgramModel } from '../model/program-model.js';
import { readsOfTest } from './freshness.js';

export interface LostPlace {
  readonly event: WriteEvent;
  /** What opens the thing that is counted, and may fail. */
  readonly opening: CallEvent;
  /** Where the count is held against its limit. */
  readonly limit: TestEvent;
}

export function lostPlaces(model: ProgramModel, graph: Graph): readonly LostPlace[] {
  const { compiler } = model;
  const { owner } = graph;
  if (compiler.isSourceFile(owner) || compiler.isConstructorDeclaration(owner)) return [];
  return eventsOf(graph).flatMap((event): LostPlace[] => {
    if (event.kind !== 'write' || !isStep(model, event, 'up') || isInCatch(compiler, event.node) || !isShared(model, graph, event.place)) return [];
    const limit = limitOf(model, graph, event);
    if (limit === undefined || eventsOf(graph).some((other) => mayLower(model, other, event.place))) return [];
    const opening = openingBehind(model, graph, event);
    if (opening === undefined || runsOnce(model, owner)) return [];
    // the callers of a helper may see to its failures
    return isInternal(model, owner) || !isOfTheLiving(model, graph, event.place) ? [] : [{ event, opening, limit }];
  });
}

function isStep({ compiler }: ProgramModel, { node }: WriteEvent, direction: 'up' | 'down'): boolean {
  return countStepOf(compiler, node)?.direction === direction;
}

/** `if (this.size < this.max)`, on which it depends that one is added. */
function limitOf(model: ProgramModel, graph: Graph, { block, place }: WriteEvent): TestEvent | undefined {
  const { compiler } = model;
  return model
    .controlDependence(graph)
    .controllingTests(block)
    .find((test) => compiler.isBinaryExpression(test.node) && /^[<>]=?$/.test(test.node.operatorToken.getText()) && readsOfTest(model, graph, test).some((read) => read.place.key === place.key));
}

/** It takes one away itself or by a callee, or a function that is called later speaks of the count. */
function mayLower(model: ProgramModel, event: Event, count: Place): boolean {
  if (event.kind === 'write') return event.place.key === count.key && !isStep(model, event, 'up');
  if (event.kind === 'call') return writesOfCall(model, event, [count], 'full').length > 0;
  const name = lastName(count);
  return event.kind === 'closure' && name !== undefined && model.file(event.node).mentions(name).some((mention) => isWithin(mention, event.node));
}

/** What comes after it, may fail, and is what the caller gets. */
function openingBehind(model: ProgramModel, graph: Graph, event: WriteEvent): CallEvent | undefined {
  const given = eventsOf(graph).filter((other): other is ReturnEvent => other.kind === 'return' && other.inlined === undefined && other.value !== undefined && follows(graph, event, other));
  for (const leave of given) {
    if (leave.value === undefined) continue;
    for (const call of callsBehind(graph, leave.value)) {
      if (!follows(graph, event, call) || !model.compiler.isCallExpression(call.node)) continue;
      if (call.node === leave.value.node ? returnsRejection(model, leave) : leavesByFailure(model, graph, call)) return call;
    }
  }
  return undefined;
}

/** It is waited for where nobody catches what it throws. */
function leavesByFailure(model: ProgramModel, graph: Graph, call: CallEvent): boolean {
  if (call.consumption !== 'awaited' || !model.compiler.isCallExpression(call.node) || !mayFail(model, call.node)) return false;
  return eventsOf(graph).some(
    (wait) => wait.kind === 'suspend' && wait.operand?.sources.includes(call) === true && graph.blocks[wait.block]?.handler === graph.raise,
  );
}

/** Another function takes one away where something is ended, or has failed. */
function isOfTheLiving(model: ProgramModel, graph: Graph, count: Place): boolean {
  return writesTo(model, count).some(
    ({ graph: other, event }) =>
      other !== graph && event.kind === 'write' && event.place.key === count.key && isStep(model, event, 'down') &&
      (isInCatch(model.compiler, event.node) || eventsOf(other).some((each) => each.kind === 'call' && isEndName(each.name))),
  );
}

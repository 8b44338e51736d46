/**
 * Chains of timers that a flag keeps going: `async tick() { await work(); if (this.running) this.timer = setTimeout(() => this.tick(), ms); }`.
 * Who stops and starts again while the work of one turn is waited for finds no timer to clear: the old chain finds the flag up again, and
 * goes on beside the new one. As a loop that is revived, with the timer in place of the next turn.
 */
import { oneShotTimers, timerEnds } from '../../catalogue/callbacks.js';
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, SuspendEvent, TestEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { type Activation, isFunctionLiteral, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { callsOfInternal } from '../actors/member-mentions.js';
import { isShared } from '../actors/sharing.js';
import { isInternal } from '../effects/visibility.js';
import type { ProgramModel } from '../model/program-model.js';
import { readsOfTest } from '../protocols/freshness.js';
import { requirementOf } from '../protocols/outcomes.js';
import { type RevivedLoop, startIn, stopOf, waitedOn } from './revived-loops.js';

export function revivedChains(model: ProgramModel, graph: Graph): readonly RevivedLoop[] {
  const { owner } = graph;
  if (!graph.hasSuspension || model.compiler.isSourceFile(owner) || !isInternal(model, owner)) return [];
  for (const next of eventsOf(graph)) {
    const timer = next.kind === 'call' ? timerOf(model, graph, next) : undefined;
    const chain = next.kind === 'call' && timer !== undefined ? revivedChain(model, graph, next, timer) : undefined;
    if (chain !== undefined) return [chain];
  }
  return [];
}

interface Timer {
  /** The functions between the call and the timer, the one that waits among them. */
  readonly members: readonly Activation[];
  readonly callback: ts.Node;
}

/** The call sets a timer that runs the activation anew, itself or in a helper of the same object or module. */
function timerOf(model: ProgramModel, graph: Graph, call: CallEvent): Timer | undefined {
  const own = callbackOf(model, graph.owner, call);
  if (own !== undefined) return { members: [graph.owner], callback: own };
  const helper = call.isGetter || call.isConstruction === true ? undefined : model.callee(call, 'syntactic');
  if (helper === undefined || helper === graph.owner || graph.inlined.has(helper) || !isInternal(model, helper)) return undefined;
  const inner = model.graph(helper);
  if (inner.hasSuspension) return undefined;
  for (const event of eventsOf(inner)) {
    const callback = event.kind === 'call' && model.controlDependence(inner).controllingTests(event.block).length === 0 ? callbackOf(model, graph.owner, event) : undefined;
    if (callback !== undefined && !clearsBefore(inner, event)) return { members: [graph.owner, helper], callback };
  }
  return undefined;
}

/** What the one-shot timer calls, where that is the activation. */
function callbackOf(model: ProgramModel, owner: Activation, call: CallEvent): ts.Node | undefined {
  const { compiler } = model;
  if (call.name === undefined || !oneShotTimers.has(call.name)) return undefined;
  const given = call.arguments[0]?.node;
  if (given === undefined || !compiler.isExpression(given)) return undefined;
  const callback = skipOuter(compiler, given);
  if (!isFunctionLiteral(compiler, callback)) return model.calleeOfExpression(callback, 'syntactic') === owner ? callback : undefined;
  const runs = eventsOf(model.graph(callback)).some((event) => event.kind === 'call' && model.callee(event, 'syntactic') === owner);
  return runs ? callback : undefined;
}

/** The timer of another chain is cleared first. */
function clearsBefore(graph: Graph, next: { readonly block: number; readonly index: number; readonly node: ts.Node }): boolean {
  return eventsOf(graph).some((event) => event.kind === 'call' && event.name !== undefined && timerEnds.test(event.name) && follows(graph, event, next));
}

function revivedChain(model: ProgramModel, graph: Graph, next: CallEvent, timer: Timer): RevivedLoop | undefined {
  const dependence = model.controlDependence(graph);
  const looks = dependence.controllingTests(next.block);
  for (const test of looks) {
    const suspension = eventsOf(graph).find((event): event is SuspendEvent => event.kind === 'suspend' && follows(graph, event, test));
    const place = suspension === undefined ? undefined : flagOf(model, graph, test);
    if (suspension === undefined || place === undefined || clearsBefore(graph, next)) continue;
    const goesOn = requirementOf(model, graph, next.block, test, place);
    if (goesOn === undefined || asksForMore(model, graph, [...looks, ...dependence.controllingTests(suspension.block)], place)) continue;
    const begins = timer.members.flatMap((member) => (model.compiler.isSourceFile(member) ? [] : callsOfInternal(model, member))).filter(({ event, graph: around }) => !timer.members.includes(around.owner) && !isWithin(event.node, timer.callback));
    const [begin, ...others] = begins;
    const start = begin === undefined || others.length > 0 ? undefined : startIn(model, begin.graph, place, begin.event, goesOn);
    const stop = start === undefined ? undefined : stopOf(model, graph, place, goesOn, waitedOn(model, graph, 0));
    if (start !== undefined && stop !== undefined) return { test, place, suspension, stop, start, next: next.node };
  }
  return undefined;
}

/** The flag that the test asks for, and nothing else. */
function flagOf(model: ProgramModel, graph: Graph, test: TestEvent): Place | undefined {
  const [read, ...others] = readsOfTest(model, graph, test);
  const isFlag = read !== undefined && others.length === 0 && test.comparison === undefined && !read.place.path.some(({ kind }) => kind === 'element');
  return isFlag && isShared(model, graph, read.place) ? read.place : undefined;
}

/** It looks at something else by which it may tell that it is an old one, or that another one is at work. */
function asksForMore(model: ProgramModel, graph: Graph, looks: readonly TestEvent[], place: Place): boolean {
  return looks.some((look) =>
    [...readsOfTest(model, graph, look).map((read) => read.place), ...look.value.sources.flatMap((source) => (source.kind === 'read' ? [source.place] : []))].some(
      (read) => read.key !== place.key && (isShared(model, graph, read) || (read.root.kind === 'variable' && read.root.binding.kind === 'parameter')),
    ) || look.value.sources.some((source) => source.kind === 'use' && source.binding.kind === 'parameter'),
  );
}

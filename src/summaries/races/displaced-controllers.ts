/**
 * Controllers that are displaced: `this.controller = new AbortController(); await ask(this.controller.signal);`, where a stop aborts what
 * `this.controller` holds. A second call puts its own there while the first one waits: who stops stops the second only, and nobody can
 * stop the first any more.
 *
 * Right is to abort what is there before, to refuse a second call while one is under way, or to keep one controller for each.
 */
import { controllerClass } from '../../catalogue/callbacks.js';
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { isReachedWithout } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, SuspendEvent, TestEvent, Value, WriteEvent } from '../../events/event.js';
import { lastName, type Place } from '../../places/place.js';
import { type Activation, displayName, enclosingActivation, isFunctionLiteral, outerParent, skipOuter } from '../../syntax/functions.js';
import { isWithin, writtenText } from '../../syntax/tree.js';
import { type Rival, selfRival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { isAbortName, isStopName, namesAnEnd } from '../effects/endings.js';
import { activationsNaming } from '../effects/mutations.js';
import { readsBehind, reachingDefinitions } from '../effects/provenance.js';
import type { HeldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { assertionsOf, readsOfTest } from '../protocols/freshness.js';
import { isSetup } from './renewals.js';

export interface DisplacedController {
  readonly event: WriteEvent;
  readonly place: Place;
  /** Where the work waits that the controller is for. */
  readonly suspension: SuspendEvent;
  /** Who aborts what the place holds. */
  readonly stop: { readonly name: string; readonly node: ts.Node };
  readonly rival: Rival;
}

/** By its text: the activation may make a controller. */
function mayMakeController({ compiler }: ProgramModel, activation: Activation): boolean {
  return !compiler.isSourceFile(activation) && writtenText(activation).includes(`new ${controllerClass}`);
}

export function displacedControllers(model: ProgramModel, graph: Graph, held: HeldLocks): readonly DisplacedController[] {
  if (!graph.hasSuspension || !mayMakeController(model, graph.owner) || isSetup(model, graph)) return [];
  return eventsOf(graph).flatMap((event) => (event.kind === 'write' ? (displacedBy(model, graph, held, event) ?? []) : []));
}

function displacedBy(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent): DisplacedController | undefined {
  const { place, value, how } = event;
  if (how !== 'assign' || value === undefined || place.path.some(({ kind }) => kind === 'element')) return undefined;
  if (!isNewController(model, graph, value) || !isShared(model, graph, place) || held.isExclusive(event)) return undefined;
  const suspension = eventsOf(graph).find((other): other is SuspendEvent => other.kind === 'suspend' && other.reason !== 'acquire' && follows(graph, event, other));
  if (suspension === undefined || !isForOwnWork(model, graph, event) || isLookedAfter(model, graph, event, place)) return undefined;
  const stop = stopOf(model, graph, place);
  const rival = stop === undefined ? undefined : selfRival(model, graph, place, event);
  return stop === undefined || rival === undefined ? undefined : { event, place, suspension, stop, rival };
}

function isNewController({ compiler }: ProgramModel, graph: Graph, value: Value): boolean {
  const makes = (node: ts.Node): boolean => {
    const made = compiler.isExpression(node) ? skipOuter(compiler, node) : node;
    return compiler.isNewExpression(made) && compiler.isIdentifier(made.expression) && made.expression.text === controllerClass;
  };
  if (makes(value.node)) return true;
  const definitions = value.sources.flatMap((source) => (source.kind === 'use' ? reachingDefinitions(graph, source) : []));
  return definitions.length === 1 && definitions.every((definition) => definition.value !== undefined && makes(definition.value.node));
}

/** Work that the task goes on to wait for is given the signal; to ask it, `controller.signal.aborted`, gives it to nobody. */
function isForOwnWork({ compiler }: ProgramModel, graph: Graph, event: WriteEvent): boolean {
  const isGiven = (node: ts.Node): boolean => {
    const { parent, child } = outerParent(compiler, node);
    return !(compiler.isPropertyAccessExpression(parent) && parent.expression === child);
  };
  return eventsOf(graph).some((read) => read.kind === 'read' && lastName(read.place) === 'signal' && isGiven(read.node) && follows(graph, event, read));
}

/**
 * The task ends something before it puts its own there, or what it has displaced; it looks at shared state, or asks whether it may; or what it hands out ends
 * the work: then somebody else has the controller in hand.
 */
function isLookedAfter(model: ProgramModel, graph: Graph, event: WriteEvent, place: Place): boolean {
  const { compiler } = model;
  const isEnd = (call: CallEvent): boolean => {
    if (call.isConstruction === true) return false;
    if (isAbortName(call.name) || isStopName(call.name) || namesAnEnd(call.name)) return true;
    const callee = call.receiver === undefined || call.receiver.place?.root.kind === 'this' ? model.callee(call, 'syntactic') : undefined;
    return callee !== undefined && endIn(model, model.graph(callee), place) !== undefined;
  };
  const calls = eventsOf(graph).filter((other): other is CallEvent => other.kind === 'call');
  if (calls.some((call) => (isEnd(call) && follows(graph, call, event)) || isEndOfDisplaced(model, graph, call, event, place))) return true;
  if (assertionsOf(model, graph).some(({ call, reads }) => isAlwaysAsked(graph, call, event) && reads.some((read) => isShared(model, graph, read.place)))) return true;
  if (model.controlDependence(graph).controllingTests(event.block).some((test) => isAlwaysAsked(graph, test, event) && mayKeepOut(model, graph, test))) return true;
  return model.file(graph.owner).mentions('abort').some((mention) => {
    const inner = enclosingActivation(compiler, mention);
    if (inner === graph.owner || !isFunctionLiteral(compiler, inner) || !isWithin(inner, graph.owner)) return false;
    const { parent } = outerParent(compiler, inner);
    return !compiler.isCallExpression(parent);
  });
}

/** `const old = this.controller; this.controller = mine; old?.abort();`. */
function isEndOfDisplaced(model: ProgramModel, graph: Graph, call: CallEvent, event: WriteEvent, place: Place): boolean {
  if (call.receiver === undefined || !isAbortName(call.name) || !follows(graph, event, call)) return false;
  return readsBehind(model, graph, call.receiver).some((read) => read.place.key === place.key && follows(graph, read.event, event));
}

/** What is asked at the end of one turn of a loop is not asked before the first one. */
function isAlwaysAsked(graph: Graph, question: TestEvent | CallEvent, event: WriteEvent): boolean {
  return !isReachedWithout(graph, event, (earlier) => earlier === question);
}

/** The test asks for shared state, for what a call says, or for something that is only ever one of a few: any of these may say that a task is under way. */
function mayKeepOut(model: ProgramModel, graph: Graph, test: TestEvent): boolean {
  if (readsOfTest(model, graph, test).some((read) => isShared(model, graph, read.place))) return true;
  return test.value.sources.some((source) => {
    if (source.kind === 'call') return source.receiver?.place === undefined || isShared(model, graph, source.receiver.place);
    return model.questions.isOfNamedValues(source.node);
  });
}

/** Another activation aborts what the place holds: a stop, which finds the latest one only. */
function stopOf(model: ProgramModel, graph: Graph, place: Place): DisplacedController['stop'] | undefined {
  for (const activation of activationsNaming(model, place)) {
    if (activation === graph.owner || model.compiler.isConstructorDeclaration(activation)) continue;
    const call = endIn(model, model.graph(activation), place);
    if (call !== undefined) return { name: displayName(model.compiler, activation), node: call.node };
  }
  return undefined;
}

function endIn(model: ProgramModel, graph: Graph, place: Place): CallEvent | undefined {
  const isOfIt = (event: Event): event is CallEvent =>
    event.kind === 'call' && event.receiver !== undefined && isAbortName(event.name) &&
    (event.receiver.place?.key === place.key || readsBehind(model, graph, event.receiver).some((read) => read.place.key === place.key));
  return eventsOf(graph).find(isOfIt);
}

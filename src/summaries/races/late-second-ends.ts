/**
 * A second end that comes too late: `stop() { this.child?.kill(); setTimeout(() => this.child?.kill('SIGKILL'), 5000); }`. The timer asks
 * for what the place holds when it fires. By then that may be the one that a start has put there since, and that nobody wants to end.
 *
 * Right is to keep in a local the one that was ended, or to take the timer away when it has ended.
 */
import { oneShotTimers } from '../../catalogue/callbacks.js';
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, TestEvent } from '../../events/event.js';
import { empties } from '../../events/writes.js';
import type { Place } from '../../places/place.js';
import { type Activation, displayName, type FunctionNode, isAsync, outerParent, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { otherWriters, type Rival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { isEndName, isStopName } from '../effects/endings.js';
import { endsOf, leavesEmpty } from '../effects/held-ends.js';
import { handlerAt } from '../effects/listeners.js';
import { activationsNaming, mayReach } from '../effects/mutations.js';
import type { ProgramModel } from '../model/program-model.js';
import { readsOfTest } from '../protocols/freshness.js';

export interface LateSecondEnd {
  readonly place: Place;
  /** Where what the place holds is ended at first. */
  readonly first: ts.Node;
  readonly timer: CallEvent;
  /** Where the timer ends what the place holds by then. */
  readonly second: CallEvent;
  /** Who puts another one there. */
  readonly rival: Rival;
}

export function lateSecondEnds(model: ProgramModel, graph: Graph): readonly LateSecondEnd[] {
  if (model.compiler.isSourceFile(graph.owner)) return [];
  return eventsOf(graph).flatMap((event) => {
    if (event.kind !== 'call' || event.name === undefined || !oneShotTimers.has(event.name) || isKept(model, event)) return [];
    const given = event.arguments[0]?.node;
    const work = given === undefined ? undefined : handlerAt(model, given);
    return work === undefined || isAsync(model.compiler, work) ? [] : (lateSecondEnd(model, graph, event, work) ?? []);
  });
}

/** Somebody has the handle of the timer, and may take it away. */
function isKept({ compiler }: ProgramModel, { node }: CallEvent): boolean {
  const { parent } = outerParent(compiler, node);
  return !compiler.isExpressionStatement(parent) && !compiler.isVoidExpression(parent);
}

function lateSecondEnd(model: ProgramModel, graph: Graph, timer: CallEvent, work: FunctionNode): LateSecondEnd | undefined {
  const inner = model.graph(work);
  for (const second of eventsOf(inner)) {
    if (second.kind !== 'call' || !(isEndName(second.name) || isStopName(second.name))) continue;
    const place = second.receiver?.place;
    if (place === undefined || isKeptInLocal(model, graph, work, second) || !isShared(model, graph, place) || asksWhich(model, inner, second, place)) continue;
    const first = endsOf(model, graph, place).find(({ call }) => !isWithin(call.node, work) && (follows(graph, call, timer) || follows(graph, timer, call)));
    const rival = first === undefined ? undefined : openerOf(model, graph, work, place);
    if (first !== undefined && rival !== undefined) return { place, first: first.call.node, timer, second, rival };
  }
  return undefined;
}

/** `const { child } = this; setTimeout(() => child.kill(), 5000)`: a local of who sets the timer, or of the callback, keeps the one that was ended. */
function isKeptInLocal(model: ProgramModel, graph: Graph, work: FunctionNode, { receiver }: CallEvent): boolean {
  const { compiler } = model;
  const node = receiver === undefined || !compiler.isExpression(receiver.node) ? undefined : skipOuter(compiler, receiver.node);
  if (node === undefined || !compiler.isIdentifier(node)) return false;
  const owner = model.file(node).scopes.resolve(node)?.owner;
  return owner !== undefined && (owner === work || owner === graph.owner || (!compiler.isSourceFile(owner) && graph.inlined.has(owner)));
}

/** A look decides that tells which one it is: another place than this one, or what it is compared with. */
function asksWhich(model: ProgramModel, graph: Graph, end: CallEvent, place: Place): boolean {
  const isAboutIt = (test: TestEvent): boolean => {
    const reads = readsOfTest(model, graph, test);
    return reads.every((read) => mayReach(read.place, place)) && !(test.comparison !== undefined && reads.some((read) => read.place.key === place.key));
  };
  return !model.controlDependence(graph).controllingTests(end.block).every(isAboutIt);
}

/** Another function puts a new one there: whatever it finds, or where somebody empties the place before the timer fires. */
function openerOf(model: ProgramModel, graph: Graph, work: FunctionNode, place: Place): Rival | undefined {
  for (const { graph: opener, event } of otherWriters(model, graph, place)) {
    if (event.how !== 'assign' || event.place.key !== place.key || event.value === undefined || empties(model.compiler, event) || event.value.nature === 'constant') continue;
    const asks = model.controlDependence(opener).controllingTests(event.block).some((test) => readsOfTest(model, opener, test).some((read) => read.place.key === place.key));
    if (asks && !isEmptiedBefore(model, work, place)) continue;
    return { name: displayName(model.compiler, opener.owner), node: event.node, isSelf: false };
  }
  return undefined;
}

function isEmptiedBefore(model: ProgramModel, work: FunctionNode, place: Place): boolean {
  const isOther = (activation: Activation): boolean => activation !== work && !model.compiler.isSourceFile(activation) && !model.compiler.isConstructorDeclaration(activation);
  return [...activationsNaming(model, place)].some((activation) => isOther(activation) && leavesEmpty(model, activation, place));
}

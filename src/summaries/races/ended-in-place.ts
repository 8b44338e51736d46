/**
 * Elements that are ended where others still find them: `for (const wire of this.idle) await wire.close(); this.idle.length = 0;`. While one
 * is closing, somebody takes it out and works with it. Right is to take them out first: `for (const wire of this.idle.splice(0))`.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { suspendsBetween } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, SuspendEvent } from '../../events/event.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { type Activation, displayName } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { isShared } from '../actors/sharing.js';
import { isEndName, isTeardown } from '../effects/endings.js';
import { activationsNaming, mayReach } from '../effects/mutations.js';
import { settingsOf } from '../effects/settings.js';
import { heldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { assertionsOf, readsOfTest } from '../protocols/freshness.js';
import { mayComeBetween } from './torn-down.js';

export interface EndedInPlace {
  /** What ends the element. */
  readonly end: CallEvent;
  /** The element, as the program names it. */
  readonly text: string;
  readonly collection: Place;
  readonly suspension: SuspendEvent;
  readonly taker: { readonly name: string; readonly node: ts.Node };
}

export function elementsEndedInPlace(model: ProgramModel, graph: Graph): readonly EndedInPlace[] {
  const { compiler } = model;
  if (!graph.hasSuspension || compiler.isSourceFile(graph.owner) || isTeardown(displayName(compiler, graph.owner))) return [];
  return eventsOf(graph).flatMap((end): EndedInPlace[] => {
    if (end.kind !== 'call' || !isEndName(end.name) || end.receiver === undefined) return [];
    const collection = loopedOver(model, graph, end.receiver.node);
    if (collection === undefined || !isShared(model, graph, collection)) return [];
    const suspension = eventsOf(graph).find((event): event is SuspendEvent => event.kind === 'suspend' && event.operand?.sources.includes(end) === true);
    if (suspension === undefined || !isEmptiedLater(graph, end, collection)) return [];
    const taker = takerBeside(model, graph, end, suspension, collection);
    return taker === undefined ? [] : [{ end, text: end.receiver.node.getText(), collection, suspension, taker }];
  });
}

/** The collection itself, and no copy of it, of which the loop's variable names one element after another. */
function loopedOver(model: ProgramModel, graph: Graph, element: ts.Node): Place | undefined {
  const { compiler } = model;
  const binding = compiler.isIdentifier(element) ? model.file(element).scopes.resolve(element) : undefined;
  for (let node = element; binding !== undefined && node.parent !== undefined && node !== graph.owner; node = node.parent) {
    if (compiler.isForOfStatement(node) && isWithin(binding.declaration, node.initializer)) return model.file(node).places.placeOf(node.expression);
  }
  return undefined;
}

/** All that was ended is thrown out behind the wait, and nothing before it. */
function isEmptiedLater(graph: Graph, end: CallEvent, collection: Place): boolean {
  const removals = eventsOf(graph).filter(
    (event) => event.kind === 'write' && (event.how === 'remove' ? mayReach(event.place, collection) : event.how === 'assign' && event.place.key === collection.key),
  );
  return removals.length > 0 && removals.every((removal) => follows(graph, end, removal) && suspendsBetween(graph, end, removal));
}

/** Another function takes an element out, and asks for nothing that this one has set before. */
function takerBeside(model: ProgramModel, graph: Graph, end: CallEvent, suspension: SuspendEvent, collection: Place): EndedInPlace['taker'] | undefined {
  const told = [
    ...eventsOf(graph).flatMap((event) => (event.kind === 'write' && follows(graph, event, end) ? [event.place] : [])),
    ...settingsOf(model, graph.owner).flatMap(({ write, event }) => (follows(graph, event, end) ? [write.place] : [])),
  ];
  for (const activation of activationsNaming(model, collection)) {
    const node = activation === graph.owner ? undefined : takenIn(model, activation, collection);
    if (node === undefined || asksFor(model, model.graph(activation), told)) continue;
    if (!mayComeBetween(model, graph, heldLocks(model, graph), end, suspension, activation)) continue;
    return { name: displayName(model.compiler, activation), node };
  }
  return undefined;
}

/** In a test, or by way of `this.assertOpen()`. */
function asksFor(model: ProgramModel, graph: Graph, told: readonly Place[]): boolean {
  const looks = [
    ...eventsOf(graph).flatMap((event) => (event.kind === 'test' ? readsOfTest(model, graph, event) : [])),
    ...assertionsOf(model, graph).flatMap(({ reads }) => reads),
  ];
  return looks.some((look) => told.some((place) => writeAffectsRead(place, look.place)));
}

function takenIn(model: ProgramModel, activation: Activation, collection: Place): ts.Node | undefined {
  return eventsOf(model.graph(activation)).find(
    (event) =>
      event.kind === 'call' && (event.name === 'pop' || event.name === 'shift') && event.consumption !== 'discarded' && event.receiver?.place?.key === collection.key,
  )?.node;
}

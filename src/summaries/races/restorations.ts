/**
 * What is set for the time of an asynchronous call and then put back: `const before = current; current = mine; await run(); current =
 * before;`, or the same by a getter and a setter. What another task has ended meanwhile comes back, and what it has begun is lost.
 */
import { accessesNear, eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, SuspendEvent, Value, WriteEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { isInCatch } from '../../syntax/tree.js';
import { type Rival, selfRival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { dependencesOf, type Partner, partnerOf, storesParameter, suspensionBetween } from '../effects/dependence.js';
import { substitute } from '../effects/provenance.js';
import { summarize } from '../effects/summary.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { memoized, type ProgramModel } from '../model/program-model.js';

export interface Restoration {
  /** Where it is written; in a setter when the event is a call. */
  readonly node: ts.Node;
  readonly place: Place;
  /** Where the old content was taken. */
  readonly look: Event;
  readonly suspension: SuspendEvent;
  readonly rival: Rival;
  readonly confidence: 'medium' | 'low';
}

export function restorationBy(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent): Restoration | undefined {
  const { place, value } = event;
  if (value === undefined || !isTakenBefore(value)) return undefined;
  const isArgument = isPartOfArgument(graph, place);
  if (!isArgument && !isShared(model, graph, place)) return undefined;
  const changed = accessesNear(graph, place).find(
    (other) => other.kind === 'write' && other.node !== event.node && other.place.key === place.key && other.node.pos < event.node.pos,
  );
  const saved = changed === undefined ? undefined : savedBetween(model, graph, held, event, value, place, changed);
  if (saved === undefined) return undefined;
  if (isArgument) {
    const rival: Rival = { name: 'whoever else holds the argument', node: event.node, isSelf: false };
    return { ...saved, node: event.node, place, rival, confidence: 'low' };
  }
  return rated(model, graph, event, event.node, place, saved);
}

/** `const before = selected(); select(id); await run(); select(before);`. */
export function restorationByCall(model: ProgramModel, graph: Graph, held: HeldLocks, event: CallEvent): Restoration | undefined {
  const [value] = event.arguments;
  if (event.isConstruction === true || event.name === undefined || event.arguments.length !== 1 || value === undefined || !isTakenBefore(value)) return undefined;
  const changed = (callsByName(model, graph).get(event.name) ?? []).find(
    (other) => other.node.pos < event.node.pos && suspensionBetween(graph, held, other, event) !== undefined,
  );
  const callee = changed === undefined ? undefined : model.callee(event, 'full');
  if (changed === undefined || callee === undefined || model.graph(callee).hasSuspension || model.callee(changed, 'full') !== callee) return undefined;
  for (const write of summarize(model, callee).writes) {
    if (write.how !== 'assign' || write.phase !== 'before' || !storesParameter(model, callee, write.node, 0)) continue;
    const place = substitute(model, write.place, callee, event);
    if (place === undefined || !isShared(model, graph, place)) continue;
    const saved = savedBetween(model, graph, held, event, value, place, changed, partnerOf(model, event));
    if (saved !== undefined) return rated(model, graph, event, write.node, place, saved);
  }
  return undefined;
}

const callsByName = memoized((_model, graph: Graph): ReadonlyMap<string, readonly CallEvent[]> => {
  const byName = new Map<string, CallEvent[]>();
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'call' || event.name === undefined) continue;
    const known = byName.get(event.name);
    if (known === undefined) byName.set(event.name, [event]);
    else known.push(event);
  }
  return byName;
});

/** A local holds it; a parameter has what the caller wants, and not what was there. */
function isTakenBefore({ sources }: Value): boolean {
  return sources.some((source) => source.kind === 'use' && source.binding.kind !== 'parameter');
}

/** The value is what the place held before the task changed it, and the task has suspended since it did. */
function savedBetween(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  event: WriteEvent | CallEvent,
  value: Value,
  place: Place,
  changed: Event,
  partner?: Partner,
): Pick<Restoration, 'look' | 'suspension'> | undefined {
  const suspension = suspensionBetween(graph, held, changed, event);
  if (suspension === undefined) return undefined;
  const saved = dependencesOf(model, graph, held, event, value, partner).find(
    (look) => look.manner === 'same' && look.place.key === place.key && look.heldBy === undefined && look.suspension !== undefined,
  );
  return saved === undefined ? undefined : { look: saved.event, suspension };
}

function rated(
  model: ProgramModel,
  graph: Graph,
  event: WriteEvent | CallEvent,
  node: ts.Node,
  place: Place,
  saved: Pick<Restoration, 'look' | 'suspension'>,
): Restoration | undefined {
  const rival = selfRival(model, graph, place, event);
  // a failure that is undone undoes what came after it, too; that takes a failure
  const isRollback = place.root.kind === 'global' || isInCatch(model.compiler, event.node);
  return rival === undefined ? undefined : { ...saved, node, place, rival, confidence: isRollback ? 'low' : 'medium' };
}

function isPartOfArgument(graph: Graph, place: Place): boolean {
  const { root, path } = place;
  return root.kind === 'variable' && root.binding.kind === 'parameter' && root.binding.owner === graph.owner && path.length > 0;
}

/**
 * Collections that are gathered anew from the old one over suspensions, and then put in its place: `for (const job of [...jobs])
 * if (await isWanted(job)) kept.push(job); jobs = kept;`. What was added to the old one meanwhile is not among them.
 */
import { accessesNear, follows, type Graph } from '../../cfg/graph.js';
import type { ReadEvent, SuspendEvent, Value, WriteEvent } from '../../events/event.js';
import { type Place, rootPlace, writeAffectsRead } from '../../places/place.js';
import type { Binding } from '../../syntax/scopes.js';
import { otherWriters, type Rival, rivalOf } from '../actors/rivals.js';
import { mayDependOn, suspensionBetween } from '../effects/dependence.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { declaredLocal } from '../model/declared-values.js';
import type { ProgramModel } from '../model/program-model.js';

export interface Gathering {
  /** The look at the old collection. */
  readonly look: ReadEvent;
  readonly suspension: SuspendEvent;
  readonly rival: Rival;
}

/** How the write replaces the collection by one that was gathered from it; undefined where nothing is lost by it. */
export function gatheringBehind(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent): Gathering | undefined {
  const { place, value } = event;
  const binding = value === undefined ? undefined : gatheredLocal(model, graph, value);
  if (binding === undefined) return undefined;
  for (const other of accessesNear(graph, rootPlace({ kind: 'variable', binding }))) {
    if (other.kind !== 'write' || (other.how !== 'add' && other.how !== 'assign') || other.value === undefined || other.place.path.length !== 1) continue;
    const element = elementBehind(graph, other.value, place);
    if (element === undefined) continue;
    const gathering = judge(model, graph, held, event, element);
    if (gathering !== undefined) return gathering;
  }
  return undefined;
}

/** The local that holds a collection which the activation has made empty. */
function gatheredLocal(model: ProgramModel, graph: Graph, { node }: Value): Binding | undefined {
  const { compiler } = model;
  const local = declaredLocal(model, graph, node);
  if (local === undefined) return undefined;
  const { binding, value } = local;
  if (compiler.isNewExpression(value)) return (value.arguments?.length ?? 0) === 0 ? binding : undefined;
  const isEmpty = (compiler.isArrayLiteralExpression(value) && value.elements.length === 0) || (compiler.isObjectLiteralExpression(value) && value.properties.length === 0);
  return isEmpty ? binding : undefined;
}

/** The look at an element of the old collection that the new element came from. */
function elementBehind(graph: Graph, value: Value, place: Place): ReadEvent | undefined {
  let found: ReadEvent | undefined;
  mayDependOn(graph, value, (source) => {
    if (source.kind === 'read' && source.place.path.length > place.path.length && writeAffectsRead(place, source.place)) found ??= source;
    return found !== undefined;
  });
  return found;
}

function judge(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent, element: ReadEvent): Gathering | undefined {
  const { place } = event;
  const rivalAmong = (isRival: (mutation: ReturnType<typeof otherWriters>[number]) => boolean): Rival | undefined => {
    const rival = otherWriters(model, graph, place).find(isRival);
    return rival === undefined ? undefined : rivalOf(model, rival);
  };
  const sinceElement = suspensionBetween(graph, held, element, event);
  if (sinceElement !== undefined) {
    const rival = rivalAmong(({ event: other }) => other.kind === 'write' && other.how !== 'remove');
    return rival === undefined ? undefined : { look: element, suspension: sinceElement, rival };
  }
  // a loop over the collection itself finds what is added to it, but not what is put in its place
  for (const look of accessesNear(graph, place)) {
    if (look.kind !== 'read' || look.place.key !== place.key || !follows(graph, look, element)) continue;
    const suspension = suspensionBetween(graph, held, look, event);
    if (suspension === undefined) continue;
    const rival = rivalAmong(({ event: other, place: written }) => other.kind === 'write' && other.how === 'assign' && written.path.length === place.path.length);
    if (rival !== undefined) return { look, suspension, rival };
  }
  return undefined;
}

/**
 * Handles that are displaced: a task ends what a place holds, suspends, and puts a new one there. Another call does the same
 * meanwhile, and what it has put there is overwritten without being ended.
 */
import type { Graph } from '../../cfg/graph.js';
import type { Event, SuspendEvent, WriteEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { type Rival, selfRival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { suspensionBetween } from '../effects/dependence.js';
import { endsByGiver, endsOf } from '../effects/held-ends.js';
import type { HeldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { waitsForPredecessor } from '../protocols/predecessors.js';
import { isReconsidered } from '../protocols/protocols.js';
import { slotsOfSharedWork } from '../protocols/shared-work.js';
import { isSetup } from './renewals.js';
import { wayTo } from './unlooked-ways.js';

export interface DisplacedHandle {
  readonly event: WriteEvent;
  readonly place: Place;
  /** Where what the place held before is ended. */
  readonly look: Event;
  readonly suspension: SuspendEvent;
  readonly rival: Rival;
}

/** `const old = this.stream; await old?.stop(); this.stream = await open(id);`: of two that overlap, one stream is never stopped. */
export function displacedHandle(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent): DisplacedHandle | undefined {
  const { place, value } = event;
  const last = place.path.at(-1);
  if (value === undefined || value.nature === 'promise' || (last?.kind === 'element' && last.key === undefined)) return undefined;
  if (!isShared(model, graph, place) || isSetup(model, graph)) return undefined;
  const ends = [...endsOf(model, graph, place), ...endsByGiver(model, graph, value, place)].filter(({ call }) => suspensionBetween(graph, held, call, event) !== undefined);
  const way = ends.length === 0 ? undefined : wayTo(model, graph, held, event, place);
  if (way === undefined) return undefined;
  const look = ends.find(({ member }) => member !== undefined && model.questions.hasMember(value.node, member))?.call;
  // whoever comes second joins the work of the first, or waits for it
  if (look === undefined || slotsOfSharedWork(model, graph, event).length > 0 || waitsForPredecessor(model, graph)) return undefined;
  if (isReconsidered(model, graph, held, event, place)) return undefined;
  const rival = selfRival(model, graph, place, event);
  return rival === undefined ? undefined : { event, place, look, suspension: way.suspension, rival };
}

/**
 * A task says that it is at work before it suspends, and the others look at that before they act: `state = 'closing'; await
 * drain(); items.clear();` beside `if (state !== 'open') return; items.push(item);`. Whoever would be in between stays out.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { CallEvent, WriteEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { suspensionBetween } from '../effects/dependence.js';
import { readsOfTest } from './freshness.js';
import { type HeldLocks, heldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { isShared } from '../actors/sharing.js';

/** Places that the activation has set to a constant, in its own statements, before it suspended on the way to the write. */
export function doorsBefore(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  place: Place,
  act: WriteEvent | CallEvent,
): readonly Place[] {
  const doors: Place[] = [];
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'write' || event.how !== 'assign' || event.value?.nature !== 'constant' || event.place.key === place.key) continue;
    if (!isShared(model, graph, event.place) || suspensionBetween(graph, held, event, act) === undefined) continue;
    doors.push(event.place);
  }
  return doors;
}

/** The act happens only after a fresh look at one of the places. */
export function looksAtDoor(model: ProgramModel, graph: Graph, act: WriteEvent, doors: readonly Place[]): boolean {
  if (doors.length === 0) return false;
  const held = heldLocks(model, graph);
  return model.controlDependence(graph).controllingTests(act.block).some((test) =>
    readsOfTest(model, graph, test).some(
      (read) => !read.isOld && doors.some((door) => door.key === read.place.key) && suspensionBetween(graph, held, read.event, act) === undefined,
    ),
  );
}

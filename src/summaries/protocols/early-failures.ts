/**
 * Work that fails before it first suspends takes its promise out of a slot that does not hold it yet: the clearing runs within
 * the call, the promise is stored afterwards, and it has rejected already. It stays there as if nobody cleared the slot.
 */
import { eventsOf, flowSuccessors, type Graph } from '../../cfg/graph.js';
import type { Event, ThrowEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { isAsync } from '../../syntax/functions.js';
import type { ProgramModel } from '../model/program-model.js';
import { clearsSlot, type Flight, isSlotOf } from './promise-slots.js';
import { callsBehind, seenFromCallee } from '../effects/provenance.js';

export interface EarlyFailure {
  readonly failure: ThrowEvent;
  /** Where the slot is cleared too early. */
  readonly clearing: Event;
}

export function earlyFailureOf(model: ProgramModel, { graph, value, place, ...flight }: Flight): EarlyFailure | undefined {
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'slot' || !isSlotOf(event.place, event.binding?.id, [{ graph, value, place, ...flight }])) continue;
    const found = failureFrom(model, graph, event.block, [place]);
    if (found !== undefined) return found;
  }
  for (const call of callsBehind(graph, value)) {
    const callee = model.callee(call, 'full');
    // what is not asynchronous throws at its caller, who then stores nothing
    if (callee === undefined || callee === graph.owner || !isAsync(model.compiler, callee)) continue;
    const inner = model.graph(callee);
    const found = failureFrom(model, inner, inner.entry, seenFromCallee(model, place, callee, call));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A statement that throws before any suspension, and from there, with none either, a clearing of one of the places. */
function failureFrom(model: ProgramModel, graph: Graph, start: number, places: readonly Place[]): EarlyFailure | undefined {
  if (places.length === 0) return undefined;
  for (const event of eventsAtOnce(graph, start)) {
    if (event.kind !== 'throw') continue;
    const handler = graph.blocks[event.block]?.handler;
    if (handler === undefined || handler === graph.raise || handler === graph.taskEnd) continue;
    const clearing = eventsAtOnce(graph, handler).find((later) => clearsSlot(model, later, places));
    if (clearing !== undefined) return { failure: event, clearing };
  }
  return undefined;
}

/** What runs from the block on before the task suspends, if nothing throws on the way. */
function eventsAtOnce(graph: Graph, start: number): readonly Event[] {
  const found: Event[] = [];
  const seen = new Set<number>();
  const work = [start];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const events = graph.blocks[id]?.events ?? [];
    const end = events.findIndex((event) => event.kind === 'suspend');
    found.push(...(end < 0 ? events : events.slice(0, end)));
    if (end < 0 && events.at(-1)?.kind !== 'throw') work.push(...flowSuccessors(graph, id));
  }
  return found;
}

/**
 * Work that several callers share: its promise is kept in a slot, and whoever comes while it is under way waits for that one.
 * It was begun by whoever came first, so nobody has to have waited for it before he ends, clears or logs out.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, WriteEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import type { Activation } from '../../syntax/functions.js';
import { chainOn } from '../../syntax/promise-chains.js';
import { isWithin } from '../../syntax/tree.js';
import { activationsNaming } from '../effects/mutations.js';
import { callsBehind } from '../effects/provenance.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { type Flight, flightsOf, isJoined } from './promise-slots.js';

/** Calls are followed from the work to what it waits for this far. */
const maximumDepth = 2;

/** The slots that keep the promise of the work that the event is part of, for others to join. */
export function slotsOfSharedWork(model: ProgramModel, graph: Graph, event: WriteEvent | CallEvent): readonly Place[] {
  return joinedFlights(model, graph.owner.getSourceFile()).flatMap(({ flight, nodes, runs }) =>
    runs.has(graph.owner) || (flight.graph === graph && nodes.some((node) => isWithin(event.node, node))) ? [flight.place] : [],
  );
}

interface JoinedFlight {
  readonly flight: Flight;
  /** The calls whose promise is kept, with what is chained to them. */
  readonly nodes: readonly ts.Node[];
  /** The functions that the promise waits for. */
  readonly runs: ReadonlySet<Activation>;
}

const joinedFlights = memoized((model, file: ts.SourceFile): readonly JoinedFlight[] =>
  model.file(file).functions.flatMap((owner) =>
    flightsOf(model, model.graph(owner)).flatMap((flight) => {
      if (!isJoined(model, flight)) return [];
      const nodes = callsBehind(flight.graph, flight.value).map(({ node }) => chainOn(model.compiler, node));
      return [{ flight, nodes, runs: runBy(model, flight.graph, nodes) }];
    }),
  ),
);

function runBy(model: ProgramModel, graph: Graph, nodes: readonly ts.Node[]): ReadonlySet<Activation> {
  const runs = new Set<Activation>();
  const follow = (calls: readonly CallEvent[], depth: number): void => {
    for (const call of calls) {
      const callee = model.callee(call, 'syntactic');
      if (callee === undefined || runs.has(callee)) continue;
      runs.add(callee);
      if (depth < maximumDepth) follow(callsIn(model.graph(callee)).filter(isWaitedFor), depth + 1);
    }
  };
  follow(callsIn(graph).filter((call) => nodes.some((node) => isWithin(call.node, node))), 0);
  return runs;
}

function callsIn(graph: Graph): readonly CallEvent[] {
  return eventsOf(graph).filter((event) => event.kind === 'call');
}

function isWaitedFor({ consumption }: CallEvent): boolean {
  return consumption === 'awaited' || consumption === 'returned';
}

/** The activation knows nothing of the slot: neither it nor what it calls names it. */
export function overlooks(model: ProgramModel, activation: Activation, slot: Place): boolean {
  const knowing = activationsNaming(model, slot);
  return (
    !knowing.has(activation) &&
    !callsIn(model.graph(activation)).some((call) => {
      const callee = model.callee(call, 'syntactic');
      return callee !== undefined && knowing.has(callee);
    })
  );
}

/** The forward solver over a graph, event by event. */
import { flowSuccessors, type Graph } from '../../cfg/graph.js';
import { type Lattice, solveForward } from '../../dataflow/solver.js';
import type { Event } from '../../events/event.js';

export interface EventFlow<State> {
  readonly initial: State;
  readonly lattice: Lattice<State>;
  /** The state after the event. */
  readonly apply: (state: State, event: Event) => State;
  /** Whether the event hands the state before it to its exception handler. */
  readonly raises: (event: Event) => boolean;
  /** Whether it hands on the state after it instead: what it does is done, also where it fails. */
  readonly isDoneAnyway?: (event: Event) => boolean;
}

/** States before each block of the graph; undefined where control never arrives. */
export function solveEvents<State>(graph: Graph, { initial, lattice, apply, raises, isDoneAnyway }: EventFlow<State>): readonly (State | undefined)[] {
  return solveForward<State>({
    size: graph.blocks.length,
    entry: graph.entry,
    initial,
    lattice,
    successors: (node) => flowSuccessors(graph, node),
    handler: (node) => graph.blocks[node]?.handler ?? graph.raise,
    transfer: (node, state, raise) => {
      let current = state;
      for (const event of graph.blocks[node]?.events ?? []) {
        if (raises(event)) raise(isDoneAnyway?.(event) === true ? apply(current, event) : current);
        current = apply(current, event);
      }
      return current;
    },
  });
}

/**
 * A forward data-flow solver. It knows nothing of JavaScript: nodes are numbers, states are values of a lattice.
 */

import { countSteps } from './work.js';

/** A join-semilattice. `join` must be monotone and reach a fixpoint in finitely many steps. */
export interface Lattice<State> {
  join(left: State, right: State): State;
  equals(left: State, right: State): boolean;
}

export interface ForwardProblem<State> {
  readonly size: number;
  readonly entry: number;
  readonly initial: State;
  readonly lattice: Lattice<State>;
  successors(node: number): readonly number[];
  /**
   * The state after the node, given the one before. `raise` hands a state to the node's exception handler; it may be
   * called any number of times.
   */
  transfer(node: number, before: State, raise: (state: State) => void): State;
  /** Where exceptions of the node go. */
  handler(node: number): number;
}

/** States before each node; undefined where control never arrives. */
export function solveForward<State>(problem: ForwardProblem<State>): readonly (State | undefined)[] {
  const { lattice } = problem;
  const before: (State | undefined)[] = new Array<State | undefined>(problem.size).fill(undefined);
  const queued = new Uint8Array(problem.size);
  const queue: number[] = [];
  const flowInto = (node: number, state: State): void => {
    const old = before[node];
    const joined = old === undefined ? state : lattice.join(old, state);
    if (old !== undefined && lattice.equals(old, joined)) return;
    before[node] = joined;
    if (queued[node] === 0) {
      queued[node] = 1;
      queue.push(node);
    }
  };
  flowInto(problem.entry, problem.initial);
  for (let next = 0; next < queue.length; next += 1) {
    const node = queue[next];
    if (node === undefined) break;
    queued[node] = 0;
    const state = before[node];
    if (state === undefined) continue;
    countSteps(1);
    const after = problem.transfer(node, state, (raised) => flowInto(problem.handler(node), raised));
    for (const successor of problem.successors(node)) flowInto(successor, after);
  }
  return before;
}

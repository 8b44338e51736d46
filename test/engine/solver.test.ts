import { describe, expect, it } from 'vitest';
import { solveForward } from '../../src/dataflow/solver.js';
import type { ForwardProblem } from '../../src/dataflow/solver.js';

type Facts = ReadonlySet<string>;

const mustHold = {
  join: (left: Facts, right: Facts): Facts => new Set([...left].filter((fact) => right.has(fact))),
  equals: (left: Facts, right: Facts): boolean => left.size === right.size && [...left].every((fact) => right.has(fact)),
};

/** A problem over a graph given by successors; `gains` are the facts that a node adds. */
function problem(successors: number[][], gains: Record<number, string>, raises: Record<number, number> = {}): ForwardProblem<Facts> {
  return {
    size: successors.length,
    entry: 0,
    initial: new Set(),
    lattice: mustHold,
    successors: (node) => successors[node] ?? [],
    handler: (node) => raises[node] ?? 0,
    transfer: (node, before, raise) => {
      if (node in raises) raise(before);
      const gain = gains[node];
      return gain === undefined ? before : new Set([...before, gain]);
    },
  };
}

const solve = (...args: Parameters<typeof problem>): (string[] | undefined)[] =>
  solveForward(problem(...args)).map((facts) => facts && [...facts].sort());

describe('the forward solver', () => {
  it('carries facts along a line', () => {
    expect(solve([[1], [2], []], { 0: 'a', 1: 'b' })).toEqual([[], ['a'], ['a', 'b']]);
  });

  it('keeps at a join what holds on both ways', () => {
    expect(solve([[1, 2], [3], [3], []], { 0: 'a', 1: 'b' })[3]).toEqual(['a']);
  });

  it('reaches a fixpoint in a loop', () => {
    expect(solve([[1], [2, 3], [1], []], { 0: 'a', 2: 'b' })).toEqual([[], ['a'], ['a'], ['a']]);
  });

  it('says nothing of what control never reaches', () => {
    expect(solve([[], [2], []], { 1: 'a' })).toEqual([[], undefined, undefined]);
  });

  it('hands what held before a throw to the handler', () => {
    expect(solve([[1], [2], [], []], { 0: 'a', 1: 'b' }, { 1: 3 })).toEqual([[], ['a'], ['a', 'b'], ['a']]);
  });
});

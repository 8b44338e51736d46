/**
 * A budget of steps. What costs the square of a function's size or more is bounded where it is known; this bounds what is
 * not known. Steps are counted, not timed, so that the same source gives the same findings on every machine.
 */

/** Thrown where the budget is used up, through whatever asked for the steps. */
class OutOfStepsError extends Error {}

let remaining = Number.POSITIVE_INFINITY;

/** Counts steps of a search: blocks, events, pairs of things that are compared. */
export function countSteps(steps: number): void {
  remaining -= steps;
  if (remaining < 0) throw new OutOfStepsError('out of steps');
}

/** What the function returns; undefined when that takes more steps than these. */
export function withinSteps<Result>(steps: number, compute: () => Result): Result | undefined {
  const outer = remaining;
  remaining = steps;
  try {
    return compute();
  } catch (error) {
    if (error instanceof OutOfStepsError) return undefined;
    throw error;
  } finally {
    remaining = outer;
  }
}

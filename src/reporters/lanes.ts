/**
 * The interleaving as lanes: what each task does in each row of a drawing whose rows are the steps. Drawings differ, but
 * none of them has to think about when a task is suspended and how long a lock is held.
 */
import type { Finding, Step } from '../findings/finding.js';

export type Task = Step['task'];

/** What a task does while a step of the interleaving happens. */
export type LaneState =
  /** It has not begun or is done. */
  | 'absent'
  /** The step is its own. */
  | 'running'
  /** It waits, or its turn has not come back. */
  | 'suspended';

export interface LaneCell {
  readonly state: LaneState;
  /** How the lane goes on to the row below. */
  readonly below: LaneState;
  /** The part of the bar of a held lock that the row shows; a bar without end is never released. `wait`: asks and never gets it. */
  readonly lock: 'none' | 'begin' | 'middle' | 'end' | 'wait';
}

export interface LaneRow {
  readonly step: Step;
  /** From 1. */
  readonly number: number;
  /** The last step: it does the harm. */
  readonly isHarm: boolean;
  readonly cells: Readonly<Record<Task, LaneCell>>;
}

export function tasksOf({ steps }: Finding): Task[] {
  return (['A', 'B'] as const).filter((task) => steps.some((step) => step.task === task));
}

export function laneRows({ steps }: Finding): LaneRow[] {
  const lanes = { A: laneOf(steps, 'A'), B: laneOf(steps, 'B') };
  const nothing: LaneCell = { state: 'absent', below: 'absent', lock: 'none' };
  return steps.map((step, index) => ({
    step,
    number: index + 1,
    isHarm: index === steps.length - 1,
    cells: { A: lanes.A[index] ?? nothing, B: lanes.B[index] ?? nothing },
  }));
}

function laneOf(steps: readonly Step[], task: Task): LaneCell[] {
  const own = steps.flatMap((step, index) => (step.task === task ? [index] : []));
  const first = own[0] ?? steps.length;
  const last = own.at(-1) ?? -1;
  const stateAt = (index: number): LaneState => {
    if (steps[index]?.task === task) {
      return 'running';
    }
    const isBetween = index > first && index < last;
    const hasStopped = index > last && last >= 0 && steps[last]?.role === 'suspend';
    return isBetween || hasStopped ? 'suspended' : 'absent';
  };
  let held = 0;
  return steps.map((step, index) => {
    const before = held;
    const waits = index === last && step.role === 'acquire' && locksHeld(steps, task === 'A' ? 'B' : 'A', index) > 0;
    if (step.task === task && !waits) {
      held = heldAfter(held, step);
    }
    const state = stateAt(index);
    const next = index + 1 < steps.length ? stateAt(index + 1) : 'absent';
    const pauses = state === 'suspended' || step.role === 'suspend' || next === 'suspended';
    const below = state === 'absent' || next === 'absent' ? 'absent' : pauses ? 'suspended' : 'running';
    return { state, below, lock: waits ? 'wait' : lockPart(before, held) };
  });
}

/** How many locks the task holds before the step at the index, as far as the steps tell. */
export function locksHeld(steps: readonly Step[], task: Task, index: number): number {
  return steps.slice(0, index).reduce((held, step) => (step.task === task ? heldAfter(held, step) : held), 0);
}

function heldAfter(held: number, { role }: Step): number {
  return Math.max(0, held + (role === 'acquire' ? 1 : 0) - (role === 'release' ? 1 : 0));
}

function lockPart(before: number, after: number): LaneCell['lock'] {
  if (before === 0) {
    return after === 0 ? 'none' : 'begin';
  }
  return after === 0 ? 'end' : 'middle';
}

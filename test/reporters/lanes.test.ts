import { describe, expect, it } from 'vitest';
import type { Finding, Step } from '../../src/findings/finding.js';
import { laneRows, type LaneCell } from '../../src/reporters/lanes.js';
import { raceFinding } from './sample.js';

/** A finding whose steps are given as `A acquire`, one after the other. */
function findingOf(...steps: string[]): Finding {
  return {
    ...raceFinding,
    steps: steps.map((text) => {
      const [task, role] = text.split(' ') as [Step['task'], Step['role']];
      return { task, role, span: raceFinding.span, text };
    }),
  };
}

function laneOf(task: Step['task'], finding: Finding): string[] {
  const words = ({ state, below, lock }: LaneCell): string => `${state} ${below} ${lock}`;
  return laneRows(finding).map(({ cells }) => words(cells[task]));
}

describe('lanes', () => {
  const race = findingOf('A check', 'A suspend', 'B check', 'B act', 'A act');

  it('run, are suspended while others run, and end', () => {
    expect(laneOf('A', race)).toEqual([
      'running running none',
      'running suspended none',
      'suspended suspended none',
      'suspended suspended none',
      'running absent none',
    ]);
    expect(laneOf('B', race)).toEqual(['absent absent none', 'absent absent none', 'running running none', 'running absent none', 'absent absent none']);
  });

  it('have one step that does the harm, the last', () => {
    expect(laneRows(race).map(({ isHarm, number }) => (isHarm ? number : 0))).toEqual([0, 0, 0, 0, 5]);
  });

  it('show a lock from its acquire to its release', () => {
    const lane = laneOf('A', findingOf('A acquire', 'A read', 'B check', 'A release', 'A use'));
    expect(lane.map((cell) => cell.split(' ')[2])).toEqual(['begin', 'middle', 'middle', 'end', 'none']);
  });

  it('show a lock that is never released to the end, and who waits for it', () => {
    const hang = findingOf('A acquire', 'A suspend', 'B acquire');
    expect(laneOf('A', hang)).toEqual(['running running begin', 'running suspended middle', 'suspended absent middle']);
    expect(laneOf('B', hang).at(-1)).toBe('running absent wait');
  });
});

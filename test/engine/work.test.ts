import { describe, expect, it } from 'vitest';
import { countSteps, withinSteps } from '../../src/dataflow/work.js';

describe('a budget of steps', () => {
  const search = (steps: number): string => {
    for (let step = 0; step < steps; step += 1) countSteps(1);
    return 'found';
  };

  it('gives the result of what keeps to it', () => {
    expect(withinSteps(10, () => search(10))).toBe('found');
  });

  it('gives nothing where more is needed, and the next one starts anew', () => {
    expect(withinSteps(10, () => search(11))).toBeUndefined();
    expect(withinSteps(10, () => search(10))).toBe('found');
  });

  it('leaves what is around it its own', () => {
    const around = withinSteps(5, () => {
      search(4);
      const inner = withinSteps(100, () => search(50));
      search(1);
      return inner;
    });
    expect(around).toBe('found');
  });

  it('is not there unless it is asked for', () => {
    expect(search(1000)).toBe('found');
  });

  it('hides no other failure', () => {
    expect(() =>
      withinSteps(10, () => {
        throw new TypeError('a defect');
      }),
    ).toThrow(TypeError);
  });
});

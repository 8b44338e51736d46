/** A second start while the first is under way, after somebody has taken down what kept it out. */
import { describe, expect, it } from 'vitest';
import { type Pump, PumpHouseBad, PumpHouseOk } from '../../fixtures/checks/no-check-then-act/lifted-claims.js';
import { RemoteFunction } from '../support/schedule.js';

describe('a claim that somebody else takes down', () => {
  it('lets a second start in beside the first', async () => {
    for (const [PumpHouse, started] of [
      [PumpHouseBad, 2],
      [PumpHouseOk, 1],
    ] as const) {
      const remote = new RemoteFunction<[string], Pump>();
      const house = new PumpHouse(remote.invoke);
      const first = house.run();
      house.reset();
      const second = house.run();
      expect(remote.pending).toBe(started);
      await remote.answerAll(() => ({ stop: () => undefined }));
      await Promise.all([first, second]);
    }
  });
});

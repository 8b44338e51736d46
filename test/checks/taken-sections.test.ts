/** A section that is taken out of its object keeps others out of what runs in it, and of nothing else. */
import { Mutex } from 'async-mutex';
import { describe, expect, it } from 'vitest';
import { byConstantOk, byParameterOk, Meter, outsideBad } from '../../fixtures/checks/no-lost-update/taken-sections.js';
import { RemoteFunction } from '../support/schedule.js';

type Deps = ConstructorParameters<typeof Meter>[0];

/** Two updates of 1 overlap; tells what is counted in the end. */
async function countAfterTwo(make: (deps: Deps) => { add(id: string): Promise<void>; total(): number }): Promise<number> {
  const remote = new RemoteFunction<[string], number>();
  const mutex = new Mutex();
  const counter = make({ withLock: async (work) => mutex.runExclusive(work), retry: async (work) => work(), load: remote.invoke });
  const tasks = [counter.add('one'), counter.add('two')];
  await remote.answerAll(1);
  await Promise.all(tasks);
  return counter.total();
}

describe('a section that is taken out of its object', () => {
  it('loses an update that is read before it begins', async () => {
    expect(await countAfterTwo(outsideBad)).toBe(1);
  });

  it('keeps both where all is done in it', async () => {
    expect(await countAfterTwo(byParameterOk)).toBe(2);
    expect(await countAfterTwo(byConstantOk)).toBe(2);
    const inClass = (deps: Deps): { add(id: string): Promise<void>; total(): number } => {
      const meter = new Meter(deps);
      return { add: (id) => meter.addOk(id), total: () => meter.total };
    };
    expect(await countAfterTwo(inClass)).toBe(2);
  });
});

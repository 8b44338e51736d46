/** What a wait has given is dropped where the end has come. */
import { describe, expect, it } from 'vitest';
import { type Off, PaneBad, PaneOk } from '../../fixtures/checks/no-stale-write/dropped-handles.js';
import { deferred } from '../support/deferred.js';

describe('a listener that arrives after the end', () => {
  it.each([
    [PaneBad, ['news']],
    [PaneOk, []],
  ] as const)('of %o hears %j', async (Pane, heard) => {
    const attaching = deferred<Off>();
    const pane = new Pane();
    const listeners = new Set<(text: string) => void>();
    // eslint-disable-next-line async-race/no-use-after-release -- the fault under test
    const attached = pane.attach((listen) => {
      listeners.add(listen);
      return attaching.promise;
    });
    pane.dispose();
    attaching.resolve(() => listeners.clear());
    await attached;
    for (const listen of listeners) listen('news');
    expect(pane.seen).toEqual(heard);
  });
});

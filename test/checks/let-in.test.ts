/** A start that comes while a stop waits: the flag keeps it out, or lets it in, and then what it has opened is lost. */
import { describe, expect, it } from 'vitest';
import { type Channel, LetInBad, PartsUnderFlagBad, StoppedByHelperBad, StoppedWholeBad, TakenDownFirstBad } from '../../fixtures/checks/no-stale-write/let-in.js';
import { deferred } from '../support/deferred.js';

interface Line extends Channel {
  readonly name: string;
}

/** Channels by their number, whose end the test lets come. */
function lines(): { readonly open: () => Line; readonly end: () => void; readonly opened: Line[] } {
  const opened: Line[] = [];
  let closed = deferred();
  return {
    opened,
    open: () => {
      const line: Line = { name: String(opened.length), close: () => closed.promise };
      opened.push(line);
      return line;
    },
    end: () => {
      closed.resolve();
      closed = deferred();
    },
  };
}

describe('a start while a stop waits', () => {
  it('is kept out by a flag that goes down last', async () => {
    for (const Kind of [StoppedWholeBad, StoppedByHelperBad]) {
      const { open, end, opened } = lines();
      const service = new Kind(open);
      service.start();
      const stopped = service.stop();
      service.start();
      end();
      await stopped;
      expect(opened).toHaveLength(1);
      expect(service.channel).toBeUndefined();
      service.start();
      expect(service.channel).toBe(opened[1]);
    }
  });

  it('is let in by a flag that goes down first, and loses what it has opened', async () => {
    for (const stop of ['stop', 'stopOnce'] as const) {
      const { open, end, opened } = lines();
      const service = new TakenDownFirstBad(open);
      service.start();
      const stopped = service[stop]();
      service.start();
      expect(service.channel).toBe(opened[1]);
      end();
      await stopped;
      expect(service.channel).toBeUndefined();
    }
    const { open, end, opened } = lines();
    const service = new TakenDownFirstBad(open);
    service.start();
    const stopped = service.stopOk();
    service.start();
    end();
    await stopped;
    expect(service.channel).toBe(opened[1]);
  });

  it('is let in by whoever else takes the flag down', async () => {
    const { open, end, opened } = lines();
    const service = new LetInBad(open);
    service.start();
    const stopped = service.stop();
    service.forget();
    service.start();
    expect(service.channel).toBe(opened[1]);
    end();
    await stopped;
    expect(service.channel).toBeUndefined();
  });

  it('meets a second stop of all parts', async () => {
    let ends = 0;
    const closed = deferred();
    const service = new PartsUnderFlagBad(() => ({
      close: () => {
        ends += 1;
        return closed.promise;
      },
    }));
    service.start();
    const stops = [service.stop(), service.stop()];
    closed.resolve();
    await Promise.all(stops);
    expect(ends).toBeGreaterThan(2);
  });
});

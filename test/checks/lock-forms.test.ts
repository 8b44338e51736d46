/** Locks in forms of their own: what waits for what in them, and what does not when they are used as they should be. */
import { createMutex } from 'async-primitives';
import { Mutex } from 'async-mutex';
import { describe, expect, it } from 'vitest';
import { deferred, flush, outcome } from '../support/deferred.js';

const immediately = (): Promise<void> => Promise.resolve();

describe('a chain that is returned through the end of a `using` block', () => {
  const makeMeter = (isAwaited: boolean): { measure(length: Promise<number>): Promise<void>; readonly total: number } => {
    const mutex = createMutex();
    let total = 0;
    return {
      get total() {
        return total;
      },
      async measure(length) {
        using held = await mutex.lock();
        expect(held.isActive).toBe(true);
        const before = total;
        const measured = length.then((value) => {
          total = before + value;
        });
        if (!isAwaited) return measured;
        await measured;
      },
    };
  };

  const measureTwice = async (isAwaited: boolean): Promise<number> => {
    const meter = makeMeter(isAwaited);
    const [first, second] = [deferred<number>(), deferred<number>()];
    const both = [meter.measure(first.promise), meter.measure(second.promise)];
    await flush();
    first.resolve(1);
    second.resolve(2);
    await Promise.all(both);
    return meter.total;
  };

  it('loses a length, and none where it is awaited', async () => {
    expect(await measureTwice(false)).toBe(2);
    expect(await measureTwice(true)).toBe(3);
  });
});

describe('two functions that are a lock', () => {
  let isTaken = false;
  const queue: (() => void)[] = [];

  const enterDesk = async (): Promise<void> => {
    while (isTaken) await new Promise<void>((resolve) => queue.push(resolve));
    isTaken = true;
  };

  const leaveDesk = (): void => {
    isTaken = false;
    queue.shift()?.();
  };

  const atDesk = async (work: () => Promise<void>): Promise<void> => {
    await enterDesk();
    try {
      await work();
    } finally {
      leaveDesk();
    }
  };

  it('let one in after the other, and hang when the holder comes again', async () => {
    expect(await outcome(Promise.all([atDesk(immediately), atDesk(immediately)]))).toBe('fulfilled');
    // eslint-disable-next-line async-race/no-lock-cycle -- the fault under test
    expect(await outcome(atDesk(() => atDesk(immediately)))).toBe('pending');
  });
});

describe('an object and the collection it is in', () => {
  class Folder {
    readonly mutex = new Mutex();

    constructor(
      readonly catalog: Catalog,
      readonly load: () => Promise<void>,
    ) {}

    async save(): Promise<void> {
      await this.mutex.runExclusive(async () => {
        await this.load();
        await this.catalog.record();
      });
    }

    async size(): Promise<number> {
      return await this.mutex.runExclusive(() => 1);
    }
  }

  class Catalog {
    readonly mutex = new Mutex();
    readonly folders: Folder[] = [];

    async record(): Promise<void> {
      await this.mutex.runExclusive(immediately);
    }

    async total(): Promise<number> {
      // eslint-disable-next-line async-race/no-lock-cycle -- the fault under test
      return await this.mutex.runExclusive(() => this.sum(this.folders));
    }

    async totalOutside(): Promise<number> {
      return await this.sum(await this.mutex.runExclusive(() => [...this.folders]));
    }

    async sum(folders: readonly Folder[]): Promise<number> {
      let total = 0;
      for (const folder of folders) total += await folder.size();
      return total;
    }
  }

  const saveAndCount = async (count: (catalog: Catalog) => Promise<number>): Promise<string> => {
    const catalog = new Catalog();
    const loaded = deferred();
    const folder = new Folder(catalog, () => loaded.promise);
    catalog.folders.push(folder);
    const both = Promise.all([folder.save(), count(catalog)]);
    await flush();
    loaded.resolve();
    return await outcome(both);
  };

  it('wait for each other where each asks for the other under its own lock', async () => {
    expect(await saveAndCount((catalog) => catalog.total())).toBe('pending');
    expect(await saveAndCount((catalog) => catalog.totalOutside())).toBe('fulfilled');
  });
});

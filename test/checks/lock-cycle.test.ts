/** What the rule reports does hang, and the corrected twin ends: on controlled promises, after a bounded number of turns. */
import { describe, expect, it } from 'vitest';
import '../bugs/promise-with-resolvers.js';
import { Feed, Poller } from '../../fixtures/checks/no-lock-cycle/joins-and-yields.js';
import { otherFileBad, otherFileOk } from '../../fixtures/checks/no-lock-cycle/callees.js';
import { Draft } from '../../fixtures/checks/no-lock-cycle/answered-events.js';
import { inTurnsBad as listBad, sameLockBad, sortedOk as listOk, togetherOk } from '../../fixtures/checks/no-lock-cycle/callers-order.js';
import { OpenShelfBad, Shelf } from '../../fixtures/checks/no-lock-cycle/gates.js';
import { Index } from '../../fixtures/checks/no-lock-cycle/keys-and-modes.js';
import { transferBad, transferOk } from '../../fixtures/checks/no-lock-cycle/keys-through-helpers.js';
import { OrderlyWarehouse, Warehouse } from '../../fixtures/checks/no-lock-cycle/order.js';
import { TreeWalk } from '../../fixtures/checks/no-lock-cycle/permits.js';
import { Counter, inTurnsBad, inTurnsOk, nestedInTurnsBad, nestedInTurnsOk, recursiveBad, recursiveOk } from '../../fixtures/checks/no-lock-cycle/same-task.js';
import { deferred, flush, outcome } from '../support/deferred.js';
import { RemoteFunction } from '../support/schedule.js';

const immediately = (): Promise<void> => Promise.resolve();

describe('a lock that the task holds', () => {
  it('is waited for for ever in a nested section', async () => {
    const counter = new Counter();
    expect(await outcome(counter.nestedBad(() => Promise.resolve(1)))).toBe('pending');
    expect(counter.count).toBe(0);
  });

  it('is not waited for where the nested section is of another lock', async () => {
    const counter = new Counter();
    expect(await outcome(counter.nestedOk(() => Promise.resolve(1)))).toBe('fulfilled');
    expect(counter.count).toBe(1);
  });

  it('is waited for by everybody who comes later', async () => {
    const counter = new Counter();
    expect(await outcome(counter.acquiredTwiceBad(() => Promise.resolve(1)))).toBe('pending');
    expect(await outcome(counter.againAfterReleaseOk(() => Promise.resolve(2)))).toBe('pending');
  });

  it('may be acquired again after the release', async () => {
    const counter = new Counter();
    expect(await outcome(counter.againAfterReleaseOk(() => Promise.resolve(2)))).toBe('fulfilled');
    expect(counter.count).toBe(2);
  });

  it('stops a loop in its second turn', async () => {
    // another lock of the module stays held by this; the twin is tried first
    expect(await outcome(inTurnsOk(['a', 'b'], immediately))).toBe('fulfilled');
    expect(await outcome(recursiveOk(2))).toBe('fulfilled');
    const seen: string[] = [];
    const work = async (item: string): Promise<void> => {
      seen.push(item);
      await immediately();
    };
    expect(await outcome(inTurnsBad(['a', 'b'], work))).toBe('pending');
    expect(seen).toEqual(['a']);
    expect(await outcome(recursiveBad(0))).toBe('pending');
  });

  it('is waited for in a nested section of a loop', async () => {
    expect(await outcome(nestedInTurnsOk(['a', 'b'], immediately))).toBe('fulfilled');
    expect(await outcome(nestedInTurnsBad(['a', 'b'], immediately))).toBe('pending');
  });

  it('is waited for through a function of another file', async () => {
    expect(await outcome(otherFileOk(immediately))).toBe('fulfilled');
    expect(await outcome(otherFileBad(immediately))).toBe('pending');
  });
});

describe('a shared lock that the task holds', () => {
  it('is read again without a writer, and never with one in between', async () => {
    const alone = new Index();
    expect(await outcome(alone.readInReadBad())).toBe('fulfilled');
    const index = new Index();
    const reading = index.readInReadBad();
    const writing = index.put('a');
    expect(await outcome(reading)).toBe('pending');
    expect(await outcome(writing)).toBe('pending');
  });

  it('lets a writer by where it is read once', async () => {
    const index = new Index();
    const reading = index.readInReadOk();
    const writing = index.put('a');
    expect(await outcome(reading)).toBe('fulfilled');
    expect(await outcome(writing)).toBe('fulfilled');
  });
});

describe('an answer that needs the lock', () => {
  it('never comes while the lock is held', async () => {
    expect(await outcome(new Draft(immediately).replaceBad('text'))).toBe('pending');
    expect(await outcome(new Draft(immediately).replaceOk('text'))).toBe('fulfilled');
  });
});

describe('the locks of a list', () => {
  it('are waited for for ever by two who have them in other orders', async () => {
    for (const [take, end, ids] of [
      [listOk, 'fulfilled', ['a', 'b']],
      [listBad, 'pending', ['c', 'd']],
      [togetherOk, 'fulfilled', ['e', 'f']],
    ] as const) {
      const tasks = [take(ids, immediately), take(ids.toReversed(), immediately)];
      for (const task of tasks) expect(await outcome(task)).toBe(end);
    }
    expect(await outcome(sameLockBad(['g', 'h'], immediately))).toBe('pending');
  });
});

describe('a gate that hands its turn on', () => {
  it('is waited for for ever by a task inside it', async () => {
    expect(await outcome(new Shelf(() => Promise.resolve(1)).bookBad('a'))).toBe('pending');
    const shelf = new Shelf(() => Promise.resolve(1));
    expect(await outcome(shelf.bookOk('a'))).toBe('fulfilled');
    expect(await outcome(shelf.fetch('a'))).toBe('fulfilled');
  });

  it('lets one in at a time, and not where it is open before the next goes in', async () => {
    const fetches = async (make: (read: () => Promise<number>) => { fetch(title: string): Promise<number> }): Promise<number> => {
      const answer = deferred<number>();
      let reads = 0;
      const shelf = make(() => {
        reads += 1;
        return answer.promise;
      });
      const first = shelf.fetch('a');
      const second = shelf.fetch('b');
      await flush();
      // runs when the first has left, and before the second wakes up
      const third = answer.promise.then(() => shelf.fetch('b'));
      answer.resolve(1);
      await Promise.all([first, second, third]);
      return reads;
    };
    expect(await fetches((read) => new Shelf(read))).toBe(2);
    expect(await fetches((read) => new OpenShelfBad(read))).toBe(3);
  });
});

describe('a permit that is kept while others are waited for', () => {
  const list = (folder: string): Promise<readonly string[]> => Promise.resolve(folder.split('/').length < 3 ? ['a', 'b'] : []);

  it('stops a walk as soon as it is as deep as there are permits', async () => {
    const walk = new TreeWalk(list);
    expect(await outcome(walk.visitBad('top'))).toBe('pending');
    expect(walk.seen).toEqual(['top', 'top/a']);
  });

  it('lets the walk end where it is given back before', async () => {
    const walk = new TreeWalk(list);
    expect(await outcome(walk.visitOk('top'))).toBe('fulfilled');
    expect(walk.seen).toHaveLength(7);
  });
});

describe('a task that needs the lock', () => {
  async function started(): Promise<{ poller: Poller; read: RemoteFunction<[], number> }> {
    const poller = new Poller();
    const read = new RemoteFunction<[], number>();
    poller.start(read.invoke);
    await flush();
    return { poller, read };
  }

  it('never ends while somebody waits for it under the lock', async () => {
    const { poller, read } = await started();
    const stopping = poller.stopBad();
    await flush();
    await read.answer(1);
    expect(await outcome(stopping)).toBe('pending');
    expect(poller.latest).toBe(0);
  });

  it('ends when it is waited for after the release', async () => {
    const { poller, read } = await started();
    const stopping = poller.stopOk();
    await flush();
    await read.answer(1);
    expect(await outcome(stopping)).toBe('fulfilled');
    expect(poller.latest).toBe(1);
  });
});

describe('two locks', () => {
  async function crossed(back: 'returnGoodsBad' | 'returnGoodsOk', warehouse: Warehouse | OrderlyWarehouse): Promise<string[]> {
    const door = deferred();
    const ship = warehouse.ship(() => door.promise);
    const other = back === 'returnGoodsBad' && warehouse instanceof Warehouse ? warehouse.returnGoodsBad(immediately) : undefined;
    const orderly = warehouse instanceof OrderlyWarehouse ? warehouse.returnGoodsOk(immediately) : undefined;
    await flush();
    door.resolve();
    return [await outcome(ship), await outcome(other ?? orderly ?? ship)];
  }

  it('in opposite orders leave both tasks waiting', async () => {
    expect(await crossed('returnGoodsBad', new Warehouse())).toEqual(['pending', 'pending']);
  });

  it('in one order let both through', async () => {
    expect(await crossed('returnGoodsOk', new OrderlyWarehouse())).toEqual(['fulfilled', 'fulfilled']);
  });

  it('of one kind, in the order of the arguments, wait for each other when those are exchanged', async () => {
    const there = outcome(transferOk('c', 'd', immediately));
    const back = outcome(transferOk('d', 'c', immediately));
    expect(await Promise.all([there, back])).toEqual(['fulfilled', 'fulfilled']);
    const away = outcome(transferBad('a', 'b', immediately));
    const home = outcome(transferBad('b', 'a', immediately));
    expect(await Promise.all([away, home])).toEqual(['pending', 'pending']);
  });
});

describe('a generator that yields under the lock', () => {
  async function copyAll(feed: Feed, items: () => AsyncGenerator<string>): Promise<void> {
    for await (const item of items()) await feed.add(`${item}!`);
  }

  it('waits for a consumer that waits for it', async () => {
    const feed = new Feed();
    await feed.add('a');
    expect(await outcome(copyAll(feed, () => feed.itemsBad()))).toBe('pending');
  });

  it('lets the consumer have the lock where it copies first', async () => {
    const feed = new Feed();
    await feed.add('a');
    expect(await outcome(copyAll(feed, () => feed.itemsOk()))).toBe('fulfilled');
  });
});

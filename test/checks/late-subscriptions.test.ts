/** A listener that is added when the end is over: is it there for good? */
import { describe, expect, it } from 'vitest';
import { FlaggedWatcher, JoiningWatcher, type Source, subscribeAskedOk, subscribeBad, subscribeFirstOk, subscribeWaitingOk, Watcher } from '../../fixtures/checks/no-stale-write/late-subscriptions.js';
import { deferred, flush } from '../support/deferred.js';

interface Run {
  begin(): Promise<void>;
  close(): unknown;
}

describe('a listener whose task waits when the end comes', () => {
  it.each([
    ['Watcher.watchBad', (source: Source, ask: () => Promise<void>): Run => { const own = new Watcher(source, ask); return { begin: () => own.watchBad(), close: () => own.close() }; }, 1],
    ['Watcher.watchFirstOk', (source: Source, ask: () => Promise<void>): Run => { const own = new Watcher(source, ask); return { begin: () => own.watchFirstOk(), close: () => own.close() }; }, 0],
    ['FlaggedWatcher.watchLateLookBad', (source: Source, ask: () => Promise<void>): Run => { const own = new FlaggedWatcher(source, ask, () => {}); return { begin: () => own.watchLateLookBad(), close: () => own.close() }; }, 1],
    ['FlaggedWatcher.watchOk', (source: Source, ask: () => Promise<void>): Run => { const own = new FlaggedWatcher(source, ask, () => {}); return { begin: () => own.watchOk(), close: () => own.close() }; }, 0],
    ['JoiningWatcher.watch', (source: Source, ask: () => Promise<void>): Run => { const own = new JoiningWatcher(source, ask); return { begin: () => own.watch(), close: () => own.close() }; }, 0],
  ] as const)('stays or not by %s', async (_name, make, left) => {
    const listeners = new Set<() => void>();
    const asked = deferred<void>();
    const run = make({ on: (_event, listener) => listeners.add(listener), off: (_event, listener) => listeners.delete(listener) }, () => asked.promise);
    const beginning = run.begin();
    await flush();
    const closing = run.close();
    asked.resolve();
    await beginning;
    await closing;
    expect(listeners.size).toBe(left);
  });
});

describe('a clean-up that is used before the work is done', () => {
  it.each([
    ['subscribeBad', subscribeBad, 1],
    ['subscribeFirstOk', subscribeFirstOk, 0],
    ['subscribeAskedOk', subscribeAskedOk, 0],
    ['subscribeWaitingOk', subscribeWaitingOk, 0],
  ] as const)('leaves a listener or not after %s', async (_name, subscribe, left) => {
    const listeners = new Set<() => void>();
    const asked = deferred<void>();
    const cleanUp = subscribe({ on: (_event, listener) => listeners.add(listener), off: (_event, listener) => listeners.delete(listener) }, () => asked.promise, () => {});
    cleanUp();
    asked.resolve();
    await flush();
    expect(listeners.size).toBe(left);
  });
});

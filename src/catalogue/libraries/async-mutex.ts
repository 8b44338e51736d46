import type { LockModel, ModelMember } from '../schema.js';

const runExclusive = { does: 'run', callback: 0 } as const;
/** Frees whoever holds it; the function that an acquire returned frees its own hold only, and once. */
const release = { does: 'release', again: 'admits' } as const;
const isLocked: ModelMember = { does: 'query' };
const waitForUnlock: ModelMember = { does: 'wait' };

/**
 * `withTimeout` bounds the wait only and rejects when it ends; `tryAcquire` is the same with no wait. Both return a lock
 * over the one they were given.
 */
export const asyncMutex: LockModel = {
  package: 'async-mutex',
  versions: '0.5',
  source: 'https://github.com/DirtyHairy/async-mutex#readme',
  exports: [
    {
      name: 'Mutex',
      aliases: ['MutexInterface'],
      reentrant: false,
      members: {
        acquire: {
          does: 'acquire',
          release: { by: 'call-result', again: 'ignored', trueWhileHeld: ['isLocked'] },
          fails: 'cancelled',
          scopedAlternative: 'runExclusive',
        },
        runExclusive,
        release,
        isLocked,
        waitForUnlock,
      },
    },
    {
      name: 'Semaphore',
      aliases: ['SemaphoreInterface'],
      permits: { argument: 0 },
      reentrant: false,
      members: {
        acquire: {
          does: 'acquire',
          weight: 0,
          release: { by: 'tuple-element', index: 1, again: 'ignored' },
          fails: 'cancelled',
          scopedAlternative: 'runExclusive',
        },
        runExclusive: { ...runExclusive, weight: 1 },
        release: { ...release, weight: 0 },
        isLocked,
        getValue: { does: 'query' },
        waitForUnlock,
      },
    },
  ],
  wrappers: { withTimeout: { argument: 0, fails: 'rejects' }, tryAcquire: { argument: 0, immediate: true, fails: 'rejects' } },
};

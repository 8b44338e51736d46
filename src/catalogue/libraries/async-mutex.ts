import type { LockModel, ModelMember } from '../schema.js';

const runExclusive: ModelMember = { does: 'run', callback: 0 };
const release: ModelMember = { does: 'release' };

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
      members: {
        acquire: { does: 'acquire', release: { by: 'call-result' }, scopedAlternative: 'runExclusive' },
        runExclusive,
        release,
      },
    },
    {
      name: 'Semaphore',
      aliases: ['SemaphoreInterface'],
      permits: { argument: 0 },
      members: {
        acquire: { does: 'acquire', release: { by: 'tuple-element', index: 1 }, scopedAlternative: 'runExclusive' },
        runExclusive,
        release,
      },
    },
  ],
  wrappers: { withTimeout: 0, tryAcquire: 0 },
};

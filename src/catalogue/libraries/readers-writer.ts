import type { LockModel, ModelMember } from '../schema.js';

const byUnlock = { by: 'lock-member', members: ['unlock'] } as const;

/** One `unlock` frees whichever side is held. */
export const asyncRwlock: LockModel = {
  package: 'async-rwlock',
  versions: '1.1',
  source: 'https://github.com/mvisat/async-rwlock#readme',
  exports: [
    {
      name: 'RWLock',
      aliases: ['default'],
      reentrant: 'reader',
      members: {
        readLock: { does: 'acquire', mode: 'shared', release: byUnlock, fails: 'rejects', limit: { argument: 0 } },
        writeLock: {
          does: 'acquire',
          release: byUnlock,
          fails: 'rejects',
          limit: { argument: 0 },
          sharedAlternative: 'readLock',
        },
        unlock: { does: 'release', again: 'admits' },
      },
    },
  ],
};

/** Callback style, with an optional key before the callback that is not followed here. */
export const rwlock: LockModel = {
  package: 'rwlock',
  versions: '5.0',
  source: 'https://github.com/71104/rwlock#readme',
  exports: [
    {
      name: 'default',
      aliases: ['ReadWriteLock', 'ReadWriteGeneric'],
      reentrant: false,
      members: {
        readLock: { does: 'run', mode: 'shared', callback: 0, releaser: 0 },
        writeLock: { does: 'run', callback: 0, releaser: 0, sharedAlternative: 'readLock' },
      },
    },
  ],
};

const byHandle = { by: 'result-member', members: ['release'], again: 'ignored' } as const;
const bySignal = { fails: 'rejects', limit: { argument: 0 } } as const;

export const asyncPrimitives: LockModel = {
  package: 'async-primitives',
  versions: '1.7',
  source: 'https://github.com/kekyo/async-primitives#readme',
  exports: [
    {
      name: 'Mutex',
      reentrant: false,
      members: {
        lock: { does: 'acquire', disposable: true, release: byHandle, ...bySignal },
        isLocked: { does: 'query', property: true },
      },
    },
    {
      name: 'Semaphore',
      permits: { argument: 0 },
      reentrant: false,
      members: { acquire: { does: 'acquire', disposable: true, release: byHandle, ...bySignal } },
    },
    {
      name: 'ReaderWriterLock',
      reentrant: false,
      members: {
        readLock: { does: 'acquire', mode: 'shared', disposable: true, release: byHandle, ...bySignal },
        writeLock: { does: 'acquire', disposable: true, release: byHandle, ...bySignal, sharedAlternative: 'readLock' },
      },
    },
  ],
  factories: {
    createMutex: 'Mutex',
    createSemaphore: 'Semaphore',
    createReaderWriterLock: 'ReaderWriterLock',
  },
};

const byHandleUnlock = { by: 'result-member', members: ['unlock'], again: 'fails' } as const;

/**
 * An upgradeable reader excludes writers and other upgradeable readers, and plain readers see nothing of it. Nobody but its
 * holder can become the writer, so what it has looked at stays as it is: it counts as exclusive.
 */
export const esfxReaderWriterLock: LockModel = {
  package: '@esfx/async-readerwriterlock',
  versions: '1.0 pre-release',
  source: 'https://github.com/esfx/esfx/tree/main/packages/async-readerwriterlock',
  exports: [
    {
      name: 'AsyncReaderWriterLock',
      reentrant: false,
      members: {
        read: { does: 'acquire', mode: 'shared', release: byHandleUnlock, ...bySignal },
        upgradeableRead: { does: 'acquire', release: byHandleUnlock, ...bySignal },
        write: { does: 'acquire', release: byHandleUnlock, ...bySignal, sharedAlternative: 'read' },
      },
    },
  ],
};

const byReleaser = { by: 'call-result', again: 'ignored' } as const;
const callResult: ModelMember = { does: 'acquire', release: byReleaser, fails: 'never' };

export const composableLocks: LockModel = {
  package: 'composable-locks',
  versions: '0.5',
  source: 'https://github.com/eblocha/composable-locks#readme',
  exports: [
    { name: 'Mutex', reentrant: false, members: { acquire: callResult } },
    { name: 'KeyedMutex', reentrant: false, members: { acquire: { ...callResult, key: 0 } } },
    {
      name: 'ReentrantMutex',
      reentrant: true,
      members: { acquire: { does: 'acquire', key: 0, release: { by: 'call-result' }, fails: 'never' } },
    },
    {
      name: 'RWMutex',
      reentrant: false,
      members: {
        acquire: {
          does: 'acquire',
          release: byReleaser,
          fails: 'never',
          modeArgument: { argument: 0, values: { read: 'shared', write: 'exclusive' } },
        },
      },
    },
  ],
};

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
      members: {
        readLock: { does: 'acquire', mode: 'shared', release: byUnlock },
        writeLock: { does: 'acquire', release: byUnlock, sharedAlternative: 'readLock' },
        unlock: { does: 'release' },
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
      members: {
        readLock: { does: 'run', mode: 'shared', callback: 0, releaser: 0 },
        writeLock: { does: 'run', callback: 0, releaser: 0, sharedAlternative: 'readLock' },
      },
    },
  ],
};

const byHandle = { by: 'result-member', members: ['release'] } as const;

export const asyncPrimitives: LockModel = {
  package: 'async-primitives',
  versions: '1.7',
  source: 'https://github.com/kekyo/async-primitives#readme',
  exports: [
    { name: 'Mutex', members: { lock: { does: 'acquire', disposable: true, release: byHandle } } },
    {
      name: 'Semaphore',
      permits: { argument: 0 },
      members: { acquire: { does: 'acquire', disposable: true, release: byHandle } },
    },
    {
      name: 'ReaderWriterLock',
      members: {
        readLock: { does: 'acquire', mode: 'shared', disposable: true, release: byHandle },
        writeLock: { does: 'acquire', disposable: true, release: byHandle, sharedAlternative: 'readLock' },
      },
    },
  ],
  factories: {
    createMutex: 'Mutex',
    createSemaphore: 'Semaphore',
    createReaderWriterLock: 'ReaderWriterLock',
  },
};

const byHandleUnlock = { by: 'result-member', members: ['unlock'] } as const;

/** An upgradeable reader excludes writers and other upgradeable readers, but not readers, so it counts as shared. */
export const esfxReaderWriterLock: LockModel = {
  package: '@esfx/async-readerwriterlock',
  versions: '1.0 pre-release',
  source: 'https://github.com/esfx/esfx/tree/main/packages/async-readerwriterlock',
  exports: [
    {
      name: 'AsyncReaderWriterLock',
      members: {
        read: { does: 'acquire', mode: 'shared', release: byHandleUnlock },
        upgradeableRead: { does: 'acquire', mode: 'shared', release: byHandleUnlock },
        write: { does: 'acquire', release: byHandleUnlock, sharedAlternative: 'read' },
      },
    },
  ],
};

const callResult: ModelMember = { does: 'acquire', release: { by: 'call-result' } };

export const composableLocks: LockModel = {
  package: 'composable-locks',
  versions: '0.5',
  source: 'https://github.com/eblocha/composable-locks#readme',
  exports: [
    { name: 'Mutex', members: { acquire: callResult } },
    { name: 'KeyedMutex', members: { acquire: { does: 'acquire', key: 0, release: { by: 'call-result' } } } },
    {
      name: 'ReentrantMutex',
      reentrant: true,
      members: { acquire: { does: 'acquire', key: 0, release: { by: 'call-result' } } },
    },
    {
      name: 'RWMutex',
      members: {
        acquire: {
          does: 'acquire',
          release: { by: 'call-result' },
          modeArgument: { argument: 0, values: { read: 'shared', write: 'exclusive' } },
        },
      },
    },
  ],
};

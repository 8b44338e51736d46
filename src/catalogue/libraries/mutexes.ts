import type { LockModel, ModelMember } from '../schema.js';

const lockReturningReleaser: ModelMember = { does: 'acquire', release: { by: 'call-result' } };

export const awaitMutex: LockModel = {
  package: 'await-mutex',
  versions: '1.0',
  source: 'https://github.com/mgtitimoli/await-mutex',
  exports: [{ name: 'default', aliases: ['Mutex'], members: { lock: lockReturningReleaser } }],
};

export const livekitMutex: LockModel = {
  package: '@livekit/mutex',
  versions: '1',
  source: 'https://www.npmjs.com/package/@livekit/mutex',
  exports: [
    { name: 'Mutex', members: { lock: lockReturningReleaser } },
    { name: 'MultiMutex', permits: { argument: 0 }, members: { lock: lockReturningReleaser } },
  ],
};

export const pMutex: LockModel = {
  package: 'p-mutex',
  versions: '1.0',
  source: 'https://github.com/sindresorhus/p-mutex#readme',
  exports: [
    {
      name: 'default',
      aliases: ['Mutex'],
      members: {
        lock: {
          does: 'acquire',
          release: { by: 'lock-member', members: ['unlock'] },
          scopedAlternative: 'withLock',
        },
        unlock: { does: 'release' },
        withLock: { does: 'run', callback: 0 },
      },
    },
  ],
};

export const teslabot: LockModel = {
  package: 'teslabot',
  versions: '1.5',
  source: 'https://www.npmjs.com/package/teslabot',
  exports: [{ name: 'AsyncLock', members: { inLock: { does: 'run', callback: 0 } } }],
};

const byReleaseLock = { by: 'lock-member', members: ['releaseLock'] } as const;

export const databasesLock: LockModel = {
  package: '@databases/lock',
  versions: '2.1',
  source: 'https://github.com/ForbesLindesay/atdatabases/tree/master/packages/lock',
  exports: [
    {
      name: 'Lock',
      members: {
        acquireLock: { does: 'acquire', release: byReleaseLock, scopedAlternative: 'withLock' },
        releaseLock: { does: 'release' },
        withLock: { does: 'run', callback: 0 },
      },
    },
    {
      name: 'LocksByKey',
      members: {
        acquireLock: { does: 'acquire', key: 0, release: byReleaseLock, scopedAlternative: 'withLock' },
        releaseLock: { does: 'release', key: 0 },
        withLock: { does: 'run', key: 0, callback: 1 },
      },
    },
  ],
  factories: { createLock: 'Lock', getLock: 'Lock', createLocksByKey: 'LocksByKey', getLocksByKey: 'LocksByKey' },
};

/** Callback style: the function that is handed to the lock frees with the function it is handed in turn. */
export const mutexify: LockModel = {
  package: 'mutexify',
  versions: '1.4',
  source: 'https://github.com/mafintosh/mutexify#readme',
  exports: [{ name: 'Lock', members: { '()': { does: 'run', callback: 0, releaser: 0 } } }],
  factories: { default: 'Lock' },
};

export const mutexifyPromise: LockModel = {
  package: 'mutexify/promise',
  versions: '1.4',
  source: 'https://github.com/mafintosh/mutexify#promises',
  exports: [{ name: 'Lock', members: { '()': lockReturningReleaser } }],
  factories: { default: 'Lock' },
};

export const esfxAsyncMutex: LockModel = {
  package: '@esfx/async-mutex',
  versions: '1.0',
  source: 'https://github.com/esfx/esfx/tree/main/packages/async-mutex',
  exports: [
    {
      name: 'AsyncMutex',
      members: {
        lock: { does: 'acquire', release: { by: 'result-member', members: ['unlock'] } },
        tryLock: {
          does: 'acquire',
          synchronous: true,
          conditional: true,
          release: { by: 'lock-member', members: ['unlock'] },
        },
        unlock: { does: 'release' },
      },
    },
  ],
};

const disposed = { by: 'result-member', members: ['[Symbol.dispose]'] } as const;

const guardMembers: Readonly<Record<string, ModelMember>> = {
  lockOrWait: { does: 'acquire', disposable: true, release: disposed, scopedAlternative: 'runOrWait' },
  lockOrThrow: { does: 'acquire', synchronous: true, disposable: true, release: disposed },
  lockOrNull: {
    does: 'acquire',
    synchronous: true,
    conditional: true,
    notTaken: 'null',
    disposable: true,
    release: disposed,
  },
  runOrWait: { does: 'run', callback: 0 },
  runOrThrow: { does: 'run', callback: 0 },
};

/** The guard frees only by disposal; `runOrWait` and `runOrThrow` are deprecated upstream. */
export const hazaeMutex: LockModel = {
  package: '@hazae41/mutex',
  versions: '3.0',
  source: 'https://github.com/hazae41/mutex#readme',
  exports: [
    { name: 'Mutex', members: guardMembers },
    { name: 'Semaphore', permits: { argument: 1 }, members: guardMembers },
  ],
};

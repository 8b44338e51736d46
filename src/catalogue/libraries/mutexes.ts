import type { LockModel, ModelMember } from '../schema.js';

/** Each call returns a releaser of its own, which frees once. */
const lockReturningReleaser: ModelMember = { does: 'acquire', release: { by: 'call-result', again: 'ignored' }, fails: 'never' };
/** Frees whoever holds the lock. */
const freeAnybody: ModelMember = { does: 'release', again: 'admits' };
const asked: ModelMember = { does: 'query' };
const read: ModelMember = { does: 'query', property: true };

export const awaitMutex: LockModel = {
  package: 'await-mutex',
  versions: '1.0',
  source: 'https://github.com/mgtitimoli/await-mutex',
  exports: [{ name: 'default', aliases: ['Mutex'], reentrant: false, members: { lock: lockReturningReleaser, isLocked: asked } }],
};

export const livekitMutex: LockModel = {
  package: '@livekit/mutex',
  versions: '1',
  source: 'https://www.npmjs.com/package/@livekit/mutex',
  exports: [
    { name: 'Mutex', reentrant: false, members: { lock: lockReturningReleaser, isLocked: asked } },
    { name: 'MultiMutex', permits: { argument: 0 }, reentrant: false, members: { lock: lockReturningReleaser, isLocked: asked } },
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
      reentrant: false,
      members: {
        lock: {
          does: 'acquire',
          release: { by: 'lock-member', members: ['unlock'] },
          fails: 'never',
          scopedAlternative: 'withLock',
        },
        unlock: freeAnybody,
        withLock: { does: 'run', callback: 0 },
        isLocked: read,
      },
    },
  ],
};

export const teslabot: LockModel = {
  package: 'teslabot',
  versions: '1.5',
  source: 'https://www.npmjs.com/package/teslabot',
  exports: [{ name: 'AsyncLock', reentrant: false, members: { inLock: { does: 'run', callback: 0 } } }],
};

const byReleaseLock = { by: 'lock-member', members: ['releaseLock'] } as const;

/** The time limit is given when the lock is made. */
export const databasesLock: LockModel = {
  package: '@databases/lock',
  versions: '2.1',
  source: 'https://github.com/ForbesLindesay/atdatabases/tree/master/packages/lock',
  exports: [
    {
      name: 'Lock',
      reentrant: false,
      members: {
        acquireLock: { does: 'acquire', release: byReleaseLock, fails: 'rejects', scopedAlternative: 'withLock' },
        releaseLock: freeAnybody,
        withLock: { does: 'run', callback: 0 },
      },
    },
    {
      name: 'LocksByKey',
      reentrant: false,
      members: {
        acquireLock: { does: 'acquire', key: 0, release: byReleaseLock, fails: 'rejects', scopedAlternative: 'withLock' },
        releaseLock: { does: 'release', key: 0, again: 'admits' },
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
  exports: [{ name: 'Lock', reentrant: false, members: { '()': { does: 'run', callback: 0, releaser: 0 }, locked: read } }],
  factories: { default: 'Lock' },
};

/** All holders get the same releaser, so that a second call of it frees the next holder. */
export const mutexifyPromise: LockModel = {
  package: 'mutexify/promise',
  versions: '1.4',
  source: 'https://github.com/mafintosh/mutexify#promises',
  exports: [
    {
      name: 'Lock',
      reentrant: false,
      members: { '()': { does: 'acquire', release: { by: 'call-result', again: 'admits' }, fails: 'never' } },
    },
  ],
  factories: { default: 'Lock' },
};

export const esfxAsyncMutex: LockModel = {
  package: '@esfx/async-mutex',
  versions: '1.0',
  source: 'https://github.com/esfx/esfx/tree/main/packages/async-mutex',
  exports: [
    {
      name: 'AsyncMutex',
      reentrant: false,
      members: {
        lock: {
          does: 'acquire',
          release: { by: 'result-member', members: ['unlock'], again: 'fails' },
          fails: 'rejects',
          limit: { argument: 0 },
        },
        tryLock: {
          does: 'acquire',
          synchronous: true,
          conditional: true,
          release: { by: 'lock-member', members: ['unlock'] },
        },
        unlock: freeAnybody,
        isLocked: read,
      },
    },
  ],
};

const disposed = { by: 'result-member', members: ['[Symbol.dispose]'], again: 'admits' } as const;

const guardMembers: Readonly<Record<string, ModelMember>> = {
  lockOrWait: { does: 'acquire', disposable: true, release: disposed, fails: 'never', scopedAlternative: 'runOrWait' },
  lockOrThrow: { does: 'acquire', synchronous: true, disposable: true, release: disposed, fails: 'throws' },
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
  wait: { does: 'wait' },
  locked: read,
};

/** The guard frees only by disposal; `runOrWait` and `runOrThrow` are deprecated upstream. */
export const hazaeMutex: LockModel = {
  package: '@hazae41/mutex',
  versions: '3.0',
  source: 'https://github.com/hazae41/mutex#readme',
  exports: [
    { name: 'Mutex', reentrant: false, members: guardMembers },
    { name: 'Semaphore', permits: { argument: 1 }, reentrant: false, members: guardMembers },
  ],
};

import type { LockModel, ModelMember } from '../schema.js';

const releasedLater = { by: 'result-member', members: ['release'], asynchronous: true } as const;

/** Callback style: the callback is told by its error that the lock was not taken. */
export const lockfile: LockModel = {
  package: 'lockfile',
  versions: '1.0',
  source: 'https://github.com/npm/lockfile#readme',
  exports: [
    {
      name: '*',
      identity: 'name',
      reentrant: false,
      members: {
        lock: { does: 'run', key: 0, callback: -1, refusal: 0, releasedBy: ['unlock'] },
        unlock: { does: 'release', key: 0, asynchronous: true },
        lockSync: { does: 'acquire', key: 0, synchronous: true, fails: 'throws', release: { by: 'module-function', functions: ['unlockSync'] } },
        unlockSync: { does: 'release', key: 0 },
        check: { does: 'query', key: 0 },
        checkSync: { does: 'query', key: 0 },
      },
    },
  ],
};

/** The class has static members only; a handle frees itself. */
export const rushstackNodeCore: LockModel = {
  package: '@rushstack/node-core-library',
  versions: '5',
  source: 'https://api.rushstack.io/pages/node-core-library.lockfile/',
  exports: [
    {
      name: '*',
      identity: 'name',
      reentrant: false,
      members: {
        'LockFile.acquireAsync': { does: 'acquire', key: 1, fails: 'rejects', release: { by: 'result-member', members: ['release'], again: 'fails' } },
        'LockFile.acquire': { does: 'acquire', key: 1, fails: 'rejects', release: { by: 'result-member', members: ['release'], again: 'fails' } },
        'LockFile.tryAcquire': {
          does: 'acquire',
          key: 1,
          synchronous: true,
          conditional: true,
          notTaken: 'undefined',
          release: { by: 'result-member', members: ['release'], again: 'fails' },
        },
      },
    },
  ],
};

/** Of the package's insides. A holder may read again. */
export const awsCdkToolkit: LockModel = {
  package: '@aws-cdk/toolkit-lib',
  versions: '1.43',
  source: 'https://github.com/aws/aws-cdk-cli/tree/main/packages/@aws-cdk/toolkit-lib',
  exports: [
    {
      name: 'RWLock',
      identity: 'name',
      reentrant: 'reader',
      members: {
        acquireRead: { does: 'acquire', mode: 'shared', fails: 'rejects', release: { ...releasedLater, again: 'ignored' } },
        acquireWrite: {
          does: 'acquire',
          fails: 'rejects',
          release: { ...releasedLater, again: 'ignored' },
          sharedAlternative: 'acquireRead',
        },
      },
    },
  ],
};

const byKind = { argument: 0, values: { read: 'shared', write: 'exclusive' } } as const;

const ownUnlock: Readonly<Record<string, ModelMember>> = {
  unlock: { does: 'release', asynchronous: true },
  unlockSync: { does: 'release' },
};

/** A readers-writer lock counts the holds of one object, so that each `add` needs a `remove`. */
export const rwlockfile: LockModel = {
  package: 'rwlockfile',
  versions: '2.0',
  source: 'https://github.com/jdxcode/rwlockfile#readme',
  exports: [
    {
      name: 'RWLockfile',
      aliases: ['default'],
      identity: 'name',
      reentrant: true,
      members: {
        add: { does: 'acquire', modeArgument: byKind, fails: 'rejects', release: { by: 'lock-member', members: ['remove', 'unlock'] } },
        addSync: { does: 'acquire', synchronous: true, modeArgument: byKind, fails: 'throws', release: { by: 'lock-member', members: ['removeSync', 'unlockSync'] } },
        remove: { does: 'release', asynchronous: true },
        removeSync: { does: 'release' },
        ...ownUnlock,
      },
    },
    {
      name: 'Lockfile',
      identity: 'name',
      members: {
        lock: { does: 'acquire', fails: 'rejects', release: { by: 'lock-member', members: ['unlock'] } },
        lockSync: { does: 'acquire', synchronous: true, fails: 'throws', release: { by: 'lock-member', members: ['unlockSync'] } },
        ...ownUnlock,
      },
    },
  ],
  decorators: {
    rwlockfile: { scope: 'key', key: 0, modeArgument: { argument: 1, values: { read: 'shared', write: 'exclusive' } } },
    lockfile: { scope: 'key', key: 0 },
  },
};

export const fdLock: LockModel = {
  package: 'fd-lock',
  versions: '2.2',
  source: 'https://github.com/mafintosh/fd-lock#readme',
  exports: [
    {
      name: 'default',
      identity: 'name',
      reentrant: false,
      members: {
        ready: { does: 'acquire', release: { by: 'lock-member', members: ['close', 'suspend'] } },
        resume: { does: 'acquire', release: { by: 'lock-member', members: ['close', 'suspend'] } },
        close: { does: 'release', asynchronous: true },
        suspend: { does: 'release', asynchronous: true },
      },
    },
  ],
};

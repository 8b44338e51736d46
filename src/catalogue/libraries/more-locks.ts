/** Locks of one process that fewer programs use. */
import type { LockModel, ModelMember } from '../schema.js';

const asked: ModelMember = { does: 'query' };
const freeAnybody: ModelMember = { does: 'release', again: 'admits' };
const byRelease = { by: 'lock-member', members: ['release'] } as const;
const byReleaserOnce = { by: 'call-result', again: 'ignored' } as const;

export const azureCoreAmqp: LockModel = {
  package: '@azure/core-amqp',
  versions: '4.5',
  source: 'https://learn.microsoft.com/javascript/api/@azure/core-amqp',
  exports: [{ name: 'CancellableAsyncLock', reentrant: false, members: { acquire: { does: 'run', key: 0, callback: 1 } } }],
  instances: { defaultCancellableLock: 'CancellableAsyncLock' },
};

/** Excludes the other tabs as well; after five seconds, or the given time, it gives up with false. */
export const browserTabsLock: LockModel = {
  package: 'browser-tabs-lock',
  versions: '1.3',
  source: 'https://github.com/supertokens/browser-tabs-lock#readme',
  exports: [
    {
      name: 'default',
      aliases: ['SuperTokensLock'],
      identity: 'name',
      reentrant: false,
      members: {
        acquireLock: { does: 'acquire', key: 0, conditional: true, limit: { argument: 1 }, release: { by: 'lock-member', members: ['releaseLock'] } },
        releaseLock: { does: 'release', key: 0, asynchronous: true },
      },
    },
  ],
};

/** Callback style; what the callback is handed makes the function that frees. */
export const lock: LockModel = {
  package: 'lock',
  versions: '1.1',
  source: 'https://github.com/dominictarr/lock#readme',
  exports: [{ name: 'Lock', reentrant: false, members: { '()': { does: 'run', key: 0, callback: 1, releaser: 0 } } }],
  factories: { Lock: 'Lock', default: 'Lock' },
};

const tryThenUnlock: ModelMember = { does: 'acquire', synchronous: true, conditional: true, release: { by: 'lock-member', members: ['unlock'] } };

/** Callback style: the callback runs when the lock is held, and the lock is freed by a member. */
export const locks: LockModel = {
  package: 'locks',
  versions: '0.2',
  source: 'https://github.com/Wizcorp/locks#readme',
  exports: [
    {
      name: 'Mutex',
      reentrant: false,
      members: {
        lock: { does: 'run', callback: 0, releasedBy: ['unlock'] },
        timedLock: { does: 'run', callback: 1 },
        tryLock: tryThenUnlock,
        unlock: freeAnybody,
        isLocked: { does: 'query', property: true },
      },
    },
    {
      name: 'ReadWriteLock',
      reentrant: false,
      members: {
        readLock: { does: 'run', mode: 'shared', callback: 0, releasedBy: ['unlock'] },
        timedReadLock: { does: 'run', mode: 'shared', callback: 1 },
        tryReadLock: { ...tryThenUnlock, mode: 'shared' },
        writeLock: { does: 'run', callback: 0, releasedBy: ['unlock'], sharedAlternative: 'readLock' },
        timedWriteLock: { does: 'run', callback: 1, sharedAlternative: 'timedReadLock' },
        tryWriteLock: { ...tryThenUnlock, sharedAlternative: 'tryReadLock' },
        unlock: { does: 'release' },
      },
    },
    {
      name: 'Semaphore',
      permits: { argument: 0 },
      reentrant: false,
      members: { wait: { does: 'run', callback: 0, releasedBy: ['signal'] }, signal: { does: 'release' } },
    },
  ],
  factories: { createMutex: 'Mutex', createReadWriteLock: 'ReadWriteLock', createSemaphore: 'Semaphore' },
};

/** Calls of one group run together, and not beside another group. */
export const chriscdnSemaphore: LockModel = {
  package: '@chriscdn/promise-semaphore',
  versions: '3.1',
  source: 'https://github.com/chriscdn/promise-semaphore#readme',
  exports: [
    {
      name: 'Semaphore',
      aliases: ['default'],
      permits: { argument: 0, absent: 1 },
      reentrant: false,
      members: {
        acquire: { does: 'acquire', key: 0, fails: 'never', release: byRelease, scopedAlternative: 'request' },
        release: { does: 'release', key: 0, again: 'admits' },
        request: { does: 'run', key: 1, callback: 0 },
        requestIfAvailable: { does: 'run', key: 1, callback: 0 },
        canAcquire: { does: 'query', key: 0 },
      },
    },
    {
      name: 'GroupSemaphore',
      members: {
        acquire: { does: 'acquire', mode: 'shared', key: 0, fails: 'never', release: byRelease },
        release: { does: 'release', key: 0 },
      },
    },
  ],
};

export const toolbuilderSemaphore: LockModel = {
  package: '@toolbuilder/semaphore',
  versions: '0.1',
  source: 'https://www.npmjs.com/package/@toolbuilder/semaphore',
  exports: [
    {
      name: 'Semaphore',
      permits: { argument: 0 },
      reentrant: false,
      members: {
        acquire: { does: 'acquire', fails: 'never', release: byRelease },
        acquireSync: { does: 'acquire', synchronous: true, conditional: true, release: byRelease },
        release: freeAnybody,
      },
    },
    {
      name: 'Mutex',
      reentrant: false,
      members: {
        acquire: { does: 'acquire', fails: 'never', release: byReleaserOnce },
        acquireSync: { does: 'acquire', synchronous: true, conditional: true, notTaken: 'null', release: byReleaserOnce },
      },
    },
  ],
};

/** Without a key, and with the keys 0 and '', it is one lock for all. */
export const asyncAwaitMutexLock: LockModel = {
  package: 'async-await-mutex-lock',
  versions: '1.0',
  source: 'https://www.npmjs.com/package/async-await-mutex-lock',
  exports: [
    {
      name: 'Lock',
      reentrant: false,
      members: {
        acquire: { does: 'acquire', key: 0, fails: 'never', release: byRelease },
        release: { does: 'release', key: 0, again: 'admits', trueWhileHeld: ['isAcquired'] },
        isAcquired: { does: 'query', key: 0 },
      },
    },
  ],
};

/** A release without a key frees the oldest holder; the time limit frees a holder that still works. */
export const asyncLocks: LockModel = {
  package: 'async-locks',
  versions: '1.0',
  source: 'https://www.npmjs.com/package/async-locks',
  exports: [
    {
      name: 'default',
      aliases: ['AsyncLocks'],
      permits: { argument: 0 },
      reentrant: false,
      members: { acquire: { does: 'acquire', fails: 'never', release: byRelease }, release: { does: 'release' } },
    },
  ],
};

/** The key may be left out, before the callback. */
export const keyMutex: LockModel = {
  package: 'key_mutex',
  versions: '3.1',
  source: 'https://www.npmjs.com/package/key_mutex',
  exports: [
    {
      name: 'Mutex',
      reentrant: false,
      members: {
        rlock: { does: 'run', mode: 'shared', callback: -1 },
        wlock: { does: 'run', callback: -1, sharedAlternative: 'rlock' },
        lock: { does: 'run', callback: -1, sharedAlternative: 'rlock' },
      },
    },
  ],
  factories: { mutex: 'Mutex' },
};

/** Keys count in the whole process. `unlock` is synchronous, although it is declared to return a promise. */
export const locko: LockModel = {
  package: 'locko',
  versions: '1.1',
  source: 'https://www.npmjs.com/package/locko',
  exports: [
    {
      name: '*',
      identity: 'name',
      reentrant: false,
      members: {
        lock: { does: 'acquire', key: 0, fails: 'never', release: { by: 'module-function', functions: ['unlock'] }, scopedAlternative: 'doWithLock' },
        unlock: { does: 'release', key: 0, again: 'admits' },
        doWithLock: { does: 'run', key: 0, callback: 1 },
      },
    },
  ],
};

export const mutexPromise: LockModel = {
  package: 'mutex-promise',
  versions: '0.1',
  source: 'https://www.npmjs.com/package/mutex-promise',
  exports: [
    {
      name: 'default',
      aliases: ['MutexPromise'],
      identity: 'name',
      reentrant: false,
      members: { lock: { does: 'acquire', release: { by: 'lock-member', members: ['unlock'] } }, unlock: { does: 'release' } },
    },
  ],
};

/** With `true` as its argument, `obtain` takes nothing. */
export const mutexTs: LockModel = {
  package: 'mutex-ts',
  versions: '1.0',
  source: 'https://www.npmjs.com/package/mutex-ts',
  exports: [
    { name: 'Mutex', reentrant: false, members: { obtain: { does: 'acquire', fails: 'never', unless: { argument: 0 }, release: byReleaserOnce } } },
    {
      name: 'MutexRW',
      reentrant: false,
      members: {
        obtainRO: { does: 'acquire', mode: 'shared', fails: 'never', release: byReleaserOnce },
        obtainRW: { does: 'acquire', fails: 'never', release: byReleaserOnce, sharedAlternative: 'obtainRO' },
      },
    },
  ],
};

/** Callback style. */
export const readWriteLock: LockModel = {
  package: 'read-write-lock',
  versions: '1.0',
  source: 'https://www.npmjs.com/package/read-write-lock',
  exports: [
    {
      name: 'Lock',
      reentrant: false,
      members: {
        readLock: { does: 'run', mode: 'shared', callback: 0, releaser: 0 },
        writeLock: { does: 'run', callback: 0, releaser: 0, sharedAlternative: 'readLock' },
      },
    },
  ],
  factories: { default: 'Lock' },
};

/** Two views of one lock. A reader that frees twice makes the count of readers wrong for good. */
export const readWriteMutexify: LockModel = {
  package: 'read-write-mutexify',
  versions: '2.1',
  source: 'https://www.npmjs.com/package/read-write-mutexify',
  exports: [
    {
      name: 'default',
      aliases: ['ReadWriteMutexify'],
      reentrant: 'reader',
      members: {
        'read.lock': { does: 'acquire', mode: 'shared', fails: 'rejects', release: { by: 'lock-member', members: ['read.unlock'], again: 'admits' } },
        'read.unlock': { does: 'release', mode: 'shared', again: 'admits' },
        'write.lock': { does: 'acquire', fails: 'rejects', release: { by: 'lock-member', members: ['write.unlock'], again: 'admits' } },
        'write.unlock': { does: 'release', mode: 'exclusive', again: 'admits' },
      },
    },
  ],
};

/** Comes to false when the lock is destroyed or set to drop callers. */
export const scopeLock: LockModel = {
  package: 'scope-lock',
  versions: '1.2',
  source: 'https://www.npmjs.com/package/scope-lock',
  exports: [
    {
      name: 'default',
      aliases: ['ScopeLock'],
      reentrant: false,
      members: {
        lock: { does: 'acquire', conditional: true, release: { by: 'lock-member', members: ['unlock'] } },
        unlock: { does: 'release' },
      },
    },
  ],
};

/** The argument `sema.SHARED` is no string literal, so that every acquire counts as exclusive. */
export const sema: LockModel = {
  package: 'sema',
  versions: '2.0',
  source: 'https://www.npmjs.com/package/sema',
  exports: [
    { name: 'Sema', reentrant: false, members: { acquire: { does: 'acquire', mode: 'exclusive', release: byRelease }, release: freeAnybody } },
  ],
  factories: { default: 'Sema' },
};

/** One place by default. The releaser is one function for all holders. A given signal makes the lock give up with null. */
export const superlock: LockModel = {
  package: 'superlock',
  versions: '1.3',
  source: 'https://www.npmjs.com/package/superlock',
  exports: [
    {
      name: 'LockInterface',
      permits: { argument: 0, absent: 1 },
      reentrant: false,
      members: { '()': { does: 'acquire', release: { by: 'call-result', again: 'admits' } }, isLocked: asked },
    },
    {
      name: 'WithLockInterface',
      permits: { argument: 0, absent: 1 },
      reentrant: false,
      members: { '()': { does: 'run', callback: 0 }, isLocked: asked },
    },
  ],
  factories: { createLock: 'LockInterface', withLock: 'WithLockInterface' },
};

/** A lock of a part excludes the whole, and the whole its parts. */
export const randajanTreelock: LockModel = {
  package: '@randajan/treelock',
  versions: '0.1',
  source: 'https://www.npmjs.com/package/@randajan/treelock',
  exports: [{ name: 'TreeLock', reentrant: false, members: { run: { does: 'run', callback: 0 } } }],
};

/** The same key gives the same object for as long as somebody uses or awaits it. */
export const henrygdSemaphore: LockModel = {
  package: '@henrygd/semaphore',
  versions: '0.1',
  source: 'https://github.com/henrygd/semaphore#readme',
  exports: [
    {
      name: 'Semaphore',
      identity: 'name',
      permits: { argument: 1, absent: 1 },
      reentrant: false,
      members: { acquire: { does: 'acquire', fails: 'never', release: byRelease }, release: freeAnybody },
    },
  ],
  factories: { getSemaphore: 'Semaphore' },
};

/** Guards a synchronous call against itself: what follows the first suspension of a callback is outside. */
export const lib0: LockModel = {
  package: 'lib0',
  versions: '0.2',
  source: 'https://github.com/dmonad/lib0/blob/main/mutex.js',
  exports: [{ name: 'mutex', members: { '()': { does: 'run', callback: 0, synchronous: true, mode: 'counting' } } }],
  factories: { createMutex: 'mutex' },
};

/** Handles that can be taken again after they were freed. */
export const esfxAsyncLockable: LockModel = {
  package: '@esfx/async-lockable',
  versions: '1.0',
  source: 'https://github.com/esfx/esfx/tree/main/packages/async-lockable',
  exports: [
    {
      name: 'LockHandle',
      reentrant: false,
      members: {
        lock: { does: 'acquire', fails: 'rejects', release: { by: 'lock-member', members: ['unlock'] } },
        unlock: { does: 'release', again: 'fails', trueWhileHeld: ['ownsLock'] },
        ownsLock: { does: 'query', property: true },
      },
    },
  ],
};

const runLast: ModelMember = { does: 'run', callback: -1 };
const sharedLast: ModelMember = { does: 'run', mode: 'shared', callback: -1 };
const readersWriter: Readonly<Record<string, ModelMember>> = {
  withReadF: sharedLast,
  withWriteF: { ...runLast, sharedAlternative: 'withReadF' },
  isLocked: asked,
  waitForUnlock: { does: 'wait' },
};

/** `lock()` returns a function that takes the lock; only the members that run an ordinary function have a model. */
export const matrixaiAsyncLocks: LockModel = {
  package: '@matrixai/async-locks',
  versions: '5.0',
  source: 'https://github.com/MatrixAI/js-async-locks#readme',
  exports: [
    { name: 'Lock', reentrant: false, members: { withF: runLast, isLocked: asked, waitForUnlock: { does: 'wait' } } },
    { name: 'RWLockReader', reentrant: 'reader', members: readersWriter },
    { name: 'RWLockWriter', reentrant: false, members: readersWriter },
    { name: 'Semaphore', permits: { argument: 0 }, reentrant: false, members: { withF: runLast, waitForUnlock: { does: 'wait' } } },
    { name: 'LockBox', members: { withF: runLast, withMultiF: runLast } },
  ],
};

/** Every method has a lock of its own, which all objects share; the second decorator lets a task in again by its asynchronous context. */
export const hitorisenseiMutexDecorator: LockModel = {
  package: '@hitorisensei/mutex-decorator',
  versions: '1.0',
  source: 'https://www.npmjs.com/package/@hitorisensei/mutex-decorator',
  exports: [],
  decorators: { Mutex: { scope: 'method', reentrant: false }, ReentrantMutex: { scope: 'method', reentrant: true } },
};

export const typescriptMutexDecorator: LockModel = {
  package: 'typescript-mutex-decorator',
  versions: '0.1',
  source: 'https://www.npmjs.com/package/typescript-mutex-decorator',
  exports: [],
  decorators: { mutex: { scope: 'method', reentrant: false } },
};

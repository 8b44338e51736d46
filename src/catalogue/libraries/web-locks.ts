import type { LockModel, ModelExport } from '../schema.js';

const lockManager: ModelExport = {
  name: 'LockManager',
  identity: 'name',
  reentrant: false,
  paths: ['navigator.locks'],
  members: {
    request: {
      does: 'run',
      key: 0,
      callback: -1,
      modeArgument: { argument: 1, property: 'mode', values: { exclusive: 'exclusive', shared: 'shared' } },
      conditional: { argument: 1, property: 'ifAvailable' },
    },
  },
};

/** With `ifAvailable` the callback gets `null` when the lock is taken; with `steal` the former holder runs on. */
export const webLocks: LockModel = {
  package: '(global)',
  versions: 'Web Locks API',
  source: 'https://developer.mozilla.org/docs/Web/API/LockManager/request',
  exports: [lockManager],
};

/** The same interface, declared a second time by Node. */
export const workerThreadsLocks: LockModel = {
  package: 'node:worker_threads',
  versions: 'Node 24.5 and later',
  source: 'https://nodejs.org/api/worker_threads.html#worker_threadslocks',
  exports: [lockManager],
  instances: { locks: 'LockManager' },
};

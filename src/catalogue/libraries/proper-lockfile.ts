import type { LockModel } from '../schema.js';

/** Locks on the file system. The returned releaser of `lock` is asynchronous; `unlock` with the same path does the same. */
export const properLockfile: LockModel = {
  package: 'proper-lockfile',
  versions: '4.1',
  source: 'https://github.com/moxystudio/node-proper-lockfile#readme',
  exports: [
    {
      name: '*',
      reentrant: false,
      members: {
        lock: { does: 'acquire', key: 0, release: { by: 'call-result', asynchronous: true, again: 'fails' }, fails: 'rejects' },
        unlock: { does: 'release', key: 0, asynchronous: true, again: 'fails' },
        lockSync: { does: 'acquire', key: 0, synchronous: true, release: { by: 'call-result', again: 'fails' }, fails: 'throws' },
        unlockSync: { does: 'release', key: 0, again: 'fails' },
        check: { does: 'query', key: 0 },
        checkSync: { does: 'query', key: 0 },
      },
    },
  ],
};

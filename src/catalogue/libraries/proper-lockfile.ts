import type { LockModel } from '../schema.js';

/** Locks on the file system. The returned releaser of `lock` is asynchronous; `unlock` with the same path does the same. */
export const properLockfile: LockModel = {
  package: 'proper-lockfile',
  versions: '4.1',
  source: 'https://github.com/moxystudio/node-proper-lockfile#readme',
  exports: [
    {
      name: '*',
      members: {
        lock: { does: 'acquire', key: 0, release: { by: 'call-result' } },
        unlock: { does: 'release', key: 0, asynchronous: true },
        lockSync: { does: 'acquire', key: 0, synchronous: true, release: { by: 'call-result' } },
        unlockSync: { does: 'release', key: 0 },
      },
    },
  ],
};

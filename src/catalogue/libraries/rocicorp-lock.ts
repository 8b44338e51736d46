import type { LockModel } from '../schema.js';

export const rocicorpLock: LockModel = {
  package: '@rocicorp/lock',
  versions: '1 to 2',
  source: 'https://github.com/rocicorp/lock#readme',
  exports: [
    {
      name: 'Lock',
      members: {
        lock: { does: 'acquire', release: { by: 'call-result' }, scopedAlternative: 'withLock' },
        withLock: { does: 'run', callback: 0 },
      },
    },
    {
      name: 'RWLock',
      members: {
        read: { does: 'acquire', mode: 'shared', release: { by: 'call-result' }, scopedAlternative: 'withRead' },
        withRead: { does: 'run', mode: 'shared', callback: 0 },
        write: {
          does: 'acquire',
          release: { by: 'call-result' },
          sharedAlternative: 'read',
          scopedAlternative: 'withWrite',
        },
        withWrite: { does: 'run', callback: 0, sharedAlternative: 'withRead' },
      },
    },
  ],
};

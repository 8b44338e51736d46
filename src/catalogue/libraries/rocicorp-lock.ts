import type { LockModel } from '../schema.js';

const byReleaser = { by: 'call-result', again: 'ignored' } as const;

/** A reader that takes it again waits behind a writer that came in between. */
export const rocicorpLock: LockModel = {
  package: '@rocicorp/lock',
  versions: '1 to 2',
  source: 'https://github.com/rocicorp/lock#readme',
  exports: [
    {
      name: 'Lock',
      reentrant: false,
      members: {
        lock: { does: 'acquire', release: byReleaser, fails: 'never', scopedAlternative: 'withLock' },
        withLock: { does: 'run', callback: 0 },
      },
    },
    {
      name: 'RWLock',
      reentrant: false,
      members: {
        read: { does: 'acquire', mode: 'shared', release: byReleaser, fails: 'never', scopedAlternative: 'withRead' },
        withRead: { does: 'run', mode: 'shared', callback: 0 },
        write: {
          does: 'acquire',
          release: byReleaser,
          fails: 'never',
          sharedAlternative: 'read',
          scopedAlternative: 'withWrite',
        },
        withWrite: { does: 'run', callback: 0, sharedAlternative: 'withRead' },
      },
    },
  ],
};

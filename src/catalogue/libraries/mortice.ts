import type { LockModel } from '../schema.js';

const byReleaser = { by: 'call-result', again: 'ignored' } as const;
const signal = { argument: 0, property: 'signal' };

/** Locks of one name are one lock, also across processes; all locks made without a name are one lock too. */
export const mortice: LockModel = {
  package: 'mortice',
  versions: '3.3',
  source: 'https://github.com/achingbrain/mortice#readme',
  exports: [
    {
      name: 'Mortice',
      identity: 'name',
      reentrant: false,
      members: {
        readLock: { does: 'acquire', mode: 'shared', release: byReleaser, fails: 'rejects', limit: signal },
        writeLock: { does: 'acquire', release: byReleaser, fails: 'rejects', limit: signal, sharedAlternative: 'readLock' },
      },
    },
  ],
  factories: { default: 'Mortice' },
};

import type { LockModel } from '../schema.js';

/** Locks of one name are one lock, also across processes; all locks made without a name are one lock too. */
export const mortice: LockModel = {
  package: 'mortice',
  versions: '3.3',
  source: 'https://github.com/achingbrain/mortice#readme',
  exports: [
    {
      name: 'Mortice',
      identity: 'name',
      members: {
        readLock: { does: 'acquire', mode: 'shared', release: { by: 'call-result' } },
        writeLock: { does: 'acquire', release: { by: 'call-result' }, sharedAlternative: 'readLock' },
      },
    },
  ],
  factories: { default: 'Mortice' },
};

import type { LockModel } from '../schema.js';

/** `RateLimit` of the same package only spaces calls out and excludes nobody, so it has no model. */
export const asyncSema: LockModel = {
  package: 'async-sema',
  versions: '3.1',
  source: 'https://github.com/vercel/async-sema#readme',
  exports: [
    {
      name: 'Sema',
      permits: { argument: 0 },
      reentrant: false,
      members: {
        acquire: { does: 'acquire', release: { by: 'lock-member', members: ['release'] }, fails: 'never' },
        tryAcquire: {
          does: 'acquire',
          synchronous: true,
          conditional: true,
          notTaken: 'undefined',
          release: { by: 'lock-member', members: ['release'] },
        },
        release: { does: 'release', again: 'admits' },
        nrWaiting: { does: 'query' },
        drain: { does: 'wait', until: 'idle' },
      },
    },
  ],
};

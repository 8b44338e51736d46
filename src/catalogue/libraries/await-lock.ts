import type { LockModel } from '../schema.js';

export const awaitLock: LockModel = {
  package: 'await-lock',
  versions: '2 to 3',
  source: 'https://github.com/expo/await-lock#readme',
  exports: [
    {
      name: 'default',
      aliases: ['AwaitLock'],
      reentrant: false,
      members: {
        acquireAsync: {
          does: 'acquire',
          release: { by: 'lock-member', members: ['release'] },
          fails: 'rejects',
          limit: { argument: 0, property: 'timeout' },
        },
        tryAcquire: {
          does: 'acquire',
          synchronous: true,
          conditional: true,
          release: { by: 'lock-member', members: ['release'] },
        },
        release: { does: 'release', again: 'admits', trueWhileHeld: ['acquired'] },
        acquired: { does: 'query', property: true },
      },
    },
  ],
};

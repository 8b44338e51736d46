import type { LockModel } from '../schema.js';

/** The only verb is `acquire`, which runs a function; the key may be an array, whose elements are taken in order. */
export const asyncLock: LockModel = {
  package: 'async-lock',
  versions: '1.4',
  source: 'https://github.com/rogierschouten/async-lock#readme',
  exports: [
    {
      name: 'default',
      aliases: ['AsyncLock'],
      reentrant: false,
      reentrantWhen: { argument: 0, property: 'domainReentrant' },
      members: { acquire: { does: 'run', key: 0, callback: 1, releaser: 0, releaserIfDeclared: true }, isBusy: { does: 'query', key: 0 } },
    },
  ],
};

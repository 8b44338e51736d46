import type { LockModel, ModelMember } from '../schema.js';

const runFirst: ModelMember = { does: 'run', callback: 0 };
const runSecond: ModelMember = { does: 'run', callback: 1 };

export const pLimit: LockModel = {
  package: 'p-limit',
  versions: '3 to 7',
  source: 'https://github.com/sindresorhus/p-limit#readme',
  exports: [
    {
      name: 'LimitFunction',
      aliases: ['Limit'],
      permits: { argument: 0, property: 'concurrency' },
      reentrant: false,
      members: { '()': runFirst, map: runSecond },
    },
  ],
  factories: { default: 'LimitFunction' },
};

/** Without a concurrency everything runs at once. */
export const pQueue: LockModel = {
  package: 'p-queue',
  versions: '6 to 10',
  source: 'https://github.com/sindresorhus/p-queue#readme',
  exports: [
    {
      name: 'default',
      aliases: ['PQueue'],
      permits: { argument: 0, property: 'concurrency' },
      reentrant: false,
      members: { add: runFirst },
    },
  ],
};

/** `throat(size, fn)` instead returns a function that runs `fn`; that form has no callback at the call and no model. */
export const throat: LockModel = {
  package: 'throat',
  versions: '6',
  source: 'https://github.com/ForbesLindesay/throat#readme',
  exports: [{ name: 'ThroatFunction', permits: { argument: 0 }, reentrant: false, members: { '()': runFirst } }],
  factories: { default: 'ThroatFunction' },
};

export const promiseLimit: LockModel = {
  package: 'promise-limit',
  versions: '2.7',
  source: 'https://github.com/featurist/promise-limit#readme',
  exports: [
    {
      name: 'limitInterface',
      permits: { argument: 0 },
      reentrant: false,
      members: { '()': runFirst, map: runSecond },
    },
  ],
  factories: { default: 'limitInterface' },
};

/** `wait` takes the queue's one place, `shift` frees it. */
export const sapphireAsyncQueue: LockModel = {
  package: '@sapphire/async-queue',
  versions: '1.5',
  source: 'https://github.com/sapphiredev/utilities/tree/main/packages/async-queue',
  exports: [
    {
      name: 'AsyncQueue',
      reentrant: false,
      members: {
        wait: {
          does: 'acquire',
          release: { by: 'lock-member', members: ['shift'] },
          fails: 'rejects',
          limit: { argument: 0, property: 'signal' },
        },
        shift: { does: 'release', again: 'admits' },
      },
    },
  ],
};

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
  serializers: { limitFunction: { callback: 0, permits: { argument: 1, property: 'concurrency' }, reentrant: false } },
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
      members: { add: runFirst, addAll: runFirst, onIdle: { does: 'wait', until: 'idle' } },
    },
  ],
};

/** `throat(size, fn)` returns a function that runs `fn`. */
export const throat: LockModel = {
  package: 'throat',
  versions: '6',
  source: 'https://github.com/ForbesLindesay/throat#readme',
  exports: [{ name: 'ThroatFunction', permits: { argument: 0 }, reentrant: false, members: { '()': runFirst } }],
  factories: { default: 'ThroatFunction' },
  serializers: { default: { callback: 1, permits: { argument: 0 }, reentrant: false } },
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

/** Without `maxConcurrent` everything runs at once. An expired job goes on beside the next one. */
export const bottleneck: LockModel = {
  package: 'bottleneck',
  versions: '2.19',
  source: 'https://github.com/SGrondin/bottleneck#readme',
  exports: [
    {
      name: 'default',
      aliases: ['Bottleneck'],
      permits: { argument: 0, property: 'maxConcurrent' },
      reentrant: false,
      members: { schedule: runFirst, wrap: { does: 'enclose', callback: 0, asynchronous: true } },
    },
  ],
};

const workedOff = { callback: 0, permits: { argument: 1 }, reentrant: false, mayTakeObject: true, runBy: ['push', 'unshift'] } as const;

/** The worker is given when the queue is made; the queue runs it for one entry after another where its size is 1. */
export const fastq: LockModel = {
  package: 'fastq',
  versions: '1.20',
  source: 'https://github.com/mcollina/fastq#readme',
  exports: [],
  serializers: { default: { ...workedOff, releaser: 1 }, promise: workedOff },
};

export const async: LockModel = {
  package: 'async',
  versions: '3.2',
  source: 'https://caolan.github.io/async/v3/docs.html#queue',
  exports: [],
  serializers: {
    queue: { callback: 0, permits: { argument: 1, absent: 1 }, reentrant: false, releaser: 1, runBy: ['push', 'pushAsync', 'unshift', 'unshiftAsync'] },
  },
};

import type { LockModel, ModelExport, ModelMember } from '../schema.js';

const releaseLater: ModelMember = { does: 'release', asynchronous: true, again: 'ignored', trueWhileHeld: ['isAcquired'] };
const byTokenRelease = { asynchronous: true, again: 'fails' } as const;

/**
 * Versions 4 (`acquire`, `lock`, `unlock`) and 5 (`acquire`, `using`, `release`) in one record: the members that both
 * have mean the same, only the handle's member that frees is named differently.
 */
const redlockMembers: Readonly<Record<string, ModelMember>> = {
  acquire: {
    does: 'acquire',
    key: 0,
    release: { by: 'result-member', members: ['release', 'unlock'], ...byTokenRelease },
    fails: 'rejects',
    scopedAlternative: 'using',
  },
  lock: { does: 'acquire', key: 0, release: { by: 'result-member', members: ['unlock'], ...byTokenRelease }, fails: 'rejects' },
  using: { does: 'run', key: 0, callback: -1 },
};

export const redlock: LockModel = {
  package: 'redlock',
  versions: '4.2 and 5.0 beta',
  source: 'https://github.com/mike-marcacci/node-redlock#readme',
  exports: [{ name: 'default', aliases: ['Redlock'], identity: 'name', reentrant: false, members: redlockMembers }],
};

export const sesamecareRedlock: LockModel = {
  package: '@sesamecare-oss/redlock',
  versions: '1.4',
  source: 'https://github.com/sesamecare/redlock#readme',
  exports: [
    {
      name: 'Redlock',
      identity: 'name',
      reentrant: false,
      members: {
        acquire: {
          does: 'acquire',
          key: 0,
          release: { by: 'result-member', members: ['release'], ...byTokenRelease },
          fails: 'rejects',
          scopedAlternative: 'using',
        },
        using: { does: 'run', key: 0, callback: -1 },
      },
    },
  ],
};

const redisMembers: ModelExport['members'] = {
  acquire: { does: 'acquire', release: { by: 'lock-member', members: ['release'] }, fails: 'rejects' },
  tryAcquire: { does: 'acquire', conditional: true, release: { by: 'lock-member', members: ['release'] } },
  release: releaseLater,
};

/** An object stands for one holder of the key it was made with, so tasks make one each. */
export const redisSemaphore: LockModel = {
  package: 'redis-semaphore',
  versions: '5',
  source: 'https://github.com/swarthy/redis-semaphore#readme',
  exports: [
    { name: 'Mutex', aliases: ['RedisMutex'], identity: 'name', reentrant: false, members: redisMembers },
    { name: 'RedlockMutex', identity: 'name', reentrant: false, members: redisMembers },
    { name: 'Semaphore', aliases: ['RedisSemaphore'], identity: 'name', permits: { argument: 2 }, reentrant: false, members: redisMembers },
    { name: 'RedlockSemaphore', identity: 'name', permits: { argument: 2 }, reentrant: false, members: redisMembers },
    { name: 'MultiSemaphore', aliases: ['RedisMultiSemaphore'], identity: 'name', permits: { argument: 2 }, reentrant: false, members: redisMembers },
    { name: 'RedlockMultiSemaphore', identity: 'name', permits: { argument: 2 }, reentrant: false, members: redisMembers },
  ],
};

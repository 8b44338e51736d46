/** Locks that live in a service and may be lost while their holder works. */
import type { LockModel, ModelExport, ModelMember } from '../schema.js';

const freeLater: ModelMember = { does: 'release', asynchronous: true };
const byRelease = { by: 'lock-member', members: ['release'] } as const;
const byHandle = { by: 'result-member', members: ['release'], asynchronous: true } as const;
const byReleaser = { by: 'call-result', asynchronous: true } as const;

const keyOfStore: ModelMember = {
  does: 'acquire',
  lease: true,
  key: 0,
  conditional: true,
  notTaken: 'null',
  release: { by: 'lock-member', members: ['del', 'unlink', 'eval'], asynchronous: true, again: 'ignored' },
};
const keyDeleted: ModelMember = { does: 'release', lease: true, asynchronous: true, again: 'ignored' };
/** A script is there to ask first whose token the key has. */
const keyDeletedByOwner: ModelMember = { ...keyDeleted, ofOwner: true };

/** `SET key token NX`, and `DEL key` or a script to give it back. */
const leases: Pick<ModelExport, 'identity' | 'reentrant' | 'members'> = {
  identity: 'name',
  reentrant: false,
  members: {
    set: keyOfStore, setnx: keyOfStore, setNX: keyOfStore,
    del: keyDeleted, unlink: keyDeleted, eval: keyDeletedByOwner, evalsha: keyDeletedByOwner, evalSha: keyDeletedByOwner,
  },
};

export const ioredis: LockModel = {
  package: 'ioredis',
  versions: '4 to 5',
  source: 'https://redis.io/docs/latest/commands/set/',
  exports: [{ name: 'default', aliases: ['Redis', 'Cluster'], ...leases }],
};

export const redis: LockModel = {
  package: 'redis',
  versions: '4 to 6',
  source: 'https://redis.io/docs/latest/commands/set/',
  exports: [{ name: 'RedisClientType', aliases: ['RedisClusterType', 'RedisClient'], ...leases }],
  factories: { createClient: 'RedisClientType', createCluster: 'RedisClientType' },
};

export const azureStorageBlob: LockModel = {
  package: '@azure/storage-blob',
  versions: '12',
  source: 'https://learn.microsoft.com/javascript/api/@azure/storage-blob/blobleaseclient',
  exports: [
    {
      name: 'BlobLeaseClient',
      identity: 'name',
      reentrant: false,
      members: {
        acquireLease: { does: 'acquire', fails: 'rejects', release: { by: 'lock-member', members: ['releaseLease', 'breakLease'] } },
        releaseLease: freeLater,
        breakLease: freeLater,
      },
    },
  ],
};

/** `acquire` rejects at once when another holds it; `do` frees when its callback has settled. */
export const etcd3: LockModel = {
  package: 'etcd3',
  versions: '1.1',
  source: 'https://microsoft.github.io/etcd3/classes/lock.html',
  exports: [
    {
      name: 'Lock',
      identity: 'name',
      reentrant: false,
      members: {
        acquire: { does: 'acquire', fails: 'rejects', release: byRelease, scopedAlternative: 'do' },
        release: freeLater,
        do: { does: 'run', callback: 0 },
      },
    },
  ],
};

/** Called with a client it makes a function, whose call takes the lock and comes to the function that frees it. */
export const redisLock: LockModel = {
  package: 'redis-lock',
  versions: '1.0',
  source: 'https://github.com/errorception/redis-lock#readme',
  exports: [
    {
      name: 'RedisLock',
      identity: 'name',
      reentrant: false,
      members: { '()': { does: 'acquire', key: 0, fails: 'never', release: byReleaser } },
    },
  ],
  factories: { default: 'RedisLock' },
};

export const dynamodbLockClient: LockModel = {
  package: 'dynamodb-lock-client',
  versions: '0.7',
  source: 'https://github.com/tristanls/dynamodb-lock-client#readme',
  exports: [
    { name: 'FailClosed', identity: 'name', reentrant: false, members: { acquireLock: { does: 'run', key: 0, callback: -1 } } },
    { name: 'FailOpen', identity: 'name', reentrant: false, members: { acquireLock: { does: 'run', key: 0, callback: -1 } } },
  ],
};

/** `FencedLock` frees by the token that `lock` comes to; locks of a map belong to the whole client. */
export const hazelcastClient: LockModel = {
  package: 'hazelcast-client',
  versions: '5',
  source: 'https://hazelcast.github.io/hazelcast-nodejs-client/api/current/docs/',
  exports: [
    {
      name: 'FencedLock',
      identity: 'name',
      reentrant: false,
      members: {
        lock: { does: 'acquire', fails: 'rejects', release: { by: 'lock-member', members: ['unlock'] } },
        tryLock: { does: 'acquire', conditional: true, notTaken: 'undefined', release: { by: 'lock-member', members: ['unlock'] } },
        unlock: { does: 'release', asynchronous: true, again: 'fails' },
        isLocked: { does: 'query' },
      },
    },
    {
      name: 'ISemaphore',
      identity: 'name',
      members: {
        acquire: { does: 'acquire', mode: 'counting', release: byRelease },
        tryAcquire: { does: 'acquire', mode: 'counting', conditional: true, release: byRelease },
        release: freeLater,
      },
    },
    {
      name: 'IMap',
      identity: 'name',
      reentrant: true,
      members: {
        lock: { does: 'acquire', key: 0, release: { by: 'lock-member', members: ['unlock', 'forceUnlock'] } },
        tryLock: { does: 'acquire', key: 0, conditional: true, release: { by: 'lock-member', members: ['unlock', 'forceUnlock'] } },
        unlock: { does: 'release', key: 0, asynchronous: true },
        forceUnlock: { does: 'release', key: 0, asynchronous: true },
      },
    },
  ],
};

const keyed = (members: readonly string[]): Extract<ModelMember, { does: 'acquire' }> => ({ does: 'acquire', key: 0, fails: 'rejects', release: { by: 'lock-member', members } });
const keyedRelease: Extract<ModelMember, { does: 'release' }> = { does: 'release', key: 0, asynchronous: true };

/** Most verbs have aliases; the members that take a callback are left out. */
export const liveMutex: LockModel = {
  package: 'live-mutex',
  versions: '0.2',
  source: 'https://github.com/ORESoftware/live-mutex#readme',
  exports: [
    {
      name: 'Client',
      aliases: ['LMXClient', 'LMClient'],
      identity: 'name',
      reentrant: false,
      members: {
        acquire: keyed(['release']),
        release: keyedRelease,
        lockp: keyed(['unlockp']),
        unlockp: keyedRelease,
        acquireLock: keyed(['releaseLock']),
        releaseLock: keyedRelease,
      },
    },
    {
      name: 'RWLockClient',
      aliases: ['RWLockWritePrefClient'],
      identity: 'name',
      reentrant: false,
      members: {
        beginReadp: { ...keyed(['endReadp']), mode: 'shared' },
        endReadp: { ...keyedRelease, mode: 'shared' },
        beginWritep: { ...keyed(['endWritep']), sharedAlternative: 'beginReadp' },
        endWritep: { ...keyedRelease, mode: 'exclusive' },
        acquireReadLockp: { ...keyed(['releaseReadLockp']), mode: 'shared' },
        releaseReadLockp: { ...keyedRelease, mode: 'shared' },
        acquireWriteLockp: { ...keyed(['releaseWriteLockp']), sharedAlternative: 'acquireReadLockp' },
        releaseWriteLockp: { ...keyedRelease, mode: 'exclusive' },
      },
    },
  ],
};

export const murlock: LockModel = {
  package: 'murlock',
  versions: '4',
  source: 'https://github.com/felanios/murlock#readme',
  exports: [
    {
      name: 'MurLockService',
      identity: 'name',
      reentrant: false,
      members: { runWithLock: { does: 'run', key: 0, callback: -1 } },
    },
  ],
  decorators: { MurLock: { scope: 'method' } },
};

export const anchanNestRedlock: LockModel = {
  package: '@anchan828/nest-redlock',
  versions: '0.4',
  source: 'https://www.npmjs.com/package/@anchan828/nest-redlock',
  exports: [
    {
      name: 'RedlockService',
      identity: 'name',
      reentrant: false,
      members: {
        acquire: { does: 'acquire', key: 0, fails: 'rejects', release: { ...byHandle, members: ['release', 'unlock'] }, scopedAlternative: 'using' },
        using: { does: 'run', key: 0, callback: -1 },
      },
    },
  ],
  decorators: { Redlock: { scope: 'key', key: 0 } },
};

const nullable: ModelMember = { does: 'acquire', key: 0, conditional: true, notTaken: 'null', release: byHandle, scopedAlternative: 'withLock' };

export const nestjsRedisLock: LockModel = {
  package: '@nestjs-redis/lock',
  versions: '0.13',
  source: 'https://www.npmjs.com/package/@nestjs-redis/lock',
  exports: [
    {
      name: 'RedlockService',
      identity: 'name',
      reentrant: false,
      members: { acquire: nullable, withLock: { does: 'run', key: 0, callback: -1 } },
    },
  ],
  decorators: { Redlock: { scope: 'key', key: 0 } },
};

export const redisKitLock: LockModel = {
  package: '@redis-kit/lock',
  versions: '0.1 pre-release',
  source: 'https://www.npmjs.com/package/@redis-kit/lock',
  exports: [
    {
      name: 'Redlock',
      identity: 'name',
      reentrant: false,
      members: { acquire: nullable, withLock: { does: 'run', key: 0, callback: -1 } },
    },
  ],
};

/** One object holds one key at a time. */
export const ioredisLock: LockModel = {
  package: 'ioredis-lock',
  versions: '4.0',
  source: 'https://www.npmjs.com/package/ioredis-lock',
  exports: [
    {
      name: 'Lock',
      identity: 'name',
      reentrant: false,
      members: {
        acquire: { does: 'acquire', key: 0, fails: 'rejects', release: byRelease },
        release: { does: 'release', asynchronous: true, again: 'fails' },
      },
    },
  ],
  factories: { createLock: 'Lock' },
};

/** Callback style: the callback is handed a code, or null when the lock was not taken. */
export const mongodbLock: LockModel = {
  package: 'mongodb-lock',
  versions: '1.0',
  source: 'https://www.npmjs.com/package/mongodb-lock',
  exports: [{ name: 'Lock', identity: 'name', reentrant: false, members: { acquire: { does: 'run', callback: 0 } } }],
  factories: { default: 'Lock' },
};

export const nodeMutex: LockModel = {
  package: 'node-mutex',
  versions: '0.2',
  source: 'https://www.npmjs.com/package/node-mutex',
  exports: [
    { name: 'Mutex', identity: 'name', reentrant: false, members: { lock: { does: 'acquire', key: 0, release: { by: 'call-result' } } } },
  ],
  factories: { default: 'Mutex' },
};

const ownedLock: Readonly<Record<string, ModelMember>> = {
  acquire: { does: 'acquire', fails: 'rejects', release: byRelease, scopedAlternative: 'using' },
  release: freeLater,
  isLocked: { does: 'query' },
  using: { does: 'run', callback: -1 },
};

export const redlockUniversal: LockModel = {
  package: 'redlock-universal',
  versions: '0.8',
  source: 'https://github.com/alexpota/redlock-universal#readme',
  exports: [
    { name: 'Lock', identity: 'name', reentrant: false, members: ownedLock },
    { name: 'SimpleLock', identity: 'name', reentrant: false, members: ownedLock },
    { name: 'RedLock', identity: 'name', reentrant: false, members: ownedLock },
    {
      name: 'LockManager',
      identity: 'name',
      reentrant: false,
      members: {
        acquireLock: { does: 'acquire', key: 0, fails: 'rejects', release: { by: 'lock-member', members: ['releaseLock'] }, scopedAlternative: 'using' },
        releaseLock: freeLater,
        acquireBatch: { does: 'acquire', key: 0, fails: 'rejects', release: { by: 'lock-member', members: ['releaseBatch'] }, scopedAlternative: 'usingBatch' },
        releaseBatch: freeLater,
        using: { does: 'run', key: 0, callback: -1 },
        usingBatch: { does: 'run', key: 0, callback: 1 },
      },
    },
  ],
  factories: { createLock: 'Lock', createRedlock: 'Lock' },
};

/** `tryLock` comes to a pair that says whether it was taken; it has no model. */
export const simpleRedisMutex: LockModel = {
  package: 'simple-redis-mutex',
  versions: '3.0',
  source: 'https://www.npmjs.com/package/simple-redis-mutex',
  exports: [
    { name: '*', identity: 'name', reentrant: false, members: { lock: { does: 'acquire', key: 1, fails: 'rejects', release: byReleaser } } },
  ],
};

/** Called with a connection string it makes a function; that, called with a name, makes the lock. */
export const advisoryLock: LockModel = {
  package: 'advisory-lock',
  versions: '2.0',
  source: 'https://github.com/binded/advisory-lock#readme',
  exports: [
    {
      name: 'AdvisoryLock',
      identity: 'name',
      reentrant: false,
      members: {
        lock: { does: 'acquire', release: byReleaser, scopedAlternative: 'withLock' },
        tryLock: { does: 'acquire', conditional: true, notTaken: 'undefined', release: byReleaser },
        unlock: freeLater,
        withLock: { does: 'run', callback: 0 },
      },
    },
  ],
  factories: { default: 'AdvisoryLock' },
};

/** The locker makes a handle per key; the handle frees by `unlock`. */
export const deepkitCore: LockModel = {
  package: '@deepkit/core',
  versions: '1.0',
  source: 'https://github.com/deepkit/deepkit-framework/tree/master/packages/core',
  exports: [
    {
      name: 'ProcessLocker',
      reentrant: false,
      members: {
        acquireLock: { does: 'acquire', key: 0, fails: 'rejects', limit: { argument: 2 }, release: { by: 'result-member', members: ['unlock'] } },
        tryLock: { does: 'acquire', key: 0, conditional: true, notTaken: 'undefined', release: { by: 'result-member', members: ['unlock'] } },
        isLocked: { does: 'query', key: 0 },
      },
    },
    {
      name: 'ProcessLock',
      identity: 'name',
      reentrant: false,
      members: {
        acquire: { does: 'acquire', fails: 'rejects', limit: { argument: 1 }, release: { by: 'lock-member', members: ['unlock'] } },
        tryLock: { does: 'acquire', synchronous: true, conditional: true, release: { by: 'lock-member', members: ['unlock'] } },
        unlock: { does: 'release' },
        isLocked: { does: 'query' },
      },
    },
  ],
  decorators: { singleStack: { scope: 'method' } },
};

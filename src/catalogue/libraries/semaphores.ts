import type { LockModel, ModelMember } from '../schema.js';

/** Frees a permit whether or not the caller has one. */
const release: ModelMember = { does: 'release', again: 'admits' };

const useMembers: Readonly<Record<string, ModelMember>> = {
  acquire: { does: 'acquire', release: { by: 'call-result', again: 'ignored' }, fails: 'never', scopedAlternative: 'use' },
  use: { does: 'run', callback: 0, leaksOnThrow: true },
};

export const awaitSemaphore: LockModel = {
  package: 'await-semaphore',
  versions: '0.1',
  source: 'https://github.com/notenoughneon/await-semaphore#readme',
  exports: [
    { name: 'Semaphore', permits: { argument: 0 }, reentrant: false, members: useMembers },
    { name: 'Mutex', reentrant: false, members: useMembers },
  ],
};

const byRelease = { by: 'lock-member', members: ['release', 'signal'] } as const;

const executeMembers: Readonly<Record<string, ModelMember>> = {
  acquire: { does: 'acquire', release: byRelease, fails: 'never', scopedAlternative: 'execute' },
  wait: { does: 'acquire', release: byRelease, fails: 'never', scopedAlternative: 'execute' },
  waitFor: { does: 'acquire', conditional: true, release: byRelease, limit: { argument: 0 } },
  tryAcquire: { does: 'acquire', synchronous: true, conditional: true, release: byRelease },
  execute: { does: 'run', callback: 0 },
  release,
  signal: release,
  getPermits: { does: 'query' },
};

export const semaphoreAsyncAwait: LockModel = {
  package: 'semaphore-async-await',
  versions: '1.5',
  source: 'https://github.com/jsoendermann/semaphore-async-await#readme',
  exports: [
    { name: 'default', aliases: ['Semaphore'], permits: { argument: 0 }, reentrant: false, members: executeMembers },
    { name: 'Lock', reentrant: false, members: executeMembers },
  ],
};

const byPermit = { by: 'result-member', members: ['release'], again: 'ignored' } as const;

export const shopifySemaphore: LockModel = {
  package: '@shopify/semaphore',
  versions: '3.1',
  source: 'https://github.com/Shopify/quilt/tree/main/packages/semaphore',
  exports: [{ name: 'Semaphore', permits: { argument: 0 }, reentrant: false, members: { acquire: { does: 'acquire', release: { ...byPermit, asynchronous: true }, fails: 'never' } } }],
};

export const radashi: LockModel = {
  package: 'radashi',
  versions: '12.6 and later',
  source: 'https://radashi.js.org/reference/async/semaphore/',
  exports: [
    {
      name: 'Semaphore',
      permits: { argument: 0 },
      reentrant: false,
      members: { acquire: { does: 'acquire', release: byPermit, fails: 'rejects', limit: { argument: 0, property: 'signal' } } },
    },
  ],
  serializers: { queueByKey: { callback: 0, reentrant: false } },
};

export const esfxAsyncSemaphore: LockModel = {
  package: '@esfx/async-semaphore',
  versions: '1.0',
  source: 'https://github.com/esfx/esfx/tree/main/packages/async-semaphore',
  exports: [
    {
      name: 'AsyncSemaphore',
      permits: { argument: 0 },
      reentrant: false,
      members: {
        wait: { does: 'acquire', release: { by: 'lock-member', members: ['release'] }, fails: 'rejects', limit: { argument: 0 } },
        release,
        count: { does: 'query', property: true },
      },
    },
  ],
};

/** Callback style: `take` runs its callback, which frees with the function it is handed. */
export const semaphore: LockModel = {
  package: 'semaphore',
  versions: '1.1',
  source: 'https://github.com/abrkn/semaphore.js#readme',
  exports: [
    {
      name: 'Semaphore',
      permits: { argument: 0, absent: 1 },
      reentrant: false,
      members: {
        take: { does: 'run', callback: -1, releaser: 0 },
        leave: release,
        available: { does: 'query' },
      },
    },
  ],
  factories: { default: 'Semaphore' },
};

import type { LockModel, ModelMember } from '../schema.js';

const release: ModelMember = { does: 'release' };

const useMembers: Readonly<Record<string, ModelMember>> = {
  acquire: { does: 'acquire', release: { by: 'call-result' }, scopedAlternative: 'use' },
  use: { does: 'run', callback: 0 },
};

export const awaitSemaphore: LockModel = {
  package: 'await-semaphore',
  versions: '0.1',
  source: 'https://github.com/notenoughneon/await-semaphore#readme',
  exports: [
    { name: 'Semaphore', permits: { argument: 0 }, members: useMembers },
    { name: 'Mutex', members: useMembers },
  ],
};

const byRelease = { by: 'lock-member', members: ['release', 'signal'] } as const;

const executeMembers: Readonly<Record<string, ModelMember>> = {
  acquire: { does: 'acquire', release: byRelease, scopedAlternative: 'execute' },
  wait: { does: 'acquire', release: byRelease, scopedAlternative: 'execute' },
  waitFor: { does: 'acquire', conditional: true, release: byRelease },
  tryAcquire: { does: 'acquire', synchronous: true, conditional: true, release: byRelease },
  execute: { does: 'run', callback: 0 },
  release,
  signal: release,
};

export const semaphoreAsyncAwait: LockModel = {
  package: 'semaphore-async-await',
  versions: '1.5',
  source: 'https://github.com/jsoendermann/semaphore-async-await#readme',
  exports: [
    { name: 'default', aliases: ['Semaphore'], permits: { argument: 0 }, members: executeMembers },
    { name: 'Lock', members: executeMembers },
  ],
};

const permit: ModelMember = { does: 'acquire', release: { by: 'result-member', members: ['release'] } };

export const shopifySemaphore: LockModel = {
  package: '@shopify/semaphore',
  versions: '3.1',
  source: 'https://github.com/Shopify/quilt/tree/main/packages/semaphore',
  exports: [{ name: 'Semaphore', permits: { argument: 0 }, members: { acquire: permit } }],
};

export const radashi: LockModel = {
  package: 'radashi',
  versions: '12.6 and later',
  source: 'https://radashi.js.org/reference/async/semaphore/',
  exports: [{ name: 'Semaphore', permits: { argument: 0 }, members: { acquire: permit } }],
};

export const esfxAsyncSemaphore: LockModel = {
  package: '@esfx/async-semaphore',
  versions: '1.0',
  source: 'https://github.com/esfx/esfx/tree/main/packages/async-semaphore',
  exports: [
    {
      name: 'AsyncSemaphore',
      permits: { argument: 0 },
      members: {
        wait: { does: 'acquire', release: { by: 'lock-member', members: ['release'] } },
        release,
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
      members: {
        take: { does: 'run', callback: -1, releaser: 0 },
        leave: release,
      },
    },
  ],
  factories: { default: 'Semaphore' },
};

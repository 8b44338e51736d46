import type { LockModel, ModelMember } from '../schema.js';

const acquire: ModelMember = { does: 'acquire', release: { by: 'lock-member', members: ['release'] }, fails: 'never' };
const release: ModelMember = { does: 'release', again: 'admits', trueWhileHeld: ['isLocked'] };

/** There is no form that takes a callback. */
export const esToolkit: LockModel = {
  package: 'es-toolkit',
  versions: '1.39 to 1.53',
  source: 'https://es-toolkit.dev/reference/promise/Mutex.html',
  exports: [
    { name: 'Mutex', reentrant: false, members: { acquire, release, isLocked: { does: 'query', property: true } } },
    { name: 'Semaphore', permits: { argument: 0 }, reentrant: false, members: { acquire, release } },
  ],
};

import type { LockModel, ModelMember } from '../schema.js';

const acquire: ModelMember = { does: 'acquire', release: { by: 'lock-member', members: ['release'] } };
const release: ModelMember = { does: 'release' };

/** There is no form that takes a callback. */
export const esToolkit: LockModel = {
  package: 'es-toolkit',
  versions: '1.39 to 1.53',
  source: 'https://es-toolkit.dev/reference/promise/Mutex.html',
  exports: [
    { name: 'Mutex', members: { acquire, release } },
    { name: 'Semaphore', permits: { argument: 0 }, members: { acquire, release } },
  ],
};

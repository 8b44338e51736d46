import type { LockModel, ModelMember } from '../schema.js';

const runNamed: ModelMember = { does: 'run', key: 0, callback: 2 };

export const supabaseAuth: LockModel = {
  package: '@supabase/auth-js',
  versions: '2',
  source: 'https://github.com/supabase/supabase-js/blob/master/packages/core/auth-js/src/lib/locks.ts',
  exports: [{ name: '*', reentrant: false, members: { navigatorLock: runNamed, processLock: runNamed } }],
};

import { createRule } from './create-rule.js';

export const noUnguardedAccess = createRule({
  name: 'no-unguarded-access',
  description: 'disallow access without its lock to what a lock guards',
  options: {
    minimumSites: {
      type: 'integer',
      minimum: 2,
      description: 'How many accesses under a lock tell that it guards the place.',
      default: 3,
    },
  },
});

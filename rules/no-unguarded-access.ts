import { createRule, messages, minimumConfidence, reportFindings } from './create-rule.js';

export const noUnguardedAccess = createRule({
  name: 'no-unguarded-access',
  meta: {
    type: 'problem',
    docs: {
      description: 'disallow access without its lock to what a lock guards',
      recommended: 'recommended',
      requiresTypeChecking: true,
    },
    schema: [
      {
        type: 'object',
        description: 'What to report.',
        additionalProperties: false,
        properties: {
          minimumConfidence,
          minimumSites: {
            type: 'integer',
            minimum: 2,
            description: 'How many accesses under a lock tell that it guards the place.',
          },
        },
      },
    ],
    defaultOptions: [{ minimumConfidence: 'medium', minimumSites: 3 }],
    messages,
    languages: ['js/js'],
  },
  create: (context, [options]) => reportFindings(context, 'no-unguarded-access', options),
});

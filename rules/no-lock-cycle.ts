import { createRule, messages, minimumConfidence, reportFindings } from './create-rule.js';

export const noLockCycle = createRule({
  name: 'no-lock-cycle',
  meta: {
    type: 'problem',
    docs: {
      description: 'disallow waiting for a lock that the task itself, or one that waits for it, holds',
      recommended: 'recommended',
      requiresTypeChecking: true,
    },
    hasSuggestions: true,
    schema: [
      {
        type: 'object',
        description: 'What to report.',
        additionalProperties: false,
        properties: { minimumConfidence },
      },
    ],
    defaultOptions: [{ minimumConfidence: 'medium' }],
    messages,
    languages: ['js/js'],
  },
  create: (context, [options]) => reportFindings(context, 'no-lock-cycle', options),
});

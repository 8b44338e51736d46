import { createRule, messages, minimumConfidence, reportFindings } from './create-rule.js';

export const noLockEscape = createRule({
  name: 'no-lock-escape',
  meta: {
    type: 'problem',
    docs: {
      description: 'disallow using what a lock guards after the lock was released',
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
  create: (context, [options]) => reportFindings(context, 'no-lock-escape', options),
});

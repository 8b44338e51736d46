import { createRule, messages, reportFindings } from './create-rule.js';

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
        properties: {
          minimumConfidence: {
            type: 'string',
            enum: ['high', 'medium', 'low'],
            description: 'How sure the analysis must be of the interleaving that it reports.',
          },
        },
      },
    ],
    defaultOptions: [{ minimumConfidence: 'medium' }],
    messages,
    languages: ['js/js'],
  },
  create: (context, [options]) => reportFindings(context, 'no-lock-escape', options),
});

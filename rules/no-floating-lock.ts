import { createRule, messages, minimumConfidence, reportFindings } from './create-rule.js';

export const noFloatingLock = createRule({
  name: 'no-floating-lock',
  meta: {
    type: 'problem',
    docs: {
      description: 'disallow locks and work under a lock that nobody waits for',
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
  create: (context, [options]) => reportFindings(context, 'no-floating-lock', options),
});

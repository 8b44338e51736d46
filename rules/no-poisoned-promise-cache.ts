import { createRule, messages, minimumConfidence, reportFindings } from './create-rule.js';

export const noPoisonedPromiseCache = createRule({
  name: 'no-poisoned-promise-cache',
  meta: {
    type: 'problem',
    docs: {
      description: 'disallow keeping a shared promise after it rejected, and clearing its slot when it holds a newer one',
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
  create: (context, [options]) => reportFindings(context, 'no-poisoned-promise-cache', options),
});

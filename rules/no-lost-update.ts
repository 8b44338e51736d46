import { createRule, messages, minimumConfidence, reportFindings } from './create-rule.js';

export const noLostUpdate = createRule({
  name: 'no-lost-update',
  meta: {
    type: 'problem',
    docs: {
      description: 'disallow writing back shared state that was read before a suspension',
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
  create: (context, [options]) => reportFindings(context, 'no-lost-update', options),
});

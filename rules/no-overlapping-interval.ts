import { createRule, messages, minimumConfidence, reportFindings } from './create-rule.js';

export const noOverlappingInterval = createRule({
  name: 'no-overlapping-interval',
  meta: {
    type: 'problem',
    docs: {
      description: 'disallow asynchronous callbacks on an interval that can meet their own next tick',
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
  create: (context, [options]) => reportFindings(context, 'no-overlapping-interval', options),
});

import { createRule, messages, minimumConfidence, reportFindings } from './create-rule.js';

export const noEarlyPublish = createRule({
  name: 'no-early-publish',
  meta: {
    type: 'problem',
    docs: {
      description: 'disallow publishing an object or a state before its asynchronous initialisation has ended',
      recommended: 'recommended',
      requiresTypeChecking: true,
    },
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
  create: (context, [options]) => reportFindings(context, 'no-early-publish', options),
});

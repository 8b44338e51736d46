import { createRule, messages, minimumConfidence, reportFindings } from './create-rule.js';

export const requireFinallyRelease = createRule({
  name: 'require-finally-release',
  meta: {
    type: 'problem',
    docs: {
      description: 'require that an acquired lock is released on every path',
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
  create: (context, [options]) => reportFindings(context, 'require-finally-release', options),
});

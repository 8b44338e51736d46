import { createRule, messages, reportFindings } from './create-rule.js';

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
  create: (context, [options]) => reportFindings(context, 'require-finally-release', options),
});

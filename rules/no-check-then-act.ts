import { createRule, messages, minimumConfidence, reportFindings } from './create-rule.js';

export const noCheckThenAct = createRule({
  name: 'no-check-then-act',
  meta: {
    type: 'problem',
    docs: {
      description: 'disallow acting on a check of shared state that another task can have outdated meanwhile',
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
          minimumConfidence,
          externalState: {
            type: 'boolean',
            description: 'Whether to report files and database rows too: a look-up of a path or key, then a change of it.',
          },
        },
      },
    ],
    defaultOptions: [{ minimumConfidence: 'medium', externalState: false }],
    messages,
    languages: ['js/js'],
  },
  create: (context, [options]) => reportFindings(context, 'no-check-then-act', options),
});

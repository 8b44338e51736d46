import { createRule, messages, minimumConfidence, reportFindings } from './create-rule.js';

export const noStaleWrite = createRule({
  name: 'no-stale-write',
  meta: {
    type: 'problem',
    docs: {
      description: 'disallow overwriting after a suspension what another task may have renewed meanwhile',
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
  create: (context, [options]) => reportFindings(context, 'no-stale-write', options),
});

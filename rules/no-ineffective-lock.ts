import { createRule, messages, minimumConfidence, reportFindings } from './create-rule.js';

export const noIneffectiveLock = createRule({
  name: 'no-ineffective-lock',
  meta: {
    type: 'problem',
    docs: {
      description: 'disallow locks that keep nobody out: made per call, asked instead of taken, or two for one state',
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
  create: (context, [options]) => reportFindings(context, 'no-ineffective-lock', options),
});

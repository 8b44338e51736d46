import { createRule, messages, minimumConfidence, reportFindings } from './create-rule.js';

export const noUseAfterRelease = createRule({
  name: 'no-use-after-release',
  meta: {
    type: 'problem',
    docs: {
      description: 'disallow using what was released, closed, evicted or torn down',
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
  create: (context, [options]) => reportFindings(context, 'no-use-after-release', options),
});

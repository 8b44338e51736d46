import { createRule, messages, minimumConfidence, reportFindings } from './create-rule.js';

export const preferReadLock = createRule({
  name: 'prefer-read-lock',
  meta: {
    type: 'suggestion',
    docs: {
      description: 'enforce the shared mode of a lock where the section only reads',
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
          plainMutexes: {
            type: 'boolean',
            description: 'Whether to advise on mutexes without a shared mode that have several sections which only read.',
          },
        },
      },
    ],
    defaultOptions: [{ minimumConfidence: 'medium', plainMutexes: false }],
    messages,
    languages: ['js/js'],
  },
  create: (context, [options]) => reportFindings(context, 'prefer-read-lock', options),
});

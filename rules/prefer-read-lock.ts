import { createRule } from './create-rule.js';

export const preferReadLock = createRule({
  name: 'prefer-read-lock',
  type: 'suggestion',
  description: 'enforce the shared mode of a lock where the section only reads',
  hasSuggestions: true,
  options: {
    plainMutexes: {
      type: 'boolean',
      description: 'Whether to advise on mutexes without a shared mode that have several sections which only read.',
      default: false,
    },
  },
});

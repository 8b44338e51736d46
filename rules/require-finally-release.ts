import { createRule } from './create-rule.js';

export const requireFinallyRelease = createRule({
  name: 'require-finally-release',
  description: 'require that an acquired lock is released on every path, and a busy flag reset',
  hasSuggestions: true,
});

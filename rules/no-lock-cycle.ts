import { createRule } from './create-rule.js';

export const noLockCycle = createRule({
  name: 'no-lock-cycle',
  description: 'disallow waiting for a lock that the task itself, or one that waits for it, holds',
  hasSuggestions: true,
});

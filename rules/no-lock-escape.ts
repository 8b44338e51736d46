import { createRule } from './create-rule.js';

export const noLockEscape = createRule({
  name: 'no-lock-escape',
  description: 'disallow using what a lock guards after the lock was released',
  hasSuggestions: true,
});

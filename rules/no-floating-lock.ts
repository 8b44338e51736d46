import { createRule } from './create-rule.js';

export const noFloatingLock = createRule({
  name: 'no-floating-lock',
  description: 'disallow locks and work under a lock that nobody waits for',
  hasSuggestions: true,
});

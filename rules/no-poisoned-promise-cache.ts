import { createRule } from './create-rule.js';

export const noPoisonedPromiseCache = createRule({
  name: 'no-poisoned-promise-cache',
  description: 'disallow keeping a shared promise after it rejected, and clearing its slot when it holds a newer one',
  hasSuggestions: true,
});

import { createRule } from './create-rule.js';

export const noLostUpdate = createRule({
  name: 'no-lost-update',
  description: 'disallow writing back shared state that was read before a suspension',
  hasSuggestions: true,
});

import { createRule } from './create-rule.js';

export const noOverlappingInterval = createRule({
  name: 'no-overlapping-interval',
  description: 'disallow asynchronous callbacks on an interval that can meet their own next tick',
  hasSuggestions: true,
});

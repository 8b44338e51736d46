import { createRule } from './create-rule.js';

export const noIneffectiveLock = createRule({
  name: 'no-ineffective-lock',
  description: 'disallow locks that keep nobody out: made per call, asked instead of taken, taken from their holder, or two for one state',
  hasSuggestions: true,
});

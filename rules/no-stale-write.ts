import { createRule } from './create-rule.js';

export const noStaleWrite = createRule({
  name: 'no-stale-write',
  description: 'disallow overwriting after a suspension what another task may have renewed meanwhile',
  hasSuggestions: true,
});

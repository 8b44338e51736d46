import { createRule } from './create-rule.js';

export const noCheckThenAct = createRule({
  name: 'no-check-then-act',
  description: 'disallow acting on a check of shared state that another task can have outdated meanwhile',
  hasSuggestions: true,
  options: {
    externalState: {
      type: 'boolean',
      description: 'Whether to report files and database rows too: a look-up of a path or key, then a change of it.',
      default: false,
    },
  },
});

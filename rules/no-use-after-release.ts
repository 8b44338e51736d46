import { createRule } from './create-rule.js';

export const noUseAfterRelease = createRule({
  name: 'no-use-after-release',
  description: 'disallow using what was released, closed, evicted or torn down',
});

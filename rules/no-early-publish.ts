import { createRule } from './create-rule.js';

export const noEarlyPublish = createRule({
  name: 'no-early-publish',
  description: 'disallow publishing an object or a state before its asynchronous initialisation has ended',
});

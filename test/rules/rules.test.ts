import plugin from '../../rules/index.js';
import { ruleIds } from '../../src/index.js';
import { typedRuleTester } from '../support/rule-tester.js';
import { samples } from '../support/samples.js';

const tester = typedRuleTester();

for (const id of ruleIds) {
  const { bad, good, line } = samples[id];
  tester.run(id, plugin.rules[id], {
    valid: [{ name: 'the correct neighbour', code: good }],
    invalid: [{ name: 'the smallest bad program', code: bad, errors: [{ messageId: 'finding', line }] }],
  });
}

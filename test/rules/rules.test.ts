import { noCheckThenAct } from '../../rules/no-check-then-act.js';
import { noFloatingLock } from '../../rules/no-floating-lock.js';
import { noLockCycle } from '../../rules/no-lock-cycle.js';
import { noIneffectiveLock } from '../../rules/no-ineffective-lock.js';
import { noLockEscape } from '../../rules/no-lock-escape.js';
import { noLostUpdate } from '../../rules/no-lost-update.js';
import { noEarlyPublish } from '../../rules/no-early-publish.js';
import { noUseAfterRelease } from '../../rules/no-use-after-release.js';
import { noStaleWrite } from '../../rules/no-stale-write.js';
import { noOverlappingInterval } from '../../rules/no-overlapping-interval.js';
import { noPoisonedPromiseCache } from '../../rules/no-poisoned-promise-cache.js';
import { noUnguardedAccess } from '../../rules/no-unguarded-access.js';
import { preferReadLock } from '../../rules/prefer-read-lock.js';
import { requireFinallyRelease } from '../../rules/require-finally-release.js';
import { ruleIds } from '../../src/index.js';
import { applyEdits } from '../support/edits.js';
import { typedRuleTester } from '../support/rule-tester.js';
import { samples } from '../support/samples.js';
import { findingsIn, virtualProgram } from '../support/virtual.js';

const rules = {
  'no-check-then-act': noCheckThenAct,
  'no-floating-lock': noFloatingLock,
  'no-lock-escape': noLockEscape,
  'prefer-read-lock': preferReadLock,
  'require-finally-release': requireFinallyRelease,
  'no-lost-update': noLostUpdate,
  'no-stale-write': noStaleWrite,
  'no-use-after-release': noUseAfterRelease,
  'no-lock-cycle': noLockCycle,
  'no-early-publish': noEarlyPublish,
  'no-poisoned-promise-cache': noPoisonedPromiseCache,
  'no-overlapping-interval': noOverlappingInterval,
  'no-ineffective-lock': noIneffectiveLock,
  'no-unguarded-access': noUnguardedAccess,
};

const tester = typedRuleTester();

for (const id of ruleIds) {
  const { bad, good, line } = samples[id];
  const [finding] = findingsIn(virtualProgram({ 'bad.ts': bad }), 'bad.ts', { [id]: {} });
  const suggestions = (finding?.suggestions ?? []).map(({ title, edits }) => ({
    messageId: 'suggestion' as const,
    data: { title },
    output: applyEdits(bad, edits),
  }));
  tester.run(id, rules[id], {
    valid: [{ name: 'the correct neighbour', code: good }],
    invalid: [{ name: 'the smallest bad program', code: bad, errors: [{ messageId: 'finding', line, suggestions }] }],
  });
}

/** All checks; the order is that of the rules in the documentation. */
import type { Check } from './check.js';
import { brokenChain } from './broken-chain.js';
import { checkThenAct } from './check-then-act.js';
import { earlyPublish } from './early-publish.js';
import { finallyRelease } from './finally-release.js';
import { floatingLock } from './floating-lock.js';
import { ineffectiveLock } from './ineffective-lock.js';
import { leakingCallback } from './leaking-callback.js';
import { lockCycle } from './lock-cycle.js';
import { lockEscape } from './lock-escape.js';
import { lostUpdate } from './lost-update.js';
import { markedRow } from './marked-row.js';
import { overlappingInterval } from './overlapping-interval.js';
import { poisonedPromiseCache } from './poisoned-promise-cache.js';
import { readLock } from './read-lock.js';
import { replacedTurn } from './replaced-turn.js';
import { secondStart } from './second-start.js';
import { staleWrite } from './stale-write.js';
import { stuckClaim } from './stuck-claim.js';
import { stuckCount } from './stuck-count.js';
import { unguardedAccess } from './unguarded-access.js';
import { useAfterRelease } from './use-after-release.js';
import { besideSection } from './work-beside.js';

export const checks: readonly Check[] = [
  checkThenAct,
  secondStart,
  markedRow,
  floatingLock,
  lockEscape,
  readLock,
  finallyRelease,
  leakingCallback,
  stuckClaim,
  stuckCount,
  lostUpdate,
  staleWrite,
  useAfterRelease,
  lockCycle,
  earlyPublish,
  poisonedPromiseCache,
  brokenChain,
  overlappingInterval,
  ineffectiveLock,
  replacedTurn,
  besideSection,
  unguardedAccess,
];

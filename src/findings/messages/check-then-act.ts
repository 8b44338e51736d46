/** The words of `no-check-then-act`. */
import type { Effect } from '../finding.js';
import { rivalDeeds } from './words.js';

export interface CheckThenActWords {
  readonly place: string;
  readonly checkLine: number;
  readonly act: 'written' | 'created' | 'removed' | 'changed' | 'emptied' | 'cleared';
  /** Set when a callee acts. */
  readonly callee: string | undefined;
  readonly suspensionLine: number;
  readonly isAwait: boolean;
  readonly rival: string;
  readonly rivalIsSelf: boolean;
  /** The claim that keeps a second call out, and who takes it down; set only where the rival is another call of the same function. */
  readonly lifted: { readonly place: string; readonly by: string } | undefined;
  readonly lockHeldAtAct: string | undefined;
  readonly remedy: 'cache-promise' | 'recheck' | 'widen-lock' | 'atomic-call' | 'take-first' | 'keep-claim' | 'own-key';
}

export function checkThenActMessage(words: CheckThenActWords): string {
  const act = words.callee === undefined ? `${words.act} here` : `${words.act} by \`${words.callee}\`, called here,`;
  const rival = words.lifted !== undefined
    ? `where ${words.lifted.by} takes \`${words.lifted.place}\` down meanwhile, another call of ${words.rival} passes the same check`
    : words.rivalIsSelf
      ? `another call of ${words.rival} can pass the same check meanwhile`
      : words.act === 'emptied'
        ? `what ${words.rival} adds meanwhile is lost`
        : words.act === 'cleared'
          ? `what ${words.rival} puts there meanwhile is lost`
          : `${words.rival} can change it meanwhile`;
  const remedies = {
    'cache-promise': 'Cache the promise, or check again after the `await`.',
    recheck: 'Check again after the `await`, or claim it before.',
    'atomic-call': 'Make it one atomic call (flag `wx`, upsert) and handle the failure, or hold a lock around both.',
    'take-first': 'Take the content and empty it before the `await`, or remove only what was dealt with.',
    'keep-claim': 'Leave it up until the work has ended, or count a generation and compare it after the `await`.',
    'own-key': `It may hold \`${words.lockHeldAtAct ?? ''}\` under another key: lock \`${words.place}\` under its own.`,
    'widen-lock': `Check again under \`${words.lockHeldAtAct ?? ''}\`, or take it before the check.`,
  };
  return (
    `\`${words.place}\` is checked on line ${words.checkLine} and ${act} after the ${words.isAwait ? '`await`' : 'suspension'} on line ` +
    `${words.suspensionLine}; ${rival}. ${remedies[words.remedy]}`
  );
}

/** What a task does in a step. */
const verbs: Readonly<Record<CheckThenActWords['act'], string>> = {
  written: 'writes',
  created: 'creates',
  removed: 'removes',
  changed: 'changes',
  emptied: 'empties',
  cleared: 'clears',
};

/** The steps of both interleavings: a twin that passes the same check, or another writer in between. */
export function checkThenActSteps(words: {
  readonly checked: string;
  readonly place: string;
  readonly act: CheckThenActWords['act'];
  readonly activation: string;
  readonly rival: string;
  readonly effect: Effect;
  /** What is written is a flag or the name of a state. */
  readonly isMark: boolean;
  /** What is written takes a turn after a pause. */
  readonly isTurn: boolean;
  readonly lifted: CheckThenActWords['lifted'];
}): Record<'check' | 'lift' | 'suspend' | 'rivalCheck' | 'rivalSuspend' | 'act' | 'rivalAct' | 'rivalWrite' | 'blindAct', string> {
  const harms: Partial<Record<Effect, string>> = {
    'broken-resource': 'it is closed or cleared twice, or a newer one is lost',
    'lost-data': "A's value is lost or doubled",
  };
  const harm = words.isTurn ? 'both go on at once, where one had to wait for the other' : harms[words.effect] ?? (words.isMark ? 'the work is done twice' : 'the work is done twice and the first result is lost');
  return {
    check: `A checks \`${words.checked}\``,
    suspend: 'A suspends; other tasks run',
    lift: words.lifted === undefined ? '' : `B calls ${words.lifted.by}, which takes \`${words.lifted.place}\` down`,
    rivalCheck: `B, ${words.activation} again, finds \`${words.checked}\` as A found it`,
    rivalSuspend: 'B goes the same way and suspends',
    act: `A ${verbs[words.act]} \`${words.place}\``,
    rivalAct: `B does the same again, although A was first: ${harm}`,
    rivalWrite: `B, ${words.rival}, ${words.act === 'emptied' ? 'adds to' : words.act === 'cleared' ? rivalDeeds.renews : 'changes'} \`${words.place}\``,
    blindAct: `A ${verbs[words.act]} \`${words.place}\` as if nothing had changed; what B ${words.act === 'emptied' ? 'added' : 'wrote'} is lost`,
  };
}

/**
 * The words of findings. Order in every message: what (place and effect), why (the suspension and the rival), one
 * remedy. One line, code in backticks, a closing period.
 */

/** A callee's name in backticks, or a neutral description where there is none. */
export function activationText(name: string): string {
  if (name === '<module>') return 'the module';
  if (name.includes('<anonymous>')) return 'this callback';
  return `\`${name}\``;
}

export interface CheckThenActWords {
  readonly place: string;
  readonly checkLine: number;
  readonly act: 'written' | 'created' | 'removed' | 'changed';
  /** Set when a callee acts. */
  readonly callee: string | undefined;
  readonly suspensionLine: number;
  readonly rival: string;
  readonly rivalIsSelf: boolean;
  readonly lockHeldAtAct: string | undefined;
  readonly remedy: 'cache-promise' | 'recheck' | 'widen-lock' | 'atomic-call';
}

export function checkThenActMessage(words: CheckThenActWords): string {
  const act = words.callee === undefined ? `${words.act} here` : `${words.act} by \`${words.callee}\`, called here,`;
  const rival = words.rivalIsSelf ? `another call of ${words.rival}` : words.rival;
  const remedies = {
    'cache-promise': 'Cache the promise, or check again after the `await`.',
    recheck: 'Check again after the `await`, or claim it before.',
    'atomic-call': 'Make it one atomic call (flag `wx`, upsert) and handle the failure, or hold a lock around both.',
    'widen-lock': `Check again under \`${words.lockHeldAtAct ?? ''}\`, or take it before the check.`,
  };
  return (
    `\`${words.place}\` is checked on line ${words.checkLine} and ${act} after the suspension on line ` +
    `${words.suspensionLine}; ${rival} can pass the same check meanwhile. ${remedies[words.remedy]}`
  );
}

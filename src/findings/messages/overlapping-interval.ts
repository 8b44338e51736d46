/** The words of `no-overlapping-interval`. */

export interface OverlapWords {
  readonly suspensionLine: number;
  readonly isAwait: boolean;
  /** Set when the callback calls the function that suspends. */
  readonly callee: string | undefined;
  readonly write: { readonly place: string; readonly line: number } | undefined;
  readonly work: string | undefined;
}

export function overlapMessage({ suspensionLine, isAwait, callee, write, work }: OverlapWords): string {
  const who = callee === undefined ? 'The callback of this interval' : `${callee}, which this interval calls,`;
  const harm =
    write === undefined
      ? `runs \`${work ?? 'its work'}\` once more beside it`
      : `goes on to write \`${write.place}\` (line ${write.line}) beside it`;
  return (
    `${who} suspends at the ${isAwait ? '`await`' : 'suspension'} on line ${suspensionLine}; when that takes longer than the interval, the next tick ` +
    `${harm}. Skip a tick while one is under way, or schedule the next with \`setTimeout\` when this one has ended.`
  );
}

export function overlapSteps({ write, work }: OverlapWords): Record<'suspend' | 'rivalSuspend' | 'act' | 'rivalAct', string> {
  const act = write === undefined ? `runs \`${work ?? 'the work'}\`` : `writes \`${write.place}\``;
  return {
    suspend: 'A, one tick, suspends; the timer goes on',
    rivalSuspend: 'B, the next tick, starts while A waits, and suspends too',
    act: `A ${act}`,
    rivalAct: `B ${act} once more, in whichever order the two end`,
  };
}

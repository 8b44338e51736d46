/** The words of `no-lost-update`. */

export interface LostUpdateWords {
  readonly place: string;
  readonly readLine: number;
  /** Set when a callee writes. */
  readonly callee: string | undefined;
  readonly suspensionLine: number;
  readonly isAwait: boolean;
  readonly rival: string;
  readonly rivalIsSelf: boolean;
  /** The read is part of the very expression that is written. */
  readonly isSameStatement: boolean;
}

export function lostUpdateMessage(words: LostUpdateWords): string {
  const pause = `the ${words.isAwait ? '`await`' : 'suspension'} on line ${words.suspensionLine}`;
  const write = words.callee === undefined ? 'written back here' : `written back by \`${words.callee}\`, called here,`;
  const rival = words.rivalIsSelf ? `another call of ${words.rival}` : words.rival;
  const remedy = words.isSameStatement
    ? 'Put the awaited value into a local first.'
    : 'Read it again after the `await`, or hold one lock around both.';
  return (
    `\`${words.place}\` is read on line ${words.readLine} before ${pause} and ${write} after it; ` +
    `what ${rival} writes meanwhile is lost. ${remedy}`
  );
}

export function lostUpdateSteps(words: {
  readonly place: string;
  readonly rival: string;
  readonly rivalIsSelf: boolean;
}): Record<'read' | 'suspend' | 'rivalWrite' | 'write', string> {
  return {
    read: `A reads \`${words.place}\``,
    suspend: 'A suspends; other tasks run',
    rivalWrite: words.rivalIsSelf
      ? `B, ${words.rival} again, reads the same content and writes its own update of \`${words.place}\``
      : `B, ${words.rival}, changes \`${words.place}\``,
    write: `A writes \`${words.place}\`, made of what it had read; what B wrote is lost`,
  };
}

/** The words of `prefer-read-lock`. */

export interface ReadLockWords {
  readonly lock: string;
  readonly read: string;
  readonly readLine: number;
  readonly writer: string;
  readonly writerLine: number;
  readonly isWriterGuarded: boolean;
  /** Method or option that takes the lock in shared mode; undefined where it has none. */
  readonly shared: string | undefined;
}

export function readLockMessage(words: ReadLockWords): string {
  const { lock, read, readLine, writer, writerLine, shared } = words;
  const what = `This section of \`${lock}\` only reads \`${read}\` (line ${readLine}), yet it keeps other readers out`;
  const remedy =
    shared === undefined
      ? 'A readers-writer lock would let the readers of this mutex in together.'
      : `Take it with \`${shared}\`.`;
  const where = words.isWriterGuarded ? ' under the same lock' : '';
  return `${what}; ${writer} writes it on line ${writerLine}${where}. ${remedy}`;
}

/** The steps of both interleavings: another call of the section, or another reader that waits with the lock held. */
export function readLockSteps(words: {
  readonly lock: string;
  readonly read: string;
  readonly activation: string;
  readonly reader: string;
}): Record<'exclusive' | 'read' | 'suspend' | 'again' | 'reader' | 'waits' | 'reads', string> {
  const { lock, read, activation, reader } = words;
  return {
    exclusive: `A acquires \`${lock}\` exclusively`,
    read: `A only reads \`${read}\``,
    suspend: `A suspends with \`${lock}\` held`,
    again: `B, ${activation} again, waits for A although it only reads too`,
    reader: `A, ${reader}, acquires \`${lock}\` to read`,
    waits: `B, ${activation}, asks for it exclusively, and waits for A; whoever comes next waits for both`,
    reads: `B only reads \`${read}\`, and need not have waited`,
  };
}

export function sharedModeTitle(shared: string): string {
  return `Take the lock in shared mode with \`${shared}\``;
}

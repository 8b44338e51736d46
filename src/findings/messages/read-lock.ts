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

export function sharedModeTitle(shared: string): string {
  return `Take the lock in shared mode with \`${shared}\``;
}

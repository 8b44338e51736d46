/**
 * The words of findings. Order in every message: what (place and effect), why (the suspension and the rival), one
 * remedy. One line, code in backticks, a closing period.
 */

import type { Effect } from './finding.js';

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
  readonly isAwait: boolean;
  readonly rival: string;
  readonly rivalIsSelf: boolean;
  readonly lockHeldAtAct: string | undefined;
  readonly remedy: 'cache-promise' | 'recheck' | 'widen-lock' | 'atomic-call';
}

export function checkThenActMessage(words: CheckThenActWords): string {
  const act = words.callee === undefined ? `${words.act} here` : `${words.act} by \`${words.callee}\`, called here,`;
  const rival = words.rivalIsSelf
    ? `another call of ${words.rival} can pass the same check meanwhile`
    : `${words.rival} can change it meanwhile`;
  const remedies = {
    'cache-promise': 'Cache the promise, or check again after the `await`.',
    recheck: 'Check again after the `await`, or claim it before.',
    'atomic-call': 'Make it one atomic call (flag `wx`, upsert) and handle the failure, or hold a lock around both.',
    'widen-lock': `Check again under \`${words.lockHeldAtAct ?? ''}\`, or take it before the check.`,
  };
  return (
    `\`${words.place}\` is checked on line ${words.checkLine} and ${act} after the ${words.isAwait ? '`await`' : 'suspension'} on line ` +
    `${words.suspensionLine}; ${rival}. ${remedies[words.remedy]}`
  );
}

/** The steps of both interleavings: a twin that passes the same check, or another writer in between. */
export function checkThenActSteps(words: {
  readonly checked: string;
  readonly place: string;
  readonly act: CheckThenActWords['act'];
  readonly activation: string;
  readonly rival: string;
  readonly effect: Effect;
}): Record<'check' | 'suspend' | 'rivalCheck' | 'rivalSuspend' | 'act' | 'rivalAct' | 'rivalWrite' | 'blindAct', string> {
  const harms: Partial<Record<Effect, string>> = {
    'broken-resource': 'it is closed or cleared twice, or a newer one is lost',
    'lost-data': "A's value is lost or doubled",
  };
  const harm = harms[words.effect] ?? 'the work is done twice and the first result is lost';
  return {
    check: `A checks \`${words.checked}\``,
    suspend: 'A suspends; other tasks run',
    rivalCheck: `B, ${words.activation} again, finds \`${words.checked}\` as A found it`,
    rivalSuspend: 'B goes the same way and suspends',
    act: `A: \`${words.place}\` is ${words.act}`,
    rivalAct: `B does the same again, although A was first: ${harm}`,
    rivalWrite: `B, ${words.rival}, changes \`${words.place}\``,
    blindAct: `A: \`${words.place}\` is ${words.act} as if nothing had changed; what B wrote is lost`,
  };
}

export interface LockEscapeWords {
  readonly place: string;
  readonly kind: 'object' | 'view' | 'closure' | 'promise';
  /** Only the elements are live; what holds them was copied. */
  readonly isShallowCopy: boolean;
  readonly lock: string;
  readonly way:
    | { readonly by: 'use'; readonly takenLine: number; readonly suspensionLine: number }
    | { readonly by: 'return' | 'store' };
  readonly rival: string;
  readonly rivalIsSelf: boolean;
  readonly rivalLine: number;
  readonly rivalAct: 'changes' | 'closes';
}

export function lockEscapeMessage(words: LockEscapeWords): string {
  const { place, lock, way, rivalLine } = words;
  const subjects = {
    object: words.isShallowCopy ? `A copy of \`${place}\` that shares its live elements` : `A reference to \`${place}\``,
    view: `A lazy view of \`${place}\``,
    closure: `A function that reads \`${place}\``,
    promise: `Unfinished work on \`${place}\``,
  };
  const remedies = {
    object: words.isShallowCopy ? 'Copy the elements too, under the lock.' : 'Copy it under the lock, or use it there.',
    view: 'Copy it into an array under the lock.',
    closure: 'Copy what it reads under the lock.',
    promise: 'Await it before the release.',
  };
  const rival = words.rivalIsSelf ? `another call of ${words.rival}` : words.rival;
  const subject = subjects[words.kind];
  const remedy = words.rivalAct === 'closes' ? 'Take a share in it, or use it, under the lock.' : remedies[words.kind];
  if (way.by === 'use') {
    return (
      `${subject}, taken under \`${lock}\` on line ${way.takenLine}, is used here after the release and the suspension on ` +
      `line ${way.suspensionLine}; ${rival} ${words.rivalAct} it on line ${rivalLine} meanwhile. ${remedy}`
    );
  }
  const leaves = way.by === 'return' ? 'leaves the section' : 'is stored outside the section';
  return `${subject} ${leaves} of \`${lock}\` here; ${rival} ${words.rivalAct} it on line ${rivalLine} while others use it. ${remedy}`;
}

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

export interface UnreleasedWords {
  readonly lock: string;
  /** Set when a helper acquires. */
  readonly helper: string | undefined;
  readonly way: 'throws' | 'returns' | 'ends' | 'repeats' | 'never';
  /** Line of what throws or returns. */
  readonly line: number;
  /** One of several permits, not a lock. */
  readonly isPermit: boolean;
  /** Method that runs a callback under the lock; undefined where there is none. */
  readonly scoped: string | undefined;
}

export function unreleasedMessage(words: UnreleasedWords): string {
  const ways = {
    throws: `is not released when line ${words.line} throws`,
    returns: `is not released before the \`return\` on line ${words.line}`,
    ends: 'is not released on every way to the end',
    repeats: 'is still held when the loop acquires it again',
    never: 'is never released',
  };
  const acquired = words.helper === undefined ? 'acquired here' : `acquired here by \`${words.helper}\``;
  const harm = words.isPermit ? 'its permit is lost, and in the end every later acquire waits for ever' : 'every later acquire waits for ever';
  const remedy =
    words.scoped === undefined ? 'Release it in a `finally`.' : `Release it in a \`finally\`, or use \`${words.scoped}\`.`;
  return `\`${words.lock}\`, ${acquired}, ${ways[words.way]}; ${harm}. ${remedy}`;
}

export function releasedUnheldMessage(lock: string, releaseLine: number): string {
  return (
    `\`${lock}\` is released on line ${releaseLine} even if it was not acquired here; a lock that another task holds is ` +
    'then freed. Acquire it before the `try`, or release it only where it is held.'
  );
}

export const releaseTitles = {
  wrap: 'Release in a `finally`',
  scoped: (method: string): string => `Use \`${method}\``,
  before: 'Acquire before the `try`',
  gap: 'Move what stands before the `try` into it',
} as const;

export function copyTitle(place: string): string {
  return `Copy \`${place}\` under the lock`;
}

export function awaitWorkTitle(): string {
  return 'Await the work under the lock';
}

/** The words of `no-unguarded-access`. */

export interface UnguardedWords {
  readonly place: string;
  readonly lock: string;
  readonly isWrite: boolean;
  readonly isDeclared: boolean;
  /** Sites that hold the lock, and all. */
  readonly locked: number;
  readonly sites: number;
  readonly sectionName: string | undefined;
  readonly suspensionLine: number | undefined;
}

export function unguardedMessage(words: UnguardedWords): string {
  const { place, lock, sectionName, suspensionLine } = words;
  const evidence = words.isDeclared
    ? `which \`@guardedBy\` asks for`
    : `which ${words.locked} of ${words.sites} accesses hold`;
  const rival =
    sectionName === undefined || suspensionLine === undefined ? '' : `; ${sectionName} is in its section and waits on line ${suspensionLine} meanwhile`;
  return `\`${place}\` is ${words.isWrite ? 'written' : 'read'} without \`${lock}\`, ${evidence}${rival}. Hold \`${lock}\` here.`;
}

export interface UndoneWords {
  readonly place: string;
  readonly lock: string;
  readonly section: string;
  readonly lookLine: number;
  readonly suspensionLine: number;
  readonly writeLine: number;
}

export function undoneMessage({ place, lock, section, lookLine, suspensionLine, writeLine }: UndoneWords): string {
  return (
    `\`${place}\` is written without \`${lock}\`; ${section}, which holds it, reads \`${place}\` on line ${lookLine}, waits on line ${suspensionLine} and writes what it ` +
    `made of that on line ${writeLine}, so that what is written here meanwhile is lost. Hold \`${lock}\` here.`
  );
}

export function sharedWriteMessage(words: { readonly place: string; readonly lock: string }): string {
  return (
    `\`${words.place}\` is written under the shared mode of \`${words.lock}\`, which lets other readers in at the same time. ` +
    `Take \`${words.lock}\` exclusively.`
  );
}

export function movedPositionMessage(words: { readonly list: string; readonly lock: string; readonly suspensionLine: number; readonly rival: string }): string {
  const { list, lock, suspensionLine, rival } = words;
  return (
    `\`${list}\` is gone through here without \`${lock}\`, over the suspension on line ${suspensionLine}; ${rival}, which holds it, can move the elements ` +
    `meanwhile, and then some are passed over. Go through a copy, or hold \`${lock}\` around the loop.`
  );
}

export function missingLockMessage(words: { readonly callee: string; readonly lock: string }): string {
  return `${words.callee} requires \`${words.lock}\`, which is not held at this call; another task can be in a section of it. Hold \`${words.lock}\` around the call.`;
}

export interface UnusedAnnotationWords {
  readonly tag: string;
  /** The lock that it names, or the function that it stands on. */
  readonly name: string;
  readonly reason: 'unknown' | 'no-lock' | 'never-acquired' | 'misplaced' | 'untouched' | 'never-suspends' | 'implied';
}

export function unusedAnnotationMessage({ tag, name, reason }: UnusedAnnotationWords): string {
  const none = `\`@${tag}\` has no effect`;
  switch (reason) {
    case 'unknown':
      return `\`@${tag}\` names \`${name}\`, which is neither a member of this class nor a variable that can be seen from here. Name the lock.`;
    case 'no-lock':
      return `\`@${tag}\` names \`${name}\`, which is no lock. Name the lock.`;
    case 'never-acquired':
      return `\`@${tag}\` names \`${name}\`, which nobody acquires. Acquire it where it is needed, or remove the annotation.`;
    case 'misplaced':
      return `${none} here: it belongs on a ${tag === 'guardedBy' ? 'field or variable; a function says `@requiresLock`' : 'function'}. Move or remove it.`;
    case 'untouched':
      return `${none}: ${tag === 'guardedBy' ? 'nobody touches what it guards' : 'nobody calls the function'}. Remove it.`;
    case 'never-suspends':
      return `${none}: \`${name}\` does not suspend, so no two runs of it overlap. Remove it.`;
    case 'implied':
      return `${none}: the calls of \`${name}\` follow one another already. Remove it.`;
  }
}

export const unguardedSteps = {
  acquire: (lock: string): string => `has \`${lock}\` and touches the place`,
  suspend: 'waits inside the section',
  bare: (place: string, isWrite: boolean): string => `${isWrite ? 'writes' : 'reads'} \`${place}\` without asking for the lock`,
  undo: (place: string): string => `writes what it made of the old content of \`${place}\`, and the other write is lost`,
  last: 'goes on in the section with what is no longer so',
  site: (lock: string): string => `this access holds \`${lock}\``,
  sharedFirst: (place: string): string => `writes \`${place}\` under the shared mode`,
  sharedSecond: (place: string): string => `uses \`${place}\` under the same lock at the same time`,
  position: (list: string): string => `takes an element of \`${list}\` by its position`,
  wait: (lock: string): string => `waits without \`${lock}\``,
  move: (rival: string, list: string): string => `${rival} moves or replaces the elements of \`${list}\``,
  next: (list: string): string => `takes the next position in \`${list}\`, where another element stands by then`,
  call: (callee: string): string => `calls ${callee} without the lock`,
  callee: 'relies on the lock being held',
  annotation: 'the annotation that changes nothing',
};

/** The words of `no-lock-escape`. */

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

export function copyTitle(place: string): string {
  return `Copy \`${place}\` under the lock`;
}

export function awaitWorkTitle(): string {
  return 'Await the work under the lock';
}

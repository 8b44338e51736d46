/** The words of `no-floating-lock`. */

/** An acquire, or a section, that nobody waits for. */
export interface FloatingWords {
  readonly lock: string;
  readonly what: 'acquire' | 'section';
  /** Name of the helper that acquires or runs the section; undefined where the lock's own member does. */
  readonly helper: string | undefined;
  /** What goes on meanwhile looks at what the section writes. */
  readonly use: { readonly place: string; readonly line: number } | undefined;
  /** Line on which the acquire is waited for only to give back; undefined where nobody waits at all. */
  readonly lateLine: number | undefined;
}

export function floatingMessage({ lock, what, helper, use, lateLine }: FloatingWords): string {
  const by = helper === undefined ? '' : ` by \`${helper}\``;
  if (lateLine !== undefined) {
    return (
      `The acquire of \`${lock}\`${by} is awaited only to release it on line ${lateLine}: what stands in between runs before the ` +
      'lock is held, while another task holds it. Await it here.'
    );
  }
  if (what === 'acquire') {
    return (
      `The acquire of \`${lock}\`${by} is not awaited: what follows runs before the lock is held, while another task ` +
      'holds it. Await it.'
    );
  }
  if (use === undefined) {
    return (
      `The section of \`${lock}\`${by} is not awaited: the function is done before the section has begun, and its failure ` +
      'is lost. Await or return it.'
    );
  }
  return (
    `The section of \`${lock}\`${by} is not awaited: line ${use.line} goes on with \`${use.place}\` before the section has ` +
    'changed it. Await it.'
  );
}

/** Work that outlives the section it was started in. */
export interface OutlivingWords {
  readonly work: string;
  readonly lock: string;
  /** One of several permits, not a lock. */
  readonly isPermit: boolean;
  readonly way: 'not-awaited' | 'returned' | 'awaited-late' | 'raced' | 'callback' | 'callee';
  /** Line with which the section ends; undefined where it ends in the callers. */
  readonly endLine: number | undefined;
  /** What it touches after the release; undefined where that is not in sight. */
  readonly touch: { readonly place: string; readonly line: number; readonly isWrite: boolean } | undefined;
  readonly rival: string;
}

export function outlivingMessage(words: OutlivingWords): string {
  const { work, lock, way, endLine, touch, rival, isPermit } = words;
  const ways = {
    'not-awaited': `\`${work}\` is not awaited here`,
    returned: `The promise of \`${work}\` is returned without \`await\``,
    'awaited-late': `\`${work}\` is awaited only after the release`,
    raced: `\`${work}\` may lose the race and is not awaited then`,
    callback: `The asynchronous callback of \`${work}\` is not awaited`,
    callee: `\`${work}\` starts work here that nobody awaits`,
  };
  const end = endLine === undefined ? `\`${lock}\` is released by the callers` : `\`${lock}\` is released on line ${endLine}`;
  const harm =
    touch === undefined
      ? isPermit
        ? 'goes on without a permit'
        : `goes on without the lock, beside ${rival}`
      : `then ${touch.isWrite ? 'changes' : 'reads'} \`${touch.place}\` on line ${touch.line} without the lock, beside ${rival}`;
  const remedies = {
    'not-awaited': 'Await it under the lock.',
    returned: 'Use `return await`.',
    'awaited-late': 'Await it before the release.',
    raced: 'Await it before the release, or abort it.',
    callback: 'Use a `for` loop, or await `Promise.all` over `map`.',
    callee: 'Let it return the promise, and await that.',
  };
  return `${ways[way]}: ${end} before it has ended, and it ${harm}. ${remedies[way]}`;
}

/** Work on what is lent or opened, whose promise is returned before that is given back or closed. */
export interface LentWords {
  readonly work: string;
  /** The call that takes it. */
  readonly taken: string;
  /** Line on which it is given back. */
  readonly line: number;
  /** It is closed, and not lent to others. */
  readonly isClosed: boolean;
}

export function lentMessage({ work, taken, line, isClosed }: LentWords): string {
  const harm = isClosed ? `is closed on line ${line} before it has ended` : `is given back on line ${line} before it has ended, and others may get it meanwhile`;
  return `The promise of \`${work}\` is returned without \`await\`: what \`${taken}\` takes ${harm}. Use \`return await\`.`;
}

export const floatingTitles = {
  await: 'Await it',
  returnAwait: 'Use `return await`',
  all: 'Await `Promise.all` over `map`',
} as const;

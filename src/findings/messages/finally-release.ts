/** The words of `require-finally-release`. */

export interface UnreleasedWords {
  readonly lock: string;
  /** Set when a helper acquires. */
  readonly helper: string | undefined;
  readonly way: 'throws' | 'returns' | 'ends' | 'repeats' | 'never';
  /** Line of what throws or returns. */
  readonly line: number;
  /** One of several permits, not a lock. */
  readonly isPermit: boolean;
  /** The call, where it takes no lock but a resource such as a connection. */
  readonly resource: string | undefined;
  /** What a statement takes by its text. */
  readonly statement: 'transaction' | 'session lock' | undefined;
  /** The lock runs out by itself. */
  readonly isLease: boolean;
  /** The resource is given back in the end, with its owner. */
  readonly isCollected: boolean;
  /** It is taken by a callback, which is told of errors. */
  readonly isCalledBack: boolean;
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
  if (words.statement === 'transaction') return openTransactionMessage(words);
  if (words.statement !== undefined) return sessionLockMessage(words);
  if (words.resource !== undefined) return resourceMessage(words, words.resource);
  const acquired = words.helper === undefined ? 'acquired here' : `acquired here by \`${words.helper}\``;
  const inFinally = words.scoped === undefined ? 'Release it in a `finally`.' : `Release it in a \`finally\`, or use \`${words.scoped}\`.`;
  const remedy = words.isCalledBack ? 'Release it in each callback, also in one that is told of an error.' : inFinally;
  return `\`${words.lock}\`, ${acquired}, ${ways[words.way]}; ${words.isLease ? 'nobody else gets it until it runs out' : harmOf(words.isPermit)}. ${remedy}`;
}

/** The worker of a `queue` leaves without having called `done`. */
export function unansweredMessage({ queue, done, way, line, isPermit }: { queue: string; done: string; way: UnreleasedWords['way']; line: number; isPermit: boolean }): string {
  const missing = { throws: `when line ${line} throws`, returns: `before the \`return\` on line ${line}`, ends: 'on every way to its end', repeats: 'on every way to its end', never: 'at all' }[way];
  const harm = isPermit ? 'its place is lost, and in the end every later job waits for ever' : 'every later job waits for ever';
  return `The worker of \`${queue}\` does not call \`${done}\` ${missing}; ${harm}. Call it on every way, also where there is nothing to do.`;
}

export const unansweredSteps = {
  begin: (queue: string): string => `\`${queue}\` hands A a job`,
  leave: (done: string): string => `A leaves without a call of \`${done}\``,
  rival: (queue: string, isPermit: boolean): string => (isPermit ? `\`${queue}\` has one place fewer, and in the end none` : `B waits in \`${queue}\` for ever`),
} as const;

function harmOf(isPermit: boolean): string {
  return isPermit ? 'its permit is lost, and in the end every later acquire waits for ever' : 'every later acquire waits for ever';
}

/** Who was handed the handle of what is `kept` does not release it. */
export function handedMessage({ kept, callee, way, line, isPermit }: { kept: string; callee: string; way: UnreleasedWords['way']; line: number; isPermit: boolean }): string {
  const ways = {
    throws: `when line ${line} throws`,
    returns: `before the \`return\` on line ${line}`,
    ends: 'on every way to its end',
    repeats: 'on every way to its end',
    never: 'at all',
  };
  return `\`${kept}\`, acquired here, is handed to \`${callee}\`, which does not release it ${ways[way]}; ${harmOf(isPermit)}. Release it in a \`finally\` there.`;
}

export const handedSteps = {
  acquire: (kept: string): string => `A acquires \`${kept}\``,
  hand: (callee: string): string => `A hands the release to \`${callee}\``,
  rival: (kept: string): string => `B waits for \`${kept}\` for ever`,
} as const;

export interface LeakedByThrowWords {
  readonly lock: string;
  /** The member that runs the callback. */
  readonly runner: string;
  /** Line of what throws. */
  readonly line: number;
  /** One of several permits or resources, not a lock. */
  readonly isPermit: boolean;
}

export function leakedByThrowMessage({ lock, runner, line, isPermit }: LeakedByThrowWords): string {
  const kept = isPermit ? `What \`${runner}\` takes from \`${lock}\` is lost` : `\`${lock}\` stays taken`;
  const harm = isPermit ? 'in the end every later call waits for ever' : 'every later call waits for ever';
  return `${kept} when line ${line} throws, because \`${runner}\` gives back only when the promise of the callback has settled; ${harm}. Make the callback \`async\`.`;
}

export const leakedByThrowSteps = {
  take: (lock: string, isPermit: boolean): string => (isPermit ? `A takes one from \`${lock}\` and runs the callback` : `A takes \`${lock}\` and runs the callback`),
  fail: (text: string, runner: string): string => `\`${text}\` throws before there is a promise: \`${runner}\` gives nothing back`,
  rival: (lock: string, isPermit: boolean): string => (isPermit ? `B finds one fewer in \`${lock}\`, and in the end none` : `B waits for \`${lock}\` for ever`),
} as const;

function openTransactionMessage({ way, line }: UnreleasedWords): string {
  const ways = {
    throws: `when line ${line} throws`,
    returns: `before the \`return\` on line ${line}`,
    ends: 'on every way to the end',
    repeats: 'before the loop begins the next one',
    never: 'at all',
  };
  return (
    `The transaction that begins here is neither committed nor rolled back ${ways[way]}; it stays open, and whoever gets the connection next works in it. ` +
    'Roll it back in a `catch`.'
  );
}

function sessionLockMessage({ way, line }: UnreleasedWords): string {
  const ways = {
    throws: `when line ${line} throws`,
    returns: `before the \`return\` on line ${line}`,
    ends: 'on every way to the end',
    repeats: 'before the loop takes the next one',
    never: 'at all',
  };
  return (
    `The lock of the session that this statement takes is not given back ${ways[way]}; the connection keeps it, also in its pool, and whoever asks for it ` +
    'on another one waits. Give it back in a `finally`, or take one that ends with its transaction.'
  );
}

function resourceMessage(words: UnreleasedWords, resource: string): string {
  const ways = {
    throws: `is not given back when line ${words.line} throws`,
    returns: `is not given back before the \`return\` on line ${words.line}`,
    ends: 'is not given back on every way to the end',
    repeats: 'is not given back before the loop takes the next one',
    never: 'is never given back',
  };
  const taken = words.helper === undefined ? 'takes' : `takes through \`${words.helper}\``;
  const inFinally = words.scoped === undefined ? 'Give it back in a `finally`.' : `Give it back in a \`finally\`, or use \`${words.scoped}\`.`;
  const remedy = words.isCalledBack ? 'Give it back in each callback, also in one that is told of an error.' : inFinally;
  const harm = words.isCollected ? 'it stays open' : 'it stays open, and in the end a pool has none left';
  return `What \`${resource}\` ${taken} ${ways[words.way]}; ${harm}. ${remedy}`;
}

export interface StuckClaimWords {
  readonly place: string;
  /** What the claim does to the place. */
  readonly how: 'set' | 'added';
  /** Line of what throws. */
  readonly line: number;
  /** Line of the test that keeps others out. */
  readonly testLine: number;
}

export function stuckClaimMessage({ place, how, line, testLine }: StuckClaimWords): string {
  const [claimed, undo] = how === 'set' ? ['set here, stays so', 'Reset'] : ['added here, stays there', 'Remove'];
  return (
    `\`${place}\`, ${claimed} when line ${line} throws; the test on line ${testLine} then keeps every later call out for ever. ` +
    `${undo} it in a \`finally\`.`
  );
}

export interface StuckCountWords {
  /** The object in which a share is taken, or the count. */
  readonly text: string;
  readonly isShare: boolean;
  /** Line of what throws. */
  readonly line: number;
  /** Line where the count is asked for; undefined where that is not in sight. */
  readonly askedLine: number | undefined;
}

export function stuckCountMessage({ text, isShare, line, askedLine }: StuckCountWords): string {
  if (isShare) {
    return `The share in \`${text}\` that is taken here is not given back when line ${line} throws; what it keeps open is then never closed. Give it back in a \`finally\`.`;
  }
  const harm = askedLine === undefined ? '' : `; who asks on line ${askedLine} counts work that is over, now and for ever`;
  return `\`${text}\`, raised here, stays so when line ${line} throws${harm}. Lower it in a \`finally\`.`;
}

export function stuckCountSteps(text: string, isShare: boolean): Record<'take' | 'ask', string> {
  return isShare
    ? { take: `A takes a share in \`${text}\``, ask: `B, which gives back its own share, still finds one taken` }
    : { take: `A counts itself in \`${text}\``, ask: `B counts A, which is gone` };
}

export interface LostPlaceWords {
  readonly text: string;
  readonly opening: string;
  readonly line: number;
  readonly limitLine: number;
}

export function lostPlaceMessage({ text, opening, line, limitLine }: LostPlaceWords): string {
  return (
    `\`${text}\`, raised here, counts what \`${opening}\` on line ${line} gives also when it fails and gives nothing; ` +
    `after enough failures line ${limitLine} refuses everybody. Lower it in a \`catch\`.`
  );
}

export function lostPlaceSteps(text: string): Record<'take' | 'ask', string> {
  return { take: `A takes a place in \`${text}\``, ask: 'B finds a place taken for nothing' };
}

export interface ReleasedUnheldWords {
  readonly lock: string;
  readonly releaseLine: number;
  /** The acquire that says by its result whether it got the lock, where nobody looks at it; undefined where it fails. */
  readonly ignored: string | undefined;
  /** One of several permits, not a lock. */
  readonly isPermit: boolean;
}

export function releasedUnheldMessage({ lock, releaseLine, ignored, isPermit }: ReleasedUnheldWords): string {
  const harm = isPermit ? 'there is then one permit too many' : 'a lock that another task holds is then freed';
  const remedy =
    ignored === undefined
      ? 'Acquire it before the `try`, or release it only where it is held.'
      : `Look at what \`${ignored}\` answers, and leave where that says that it was not acquired.`;
  return `\`${lock}\` is released on line ${releaseLine} even if it was not acquired here; ${harm}. ${remedy}`;
}

export interface ReleasedTwiceWords {
  readonly lock: string;
  readonly firstLine: number;
  /** Line of what throws between the two; undefined where nothing has to. */
  readonly throwLine: number | undefined;
  /** The second release frees what another task holds, or throws or rejects. */
  readonly effect: 'admits' | 'fails';
  /** One of several permits, not a lock. */
  readonly isPermit: boolean;
}

export function releasedTwiceMessage({ lock, firstLine, throwLine, effect, isPermit }: ReleasedTwiceWords): string {
  const when = throwLine === undefined ? '' : ` when line ${throwLine} throws`;
  const harm =
    effect === 'fails'
      ? 'the second release fails and hides what happened before'
      : isPermit
        ? 'there is then one permit too many'
        : 'the second release frees it for a third task while another one holds it';
  return `\`${lock}\`, released on line ${firstLine}, is released again here${when}; ${harm}. Release it once, in a \`finally\`.`;
}

export function floatingReleaseMessage(lock: string): string {
  return `The release of \`${lock}\` is not awaited: it is still taken when the caller goes on, and a failure to release is lost. Await it.`;
}

export const releaseTitles = {
  wrap: 'Release in a `finally`',
  scoped: (method: string): string => `Use \`${method}\``,
  before: 'Acquire before the `try`',
  await: 'Await the release',
  async: 'Make the callback `async`',
  reset: 'Reset in a `finally`',
  gap: 'Move what stands before the `try` into it',
} as const;

export interface MiscountedWords {
  readonly lock: string;
  readonly taken: string;
  readonly given: string;
  readonly line: number;
  readonly isFewer: boolean;
}

export function miscountedMessage({ lock, taken, given, line, isFewer }: MiscountedWords): string {
  const outcome = isFewer
    ? 'each call leaves fewer, and in the end nobody is let in'
    : 'each call leaves more, and in the end it lets in more than there is room for';
  return `\`${lock}\` gives out ${permits(taken)} here and gets ${permits(given)} back on line ${line}; ${outcome}. Give back as many as were taken.`;
}

export const miscountedSteps = {
  acquire: ({ lock, taken }: MiscountedWords): string => `A takes ${permits(taken)} of \`${lock}\``,
  release: ({ given }: MiscountedWords): string => `A gives ${permits(given)} back`,
  rival: ({ isFewer }: MiscountedWords): string => (isFewer ? 'B finds fewer, and in the end none' : 'B finds more than there were, and is let in beside the others'),
} as const;

function permits(count: string): string {
  return count === '1' ? 'one permit' : /^\d+$/.test(count) ? `${count} permits` : `\`${count}\` permits`;
}

/** What names of members and classes say about locks. A name alone never makes a lock; see `shapes.ts`. */
import { wordsOf } from '../syntax/words.js';
import type { LockMode } from './operation.js';

/** What the name of a member promises. */
export type MemberVerb = 'acquire' | 'try-acquire' | 'release' | 'other';

/** Verbs that take a lock in a class that is not named after one. */
const acquireWords: ReadonlySet<string> = new Set(['acquire', 'lock', 'obtain']);
/** Verbs that take a lock only in a class whose name says that it is one: conditions and channels have them as well. */
const weakAcquireWords: ReadonlySet<string> = new Set(['wait', 'take', 'enter', 'read', 'write', 'down']);
const releaseWords: ReadonlySet<string> = new Set(['release', 'unlock']);
const weakReleaseWords: ReadonlySet<string> = new Set(['signal', 'leave', 'exit', 'free', 'up']);
const sharedWords: ReadonlySet<string> = new Set(['read', 'reader', 'shared', 'share']);
const exclusiveWords: ReadonlySet<string> = new Set(['write', 'writer', 'exclusive', 'exclusively']);
/** Words that may stand beside the verb: `acquireReadLock`, `lockForWriting`, `acquireAsync`. */
const neutralWords: ReadonlySet<string> = new Set([
  'async', 'access', 'for', 'internal', 'key', 'keyed', 'lock', 'locks', 'mutex', 'permit', 'reading', 'semaphore', 'slot', 'the', 'token', 'writing',
]);

/** The words of a member; `rlock` and `runlock` are split as in Go. */
function memberWords(name: string): string[] {
  const goStyle = /^(r|w)(lock|unlock)$/i.exec(name);
  if (goStyle !== null) return [goStyle[1]?.toLowerCase() === 'r' ? 'read' : 'write', goStyle[2]?.toLowerCase() ?? ''];
  return wordsOf(name);
}

/** The verb of a member; `isNamedLock` admits the weak verbs. */
export function verbOf(name: string, isNamedLock: boolean): MemberVerb {
  const words = memberWords(name);
  const isTry = words[0] === 'try';
  const rest = isTry ? words.slice(1) : words;
  const isVerb = (strong: ReadonlySet<string>, weak: ReadonlySet<string>): boolean =>
    rest.some((word) => strong.has(word) || (isNamedLock && weak.has(word))) &&
    rest.every((word) => strong.has(word) || weak.has(word) || neutralWords.has(word) || modeOfWord(word) !== undefined);
  if (isVerb(releaseWords, weakReleaseWords)) return 'release';
  if (isVerb(acquireWords, weakAcquireWords)) return isTry ? 'try-acquire' : 'acquire';
  return 'other';
}

/** Verbs of locks that go by other names, with those that end what they begin. They count only with a body that waits. */
const pairedWords: Readonly<Record<string, ReadonlySet<string>>> = {
  enter: new Set(['leave', 'exit']),
  obtain: new Set(['drop', 'free', 'give', 'return', 'yield']),
  take: new Set(['give', 'put', 'drop', 'free', 'return', 'leave', 'done']),
  grab: new Set(['drop', 'free', 'give', 'return']),
  hold: new Set(['drop', 'free', 'unhold']),
  claim: new Set(['unclaim', 'free', 'drop', 'disclaim']),
  reserve: new Set(['free', 'unreserve', 'give', 'return']),
  begin: new Set(['end', 'finish', 'done']),
  start: new Set(['finish', 'done', 'end']),
  wait: new Set(['signal', 'leave', 'next', 'done', 'shift']),
  down: new Set(['up']),
  p: new Set(['v']),
  seize: new Set(['free', 'drop', 'yield']),
};

/** Whether the second name ends what the first begins: `enter` and `leave`, `takeSlot` and `giveSlot`. */
export function isPairOfVerbs(begins: string, ends: string): boolean {
  const [first = '', ...object] = memberWords(begins);
  const [last = '', ...same] = memberWords(ends);
  // services start and stop as well; readers and writers of one thing do so in turn
  const isTurn = first === 'start' && last === 'stop' && object.some((word) => modeOfWord(word) !== undefined);
  const isPair = isTurn || (Object.hasOwn(pairedWords, first) && pairedWords[first]?.has(last) === true);
  return isPair && (same.length === 0 || same.join() === object.join() || same.join() === 'back');
}

/** Whether the name could be the first of such a pair. */
export function mayBeginPair(name: string): boolean {
  return Object.hasOwn(pairedWords, memberWords(name)[0] ?? '');
}

/** Whether a member of this name that takes a callback runs it under the lock, in a class or interface named as a lock. */
export function isRunName(name: string): boolean {
  return /^(?:run|with|lock|acquire|use|exec|execute|synchroni[sz]ed?|exclusive|in|do|read|write|critical)(?:$|[A-Z_])/.test(name);
}

/** Whether a declared member that takes a callback says by its name alone that it runs it under a lock: `runExclusive`, `withLock`. */
export function isCertainRunName(name: string): boolean {
  return /^(?:run|with|do|execute|perform)(?:In|With|Under)?(?:Write|Exclusive|Read|Shared)?(?:Exclusive(?:ly)?|Lock(?:ed)?|Mutex)$/.test(name);
}

/** Whether a function of this name, of which there is but a type, runs the work that it is handed under a lock: `withLock`, or `lock` itself. */
export function isSectionName(name: string): boolean {
  return name === 'lock' || isCertainRunName(name);
}

/** The mode that a member's name states. */
export function modeOfName(name: string): LockMode | undefined {
  for (const word of memberWords(name)) {
    const mode = modeOfWord(word);
    if (mode !== undefined) return mode;
  }
  return undefined;
}

function modeOfWord(word: string): LockMode | undefined {
  if (sharedWords.has(word) || word === 'reading') return 'shared';
  return exclusiveWords.has(word) || word === 'writing' ? 'exclusive' : undefined;
}

/** `AsyncMutex`, `RWLock`, `KeyedSemaphore`; not the locks of screens and doors, and not `Block` or `Clock`. */
export function isLockName(name: string): boolean {
  return (
    /(?:^|[a-z0-9_A-Z])(?:Mutex|Semaphore|Lock)(?:Interface|Like|Impl)?$/.test(name) &&
    !/(?:Wake|Scroll|Orientation|Pointer|Keyboard|Screen|Caps|Focus|Door|Smart|Child|Parental|Body|Time|Num)Lock/.test(name)
  );
}

/** Names that speak of a lock of tasks even where nothing but a declaration is there to be seen. */
export function isCertainLockName(name: string): boolean {
  return (
    isLockName(name) &&
    (/(?:Mutex|Semaphore)(?:Interface|Like|Impl)?$/.test(name) ||
      /^I?(?:Async|Keyed|Named|Simple|Shared|RW|ReadWrite|Readers?Writer|Promise|Reentrant|Distributed|Redis|Local|Process)*Lock(?:Interface|Like|Impl)?$/.test(name) ||
      // who tells readers from writers locks, whatever else its name says
      /R(?:W|w|eadWrite|eaders?Writer)Lock(?:Interface|Like|Impl)?$/.test(name))
  );
}

/** The constructor's parameter that counts holders. */
export function isPermitsName(name: string): boolean {
  return (
    /permit|count|max|limit|capacity|concurren|slots|tokens|size|available|initial|^n$/i.test(name) &&
    !/time|wait|queue|pending|retr|delay|interval|ttl|ms$/i.test(name)
  );
}

/** A parameter that names what is locked, as opposed to a time limit or a priority. */
export function isKeyName(name: string): boolean {
  return /^(?:key|id|name|resource|path|file|topic|channel|bucket)$|(?:Key|Id|Name|Path)$/.test(name);
}

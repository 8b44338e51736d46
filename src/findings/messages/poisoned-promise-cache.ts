/** The words of `no-poisoned-promise-cache`. */

export interface KeptRejectionWords {
  readonly slot: string;
  /** The callee whose promise is kept; undefined where it has no name. */
  readonly work: string | undefined;
  readonly activation: string;
  readonly isElement: boolean;
}

export function keptRejectionMessage({ slot, work, activation, isElement }: KeptRejectionWords): string {
  const promise = work === undefined ? 'The promise' : `The promise of \`${work}\``;
  const calls = isElement ? `every later call of ${activation} with this key` : `every later call of ${activation}`;
  return (
    `${promise} that is stored in \`${slot}\` here stays there when it rejects; ${calls} finds the failure and starts no new work. ` +
    `${isElement ? 'Delete the entry' : 'Clear the slot'} when the promise rejects.`
  );
}

export function keptRejectionSteps(slot: string, activation: string): Record<'check' | 'store' | 'reject' | 'rivalCheck' | 'rivalUse', string> {
  return {
    check: `A finds \`${slot}\` empty`,
    store: 'A starts the work and stores its promise',
    reject: 'The work fails; A gets the rejection, and the promise stays',
    rivalCheck: `B, ${activation} again at any later time, finds the promise`,
    rivalUse: 'B is left with the old failure and starts no work',
  };
}

export interface EarlyFailureWords {
  readonly slot: string;
  readonly activation: string;
  readonly failureLine: number;
  readonly clearingLine: number;
}

export function earlyFailureMessage({ slot, activation, failureLine, clearingLine }: EarlyFailureWords): string {
  return (
    `The promise that is stored in \`${slot}\` here has rejected already when the work throws on line ${failureLine}: it clears the slot on line ` +
    `${clearingLine}, before the promise is in it, and every later call of ${activation} finds the failure. Clear the slot in a \`.finally\` of the ` +
    'stored promise, or suspend first.'
  );
}

export function earlyFailureSteps({ slot, activation }: EarlyFailureWords): Record<'fail' | 'clear' | 'store' | 'use', string> {
  return {
    fail: 'A starts the work, which throws before it has suspended',
    clear: `The work clears \`${slot}\`, which holds nothing yet`,
    store: `A stores the rejected promise in \`${slot}\`; nobody clears it any more`,
    use: `B, ${activation} again at any later time, finds the promise and the old failure`,
  };
}

export interface SharedSignalWords {
  readonly slot: string;
  readonly signal: string;
  readonly activation: string;
}

export function sharedSignalMessage({ slot, signal, activation }: SharedSignalWords): string {
  return (
    `The work whose promise \`${slot}\` shares is started with \`${signal}\` of whoever comes first; when that caller aborts, every other ` +
    `call of ${activation} that has joined fails too. Start it without the signal of one caller, or let each race its own.`
  );
}

export function sharedSignalSteps({ slot, signal, activation }: SharedSignalWords): Record<'store' | 'join' | 'abort', string> {
  return {
    store: `A starts the work with its own \`${signal}\` and stores the promise in \`${slot}\``,
    join: `B, ${activation} with another \`${signal}\`, finds the promise and waits for it`,
    abort: `A aborts; the promise rejects, and B fails although nobody has aborted it`,
  };
}

export interface ForeignClearingWords {
  readonly slot: string;
  readonly suspensionLine: number;
  readonly isAwait: boolean;
  readonly by: 'owner' | 'waiter';
  /** Who else puts a promise there or empties the slot, with the line; undefined where only waiters do. */
  readonly rival: { readonly name: string; readonly line: number; readonly isClearing: boolean; readonly isSelf: boolean } | undefined;
  readonly activation: string;
}

function rivalText({ name, isSelf }: NonNullable<ForeignClearingWords['rival']>): string {
  return isSelf ? `another call of ${name}` : name;
}

export function foreignClearingMessage(words: ForeignClearingWords): string {
  const { slot, rival } = words;
  const where = `the ${words.isAwait ? '`await`' : 'suspension'} on line ${words.suspensionLine}`;
  const remedy = 'Clear it only while it holds the promise that settled.';
  if (rival !== undefined) {
    const how = rival.isClearing ? 'empties it, so that the next call fills it anew' : 'puts another promise there';
    return `\`${slot}\` is cleared here after ${where}, whichever promise it holds by then; ${rivalText(rival)} ${how} on line ${rival.line}. ${remedy}`;
  }
  return (
    `Every call of ${words.activation} that waits for \`${slot}\` clears it here after ${where}, also when another call has put a newer promise ` +
    `there meanwhile. Let only the call that stored the promise clear it.`
  );
}

export function foreignClearingSteps(
  words: ForeignClearingWords,
): Record<'wait' | 'rivalReplace' | 'rivalStore' | 'waiterClear' | 'act', string> {
  const { slot, rival } = words;
  return {
    wait: `A waits for the promise in \`${slot}\``,
    rivalReplace:
      rival?.isClearing === true
        ? `B, ${rival.name}, empties \`${slot}\`; the next call stores a newer promise`
        : `B, ${rival === undefined ? words.activation : rivalText(rival)}, stores a newer promise in \`${slot}\``,
    rivalStore: `B, ${words.activation} again, waited too, clears \`${slot}\` first, and the next call stores a newer promise`,
    waiterClear: `A clears \`${slot}\`: work under way is forgotten and started once more`,
    act: `A clears \`${slot}\` although it holds the newer promise: work under way is forgotten and started once more`,
  };
}

export function clearOnFailureTitle(isElement: boolean): string {
  return isElement ? 'Delete the entry when the promise rejects' : 'Clear the slot when the promise rejects';
}

export function brokenChainMessage(slot: string, linkLine: number): string {
  return (
    `\`${slot}\` is a chain of work, and one that is rejected ends it: \`then\` on line ${linkLine} passes by what comes later, and each call gets the first error. ` +
    'Chain to a promise that is not rejected: keep `run.catch(() => undefined)`, and return `run`.'
  );
}

export const brokenChainSteps = {
  store: (slot: string): string => `the work of A is chained, and \`${slot}\` is its promise`,
  reject: 'the work is rejected',
  rival: (link: string): string => `B chains its work by \`${link}\`, which never runs it`,
} as const;

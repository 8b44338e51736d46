/** The words of `no-lock-cycle`. */
import { activationText } from './words.js';

export interface SelfWaitWords {
  readonly lock: string;
  readonly heldLine: number;
  /** Name of what is called, where the lock is taken in a callee; undefined where it is taken on the spot. */
  readonly callee: string | undefined;
  /** Where the callee takes it. */
  readonly takenLine: number;
  readonly how: 'call' | 'callback' | 'stored' | 'join' | 'loop' | 'direct' | 'idle' | 'served';
  /** When it waits for itself: always, with a writer queued in between, or when all holders of permits do the same. */
  readonly conflict: 'always' | 'with-writer' | 'with-holders';
  /** The second wait ends with an error after a time limit. */
  readonly isTimed: boolean;
}

export function selfWaitMessage(words: SelfWaitWords): string {
  const { lock, heldLine, callee, takenLine, how, conflict, isTimed } = words;
  const held = `\`${lock}\`, held since line ${heldLine},`;
  const until = isTimed ? 'until the time limit' : 'for ever';
  const end = {
    always: `it waits for itself ${until}`,
    'with-writer': `with a writer queued in between, they wait for each other ${until}`,
    'with-holders': `when all its permits are taken by tasks that do the same, they wait for each other ${until}`,
  }[conflict];
  const what = {
    direct: `${held} is acquired again by the same task`,
    idle: `${held} is waited for by \`${callee ?? 'this call'}\`, and the task that holds it is this one`,
    served: `${held} is needed once more by \`${callee ?? 'this call'}\`, and this waits for it`,
    loop: `\`${lock}\` is still held from the turn before when the loop acquires it again`,
    call: `${held} is acquired again in \`${callee ?? 'the callee'}\` (line ${takenLine}), which this waits for`,
    callback: `${held} is acquired again in the callback that \`${callee ?? 'the callee'}\` runs under it (line ${takenLine})`,
    stored: `${held} is acquired again by a function that is called here as \`${callee ?? 'callback'}\` (line ${takenLine})`,
    join: `a task is waited for that needs \`${lock}\` (line ${takenLine}), held here since line ${heldLine}`,
  }[how];
  const remedy = {
    direct: 'Acquire it once.',
    idle: 'Wait outside the section.',
    served: 'Use what is held for it, or call it after the release.',
    loop: 'Acquire it once before the loop, or release it in each turn.',
    call: 'Call a variant that expects the lock to be held, or call after the release.',
    callback: 'Run the callback after the release, or let it call a variant that expects the lock to be held.',
    stored: 'Call it after the release.',
    join: 'Wait for the task after the release.',
  }[how];
  return `${what}; ${end}. ${remedy}`;
}

export const selfWaitSteps = {
  acquire: (activation: string, lock: string): string => `${activationText(activation)} acquires \`${lock}\``,
  call: (callee: string): string => `with the lock held, it calls \`${callee}\` and waits for it`,
  callback: (callee: string): string => `\`${callee}\` calls back with the lock held, and waits for the callback`,
  join: (text: string): string => `with the lock held, it waits for \`${text}\``,
  'with-writer': (lock: string): string => `another task asks to write, and queues behind the holder of \`${lock}\``,
  'with-holders': (lock: string): string => `other tasks come this far, and hold the other permits of \`${lock}\``,
  ask: (lock: string, conflict: SelfWaitWords['conflict']): string =>
    `\`${lock}\` is asked for again${{
      always: ': only its holder could release it, and that waits here',
      'with-writer': ', and queues behind the writer',
      'with-holders': ': each of its holders waits here for another to release',
    }[conflict]}`,
  again: (lock: string): string => `the next turn asks for \`${lock}\`, which this task still holds`,
} as const;

export function acrossYieldMessage(lock: string, heldLine: number): string {
  return (
    `\`${lock}\`, held since line ${heldLine}, is held across \`yield\`; a consumer that needs the lock waits for ever, and one that ` +
    'stops iterating never lets it go. Copy what the section needs, release, then yield.'
  );
}

export const acrossYieldSteps = {
  acquire: (activation: string, lock: string): string => `${activationText(activation)} acquires \`${lock}\``,
  yields: 'it hands a value to its consumer and stops, with the lock held',
  ask: (lock: string): string => `the consumer's turn needs \`${lock}\`: it waits for the generator, and the generator for the next pull`,
} as const;

export interface OrderWords {
  readonly first: string;
  readonly second: string;
  /** Who takes locks in the other order, one after another around the circle; empty where the order hangs on the arguments. */
  readonly rivals: readonly { readonly activation: string; readonly line: number; readonly taken: string }[];
}

export function orderMessage({ first, second, rivals }: OrderWords): string {
  const [rival, ...others] = rivals;
  if (rival === undefined && first === second) {
    return (
      `\`${second}\` is acquired for one element of the list after another, in the order in which the caller has them; a call with ` +
      'two of them exchanged waits for this one, and this one for it. Sort them first.'
    );
  }
  if (rival === undefined) {
    return (
      `\`${second}\` is acquired with \`${first}\` held, in the order of the arguments; a call with the two exchanged waits for this one, ` +
      'and this one for it. Acquire them in one order, such as by a sorted key.'
    );
  }
  if (others.length > 0) {
    const ways = rivals.map(({ activation, line, taken }) => `${activationText(activation)} (line ${line}) goes on to \`${taken}\``);
    return (
      `\`${second}\` is acquired with \`${first}\` held; from there ${ways.join(', ')}: a circle in which each can come to wait for the ` +
      'next for ever. Acquire them in one order everywhere.'
    );
  }
  return (
    `\`${second}\` is acquired with \`${first}\` held, and ${activationText(rival.activation)} (line ${rival.line}) takes the two in the other order; ` +
    'each can come to wait for the other for ever. Acquire them in one order everywhere.'
  );
}

export const orderSteps = {
  holds: (activation: string, lock: string): string => `${activationText(activation)} acquires \`${lock}\``,
  waits: (lock: string): string => `it waits for \`${lock}\`, which another task holds`,
} as const;

/** The words of `no-ineffective-lock`. */
import { activationText } from './words.js';

export interface PrivateLockWords {
  readonly kind: 'call' | 'render' | 'instance';
  readonly lock: string;
  readonly activation: string;
  readonly madeLine: number;
  /** What the section shares with others. */
  readonly shared: string;
  readonly isWrite: boolean;
}

export function privateLockMessage({ kind, lock, activation, madeLine, shared, isWrite }: PrivateLockWords): string {
  if (kind === 'render') {
    return `\`${lock}\` is made anew in every render (line ${madeLine}), so handlers of two renders hold two locks. Keep it in a ref, or in the module.`;
  }
  const what = isWrite ? `\`${shared}\` is written with nobody kept out` : `nobody is kept out of \`${shared}\``;
  if (kind === 'instance') {
    return `\`${lock}\` belongs to an object that is made for one call, so it is never contended; ${what}. Keep the lock beside the state that it guards.`;
  }
  return `\`${lock}\` is made in every call of ${activationText(activation)}, so no other call ever waits for it; ${what}. Keep one lock beside the state that it guards.`;
}

export const privateLockSteps = {
  acquire: (activation: string, lock: string): string => `${activationText(activation)} acquires its own \`${lock}\``,
  suspend: 'it is suspended in the section',
  rival: (activation: string, lock: string): string => `another call of ${activationText(activation)} acquires another \`${lock}\`, and gets it at once`,
  use: (shared: string): string => `both are in the section, and \`${shared}\` is used by both`,
} as const;

export const hoistTitles = {
  field: (name: string): string => `Keep one lock in the field \`#${name}\``,
  module: (name: string): string => `Keep one lock \`${name}\` in the module`,
} as const;

export interface OldAnswerWords {
  readonly kind: 'query' | 'wait' | 'name';
  readonly lock: string;
  readonly suspensionLine: number;
  readonly actLine: number;
  readonly isAcquire: boolean;
  readonly place: string;
}

export function oldAnswerMessage({ kind, lock, suspensionLine, actLine, isAcquire, place }: OldAnswerWords): string {
  if (kind === 'wait') {
    return (
      `This waits until \`${lock}\` is free and does not take it; \`${place}\` is written on line ${actLine} after the suspension on line ` +
      `${suspensionLine}, when another task may hold the lock. Acquire it instead.`
    );
  }
  if (kind === 'name') {
    return `\`${lock}\` is asked and not taken; when \`${place}\` on line ${actLine} goes to work, another task may hold the lock. Acquire it instead.`;
  }
  if (isAcquire) {
    return (
      `\`${lock}\` was free when it was asked, and after the suspension on line ${suspensionLine} that is old: it is acquired on line ${actLine}, ` +
      'behind whoever took it meanwhile. Ask right before the acquire, or try to acquire.'
    );
  }
  return (
    `\`${lock}\` is asked and not taken; \`${place}\` is written on line ${actLine} after the suspension on line ${suspensionLine}, when another ` +
    'task may hold the lock. Acquire it instead.'
  );
}

export const oldAnswerSteps = {
  ask: (lock: string): string => `\`${lock}\` is found free, and not taken`,
  suspend: 'the task is suspended',
  rival: (lock: string): string => `another task acquires \`${lock}\``,
  act: (kind: OldAnswerWords['kind'], place: string): string => `\`${place}\` is ${kind === 'name' ? 'called' : 'written'} beside the holder of the lock`,
  wait: (lock: string): string => `\`${lock}\` is asked for, and held by the other task`,
} as const;

export interface LiftedLockWords {
  readonly kind: 'released' | 'replaced' | 'timed';
  readonly lock: string;
  readonly holder: string;
  readonly suspensionLine: number;
}

export function liftedLockMessage({ kind, lock, holder, suspensionLine }: LiftedLockWords): string {
  const section = `${activationText(holder)} is suspended in its section (line ${suspensionLine})`;
  switch (kind) {
    case 'released':
      return `\`${lock}\` is released here by one who has not taken it; while ${section}, the next task is let in beside it. Leave the release to the holder.`;
    case 'replaced':
      return `\`${lock}\` is replaced here; while ${section}, the next task takes the new lock and runs beside it. Keep one lock, and acquire it to reset.`;
    case 'timed':
      return (
        `\`${lock}\` is released here by the clock; while ${section}, the next task is let in beside it, and the holder's own release ends that ` +
        "task's section. End the work by a signal, and release when it has ended."
      );
  }
}

export const liftedLockSteps = {
  acquire: (holder: string, lock: string): string => `${activationText(holder)} acquires \`${lock}\``,
  suspend: 'it is suspended in the section',
  lift: (kind: LiftedLockWords['kind'], lock: string): string => (kind === 'replaced' ? `\`${lock}\` becomes another lock, which is free` : `\`${lock}\` is released, and its holder does not know`),
  enter: (holder: string): string => `another call of ${activationText(holder)} acquires it and is in the section too`,
} as const;

export interface TwoLocksWords {
  readonly place: string;
  readonly lock: string;
  readonly suspensionLine: number;
  readonly rival: string;
  readonly rivalLock: string;
  readonly rivalLine: number;
}

export function twoLocksMessage({ place, lock, suspensionLine, rival, rivalLock, rivalLine }: TwoLocksWords): string {
  return (
    `\`${place}\` is guarded by \`${lock}\` here and by \`${rivalLock}\` in ${activationText(rival)} (line ${rivalLine}), so the two do not keep ` +
    `each other out during the suspension on line ${suspensionLine}. Use one lock for both.`
  );
}

export const twoLocksSteps = {
  acquire: (activation: string, lock: string): string => `${activationText(activation)} acquires \`${lock}\``,
  look: (place: string): string => `it uses \`${place}\``,
  suspend: 'it is suspended in the section',
  rival: (activation: string, lock: string): string => `${activationText(activation)} acquires \`${lock}\`, which is free`,
  write: (place: string): string => `it changes \`${place}\``,
  act: (place: string): string => `the section goes on with what it knew of \`${place}\``,
} as const;

export function earlyEndMessage(text: string, waitLine: number, restLine: number): string {
  return (
    `The section of \`${text}\` ends when its function returns, and an asynchronous function returns at its first \`await\` (line ${waitLine}); ` +
    `what follows, on line ${restLine}, runs outside of it. Wait before, and hand it a synchronous function.`
  );
}

export const earlyEndSteps = {
  begin: (text: string): string => `\`${text}\` begins its section and calls the function`,
  end: 'the function returns a promise here: the section has ended',
  rival: 'another task comes in between',
  act: 'what the section was for is done without it',
} as const;

export interface SplitSectionWords {
  readonly list: string;
  readonly lock: string;
  readonly countedLine: number;
  readonly suspensionLine: number;
  readonly rival: string;
}

export function splitSectionMessage({ list, lock, countedLine, suspensionLine, rival }: SplitSectionWords): string {
  return (
    `\`${list}\` is counted on line ${countedLine}, and an element is taken by that count here, in another section of \`${lock}\`; ${rival} can change the ` +
    `list during the suspension on line ${suspensionLine}, and then the two do not fit. Do both in one section, or take a copy of the list.`
  );
}

export const splitSectionSteps = {
  count: (list: string): string => `finds a position in \`${list}\``,
  suspend: (lock: string): string => `waits without \`${lock}\``,
  change: (rival: string, list: string): string => `${rival} moves or replaces the elements of \`${list}\``,
  use: (list: string): string => `takes what stands at the old position in \`${list}\`: another element, or none`,
} as const;

export interface LatePermitWords {
  /** The count or flag that says whether there is room. */
  readonly place: string;
  readonly suspensionLine: number;
  readonly release: string;
  readonly wakeLine: number;
}

export function latePermitMessage({ place, suspensionLine, release, wakeLine }: LatePermitWords): string {
  return (
    `\`${place}\` takes its place here only when the waiter goes on after the suspension on line ${suspensionLine}; ${release} gives that place up before it wakes ` +
    `the waiter on line ${wakeLine}, and whoever asks in between is let in as well. Leave the place to the waiter: give it up only when nobody waits, and do not take it again here.`
  );
}

export function latePermitSteps({ place, release }: LatePermitWords): Record<'wait' | 'release' | 'enter' | 'take', string> {
  return {
    wait: 'A waits in the line',
    release: `B, ${release}, gives its place in \`${place}\` up and wakes A, who goes on a turn later`,
    enter: 'B asks again at once, finds the place free and takes it',
    take: 'A goes on and takes a place that there is no more',
  };
}

export interface UnaskedSectionWords {
  readonly lock: string;
  readonly actLine: number;
  /** What is written there; undefined where only the work goes on. */
  readonly place: string | undefined;
}

export function unaskedSectionMessage({ lock, actLine, place }: UnaskedSectionWords): string {
  const act = place === undefined ? `line ${actLine} goes on` : `\`${place}\` is written on line ${actLine}`;
  return (
    `This callback runs without \`${lock}\`, and with \`null\` in place of the lock, when another task holds it; it does not look, and ${act} ` +
    'beside the holder. Leave when the lock is `null`.'
  );
}

export const unaskedSectionSteps = {
  hold: (lock: string): string => `B holds \`${lock}\``,
  run: (lock: string): string => `A does not get \`${lock}\`, and its callback runs all the same`,
  act: (place: string | undefined): string => (place === undefined ? 'A does the work beside B' : `A writes \`${place}\` beside B`),
} as const;

export interface WorkBesideWords {
  /** What the transaction was asked of. */
  readonly root: string;
  readonly parameter: string;
  readonly work: string;
  readonly sectionLine: number;
}

export function workBesideMessage({ root, parameter, work, sectionLine }: WorkBesideWords): string {
  return (
    `\`${work}\` is not part of the transaction of line ${sectionLine}, which is what goes through \`${parameter}\`: it asks \`${root}\` itself, is done at once, ` +
    `stays when the transaction is rolled back, and may wait for a second connection. Do it by \`${parameter}\`, or after the transaction.`
  );
}

export const workBesideSteps = {
  begin: (parameter: string): string => `a transaction begins, which \`${parameter}\` stands for`,
  work: (parameter: string): string => `this does not go through \`${parameter}\`, and is done outside of the transaction`,
  rival: 'another task sees it before the transaction has ended, and also when it is rolled back',
} as const;

export function scatteredMessage(pool: string, subject: 'transaction' | 'session lock'): string {
  const harm =
    subject === 'transaction'
      ? 'so the transaction that begins here stays open on one of them, and what is meant for it is done on others'
      : 'so the lock that is taken here stays with the session of one of them, which lets in whoever gets that one, and is asked to be given back on another';
  return `\`${pool}\` gives each statement any connection that is free, ${harm}. Take one connection for all of it, and give it back in a \`finally\`.`;
}

export const scatteredSteps = {
  transaction: {
    begin: 'a transaction begins on one connection, which goes back into the pool',
    rival: 'another task gets that connection, and works in the transaction of the first',
    work: 'the first task goes on with another connection, outside of its transaction',
  },
  'session lock': {
    begin: 'the session of one connection takes the lock; the connection goes back into the pool',
    rival: 'another task gets that connection, whose session has the lock, and is let in',
    work: 'the first task gives the lock back on another connection, which has none; everybody else waits',
  },
} as const;

export function forgottenLockMessage(lock: string, acquireLine: number): string {
  return (
    `\`${lock}\` is thrown away here, and others may wait for it since line ${acquireLine}: who comes next makes a new lock, and is in its section beside them. ` +
    'Keep it, or remove it only where nobody waits.'
  );
}

export const forgottenLockSteps = {
  acquire: (lock: string): string => `A acquires \`${lock}\``,
  wait: (lock: string): string => `B waits for \`${lock}\``,
  forget: (lock: string): string => `A removes \`${lock}\`, which B gets next`,
  enter: 'a third task finds no lock, makes a new one, and is in the section beside B',
} as const;

export function replacedTurnMessage(place: string, waitLine: number): string {
  return (
    `All who wait for \`${place}\` on line ${waitLine} go on together when it is settled, and each puts its own promise here, so their work runs side by side and ` +
    'only the last one is waited for. Put the new promise there before the wait for the old one, or look again after the wait.'
  );
}

export function replacedTurnSteps(place: string): Record<'wait' | 'rivalWait' | 'take' | 'rivalTake', string> {
  return {
    wait: `A waits for the promise in \`${place}\``,
    rivalWait: 'B waits for the same promise',
    take: `it is settled, and A puts its own promise into \`${place}\``,
    rivalTake: 'B goes on in the same turn, does not see it, and puts its own there as well',
  };
}

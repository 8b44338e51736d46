import { setImmediate as nextTurn } from 'node:timers/promises';

/** A promise that the test settles. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

export function deferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((onFulfilled, onRejected) => {
    resolve = onFulfilled;
    reject = onRejected;
  });
  return { promise, resolve, reject };
}

/** Turns of the event loop after which a program without timers and I/O has nothing left to do. */
const turnsUntilQuiet = 5;

/** Runs every microtask, and what those schedule, for a bounded number of turns of the event loop. */
export async function flush(): Promise<void> {
  for (let turn = 0; turn < turnsUntilQuiet; turn++) await nextTurn();
}

/** What a promise has become once nothing is left to run. A promise that is `pending` then stays so: its task hangs. */
export async function outcome(promise: Promise<unknown>): Promise<'fulfilled' | 'rejected' | 'pending'> {
  let result: 'fulfilled' | 'rejected' | 'pending' = 'pending';
  promise.then(
    () => {
      result = 'fulfilled';
    },
    () => {
      result = 'rejected';
    },
  );
  await flush();
  return result;
}

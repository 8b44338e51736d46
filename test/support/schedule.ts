import fc from 'fast-check';
import type { Scheduler } from 'fast-check';
import { deferred, flush } from './deferred.js';
import type { Deferred } from './deferred.js';

interface PendingCall<Arguments extends readonly unknown[], Result> {
  readonly arguments: Arguments;
  readonly deferred: Deferred<Result>;
}

/** A remote function whose calls the test answers one by one, in the order it chooses. */
export class RemoteFunction<Arguments extends readonly unknown[], Result> {
  /** The arguments of every call so far. */
  readonly calls: Arguments[] = [];
  readonly #pending: PendingCall<Arguments, Result>[] = [];

  readonly invoke = (...callArguments: Arguments): Promise<Result> => {
    this.calls.push(callArguments);
    const call = { arguments: callArguments, deferred: deferred<Result>() };
    this.#pending.push(call);
    return call.deferred.promise;
  };

  /** Calls that have not been answered. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Answers the call that has waited `position` calls after the longest, and runs what follows from it. */
  async answer(result: Result | ((...callArguments: Arguments) => Result), position = 0): Promise<void> {
    const call = this.#take(position);
    try {
      call.deferred.resolve(isFunction(result) ? result(...call.arguments) : result);
    } catch (error) {
      call.deferred.reject(error);
    }
    await flush();
  }

  /** Rejects a waiting call and runs what follows from it. */
  async fail(reason: unknown, position = 0): Promise<void> {
    this.#take(position).deferred.reject(reason);
    await flush();
  }

  /** Answers calls, the oldest first, until none waits; also those that the answers bring about. */
  async answerAll(result: Result | ((...callArguments: Arguments) => Result)): Promise<void> {
    await flush();
    while (this.pending > 0) await this.answer(result);
  }

  /** Answers all waiting calls in one turn, and then those that the answers bring about, until none waits. */
  async answerAllTogether(result: Result | ((...callArguments: Arguments) => Result)): Promise<void> {
    await flush();
    while (this.pending > 0) {
      for (const call of this.#pending.splice(0)) {
        call.deferred.resolve(isFunction(result) ? result(...call.arguments) : result);
      }
      await flush();
    }
  }

  #take(position: number): PendingCall<Arguments, Result> {
    const [call] = this.#pending.splice(position, 1);
    if (call === undefined) throw new Error(`no call waits at position ${position}`);
    return call;
  }
}

function isFunction<Arguments extends readonly unknown[], Result>(
  value: Result | ((...callArguments: Arguments) => Result),
): value is (...callArguments: Arguments) => Result {
  return typeof value === 'function';
}

/** Starts `count` tasks in one turn and collects their promises. */
export function startTasks<T>(count: number, task: (index: number) => Promise<T>): Promise<T>[] {
  return Array.from({ length: count }, (_, index) => {
    const promise = task(index);
    // A rejection that the test looks at later is not an unhandled one.
    promise.catch(() => undefined);
    return promise;
  });
}

/** Runs a scenario under many orders in which its remote calls are answered. */
export async function inEveryOrder(scenario: (scheduler: Scheduler) => Promise<void>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), (scheduler) => scenario(scheduler)),
    { numRuns: 30 },
  );
}

/** Work that counts how many tasks do it at once, and ends when the test says so. */
export class CountedWork {
  readonly #ends: Deferred<void>[] = [];
  #inside = 0;
  /** The most tasks that were at work at once. */
  most = 0;

  readonly run = async (): Promise<void> => {
    this.#inside += 1;
    this.most = Math.max(this.most, this.#inside);
    const end = deferred();
    this.#ends.push(end);
    await end.promise;
    this.#inside -= 1;
  };

  /** Lets the tasks end one after the other, as many as there are, and waits for all of them. */
  async finish(tasks: readonly Promise<unknown>[]): Promise<void> {
    for (let turn = 0; turn < tasks.length; turn += 1) {
      await flush();
      this.#ends.shift()?.resolve();
    }
    await Promise.all(tasks);
  }
}

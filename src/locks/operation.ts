import type { ts } from '../compiler/compiler.js';

/** `exclusive` admits one holder, `shared` many readers, `counting` several holders (which guards nothing). */
export type LockMode = 'exclusive' | 'shared' | 'counting';

/**
 * How the obligation that an acquire creates is met.
 * - `call-result`: call what the acquire returned: `release()`.
 * - `result-member`: call a member of what the acquire returned: `handle.release()`.
 * - `tuple-element`: call an element of the array it returned: `const [value, release] = await ...`.
 * - `lock-member`: call a member of the lock itself: `lock.release()`.
 * - `module-function`: call a function of the module with the same key: `unlock(file)`.
 */
export type ReleaseShape =
  | { readonly kind: 'call-result' }
  | { readonly kind: 'result-member'; readonly members: readonly string[] }
  | { readonly kind: 'tuple-element'; readonly index: number }
  | { readonly kind: 'lock-member'; readonly members: readonly string[] }
  | { readonly kind: 'module-function'; readonly functions: readonly string[] };

interface LockOperationBase {
  /** The call or, for `using`, the declaration that performs the operation. */
  readonly node: ts.CallExpression;
  /** The expression that holds the lock, such as `this.mutex`; undefined for a function of a module (`lock(file)`). */
  readonly lock: ts.Expression | undefined;
  /** Names the lock where no expression does: package and export, such as `proper-lockfile`. */
  readonly lockName: string;
  /** The key of a keyed lock. */
  readonly key: ts.Expression | undefined;
  /** Package or shape that told us, for messages and the debugging view. */
  readonly model: string;
}

export interface AcquireOperation extends LockOperationBase {
  readonly kind: 'acquire';
  readonly mode: LockMode;
  /** The call returns a promise: the lock is held once it is awaited. */
  readonly asynchronous: boolean;
  /** The call may come back without the lock: `tryAcquire`, time limits that resolve to null. */
  readonly conditional: boolean;
  /** The result of a conditional acquire that did not get the lock; undefined when it is not conditional. */
  readonly notTaken: 'false' | 'null' | 'undefined' | undefined;
  /** A release of the same lock by its own member or function ends the section as well, whatever the shape. */
  readonly release: ReleaseShape;
  /** What the acquired handle also supports: `using` / `await using`. */
  readonly disposable: boolean;
  /** Name of the method of the same lock that takes it in shared mode, where there is one. */
  readonly sharedAlternative: string | undefined;
  /** The option that makes `sharedAlternative` take it in shared mode, such as `mode: 'shared'`; undefined where the name alone does. */
  readonly sharedOption: string | undefined;
  /** Name of the method that runs a callback under the lock in the same mode, where there is one. */
  readonly scopedAlternative: string | undefined;
}

export interface RunOperation extends LockOperationBase {
  readonly kind: 'run';
  readonly mode: LockMode;
  /** The callback runs with the lock held; the lock is released when what it returns has settled. */
  readonly callback: ts.Expression;
  /** Position of the callback's parameter that frees the lock, for callback-style locks; undefined otherwise. */
  readonly releaserParameter: number | undefined;
  /** The callback may run without the lock (`ifAvailable`); it is told by its argument. */
  readonly conditional: boolean;
  readonly asynchronous: boolean;
  readonly sharedAlternative: string | undefined;
  /** As for an acquire. */
  readonly sharedOption: string | undefined;
}

export interface ReleaseOperation extends LockOperationBase {
  readonly kind: 'release';
  /** undefined: releases whatever mode is held. */
  readonly mode: LockMode | undefined;
  readonly asynchronous: boolean;
}

/** What a call does to a lock. */
export type LockOperation = AcquireOperation | RunOperation | ReleaseOperation;

/** Tells which calls acquire, release or run under a lock. Made once per program; memoised by call. */
export interface LockMatcher {
  /** The operation that this call performs, or undefined when it is not one of a known lock. */
  classifyCall(call: ts.CallExpression): LockOperation | undefined;
  /** Whether the file could contain a lock operation at all; a text test, no question to the checker. */
  mayContainLocks(file: ts.SourceFile): boolean;
  /** Whether the expression makes a new lock object: `new Mutex()`, `mortice()`. */
  createsLock(expression: ts.Expression): boolean;
}

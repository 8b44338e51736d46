import type { ts } from '../compiler/compiler.js';
import type { FunctionNode } from '../syntax/functions.js';
import type { Binding } from '../syntax/scopes.js';
import type { StatementSubject } from './statement-text.js';

/** `exclusive` admits one holder, `shared` many readers, `counting` several holders (which guards nothing). */
export type LockMode = 'exclusive' | 'shared' | 'counting';

/** What a second release by the same holder does: nothing, free what somebody else holds by then, throw or reject. */
export type SecondRelease = 'ignored' | 'admits' | 'fails';

/** What giving the lock back is like, whatever the form. */
export interface ReleaseFacts {
  /** It returns a promise, and the lock is free once that has settled. */
  readonly asynchronous: boolean;
  /** undefined when it is not known. */
  readonly again: SecondRelease | undefined;
  /** Members that are true as long as it is held, of a resource by this holder. */
  readonly trueWhileHeld?: readonly string[] | undefined;
  /** Members that are true once it was given back. */
  readonly trueOnceEnded?: readonly string[] | undefined;
  /** It calls the next waiter before it returns, as locks in callback style may. */
  readonly handsOver?: boolean;
}

/**
 * How the obligation that an acquire creates is met.
 * - `call-result`: call what the acquire returned: `release()`.
 * - `result-member`: call a member of what the acquire returned: `handle.release()`.
 * - `tuple-element`: call an element of the array it returned: `const [value, release] = await ...`.
 * - `lock-member`: call a member of the lock itself: `lock.release()`.
 * - `module-function`: call a function of the module with the same key: `unlock(file)`.
 */
export type ReleaseShape = ReleaseFacts &
  (
    | { readonly kind: 'call-result' }
    | { readonly kind: 'result-member'; readonly members: readonly string[] }
    | { readonly kind: 'tuple-element'; readonly index: number }
    | { readonly kind: 'lock-member'; readonly members: readonly string[] }
    | { readonly kind: 'module-function'; readonly functions: readonly string[] }
  );

/** Whether the holder may take the lock again; `reader`: only in shared mode while it holds it in shared mode. */
export type Reentrancy = boolean | 'reader';

interface LockOperationBase {
  /** The call that performs the operation. */
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

/** How many permits a call takes or gives back. */
export interface Weight {
  /** undefined where it is not in sight. */
  readonly value: number | undefined;
  /** Text of the argument, `1` where it is absent. */
  readonly text: string;
}

export interface AcquireOperation extends LockOperationBase {
  readonly kind: 'acquire';
  /** undefined where a call takes one permit, or the lock has none to count. */
  readonly weight?: Weight | undefined;
  readonly mode: LockMode;
  /** How many may hold the lock at once; undefined where that is not in sight, or does not depend on a number. */
  readonly permits: number | undefined;
  /** The call returns a promise: the lock is held once it is awaited. */
  readonly asynchronous: boolean;
  /** The call may come back without the lock: `tryAcquire`, time limits that resolve to null. */
  readonly conditional: boolean;
  /** The result of a conditional acquire that did not get the lock; undefined when it is not conditional. */
  readonly notTaken: 'false' | 'null' | 'undefined' | undefined;
  /**
   * How the acquire ends that did not get the lock, other than by its result: it cannot (`never`), its promise rejects, it
   * throws, or its promise rejects only where somebody cancels the waiting (`cancelled`); undefined when that is not known.
   */
  readonly failure: 'never' | 'rejects' | 'throws' | 'cancelled' | undefined;
  /** The wait has a limit, by an argument of the call or by a wrapper such as `withTimeout`. */
  readonly timed: boolean;
  /** It waits for its turn where the lock is held; else it fails at once, by a wrapper such as `tryAcquire`. */
  readonly waits: boolean;
  /** Whether a holder may take it again; undefined when that is not known. */
  readonly reentrant: Reentrancy | undefined;
  /** A release of the same lock by its own member or function ends the section as well, whatever the shape. */
  readonly release: ReleaseShape;
  /** A resource to be given back, which excludes nobody; its mode is `counting`. */
  readonly resource: boolean;
  /** What a statement takes by its text: `client.query('BEGIN')`, `client.query('select pg_advisory_lock(1)')`. */
  readonly statement?: StatementSubject;
  /** A resource that is given back in the end even if everybody forgets it. */
  readonly collected: boolean;
  /** What the acquired handle also supports: `using` / `await using`. */
  readonly disposable: boolean;
  /** The parameter of a callback that is an error where nothing was taken. */
  readonly refusal?: Binding | undefined;
  /** What fails meanwhile is told to callbacks, and throws nothing. */
  readonly calledBack?: boolean;
  /** It runs out by itself, and a key of a store stands for it. */
  readonly lease?: boolean | undefined;
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
  /** As for an acquire. */
  readonly permits: number | undefined;
  /** The callback runs with the lock held; the lock is released when what it returns has settled. */
  readonly callback: ts.Expression;
  /** Position of the callback's parameter that frees the lock, for callback-style locks; undefined otherwise. */
  readonly releaserParameter: number | undefined;
  /** Position of the callback's parameter that is what was taken; undefined where the callback gets nothing. */
  readonly handleParameter?: number;
  /** Position of the callback's parameter that is an error where nothing was taken. */
  readonly refusalParameter: number | undefined;
  /** As for an acquire. */
  readonly resource: boolean;
  /** The section goes on when the callback has returned, until this is done; undefined where the callback's end frees the lock. */
  readonly release: ReleaseShape | undefined;
  /** The callback may run without the lock (`ifAvailable`): it is then handed `null`. */
  readonly conditional: boolean;
  readonly asynchronous: boolean;
  /** Whether a holder may take it again; undefined when that is not known. */
  readonly reentrant: Reentrancy | undefined;
  /** A callback that throws before it returns a promise leaves the lock taken for good. */
  readonly leaksOnThrow: boolean;
  /** Only what goes through the callback's first parameter, or is handed it, belongs to the section. */
  readonly throughParameter: boolean;
  /** As for an acquire. */
  readonly timed: boolean;
  readonly waits: boolean;
  readonly sharedAlternative: string | undefined;
  /** As for an acquire. */
  readonly sharedOption: string | undefined;
}

/** Makes a function that runs the callback as a section: `db.transaction(fn)`, `limiter.wrap(fn)`. */
export interface EncloseOperation extends LockOperationBase {
  readonly kind: 'enclose';
  readonly callback: ts.Expression;
  readonly mode: LockMode;
  /** The section ends when the callback's result has settled; otherwise when the callback returns. */
  readonly asynchronous: boolean;
  readonly reentrant: Reentrancy | undefined;
}

export interface ReleaseOperation extends LockOperationBase, ReleaseFacts {
  readonly kind: 'release';
  /** As for an acquire. */
  readonly weight?: Weight | undefined;
  /** undefined: releases whatever mode is held. */
  readonly mode: LockMode | undefined;
  /** It leaves a lock alone that somebody else holds. */
  readonly ofOwner?: boolean | undefined;
  /** As for an acquire. */
  readonly statement?: StatementSubject;
}

/** Tells whether the lock is held: `mutex.isLocked()`, `lock.locked`. */
export interface QueryOperation extends Omit<LockOperationBase, 'node'> {
  readonly kind: 'query';
  readonly node: ts.CallExpression | ts.PropertyAccessExpression;
}

/** Waits until the lock is free and does not take it, or takes it only for the length of the call: `await mutex.waitForUnlock()`. */
export interface WaitOperation extends LockOperationBase {
  readonly kind: 'wait';
  /** What a statement would begin that goes a way of its own. */
  readonly begins?: StatementSubject | undefined;
  /** Until it is free for somebody else, until all who asked for it have had their turn, or until the call itself has had it. */
  readonly until: 'free' | 'idle' | 'served';
}

/** What a call does to a lock. */
export type LockOperation = AcquireOperation | RunOperation | EncloseOperation | ReleaseOperation | QueryOperation | WaitOperation;

/** The section that every run of a function is, because of a decorator or of the function it was handed to. */
export interface EnclosingSection {
  /** The decorator, or the call that was handed the function. */
  readonly node: ts.Node;
  readonly mode: LockMode;
  /** Equal for functions that exclude each other. A lock of the function's own object is named as places are: `this.mutex`. */
  readonly key: string;
  /** The expression that holds the lock, where it outlives the call that encloses the function. */
  readonly lock?: ts.Expression | undefined;
  /** For messages. */
  readonly text: string;
  /** Whether a holder may take it again; undefined when that is not known. */
  readonly reentrant: Reentrancy | undefined;
  /** The parameter of the function by which it says that it is done; undefined where it is done when it has returned, or its promise has settled. */
  readonly releaser?: ts.Identifier | undefined;
  /** Members of what the call returns that run the function; undefined where what it returns is called itself. */
  readonly runBy?: readonly string[] | undefined;
}

/** Tells which calls acquire, release or run under a lock. Made once per program; memoised by call. */
export interface LockMatcher {
  /** The operation that this call performs, or undefined when it is not one of a known lock. */
  classifyCall(call: ts.CallExpression): LockOperation | undefined;
  /** The section around every run of the function; undefined when there is none. */
  sectionAround(node: FunctionNode): EnclosingSection | undefined;
  /** The question about a lock that reading this member asks, such as `lock.locked`; undefined when it asks none. */
  classifyRead(access: ts.PropertyAccessExpression): QueryOperation | undefined;
  /** Whether the file could contain a lock operation at all; a text test, no question to the checker. */
  mayContainLocks(file: ts.SourceFile): boolean;
  /** Whether the file could contain a section that ends when its callback returns; a text test as well. */
  mayContainShortSections(file: ts.SourceFile): boolean;
  /** Whether the expression makes a new lock object: `new Mutex()`, `mortice()`. */
  createsLock(expression: ts.Expression): boolean;
}

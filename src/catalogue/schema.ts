/**
 * Lock models are data. A model says which exports of a package are locks and what their members do; it holds no code.
 * The user's own locks are described with the same schema in `settings['async-race'].locks`.
 */

export type ModelMode = 'exclusive' | 'shared' | 'counting';

/**
 * What a second release by the same holder does: nothing (`ignored`), it frees the lock or permit of whoever holds it by
 * then (`admits`), or it throws or rejects (`fails`).
 */
export type ModelSecondRelease = 'ignored' | 'admits' | 'fails';

/** What is known of giving the lock back, whatever the form. Where a member or function does it, its own record counts. */
export interface ModelReleaseFacts {
  /** It returns a promise, and the lock is free once that has settled. */
  readonly asynchronous?: boolean;
  /** Unknown by default. */
  readonly again?: ModelSecondRelease;
  /**
   * Members of what gives it back, or of what was given out, that are true as long as it is held: `isLocked`. Of a resource
   * they speak of this holder, of a lock of anybody.
   */
  readonly trueWhileHeld?: readonly string[];
  /** Members that are true once it was given back: `finished`. */
  readonly trueOnceEnded?: readonly string[];
}

/** How an acquired lock is given back; the strings of `members` are tried in order. */
export type ModelRelease = ModelReleaseFacts &
  (
    | { readonly by: 'call-result' }
    | { readonly by: 'result-member'; readonly members: readonly string[] }
    | { readonly by: 'tuple-element'; readonly index: number }
    | { readonly by: 'lock-member'; readonly members: readonly string[] }
    | { readonly by: 'module-function'; readonly functions: readonly string[] }
  );

/**
 * How an acquire ends that did not get the lock, other than by its result: it cannot (`never`), its promise rejects, it
 * throws, or its promise rejects only where somebody cancels the waiting (`cancelled`).
 */
export type ModelFailure = 'never' | 'rejects' | 'throws' | 'cancelled';

/** An argument, or the property of an argument that is an object literal. */
export interface ModelArgument {
  readonly argument: number;
  readonly property?: string;
}

/** An argument whose string literal chooses the mode. Absent: `absent`, exclusive by default. */
export interface ModelModeArgument extends ModelArgument {
  readonly values: Readonly<Record<string, ModelMode>>;
}

/** The result of an acquire that did not get the lock. */
export type ModelNotTaken = 'false' | 'null' | 'undefined';

/** Positions of a callback's parameters: an error where nothing was taken, what was taken, and a function that gives it back. */
export interface ModelCallback {
  readonly refusal: number;
  readonly handle: number;
  readonly releaser?: number;
}

/** What calling one member does. */
export type ModelMember =
  | {
      readonly does: 'acquire';
      /** Default: exclusive, or what the number of permits says. */
      readonly mode?: ModelMode;
      readonly modeArgument?: ModelModeArgument;
      readonly release: ModelRelease;
      /** The call is synchronous: the lock is held when it returns. Default: it returns a promise. */
      readonly synchronous?: boolean;
      /** It may come back without the lock (`tryAcquire`). An acquire that rejects or throws instead is not conditional. */
      readonly conditional?: boolean;
      /** The result that says so; `false` by default where the acquire is conditional. */
      readonly notTaken?: ModelNotTaken;
      /** Unknown by default. With a `limit`, what happens when the limit is met; a call without one then waits for ever. */
      readonly fails?: ModelFailure;
      /** The argument that bounds the wait. */
      readonly limit?: ModelArgument;
      /** A call with this argument is another form, which does not acquire. */
      readonly unless?: ModelArgument;
      /** A call with a function among its arguments runs that instead, and gives back when it has settled. */
      readonly runsCallback?: boolean;
      /** As for a member that runs a callback, where it does. */
      readonly throughParameter?: boolean;
      /** Position of the argument that is the key. */
      readonly key?: number;
      /** Position of the argument that says how many permits are taken; one without it. */
      readonly weight?: number;
      readonly disposable?: boolean;
      readonly sharedAlternative?: string;
      readonly scopedAlternative?: string;
      /** Another form calls back, by its last argument, and gives no promise. */
      readonly calledBack?: ModelCallback;
      /** A lease by a key of a store: only with an option that asks for a key that is absent, and where the same file gives the key back. */
      readonly lease?: boolean;
    }
  | {
      readonly does: 'run';
      readonly mode?: ModelMode;
      readonly modeArgument?: ModelModeArgument;
      /** Position of the callback; -1 is the last argument. */
      readonly callback: number;
      /** Position of the callback's parameter that frees the lock, for callback-style locks. Default: freed when the callback's result has settled. */
      readonly releaser?: number;
      /** A callback without that parameter frees the lock when its result has settled. */
      readonly releaserIfDeclared?: boolean;
      /** Position of the callback's parameter that is an error where the lock was not taken. */
      readonly refusal?: number;
      /** Freeing it calls the next waiter's callback before it returns. */
      readonly handsOver?: boolean;
      /** Members of the lock that free it, for callback-style locks that hand the callback nothing. */
      readonly releasedBy?: readonly string[];
      /** When this argument is `true`, the callback may run without the lock: it is then handed `null`. */
      readonly conditional?: ModelArgument;
      readonly key?: number;
      /** As for an acquire. */
      readonly weight?: number;
      readonly synchronous?: boolean;
      readonly sharedAlternative?: string;
      /** A callback that throws before it returns a promise leaves the lock taken for good. */
      readonly leaksOnThrow?: boolean;
      /**
       * Only what goes through the callback's first parameter, or is handed it, belongs to the section. What the object itself
       * is asked for meanwhile is done outside of it.
       */
      readonly throughParameter?: boolean;
    }
  /**
   * Gives a function that runs the callback as a section. The section ends when the callback returns, which must not be
   * asynchronous then, or (`asynchronous`) when its result has settled.
   */
  | { readonly does: 'enclose'; readonly callback: number; readonly key?: number; readonly asynchronous?: boolean }
  /**
   * `weight`: position of the argument that says how many permits are given back; one without it. `ofOwner`: it leaves a lock
   * alone that somebody else holds.
   */
  | ({ readonly does: 'release'; readonly mode?: ModelMode; readonly key?: number; readonly weight?: number; readonly lease?: boolean; readonly ofOwner?: boolean } & ModelReleaseFacts)
  /** Tells whether it is held. The answer may be outdated after the next suspension. */
  | {
      readonly does: 'query';
      readonly key?: number;
      /** It is read, not called: `lock.locked`. */
      readonly property?: boolean;
    }
  /**
   * Waits until it is free, or until nobody holds it or waits for it any more (`idle`), without taking it; or (`served`) until
   * the call has had it for itself and given it back. Default: `free`.
   */
  | {
      readonly does: 'wait';
      readonly key?: number;
      readonly until?: 'free' | 'idle' | 'served';
      /** Position of the argument that is a statement's text. Each statement goes a way of its own, so that none begins a transaction for others. */
      readonly statement?: number;
    }
  /**
   * Runs the statement that the argument is the text of: `BEGIN` acquires a transaction, `COMMIT` and `ROLLBACK` give it back,
   * others do neither. Giving the connection up with an argument, or for good, ends it too.
   */
  | { readonly does: 'statement'; readonly text: number; readonly synchronous?: boolean };

/** One exported lock class, interface or namespace of functions. */
export interface ModelExport {
  /**
   * A `resource` gives out things that have to be given back, such as connections and open files, and excludes nobody: only
   * the obligation counts. Default: `lock`.
   */
  readonly kind?: 'lock' | 'resource';
  /** A resource that nobody gives back is given back in the end (by the garbage collector, with its stream): forgetting it does little harm. */
  readonly collected?: boolean;
  /** Name of the class or interface that declares the members; `default` for a default export, `*` for the module's own functions. */
  readonly name: string;
  /** Other names under which the same members are reachable: interfaces, aliases, the declared name of a default export. */
  readonly aliases?: readonly string[];
  /**
   * Member name to meaning. For a callable lock, such as the function that a factory returns, use `()`. A dotted name is a
   * member of a member (`read.lock`), or, with `*`, a member of an export (`LockFile.acquire`).
   */
  readonly members: Readonly<Record<string, ModelMember>>;
  /**
   * Number of permits when the lock is made: the argument of the constructor (or of the factory) that says so. A semaphore
   * made with 1 is exclusive, with more it is no lock, unknown counts as more. `absent` is the number when the argument
   * is left out; unknown by default.
   */
  readonly permits?: ModelArgument & { readonly absent?: number };
  /**
   * Whether a task that holds it may take it again: `reader`, only in shared mode and only where it holds it in shared
   * mode; false, a second acquire waits for the first, for a reader as soon as a writer waits in between. Unknown by
   * default.
   */
  readonly reentrant?: boolean | 'reader';
  /** The argument of the constructor (or of the factory) that makes the lock re-entrant, unless it is `false`. */
  readonly reentrantWhen?: ModelArgument;
  /**
   * What a second object means. `object` (default): another lock. `name`: the exclusion hangs on a name, key, file or
   * server outside the object, so an object made anew in every call still excludes.
   */
  readonly identity?: 'object' | 'name';
  /** Expressions that reach an ambient object without a declaration in sight: `navigator.locks`. */
  readonly paths?: readonly string[];
}

/** A function that returns another view of a lock. */
export interface ModelWrapper {
  /** Position of the wrapped lock. */
  readonly argument: number;
  /** An acquire of the result fails at once where the lock is held, instead of waiting for it. */
  readonly immediate?: boolean;
  /** How an acquire of the result ends that did not get the lock; as the wrapped lock's by default. */
  readonly fails?: ModelFailure;
}

/** A function that is handed a function, and returns something that runs it, never more often at once than there are permits. */
export interface ModelSerializer {
  /** Position of the function. */
  readonly callback: number;
  /** As for a lock's export; without it, one run at a time. */
  readonly permits?: ModelArgument & { readonly absent?: number };
  readonly reentrant?: boolean;
  /** Position of the function's parameter by which it says that it is done; a function that gives a promise has none. */
  readonly releaser?: number;
  /** Another form takes the object first that the function is called on, before all else. */
  readonly mayTakeObject?: boolean;
  /** Members of what it returns that run the function with their arguments; by default what it returns is called itself. */
  readonly runBy?: readonly string[];
}

/** A decorator of methods whose runs then exclude each other. */
export interface ModelDecorator {
  /** What shares the lock: the runs of one method, whatever the object (`method`), or all methods with the same key (`key`). */
  readonly scope: 'method' | 'key';
  /** Position of the decorator's argument that is the key. */
  readonly key?: number;
  readonly mode?: ModelMode;
  /** The decorator's argument whose string literal chooses the mode. */
  readonly modeArgument?: ModelModeArgument;
  readonly reentrant?: boolean;
}

export interface LockModel {
  /**
   * Package name as in an import; with a subpath (`mutexify/promise`) where the subpath means something else.
   * `(global)` for ambient declarations, `(local)` for a class or interface of the user's own program, and a path that
   * begins with `./` for one declared in that module, relative to the folder of the project.
   */
  readonly package: string;
  /** Versions that were read, such as `0.5`. */
  readonly versions: string;
  /** Where the facts come from. */
  readonly source: string;
  readonly exports: readonly ModelExport[];
  /** Functions that make a lock: exported name to the export of `exports` that the result has. */
  readonly factories?: Readonly<Record<string, string>>;
  /** Functions that wrap a lock and return one like it. */
  readonly wrappers?: Readonly<Record<string, ModelWrapper>>;
  /** Functions that put the runs of a function under a lock, by exported name. */
  readonly serializers?: Readonly<Record<string, ModelSerializer>>;
  /** Decorators that put a method under a lock, by exported name. */
  readonly decorators?: Readonly<Record<string, ModelDecorator>>;
  /** Exported values that are locks: exported name to the export of `exports` that they have. */
  readonly instances?: Readonly<Record<string, string>>;
}

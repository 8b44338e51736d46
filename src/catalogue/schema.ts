/**
 * Lock models are data. A model says which exports of a package are locks and what their members do; it holds no code.
 * The user's own locks are described with the same schema in `settings['async-race'].locks`.
 */

export type ModelMode = 'exclusive' | 'shared' | 'counting';

/** How an acquired lock is given back; the strings of `members` are tried in order. */
export type ModelRelease =
  | { readonly by: 'call-result' }
  | { readonly by: 'result-member'; readonly members: readonly string[] }
  | { readonly by: 'tuple-element'; readonly index: number }
  | { readonly by: 'lock-member'; readonly members: readonly string[] }
  | { readonly by: 'module-function'; readonly functions: readonly string[] };

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
      /** Position of the argument that is the key. */
      readonly key?: number;
      readonly disposable?: boolean;
      readonly sharedAlternative?: string;
      readonly scopedAlternative?: string;
    }
  | {
      readonly does: 'run';
      readonly mode?: ModelMode;
      readonly modeArgument?: ModelModeArgument;
      /** Position of the callback; -1 is the last argument. */
      readonly callback: number;
      /** Position of the callback's parameter that frees the lock, for callback-style locks. Default: freed when the callback's result has settled. */
      readonly releaser?: number;
      /** When this argument is `true`, the callback may run without the lock. */
      readonly conditional?: ModelArgument;
      readonly key?: number;
      readonly synchronous?: boolean;
      readonly sharedAlternative?: string;
    }
  | { readonly does: 'release'; readonly mode?: ModelMode; readonly asynchronous?: boolean; readonly key?: number };

/** One exported lock class, interface or namespace of functions. */
export interface ModelExport {
  /** Name of the class or interface that declares the members; `default` for a default export, `*` for the module's own functions. */
  readonly name: string;
  /** Other names under which the same members are reachable: interfaces, aliases, the declared name of a default export. */
  readonly aliases?: readonly string[];
  /** Member name to meaning. For a callable lock, such as the function that a factory returns, use `()`. */
  readonly members: Readonly<Record<string, ModelMember>>;
  /**
   * Number of permits when the lock is made: the argument of the constructor (or of the factory) that says so. A semaphore
   * made with 1 is exclusive, with more it is no lock, unknown counts as more. `absent` is the number when the argument
   * is left out; unknown by default.
   */
  readonly permits?: ModelArgument & { readonly absent?: number };
  /** Whether the same task may take it again. */
  readonly reentrant?: boolean;
  /**
   * What a second object means. `object` (default): another lock. `name`: the exclusion hangs on a name, key, file or
   * server outside the object, so an object made anew in every call still excludes.
   */
  readonly identity?: 'object' | 'name';
  /** Expressions that reach an ambient object without a declaration in sight: `navigator.locks`. */
  readonly paths?: readonly string[];
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
  /** Functions that wrap a lock and return one like it: exported name to the position of the wrapped lock. */
  readonly wrappers?: Readonly<Record<string, number>>;
  /** Exported values that are locks: exported name to the export of `exports` that they have. */
  readonly instances?: Readonly<Record<string, string>>;
}

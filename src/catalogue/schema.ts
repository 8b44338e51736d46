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

/** What calling one member does. */
export type ModelMember =
  | {
      readonly does: 'acquire';
      readonly mode?: ModelMode;
      readonly release: ModelRelease;
      /** The call is synchronous: the lock is held when it returns. Default: it returns a promise. */
      readonly synchronous?: boolean;
      /** It may come back without the lock (`tryAcquire`). */
      readonly conditional?: boolean;
      /** Position of the argument that is the key. */
      readonly key?: number;
      readonly disposable?: boolean;
      readonly sharedAlternative?: string;
      readonly scopedAlternative?: string;
    }
  | {
      readonly does: 'run';
      readonly mode?: ModelMode;
      /** Position of the callback; -1 is the last argument. */
      readonly callback: number;
      readonly key?: number;
      readonly synchronous?: boolean;
      readonly sharedAlternative?: string;
    }
  | { readonly does: 'release'; readonly mode?: ModelMode; readonly asynchronous?: boolean; readonly key?: number };

/** One exported lock class, interface or namespace of functions. */
export interface ModelExport {
  /** Name of the class or interface that declares the members; `default` for a default export, `*` for the module's own functions. */
  readonly name: string;
  /** Other names under which the same members are reachable (interfaces, aliases). */
  readonly aliases?: readonly string[];
  /** Member name to meaning. For a callable default export use `()`. */
  readonly members: Readonly<Record<string, ModelMember>>;
  /**
   * Number of permits when the lock is made: the position of the constructor's argument that says so. A semaphore made
   * with 1 is exclusive, with more it is no lock, unknown counts as more.
   */
  readonly permits?: { readonly argument: number };
  /** Whether the same task may take it again. */
  readonly reentrant?: boolean;
}

export interface LockModel {
  /** Package name, or `(global)` for ambient declarations. */
  readonly package: string;
  /** Versions that were read, such as `0.5`. */
  readonly versions: string;
  /** Where the facts come from. */
  readonly source: string;
  readonly exports: readonly ModelExport[];
  /** Functions that make a lock: exported name to the export of `exports` that the result has. */
  readonly factories?: Readonly<Record<string, string>>;
}

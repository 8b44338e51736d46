import type { LockModel } from './catalogue/schema.js';
import type { Confidence, RuleId } from './findings/finding.js';

/** APIs that name state outside the process; a check and an act on the same key make a race. */
export interface ExternalStateModel {
  /** Class or interface name of the receiver, such as `UserRepository`; `*` for any receiver. */
  readonly receiver: string;
  /** Methods that tell whether a row exists: `findOne`, `exists`. */
  readonly checks: readonly string[];
  /** Methods that create, change or remove it: `insert`, `create`. */
  readonly acts: readonly string[];
}

/** What the user tells the engine; the same in `settings['async-race']` and in the command line's config. */
export interface EngineSettings {
  /** The user's own lock models. */
  readonly locks?: readonly LockModel[];
  /** Functions that never overlap with themselves: `name` or `Class.name`. */
  readonly sequential?: readonly string[];
  /** APIs that name external state. */
  readonly external?: readonly ExternalStateModel[];
}

/** Options of single checks. Every check has `minimumConfidence`, `medium` by default. */
export interface CheckOptions {
  readonly minimumConfidence?: Confidence;
  /** `no-check-then-act`: also report files and rows (off by default). */
  readonly externalState?: boolean;
  /** `prefer-read-lock`: also advise on mutexes without a shared mode (off by default). */
  readonly plainMutexes?: boolean;
  /** `no-unguarded-access`: so many accesses under a lock tell that it guards the place (3 by default). */
  readonly minimumSites?: number;
}

/** The checks to run, each with its options. */
export type CheckSelection = Partial<Record<RuleId, CheckOptions>>;

/**
 * A finding is plain data: no compiler object, no severity, no rendering. Rules and reporters read it; checks make it.
 */

/** The rules of the product. A check, its rule, its page and its fixtures all carry this one name. */
export const ruleIds = [
  'no-check-then-act',
  'no-floating-lock',
  'no-lock-escape',
  'prefer-read-lock',
  'require-finally-release',
  'no-lost-update',
  'no-stale-write',
  'no-use-after-release',
  'no-lock-cycle',
  'no-early-publish',
  'no-poisoned-promise-cache',
  'no-overlapping-interval',
  'no-ineffective-lock',
  'no-unguarded-access',
] as const;

export type RuleId = (typeof ruleIds)[number];

/** How sure the engine is that the reported interleaving is feasible. Ordered: `high` is the surest. */
export type Confidence = 'high' | 'medium' | 'low';

const leastSureFirst: readonly Confidence[] = ['low', 'medium', 'high'];

export function isAtLeast(confidence: Confidence, minimum: Confidence): boolean {
  return leastSureFirst.indexOf(confidence) >= leastSureFirst.indexOf(minimum);
}

/** What the reported interleaving does to the program. */
export type Effect = 'lost-data' | 'broken-resource' | 'hang' | 'duplicate-work' | 'slowness';

/** A stretch of source. Lines and columns count from 1; `start` and `end` are offsets from 0, `end` exclusive. */
export interface Span {
  /** Absolute path of the file, with `/`. */
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export type StepRole =
  | 'check'
  | 'suspend'
  | 'act'
  | 'read'
  | 'write'
  | 'acquire'
  | 'release'
  | 'escape'
  | 'use'
  | 'publish';

/** One step of the interleaving that a finding claims. Steps are listed in the order in which they happen. */
export interface Step {
  readonly task: 'A' | 'B';
  readonly role: StepRole;
  readonly span: Span;
  /** What happens, as one sentence without a closing period. */
  readonly text: string;
}

/** Replaces the source between two offsets of the finding's file. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A rewrite that a person may choose. `title` is an imperative. */
export interface Suggestion {
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

export interface Finding {
  readonly rule: RuleId;
  /** One line: the place, the suspension with its line, the rival, one remedy. */
  readonly message: string;
  readonly confidence: Confidence;
  readonly effect: Effect;
  /** Where the harm is done: the act, the use, the acquire. */
  readonly span: Span;
  /** Display name of the enclosing function, such as `TokenCache.get`. */
  readonly function: string;
  /** Display text of the place or lock, such as `this.token`. */
  readonly place: string;
  readonly steps: readonly Step[];
  readonly suggestions: readonly Suggestion[];
  /** Stays the same when lines move. */
  readonly fingerprint: string;
}

/** What the engine could not do in one file or function. The rest of the analysis is unaffected. */
export interface AnalysisError {
  readonly file: string;
  readonly message: string;
}

/** The engine's public interface: give it a compiler and a program, ask it for the findings of a file. */
import type { Compiler, ts } from './compiler/compiler.js';
import type { CheckSelection, EngineSettings } from './config.js';
import { createProgramEngine } from './engine.js';
import type { AnalysisError, Finding } from './findings/finding.js';
import type { Refusal } from './replay/entry.js';
import type { TextOptions } from './replay/replay.js';
import type { ReplayText } from './replay/text.js';

export type { Compiler } from './compiler/compiler.js';
export type { LockModel, ModelExport, ModelMember, ModelMode, ModelRelease } from './catalogue/schema.js';
export type { CheckOptions, CheckSelection, EngineSettings, ExternalStateModel } from './config.js';
export { ruleIds } from './findings/finding.js';
export type {
  AnalysisError,
  Confidence,
  Effect,
  Finding,
  RuleId,
  Span,
  Step,
  StepRole,
  Suggestion,
  TextEdit,
} from './findings/finding.js';
export type { Refusal as ReplayRefusal } from './replay/entry.js';
export type { TextOptions as ReplayOptions } from './replay/replay.js';
export type { ReplayText } from './replay/text.js';
export { presets } from './presets.js';
export { isEngineSettings, problemOfSettings } from './settings.js';
export type { PresetName } from './presets.js';

/** What the analysis of one file cost and where it met a limit. */
export interface FileStats {
  /** Function-like declarations and expressions in the file. */
  readonly functions: number;
  readonly lines: number;
  /** Functions whose graph was built. */
  readonly graphs: number;
  /** Questions put to the type checker. */
  readonly checkerQuestions: number;
  /** Limits that were met while this file was analysed, in it or in what it calls; empty when none was. */
  readonly limits: readonly string[];
  /** The functions that took longest, slowest first; empty when the engine was made without a clock. */
  readonly slowest: readonly FunctionTime[];
}

/** What one function cost, with the callees that were looked into for it first. */
export interface FunctionTime {
  readonly function: string;
  readonly line: number;
  readonly milliseconds: number;
}

export interface FileReport {
  readonly findings: readonly Finding[];
  /** Functions that could not be analysed; the rest of the file was. */
  readonly errors: readonly AnalysisError[];
  readonly stats: FileStats;
}

export interface Engine {
  /** Findings of the selected checks in one source file of the program, sorted by position. Never throws at the user's code. */
  analyzeFile(file: ts.SourceFile, checks: CheckSelection): FileReport;
  /** Names of functions in the settings (`sequential`) that no function of the program has. */
  unmatchedNames(): readonly string[];
  /** Events, graph, held locks and summary of the named function (`name` or `Class.name`) as stable text or DOT; undefined when there is no such function. */
  describeFunction(file: ts.SourceFile, name: string, format: 'text' | 'dot'): string | undefined;
  /** A test that fails as long as the race of a finding in this program is there, or why none can be written. */
  replay(finding: Finding, options: TextOptions): ReplayText | Refusal;
}

/**
 * Makes an engine for one program. Engines of one program share nothing; make one and keep it. With a clock, which gives
 * milliseconds from any start, the functions that took longest are told.
 */
export function createEngine(compiler: Compiler, program: ts.Program, settings: EngineSettings = {}, clock?: () => number): Engine {
  return createProgramEngine(compiler, program, settings, clock);
}

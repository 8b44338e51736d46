import { relative, sep } from 'node:path';
import type { AnalysisError, Finding, RuleId } from '../findings/finding.js';

/** What a run of the command line found; all that a reporter may know of it. */
export interface Report {
  readonly tool: { readonly name: string; readonly version: string };
  readonly stats: ReportStats;
  /** The rules that were run, in the order of their names; empty for a format that does not describe rules. */
  readonly rules: readonly RuleDescription[];
  /** Sorted by file, then by position. */
  readonly findings: readonly Finding[];
  readonly errors: readonly AnalysisError[];
}

/** What a report may say about a rule. */
export interface RuleDescription {
  readonly id: RuleId;
  /** One sentence with its period. */
  readonly description: string;
  /** What breaks a program is an error; advice is a warning. */
  readonly level: RuleLevel;
  /** Web address of the rule's page. */
  readonly address: string;
  /** The rule's page, as Markdown. */
  readonly page: string;
}

export type RuleLevel = 'error' | 'warning';

export interface ReportStats {
  /** Files that were analysed; skipped ones are not counted. */
  readonly files: number;
  readonly functions: number;
  readonly lines: number;
  /** Whole milliseconds spent loading the programs and analysing their files. */
  readonly milliseconds: { readonly program: number; readonly analysis: number };
}

/** What a reporter is told about the place that its text goes to. */
export interface ReportContext {
  /** Absolute path of the folder that file names are shown relative to. */
  readonly workingFolder: string;
  /** Width of the output in terminal columns. */
  readonly columns: number;
  readonly colour: boolean;
  /** Text of a source line without its line break; lines count from 1; undefined when the source is not at hand. */
  readonly lineOf: (file: string, line: number) => string | undefined;
  /** What the parts of a source line are, in order; empty when that is not known. */
  readonly tokensOf: (file: string, line: number) => readonly Token[];
}

/** A part of a source line to colour; what lies between tokens is plain. Columns count from 0, `to` is exclusive. */
export interface Token {
  readonly from: number;
  readonly to: number;
  readonly kind: 'plain' | 'keyword' | 'string' | 'number' | 'comment';
}

/** Renders a report as text that ends with a line break. Pure: the same report gives the same text. */
export type Reporter = (report: Report, context: ReportContext) => string;

/** The rules by their names. */
export function rulesById(report: Report): ReadonlyMap<RuleId, RuleDescription> {
  return new Map(report.rules.map((rule) => [rule.id, rule]));
}

/** What a finding counts as in formats that know errors and warnings: its rule's level. */
export function levelOf(finding: Finding, rules: ReadonlyMap<RuleId, RuleDescription>): RuleLevel {
  return rules.get(finding.rule)?.level ?? 'error';
}

/** The file's path relative to the working folder, with `/`, on every platform. */
export function displayPath(file: string, workingFolder: string): string {
  return relative(workingFolder, file).split(sep).join('/');
}

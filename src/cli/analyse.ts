/** The analysis behind `check` and `explain`: programs in, findings out. */
import type ts from 'typescript';
import type { AnalysisError, CheckSelection, Compiler, Engine, EngineSettings, FileReport, Finding } from '../index.js';
import { loadPrograms, planPrograms } from '../program/load-programs.js';
import { displayPath } from '../reporters/report.js';
import type { CommandContext } from './command.js';
import { createSourceLines, type SourceLines } from './source-lines.js';
import type { RunStats } from './stats.js';
import { createSuppressions } from './suppressions.js';
import { createProgress } from './terminal.js';

export interface AnalysisRequest {
  /** Files, folders and globs; empty: the whole project. */
  readonly operands: readonly string[];
  /** A tsconfig or its folder each; empty: the nearest one. */
  readonly projects: readonly string[];
  readonly checks: CheckSelection;
  readonly settings: EngineSettings;
  /** Whether a file, by its absolute path with `/`, is left out. */
  readonly isIgnored: (file: string) => boolean;
  /** Which findings of a file to keep, made once for a file that has findings; without it all are kept. */
  readonly selectIn?: (compiler: Compiler, program: ts.Program) => (finding: Finding) => boolean;
  /** Told of each finding while the engine that made it still has the program. */
  readonly onFinding?: (finding: Finding, engine: Engine) => void;
}

export interface AnalysisResult {
  /** Sorted by position. */
  readonly findings: readonly Finding[];
  readonly errors: readonly AnalysisError[];
  readonly run: RunStats;
  /** Names of functions in the settings that no analysed program has; none where only some files were asked for. */
  readonly unmatched: readonly string[];
  /** Text of a line of a file that a finding speaks of. */
  readonly sources: SourceLines;
}

/** @throws CannotRunError when there is nothing to analyse, or a tsconfig or operand is missing or broken. */
export async function analyse(request: AnalysisRequest, { io, makeEngine }: CommandContext): Promise<AnalysisResult> {
  const progress = createProgress(io);
  const findings: Finding[] = [];
  const errors: AnalysisError[] = [];
  const files: RunStats['files'][number][] = [];
  const sources = createSourceLines();
  let unmatched = request.operands.length > 0 ? [] : (request.settings.sequential ?? []);
  let suppressed = 0;
  let ignored = 0;
  let analysis = 0;

  const start = io.now();
  progress.show('Loading the program');
  try {
    const plans = await planPrograms({
      workingFolder: io.workingFolder,
      projects: request.projects,
      operands: request.operands,
    });
    for (const loaded of loadPrograms(plans)) {
      const { compiler, program } = loaded;
      errors.push(...loaded.unreadable.map((file) => ({ file, message: 'The file could not be read.' })));
      const analysisStart = io.now();
      const engine = makeEngine(compiler, program, request.settings, io.now);
      const isSelected = request.selectIn?.(compiler, program) ?? (() => true);
      const wanted = loaded.files.filter((file) => !request.isIgnored(file.fileName));
      ignored += loaded.files.length - wanted.length;
      wanted.forEach((file, index) => {
        progress.show(`Analysing ${index + 1}/${wanted.length} ${displayPath(file.fileName, io.workingFolder)}`);
        const syntaxError = describeSyntaxError(compiler, program, file);
        if (syntaxError !== undefined) {
          errors.push({ file: file.fileName, message: syntaxError });
          return;
        }
        const fileStart = io.now();
        const report = analyseFile(engine, file, request.checks, errors);
        if (report === undefined) {
          return;
        }
        files.push({ file: file.fileName, stats: report.stats, milliseconds: io.now() - fileStart });
        errors.push(...report.errors);
        if (report.findings.length === 0) {
          return;
        }
        const isSuppressed = createSuppressions(compiler, file);
        const audible = report.findings.filter((finding) => !isSuppressed(finding));
        suppressed += report.findings.length - audible.length;
        const shown = audible.filter(isSelected);
        findings.push(...shown);
        for (const finding of shown) request.onFinding?.(finding, engine);
        for (const { file: name } of shown.flatMap(({ span, steps }) => [span, ...steps.map((step) => step.span)])) {
          sources.add(compiler, name, program.getSourceFile(name)?.text);
        }
      });
      if (unmatched.length > 0) {
        const here = new Set(engine.unmatchedNames());
        unmatched = unmatched.filter((name) => here.has(name));
      }
      analysis += io.now() - analysisStart;
    }
  } finally {
    progress.clear();
  }
  const run = { files, program: io.now() - start - analysis, analysis, suppressed, ignored };
  return { findings: findings.sort(byPosition), errors, run, unmatched, sources };
}

/** What the engine says of one file; a defect of the engine costs this file and no other. */
function analyseFile(
  engine: Engine,
  file: ts.SourceFile,
  checks: CheckSelection,
  errors: AnalysisError[],
): FileReport | undefined {
  try {
    return engine.analyzeFile(file, checks);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    errors.push({ file: file.fileName, message: `The analysis failed, please report this defect: ${reason}` });
    return undefined;
  }
}

function describeSyntaxError(compiler: Compiler, program: ts.Program, file: ts.SourceFile): string | undefined {
  const [first] = program.getSyntacticDiagnostics(file);
  if (first === undefined) {
    return undefined;
  }
  const { line, character } = file.getLineAndCharacterOfPosition(first.start);
  const text = compiler.flattenDiagnosticMessageText(first.messageText, ' ');
  return `Syntax error at ${line + 1}:${character + 1}: ${text} The file was skipped.`;
}

function byPosition(left: Finding, right: Finding): number {
  if (left.span.file !== right.span.file) {
    return left.span.file < right.span.file ? -1 : 1;
  }
  return left.span.start - right.span.start;
}

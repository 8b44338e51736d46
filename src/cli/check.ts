import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type ts from 'typescript';
import {
  presets,
  type AnalysisError,
  type CheckSelection,
  type Compiler,
  type createEngine,
  type Engine,
  type FileReport,
  type Finding,
} from '../index.js';
import { CannotRunError } from '../program/cannot-run-error.js';
import { loadPrograms, planPrograms } from '../program/load-programs.js';
import { displayPath, type Report } from '../reporters/report.js';
import { reporters } from '../reporters/reporters.js';
import type { Io } from './io.js';
import type { CheckArguments } from './parse-arguments.js';
import { renderStats, type RunStats } from './stats.js';
import { createSuppressions } from './suppressions.js';
import { createProgress, reportColumns, wantsColour } from './terminal.js';

/**
 * Analyses the named files or the project, reports, and returns the exit code: 0 nothing found, 1 findings.
 *
 * @throws CannotRunError when nothing could be analysed or the report could not be written.
 */
export async function check(
  options: CheckArguments,
  tool: Report['tool'],
  io: Io,
  makeEngine: typeof createEngine,
): Promise<number> {
  const result = await analyse(options, io, makeEngine);
  const display = (file: string): string => displayPath(file, io.workingFolder);
  for (const { file, message } of result.errors) {
    io.stderr.write(`async-race: ${display(file)}: ${message}\n`);
  }
  const { files, program, analysis } = result.run;
  if (files.length === 0) {
    throw new CannotRunError(
      result.errors.length === 0 ? 'no TypeScript files to analyse' : 'no file could be analysed',
    );
  }
  const report: Report = {
    tool,
    stats: {
      files: files.length,
      functions: files.reduce((sum, { stats }) => sum + stats.functions, 0),
      lines: files.reduce((sum, { stats }) => sum + stats.lines, 0),
      milliseconds: { program: Math.round(program), analysis: Math.round(analysis) },
    },
    findings: result.findings,
    errors: result.errors,
  };
  const text = reporters[options.format](report, {
    workingFolder: io.workingFolder,
    columns: reportColumns(io.stdout),
    colour: options.output === undefined && wantsColour(io.stdout, io.environment),
    lineOf: result.lineOf,
  });
  if (options.output === undefined) {
    io.stdout.write(text);
  } else {
    writeReport(options.output, text, io);
  }
  if (options.stats) {
    io.stderr.write(renderStats(result.run, display));
  }
  return report.findings.length === 0 ? 0 : 1;
}

interface AnalysisResult {
  readonly findings: readonly Finding[];
  readonly errors: readonly AnalysisError[];
  readonly run: RunStats;
  readonly lineOf: (file: string, line: number) => string | undefined;
}

async function analyse(options: CheckArguments, io: Io, makeEngine: typeof createEngine): Promise<AnalysisResult> {
  const checks = selectChecks(options);
  const progress = createProgress(io);
  const findings: Finding[] = [];
  const errors: AnalysisError[] = [];
  const files: RunStats['files'][number][] = [];
  const sources = createLineLookup();
  let suppressed = 0;
  let analysis = 0;

  const start = io.now();
  progress.show('Loading the program');
  try {
    const plans = await planPrograms({
      workingFolder: io.workingFolder,
      project: options.project,
      operands: options.operands,
    });
    for (const loaded of loadPrograms(plans)) {
      const { compiler, program } = loaded;
      errors.push(...loaded.unreadable.map((file) => ({ file, message: 'The file could not be read.' })));
      const analysisStart = io.now();
      const engine = makeEngine(compiler, program);
      loaded.files.forEach((file, index) => {
        progress.show(`Analysing ${index + 1}/${loaded.files.length} ${displayPath(file.fileName, io.workingFolder)}`);
        const syntaxError = describeSyntaxError(compiler, program, file);
        if (syntaxError !== undefined) {
          errors.push({ file: file.fileName, message: syntaxError });
          return;
        }
        const fileStart = io.now();
        const report = analyseFile(engine, file, checks, errors);
        if (report === undefined) {
          return;
        }
        files.push({ file: file.fileName, stats: report.stats, milliseconds: io.now() - fileStart });
        errors.push(...report.errors);
        if (report.findings.length === 0) {
          return;
        }
        const isSuppressed = createSuppressions(compiler, file);
        const shown = report.findings.filter((finding) => !isSuppressed(finding));
        suppressed += report.findings.length - shown.length;
        findings.push(...shown);
        for (const { file: name } of shown.flatMap(({ span, steps }) => [span, ...steps.map((step) => step.span)])) {
          sources.add(name, program.getSourceFile(name)?.text);
        }
      });
      analysis += io.now() - analysisStart;
    }
  } finally {
    progress.clear();
  }
  const run = { files, program: io.now() - start - analysis, analysis, suppressed };
  return { findings: findings.sort(byPosition), errors, run, lineOf: sources.lineOf };
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

function selectChecks({ preset, rules }: CheckArguments): CheckSelection {
  const selection = presets[preset];
  return rules.length === 0 ? selection : Object.fromEntries(rules.map((rule) => [rule, selection[rule] ?? {}]));
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

function writeReport(output: string, text: string, { workingFolder }: Io): void {
  const path = resolve(workingFolder, output);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (error) {
    throw new CannotRunError(`cannot write ${output}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Keeps the text of files that a report shows, so that their programs need not be kept. */
function createLineLookup() {
  const texts = new Map<string, string>();
  const lines = new Map<string, readonly string[]>();
  return {
    add: (file: string, text: string | undefined): void => {
      if (text !== undefined) {
        texts.set(file, text);
      }
    },
    lineOf: (file: string, line: number): string | undefined => {
      const known = lines.get(file) ?? texts.get(file)?.split(/\r\n|[\n\r\u2028\u2029]/u);
      if (known !== undefined) {
        lines.set(file, known);
      }
      return known?.[line - 1];
    },
  };
}

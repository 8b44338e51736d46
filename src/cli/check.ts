import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { presets, ruleIds, type CheckSelection, type Finding } from '../index.js';
import { CannotRunError } from '../program/cannot-run-error.js';
import { displayPath, type Report } from '../reporters/report.js';
import { reporters, type ReportFormat } from '../reporters/reporters.js';
import { wrapWords } from '../reporters/text.js';
import { analyse, type AnalysisResult } from './analyse.js';
import { baselineExists, compare, folderOfBaseline, readBaseline, writeBaseline } from './baseline.js';
import { createTouchTest, readChanges } from './changed.js';
import type { Command, CommandContext } from './command.js';
import { readConfig, selectChecks, type Config } from './config-file.js';
import type { Io } from './io.js';
import { keysOf, namedPreset, namedRules, oneOf, outputFile, parse, programOptions, ruleOptions } from './parse-arguments.js';
import { describeRules } from './rule-descriptions.js';
import { createSourceLines } from './source-lines.js';
import { renderStats } from './stats.js';
import { reportColumns, wantsColour } from './terminal.js';

const options = {
  ...programOptions,
  ...ruleOptions,
  format: { type: 'string' },
  output: { type: 'string', short: 'o' },
  report: { type: 'string', multiple: true },
  baseline: { type: 'string' },
  'update-baseline': { type: 'boolean' },
  changed: { type: 'string' },
  stats: { type: 'boolean' },
} as const;

const defaultBaseline = 'async-race.baseline.json';

interface CheckArguments {
  /** Files, folders and globs. */
  readonly operands: readonly string[];
  readonly config: Config;
  readonly checks: CheckSelection;
  readonly format: ReportFormat;
  readonly output: string | undefined;
  /** Reports to write beside the main one, so that one run serves several readers. */
  readonly reports: readonly { readonly format: ReportFormat; readonly file: string }[];
  readonly baseline: string | undefined;
  readonly updateBaseline: boolean;
  /** Commit since which a finding must have changed. */
  readonly changed: string | undefined;
  readonly stats: boolean;
}

/** Analyses the named files or the project and reports: exit code 0 when nothing was found, 1 when something was. */
export const check: Command = {
  name: 'check',
  summary: 'find races in a project, or in files of it',
  help: `Usage
  async-race check [files, folders or globs…] [options]

Without files, analyses the project of the nearest tsconfig.json.

Options
  -p, --project FILE     tsconfig.json or the folder that holds it, also that of
                         a solution of projects; may be given several times
  -c, --config FILE      async-race.config.json, or where else the settings are
      --preset NAME      ${keysOf(presets).join(', ')}; the first is the default
      --rule ID          only this rule; may be given several times
      --format NAME      ${wrapWords(keysOf(reporters).join(', '), 54).join(`\n${' '.repeat(25)}`)}
  -o, --output FILE      write the report to a file; '-' is standard output
      --report NAME=FILE write another report too, such as html=races.html
      --baseline FILE    do not report the findings that the file lists
      --update-baseline  write the findings of today to the baseline
                         (${defaultBaseline} unless named), report nothing
      --changed COMMIT   only findings in functions changed since the commit
      --stats            print sizes, times and limits on standard error

Rules
${wrapWords(ruleIds.join(', '), 76)
  .map((line) => `  ${line}`)
  .join('\n')}

Examples
  async-race check
  async-race check src --preset strict
  async-race check 'packages/*/src/**/*.ts' --rule ${ruleIds[0]}
  async-race check --format json --output races.json
  async-race check --changed origin/main
`,
  run: async (argv, context) => {
    const { io } = context;
    const request = await readArguments(argv, io);
    const result = await findRaces(request, context);
    const display = (file: string): string => displayPath(file, io.workingFolder);
    for (const { file, message } of result.errors) {
      io.stderr.write(`async-race: ${display(file)}: ${message}\n`);
    }
    for (const name of result.unmatched) {
      io.stderr.write(`async-race: settings: no function is called ${name}, which 'sequential' names; correct or remove it\n`);
    }
    if (result.run.files.length + result.run.ignored === 0 && request.changed === undefined) {
      throw new CannotRunError(
        result.errors.length === 0 ? 'no TypeScript files to analyse' : 'no file could be analysed',
      );
    }
    const findings = applyBaseline(result, request, io);
    if (!request.updateBaseline) {
      await printReports({ ...result, findings }, request, context);
    }
    if (request.stats) {
      io.stderr.write(renderStats(result.run, display));
    }
    return findings.length === 0 ? 0 : 1;
  },
};

/** @throws CannotRunError for arguments that are unknown or contradict each other. */
async function readArguments(argv: readonly string[], io: Io): Promise<CheckArguments> {
  const { values, positionals } = parse(argv, options);
  const updateBaseline = values['update-baseline'] ?? false;
  if (updateBaseline && values.changed !== undefined) {
    throw new CannotRunError('--changed leaves out findings that the baseline must keep; update the baseline without it');
  }
  const config = await readConfig(values, io);
  const preset = namedPreset(values.preset) ?? config.preset;
  return {
    operands: positionals,
    config,
    checks: selectChecks({ ...config, preset }, namedRules(values.rule)),
    format: oneOf('format', values.format ?? 'pretty', keysOf(reporters)),
    output: outputFile(values.output),
    reports: (values.report ?? []).map(readReport),
    baseline: values.baseline ?? config.baseline ?? (updateBaseline ? defaultBaseline : undefined),
    updateBaseline,
    changed: values.changed,
    stats: values.stats ?? false,
  };
}

function readReport(text: string): CheckArguments['reports'][number] {
  const [format = '', ...rest] = text.split('=');
  const file = rest.join('=');
  if (file === '') {
    throw new CannotRunError(`--report takes a format and a file, as in 'html=races.html', not '${text}'`);
  }
  return { format: oneOf('format', format, keysOf(reporters)), file };
}

async function findRaces({ operands, config, checks, changed }: CheckArguments, context: CommandContext): Promise<AnalysisResult> {
  if (changed === undefined) {
    return analyse({ ...config, operands, checks }, context);
  }
  const changes = readChanges(changed, context.io.workingFolder);
  if (changes.size === 0) {
    // Nothing to ask, and so no program to load: this is what most commits of other files cost.
    return { findings: [], errors: [], run: { files: [], program: 0, analysis: 0, suppressed: 0, ignored: 0 }, unmatched: [], sources: createSourceLines() };
  }
  return analyse(
    { ...config, operands, checks, selectIn: (compiler, program) => createTouchTest(compiler, program, changes) },
    context,
  );
}

/** The findings that are not in the baseline. Tells on standard error what the baseline hid or became. */
function applyBaseline(
  { findings, run }: AnalysisResult,
  { baseline, updateBaseline, checks, changed }: CheckArguments,
  { workingFolder, stderr }: Io,
): readonly Finding[] {
  if (baseline === undefined) {
    return findings;
  }
  const name = displayPath(resolve(workingFolder, baseline), workingFolder);
  const entries = updateBaseline && !baselineExists(baseline, workingFolder) ? [] : readBaseline(baseline, workingFolder);
  const coverage = { files: new Set(run.files.map(({ file }) => file)), rules: new Set(Object.keys(checks)) };
  const { fresh, vanished, unseen } = compare(findings, entries, coverage, folderOfBaseline(baseline, workingFolder));
  if (updateBaseline) {
    writeBaseline(baseline, findings, unseen, workingFolder);
    const known = findings.length - fresh.length + unseen.length;
    stderr.write(`async-race: ${name}: ${fresh.length} added, ${vanished.length} removed, ${known} kept\n`);
    return [];
  }
  // With --changed most findings were left out before this.
  if (vanished.length > 0 && changed === undefined) {
    stderr.write(`async-race: ${name}: ${vanished.length} of its findings are gone; remove them with --update-baseline\n`);
  }
  if (findings.length > fresh.length) {
    stderr.write(`async-race: ${name}: ${findings.length - fresh.length} known, not reported\n`);
  }
  return fresh;
}

async function printReports(result: AnalysisResult, request: CheckArguments, { io, tool }: CommandContext): Promise<void> {
  const { format, output, reports, checks } = request;
  const { files, program, analysis } = result.run;
  const formats = [format, ...reports.map((report) => report.format)];
  const report: Report = {
    tool,
    stats: {
      files: files.length,
      functions: files.reduce((sum, { stats }) => sum + stats.functions, 0),
      lines: files.reduce((sum, { stats }) => sum + stats.lines, 0),
      milliseconds: { program: Math.round(program), analysis: Math.round(analysis) },
    },
    rules: formats.some((name) => reporters[name].describesRules) ? await describeRules(ruleIds.filter((id) => id in checks)) : [],
    findings: result.findings,
    errors: result.errors,
  };
  const render = (name: ReportFormat, colour: boolean): string =>
    reporters[name].render(report, {
      workingFolder: io.workingFolder,
      columns: reportColumns(io.stdout),
      colour,
      lineOf: result.sources.lineOf,
      tokensOf: result.sources.tokensOf,
    });
  if (output === undefined) {
    io.stdout.write(render(format, wantsColour(io.stdout, io.environment)));
  } else {
    writeReport(output, render(format, false), io);
  }
  for (const { format: name, file } of reports) {
    writeReport(file, render(name, false), io);
  }
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

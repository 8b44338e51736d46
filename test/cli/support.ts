import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { createEngine, Finding, RuleId, Span } from '../../src/index.js';
import { run } from '../../src/cli/main.js';
import { onTestFinished } from 'vitest';

/** A folder with the given files, outside this package so that no tsconfig of ours covers it; removed after the test. */
export function makeFolder(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'async-race-')));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return folder;
}

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliSetting {
  readonly environment?: Readonly<Record<string, string>>;
  readonly terminal?: boolean;
  readonly columns?: number;
  readonly makeEngine?: typeof createEngine;
}

/** Runs the command line inside this process. */
export async function runCli(folder: string, argv: readonly string[], setting: CliSetting = {}): Promise<CliResult> {
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
    },
    isTerminal: setting.terminal ?? false,
    columns: setting.columns,
  });
  let clock = 0;
  const code = await run(
    argv,
    {
      workingFolder: folder,
      environment: setting.environment ?? {},
      stdout: stream('stdout'),
      stderr: stream('stderr'),
      now: () => (clock += 100),
    },
    setting.makeEngine ?? markerEngine,
  );
  return { code, ...written };
}

/**
 * An engine that reports a race wherever the code says `race`, as the rule that `checks` lists first, and can describe
 * every function whose name stands in the text. What the command line does with findings needs no real ones.
 */
export const markerEngine: typeof createEngine = () => ({
  analyzeFile: (file, checks) => {
    const [rule] = Object.keys(checks).filter(isRule);
    const offsets = [...file.text.matchAll(/(?<!-)\brace\b/gu)].map((match) => match.index);
    const findings: Finding[] = offsets.flatMap((start) => {
      const begin = file.getLineAndCharacterOfPosition(start);
      const span: Span = {
        file: file.fileName,
        start,
        end: start + 4,
        line: begin.line + 1,
        column: begin.character + 1,
        endLine: begin.line + 1,
        endColumn: begin.character + 5,
      };
      return rule === undefined ? [] : [{ ...findingTemplate, rule, span, steps: stepsAt(span) }];
    });
    const lines = file.getLineStarts().length;
    return {
      findings,
      errors: [],
      stats: { functions: 2, lines, graphs: 1, checkerQuestions: 3, limits: lines > 1000 ? ['file is long'] : [], slowest: [{ function: 'f', line: 1, milliseconds: lines }] },
    };
  },
  unmatchedNames: () => [],
  describeFunction: (file, name, format) => (file.text.includes(name) ? `${format} of ${name}` : undefined),
  replay: () => ({ refusal: 'it only exists in a test' }),
});

const findingTemplate = {
  message: 'A race.',
  confidence: 'high',
  effect: 'lost-data',
  function: 'f',
  place: 'race',
  suggestions: [],
  fingerprint: '00',
} as const;

function stepsAt(span: Span): Finding['steps'] {
  return [
    { task: 'A', role: 'read', span, text: 'Task A reads' },
    { task: 'B', role: 'write', span, text: 'Task B writes' },
  ];
}

function isRule(id: string): id is RuleId {
  return id.includes('-');
}

/** The findings of a JSON report as `file:line rule`. */
export function placesIn(json: string): string[] {
  const report: unknown = JSON.parse(json);
  if (typeof report !== 'object' || report === null || !('findings' in report) || !Array.isArray(report.findings)) {
    throw new Error('Not a report');
  }
  const findings: readonly unknown[] = report.findings;
  return findings.map((finding) => {
    if (typeof finding === 'object' && finding !== null && 'file' in finding && 'line' in finding && 'rule' in finding) {
      return `${String(finding.file)}:${String(finding.line)} ${String(finding.rule)}`;
    }
    throw new Error('Not a finding');
  });
}

import type { FileStats } from '../index.js';

/** What a run cost; times in milliseconds. */
export interface RunStats {
  readonly files: readonly { readonly file: string; readonly stats: FileStats; readonly milliseconds: number }[];
  readonly program: number;
  readonly analysis: number;
  /** Findings that `eslint-disable` comments hid. */
  readonly suppressed: number;
  /** Files that the config leaves out. */
  readonly ignored: number;
}

const slowestShown = 5;
/** This many of the files that met a limit are named. */
const filesShown = 3;

/** The text of `--stats`. `display` turns a path into the one to show. */
export function renderStats(run: RunStats, display: (file: string) => string): string {
  const sum = (count: (stats: FileStats) => number): number =>
    run.files.reduce((total, { stats }) => total + count(stats), 0);
  const limits = limitsByName(run);
  const rows: [string, string][] = [
    ['files', grouped(run.files.length)],
    ['functions', grouped(sum((stats) => stats.functions))],
    ['lines', grouped(sum((stats) => stats.lines))],
    ['graphs', grouped(sum((stats) => stats.graphs))],
    ['checker questions', grouped(sum((stats) => stats.checkerQuestions))],
    ['suppressed', grouped(run.suppressed)],
    ['ignored files', grouped(run.ignored)],
    ['limits met', grouped(limits.size)],
    ['program', `${grouped(run.program)} ms`],
    ['analysis', `${grouped(run.analysis)} ms`],
  ];
  const slowest = [...run.files]
    .sort((left, right) => right.milliseconds - left.milliseconds)
    .slice(0, slowestShown)
    .map(({ file, milliseconds }) => `  ${grouped(milliseconds)} ms ${display(file)}`);
  const slowestFunctions = run.files
    .flatMap(({ file, stats }) => stats.slowest.map((time) => ({ file, ...time })))
    .sort((left, right) => right.milliseconds - left.milliseconds)
    .slice(0, slowestShown)
    .map((time) => `  ${grouped(time.milliseconds)} ms ${time.function} ${display(time.file)}:${time.line}`);
  return [
    ...rows.map(([name, value]) => `${name.padEnd(18)} ${value.padStart(10)}`),
    'slowest files',
    ...slowest,
    'slowest functions',
    ...slowestFunctions,
    ...(limits.size === 0 ? [] : ['limits', ...[...limits].map(([limit, files]) => `  ${limit}: ${filesText(files.map(display))}`)]),
    '',
  ].join('\n');
}

/** In which files each limit was met. */
function limitsByName(run: RunStats): ReadonlyMap<string, readonly string[]> {
  const limits = new Map<string, string[]>();
  for (const { file, stats } of run.files) {
    for (const limit of stats.limits) limits.set(limit, [...(limits.get(limit) ?? []), file]);
  }
  return limits;
}

function filesText(files: readonly string[]): string {
  const shown = files.slice(0, filesShown).join(', ');
  return files.length > filesShown ? `${shown} and ${grouped(files.length - filesShown)} more` : shown;
}

function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

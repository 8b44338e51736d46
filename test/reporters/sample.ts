/** Hand-written findings, so that reporters are tested without an engine. */
import type { Finding, RuleId, Span, Step } from '../../src/findings/finding.js';
import type { Report, ReportContext, RuleDescription } from '../../src/reporters/report.js';

const cacheFile = '/project/src/token-cache.ts';
const cacheSource = `export class TokenCache {
  private token: string | undefined;

  async get(): Promise<string> {
    if (this.token === undefined) {
      const answer = await fetchToken({ audience: 'https://api.example.com', scope: 'read write', retries: 3 });
      this.token = answer.token;
    }
    return this.token;
  }
}
`;

export const lockFile = '/project/src/snapshot.ts';
const lockSource = `export async function snapshot(): Promise<Row[]> {
\tconst release = await mutex.acquire();
\tconst rows = await store.load();
\trelease();
\treturn rows;
}
`;

const sources = new Map([
  [cacheFile, cacheSource],
  [lockFile, lockSource],
]);

/** The span of the first occurrence of a text in one of the sample files. */
export function spanOf(file: string, text: string): Span {
  const source = sources.get(file) ?? '';
  const start = source.indexOf(text);
  if (start < 0) {
    throw new Error(`The sample has no text ${text}`);
  }
  const end = start + text.length;
  const [line, column] = positionOf(source, start);
  const [endLine, endColumn] = positionOf(source, end);
  return { file, start, end, line, column, endLine, endColumn };
}

function positionOf(source: string, offset: number): [line: number, column: number] {
  const lines = source.slice(0, offset).split('\n');
  return [lines.length, (lines.at(-1) ?? '').length + 1];
}

function step(task: Step['task'], role: Step['role'], file: string, code: string, text: string): Step {
  return { task, role, span: spanOf(file, code), text };
}

const test = 'this.token === undefined';
const suspension = 'await fetchToken';
const act = 'this.token = answer.token';

export const raceFinding: Finding = {
  rule: 'no-check-then-act',
  message:
    '`this.token` is tested on line 5 and written after `await fetchToken(…)` on line 6; another call of `TokenCache.get` can write it in between. Cache the promise instead of the token.',
  confidence: 'high',
  effect: 'duplicate-work',
  span: spanOf(cacheFile, act),
  function: 'TokenCache.get',
  place: 'this.token',
  steps: [
    step('A', 'check', cacheFile, test, 'Task A finds that `this.token` is empty'),
    step('A', 'suspend', cacheFile, suspension, 'Task A suspends; other tasks may run'),
    step('B', 'check', cacheFile, test, 'Task B finds it empty as well'),
    step('B', 'suspend', cacheFile, suspension, 'Task B asks for a second token'),
    step('B', 'act', cacheFile, act, 'Task B stores its token'),
    step('A', 'act', cacheFile, act, 'Task A stores its own over it, and the token of task B is lost'),
  ],
  suggestions: [],
  fingerprint: '4f1d7c02a9be5e11',
};

export const releaseFinding: Finding = {
  rule: 'require-finally-release',
  message:
    '`mutex` is not released when `store.load()` on line 3 throws. Put the release into a `finally` block, or use `mutex.runExclusive`.',
  confidence: 'medium',
  effect: 'hang',
  span: spanOf(lockFile, 'mutex.acquire()'),
  function: 'snapshot',
  place: 'mutex',
  steps: [
    step('A', 'acquire', lockFile, 'mutex.acquire()', 'Acquires `mutex`'),
    step('A', 'suspend', lockFile, 'await store.load()', 'This can throw, and then `release` is never called'),
  ],
  suggestions: [{ title: 'Release in a finally block', edits: [{ start: 0, end: 0, text: '' }] }],
  fingerprint: '0b7d1be0c55a2f90',
};

function sampleRule(id: RuleId, description: string, level: RuleDescription['level']): RuleDescription {
  return { id, description, level, address: `https://example.com/${id}`, page: `# ${id}\n\n${description}\n` };
}

export function sampleReport(overrides: Partial<Report> = {}): Report {
  return {
    tool: { name: 'async-race', version: '1.2.3' },
    stats: { files: 14, functions: 31, lines: 870, milliseconds: { program: 812, analysis: 95 } },
    rules: [
      sampleRule('no-check-then-act', 'Disallow acting on an outdated check.', 'error'),
      sampleRule('require-finally-release', 'Require that a lock is released.', 'warning'),
    ],
    findings: [releaseFinding, raceFinding],
    errors: [{ file: '/project/src/broken.ts', message: "Syntax error at 3:7: ';' expected. The file was skipped." }],
    ...overrides,
  };
}

export function sampleContext(overrides: Partial<ReportContext> = {}): ReportContext {
  return {
    workingFolder: '/project',
    columns: 100,
    colour: false,
    lineOf: (file, line) => sources.get(file)?.split('\n')[line - 1],
    tokensOf: (file, line) =>
      [...(sources.get(file)?.split('\n')[line - 1] ?? '').matchAll(/\b(?:async|await|const|if|return)\b/gu)].map(({ index, 0: text }) => ({
        from: index,
        to: index + text.length,
        kind: 'keyword',
      })),
    ...overrides,
  };
}

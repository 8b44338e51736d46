/** What the analysis costs the type checker: questions are counted. */
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { createEngine, presets } from '../../src/index.js';
import type { FileReport } from '../../src/index.js';
import { virtualProgram } from '../support/virtual.js';
import { sourceFileOf } from './support.js';

function reportOf(files: Readonly<Record<string, string>>): FileReport {
  const program = virtualProgram(files);
  return createEngine(ts, program).analyzeFile(sourceFileOf(program, Object.keys(files)[0] ?? ''), presets.all);
}

describe('questions to the checker', () => {
  it.each([
    [
      'shared state that is tested and written',
      `import { Log } from './log.js';
       export class Registry {
         readonly #entries = new Map<string, number>();
         constructor(readonly log: Log) {}
         add(name: string): number {
           const known = this.#entries.get(name);
           if (known !== undefined) return known;
           this.log.write(name);
           this.#entries.set(name, this.#entries.size);
           return this.#entries.size;
         }
       }`,
    ],
    [
      'words of suspensions in comments and names',
      `import { Log } from './log.js';
       // nobody has to await this, and then catch what it throws
       let lockCount = 0;
       export function count(log: Log): number {
         if (lockCount === 0) log.write('first');
         lockCount += 1;
         return lockCount;
       }`,
    ],
    ['types and constants', `export interface Waits { then: () => void } export const limits = { async: 1, yield: 2 };`],
  ])('are none for a file without a suspension, lock or callback: %s', (_name, text) => {
    const report = reportOf({ 'plain.ts': text, 'log.ts': 'export class Log { lines: string[] = []; write(line: string): void { this.lines.push(line); } }' });
    expect(report.errors).toEqual([]);
    expect(report.stats.checkerQuestions).toBe(0);
    expect(report.stats.graphs).toBe(0);
  });

  it('are none for methods that no function of the program can be', () => {
    const report = reportOf({
      'platform.ts': `export class Session {
        expires = 0;
        async renew(response: Response): Promise<void> {
          if (this.expires > Date.now()) return;
          await response.arrayBuffer();
          response.headers.forEach(String);
          response.body?.cancel();
        }
      }`,
    });
    expect(report.stats.graphs).toBeGreaterThan(0);
    expect(report.stats.checkerQuestions).toBe(0);
  });

  it('are as many for a long chain of calls as for a short one', () => {
    const questions = (calls: number): number =>
      reportOf({
        'hub.ts': `import { Bus } from './bus.js';
          export class Hub {
            isOpen = false;
            constructor(readonly bus: Bus) {}
            async open(): Promise<void> {
              if (this.isOpen) return;
              await Promise.resolve();
              this.bus${".on('event', (text) => { void text; })".repeat(calls)};
              this.isOpen = true;
            }
          }`,
        'bus.ts': `class Base { on<Name extends string>(name: Name, listener: (text: string) => void): this { listener(name); return this; } }
          export class Bus extends Base { emit(): void { void this; } }`,
      }).stats.checkerQuestions;
    expect(questions(8)).toBe(questions(2));
  });
});

describe('the slowest functions', () => {
  const text = 'export async function slow(): Promise<void> { await Promise.resolve(); }\nexport async function other(): Promise<void> { await slow(); }';

  it('are told with what the clock says', () => {
    const program = virtualProgram({ 'timed.ts': text });
    let time = 0;
    const engine = createEngine(ts, program, {}, () => (time += 10));
    const { slowest } = engine.analyzeFile(sourceFileOf(program, 'timed.ts'), presets.all).stats;
    expect(slowest.map((each) => each.milliseconds)).toEqual(slowest.map(() => 10));
    expect(slowest.map((each) => `${each.function}:${each.line}`)).toEqual(expect.arrayContaining(['slow:1', 'other:2']));
  });

  it('are not told without a clock', () => {
    expect(reportOf({ 'timed.ts': text }).stats.slowest).toEqual([]);
  });
});

/** What `require-finally-release` says of flags: the claim stays when the work fails, and does not in the corrected twin. */
import { describe, expect, it } from 'vitest';
import type { CheckOptions, Finding } from '../../src/index.js';
import { applyEdits } from '../support/edits.js';
import { findingsIn, virtualProgram } from '../support/virtual.js';

class Synchronizer {
  #busy = false;
  done = 0;

  async runBad(work: () => Promise<void>): Promise<void> {
    if (this.#busy) return;
    // eslint-disable-next-line async-race/require-finally-release -- the fault under test
    this.#busy = true;
    await work();
    this.done += 1;
    this.#busy = false;
  }

  async runOk(work: () => Promise<void>): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await work();
      this.done += 1;
    } finally {
      this.#busy = false;
    }
  }
}

const fails = (): Promise<void> => Promise.reject(new Error('no'));
const succeeds = (): Promise<void> => Promise.resolve();

describe('a flag that is taken down on success only', () => {
  it('keeps every later call out after one failure', async () => {
    const synchronizer = new Synchronizer();
    await expect(synchronizer.runBad(fails)).rejects.toThrow('no');
    await synchronizer.runBad(succeeds);
    await synchronizer.runBad(succeeds);
    expect(synchronizer.done).toBe(0);
  });

  it('lets the next call in when it is taken down in a `finally`', async () => {
    const synchronizer = new Synchronizer();
    await expect(synchronizer.runOk(fails)).rejects.toThrow('no');
    await synchronizer.runOk(succeeds);
    expect(synchronizer.done).toBe(1);
  });
});

const head = 'declare function work(): Promise<number>;\nlet isBusy = false;\nlet total = 0;\n';
const body = `export async function run(): Promise<void> {
  if (isBusy) return;
  isBusy = true;
  const count = await work();
  total += count;
  isBusy = false;
}
`;

describe('the suggestion', () => {
  const analyse = (text: string, options: CheckOptions = {}): readonly Finding[] =>
    findingsIn(virtualProgram({ 'sample.ts': text }), 'sample.ts', { 'require-finally-release': options });

  it('puts the work into a `try`, and the reset into its `finally`', () => {
    const [finding] = analyse(head + body);
    expect(finding).toMatchObject({ confidence: 'high', effect: 'hang', place: 'isBusy' });
    const [suggestion] = finding?.suggestions ?? [];
    expect(suggestion?.title).toBe('Reset in a `finally`');
    const rewritten = applyEdits(head + body, suggestion?.edits ?? []);
    expect(rewritten).toContain('} finally {\n    isBusy = false;\n  }');
    expect(analyse(rewritten)).toEqual([]);
  });

  it('is less sure when closing takes the flag down as well', () => {
    const text = `${head}${body}export function close(): void { isBusy = false; }\n`;
    expect(analyse(text)).toEqual([]);
    expect(analyse(text, { minimumConfidence: 'low' })).toMatchObject([{ confidence: 'low' }]);
  });
});

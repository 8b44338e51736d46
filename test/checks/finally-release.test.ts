import { Sema } from 'async-sema';
import { describe, expect, it } from 'vitest';
import { Outbox } from '../../fixtures/checks/require-finally-release/handed-over.js';
import { Printer } from '../../fixtures/checks/require-finally-release/permits-in-callbacks.js';
import { outboxBad, outboxOk } from '../../fixtures/checks/require-finally-release/queue-workers.js';
import type { CheckOptions, Finding } from '../../src/index.js';
import { outcome } from '../support/deferred.js';
import { applyEdits } from '../support/edits.js';
import { CountedWork } from '../support/schedule.js';
import { findingsIn, virtualProgram } from '../support/virtual.js';

const head = `
import { Mutex } from 'async-mutex';
import AwaitLock from 'await-lock';
declare function work(): Promise<string>;
declare function format(text: string): string;
const mutex = new Mutex();
const other = new Mutex();
const lock = new AwaitLock();
`;

function findings(body: string, options: CheckOptions = {}): readonly Finding[] {
  return findingsIn(virtualProgram({ 'sample.ts': head + body }), 'sample.ts', { 'require-finally-release': options });
}

function only(body: string, options: CheckOptions = {}): Finding {
  const [finding, ...rest] = findings(body, options);
  if (finding === undefined || rest.length > 0) throw new Error(`expected one finding, got ${finding === undefined ? 0 : rest.length + 1}`);
  return finding;
}

/** What the suggestion of that title makes of the body. */
function rewritten(body: string, title: string): string | undefined {
  const suggestion = only(body).suggestions.find((candidate) => candidate.title === title);
  return suggestion === undefined ? undefined : applyEdits(head + body, suggestion.edits).slice(head.length);
}

describe('require-finally-release: how sure it is', () => {
  it('is sure of an await', () => {
    const finding = only('export async function run() { const release = await mutex.acquire(); await work(); release(); }');
    expect(finding.confidence).toBe('high');
    expect(finding.effect).toBe('hang');
  });

  it('is less sure of a synchronous call', () => {
    const body = "export async function run() { const release = await mutex.acquire(); format('a'); release(); }";
    expect(only(body).confidence).toBe('medium');
  });

  it('names the surest of several ways out', () => {
    const body = `export async function run(stop: boolean) {
      const release = await mutex.acquire();
      format('a');
      if (stop) return;
      release();
    }`;
    const finding = only(body);
    expect(finding.confidence).toBe('high');
    expect(finding.message).toContain('before the `return`');
  });

  it('keeps a second lock without a limit to itself unless it is asked', () => {
    const body = `export async function run() {
      const release = await mutex.acquire();
      const second = await other.acquire();
      second();
      release();
    }`;
    expect(findings(body)).toEqual([]);
    expect(only(body, { minimumConfidence: 'low' }).confidence).toBe('low');
  });
});

describe('require-finally-release: the interleaving', () => {
  it('ends with a task that waits', () => {
    const finding = only('export async function run() { const release = await mutex.acquire(); await work(); release(); }');
    expect(finding.steps.map(({ task, role, text }) => `${task} ${role}: ${text}`)).toEqual([
      'A acquire: A acquires `mutex`',
      'A act: `await work()` throws: A leaves and keeps the lock',
      'B acquire: B waits for `mutex` for ever',
    ]);
  });

  it('ends with a third task beside the holder', () => {
    const body = 'export async function run() { try { await lock.acquireAsync({ timeout: 9 }); await work(); } finally { lock.release(); } }';
    const finding = only(body);
    expect(finding.effect).toBe('broken-resource');
    expect(finding.steps.map(({ task, role, text }) => `${task} ${role}: ${text}`)).toEqual([
      'B acquire: B acquires `lock`',
      'A acquire: A does not get it',
      'A release: A releases `lock`, which B holds; a third task enters beside B',
    ]);
  });
});

describe('require-finally-release: what it suggests', () => {
  it('moves a returned variable with the section', () => {
    const body = `export async function run() {
  const release = await mutex.acquire();
  const text = await work();
  release();
  return text;
}`;
    expect(rewritten(body, 'Release in a `finally`')).toBe(`export async function run() {
  const release = await mutex.acquire();
  try {
    const text = await work();
    return text;
  } finally {
    release();
  }
}`);
    expect(rewritten(body, 'Use `runExclusive`')).toBe(`export async function run() {
  return await mutex.runExclusive(async () => {
    const text = await work();
    return text;
  });
}`);
  });

  it('does not wrap what declares variables for later', () => {
    const body = `export async function run() {
  const release = await mutex.acquire();
  const text = await work();
  release();
  return format(text);
}`;
    expect(only(body).suggestions).toEqual([]);
  });

  it('offers no callback to a section that returns or assigns to variables outside', () => {
    const returns = 'export async function run(stop: boolean) {\n  const release = await mutex.acquire();\n  if (stop) return;\n  release();\n}';
    const assigns = `export async function run() {
  let text = '';
  const release = await mutex.acquire();
  text = await work();
  release();
  return text;
}`;
    expect([returns, assigns].map((body) => only(body).suggestions.map(({ title }) => title))).toEqual([
      ['Release in a `finally`'],
      ['Release in a `finally`'],
    ]);
  });

  it('leaves the text of templates as it is', () => {
    const body = 'export async function run() {\n  const release = await mutex.acquire();\n  format(`a\n  b`);\n  release();\n}';
    expect(rewritten(body, 'Release in a `finally`')).toContain('    format(`a\n  b`);');
  });
});

describe('require-finally-release: large functions', () => {
  it('follows a thousand branches', () => {
    const branches = Array.from({ length: 1000 }, (_, index) => `  if (text === '${index}') { format('${index}'); }`).join('\n');
    const body = `export async function run(text: string) {\n  const release = await mutex.acquire();\n  try {\n${branches}\n  } finally { release(); }\n}`;
    expect(findings(body)).toEqual([]);
    expect(findings(body.replace('finally { release(); }', 'catch (error) { format(String(error)); }\n  release();'))).toHaveLength(1);
  });
});

describe('require-finally-release: released twice', () => {
  /** The most tasks that were inside at once. */
  async function together(run: (lock: Sema, fails: () => Promise<void>) => Promise<void>): Promise<number> {
    const lock = new Sema(1);
    const first = run(lock, () => Promise.reject(new Error('no')));
    const work = new CountedWork();
    const others = [run(lock, work.run), run(lock, work.run)];
    await Promise.allSettled([first]);
    await work.finish(others);
    return work.most;
  }

  it('lets two tasks in after a failure', async () => {
    const most = await together(async (lock, work) => {
      await lock.acquire();
      try {
        await work();
      } catch (error) {
        lock.release();
        throw error;
      } finally {
        // eslint-disable-next-line async-race/require-finally-release -- the fault under test
        lock.release();
      }
    });
    expect(most).toBe(2);
  });

  it('lets one in when it is released once', async () => {
    const most = await together(async (lock, work) => {
      await lock.acquire();
      try {
        await work();
      } finally {
        lock.release();
      }
    });
    expect(most).toBe(1);
  });
});

describe('a release that is handed to another function', () => {
  const fail = (): Promise<void> => Promise.reject(new Error('refused'));
  const laterSend = async (outbox: Outbox): Promise<string> => await outcome(outbox.throwsOk('later'));

  it('is lost when that one throws first', async () => {
    const outbox = new Outbox(fail);
    await expect(outbox.throwsBad('now')).rejects.toThrow('refused');
    expect(await laterSend(outbox)).toBe('pending');
  });

  it('is lost when that one returns first', async () => {
    const outbox = new Outbox(fail);
    await outbox.returnsBad('');
    expect(await laterSend(outbox)).toBe('pending');
  });

  it('is given back where that one releases in any case', async () => {
    const outbox = new Outbox(fail);
    await expect(outbox.throwsOk('now')).rejects.toThrow('refused');
    await outbox.returnsOk('');
    expect(await laterSend(outbox)).toBe('rejected');
  });
});

describe('require-finally-release: what is taken by a callback', () => {
  const connection = (body: string): string => `
    import { createPool } from 'mysql2';
    const pool = createPool({ host: 'db' });
    export function stock(done: (error: Error | null, rows?: unknown) => void) {
      pool.getConnection((err, connection) => {
        if (err) return done(err);
        connection.query('select 1', (queryErr, rows) => { ${body} });
      });
    }`;
  const worker = (body: string): string => `
    import { queue } from 'async';
    export const jobs = queue((job: { id: string }, done: () => void) => { ${body} }, 1);`;
  const messages = (source: string): string[] =>
    findingsIn(virtualProgram({ 'sample.ts': source }), 'sample.ts', { 'require-finally-release': {} }).map(({ message }) => message);

  it('is lost where an error leaves first', () => {
    expect(messages(connection('if (queryErr) return done(queryErr); connection.release(); done(null, rows);'))).toEqual([expect.stringContaining('in each callback')]);
    expect(messages(connection('connection.release(); if (queryErr) return done(queryErr); done(null, rows);'))).toEqual([]);
  });

  it('is a place in a queue for its worker', () => {
    expect(messages(worker("if (job.id === '') return; setTimeout(done, 10);"))).toEqual([expect.stringContaining('does not call `done` before the `return`')]);
    expect(messages(worker("if (job.id === '') return done(); setTimeout(done, 10);"))).toEqual([]);
  });
});

describe('what a callback takes and does not give back', () => {
  const failed = new Error('out of paper');
  const printed = (method: 'printBad' | 'printOk'): (Error | null | undefined)[] => {
    const printer = new Printer();
    const ends: (Error | null | undefined)[] = [];
    printer[method]((done) => done(failed), (error) => ends.push(error));
    printer[method]((done) => done(), (error) => ends.push(error));
    return ends;
  };

  it('keeps the next one out for ever', () => {
    expect(printed('printBad')).toEqual([failed]);
    expect(printed('printOk')).toEqual([failed, undefined]);
  });

  it('keeps a queue from its next job', async () => {
    const sent = async (outbox: ReturnType<typeof outboxBad>): Promise<string[]> => {
      const seen: string[] = [];
      const ends = ['', 'anna'].map((to) => new Promise<void>((resolve) => outbox.push({ to, body: '' }, () => (seen.push(to), resolve()))));
      await Promise.race([ends.at(-1), new Promise((resolve) => setImmediate(resolve))]);
      return seen;
    };
    const send = (_mail: unknown, done: (error: null) => void): void => done(null);
    expect(await sent(outboxBad(send))).toEqual([]);
    expect(await sent(outboxOk(send))).toEqual(['', 'anna']);
  });
});

/** Hostile sources: nothing throws, and what could not be analysed is said once. */
import fc from 'fast-check';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { createEngine, presets } from '../../src/index.js';
import type { FileReport } from '../../src/index.js';
import { virtualProgram } from '../support/virtual.js';
import { brokenGraphs, Sample, sourceFileOf } from './support.js';

function reportOf(text: string): FileReport {
  const program = virtualProgram({ 'sample.ts': text });
  return createEngine(ts, program).analyzeFile(sourceFileOf(program, 'sample.ts'), presets.all);
}

/** A class whose method has a race that must be found whatever stands beside it. */
const race = `
  declare function load(): Promise<string>;
  export class Cache {
    value: string | undefined;
    async get(): Promise<string> {
      if (this.value === undefined) this.value = await load();
      return this.value;
    }
  }
`;

const nested = (depth: number, around: (inner: string) => string, inner: string): string => {
  let text = inner;
  for (let level = 0; level < depth; level += 1) text = around(text);
  return text;
};

describe('sources that are hard to analyse', () => {
  it.each([
    ['an empty file', ''],
    ['a comment', '// await'],
    ['half a function', 'async function f( { await'],
    ['half a class', 'class C { async m() { if (this.x) { await '],
    ['a broken try', 'async function f() { try { await g(); '],
    ['jumps to nowhere', 'async function f() { break; continue; break label; await g(); }'],
    ['a return outside a function', 'await g(); return 1;'],
    ['await in a plain function', 'function f() { await g(); }'],
    ['unfinished patterns', 'async function f() { const { a, ...} = await g(); [ , , ] = await g(); ({ = 1 } = await g()); }'],
    ['unfinished chains', 'async function f() { await a?.; a?.[]; a.then(; a?.().then(() => ) }'],
    ['a class that extends itself', 'class C extends C { async m() { await this.m(); } }'],
    ['aliases in a circle', 'const a = b.c; const b = a.c; async function f() { if (a) { await g(); a.x = 1; } }'],
    ['names of the prototype', 'const table = {}; async function f() { if (table.constructor) { await g(); table.__proto__.hasOwnProperty(toString); } }'],
    ['functions that call each other', 'async function f() { if (x) await g(); x = 1; } async function g() { if (x) await f(); x = 2; } let x = 0;'],
    ['a callback handed to its own maker', 'async function f(run: () => Promise<void>) { await f(async () => { await run(); await f(run); }); }'],
  ])('%s', (_name, text) => {
    expect(reportOf(text).errors).toEqual([]);
  });

  it('files that import each other', () => {
    const program = virtualProgram({
      'left.ts': "import { right } from './right.js'; export let state = 0; export async function left() { if (state) { await right(); state = 1; } }",
      'right.ts': "import { left, state } from './left.js'; export async function right() { if (state) await left(); }",
    });
    const engine = createEngine(ts, program);
    const files = ['left.ts', 'right.ts'].map((name) => sourceFileOf(program, name));
    expect(files.flatMap((file) => engine.analyzeFile(file, presets.all).errors)).toEqual([]);
  });

  it.each([
    ['two thousand statements', `async function f(x: number) { ${'if (x) { await g(); }\n'.repeat(2000)} }`],
    ['two thousand assignments', `let x = 0; async function f() { ${'if (x) { await g(); x = 1; }\n'.repeat(2000)} }`],
    ['nested try and finally', `async function f() { ${nested(12, (inner) => `try { ${inner} } finally { await g(); }`, 'if (x) return; await g();')} }`],
    ['finally in finally', `async function f() { ${nested(12, (inner) => `try { if (x) return; await g(); } finally { ${inner} }`, 'await g();')} }`],
    ['finally in loops', `async function f() { ${nested(12, (inner) => `for (;;) { try { if (x) break; if (x) continue; ${inner} } finally { await g(); } }`, 'await g();')} }`],
    ['a switch of a thousand', `async function f(x: number) { switch (x) { ${Array.from({ length: 1000 }, (_, i) => `case ${i}: await g();`).join(' ')} } }`],
    ['a chain of five hundred', `async function f() { await g()${'.then((x) => g())'.repeat(500)}; }`],
    ['fifty nested callbacks', `async function f() { ${nested(50, (inner) => `await g().then(async () => { ${inner} });`, 'await g();')} }`],
  ])('%s', (_name, text) => {
    const report = reportOf(`declare function g(): Promise<void>; declare let x: any;\n${text}`);
    expect(report.errors).toEqual([]);
    expect(report.stats.graphs).toBeGreaterThan(0);
  });

  it('nested finally does not make graphs explode', () => {
    const blocks = (depth: number): number =>
      new Sample(`async function f() { ${nested(depth, (inner) => `try { if (x) return; await g(); } finally { ${inner} }`, 'await g();')} }`).graph('f').blocks.length;
    const [small, large] = [blocks(8), blocks(16)];
    expect(large).toBeLessThan(small * 3);
  });

  it.each([
    ['three thousand operands', `await load()${' + 1'.repeat(3000)}`],
    ['three thousand assignments', `(${Array.from({ length: 3000 }, (_, i) => `x = ${i}`).join(', ')})`],
    ['three hundred parentheses', nested(300, (inner) => `(1 * ${inner})`, 'await load()')],
  ])('%s cost nothing else', (_name, deep) => {
    const report = reportOf(`${race} let x: any; export async function deep() { await load(); return ${deep}; }`);
    expect(report.findings.map((finding) => finding.function)).toEqual(['Cache.get']);
    expect(report.errors).toEqual([]);
  });

  it('an expression that is too deep costs its function only', () => {
    const deep = `await load()${' + 1 - 1'.repeat(600)}`;
    const report = reportOf(`${race} let x: any; export async function deep() { return ${deep}; }`);
    expect(report.findings.map((finding) => finding.function)).toEqual(['Cache.get']);
    expect(report.errors.every((error) => error.message.startsWith('deep could not be analysed: '))).toBe(true);
  });
});

describe('a limit that one function meets', () => {
  const times = (count: number, make: (index: number) => string, separator = '\n'): string => Array.from({ length: count }, (_, index) => make(index)).join(separator);

  it.each([
    ['tests before one act', `let x = 0; export async function f(c: any) { ${times(200, (i) => `if (c.p${i}) { await load(); if (!x) return;`)} x = 1; ${'}'.repeat(200)} }`],
    ['distance from an act to its check', `let x = 0; export async function f(c: any) { if (x) return; await load(); ${'if (c()) c();'.repeat(300)} x = 1; }`],
    ['depth of calls', `class Deep { x = 0; ${times(30, (i) => `async m${i}() { await this.m${i + 1}(); }`)} async m30() { await load(); this.x = 1; } async run() { if (this.x) return; await this.m0(); this.x = 2; } }`],
    ['callers of one function', `let x: any; ${times(12, (i) => `async function f${i}() { if (x) { await load(); x = ${i}; } ${times(12, (j) => `await f${j}();`, ' ')} }`)} export async function start() { await f0(); }`],
    ['reads behind one value', `class Wide { ${times(120, (i) => `a${i} = 0;`)} x = 0; async run() { const all = ${times(120, (i) => `this.a${i}`, ' + ')}; await load(); if (all) { await load(); this.x = all; this.a0 = all; } } }`],
    ['pairs of locks in one function', `import { Mutex } from 'async-mutex'; class Held { ${times(40, (i) => `m${i} = new Mutex();`)} async f() { ${times(40, (i) => `await this.m${i}.acquire();`)} } }`],
    ['locks taken in one function', `import { Mutex } from 'async-mutex'; const mutex = new Mutex(); export async function f() { ${times(40, (i) => `const r${i} = await mutex.acquire(); await load();`)} }`],
  ])('is counted as "%s", and the rest is analysed', (limit, text) => {
    const report = reportOf(`${race}${text}`);
    expect(report.errors).toEqual([]);
    expect(report.stats.limits).toContain(limit);
    expect(report.findings.map((finding) => finding.function)).toContain('Cache.get');
  });

  it('is counted for its own file alone', () => {
    const long = `let x = 0; export async function f(c: any) { if (x) return; await load(); ${'if (c()) c();'.repeat(300)} x = 1; }`;
    const program = virtualProgram({ 'long.ts': `${race}${long}`, 'short.ts': race });
    const engine = createEngine(ts, program);
    const limits = ['long.ts', 'short.ts'].map((name) => engine.analyzeFile(sourceFileOf(program, name), presets.all).stats.limits);
    expect(limits).toEqual([['distance from an act to its check'], []]);
  });
});

describe('a crash in one function', () => {
  it('costs that function only', () => {
    const program = virtualProgram({ 'sample.ts': `${race} export async function broken() { await load(); throw new Error('x'); }` });
    const failing: typeof ts = {
      ...ts,
      isThrowStatement: (node): node is ts.ThrowStatement => {
        if (ts.isThrowStatement(node)) throw new Error('a statement of an unknown kind');
        return false;
      },
    };
    const report = createEngine(failing, program).analyzeFile(sourceFileOf(program, 'sample.ts'), presets.all);
    expect(report.findings.map((finding) => finding.function)).toEqual(['Cache.get']);
    expect(report.errors.map((error) => error.message)).toEqual(['broken could not be analysed: a statement of an unknown kind']);
  });
});

describe('generated functions', () => {
  const { expression, statement } = fc.letrec<{ expression: string; condition: string; statement: string; body: string }>((tie) => ({
    condition: fc.oneof(fc.constantFrom('c()', 'this.flag', 'x', '!this.map.has(k)', 'this.a?.b()'), fc.tuple(tie('expression'), tie('expression')).map(([l, r]) => `(${l}) && (${r})`)),
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('1', 'x', 'this.flag', 'await g()', 'this.map.get(k)', 'c()'),
      fc.tuple(tie('expression'), tie('expression')).map(([l, r]) => `(${l}) ?? (${r})`),
      fc.tuple(tie('condition'), tie('expression'), tie('expression')).map(([c, l, r]) => `(${c}) ? (${l}) : (${r})`),
      tie('expression').map((e) => `this.a?.b(${e})?.c`),
      tie('expression').map((e) => `(this.flag ??= ${e})`),
      tie('expression').map((e) => `this.list.map((item) => item.f(${e.replaceAll('await ', '')}))`),
      tie('expression').map((e) => `await g().then((v) => v, () => c()).catch(() => c()).finally(() => c(${e.replaceAll('await ', '')}))`),
      tie('expression').map((e) => `await (async () => { ${`return ${e};`} })()`),
      tie('expression').map((e) => `await this.mutex.runExclusive(async () => ${e})`),
      tie('expression').map((e) => `{ a: ${e}, ...this.map, [c()]: 1 }.a`),
      tie('expression').map((e) => `new Thing(${e}, ...this.list)`),
      tie('expression').map((e) => `tag\`\${${e}}\``),
    ),
    body: fc.array(tie('statement'), { maxLength: 3, size: 'small' }).map((list) => list.join('\n')),
    statement: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      tie('expression').map((e) => `use(${e});`),
      tie('expression').map((e) => `this.flag = ${e};`),
      tie('expression').map((e) => `{ let y = ${e}; use(y); }`),
      tie('expression').map((e) => `{ const { p = ${e}, q: [r = 1] = [] } = this.o; [this.flag = ${e}] = this.list; use(p, r); }`),
      fc.tuple(tie('condition'), tie('body'), tie('body')).map(([c, a, b]) => `if (${c}) { ${a} } else { ${b} }`),
      fc.tuple(tie('condition'), tie('body')).map(([c, a]) => `while (${c}) { ${a} if (c()) break; if (c()) continue; }`),
      fc.tuple(tie('condition'), tie('body')).map(([c, a]) => `do { if (c()) continue; ${a} } while (${c});`),
      fc.tuple(tie('condition'), tie('body')).map(([c, a]) => `outer: for (let i = 0; ${c}; i++) { for (const o of this.list) { if (c()) continue outer; if (c()) break outer; ${a} } }`),
      fc.tuple(tie('expression'), tie('body')).map(([e, a]) => `for await (const o of ${e}) { ${a} }`),
      fc.tuple(tie('expression'), tie('body')).map(([e, a]) => `for (const o in ${e}) { ${a} }`),
      fc.tuple(tie('body'), tie('body'), tie('body')).map(([a, b, c]) => `try { ${a} if (c()) return 1; } catch (e) { ${b} if (c()) throw e; } finally { ${c} }`),
      fc.tuple(tie('body'), tie('body')).map(([a, b]) => `try { ${a} if (c()) throw new Error('x'); } finally { ${b} }`),
      fc.tuple(tie('expression'), tie('body'), tie('body')).map(([e, a, b]) => `switch (${e}) { case 1: ${a} case 2: if (c()) break; ${b} default: use(1); }`),
      tie('body').map((a) => `block: { if (c()) break block; ${a} }`),
      tie('body').map((a) => `{ await using u = await g(); using v = open(); ${a} }`),
      tie('body').map((a) => `class L { static s = c(); static { use(1); } m() {} } use(async () => { ${a} });`),
      tie('body').map((a) => `void (async () => { ${a} })();`),
    ),
  }));

  const program = (body: string): string => `
    import { Mutex } from 'async-mutex';
    export class C {
      flag: any; map = new Map<string, any>(); list: any[] = []; a: any; o: any; mutex = new Mutex();
      async f(x: any, k: string): Promise<any> { ${body} }
    }
  `;

  it('have sound graphs', () => {
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 4 }), (list) => {
        const { model, file } = new Sample(program(list.join('\n')));
        expect(brokenGraphs(model, file)).toEqual([]);
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it('are analysed', () => {
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 4 }), expression, (list, last) => {
        expect(reportOf(program(`${list.join('\n')} return ${last};`)).errors).toEqual([]);
      }),
      { numRuns: 40, seed: 11 },
    );
  });
});

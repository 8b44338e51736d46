/** Generated programs with every kind of statement and expression in every place: their graphs are sound, and analysis ends. */
import fc from 'fast-check';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { createEngine, presets } from '../../src/index.js';
import { virtualProgram } from '../support/virtual.js';
import { brokenGraphs, modelOfProgram, sourceFileOf } from './support.js';

/** Generated parts contain `await` where one may stand; in other functions it is taken out. */
const withoutAwait = (text: string): string => text.replaceAll('await using', 'using').replaceAll('for await', 'for').replaceAll('await ', '');
/** What may only stand in the function of the whole text, and not in one inside it. */
const withoutJumps = (text: string): string => text.replaceAll(/\b(?:break|continue)( outer| block)?;/g, ';').replaceAll('yield* ', '').replaceAll('yield ', '');

const { statement } = fc.letrec<{
  expression: string;
  target: string;
  pattern: string;
  binding: string;
  member: string;
  statement: string;
  body: string;
}>((tie) => {
  const e = tie('expression');
  const a = tie('target');
  const body = tie('body');
  const two = fc.tuple(e, e);
  const map = (make: (text: string) => string): fc.Arbitrary<string> => e.map(make);
  const operators = ['+', '-', '*', '/', '%', '**', '<<', '>>', '>>>', '&', '|', '^', '<', '>=', '==', '!==', 'in', 'instanceof', '&&', '||', '??', ','];
  const assignments = ['=', '+=', '-=', '*=', '**=', '<<=', '>>>=', '&=', '|=', '^=', '&&=', '||=', '??='];
  return {
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('1', '2n', `'s'`, '`t`', '/r/g', 'null', 'undefined', 'x', 'this', 'this.flag', 'this.#secret', 'super.toString', 'new.target', 'import.meta', 'arguments[0]', 'await g()', 'globalThis', '[]', '{}'),
      fc.tuple(e, fc.constantFrom(...operators), e).map(([l, o, r]) => `((${l}) ${o} (${r}))`),
      fc.tuple(a, fc.constantFrom(...assignments), e).map(([t, o, v]) => `(${t} ${o} ${v})`),
      fc.tuple(tie('pattern'), e).map(([p, v]) => `(${p} = ${v})`),
      fc.tuple(a, fc.constantFrom('++', '--')).map(([t, o]) => `(${t}${o})`),
      fc.tuple(a, fc.constantFrom('++', '--')).map(([t, o]) => `(${o}${t})`),
      fc.tuple(fc.constantFrom('!', '~', '-', '+', 'typeof ', 'void '), e).map(([o, v]) => `(${o}(${v}))`),
      a.map((t) => (t === 'x' ? '(typeof x)' : `(delete ${t})`)),
      fc.tuple(e, e, e).map(([c, l, r]) => `(${c} ? ${l} : ${r})`),
      map((v) => `(${v}).p`),
      map((v) => `(${v})?.p?.[c()]`),
      two.map(([v, i]) => `(${v})[${i}]`),
      two.map(([f, v]) => `(${f})(${v}, ...(${v}))`),
      two.map(([f, v]) => `(${f})?.(${v})`),
      two.map(([f, v]) => `new (${f})(${v})`),
      map((v) => `(await (${v}))`),
      map((v) => `(yield ${v})`),
      map((v) => `(yield* ${v})`),
      map((v) => `(await import(String(${v})))`),
      map((v) => `super.m(${v})`),
      map((v) => `(#secret in (${v}))`),
      two.map(([l, r]) => `\`a\${${l}}b\${${r}}\``),
      two.map(([l, r]) => `tag<string>\`a\${${l}}b\${${r}}\``),
      two.map(([l, r]) => `[${l}, , ...(${r})]`),
      fc.tuple(e, e, body).map(([k, v, b]) => `({ x, p: ${v}, [String(${k})]: 1, ...(${v}), get q() { ${withoutJumps(withoutAwait(b))} return 1; }, set q(z) { use(z); }, async m() { ${withoutJumps(b)} }, *n() { yield 1; }, async *o() { yield await 1; } })`),
      map((v) => `((${v}) as never)`),
      map((v) => `(<any>(${v}))`),
      map((v) => `((${v})!)`),
      map((v) => `((${v}) satisfies unknown)`),
      map((v) => `(g<typeof x>)(${v})`),
      map((v) => `(async (y = 1, { z } = x, ...rest) => ${withoutJumps(v)})`),
      body.map((b) => `(async () => { ${withoutJumps(b)} })()`),
      body.map((b) => `(function named() { ${withoutJumps(withoutAwait(b))} })`),
      body.map((b) => `(async function* () { ${withoutJumps(b)} yield 1; })`),
      fc.tuple(tie('member'), e).map(([m, v]) => `(class Named extends (${v}) { ${m} })`),
      map((v) => `g().then((v) => (${withoutJumps(withoutAwait(v))}), () => c()).catch(c).finally(() => { c(); })`),
      map((v) => `(await this.mutex.runExclusive(async () => (${withoutJumps(v)})))`),
      map((v) => `(await Promise.all([${v}, ...x.map(async (each: any) => { await each; this.flag = each; })]))`),
      map((v) => `(await new Promise((resolve, reject) => { if (c()) reject(1); resolve(${withoutJumps(withoutAwait(v))}); }))`),
    ),
    target: fc.oneof({ depthSize: 'xsmall' }, fc.constantFrom('x', 'this.flag', 'this.#secret', 'this.map[k]', 'shared'), map((v) => `(${v} as never).p`), two.map(([o, i]) => `(${o} as never)[${i}]`)),
    pattern: fc.oneof(
      fc.tuple(a, e, a).map(([t, d, r]) => `[${t} = ${d}, , ...${r}]`),
      fc.tuple(a, e, a).map(([t, d, r]) => `({ p: ${t} = ${d}, [c()]: ${r} } = x, { x } = x), [x]`),
    ),
    binding: fc.oneof(fc.constantFrom('y', '[y, , ...z]', '{ y, ...z }'), map((v) => `{ p: y = ${v}, q: [z = 1] = [] }`)),
    member: fc.oneof(
      { depthSize: 'xsmall' },
      body.map((b) => `static { ${withoutJumps(withoutAwait(b))} }`),
      body.map((b) => `async m(this: any, y?: number) { ${withoutJumps(b)} }`),
      body.map((b) => `async *n() { ${withoutJumps(b)} yield 1; }`),
      body.map((b) => `constructor(readonly y: any) { super(y); ${withoutJumps(withoutAwait(b))} }`),
      body.map((b) => `get #p() { ${withoutJumps(withoutAwait(b))} return 1; } set #p(z) { use(z); }`),
      map((v) => `@deco static accessor q = ${withoutJumps(withoutAwait(v))}; [key: string]: any; declare r: string; static s = 1;`),
    ),
    body: fc.array(tie('statement'), { maxLength: 2, size: 'small' }).map((list) => list.join('\n')),
    statement: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(';', 'debugger;', 'if (c()) return;', 'var hoisted;', 'type T = string;', 'interface I { p: 1 }', 'if (c()) break outer;', 'if (c()) continue outer;', 'if (c()) break;', 'if (c()) continue;'),
      map((v) => `use(${v});`),
      map((v) => `${v.startsWith('{') || /^(?:class|function|async|let)\b/.test(v) ? 'void ' : ''}(${v});`),
      map((v) => `if (c()) return ${v};`),
      map((v) => `if (c()) throw ${v};`),
      fc.tuple(tie('binding'), e).map(([b, v]) => `{ const ${b} = ${v}; use(y); }`),
      two.map(([v, w]) => `{ let y = ${v}, z = ${w}; var w; use(y, z, w); }`),
      map((v) => `{ using y = ${v}; await using z = ${v}; }`),
      body.map((b) => `{ ${b} }`),
      body.map((b) => `block: { if (c()) break block; ${b} }`),
      fc.tuple(e, body, body).map(([c, l, r]) => `if (${c}) { ${l} } else { ${r} }`),
      fc.tuple(e, body).map(([c, b]) => `while (${c}) { ${b} }`),
      fc.tuple(e, body).map(([c, b]) => `do { ${b} } while (${c});`),
      fc.tuple(e, e, e, body).map(([i, c, u, b]) => `for (let y = ${i}; ${c}; ${u}) { ${b} }`),
      fc.tuple(body).map(([b]) => `endless: for (;;) { ${b} if (c()) break endless; }`),
      fc.tuple(tie('binding'), e, body).map(([p, v, b]) => `for (const ${p} of ${v.includes(',') ? `(${v})` : v}) { ${b} }`),
      fc.tuple(a, e, body).map(([t, v, b]) => `for (${t} of (${v})) { ${b} }`),
      fc.tuple(a, e, body).map(([t, v, b]) => `for (${t} in (${v})) { ${b} }`),
      fc.tuple(e, body).map(([v, b]) => `for await (const y of (${v})) { ${b} }`),
      fc.tuple(e, e, body, body, body).map(([v, w, l, m, r]) => `switch (${v}) { case ${w}: ${l} default: ${m} case 2: { ${r} } }`),
      fc.tuple(body, body, body).map(([b, h, f]) => `try { ${b} } catch ({ message }) { ${h} use(message); } finally { ${f} }`),
      fc.tuple(body, body).map(([b, h]) => `try { ${b} } catch { ${h} }`),
      fc.tuple(body, body).map(([b, f]) => `try { ${b} } finally { ${f} }`),
      body.map((b) => `async function inner(y: any) { ${withoutJumps(b)} } void inner(1);`),
      tie('member').map((m) => `class Inner extends Object { ${m} }`),
      map((v) => `enum E { A = 1, B = A << 1 } namespace N { export const p = ${withoutJumps(withoutAwait(v))}; }`.replaceAll('this', 'x').replaceAll(/enum .*? namespace \w+ \{.*\}$/gs, 'use(1);')),
    ),
  };
});

const moduleOf = (functions: readonly string[]): string => `
  import { Mutex } from 'async-mutex';
  declare const c: any, g: any, use: any, tag: any, deco: any, k: any;
  let shared: any;
  enum Top { A = 1, B = A << 1 }
  namespace Inside { export const p = Top.A; export import q = Inside.p; }
  export class Sample extends Object {
    flag: any; map: any = {}; #secret: any; mutex = new Mutex();
    m(y: any): any { return y; }
${functions.map((body, index) => `    ${index % 2 === 0 ? 'async *' : 'async '}f${index}(x: any): any { outer: for (;;) { ${index % 2 === 0 ? body : withoutYield(body)} } }`).join('\n')}
  }
  export { shared as default, Top };
  export = Inside;
`;
const withoutYield = (text: string): string => text.replaceAll('yield* ', '').replaceAll('yield ', '');

const functions = fc.array(
  fc.array(statement, { minLength: 1, maxLength: 3 }).map((list) => list.join('\n')),
  { minLength: 6, maxLength: 6 },
);

/** Kinds that are seen while an engine looks at the samples. */
const seenKinds = new Set<ts.SyntaxKind>();

function kindsIn(node: ts.Node): void {
  seenKinds.add(node.kind);
  ts.forEachChild(node, kindsIn);
}

/** Every expression and statement of the language, by the compiler's own numbering. */
function kindsBetween(first: ts.SyntaxKind, last: ts.SyntaxKind): string[] {
  const kinds: string[] = [];
  for (let kind: ts.SyntaxKind = first; kind <= last; kind += 1) kinds.push(ts.SyntaxKind[kind]);
  return kinds;
}

describe('programs of all kinds of syntax', () => {
  it('have sound graphs', () => {
    fc.assert(
      fc.property(functions, (bodies) => {
        const program = virtualProgram({ 'sample.ts': moduleOf(bodies) });
        const file = sourceFileOf(program, 'sample.ts');
        kindsIn(file);
        expect(brokenGraphs(modelOfProgram(program), file)).toEqual([]);
      }),
      { numRuns: 40, seed: 5 },
    );
  });

  it('are analysed', () => {
    fc.assert(
      fc.property(functions, (bodies) => {
        const program = virtualProgram({ 'sample.ts': moduleOf(bodies) });
        const file = sourceFileOf(program, 'sample.ts');
        kindsIn(file);
        expect(createEngine(ts, program).analyzeFile(file, presets.all).errors).toEqual([]);
      }),
      { numRuns: 25, seed: 13 },
    );
  });

  it('leave out no kind of expression and of statement', () => {
    const { SyntaxKind } = ts;
    const all = new Set([
      ...kindsBetween(SyntaxKind.ArrayLiteralExpression, SyntaxKind.SatisfiesExpression),
      ...kindsBetween(SyntaxKind.FirstStatement, SyntaxKind.LastStatement),
    ]);
    const seen = new Set([...seenKinds].map((kind) => SyntaxKind[kind]));
    // `with` is no statement of modules, and the compiler makes the other two itself
    const elsewhere = ['WithStatement', 'SyntheticExpression', 'OmittedExpression'];
    expect([...all].filter((kind) => !seen.has(kind) && !elsewhere.includes(kind))).toEqual([]);
  });
});

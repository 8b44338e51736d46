import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { buildScopes } from '../../src/syntax/scopes.js';
import type { Binding, FileScopes } from '../../src/syntax/scopes.js';

interface Resolved {
  readonly scopes: FileScopes;
  /** What the n-th mention of the name means, counted from 0; declarations count. */
  readonly at: (name: string, index: number) => Binding | undefined;
}

function resolved(text: string): Resolved {
  const file = ts.createSourceFile('sample.ts', text, ts.ScriptTarget.Latest, true);
  const scopes = buildScopes(ts, file);
  const mentions = (name: string): ts.Identifier[] => {
    const found: ts.Identifier[] = [];
    const walk = (node: ts.Node): void => {
      if (ts.isIdentifier(node) && node.text === name) found.push(node);
      ts.forEachChild(node, walk);
    };
    walk(file);
    return found;
  };
  return {
    scopes,
    at: (name, index) => {
      const mention = mentions(name)[index];
      if (mention === undefined) throw new Error(`no mention ${index} of ${name}`);
      return scopes.resolve(mention);
    },
  };
}

/** Whether both mentions mean the same declaration. */
function isSame(text: string, name: string, left: number, right: number): boolean {
  const { at } = resolved(text);
  const binding = at(name, left);
  return binding !== undefined && binding === at(name, right);
}

describe('what a name means', () => {
  it.each([
    ['a variable declared with var belongs to its function', 'function f() { use(x); { var x = 1; } return x; }', 0, 2, true],
    ['a function is seen before it is declared', 'x(); function x() {}', 0, 1, true],
    ['a block hides the outer name', 'let x = 1; { let x = 2; use(x); }', 0, 2, false],
    ['a block means its own name', 'let x = 1; { let x = 2; use(x); }', 1, 2, true],
    ['a block that has ended hides nothing', 'let x = 1; { let x = 2; } use(x);', 0, 2, true],
    ['a parameter hides the outer name', 'let x = 1; function f(x: number) { return x; }', 1, 2, true],
    ['a default sees the parameter before it', 'function f(x = 1, y = x) {}', 0, 1, true],
    ['a loop has a scope of its own', 'let x = 1; for (let x = 0; x < 1; x++) {} use(x);', 0, 4, true],
    ['the body of for-of sees the loop variable', 'let x = 1; for (const x of list) use(x);', 1, 2, true],
    ['a catch clause has a scope of its own', 'let x = 1; try {} catch (x) { use(x); }', 1, 2, true],
    ['a switch is one scope', 'switch (k) { case 1: let x = 1; break; default: use(x); }', 0, 1, true],
    ['a class is seen in its own methods', 'class x { m() { return x; } }', 0, 1, true],
    ['a named function expression is seen inside only', 'let x = 1; use(function x() {}); use(x);', 0, 2, true],
    ['a named class expression means itself inside', 'let x = 1; use(class x { m() { return x; } });', 1, 2, true],
    ['a static block has a scope of its own', 'let x = 1; class C { static { var x = 2; use(x); } }', 1, 2, true],
    ['a pattern declares its names', 'const { a: { b: x }, ...y } = o; use(x);', 0, 1, true],
    ['an array pattern declares its names', 'const [, x = 1] = o; use(x);', 0, 1, true],
    ['a closure sees the variable around it', 'function f() { let x = 1; return () => x; }', 0, 1, true],
    ['an import is seen everywhere', "use(x); import { y as x } from 'z';", 0, 1, true],
  ])('%s', (_name, text, left, right, expected) => {
    expect(isSame(text, 'x', left, right)).toBe(expected);
  });

  it('leaves globals alone', () => {
    expect(resolved('use(x);').at('x', 0)).toBeUndefined();
  });
});

describe('what a declaration is', () => {
  it.each([
    ['const x = 1;', 'variable'],
    ['function x() {}', 'function'],
    ['class x {}', 'class'],
    ['enum x { a }', 'other'],
    ["import x from 'y';", 'import'],
    ["import * as x from 'y';", 'import'],
    ['function f(x: number) {}', 'parameter'],
    ['function f({ a: [x] }: T) {}', 'parameter'],
    ['try {} catch (x) {}', 'variable'],
  ])('%s', (text, kind) => {
    expect(resolved(text).at('x', 0)?.kind).toBe(kind);
  });

  it.each([
    ['export const x = 1;', true],
    ['export function x() {}', true],
    ['export class x {}', true],
    ['const x = 1; export { x };', true],
    ['const x = 1; export { x as y };', true],
    ['const x = 1; export default x;', true],
    ['export const { a: [x] } = o;', true],
    ["export { x } from 'y'; const x = 1;", false],
    ['const y = 1; export { y as x }; const x = 2;', false],
    ['const x = 1;', false],
  ])('%s is exported: %s', (text, isExported) => {
    const binding = resolved(text).scopes.topLevel('x');
    expect(binding?.isExported).toBe(isExported);
  });

  it.each([
    ['x = 2;', 1],
    ['x += 2; x++; --x;', 3],
    ['x ??= 2;', 1],
    ['[x] = list;', 1],
    ['[x = 1, ...x] = list;', 2],
    ['({ x } = o);', 1],
    ['({ a: x, ...x } = o);', 2],
    ['for (x of list) {}', 1],
    ['for (x in table) {}', 1],
    ['(x as number) = 2;', 1],
    ['{ let x = 1; x = 2; }', 0],
    ['use(x); x.y = 1;', 0],
  ])('%s assigns it %i times', (text, count) => {
    expect(resolved(`let x = 0; ${text}`).scopes.topLevel('x')?.assignments).toHaveLength(count);
  });

  it('knows its owner', () => {
    const { at, scopes } = resolved('let top = 1; function f() { { let x = 1; } }');
    const owner = at('x', 0)?.owner;
    expect(owner !== undefined && ts.isFunctionDeclaration(owner)).toBe(true);
    expect(ts.isSourceFile(scopes.topLevel('top')?.owner ?? ts.factory.createNull())).toBe(true);
  });

  it('is one binding, exported or not', () => {
    const { at, scopes } = resolved('const x = 1; export { x }; use(x);');
    expect(at('x', 2)).toBe(scopes.topLevel('x'));
    expect(at('x', 2)?.isExported).toBe(true);
  });
});

import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { contents, field, maximumPathLength, mayAlias, project, rebase, rootPlace, writeAffectsRead } from '../../src/places/place.js';
import type { Place } from '../../src/places/place.js';
import { createPlaceResolver } from '../../src/places/resolve.js';
import { buildScopes } from '../../src/syntax/scopes.js';

/** The places of the arguments of the calls of `see`, in order. */
function seen(text: string): (Place | undefined)[] {
  const file = ts.createSourceFile('sample.ts', text, ts.ScriptTarget.Latest, true);
  const places = createPlaceResolver(ts, buildScopes(ts, file), { variableOf: () => undefined, functionOf: () => undefined }, () => undefined);
  const found: (Place | undefined)[] = [];
  const walk = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === 'see') found.push(...node.arguments.map((argument) => places.placeOf(argument)));
    ts.forEachChild(node, walk);
  };
  walk(file);
  return found;
}

const inMethod = (body: string): string => `const top = {}; class C { m(key: string, other: string, options: any) { ${body} } }`;

describe('places of expressions', () => {
  it.each([
    ['see(this.a.b)', 'this.a.b'],
    ["see(this.a['b'])", 'this.a.b'],
    ['see(this.a[key])', 'this.a[key]'],
    ['see(this.map.get(key)!.count)', 'this.map[key].count'],
    ['see((this.a as any).b)', 'this.a.b'],
    ['see(this?.a?.b)', 'this.a.b'],
    ['see(this.#secret)', 'this.#secret'],
    ['see(this.a ?? other)', 'this.a'],
    ['see(top)', 'top'],
    ['see(globalThis.x)', 'globalThis.x'],
    ['see(this.list.find((item) => item))', 'this.list'],
    ['see(f().a)', undefined],
    ['see(undefined)', undefined],
    ['see(1)', undefined],
  ])('%s is %s', (call, text) => {
    expect(seen(inMethod(call)).map((place) => place?.text)).toEqual([text]);
  });

  it.each([
    ['a local that only renames', 'const cache = this.cache; see(cache.x, this.cache.x);', true],
    ['a pattern that only renames', 'const { cache: mine } = this; see(mine, this.cache);', true],
    ['a nested pattern', 'const { a: { b } } = this; see(b, this.a.b);', true],
    ['an array pattern', "const [first] = this.list; see(first, this.list['0']);", true],
    ['a rename of a rename', 'const a = this.a; const b = a.b; see(b, this.a.b);', true],
    ['a local that is assigned again', 'let cache = this.cache; cache = other; see(cache, this.cache);', false],
    ['the rest of a pattern', 'const { ...all } = this.table; see(all, this.table);', false],
    ['the item of a loop', 'for (const item of this.list) see(item.x, this.list.at(key)!.x);', false],
    ['the parameter of an array callback', 'this.list.forEach((item) => see(item)); for (const one of this.list) see(one);', true],
    ['equal keys', 'see(this.a[key], this.a.get(key));', true],
    ['other keys', 'see(this.a[key], this.a[other]);', false],
    ['equal templates', 'see(this.a[`${key}:1`], this.a[`${key}:1`]);', true],
    ['a key kept in a constant', 'const k = `${key}:1`; see(this.a[k], this.a[`${key}:1`]);', true],
    ['equal calls', 'see(this.a[this.keyOf(key)], this.a[this.keyOf(key)]);', true],
    ['calls with other arguments', 'see(this.a[this.keyOf(key)], this.a[this.keyOf(other)]);', false],
    ['a literal key and a field', "see(this.a.get('b'), this.a.b);", true],
    ['a shadowed name', 'const x = this.x; { const x = this.y; see(x); } see(x);', false],
  ])('%s', (_name, body, isEqual) => {
    const [left, right] = seen(inMethod(body));
    expect(left?.key === right?.key).toBe(isEqual);
  });

  it('ends where names rename each other', () => {
    expect(seen('const a = b; const b = a; see(a);').map((place) => place?.root.kind)).toEqual(['variable']);
  });

  it('gives up on long paths', () => {
    const path = '.a'.repeat(maximumPathLength);
    expect(seen(inMethod(`see(this${path}, this${path}.a)`)).map((place) => place?.path.length)).toEqual([maximumPathLength, undefined]);
  });
});

describe('writes and reads', () => {
  const root = rootPlace({ kind: 'this', owner: undefined });
  const table = project(root, field('table'));
  const at = (key: string): Place => project(table, { kind: 'element', key, text: key });
  const all = project(table, contents);

  it.each([
    ['a place and itself', table, table, true],
    ['a holder and what it holds', table, at('k'), true],
    ['an element and its holder', at('k'), table, false],
    ['an element and itself', at('k'), at('k'), true],
    ['two elements', at('k'), at('l'), false],
    ['all elements and one', all, at('k'), true],
    ['one element and all', at('k'), all, true],
    ['a field and another', project(root, field('a')), project(root, field('b')), false],
    ['a field of one root and of another', project(root, field('a')), project(rootPlace({ kind: 'global', name: 'g' }), field('a')), false],
    ['an element and a field', at('k'), project(table, field('k')), false],
  ])('%s', (_name, written, read, expected) => {
    expect(writeAffectsRead(written, read)).toBe(expected);
  });

  it('alias only at equal depth', () => {
    expect([mayAlias(table, at('k')), mayAlias(all, at('k'))]).toEqual([false, true]);
  });

  it('moves to another root', () => {
    const service = project(root, field('service'));
    expect(rebase(at('k'), service)?.text).toBe('this.service.table[k]');
    const deep = project(root, ...Array.from({ length: maximumPathLength }, () => field('a')));
    expect(rebase(table, deep)).toBeUndefined();
  });
});

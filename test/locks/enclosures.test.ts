/** Functions that are critical sections because of what stands around them. */
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import type { EnclosingSection } from '../../src/locks/operation.js';
import { isFunctionNode } from '../../src/syntax/functions.js';
import { matcherOfSources } from './support.js';

function sections(source: string): EnclosingSection[] {
  const matched = matcherOfSources({ 'a.ts': source });
  const found: EnclosingSection[] = [];
  const walk = (node: ts.Node): void => {
    const section = isFunctionNode(ts, node) ? matched.matcher.sectionAround(node) : undefined;
    if (section !== undefined) found.push(section);
    ts.forEachChild(node, walk);
  };
  walk(matched.file('a.ts'));
  return found;
}

describe('decorators of libraries', () => {
  it('lock each method by itself', () => {
    const [first, second] = sections(
      "import { Mutex } from '@hitorisensei/mutex-decorator'; export class A { @Mutex() async b() {} @Mutex() async c() {} async d() {} }",
    );
    expect(first).toMatchObject({ mode: 'exclusive', reentrant: false, text: '@Mutex()' });
    expect(second?.key).not.toBe(first?.key);
  });

  it('or all methods with the same key', () => {
    const [first, second, third] = sections(
      "import { Redlock } from '@nestjs-redis/lock'; export class A { @Redlock('x') async b() {} @Redlock('x') async c() {} @Redlock('y') async d() {} }",
    );
    expect(second?.key).toBe(first?.key);
    expect(third?.key).not.toBe(first?.key);
  });

  it('in the mode that an argument says', () => {
    const found = sections("import { rwlockfile } from 'rwlockfile'; export class A { @rwlockfile('file', 'read') async b() {} @rwlockfile('file', 'write') async c() {} }");
    expect(found.map(({ mode }) => mode)).toEqual(['shared', 'exclusive']);
  });

  it('but other decorators do not', () => {
    expect(sections("import { Get } from '@nestjs/common'; export class A { @Get() async b() {} }")).toEqual([]);
  });
});

describe('functions that are handed to a queue', () => {
  it.each([
    ["import { limitFunction } from 'p-limit'; export const f = limitFunction(async () => 1, { concurrency: 1 });", 'exclusive'],
    ["import { limitFunction } from 'p-limit'; export const f = limitFunction(async () => 1, { concurrency: 2 });", 'counting'],
    ["import fastq from 'fastq'; export const q = fastq.promise(async () => {}, 1);", 'exclusive'],
    ["import { queue } from 'async'; export const q = queue(async () => {});", 'exclusive'],
    ["import { queue } from 'async'; declare const size: number; export const q = queue(async () => {}, size);", 'counting'],
  ])('%s', (source, mode) => {
    expect(sections(source).map((section) => section.mode)).toEqual([mode]);
  });
});

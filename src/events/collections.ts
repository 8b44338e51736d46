/** What the methods of collections do to their receiver, by name; the receiver's type is asked for only when it matters. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { elementCallbacks } from '../syntax/array-methods.js';

export interface CollectionEffect {
  /** Which element is read: that of the key in the first argument, or all of them. */
  readonly reads?: 'key' | 'all';
  readonly writes?: 'key' | 'all';
  readonly how?: 'assign' | 'add' | 'remove' | 'mutate';
}

const effects: Readonly<Record<string, CollectionEffect>> = {
  has: { reads: 'key' },
  get: { reads: 'key' },
  getItem: { reads: 'key' },
  at: { reads: 'key' },
  includes: { reads: 'all' },
  indexOf: { reads: 'all' },
  lastIndexOf: { reads: 'all' },
  find: { reads: 'all' },
  findLast: { reads: 'all' },
  findIndex: { reads: 'all' },
  some: { reads: 'all' },
  every: { reads: 'all' },
  filter: { reads: 'all' },
  map: { reads: 'all' },
  flatMap: { reads: 'all' },
  forEach: { reads: 'all' },
  reduce: { reads: 'all' },
  join: { reads: 'all' },
  slice: { reads: 'all' },
  concat: { reads: 'all' },
  keys: { reads: 'all' },
  values: { reads: 'all' },
  entries: { reads: 'all' },
  set: { writes: 'key', how: 'assign' },
  setItem: { writes: 'key', how: 'assign' },
  add: { writes: 'key', how: 'add' },
  delete: { writes: 'key', how: 'remove' },
  removeItem: { writes: 'key', how: 'remove' },
  push: { writes: 'all', how: 'add' },
  unshift: { writes: 'all', how: 'add' },
  pop: { reads: 'all', writes: 'all', how: 'remove' },
  shift: { reads: 'all', writes: 'all', how: 'remove' },
  splice: { writes: 'all', how: 'remove' },
  clear: { writes: 'all', how: 'remove' },
  sort: { writes: 'all', how: 'mutate' },
  reverse: { writes: 'all', how: 'mutate' },
  fill: { writes: 'all', how: 'mutate' },
  copyWithin: { writes: 'all', how: 'mutate' },
};

export function collectionEffect(method: string): CollectionEffect | undefined {
  return Object.hasOwn(effects, method) ? effects[method] : undefined;
}

/** Properties that tell how many elements there are. */
export const sizeProperties: ReadonlySet<string> = new Set(['length', 'size']);

/** `rows.length`; `this.size` is a field like any other, of an object that says so itself. */
export function asksForSize(compiler: Compiler, { name, expression }: ts.PropertyAccessExpression): boolean {
  return sizeProperties.has(name.text) && expression.kind !== compiler.SyntaxKind.ThisKeyword;
}

/** Methods that hand out a view which reads the collection later. */
export const lazyViews: ReadonlySet<string> = new Set(['keys', 'values', 'entries']);

/** Methods that run their first argument before they return. */
export const synchronousCallbacks: ReadonlySet<string> = new Set([
  ...elementCallbacks,
  'reduce',
  'reduceRight',
  'sort',
  'toSorted',
]);

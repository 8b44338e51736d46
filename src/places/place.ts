/**
 * Places: abstract memory locations.
 *
 * A place is a root (an object's `this`, a variable, a global) and an access path. Two expressions with equal keys
 * denote the same location as far as syntax can tell. Access paths are enough for the questions asked here; RacerD
 * (Blackshear et al., OOPSLA 2018) came to the same conclusion for races between threads.
 */
import type { ThisOwner } from '../syntax/functions.js';
import type { Binding } from '../syntax/scopes.js';

export type Root =
  | { readonly kind: 'this'; readonly owner: ThisOwner | undefined }
  | { readonly kind: 'variable'; readonly binding: Binding }
  | { readonly kind: 'global'; readonly name: string }
  /** State outside the process, named by the API that reaches it: files, or one repository's rows. */
  | { readonly kind: 'external'; readonly name: string; readonly text: string };

/**
 * One step of an access path. An element without a key stands for all elements of a collection. A row outside the process
 * has terms: the expressions that a call of its API mentions.
 */
export type Projection =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'element'; readonly key: string | undefined; readonly text: string; readonly terms?: readonly string[] };

export interface Place {
  /** Equal for equal places. */
  readonly key: string;
  readonly root: Root;
  readonly path: readonly Projection[];
  /** As a programmer would write it: `this.cache[key]`. */
  readonly text: string;
}

/** The key of the place that a variable is. */
export function variableKey({ id }: Binding): string {
  return `v${id}`;
}

/** Equal for equal roots, but for the owner of `this`. */
export function rootKey(root: Root): string {
  switch (root.kind) {
    case 'this':
      return 'this';
    case 'variable':
      return variableKey(root.binding);
    case 'global':
      return `g:${root.name}`;
    case 'external':
      return `x:${root.name}`;
  }
}

function rootText(root: Root): string {
  switch (root.kind) {
    case 'this':
      return 'this';
    case 'variable':
      return root.binding.name;
    case 'global':
      return root.name;
    case 'external':
      return root.text;
  }
}

/** The name by which every function that sees the place begins: that of its variable, or of its first field. */
export function firstName({ root, path }: Place): string | undefined {
  if (root.kind === 'variable') return root.binding.name;
  const first = path.find((projection) => projection.kind === 'field');
  return first?.kind === 'field' ? first.name : undefined;
}

/** What the place is called: its last field, or its variable; an element is called like its collection. */
export function lastName({ root, path }: Place): string | undefined {
  const last = path.findLast((projection) => projection.kind === 'field');
  if (last?.kind === 'field') return last.name;
  return root.kind === 'variable' ? root.binding.name : undefined;
}

/** Equal for projections that denote the same step. */
export function projectionKey(projection: Projection): string {
  return projection.kind === 'field' ? `.${projection.name}` : `[${projection.key ?? '*'}]`;
}

function projectionText(projection: Projection): string {
  if (projection.kind === 'field') return projection.name.startsWith(instanceMark) ? '' : `.${projection.name}`;
  return projection.key === undefined ? '' : `[${projection.text}]`;
}

export function rootPlace(root: Root): Place {
  return { key: rootKey(root), root, path: [], text: rootText(root) };
}

export function project(base: Place, ...projections: readonly Projection[]): Place {
  if (projections.length === 0) return base;
  return {
    key: base.key + projections.map(projectionKey).join(''),
    root: base.root,
    path: [...base.path, ...projections],
    text: base.text === '' ? textOf(projections) : base.text + projections.map(projectionText).join(''),
  };
}

/** The object or collection that the place lies in: the place without its last step. */
export function holderOf({ root, path }: Place): Place {
  return project(rootPlace(root), ...path.slice(0, -1));
}

/** The variable that the place is, with nothing of what is in it. */
export function wholeVariable(place: Place | undefined): Binding | undefined {
  return place?.root.kind === 'variable' && place.path.length === 0 ? place.root.binding : undefined;
}

/** A root without a text of its own is known by what is projected from it: a file by its path. */
function textOf(projections: readonly Projection[]): string {
  return projections.map((projection) => (projection.kind === 'element' ? projection.text : projection.name)).join('.');
}

export function field(name: string): Projection {
  return { kind: 'field', name };
}

/** No name begins with it. */
const instanceMark = '&';

/** Tells the variables of one object's closures from those of another object that the same factory made. */
export function instance(receiver: Place): Projection {
  return field(instanceMark + receiver.key);
}

export function isOfInstance({ path }: Place): boolean {
  const [first] = path;
  return first?.kind === 'field' && first.name.startsWith(instanceMark);
}

/** A variable of the closures of the very object that is in the place. */
export function isOfInstanceIn({ path }: Place, receiver: Place): boolean {
  const [first] = path;
  return first?.kind === 'field' && first.name === instanceMark + receiver.key;
}

/** All elements of a collection: what `size`, iteration and `push` speak of. */
export const contents: Projection = { kind: 'element', key: undefined, text: '*' };

/** Stands before a key that a function computes from nothing but its arguments: with others in their place it is another key. */
export const pureCallMark = 'ƒ';

/** Depth beyond which paths are cut, so that recursive data cannot make endless places. */
export const maximumPathLength = 6;

/** A place behind more fields than these belongs to one of the objects in between, which may guard it. */
const maximumDistance = 2;

/** Whether the place lies so far inside other objects that it is theirs to guard. What an entry holds is as near as its collection. */
export function isDistant({ path }: Place): boolean {
  const entry = path.findIndex(({ kind }) => kind === 'element');
  return (entry < 0 ? path.length : entry) > maximumDistance;
}

/**
 * Whether a write to `written` changes what a read of `read` saw: the written place is the read one, or holds it.
 * An unknown element matches every element of the same collection.
 */
export function writeAffectsRead(written: Place, read: Place): boolean {
  if (written.key === read.key) return true;
  if (written.path.length > read.path.length || rootKey(written.root) !== rootKey(read.root)) return false;
  return written.path.every((projection, index) => {
    const other = read.path[index];
    return other !== undefined && projectionsMayMatch(projection, other);
  });
}

/** Whether the inner place lies in the object that is in the outer one. */
export function holds(outer: Place, inner: Place): boolean {
  return outer.path.length < inner.path.length && writeAffectsRead(outer, inner);
}

/** Whether both paths may denote one location. */
export function mayAlias(left: Place, right: Place): boolean {
  return left.path.length === right.path.length && writeAffectsRead(left, right);
}

function projectionsMayMatch(left: Projection, right: Projection): boolean {
  if (left.kind === 'element' && right.kind === 'element') {
    if (left.terms !== undefined && right.terms !== undefined) return speaksOf(left.terms, right.terms);
    return left.key === right.key || left.key === undefined || right.key === undefined;
  }
  return projectionKey(left) === projectionKey(right);
}

/** Who writes a row mentions all that it was looked up by, or an object that holds it. */
function speaksOf(written: readonly string[], read: readonly string[]): boolean {
  return read.every((term) => written.some((own) => own === term || term.startsWith(`${own}.`) || term.startsWith(`${own}[`)));
}

/** The place seen from a caller: the root replaced by what the caller passed for it. */
export function rebase(place: Place, base: Place): Place | undefined {
  if (base.path.length + place.path.length > maximumPathLength) return undefined;
  return project(base, ...place.path);
}

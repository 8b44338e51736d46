/** One of the ways in which a value leads to a shared object, and what is known of it on its way from hand to hand. */
import type { ts } from '../../compiler/compiler.js';
import type { Event, LockReference } from '../../events/event.js';
import { type Place, project, rootPlace } from '../../places/place.js';

export interface Reference {
  readonly kind: 'object' | 'view' | 'closure' | 'promise';
  /** What is reached; for views and closures the collection they read. */
  readonly place: Place;
  /** How many levels of the object are copied: 0 hands out the object itself, 1 only what it holds. */
  readonly depth: 0 | 1;
  /** The event of the asking graph at which it was taken. */
  readonly event: Event;
  /** The expression that took it. */
  readonly node: ts.Node;
  /** What the callback of a section or continuation returned it by, where one did. */
  readonly handedOut: ts.Node | undefined;
  /** Locks that a callee took, held while it took the reference, and released before it returned. */
  readonly released: readonly LockReference[];
  /** Properties of object literals under which it lies. */
  readonly inside: readonly string[];
  /** Members that a copy replaces: `{ ...row, tags: [...row.tags] }`. */
  readonly except: readonly string[];
  /** A view of the keys, which are values and not parts of the collection. */
  readonly isOfKeys: boolean;
  /** It was not read through a local: the event of a deeper look is the deeper look's. */
  readonly isDirect: boolean;
}

export function reference(kind: Reference['kind'], place: Place, event: Event, node: ts.Node): Reference {
  return { kind, place, depth: 0, event, node, handedOut: undefined, released: [], inside: [], except: [], isOfKeys: false, isDirect: true };
}

/** More than this behind one value tells nothing any more. */
const maximumReferences = 32;

export function distinct(references: readonly Reference[]): readonly Reference[] {
  if (references.length < 2) return references;
  const byKey = new Map<string, Reference>();
  for (const item of references) {
    const { kind, place, depth, event, handedOut } = item;
    const key = `${kind}:${place.key}:${depth}:${event.block}:${event.index}:${handedOut?.pos ?? -1}`;
    if (!byKey.has(key)) byKey.set(key, item);
  }
  return [...byKey.values()].slice(0, maximumReferences);
}

/** Of an element its collection, which is what the reader depends on. */
export function collectionOf(place: Place): Place {
  const last = place.path.findLastIndex((projection) => projection.kind !== 'element');
  return project(rootPlace(place.root), ...place.path.slice(0, last + 1));
}

/** A copy of the objects: what they hold is handed out, and they themselves are not. */
export function shallow(base: readonly Reference[]): Reference[] {
  return base.flatMap((item): Reference[] =>
    (item.kind === 'object' || item.kind === 'view') && !item.isOfKeys ? [{ ...item, kind: 'object', depth: 1 }] : [],
  );
}

/** Put into an object literal under the name. */
export function within(base: readonly Reference[], name: string): Reference[] {
  return base.map((item) => ({ ...item, inside: [name, ...item.inside] }));
}

/** What has been waited for has come to its end. */
export function settled(base: readonly Reference[]): Reference[] {
  return base.filter((item) => item.kind !== 'promise');
}

/**
 * Who changes an object in place: the writers of a place among the functions that share its root.
 *
 * A place that is only ever assigned as a whole holds snapshots; a reference to one stays what it was. Only a change
 * inside the object shows through a reference that was handed out.
 */
import { eventsOf, type Graph } from '../cfg/graph.js';
import type { ts } from '../compiler/compiler.js';
import { collectionEffect } from '../events/collections.js';
import type { CallEvent, Event, LockReference } from '../events/event.js';
import { contents, firstName, type Place, project, type Projection, rebase, rootPlace } from '../places/place.js';
import { type Activation, enclosingActivation, propertyNameText } from '../syntax/functions.js';
import { isWithin } from '../syntax/tree.js';
import { contextOf } from './contexts.js';
import { parametersEndedBy } from './endings.js';
import { type HeldLock, heldLocks } from './held-locks.js';
import { createModelCache, type ProgramModel } from './program-model.js';
import { substitute } from './provenance.js';
import { referencesOf } from './references.js';
import { summarize } from './summary.js';

export interface Mutation {
  readonly place: Place;
  readonly graph: Graph;
  readonly event: Event;
  /** `data` changes what the object holds; `end` closes it or gives up a share in it; `share` takes one. */
  readonly nature: 'data' | 'end' | 'share';
  /** A method name was taken for a collection's: the receiver must turn out to be one. */
  readonly collection: ts.Expression | undefined;
}

/** Methods that end an object's life, or one holder's part in it. */
const ends = /^(?:close|dispose|destroy|release|end|terminate|shutdown|disconnect|unref|free|decref|kill|stop)(?:Async|Now|Sync)?$/i;
/** Methods that take part in an object's life. */
const shares = /^(?:retain|tryRetain|addRef|incref|ref|acquire|open|connect|start|pin)$/i;

export function natureOfMethod(name: string | undefined): Mutation['nature'] {
  if (name === undefined) return 'data';
  if (ends.test(name)) return 'end';
  return shares.test(name) ? 'share' : 'data';
}

/** Changes of the object that the place holds, or of something at least `depth` levels inside it. */
export function mutationsOf(model: ProgramModel, place: Place, depth: number): readonly Mutation[] {
  const scope = scopeOf(place);
  if (scope === undefined) return [];
  return mutationsIn(model, scope).filter((mutation) => {
    if (!mayReach(mutation.place, place)) return false;
    const inside = mutation.place.path.length - place.path.length;
    const isChange = mutation.nature === 'data' ? inside > depth : inside >= 0;
    return isChange && (mutation.collection === undefined || model.questions.isCollection(mutation.collection));
  });
}

/** Every write that may change what a read of the place sees, replacements included. */
export function writesTo(model: ProgramModel, place: Place): readonly Mutation[] {
  const scope = scopeOf(place);
  if (scope === undefined) return [];
  return mutationsIn(model, scope).filter((mutation) => {
    if (mutation.nature !== 'data') return false;
    if (!mayReach(mutation.place, place) && !mayReach(place, mutation.place)) return false;
    return mutation.collection === undefined || model.questions.isCollection(mutation.collection);
  });
}

/** The class, object, function or module within which the place can be named. */
export function scopeOf(place: Place): ts.Node | undefined {
  const { root } = place;
  if (root.kind === 'this') return root.owner;
  return root.kind === 'variable' && root.binding.kind !== 'import' ? root.binding.owner : undefined;
}

/** The activations in which something of the place's name is mentioned, as far as the place can be named at all. */
export function activationsNaming(model: ProgramModel, place: Place): ReadonlySet<Activation> {
  const name = firstName(place);
  const scope = scopeOf(place);
  const activations = new Set<Activation>();
  if (name === undefined || scope === undefined) return activations;
  for (const mention of model.file(scope).mentions(name)) {
    if (isWithin(mention, scope)) activations.add(model.rootActivation(mention));
  }
  return activations;
}

/** Whether the inner place may lie at or inside the outer one: elements under any key may be the same element. */
export function mayReach(inner: Place, outer: Place): boolean {
  if (!isSameRoot(inner, outer) || inner.path.length < outer.path.length) return false;
  return outer.path.every((projection, index) => projectionsMatch(projection, inner.path[index]));
}

function isSameRoot(left: Place, right: Place): boolean {
  if (left.root.kind === 'this' && right.root.kind === 'this') return left.root.owner === right.root.owner;
  return rootPlace(left.root).key === rootPlace(right.root).key;
}

function projectionsMatch(left: Projection, right: Projection | undefined): boolean {
  if (right === undefined) return false;
  if (left.kind === 'element' || right.kind === 'element') return left.kind === right.kind;
  return left.name === right.name;
}

/** Whether two locks of one class, module or closure are the same; keys that differ as literals tell them apart. */
export function isSameLock(left: LockReference, right: LockReference): boolean {
  const [leftName, leftKey] = lockParts(left);
  const [rightName, rightKey] = lockParts(right);
  if (leftName !== rightName) return false;
  if (left.place !== undefined && right.place !== undefined && !isSameRoot(left.place, right.place)) return false;
  return leftKey === undefined || rightKey === undefined || leftKey === rightKey;
}

/** Name, and the key where it is a literal. */
function lockParts(lock: LockReference): [string, string | undefined] {
  const bar = lock.key.indexOf('|');
  if (bar < 0) return [lock.key, undefined];
  const key = lock.key.slice(bar + 1);
  const isComputed = /^(?:v\d|\*|this|g:)/.test(key);
  return [lock.key.slice(0, bar), isComputed ? undefined : key];
}

export function holdsOneOf(held: readonly HeldLock[], locks: readonly LockReference[]): boolean {
  return held.some((other) => other.origin !== 'claim' && locks.some((lock) => isSameLock(lock, other.lock)));
}

const byScope = createModelCache<ts.Node, readonly Mutation[]>();

function mutationsIn(model: ProgramModel, scope: ts.Node): readonly Mutation[] {
  const cache = byScope(model);
  const known = cache.get(scope);
  if (known !== undefined) return known;
  cache.set(scope, []); // asked for again in its own making
  const found: Mutation[] = [];
  for (const activation of activationsIn(model, scope)) {
    if (model.compiler.isConstructorDeclaration(activation) || contextOf(model, activation).multiplicity === 'once') continue;
    const graph = model.graph(activation);
    for (const event of eventsOf(graph)) {
      if (event.kind === 'write') {
        for (const place of placesSeen(model, graph, event.place)) {
          found.push({ place, graph, event, nature: 'data', collection: event.collection });
        }
      } else if (event.kind === 'call') {
        found.push(...mutationsOfCall(model, graph, event));
      }
    }
  }
  cache.set(scope, found);
  return found;
}

/** Activations with a graph of their own within the node; a function that is inlined belongs to its caller's. */
export function activationsIn(model: ProgramModel, scope: ts.Node): ReadonlySet<Activation> {
  const { compiler } = model;
  const activations = new Set<Activation>();
  if (compiler.isSourceFile(scope)) activations.add(scope);
  for (const node of model.file(scope).functions) {
    if (!isWithin(node, scope)) continue;
    const outer = model.rootActivation(node);
    activations.add(model.graph(outer).inlined.has(node) ? outer : node);
  }
  return activations;
}

/** A local stands for what it refers to. */
function placesSeen(model: ProgramModel, graph: Graph, place: Place): readonly Place[] {
  const { root } = place;
  if (root.kind !== 'variable' || !graph.inlined.has(root.binding.owner)) return [place];
  if (place.path.length === 0) return [];
  const places: Place[] = [place];
  for (const definition of graph.definitions.get(root.binding) ?? []) {
    if (definition.value === undefined) continue;
    for (const item of referencesOf(model, graph, definition.value.node, definition)) {
      if (item.kind !== 'object' || item.depth > 0 || item.inside.length > 0) continue;
      const moved = rebase(place, item.place);
      if (moved !== undefined) places.push(moved);
    }
  }
  return places;
}

function mutationsOfCall(model: ProgramModel, graph: Graph, event: CallEvent): Mutation[] {
  const { compiler } = model;
  const found: Mutation[] = [];
  const { name, receiver } = event;
  let objects: readonly Place[] | undefined;
  /** What the receiver may be. */
  const receivers = (): readonly Place[] =>
    (objects ??= (receiver === undefined ? [] : referencesOf(model, graph, receiver.node, event)).flatMap((item) =>
      item.kind === 'object' && item.depth === 0 && item.inside.length === 0 ? [item.place] : [],
    ));
  if (receiver?.place === undefined && name !== undefined && collectionEffect(name)?.writes !== undefined) {
    // `this.current().push(row)`: no place names the receiver
    const collection = receiver !== undefined && compiler.isExpression(receiver.node) ? receiver.node : undefined;
    for (const place of receivers()) found.push({ place: project(place, contents), graph, event, nature: 'data', collection });
  }
  const nature = natureOfMethod(name);
  if (nature !== 'data') for (const place of receivers()) found.push({ place, graph, event, nature, collection: undefined });
  const callee = model.callee(event, 'full');
  if (callee === undefined) return found;
  for (const index of event.reference === undefined ? parametersEndedBy(model, callee) : []) {
    const argument = event.arguments[index];
    for (const item of argument === undefined ? [] : referencesOf(model, graph, argument.node, event)) {
      if (item.kind !== 'object' || item.depth > 0 || item.inside.length > 0) continue;
      found.push({ place: item.place, graph, event, nature: 'end', collection: undefined });
    }
  }
  for (const write of summarize(model, callee).writes) {
    const isOnThis = write.place.root.kind === 'this';
    if (isOnThis && receiver?.node.kind === compiler.SyntaxKind.ThisKeyword) continue; // found where it is
    const direct = substitute(model, write.place, callee, event);
    const moved = isOnThis ? receivers().map((place) => rebase(write.place, place)) : [];
    const places = new Map([direct, ...moved].flatMap((place) => (place === undefined ? [] : [[place.key, place] as const])));
    for (const place of places.values()) {
      found.push({ place, graph, event, nature: natureOfMethod(methodAround(model, write.node)), collection: write.collection });
    }
  }
  return found;
}

/** Name of the function in which the write is. */
function methodAround(model: ProgramModel, node: ts.Node): string | undefined {
  const activation = enclosingActivation(model.compiler, node);
  return model.compiler.isSourceFile(activation) ? undefined : propertyNameText(model.compiler, activation.name);
}

/** Locks held at the mutation. */
export function locksAtMutation(model: ProgramModel, mutation: Mutation): readonly HeldLock[] {
  return heldLocks(model, mutation.graph).at(mutation.event);
}

/**
 * Who changes an object in place: the writers of a place among the functions that share its root.
 *
 * A place that is only ever assigned as a whole holds snapshots; a reference to one stays what it was. Only a change
 * inside the object shows through a reference that was handed out.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import { collectionEffect } from '../../events/collections.js';
import type { CallEvent, Event, LockReference, Value, WriteEvent } from '../../events/event.js';
import { contents, firstName, type Place, project, type Projection, rebase, rootKey } from '../../places/place.js';
import { type Activation, enclosingActivation, propertyNameText } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { runsOnce } from '../actors/contexts.js';
import { parametersEndedBy } from './endings.js';
import { type HeldLock, heldLocks } from '../locks/held-locks.js';
import { createModelCache, memoized, type ProgramModel } from '../model/program-model.js';
import { substitute } from './provenance.js';
import { referencesOf } from './references.js';
import { summarize } from './summary.js';

export interface Mutation {
  readonly place: Place;
  readonly graph: Graph;
  readonly event: Event;
  /** `data` changes what the object holds; `end` closes it or gives up a share in it; `share` takes one. */
  readonly nature: 'data' | 'end' | 'share';
  /** Elements join those that are there, which stay as they are, and where they are: `entries.push(entry)`. */
  readonly isAddition: boolean;
  /** A method name was taken for a collection's: the receiver must turn out to be one. */
  readonly collection: ts.Expression | undefined;
}

/** Methods that end an object's life, or one holder's part in it. */
const ends = /^(?:close|dispose|destroy|release|end|terminate|shutdown|disconnect|unref|unmap|free|decref|kill|stop)(?:Async|Now|Sync)?$/i;
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
  return mutationsNear(model, scope, place).filter((mutation) => {
    if (!mayReach(mutation.place, place)) return false;
    const inside = mutation.place.path.length - place.path.length;
    const isChange = mutation.nature === 'data' ? inside > depth : inside >= 0;
    return isChange && (mutation.collection === undefined || model.questions.isCollection(mutation.collection));
  });
}

/** Every write that may change what a read of the place sees, replacements included; of those events only that are asked for. */
export function writesTo(model: ProgramModel, place: Place, isWanted?: (graph: Graph, event: Event) => boolean): readonly Mutation[] {
  const scope = scopeOf(place);
  if (scope === undefined) return [];
  return mutationsNear(model, scope, place, isWanted).filter((mutation) => {
    if (mutation.nature !== 'data') return false;
    if (!mayReach(mutation.place, place) && !mayReach(place, mutation.place)) return false;
    if (mutation.isAddition && mutation.place.path.length < place.path.length) return false;
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
  if (name === undefined || scope === undefined) return new Set();
  const cache = namings(model);
  let byName = cache.get(scope);
  if (byName === undefined) cache.set(scope, (byName = new Map<string, ReadonlySet<Activation>>()));
  const known = byName.get(name);
  if (known !== undefined) return known;
  const activations = new Set<Activation>();
  for (const mention of model.file(scope).mentions(name)) {
    if (isWithin(mention, scope)) activations.add(model.rootActivation(mention));
  }
  for (const activation of importing(model, place)) activations.add(activation);
  byName.set(name, activations);
  return activations;
}

/** The activations of other modules that speak of the exported variable. */
function importing(model: ProgramModel, { root }: Place): readonly Activation[] {
  if (root.kind !== 'variable') return [];
  return model.importersOf(root.binding).flatMap(({ file, name }) => model.file(file).mentions(name).map((mention) => model.rootActivation(mention)));
}

const namings = createModelCache<ts.Node, Map<string, ReadonlySet<Activation>>>();

/** Whether the inner place may lie at or inside the outer one: elements under any key may be the same element. */
export function mayReach(inner: Place, outer: Place): boolean {
  if (!isSameRoot(inner, outer) || inner.path.length < outer.path.length) return false;
  return outer.path.every((projection, index) => projectionsMatch(projection, inner.path[index]));
}

function isSameRoot(left: Place, right: Place): boolean {
  if (left.root.kind === 'this' && right.root.kind === 'this') return left.root.owner === right.root.owner;
  return rootKey(left.root) === rootKey(right.root);
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

/** The mutations in the scope that may be of the place, as far as it can be told before callees are looked into. */
function mutationsNear(
  model: ProgramModel,
  scope: ts.Node,
  place: Place,
  isWanted: (graph: Graph, event: Event) => boolean = () => true,
): readonly Mutation[] {
  const found: Mutation[] = [];
  for (const activation of new Set([...activationsIn(model, scope), ...importing(model, place)])) {
    if (model.compiler.isConstructorDeclaration(activation)) continue;
    const graph = model.graph(activation);
    const own: Mutation[] = [];
    for (const event of eventsOf(graph)) {
      if (event.kind !== 'write' && event.kind !== 'call') continue;
      for (const mutation of mutationsAt(model, graph, event, place, isWanted)) own.push(mutation);
    }
    if (own.length > 0 && !runsOnce(model, activation)) found.push(...own);
  }
  return found;
}

/** What the event may change of the place, or of what lies around it. */
function mutationsAt(
  model: ProgramModel,
  graph: Graph,
  event: WriteEvent | CallEvent,
  place: Place,
  isWanted: (graph: Graph, event: Event) => boolean,
): readonly Mutation[] {
  if (event.kind === 'write') {
    return mayConcern(graph, event.place, place) && isWanted(graph, event) ? remembered(event, byWrite, () => mutationsOfWrite(model, graph, event)) : none;
  }
  const isOfReceiver = mayEndOrFill(graph, event, place);
  const isOfCallee = mayReachThroughCallee(model, graph, event, place);
  if ((!isOfReceiver && !isOfCallee) || !isWanted(graph, event)) return none;
  const ofReceiver = isOfReceiver ? remembered(event, byCall, () => mutationsOfCall(model, graph, event)) : none;
  const ofCallee = isOfCallee ? remembered(event, byCallee, () => mutationsOfCallee(model, graph, event)) : none;
  return ofCallee.length === 0 ? ofReceiver : [...ofReceiver, ...ofCallee];
}

const none: readonly Mutation[] = [];
const byWrite = new WeakMap<Event, readonly Mutation[]>();
const byCall = new WeakMap<Event, readonly Mutation[]>();
const byCallee = new WeakMap<Event, readonly Mutation[]>();

function remembered(event: Event, cache: typeof byWrite, compute: () => readonly Mutation[]): readonly Mutation[] {
  let mutations = cache.get(event);
  if (mutations === undefined) {
    cache.set(event, none); // asked for again in its own making
    cache.set(event, (mutations = compute()));
  }
  return mutations;
}

/** Whether the two may lie on one path; a local may stand for anything. */
function mayConcern(graph: Graph, written: Place, place: Place): boolean {
  const { root } = written;
  if (root.kind === 'variable' && graph.inlined.has(root.binding.owner)) return true;
  return isSameRoot(written, place) && written.path.every((projection, index) => index >= place.path.length || projectionsMatch(projection, place.path[index]));
}

function mayEndOrFill(graph: Graph, event: CallEvent, place: Place): boolean {
  const { name, receiver } = event;
  const isTelling = name !== undefined && (natureOfMethod(name) !== 'data' || collectionEffect(name)?.writes !== undefined);
  if (isTelling && receiver !== undefined && (receiver.place === undefined || mayConcern(graph, receiver.place, place))) return true;
  return event.reference === undefined && event.arguments.some((argument) => mayBeHandedOver(graph, argument, place));
}

/** Whether the argument may be what is in the place, or hold it. */
function mayBeHandedOver(graph: Graph, argument: Value, place: Place): boolean {
  if (argument.nature !== undefined && argument.nature !== 'promise') return false;
  return argument.place === undefined ? argument.sources.length > 0 : mayConcern(graph, argument.place, place);
}

/** What a callee changes of the object around the place it reaches through its receiver or an argument, or by its own scope. */
function mayReachThroughCallee({ compiler }: ProgramModel, graph: Graph, event: CallEvent, place: Place): boolean {
  const { receiver } = event;
  if (place.root.kind !== 'this' || receiver === undefined) return true;
  const isOwn = receiver.node.kind === compiler.SyntaxKind.ThisKeyword; // what it does to `this` is found where it is
  if (!isOwn && (receiver.place === undefined || (receiver.place.root.kind === 'variable' ? !isForeign(receiver.place) : mayConcern(graph, receiver.place, place)))) return true;
  return event.arguments.some((argument) => argument.place !== undefined && mayConcern(graph, argument.place, place));
}

/** An imported object is none of this class's. */
function isForeign({ root }: Place): boolean {
  return root.kind === 'variable' && root.binding.kind === 'import';
}

function mutationsOfWrite(model: ProgramModel, graph: Graph, event: WriteEvent): Mutation[] {
  return placesSeen(model, graph, event.place).map((place) => ({ place, graph, event, nature: 'data', isAddition: isAddition(model, event), collection: event.collection }));
}

/** `unshift` moves what is there to other places. */
function isAddition({ compiler }: ProgramModel, { how, node }: { readonly how: WriteEvent['how']; readonly node: ts.Node }): boolean {
  if (how !== 'add' || !compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression)) return false;
  return node.expression.name.text !== 'unshift';
}

/** Activations with a graph of their own within the node; a function that is inlined belongs to its caller's. */
export const activationsIn = memoized((model, scope: ts.Node): ReadonlySet<Activation> => {
  const found = new Set<Activation>();
  if (model.compiler.isSourceFile(scope)) found.add(scope);
  for (const node of model.file(scope).functions) {
    if (!isWithin(node, scope)) continue;
    const outer = model.rootActivation(node);
    found.add(model.graph(outer).inlined.has(node) ? outer : node);
  }
  return found;
});

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

/** What the receiver may be. */
function receiversOf(model: ProgramModel, graph: Graph, event: CallEvent): readonly Place[] {
  if (event.receiver === undefined) return [];
  return referencesOf(model, graph, event.receiver.node, event).flatMap((item) =>
    item.kind === 'object' && item.depth === 0 && item.inside.length === 0 ? [item.place] : [],
  );
}

/** What the call does to its receiver, as its name tells, and to arguments that the callee ends. */
function mutationsOfCall(model: ProgramModel, graph: Graph, event: CallEvent): Mutation[] {
  const { compiler } = model;
  const found: Mutation[] = [];
  const { name, receiver } = event;
  if (receiver?.place === undefined && name !== undefined && collectionEffect(name)?.writes !== undefined) {
    // `this.current().push(row)`: no place names the receiver
    const collection = receiver !== undefined && compiler.isExpression(receiver.node) ? receiver.node : undefined;
    for (const place of receiversOf(model, graph, event)) found.push({ place: project(place, contents), graph, event, nature: 'data', isAddition: false, collection });
  }
  const nature = natureOfMethod(name);
  if (nature !== 'data') for (const place of receiversOf(model, graph, event)) found.push({ place, graph, event, nature, isAddition: false, collection: undefined });
  if (event.reference !== undefined || event.arguments.length === 0) return found;
  const callee = model.callee(event, 'full');
  for (const index of callee === undefined ? [] : parametersEndedBy(model, callee)) {
    const argument = event.arguments[index];
    for (const item of argument === undefined ? [] : referencesOf(model, graph, argument.node, event)) {
      if (item.kind !== 'object' || item.depth > 0 || item.inside.length > 0) continue;
      found.push({ place: item.place, graph, event, nature: 'end', isAddition: false, collection: undefined });
    }
  }
  return found;
}

/** What the callee writes, as its caller sees it. */
function mutationsOfCallee(model: ProgramModel, graph: Graph, event: CallEvent): Mutation[] {
  const found: Mutation[] = [];
  const callee = model.callee(event, 'full');
  if (callee === undefined) return found;
  let receivers: readonly Place[] | undefined;
  for (const write of summarize(model, callee).writes) {
    const isOnThis = write.place.root.kind === 'this';
    if (isOnThis && event.receiver?.node.kind === model.compiler.SyntaxKind.ThisKeyword) continue; // found where it is
    const direct = substitute(model, write.place, callee, event);
    const moved = isOnThis ? (receivers ??= receiversOf(model, graph, event)).map((place) => rebase(write.place, place)) : [];
    const places = new Map([direct, ...moved].flatMap((place) => (place === undefined ? [] : [[place.key, place] as const])));
    for (const place of places.values()) {
      found.push({ place, graph, event, nature: natureOfMethod(methodAround(model, write.node)), isAddition: isAddition(model, write), collection: write.collection });
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

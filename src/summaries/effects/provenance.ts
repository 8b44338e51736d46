/** What a value was computed from: the reads of places behind it, through locals and callees. */
import type { Graph } from '../../cfg/graph.js';
import { walkBackward } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import { sizeProperties } from '../../events/collections.js';
import type { CallEvent, DefineEvent, ReadEvent, SourceEvent, UseEvent, Value } from '../../events/event.js';
import { contents, field, holds, instance, isOfInstance, type Place, project, rebase, rootPlace } from '../../places/place.js';
import { type FunctionNode, outerParent, thisOwner } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { chainOn } from '../../syntax/promise-chains.js';
import { isInside, isWithin } from '../../syntax/tree.js';
import { externalPlaceAtCall } from '../model/external-state.js';
import type { ProgramModel } from '../model/program-model.js';
import { stepFromCaller } from './callers-keys.js';
import { asksForOwnState } from './made-objects.js';
import { isAskedForPresence, isGivenWhole, mayDecidePresence, partOfValue } from './presence.js';
import { summarize } from './summary.js';

/** A place was looked at: directly, or by a callee whose result the value depends on. */
export interface ReadReference {
  readonly place: Place;
  /** The event at which the look was taken, as far as this graph can tell. */
  readonly event: ReadEvent | CallEvent;
  /** Where the look was really taken, for the steps of a finding. */
  readonly node: ts.Node;
  /** The callee suspended after it had looked: the answer is old when it arrives. */
  readonly isOld: boolean;
  /** It was one argument of several, beside what only this activation knows: the test may be about something else. */
  readonly isIncidental?: boolean;
  /** See `ReadEvent.heldBy`. */
  readonly heldBy: Place | undefined;
  readonly collection: ts.Expression | undefined;
}

/** More reads than this behind one value tell nothing any more. */
const maximumReferences = 64;

/** What is still to be looked through for reads. */
interface Lead {
  readonly source: SourceEvent;
  readonly isIncidental: boolean;
  /** It is only asked whether there is something. */
  readonly isPresence: boolean;
  /** It is only asked whether the object has a method: which object it is decides that, and not what it was made with. */
  readonly isOfMethod?: boolean;
}

/** The reads that the value was computed from; where `isPresence`, those that decide whether it is anything at all. */
export function readsBehind(model: ProgramModel, graph: Graph, value: Value, isPresence = false): readonly ReadReference[] {
  const { compiler } = model;
  const found: ReadReference[] = [];
  const seen = [new Set<SourceEvent | DefineEvent>(), new Set<SourceEvent | DefineEvent>()] as const;
  const isNew = (event: SourceEvent | DefineEvent, isPresence: boolean): boolean => {
    if (seen[0].has(event) || (isPresence && seen[1].has(event))) return false;
    seen[isPresence ? 1 : 0].add(event);
    return true;
  };
  const work = isPresence
    ? leadsIn(model, value, false)
    : value.sources.map((source): Lead => {
        const isOfMethod = isAskedForMethod(model, source);
        return { source, isIncidental: false, isOfMethod, isPresence: isOfMethod || (source.kind !== 'read' && isAskedForPresence(compiler, source.node)) };
      });
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    const { source, isIncidental } = item;
    if (!isNew(source, item.isPresence)) continue;
    if (found.length >= maximumReferences) {
      model.limits.add('reads behind one value');
      break;
    }
    if (source.kind === 'read') {
      const { place, node, heldBy, collection } = source;
      found.push({ place, event: source, node, isOld: false, isIncidental, heldBy, collection });
      found.push(...readsOfGetter(model, source));
    } else if (source.kind === 'use') {
      for (const definition of reachingDefinitions(graph, source)) {
        if (definition.value === undefined || !isNew(definition, item.isPresence) || asksForOwnState(model, source, definition.value)) continue;
        const isWhole = item.isPresence && isGivenWhole(compiler, definition);
        if (isWhole) work.push(...leadsIn(model, definition.value, isIncidental).map((lead): Lead => ({ ...lead, isOfMethod: item.isOfMethod === true })));
        else for (const each of definition.value.sources) work.push({ source: each, isIncidental, isPresence: false });
      }
    } else {
      const viaCallee = readsOfCallee(model, source, item.isPresence);
      if (viaCallee !== undefined) found.push(...viaCallee);
      // what comes of it later is not known from what it was given: `await load(id)`, `load(id).then(…)`
      if (source.consumption === 'awaited' || source.consumption === 'returned' || chainOn(compiler, source.node) !== source.node) continue;
      // a callee that answers at once computes its answer from what it is given
      const given = item.isOfMethod === true ? [] : item.isPresence ? argumentsAsked(model, source) : source.arguments;
      const isOneOfSeveral = source.arguments.some((argument) => isOwnKnowledge(argument));
      const follow = (sources: readonly SourceEvent[], isOneOf: boolean): void => {
        for (const each of sources) work.push({ source: each, isIncidental: isIncidental || isOneOf, isPresence: false });
      };
      if (source.receiver !== undefined && viaCallee === undefined) follow(source.receiver.sources, false);
      for (const argument of given) follow(argument.sources, isOneOfSeveral);
    }
  }
  return found;
}

/** `if (backend.remove)`: whether there is the method. */
function isAskedForMethod({ compiler, questions }: ProgramModel, { kind, node }: SourceEvent): boolean {
  if (kind !== 'use') return false;
  const { parent, child } = outerParent(compiler, node);
  return compiler.isPropertyAccessExpression(parent) && parent.expression === child && isAskedForPresence(compiler, parent) && questions.isCallable(parent);
}

/** What decides whether the value is anything: not what goes into an object that is made for it. */
function leadsIn({ compiler }: ProgramModel, value: Value, isIncidental: boolean): Lead[] {
  return value.sources.flatMap((source) => {
    const part = partOfValue(compiler, value.node, source);
    return part === 'inside' ? [] : [{ source, isIncidental, isPresence: part === 'whole' }];
  });
}

/** Of the arguments, those that may decide whether the callee gives something back. */
function argumentsAsked(model: ProgramModel, call: CallEvent): readonly Value[] {
  const callee = model.callee(call, 'syntactic');
  return callee?.body === undefined ? call.arguments : call.arguments.filter((_, index) => mayDecidePresence(model, callee, index));
}

/** A parameter or local of the activation: `isResumable(error, this.cursor.version)` asks about the error. */
function isOwnKnowledge(argument: Value): boolean {
  return argument.nature !== 'constant' && argument.sources.length > 0 && argument.sources.every((source) => source.kind === 'use');
}

/** A getter of another object looks at that object's places: `if (this.cache.hasToken)`. */
function readsOfGetter(model: ProgramModel, read: ReadEvent): ReadReference[] {
  const { compiler } = model;
  const { node } = read;
  if (!compiler.isPropertyAccessExpression(node) || !model.mayBeGetter(node.name.text) || sizeProperties.has(node.name.text)) return [];
  const receiver = model.file(node).places.placeOf(node.expression);
  if (receiver === undefined || receiver.path.length === 0) return [];
  const getter = model.functionOfMember(node);
  if (getter === undefined || !compiler.isGetAccessorDeclaration(getter)) return [];
  return summarize(model, getter).returns.flatMap((inner) => {
    const place = inner.place.root.kind === 'this' ? rebase(inner.place, receiver) : inner.place;
    if (place === undefined) return [];
    return [{ place, event: read, node: inner.node, isOld: false, heldBy: read.heldBy, collection: undefined }];
  });
}

/** The calls that a value was taken from, through locals. */
export function callsBehind(graph: Graph, value: Value): readonly CallEvent[] {
  const calls: CallEvent[] = [];
  const seen = new Set<SourceEvent>();
  const work = [...value.sources];
  for (let source = work.pop(); source !== undefined; source = work.pop()) {
    if (seen.has(source)) continue;
    seen.add(source);
    if (source.kind === 'call') calls.push(source);
    else if (source.kind === 'use') {
      for (const definition of reachingDefinitions(graph, source)) work.push(...(definition.value?.sources ?? []));
    }
  }
  return calls;
}

function readsOfCallee(model: ProgramModel, call: CallEvent, isPresence: boolean): ReadReference[] | undefined {
  const callee = model.callee(call, isPossiblePredicate(call) ? 'full' : 'syntactic');
  if (callee?.body !== undefined) return readsInCallee(model, call, callee, isPresence);
  // where several classes implement the member, it looks at something only if all do
  const joined = isPossiblePredicate(call) ? model.implementations(call).map((implementation) => readsInCallee(model, call, implementation, isPresence)) : [];
  if (joined.length > 0) return joined.every((reads) => reads.length > 0) ? joined.flat() : [];
  return callee === undefined ? undefined : readsInCallee(model, call, callee, isPresence);
}

function readsInCallee(model: ProgramModel, call: CallEvent, callee: FunctionNode, isPresence: boolean): ReadReference[] {
  const summary = summarize(model, callee);
  return summary.returns.flatMap((read) => {
    if (isPresence && read.isInside) return [];
    const place = isReplacedDefault(read.node, callee, call) ? undefined : substitute(model, read.place, callee, call);
    if (place === undefined) return [];
    return [{ place, event: call, node: read.node, isOld: read.isOld, heldBy: undefined, collection: undefined }];
  });
}

/** The callee looks there for what a parameter is to be when it is not given, and this call gives it. */
export function isReplacedDefault(look: ts.Node, callee: FunctionNode, call: CallEvent): boolean {
  return callee.parameters.some(({ initializer }, index) => {
    const argument = call.arguments[index];
    return initializer !== undefined && argument !== undefined && argument.node.getText() !== 'undefined' && isWithin(look, initializer);
  });
}

/** Resolving a method's receiver costs a question; only methods of shared places can look at shared state. */
function isPossiblePredicate(call: CallEvent): boolean {
  return call.receiver?.place !== undefined ? call.receiver.place.root.kind !== 'global' : call.name !== undefined;
}

/** A callee's place as its caller sees it; undefined when the caller cannot reach it. */
export function substitute(model: ProgramModel, place: Place, callee: FunctionNode, call: CallEvent): Place | undefined {
  if (place.root.kind === 'external') return externalPlaceAtCall(model, place, callee, call, receiverPlace(model, call));
  return substituteRoot(model, withCallersKeys(model, place, callee, call), callee, call);
}

/** Keys that are the callee's parameters become the caller's arguments; a key that only the callee knows is no other. */
function withCallersKeys(model: ProgramModel, place: Place, callee: FunctionNode, call: CallEvent): Place {
  if (!place.path.some((projection) => projection.kind === 'element' && projection.key !== undefined)) return place;
  const given = { callee, passed: call.arguments.map(({ node }) => node), at: `${call.block}:${call.index}` };
  return project(rootPlace(place.root), ...place.path.map((projection) => stepFromCaller(model, projection, given)));
}

/** Whether the place has an element whose key is a local of some callee. */
export function hasCalleesKey(place: Place): boolean {
  return place.key.includes('@');
}

function substituteRoot(model: ProgramModel, place: Place, callee: FunctionNode, call: CallEvent): Place | undefined {
  const { root } = place;
  if (root.kind === 'this') {
    const receiver = receiverPlace(model, call);
    return receiver === undefined ? undefined : rebase(place, receiver);
  }
  if (root.kind === 'variable' && root.binding.owner === callee) {
    if (root.binding.kind !== 'parameter') return undefined;
    const index = callee.parameters.findIndex((parameter) => parameter === root.binding.declaration);
    const argument = call.arguments[index]?.place;
    return argument === undefined ? undefined : rebase(place, argument);
  }
  return root.kind === 'variable' ? ofInstance(model, place, root.binding, call, receiverPlace(model, call)) : place;
}

/**
 * What a factory's closures share belongs to one of its objects: `a.get()` and `b.set()`, both made by `createCache(…)`, look
 * at different variables.
 */
function ofInstance(model: ProgramModel, place: Place, { name, owner }: Binding, call: CallEvent, receiver: Place | undefined): Place {
  if (receiver === undefined || model.compiler.isSourceFile(owner) || isInside(call.node, owner)) return place;
  const holder = receiver.root.kind === 'variable' && receiver.root.binding.kind === 'variable' ? receiver.root.binding : undefined;
  // what an object holds that a run of the caller has made for itself is its own, too
  const isOwn = holder !== undefined && !model.compiler.isSourceFile(holder.owner) && model.rootActivation(call.node) === model.rootActivation(holder.identifier);
  if (isOwn) return project(receiver, field(name), ...place.path);
  return project(rootPlace(place.root), instance(receiver), ...place.path);
}

/** The caller's place in the callee's words: all of them, since an object may be handed over twice. Keys are not followed. */
export function seenFromCallee(model: ProgramModel, place: Place, callee: FunctionNode, call: CallEvent): readonly Place[] {
  const { root, path } = place;
  if (root.kind === 'external') return [place];
  const { compiler } = model;
  const inner = (base: Place, outer: Place): Place =>
    project(base, ...path.slice(outer.path.length).map((projection) => (projection.kind === 'element' ? contents : projection)));
  const seen: Place[] = [];
  const receiver = receiverPlace(model, call);
  if (receiver !== undefined && holds(receiver, place)) seen.push(inner(rootPlace({ kind: 'this', owner: undefined }), receiver));
  call.arguments.forEach((argument, index) => {
    const parameter = callee.parameters[index];
    if (argument.place === undefined || parameter === undefined || !holds(argument.place, place)) return;
    const binding = compiler.isIdentifier(parameter.name) ? model.file(callee).scopes.resolve(parameter.name) : undefined;
    if (binding !== undefined) seen.push(inner(rootPlace({ kind: 'variable', binding }), argument.place));
  });
  if (root.kind === 'variable') seen.push(inner(rootPlace(root), isOfInstance(place) ? project(rootPlace(root), ...path.slice(0, 1)) : rootPlace(root)));
  return seen;
}

/** What the callee sees as `this`. */
export function receiverPlace(model: ProgramModel, call: CallEvent): Place | undefined {
  if (call.receiver !== undefined) return call.receiver.place;
  const { reference } = call;
  const { compiler } = model;
  if (reference !== undefined && compiler.isPropertyAccessExpression(reference)) {
    return model.file(reference).places.placeOf(reference.expression);
  }
  return call.isGetter || call.isConstruction === true ? undefined : arrowsThis(model, call);
}

/** An arrow function sees the `this` of the code around it: `const drop = () => this.pending.delete(key)`. */
function arrowsThis(model: ProgramModel, call: CallEvent): Place | undefined {
  const { compiler } = model;
  const name = call.reference ?? (compiler.isCallExpression(call.node) ? call.node.expression : undefined);
  if (name === undefined || !compiler.isIdentifier(name)) return undefined;
  const callee = model.callee(call, 'syntactic');
  if (callee === undefined || !compiler.isArrowFunction(callee)) return undefined;
  const owner = thisOwner(compiler, callee);
  return owner === undefined ? undefined : rootPlace({ kind: 'this', owner });
}

const definitionsByUse = new WeakMap<UseEvent, readonly DefineEvent[]>();

/** The assignments of a local that may have given the value it has at the use. */
export function reachingDefinitions(graph: Graph, use: UseEvent): readonly DefineEvent[] {
  let definitions = definitionsByUse.get(use);
  if (definitions === undefined) definitionsByUse.set(use, (definitions = definitionsBefore(graph, use.binding, use)));
  return definitions;
}

/** The value is an object or a collection that the activation has made. */
export function isMadeHere(graph: Graph, { nature, sources }: Value): boolean {
  const isNew = (other: Value['nature']): boolean => other === 'fresh' || other === 'empty';
  return isNew(nature) || sources.some((source) => source.kind === 'use' && reachingDefinitions(graph, source).some(({ value }) => isNew(value?.nature)));
}

function definitionsBefore(graph: Graph, binding: Binding, at: { block: number; index: number }): readonly DefineEvent[] {
  const all = graph.definitions.get(binding) ?? [];
  if (all.length <= 1) return all;
  const reaching = new Set<DefineEvent>();
  walkBackward<true>(
    graph,
    at,
    true,
    () => 0,
    (event) => {
      if (event.kind === 'define' && event.binding === binding) {
        reaching.add(event);
        return undefined;
      }
      return reaching.size < maximumReferences ? true : undefined;
    },
  );
  return [...reaching];
}

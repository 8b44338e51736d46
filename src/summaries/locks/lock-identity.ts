/**
 * Which lock an acquire takes, as a place: the object that holds the lock, and the key as its last step.
 *
 * Two acquires take the same lock for certain only where the places are equal and no step of them is open: an element
 * that nobody can name, or a variable that may have another value by then, is no evidence.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { AcquireEvent, CallEvent, Event, LockReference } from '../../events/event.js';
import type { LockMode } from '../../locks/operation.js';
import { field, type Place, project, rootPlace } from '../../places/place.js';
import { skipOuter, thisOwner } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { isOfModuleOrFactory } from '../model/factories.js';
import { createModelCache, type ProgramModel } from '../model/program-model.js';
import { handedPlace } from './handed-locks.js';
import { readsBehind } from '../effects/provenance.js';

const lockPlaces = createModelCache<AcquireEvent, { readonly place: Place | undefined }>();

/** The lock that the event takes; undefined where it cannot be told. */
export function lockTaken(model: ProgramModel, graph: Graph, event: AcquireEvent): Place | undefined {
  const known = lockPlaces(model).get(event);
  if (known !== undefined) return known.place;
  const place = computeLock(model, graph, event);
  lockPlaces(model).set(event, { place });
  return place;
}

function computeLock(model: ProgramModel, graph: Graph, event: AcquireEvent): Place | undefined {
  const { operation, lock } = event;
  if (lock.isLocal) return undefined;
  let base: Place | undefined;
  if (operation === undefined) base = lock.place ?? lockAround(model, graph, lock.key);
  else if (operation.lock === undefined) base = rootPlace({ kind: 'global', name: nameOfFunction(model, event, operation.lockName) });
  else base = lockOfExpression(model, graph, operation.lock);
  if (base === undefined) return undefined;
  const whole = canonical(model, base);
  const element = keyOf(model, event);
  return element === undefined ? whole : project(whole, element);
}

/** The lock of a section around a whole function: a field of its object, or one that only the key names. */
function lockAround({ compiler }: ProgramModel, { owner }: Graph, key: string): Place | undefined {
  const [first, ...names] = key.split('.');
  if (first !== 'this') return rootPlace({ kind: 'global', name: key });
  const object = thisOwner(compiler, owner);
  return object === undefined ? undefined : project(rootPlace({ kind: 'this', owner: object }), ...names.map(field));
}

function keyOf(model: ProgramModel, event: AcquireEvent): LockReference['element'] {
  const { operation, lock } = event;
  if (operation === undefined) return lock.element;
  return operation.key === undefined ? undefined : model.file(operation.key).places.element(operation.key);
}

/** A function of the program that is a lock by its shape is known by its declaration: others may have its name. */
function nameOfFunction(model: ProgramModel, event: AcquireEvent, name: string): string {
  const { compiler, questions } = model;
  if (event.operation?.model !== 'shape' || !compiler.isCallExpression(event.node)) return name;
  const declaration = questions.declarationAt(event.node.expression);
  return declaration === undefined ? name : `${name}@${declaration.getSourceFile().fileName}:${declaration.pos}`;
}

/** The lock in the expression: by its place, by the place that a local was filled from, or by what a getter of locks looks up. */
export function lockOfExpression(model: ProgramModel, graph: Graph, expression: ts.Expression): Place | undefined {
  const { compiler } = model;
  const { places } = model.file(expression);
  const node = skipOuter(compiler, expression);
  const place = places.placeOf(node);
  if (compiler.isCallExpression(node) && place === undefined) return lookedUp(model, graph, node);
  if (place === undefined || place.path.length > 0 || place.root.kind !== 'variable') return place;
  const { binding } = place.root;
  if (!graph.inlined.has(binding.owner) || binding.initializer === undefined) {
    return binding.kind === 'variable' && binding.assignments.length > 0 && !isSettledOnce(model, binding) ? undefined : place;
  }
  const initializer = skipOuter(compiler, binding.initializer);
  // `let lock = locks.get(key); if (!lock) locks.set(key, (lock = new Mutex()))`
  const origin = compiler.isCallExpression(initializer) ? (places.placeOf(initializer) ?? lookedUp(model, graph, initializer)) : places.placeOf(initializer);
  if (origin !== undefined) return origin;
  return binding.assignments.length > 0 ? undefined : place;
}

/** A variable of the module or a factory that is filled where it is first needed: `mutex ??= new Mutex()`. */
function isSettledOnce(model: ProgramModel, binding: Binding): boolean {
  return isOfModuleOrFactory(model, binding) && binding.assignments.length <= 1;
}

/** `this.lockFor(key)`: the element that the callee looks up, in the caller's words. */
function lookedUp(model: ProgramModel, graph: Graph, call: ts.CallExpression): Place | undefined {
  const event = model.eventsAt(graph, call).find((candidate): candidate is CallEvent => candidate.kind === 'call');
  if (event === undefined) return undefined;
  const elements = new Map<string, Place>();
  for (const { place } of readsBehind(model, graph, { sources: [event], node: call })) {
    if (place.path.at(-1)?.kind === 'element') elements.set(place.key, place);
  }
  const [only, ...others] = elements.values();
  return others.length === 0 ? only : undefined;
}

/**
 * An imported variable is the variable of the module that declares it, and a field that every constructor is handed the same
 * variable of a module for is that variable.
 */
export function canonical(model: ProgramModel, place: Place): Place {
  const { root } = place;
  if (root.kind === 'this') return handedPlace(model, place) ?? place;
  if (root.kind !== 'variable' || root.binding.kind !== 'import') return place;
  const { compiler, questions } = model;
  const declaration = questions.declarationAt(root.binding.identifier);
  if (declaration === undefined || !compiler.isVariableDeclaration(declaration) || !compiler.isIdentifier(declaration.name)) return place;
  if (declaration.getSourceFile().isDeclarationFile) return place;
  const binding = model.file(declaration).scopes.resolve(declaration.name);
  return binding === undefined ? place : project(rootPlace({ kind: 'variable', binding }), ...place.path);
}

/** Whether the place names one lock: no step is open, and every variable in it keeps its value. */
export function isCertain(place: Place): boolean {
  if (/[?@]/.test(place.root.kind === 'global' ? '' : place.key)) return false;
  return place.path.every((projection) => projection.kind === 'field' || (projection.key !== undefined && !/[?@]|\[\*\]/.test(projection.key)));
}

/** Bindings that name the lock or its key. */
export function bindingsIn(graph: Graph, place: Place): readonly Binding[] {
  const ids = new Set([...place.key.matchAll(/(?<![\w$])v(\d+)(?!\w)/g)].map((match) => Number(match[1])));
  return ids.size === 0 ? [] : [...graph.definitions.keys()].filter((binding) => ids.has(binding.id));
}

/**
 * Whether a task that holds the lock waits for itself when it asks again: always, only once a writer has queued in between,
 * or, of a lock with several permits, only when the others who hold one ask again as well.
 */
export type Conflict = 'always' | 'with-writer' | 'with-holders';

export function conflictOf(held: LockMode, taken: AcquireEvent): Conflict | undefined {
  const { mode, lock, operation } = taken;
  if (lock.reentrant === true) return undefined;
  if (held === 'counting' || mode === 'counting') {
    if (held !== mode || !isBounded(taken)) return undefined;
    // a pool that has one to give
    return operation?.permits === 1 ? 'always' : 'with-holders';
  }
  // what gives up at once when the lock is held fails, and waits for nobody
  if (operation?.kind === 'acquire' && !operation.timed && (operation.failure === 'rejects' || operation.failure === 'throws')) return undefined;
  if (held !== 'shared' || mode !== 'shared') return 'always';
  return lock.reentrant === 'reader' ? undefined : 'with-writer';
}

/** Whether a task may have to wait for the lock at all: a queue without a limit of its own lets everybody in. */
export function isBounded({ mode, operation }: AcquireEvent): boolean {
  return mode !== 'counting' || (operation?.permits !== undefined && Number.isFinite(operation.permits));
}

/** The declaration of the field or variable that holds the lock: one for all objects of a class. */
export function declarationOfLock(model: ProgramModel, event: AcquireEvent): ts.Node | undefined {
  const { compiler, questions } = model;
  const expression = event.operation?.lock;
  if (expression === undefined) return undefined;
  const node = skipOuter(compiler, expression);
  const name = compiler.isPropertyAccessExpression(node) ? node.name : compiler.isIdentifier(node) ? node : undefined;
  return name === undefined ? undefined : questions.declarationAt(name);
}

/** Acquires of the graph by the key of their lock reference. */
export function acquiresByKey(graph: Graph): ReadonlyMap<string, readonly AcquireEvent[]> {
  let acquires = acquiresOf.get(graph);
  if (acquires === undefined) {
    const found = new Map<string, AcquireEvent[]>();
    for (const event of eventsOf(graph)) {
      if (event.kind !== 'acquire') continue;
      const list = found.get(event.lock.key);
      if (list === undefined) found.set(event.lock.key, [event]);
      else list.push(event);
    }
    acquiresOf.set(graph, (acquires = found));
  }
  return acquires;
}

const acquiresOf = new WeakMap<Graph, ReadonlyMap<string, readonly AcquireEvent[]>>();

/** The calls that are acquires themselves: what they take is told by the acquire, and not once more by the body of the callee. */
export function callsThatAcquire(graph: Graph): ReadonlySet<Event> {
  let calls = callsOfAcquires.get(graph);
  if (calls === undefined) {
    calls = new Set(eventsOf(graph).flatMap((event) => (event.kind === 'acquire' && event.call !== undefined ? [event.call] : [])));
    callsOfAcquires.set(graph, calls);
  }
  return calls;
}

const callsOfAcquires = new WeakMap<Graph, ReadonlySet<Event>>();

/**
 * State that two locks guard: one function changes it under one lock, another one under another. The locks do not keep the
 * two apart, and a section that is suspended between two uses of the state sees it change.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { AcquireEvent, Event, SuspendEvent } from '../../events/event.js';
import { type Place, project, projectionKey, rootPlace } from '../../places/place.js';
import { displayName } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { runsOnce } from '../actors/contexts.js';
import { type HeldLock, heldLocks } from './held-locks.js';
import { acquiresByKey } from './lock-identity.js';
import { isOfModuleOrFactory } from '../model/factories.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { reachingDefinitions } from '../effects/provenance.js';
import { isShared } from '../actors/sharing.js';
import { summarize } from '../effects/summary.js';

export interface DividedGuard {
  readonly place: string;
  readonly lock: string;
  readonly acquire: ts.Node;
  readonly look: ts.Node;
  readonly suspension: ts.Node;
  readonly act: ts.Node;
  readonly rival: { readonly name: string; readonly lock: string; readonly acquire: ts.Node; readonly write: ts.Node; readonly ofOneObject: boolean };
}

/** So many locks for one state are a slip; more are a plan that is not in sight. */
const maximumGuards = 2;

/** One use of a field or of a variable of the module, with the locks that keep others out. */
interface Use {
  readonly event: Event;
  readonly state: Place;
  readonly isWrite: boolean;
  readonly locks: readonly HeldLock[];
}

export function dividedGuards(model: ProgramModel, graph: Graph): readonly DividedGuard[] {
  if (!graph.hasLocks || !graph.hasSuspension || model.compiler.isSourceFile(graph.owner)) return [];
  const found = new Map<ts.Node, DividedGuard>();
  const uses = usesOf(model, graph);
  for (const write of uses) {
    if (!write.isWrite || write.locks.length === 0) continue;
    for (const lock of write.locks) {
      const acquire = acquiresByKey(graph).get(lock.lock.key)?.[0];
      // the outermost section is where a common lock belongs
      if (acquire === undefined || found.has(acquire.node)) continue;
      const window = windowIn(model, graph, uses, acquire, write.state);
      const rival = window === undefined ? undefined : rivalOf(model, graph, write.state, acquire, window.locks);
      if (window === undefined || rival === undefined) continue;
      const { look, suspension, act } = window;
      found.set(acquire.node, { place: write.state.text, lock: lock.lock.text, acquire: acquire.node, look, suspension, act, rival });
    }
  }
  return [...found.values()];
}

/** A use, a suspension, and another use, all in the section. */
function windowIn(
  model: ProgramModel,
  graph: Graph,
  uses: readonly Use[],
  acquire: AcquireEvent,
  state: Place,
): { look: ts.Node; suspension: ts.Node; act: ts.Node; locks: readonly HeldLock[] } | undefined {
  const held = heldLocks(model, graph);
  const inSection = (event: Event): boolean => held.at(event).some((lock) => lock.lock.key === acquire.lock.key);
  const own = uses.filter((use) => use.state.key === state.key && inSection(use.event));
  for (const look of own) {
    for (const suspension of suspensionsByLock(model, graph).get(acquire.lock.key) ?? []) {
      if (!follows(graph, look.event, suspension)) continue;
      const later = own.find((use) => use !== look && use.isWrite && follows(graph, suspension, use.event)) ?? laterValue(graph, own, suspension, inSection);
      if (later === undefined) continue;
      // what keeps others out at every use
      const locks = own.map((use) => use.locks).reduce((left, right) => left.filter((lock) => right.some((other) => other.lock.key === lock.lock.key)));
      return { look: look.event.node, suspension: suspension.node, act: later.event.node, locks };
    }
  }
  return undefined;
}

/** Suspensions other than for a lock, by the keys of the locks that are held meanwhile. */
const suspensionsByLock = memoized((model, graph: Graph): ReadonlyMap<string, readonly SuspendEvent[]> => {
  const held = heldLocks(model, graph);
  const byLock = new Map<string, SuspendEvent[]>();
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'suspend' || event.reason === 'acquire') continue;
    for (const key of new Set(held.at(event).map(({ lock }) => lock.key))) {
      const known = byLock.get(key);
      if (known === undefined) byLock.set(key, [event]);
      else known.push(event);
    }
  }
  return byLock;
});

/** A method is called on what was taken from the state before. */
function laterValue(graph: Graph, own: readonly Use[], suspension: Event, inSection: (event: Event) => boolean): { readonly event: Event } | undefined {
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'call' || event.receiver === undefined || !inSection(event) || !follows(graph, suspension, event)) continue;
    for (const source of event.receiver.sources) {
      if (source.kind !== 'use') continue;
      const isFromState = reachingDefinitions(graph, source).some((definition) =>
        definition.value?.sources.some((origin) => own.some((use) => use.event.node === origin.node && follows(graph, use.event, suspension))),
      );
      if (isFromState) return { event };
    }
  }
  return undefined;
}

/** Another function that changes the state under a lock, and under none of these. */
function rivalOf(model: ProgramModel, graph: Graph, state: Place, mine: AcquireEvent, locks: readonly HeldLock[]): DividedGuard['rival'] | undefined {
  let rival: DividedGuard['rival'] | undefined;
  const guards = new Set(locks.map(({ lock }) => lock.key));
  for (const owner of model.file(graph.owner).functions) {
    if (owner === graph.owner || model.rootActivation(owner.body ?? owner) !== owner) continue;
    if (model.compiler.isConstructorDeclaration(owner) || !sharesOwner(state, owner)) continue;
    const other = model.graph(owner);
    if (!other.hasLocks || runsOnce(model, owner)) continue;
    for (const use of usesOf(model, other)) {
      if (!use.isWrite || use.state.key !== state.key || use.locks.length === 0) continue;
      if (use.locks.some((lock) => locks.some((own) => own.lock.key === lock.lock.key))) continue;
      const [lock] = use.locks;
      if (lock !== undefined) guards.add(lock.lock.key);
      const acquire = lock === undefined ? undefined : acquiresByKey(other).get(lock.lock.key)?.[0];
      if (lock === undefined || acquire === undefined) continue;
      // where both are suspended between two uses, the later one is reported
      if (owner.pos > graph.owner.pos && windowIn(model, other, usesOf(model, other), acquire, state) !== undefined) continue;
      if (!isAlike(model, mine, acquire)) continue;
      const ofOneObject = isOfOneOwner(mine.lock.place, acquire.lock.place);
      rival ??= { name: displayName(model.compiler, owner), lock: lock.lock.text, acquire: acquire.node, write: use.event.node, ofOneObject };
    }
  }
  // where each function has a lock of its own, the locks are there for something else
  return guards.size > maximumGuards ? undefined : rival;
}

/** Two locks of one kind: the one was taken for the other. A lock of another kind is there for a purpose of its own. */
function isAlike(model: ProgramModel, left: AcquireEvent, right: AcquireEvent): boolean {
  const [one, two] = [left.operation?.lock, right.operation?.lock];
  if (one === undefined || two === undefined) return left.operation === right.operation;
  const name = (lock: ts.Expression): string | undefined => model.questions.typeAt(lock).getSymbol()?.name;
  const kind = name(one);
  return kind !== undefined && !kind.startsWith('__') && kind === name(two);
}

function sharesOwner(state: Place, owner: ts.Node): boolean {
  if (state.root.kind !== 'this' || state.root.owner === undefined) return true;
  return isWithin(owner, state.root.owner);
}

const usesOf = memoized((model, graph: Graph): readonly Use[] => {
  const held = heldLocks(model, graph);
  const found: Use[] = [];
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'read' && event.kind !== 'write' && event.kind !== 'call') continue;
    const locks = held.at(event).filter((lock) => lock.mode === 'exclusive' && lock.origin !== 'claim' && isLasting(model, lock));
    if (locks.length === 0) continue;
    const place = event.kind === 'call' ? event.receiver?.place : event.place;
    const state = place === undefined ? undefined : stateOf(place);
    if (state === undefined || !isShared(model, graph, state) || locks.some((lock) => lock.lock.place?.key === state.key)) continue;
    if (event.kind === 'read') found.push({ event, state, isWrite: false, locks });
    else if (event.kind === 'write') found.push({ event, state, isWrite: true, locks });
    else if (place !== undefined && place.path.length > 0) found.push({ event, state, isWrite: changesReceiver(model, event), locks });
  }
  return found;
});

/** Fields of one object, or variables of one module or factory. */
function isOfOneOwner(left: Place | undefined, right: Place | undefined): boolean {
  const [first, second] = [left?.root, right?.root];
  if (first?.kind === 'this') return second?.kind === 'this';
  return first?.kind === 'variable' && second?.kind === 'variable' && first.binding.owner === second.binding.owner;
}

/** One lock for all calls: a field, or a variable of the module or a factory, and not one of many. */
function isLasting(model: ProgramModel, { lock }: HeldLock): boolean {
  if (lock.isLocal || lock.element !== undefined || lock.place === undefined) return false;
  const { root, path } = lock.place;
  if (path.some((projection) => projection.kind === 'element')) return false;
  const [first] = path;
  if (root.kind === 'this') {
    const member = root.owner !== undefined && first?.kind === 'field' ? model.file(root.owner).memberOf(root.owner, first.name) : undefined;
    return first !== undefined && !(member !== undefined && model.compiler.isGetAccessorDeclaration(member));
  }
  return root.kind === 'variable' && isOfModuleOrFactory(model, root.binding);
}

/** The field of `this`, or the variable of the module, in which the place lies. */
function stateOf(place: Place): Place | undefined {
  const { root, path } = place;
  if (root.kind === 'variable') return rootPlace(root);
  const [first] = path;
  if (root.kind !== 'this' || first?.kind !== 'field' || projectionKey(first) === '') return undefined;
  return project(rootPlace(root), first);
}

function changesReceiver(model: ProgramModel, event: Extract<Event, { kind: 'call' }>): boolean {
  const callee = model.callee(event, 'full');
  return callee !== undefined && summarize(model, callee).writes.some((write) => write.place.root.kind === 'this');
}

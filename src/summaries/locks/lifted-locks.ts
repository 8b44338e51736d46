/**
 * A lock that is taken away from its holder: released by one who did not take it (a `cancel`, a time limit), or replaced by
 * a new one. The next task is let in while the holder is still in its section.
 *
 * Only locks whose holders all give them back themselves: of a lock that one function takes and another one gives back,
 * nobody can tell whose turn it is to release.
 */
import { oneShotTimers } from '../../catalogue/callbacks.js';
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { AcquireEvent, LockReference, ReleaseEvent, SuspendEvent, WriteEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { type Activation, isFunctionLiteral, outerParent, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { heldLocks } from './held-locks.js';
import { activationsNaming, isSameLock } from '../effects/mutations.js';
import { isOfModuleOrFactory } from '../model/factories.js';
import type { ProgramModel } from '../model/program-model.js';
import { obligationsOf } from './obligations.js';
import { tellsWhetherKept } from './told-acquires.js';

export interface LiftedLock {
  readonly kind: 'released' | 'replaced' | 'timed';
  readonly lock: string;
  /** The release, or the write that puts another lock there. */
  readonly node: ts.Node;
  /** A section that may be under way. */
  readonly section: { readonly graph: Graph; readonly acquire: AcquireEvent; readonly suspension: SuspendEvent };
}

export function liftedLocks(model: ProgramModel, graph: Graph): readonly LiftedLock[] {
  const { owner } = graph;
  if (!graph.hasLocks && !mayReplaceLock(model, owner)) return [];
  if (model.compiler.isSourceFile(owner) || model.compiler.isConstructorDeclaration(owner)) return [];
  const found: LiftedLock[] = [];
  const seen = new Set<string>();
  for (const event of eventsOf(graph)) {
    const lock = event.kind === 'release' ? releasedFor(model, graph, event) : event.kind === 'write' ? replacedBy(model, graph, event) : undefined;
    if (lock?.place === undefined || seen.has(lock.key)) continue;
    seen.add(lock.key);
    const section = sectionOf(model, graph, lock, lock.place);
    if (section === undefined) continue;
    const kind = event.kind === 'write' ? 'replaced' : isWithin(owner, section.graph.owner) ? 'timed' : 'released';
    found.push({ kind, lock: lock.text, node: event.node, section });
  }
  return found;
}

/** By its text: the function makes something, in a file that speaks of locks. */
export function mayReplaceLock(model: ProgramModel, owner: Activation): boolean {
  return model.locks.mayContainLocks(owner.getSourceFile()) && !model.compiler.isSourceFile(owner) && owner.getText().includes('= new ');
}

/** The lock of a release by name that this activation has not taken. */
function releasedFor(model: ProgramModel, graph: Graph, event: ReleaseEvent): LockReference | undefined {
  const { lock, operation } = event;
  if (event.scoped || lock.isLocal || lock.element !== undefined || operation?.kind !== 'release') return undefined;
  const held = heldLocks(model, graph);
  if (!held.isReached(event) || !isOnItsOwn(model, graph)) return undefined;
  for (const other of eventsOf(graph)) if (other.kind === 'acquire' && isSameLock(other.lock, lock)) return undefined;
  return lock;
}

/** A function that its callers call by name, or that a timer calls; any other may be the holder's own way to release. */
function isOnItsOwn(model: ProgramModel, { owner }: Graph): boolean {
  const { compiler } = model;
  if (compiler.isSourceFile(owner) || !isFunctionLiteral(compiler, owner)) return true;
  const { parent, child } = outerParent(compiler, owner);
  return compiler.isCallExpression(parent) && parent.arguments[0] === child && oneShotTimers.has(parent.expression.getText());
}

/** The write puts a new lock where one was from the start, and nothing is held meanwhile. */
function replacedBy(model: ProgramModel, graph: Graph, event: WriteEvent): LockReference | undefined {
  const { place, how, value } = event;
  if (how !== 'assign' || value === undefined || place.path.at(-1)?.kind === 'element' || !model.compiler.isExpression(value.node)) return undefined;
  if (!model.locks.createsLock(skipOuter(model.compiler, value.node)) || !isMadeAtFirst(model, place)) return undefined;
  const held = heldLocks(model, graph);
  if (!held.isReached(event) || held.at(event).length > 0) return undefined;
  return { key: place.key, place, text: place.text, isLocal: false };
}

function isMadeAtFirst(model: ProgramModel, { root, path }: Place): boolean {
  const { compiler } = model;
  const [first] = path;
  const isLock = (made: ts.Expression | undefined): boolean => made !== undefined && model.locks.createsLock(skipOuter(compiler, made));
  if (root.kind === 'variable' && path.length === 0) {
    const { declaration } = root.binding;
    return isOfModuleOrFactory(model, root.binding) && compiler.isVariableDeclaration(declaration) && isLock(declaration.initializer);
  }
  if (root.kind !== 'this' || root.owner === undefined || first?.kind !== 'field' || path.length > 1) return false;
  const member = model.file(root.owner).memberOf(root.owner, first.name);
  return member !== undefined && compiler.isPropertyDeclaration(member) && isLock(member.initializer);
}

/** A section of another activation that suspends under the lock; undefined where some holder leaves the release to others. */
function sectionOf(model: ProgramModel, graph: Graph, lock: LockReference, place: Place): LiftedLock['section'] | undefined {
  let section: LiftedLock['section'] | undefined;
  for (const activation of activationsNaming(model, place)) {
    const other = model.graph(activation);
    if (other === graph) continue;
    const held = heldLocks(model, other);
    const isHeld = (locks: ReturnType<typeof held.at>): boolean => locks.some((one) => isSameLock(one.lock, lock));
    if (isHeld(held.atExit())) return undefined;
    let acquire: AcquireEvent | undefined;
    let isReleased = false;
    let suspension: SuspendEvent | undefined;
    for (const event of eventsOf(other)) {
      if (event.kind === 'acquire' && isSameLock(event.lock, lock)) {
        if (event.mode !== 'exclusive') return undefined;
        acquire ??= event;
      } else if (event.kind === 'release' && isSameLock(event.lock, lock)) isReleased = true;
      else if (event.kind === 'suspend' && event.reason !== 'acquire' && isHeld(held.at(event))) suspension ??= event;
      // a helper that releases for the holder who calls it
      else if (event.kind === 'call' && isHeld(held.at(event)) && model.callee(event, 'syntactic') === graph.owner) return undefined;
    }
    if (acquire === undefined) continue;
    if (!isReleased || obligationsOf(model, other).some((owed) => isSameLock(owed.lock, lock) && tellsWhetherKept(model, other, owed))) return undefined;
    if (suspension !== undefined) section ??= { graph: other, acquire, suspension };
  }
  return section;
}

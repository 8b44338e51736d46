/**
 * What goes wrong with giving back: never on some path, by a callee that does not, twice, without having been acquired, or
 * without being waited for. What counts as giving back is told by `obligations`, which paths there are by `obligation-paths`;
 * here it is decided whether a leak is meant.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { Event, ReleaseEvent } from '../../events/event.js';
import { outerParent, skipOuter } from '../../syntax/functions.js';
import { entryLocks } from '../actors/contexts.js';
import { isHarmless } from '../effects/exceptions.js';
import { type Fate, fateOf, isDropped } from '../effects/fates.js';
import type { ProgramModel } from '../model/program-model.js';
import { tellsWhetherKept } from './told-acquires.js';
import { type HandedLeak, handedLeak } from './handed-obligations.js';
import { type Miscount, miscountOf } from './permit-counts.js';
import { type Cause, followObligation, type Leak, type ObligationPaths, type Repeated } from './obligation-paths.js';
import type { Obligation } from './obligation.js';
import { obligationsOf } from './obligations.js';
import { isTakenBack } from './lease-marks.js';
import { workerObligation } from './worker-obligations.js';
import { isKeptToFile, isReleasedElsewhere } from './release-protocols.js';

export type ReleaseFault = { readonly obligation: Obligation } & (
  | {
      readonly kind: 'unreleased';
      readonly paths: ObligationPaths;
      readonly leak: Leak;
      /** What throws stands between the taking of a resource and the `try` that gives it back. */
      readonly isBeforeTry: boolean;
    }
  | { readonly kind: 'handed'; readonly handed: HandedLeak }
  | { readonly kind: 'miscounted'; readonly miscount: Miscount }
  | {
      readonly kind: 'twice';
      readonly repeated: Repeated;
      /** The second release frees what another task holds, or fails. */
      readonly effect: 'admits' | 'fails';
    }
  | {
      readonly kind: 'unheld';
      readonly release: ReleaseEvent;
      /** What keeps the task from acquiring; `ignored` where nobody looks at the answer whether it did. */
      readonly why: Cause | 'ignored' | undefined;
    }
);

/** The first fault of each obligation. */
export function releaseFaults(model: ProgramModel, graph: Graph): readonly ReleaseFault[] {
  const obligations = obligationsOf(model, graph);
  const worker = workerObligation(model, graph);
  const faults = [...obligations, ...(worker === undefined ? [] : [worker])].flatMap((obligation) => faultOf(model, graph, obligation, obligations) ?? []);
  // a connection that is lost takes its transaction with it
  return faults.filter(({ obligation }) => obligation.operation.statement === undefined || !faults.some((other) => isTakenOn(model, obligation, other.obligation)));
}

/** The transaction runs on what the other obligation is for. */
function isTakenOn(model: ProgramModel, { operation: { lock } }: Obligation, { carriers }: Obligation): boolean {
  const binding = lock !== undefined && model.compiler.isIdentifier(lock) ? model.file(lock).scopes.resolve(lock) : undefined;
  return binding !== undefined && carriers.has(binding);
}

/** A release that returns a promise which nobody waits for. */
export interface FloatingRelease {
  readonly event: ReleaseEvent;
  readonly obligation: Obligation | undefined;
  readonly fate: Fate;
}

export function* floatingReleases(model: ProgramModel, graph: Graph): Generator<FloatingRelease> {
  const { compiler } = model;
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'release' || event.scoped || !compiler.isCallExpression(event.node) || !isAsynchronousRelease(event)) continue;
    // the link of a chain waits for what it calls
    if (compiler.isPropertyAccessExpression(event.node.expression) && event.node.expression.name.text === 'finally') continue;
    const obligation = obligationsOf(model, graph).find((other) => other.discharge(event) === 'release');
    const fate = fateOf(model, event.node);
    // one that calls back gives nothing that could be waited for: `unlock(path, done)`
    if (isDropped(fate) && !fate.isHandled && !fate.isContinued && !model.questions.isPlainValue(event.node)) yield { event, obligation, fate };
  }
}

function faultOf(model: ProgramModel, graph: Graph, obligation: Obligation, all: readonly Obligation[]): ReleaseFault | undefined {
  const paths = followObligation(model, graph, obligation);
  // given back for a while and taken again: whoever acquired it first releases it
  if (paths.unowed.some(({ event }) => event.node.pos < obligation.node.pos)) return undefined;
  const { collected, resource } = obligation.operation;
  if (collected && !paths.isDischarged) return undefined;
  const isEarly = (each: Leak): boolean => resource && !collected && isBeforeTry(model, graph, obligation, each);
  const isOnlyEarly = paths.leaks.length > 0 && paths.leaks.every(isEarly);
  // of all that may throw, a way keeps the first
  const later = isOnlyEarly ? followObligation(model, graph, obligation, (event) => isEarly({ cause: { event, likelihood: 'possible' }, isRepeated: false })).leaks : paths.leaks;
  const leak = later.find((each) => !isEarly(each)) ?? paths.leaks[0];
  if (leak !== undefined && !isMeant(model, graph, obligation, paths)) {
    return { kind: 'unreleased', obligation, paths, leak, isBeforeTry: isEarly(leak) };
  }
  const handed = leak === undefined ? handedLeak(model, graph, obligation) : undefined;
  if (handed !== undefined) return { kind: 'handed', obligation, handed };
  const miscount = leak === undefined ? miscountOf(model, graph, obligation) : undefined;
  if (miscount !== undefined) return { kind: 'miscounted', obligation, miscount };
  // a transaction that has ended is ended once more for nothing, and several permits may be given back one by one
  const { statement, weight } = obligation.operation;
  if (statement !== undefined || (weight !== undefined && weight.value !== 1)) return undefined;
  for (const repeated of paths.repeated) {
    const effect = secondRelease(repeated.release);
    if (effect !== undefined) return { kind: 'twice', obligation, repeated, effect };
  }
  if (obligation.operation.resource) return undefined;
  const isOnly = all.every((other) => other === obligation || other.lock.key !== obligation.lock.key);
  if (!isOnly || entryLocks(model, graph.owner).some((held) => held.lock.key === obligation.lock.key)) return undefined;
  const ignored = obligation.conditional && isIgnored(model, obligation) ? releaseBehind(model, graph, obligation) : undefined;
  if (ignored !== undefined) return { kind: 'unheld', obligation, release: ignored, why: 'ignored' };
  const unowed = paths.unowed.find(({ event }) => isReleasedRegardless(model, obligation, event));
  return unowed === undefined ? undefined : { kind: 'unheld', obligation, release: unowed.event, why: unowed.cause };
}

/** Holding the lock beyond the function may be a protocol of several functions, such as a pair of `begin` and `end`. */
function isMeant(model: ProgramModel, graph: Graph, obligation: Obligation, paths: ObligationPaths): boolean {
  // an object that lives on with its lock is ended by whoever has it
  if (obligation.isEnclosed && !paths.isDischarged) return !isForgotten(model, obligation);
  const { statement } = obligation.operation;
  if (statement !== undefined && !paths.isDischarged) return true;
  if (statement === 'transaction' && isOfParameter(obligation)) return true;
  if (obligation.operation.lease === true && (!paths.isDischarged || (endsHeld(paths) && (!paths.endsDischarged || isTakenBack(model, graph, obligation, paths))))) return true;
  if (paths.isDischarged) return endsHeld(paths) && (paths.endsDischarged ? isOwedByCallers(model, graph, obligation) : isReleasedElsewhere(model, graph, obligation));
  if (isReleasedElsewhere(model, graph, obligation)) return true;
  return !obligation.isHandleKept && !isKeptToFile(model, obligation);
}

/** The caller is told whether the lock is his to give back, by its name: a handle in a local is nobody else's. */
function isOwedByCallers(model: ProgramModel, graph: Graph, obligation: Obligation): boolean {
  const { kind } = obligation.operation.release;
  if (obligation.isHandleKept && kind !== 'lock-member' && kind !== 'module-function') return false;
  return tellsWhetherKept(model, graph, obligation) && isReleasedElsewhere(model, graph, obligation, true);
}

/** `const _guard = await this.enter();`: what the helper gave is in a local that nobody names again, so that nobody ends it. */
function isForgotten(model: ProgramModel, { carriers }: Obligation): boolean {
  return (
    carriers.size > 0 &&
    [...carriers].every((binding) => {
      const { mentions, scopes } = model.file(binding.identifier);
      return mentions(binding.name).every((mention) => mention === binding.identifier || !model.compiler.isIdentifier(mention) || scopes.resolve(mention) !== binding);
    })
  );
}

/** Who handed the connection over may end what goes wrong with it. */
function isOfParameter({ lock: { place } }: Obligation): boolean {
  return place?.root.kind === 'variable' && place.root.binding.kind === 'parameter';
}

function endsHeld(paths: ObligationPaths): boolean {
  return paths.leaks.some(({ cause }) => cause?.likelihood === undefined);
}

/**
 * What throws stands between the acquire and the `try` that gives back. A resource is mostly made ready there, and when that
 * fails there is often none.
 */
function isBeforeTry(model: ProgramModel, graph: Graph, obligation: Obligation, { cause }: Leak): boolean {
  if (cause?.likelihood === undefined || isRefusal(model, graph, obligation, cause.event)) return false;
  const { compiler } = model;
  for (const event of eventsOf(graph)) {
    if (obligation.discharge(event) !== 'release') continue;
    for (let { parent } = event.node; parent !== graph.owner && !compiler.isSourceFile(parent); { parent } = parent) {
      if (compiler.isTryStatement(parent) && parent.tryBlock.pos >= cause.event.node.end && parent.pos >= obligation.node.end) return true;
    }
  }
  return false;
}

/** A `throw` that has nothing to do with the resource: `if (id === undefined) throw new Error('no id')`. */
function isRefusal(model: ProgramModel, graph: Graph, { carriers }: Obligation, event: Event): boolean {
  if (event.kind !== 'throw') return false;
  const tests = model.controlDependence(graph).controllingTests(event.block);
  return tests.length > 0 && tests.every(({ value }) => value.sources.every((source) => source.kind !== 'use' || !carriers.has(source.binding)));
}

/**
 * The release stands in a `finally` that the acquire precedes, with nothing around it that could ask whether the lock is
 * held. A release by handle cannot go wrong in this way: there is no handle to call.
 */
function isReleasedRegardless(model: ProgramModel, { node }: Obligation, { node: release, operation }: ReleaseEvent): boolean {
  const { compiler } = model;
  if (operation?.kind !== 'release' || operation.ofOwner === true) return false;
  let statement: ts.Node = release.parent;
  if (compiler.isAwaitExpression(statement) || compiler.isVoidExpression(statement)) statement = statement.parent;
  if (!compiler.isExpressionStatement(statement)) return false;
  const guarded = statement.parent.parent;
  return compiler.isTryStatement(guarded) && guarded.finallyBlock === statement.parent && node.pos < guarded.finallyBlock.pos;
}

/** Nobody looks at the answer whether the lock was acquired. */
function isIgnored(model: ProgramModel, { node, operation }: Obligation): boolean {
  const { compiler } = model;
  if (operation.refusal !== undefined) return false;
  const { parent } = outerParent(compiler, node);
  const around = compiler.isAwaitExpression(parent) ? outerParent(compiler, parent).parent : parent;
  if (compiler.isVariableDeclaration(around) && compiler.isIdentifier(around.name)) return isOnlyLogged(model, around.name);
  return compiler.isExpressionStatement(around) || compiler.isVoidExpression(around);
}

/** The variable is written to a log at most. */
function isOnlyLogged(model: ProgramModel, name: ts.Identifier): boolean {
  const { compiler } = model;
  const { scopes, mentions } = model.file(name);
  const binding = scopes.resolve(name);
  return mentions(name.text).every((mention) => {
    if (mention === name || !compiler.isIdentifier(mention) || scopes.resolve(mention) !== binding) return true;
    let node: ts.Node = mention;
    while (compiler.isExpression(node.parent) || compiler.isTemplateSpan(node.parent)) node = node.parent;
    return compiler.isExpressionStatement(node.parent) && compiler.isCallExpression(node) && isHarmless(model, skipOuter(compiler, node.expression));
  });
}

/**
 * A release by the lock itself, which nobody could make depend on the answer. A key that is set where it is absent may also be a
 * value to begin with, such as a count, and to delete it is to begin anew.
 */
function releaseBehind(model: ProgramModel, graph: Graph, obligation: Obligation): ReleaseEvent | undefined {
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'release' || event.operation?.kind !== 'release' || event.lock.key !== obligation.lock.key) continue;
    if (obligation.operation.lease !== true || isReleasedRegardless(model, obligation, event)) return event;
  }
  return undefined;
}

/** What the release does when it is the second: undefined where that is nothing, or not known. */
function secondRelease({ operation }: ReleaseEvent): 'admits' | 'fails' | undefined {
  const facts = operation?.kind === 'release' ? operation : operation?.kind === 'acquire' ? operation.release : undefined;
  if (facts?.again === 'ignored') return undefined;
  // a lock of the program's own does not know who releases it
  return facts?.again ?? (operation?.kind === 'release' && operation.model === 'shape' ? 'admits' : undefined);
}

function isAsynchronousRelease({ operation }: ReleaseEvent): boolean {
  if (operation?.kind === 'release') return operation.asynchronous;
  return operation?.kind === 'acquire' && operation.release.asynchronous;
}

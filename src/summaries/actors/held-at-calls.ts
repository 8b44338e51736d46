/** What a caller holds when it calls: locks, claims, and whether a claim is one that nobody ever makes again. */
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent } from '../../events/event.js';
import { lastName } from '../../places/place.js';
import { type Activation, isFunctionLiteral, outerParent } from '../../syntax/functions.js';
import { isAssignment } from '../../syntax/tree.js';
import { type HeldLock, heldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { claimedByCallee } from '../protocols/claiming-callees.js';
import { claimsOf } from '../protocols/claims.js';

/**
 * `onError(async (error) => { if (error.request.isRetried) return; error.request.isRetried = true; await renew(); })`: what a handler is
 * given is marked, and is another one each time. That keeps nobody else out of a callee that is not handed it.
 */
export function isOfOneEvent({ compiler }: ProgramModel, { origin, lock: { place } }: HeldLock, root: Activation, call: CallEvent): boolean {
  if (origin !== 'claim' || place?.root.kind !== 'variable' || place.root.binding.kind !== 'parameter' || place.root.binding.owner !== root) return false;
  if (!isFunctionLiteral(compiler, root) || !compiler.isCallExpression(outerParent(compiler, root).parent)) return false;
  return call.receiver === undefined && call.arguments.every(({ nature }) => nature === 'constant');
}

export function isClaimedForGood(model: ProgramModel, held: readonly HeldLock[], call: ts.CallExpression): boolean {
  return held.some((lock) => lock.origin === 'claim' && isForGood(model, lock, call));
}

/** The claimed flag is set in one place only and never given back: `if (this.started) return; this.started = true;`. */
function isForGood(model: ProgramModel, claim: HeldLock, at: ts.Node): boolean {
  const { compiler } = model;
  const name = claim.lock.place === undefined ? undefined : lastName(claim.lock.place);
  if (name === undefined) return false;
  const writes = model.file(at).mentions(name).filter((mention) => {
    const target = compiler.isPropertyAccessExpression(mention.parent) && mention.parent.name === mention ? mention.parent : mention;
    const { parent } = target;
    return isAssignment(compiler, parent) && parent.left === target;
  });
  return writes.length === 1;
}

export function locksAtCall(model: ProgramModel, graph: Graph, event: CallEvent): readonly HeldLock[] {
  const held = heldLocks(model, graph).at(event);
  const claimed = claimsOf(model, graph).calls.get(event) ?? claimedByCallee(model, graph, event);
  if (claimed === undefined) return held;
  const lock = { key: `claim:${claimed.key}`, place: claimed, text: claimed.text, isLocal: false };
  return [...held, { lock, mode: 'exclusive', origin: 'claim' }];
}

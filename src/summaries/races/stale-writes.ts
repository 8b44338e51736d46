/**
 * Writes that come too late: a task suspends, and then clears, restores or replaces shared content without a look at what
 * has become of it. Candidates, each with the rival whose content is destroyed.
 *
 * A write that some test of the same place decides is the business of check-then-act, whatever becomes of it there.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, SuspendEvent, WriteEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { displayName } from '../../syntax/functions.js';
import type { Rival } from '../actors/rivals.js';
import { type HeldLocks, withoutExclusion } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { isReconsidered } from '../protocols/protocols.js';
import { emptiedPlace } from '../effects/emptied-places.js';
import { clearingByCall, clearingByWrite } from './clearings.js';
import { displacedHandle } from './displaced-handles.js';
import { lateMarks } from './late-marks.js';
import { lateMembersOf } from './late-members.js';
import { lateResourcesOf } from './late-resources.js';
import { lateSubscriptionsOf } from './late-subscriptions.js';
import { overtakenAnswer } from './overtaken-answers.js';
import { overtakenEffects } from './overtaken-effects.js';
import { replacedChoice } from './replaced-choices.js';
import { restorationBy, restorationByCall } from './restorations.js';
import { revivalsOf } from './revivals.js';
import { staleFillsOf } from './stale-fills.js';
import { unseenChanges } from './unseen-changes.js';

export interface StaleWrite {
  readonly event: WriteEvent | CallEvent;
  /** Where it is written; in a callee when the event is a call. */
  readonly node: ts.Node;
  readonly place: Place;
  readonly kind:
    /** All elements are dropped after the old ones were dealt with: those that were added meanwhile are lost. */
    | 'drained'
    /** The content is dropped after the old one was dealt with, or blindly: a newer one is lost. */
    | 'cleared'
    /** A mark of what has changed is taken down after the old content was dealt with: that of a newer change is lost. */
    | 'unmarked'
    /** What was there before is put back: so is what another task has ended, and what it has begun is lost. */
    | 'restored'
    /** The answer to an older question replaces that to a newer one. */
    | 'overtaken'
    /** The old handle was ended before the suspension; what another call has stored since is not. */
    | 'displaced'
    /** What another task has ended meanwhile is filled again. */
    | 'revived'
    /** It is opened when the end that would have closed it is over. */
    | 'late'
    /** A listener is added when the end that would have taken it off is over. */
    | 'listening'
    /** It is put among others when the end that would have ended it with them is over. */
    | 'joined'
    /** What was asked for before an invalidation is kept after it. */
    | 'refilled'
    /** What was made of objects replaces them, also when one was changed in place meanwhile. */
    | 'unseen'
    /** The answer about what was there replaces what has been chosen since. */
    | 'replaced';
  /** What was looked at before the suspension; undefined when nothing was. */
  readonly look: Event | undefined;
  readonly suspension: SuspendEvent;
  /** Of an answer that may be overtaken, the calls that were asked for it. */
  readonly asked?: readonly CallEvent[];
  readonly rival: Rival;
  readonly confidence: 'high' | 'medium' | 'low';
}

export function* staleWritesOf(model: ProgramModel, graph: Graph, held: HeldLocks): Generator<StaleWrite> {
  if (!graph.hasSuspension) return;
  for (const event of eventsOf(graph)) {
    if (event.kind === 'call') {
      const found = clearingByCall(model, graph, held, event) ?? restoring(model, graph, held, event);
      const overtaken = found === undefined ? overtakenAnswer(model, graph, held, event) : undefined;
      if (found !== undefined) yield found;
      else if (overtaken !== undefined) yield { ...overtaken, kind: 'overtaken' };
    }
    if (event.kind !== 'write' || event.place.root.kind === 'external') continue;
    const found = judge(model, graph, held, event);
    if (found !== undefined) yield found;
  }
  for (const { event, place, test, suspension, rival } of unseenChanges(model, graph, held)) {
    yield { event, node: event.node, place, kind: 'unseen', look: test, suspension, rival, confidence: 'medium' };
  }
  for (const revival of revivalsOf(model, graph, held)) {
    yield { ...revival, node: revival.event.node, kind: 'revived', look: undefined, confidence: 'medium' };
  }
  for (const fill of staleFillsOf(model, graph, held)) yield { ...fill, kind: 'refilled', look: undefined, confidence: 'medium' };
  for (const mark of lateMarks(model, graph, held)) {
    if (!isReconsidered(model, graph, held, mark.event, mark.place)) yield { ...mark, node: mark.event.node, kind: 'unmarked', confidence: 'medium' };
  }
  for (const { event, place, suspension, effect } of overtakenEffects(model, graph, held)) {
    const by: Rival = { name: displayName(model.compiler, graph.owner), node: effect, isSelf: true };
    yield { event, node: event.node, place, kind: 'overtaken', look: undefined, suspension, rival: by, confidence: 'medium' };
  }
  // what keeps a second such task out does not keep the end out
  const open = withoutExclusion(held);
  for (const late of lateResourcesOf(model, graph, open)) {
    if (!isReconsidered(model, graph, open, late.event, late.place)) yield { ...late, kind: 'late', look: undefined, confidence: 'medium' };
  }
  for (const late of lateSubscriptionsOf(model, graph, open)) {
    if (!isReconsidered(model, graph, open, late.event, late.place)) yield { ...late, node: late.event.node, kind: 'listening', look: undefined, confidence: 'medium' };
  }
  for (const member of lateMembersOf(model, graph, open)) {
    if (!isReconsidered(model, graph, open, member.event, member.place)) yield { ...member, node: member.event.node, kind: 'joined', look: undefined, confidence: 'medium' };
  }
}

function judge(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent): StaleWrite | undefined {
  const emptied = emptiedPlace(model, event);
  if (emptied !== undefined) return clearingByWrite(model, graph, held, event, emptied);
  if (event.how !== 'assign' || event.value === undefined || event.value.nature === 'constant') return undefined;
  const restored = restoring(model, graph, held, event);
  if (restored !== undefined) return restored;
  const displaced = displacedHandle(model, graph, held, event);
  if (displaced !== undefined) return { ...displaced, node: event.node, kind: 'displaced', confidence: 'medium' };
  const overtaken = overtakenAnswer(model, graph, held, event);
  if (overtaken !== undefined) return { ...overtaken, kind: 'overtaken' };
  const replaced = replacedChoice(model, graph, held, event);
  return replaced === undefined ? undefined : { ...replaced, event, node: event.node, kind: 'replaced', confidence: 'medium' };
}

function restoring(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent | CallEvent): StaleWrite | undefined {
  const found = event.kind === 'write' ? restorationBy(model, graph, held, event) : restorationByCall(model, graph, held, event);
  if (found === undefined || isReconsidered(model, graph, held, event, found.place)) return undefined;
  return { ...found, event, kind: 'restored' };
}

/**
 * Content that is handed to work that is waited for, and replaced by its answer: `this.tokens = await renew(this.tokens.refresh)`. Two
 * tasks hand in the same, although the first has spent it, and of the two answers one is lost.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { mayFollowSuspension } from '../../cfg/walk.js';
import type { CallEvent, ReadEvent, SuspendEvent, WriteEvent } from '../../events/event.js';
import { writeAffectsRead } from '../../places/place.js';
import { type Rival, selfRival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { questionOf } from '../effects/answers.js';
import { mayDependOn, suspensionBetween } from '../effects/dependence.js';
import type { HeldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { isReconsidered } from '../protocols/protocols.js';
import { isForOneOperation } from '../protocols/slot-lifetime.js';
import { isSetup } from './renewals.js';

export interface Exchange {
  /** What is handed in. */
  readonly look: ReadEvent;
  /** What it is handed to. */
  readonly call: CallEvent;
  readonly suspension: SuspendEvent;
  readonly rival: Rival;
}

/** How the write replaces what the place held by what was given for it; undefined where only one task at a time does so. */
export function exchangeBehind(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent): Exchange | undefined {
  const { place, value } = event;
  // what is renewed there is of no use to anybody once the operation is over
  if (value === undefined || !mayFollowSuspension(graph, event) || isForOneOperation(model, graph, place)) return undefined;
  const question = questionOf(model, graph, value);
  // of `this.tokens.refresh` the read of `this.tokens` is a part
  const [look] = (question?.reads ?? []).filter((read) => writeAffectsRead(place, read.place)).sort((left, right) => right.place.path.length - left.place.path.length);
  // what brings the object into being mostly names the old content as what counts where there is no other
  if (look === undefined || isSetup(model, graph)) return undefined;
  const call = question?.asked.find((asked) => isGiven(graph, asked, look));
  const suspension = suspensionBetween(graph, held, look, event);
  if (call === undefined || suspension === undefined || !isSpent(model, graph, event, look, call) || isReconsidered(model, graph, held, event, place)) return undefined;
  const rival = selfRival(model, graph, place, event);
  return rival === undefined ? undefined : { look, call, suspension, rival };
}

/**
 * The answer brings what is good for the next time along with what was asked for: it replaces more than what was handed in. Of
 * `this.count = await next(this.count)` nobody knows whether the old count makes any difference.
 */
function isSpent(model: ProgramModel, graph: Graph, event: WriteEvent, look: ReadEvent, call: CallEvent): boolean {
  if (look.place.path.length > event.place.path.length) return true;
  return eventsOf(graph).some(
    (other) =>
      other.kind === 'write' && other.how === 'assign' && other.place.key !== event.place.key && other.value !== undefined &&
      questionOf(model, graph, other.value)?.asked.includes(call) === true && isShared(model, graph, other.place),
  );
}

/** The call gets what was read as an argument, also by way of a local. */
function isGiven(graph: Graph, call: CallEvent, look: ReadEvent): boolean {
  return call.arguments.some((argument) => mayDependOn(graph, argument, (source) => source === look));
}

/**
 * An event that says that an object is ready, emitted before the work is done that makes it so: listeners use what the rest of
 * the initialisation sets only after a suspension.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { CallEvent, SuspendEvent, WriteEvent } from '../../events/event.js';
import { empties } from '../../events/writes.js';
import { suspensionBetween } from '../effects/dependence.js';
import { type HeldLocks, heldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { asksWriter, type Look, looksAt, mayLookMeanwhile, waitsForFiller, waitsForPlace } from '../actors/readers.js';
import { isShared } from '../actors/sharing.js';

export interface EarlyAnnouncement {
  readonly emit: CallEvent;
  /** The event, as it is written. */
  readonly announced: string;
  readonly suspension: SuspendEvent;
  readonly last: WriteEvent;
  readonly look: Look;
}

const readyEvents = /^(?:ready|init|initiali[sz]ed|loaded|started|setup|available)$/i;

export function earlyAnnouncements(model: ProgramModel, graph: Graph): readonly EarlyAnnouncement[] {
  const { compiler } = model;
  if (!graph.hasSuspension || compiler.isSourceFile(graph.owner)) return [];
  return eventsOf(graph).flatMap((event): EarlyAnnouncement[] => {
    if (event.kind !== 'call' || event.name !== 'emit') return [];
    const announced = event.arguments[0]?.node;
    if (announced === undefined || !compiler.isStringLiteralLike(announced) || !readyEvents.test(announced.text)) return [];
    const found = restOf(model, graph, heldLocks(model, graph), event);
    return found === undefined ? [] : [{ emit: event, announced: announced.text, ...found }];
  });
}

/** What is set after the event and a suspension, and who looks at it without asking. */
function restOf(model: ProgramModel, graph: Graph, held: HeldLocks, emit: CallEvent): Pick<EarlyAnnouncement, 'suspension' | 'last' | 'look'> | undefined {
  for (const last of eventsOf(graph)) {
    if (last.kind !== 'write' || last.how !== 'assign' || last.value?.nature === 'constant' || empties(model.compiler, last)) continue;
    // who goes on in a loop sets the same again and again
    if (!isShared(model, graph, last.place) || !follows(graph, emit, last) || follows(graph, last, emit)) continue;
    const suspension = suspensionBetween(graph, held, emit, last);
    if (suspension === undefined) continue;
    const look = looksAt(model, last.place).find(
      (each) =>
        each.graph !== graph &&
        mayLookMeanwhile(model, graph, last, suspension, last.place, each) &&
        !waitsForPlace(model, each) &&
        !waitsForFiller(model, each, last.place) &&
        !asksWriter(model, each, [], graph),
    );
    if (look !== undefined) return { suspension, last, look };
  }
  return undefined;
}

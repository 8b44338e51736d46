/**
 * Marks of what has changed that are taken down too late: `await save(this.text); this.isDirty = false;`, where another function
 * sets the text and the mark meanwhile. The change was not in what was saved, and nothing tells of it any more.
 */
import { accessesNear, eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { ReadEvent, SourceEvent, SuspendEvent, WriteEvent } from '../../events/event.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { type OtherWrite, otherWriters, type Rival, rivalOf } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { mayDependOn, suspensionBetween } from '../effects/dependence.js';
import type { HeldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';

export interface LateMark {
  readonly event: WriteEvent;
  readonly place: Place;
  /** Where the content was read that the mark speaks of. */
  readonly look: ReadEvent;
  readonly suspension: SuspendEvent;
  readonly rival: Rival;
}

export function lateMarks(model: ProgramModel, graph: Graph, held: HeldLocks): readonly LateMark[] {
  if (!graph.hasSuspension || model.compiler.isSourceFile(graph.owner)) return [];
  const found: LateMark[] = [];
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'write' || !sets(event, 'false') || event.place.path.at(-1)?.kind === 'element' || !isShared(model, graph, event.place)) continue;
    // a task that sets the mark itself says that it is at work
    if (accessesNear(graph, event.place).some((other) => other.kind === 'write' && sets(other, 'true') && other.place.key === event.place.key)) continue;
    const mark = judge(model, graph, held, event);
    if (mark !== undefined) found.push(mark);
  }
  return found;
}

function sets({ how, value }: WriteEvent, text: 'true' | 'false'): boolean {
  return how === 'assign' && value?.node.getText() === text;
}

/** Somebody else changes a content and sets the mark in one turn, while the task waits for what it has begun with the old content. */
function judge(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent): LateMark | undefined {
  const { place } = event;
  for (const other of otherWriters(model, graph, place)) {
    if (!sets(other.event, 'true') || other.place.key !== place.key || other.graph.hasSuspension) continue;
    for (const look of eventsOf(graph)) {
      if (look.kind !== 'read' || !follows(graph, look, event)) continue;
      if (!isChangedBeside(other, look.place) || !isShared(model, graph, look.place)) continue;
      const suspension = suspensionBetween(graph, held, look, event);
      if (suspension !== undefined && isGivenTo(graph, suspension, look)) return { event, place, look, suspension, rival: rivalOf(model, other) };
    }
  }
  return undefined;
}

/** Who sets the mark writes the content as well. */
function isChangedBeside({ graph, place: mark }: OtherWrite, content: Place): boolean {
  return accessesNear(graph, content).some((event) => event.kind === 'write' && event.place.key !== mark.key && writeAffectsRead(event.place, content));
}

/** What is waited for was given something that was made of the content. */
function isGivenTo(graph: Graph, { operand }: SuspendEvent, look: ReadEvent): boolean {
  const isContent = (source: SourceEvent): boolean => source === look;
  return (operand?.sources ?? []).some((source) => source.kind === 'call' && source.arguments.some((argument) => mayDependOn(graph, argument, isContent)));
}

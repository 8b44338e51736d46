/**
 * Numbers given twice: an entry is numbered by how many there are, the task suspends, and the entry is added with the old
 * number. Another task has counted the same entries meanwhile.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { Compiler } from '../../compiler/compiler.js';
import type { ReadEvent, SourceEvent, SuspendEvent, Value, WriteEvent } from '../../events/event.js';
import { holderOf, type Place } from '../../places/place.js';
import { type Rival, selfRival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { suspensionBetween } from '../effects/dependence.js';
import { reachingDefinitions } from '../effects/provenance.js';
import type { HeldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';

export interface RepeatedNumber {
  /** Adds the entry. */
  readonly event: WriteEvent;
  readonly collection: Place;
  /** Where the entries are counted. */
  readonly count: ReadEvent;
  readonly suspension: SuspendEvent;
  readonly rival: Rival;
}

export function* repeatedNumbersOf(model: ProgramModel, graph: Graph, held: HeldLocks): Generator<RepeatedNumber> {
  if (!graph.hasSuspension) return;
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'write' || event.how !== 'add' || event.value === undefined) continue;
    const collection = holderOf(event.place);
    const count = countBehind(model.compiler, graph, event.value, collection);
    const suspension = count === undefined ? undefined : suspensionBetween(graph, held, count, event);
    if (count === undefined || suspension === undefined || !isShared(model, graph, collection)) continue;
    const rival = selfRival(model, graph, collection, event);
    if (rival !== undefined) yield { event, collection, count, suspension, rival };
  }
}

/** `rows.length`, itself or in a sum or a text, through locals; what a call makes of it may be anything. */
function countBehind(compiler: Compiler, graph: Graph, value: Value, collection: Place): ReadEvent | undefined {
  const seen = new Set<SourceEvent>();
  const work = [...value.sources];
  for (let source = work.pop(); source !== undefined; source = work.pop()) {
    if (seen.has(source)) continue;
    seen.add(source);
    if (source.kind === 'use') work.push(...reachingDefinitions(graph, source).flatMap((definition) => definition.value?.sources ?? []));
    else if (source.kind === 'read' && holderOf(source.place).key === collection.key && isSize(compiler, source)) return source;
  }
  return undefined;
}

function isSize(compiler: Compiler, { node }: ReadEvent): boolean {
  return compiler.isPropertyAccessExpression(node) && (node.name.text === 'length' || node.name.text === 'size');
}

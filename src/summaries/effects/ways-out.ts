/**
 * Ways out of an activation on which something that it began is not ended: an exception leaves before the end is reached.
 *
 * Only what its function means to end counts, so every way without an exception has to lead to an end.
 */
import { blockAt, flowSuccessors, type Graph, reaches } from '../../cfg/graph.js';
import { type Event, mayThrow, type TestEvent } from '../../events/event.js';
import { exceptionOf, type Likelihood, likelihoodRanks } from './exceptions.js';
import type { ProgramModel } from '../model/program-model.js';

export interface Failure {
  readonly failure: Event;
  readonly likelihood: Likelihood;
}

/** A path, and what has thrown on it. */
interface Path {
  readonly block: number;
  readonly index: number;
  readonly thrown: Failure | undefined;
}

/** What is known of the ways beyond the graph. */
export interface Knowledge {
  /** The outcome of a test that cannot come about; undefined where both can. */
  excluded?(test: TestEvent): 'true' | 'false' | undefined;
  /** Whether an exception of the event counts; by default all do. */
  counts?(failure: Failure): boolean;
}

/**
 * The surest exception that leaves the activation without an end; undefined where none does, or where a way without an
 * exception does, too.
 */
export function failureWithoutEnd(
  model: ProgramModel,
  graph: Graph,
  start: Pick<Event, 'block' | 'index'>,
  ends: (event: Event) => boolean,
  knowledge: Knowledge = {},
): Failure | undefined {
  const found: Failure[] = [];
  const seen = new Set<string>();
  const work: Path[] = [{ block: start.block, index: start.index + 1, thrown: undefined }];
  // a queue, so that of the exceptions that end alike the first one is told
  for (const { block: id, index, thrown } of work) {
    const key = `${id}.${index}.${thrown === undefined ? '' : thrown.likelihood}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (id === graph.raise || id === graph.exit || id === graph.taskEnd) {
      if (thrown === undefined) return undefined;
      found.push(thrown);
      continue;
    }
    const block = blockAt(graph, id);
    let isEnded = false;
    for (const event of block.events.slice(index)) {
      if (ends(event)) {
        isEnded = true;
        break;
      }
      const likelihood = thrown === undefined && mayThrow(event) ? exceptionOf(model, event) : undefined;
      const failure = likelihood === undefined || likelihood === 'remote' ? undefined : { failure: event, likelihood };
      if (failure !== undefined && knowledge.counts?.(failure) !== false) work.push({ block: block.handler, index: 0, thrown: failure });
      if (event.kind !== 'throw') continue;
      if (thrown !== undefined) work.push({ block: block.handler, index: 0, thrown });
      isEnded = true;
      break;
    }
    if (isEnded) continue;
    for (const to of waysOn(graph, id, ends, knowledge)) work.push({ block: to, index: 0, thrown });
  }
  return found.sort(
    (left, right) => likelihoodRanks[left.likelihood] - likelihoodRanks[right.likelihood] || left.failure.node.pos - right.failure.node.pos,
  )[0];
}

/** A continuation that nobody waits for goes its own way; where the end is in it, that is the way that counts. */
function waysOn(graph: Graph, id: number, ends: (event: Event) => boolean, knowledge: Knowledge): readonly number[] {
  const { events, out } = blockAt(graph, id);
  const test = events.at(-1);
  const closed = test?.kind === 'test' ? knowledge.excluded?.(test) : undefined;
  const next = closed === undefined ? flowSuccessors(graph, id) : out.flatMap(({ label, to }) => (label === 'throws' || label === closed ? [] : [to]));
  const continuations = next.filter((to) => graph.continuations.has(to));
  const ending = continuations.filter((to) => graph.blocks.some(({ id: block, events }) => (block === to || reaches(graph, to, block)) && events.some(ends)));
  return ending.length > 0 ? ending : next.filter((to) => !continuations.includes(to));
}

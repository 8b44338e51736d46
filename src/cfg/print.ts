/** A graph as stable text: the first tool of every debugging session. */
import type { Event } from '../events/event.js';
import { formatEvent } from './format-event.js';
import type { Block, Graph } from './graph.js';

/** What the view shows beside the graph; plain shapes, so that the graph's layer need not know who computes them. */
interface LocksAtEvents {
  at(event: Event): readonly { readonly lock: { readonly text: string }; readonly mode: string; readonly origin: string }[];
}
interface ContextView {
  readonly multiplicity: string;
  readonly held: readonly { readonly lock: { readonly text: string } }[];
}
interface SummaryView {
  readonly suspends: boolean;
  readonly isComplete: boolean;
  readonly writes: readonly {
    readonly place: { readonly text: string };
    readonly phase: string;
    isGuarded(): boolean;
    readonly how: string;
  }[];
  readonly returns: readonly { readonly place: { readonly text: string }; readonly isOld: boolean }[];
}

export function describeGraph(
  graph: Graph,
  name: string,
  held: LocksAtEvents,
  context: ContextView,
  summary: SummaryView | undefined,
): string {
  const lines = [`function ${name}`, `context: ${context.multiplicity}${heldText(context.held)}`];
  if (summary !== undefined) {
    lines.push(`suspends: ${summary.suspends ? 'yes' : 'no'}`, `callees: ${summary.isComplete ? 'all known' : 'some unknown'}`);
    for (const write of summary.writes) {
      lines.push(`writes: ${write.place.text} (${write.how}, ${write.phase} the first suspension${write.isGuarded() ? ', guarded' : ''})`);
    }
    for (const read of summary.returns) lines.push(`returns what it saw of: ${read.place.text}${read.isOld ? ' (old)' : ''}`);
  }
  for (const block of reachableBlocks(graph)) {
    lines.push('', `${blockName(graph, block.id)}:${block.handler === graph.raise ? '' : ` (throws to ${blockName(graph, block.handler)})`}`);
    for (const event of block.events) {
      const locks = heldText(held.at(event));
      lines.push(`  ${String(lineNumber(event)).padStart(4)}  ${formatEvent(event)}${locks}`);
    }
    for (const edge of block.out) lines.push(`        -> ${blockName(graph, edge.to)}${edge.label === 'next' ? '' : ` [${edge.label}]`}`);
  }
  return `${lines.join('\n')}\n`;
}

function heldText(held: readonly { readonly lock: { readonly text: string } }[]): string {
  return held.length === 0 ? '' : `  {${held.map((item) => item.lock.text).join(', ')}}`;
}

function lineNumber(event: Event): number {
  const file = event.node.getSourceFile();
  return file.getLineAndCharacterOfPosition(event.node.getStart(file)).line + 1;
}

export function blockName(graph: Graph, id: number): string {
  if (id === graph.entry) return 'entry';
  if (id === graph.exit) return 'exit';
  if (id === graph.raise) return 'raise';
  if (id === graph.taskEnd) return 'task end';
  return `b${id}`;
}

/** Blocks that control can reach, in the order they were made. */
export function reachableBlocks(graph: Graph): readonly Block[] {
  const seen = new Set<number>();
  const work = [graph.entry];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const block = graph.blocks[id];
    if (block === undefined) continue;
    if (block.events.length > 0) work.push(block.handler);
    for (const edge of block.out) work.push(edge.to);
  }
  const order = (id: number): number => (id === graph.entry ? -1 : id);
  return graph.blocks.filter((block) => seen.has(block.id)).sort((left, right) => order(left.id) - order(right.id));
}

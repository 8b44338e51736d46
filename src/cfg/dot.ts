/** A graph in the DOT language of Graphviz. */
import type { Event } from '../events/event.js';
import { formatEvent } from './format-event.js';
import type { Graph } from './graph.js';
import { blockName, reachableBlocks } from './print.js';

interface LocksAtEvents {
  at(event: Event): readonly { readonly lock: { readonly text: string } }[];
}

export function graphToDot(graph: Graph, held: LocksAtEvents): string {
  const lines = ['digraph {', '  node [shape=box, fontname="monospace"];'];
  for (const block of reachableBlocks(graph)) {
    const events = block.events.map((event) => {
      const locks = held.at(event).map((item) => item.lock.text);
      return formatEvent(event) + (locks.length === 0 ? '' : `  {${locks.join(', ')}}`);
    });
    const label = [blockName(graph, block.id), ...events].map(escape).join('\\l');
    lines.push(`  n${block.id} [label="${label}\\l"];`);
    for (const edge of block.out) {
      const text = edge.label === 'next' ? '' : ` [label="${edge.label}"]`;
      lines.push(`  n${block.id} -> n${edge.to}${text};`);
    }
    if (block.handler !== graph.raise && block.events.length > 0) {
      lines.push(`  n${block.id} -> n${block.handler} [style=dashed, label="throws"];`);
    }
  }
  lines.push('}');
  return `${lines.join('\n')}\n`;
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}

/** The graph with a node for each edge, so that what is known along an edge can differ from what is known after its block. */
import type { Edge, Graph } from './graph.js';

/** Numbers of nodes: those of the blocks come first, then those of the edges. Edges to handlers have none. */
export interface EdgeNodes {
  readonly size: number;
  /** The edge that the node stands for; undefined for a block. */
  readonly edgeAt: (node: number) => Edge | undefined;
  /** From a block to its edges, from an edge to the block it leads to. */
  readonly successors: (node: number) => readonly number[];
}

const known = new WeakMap<Graph, EdgeNodes>();

export function edgeNodesOf(graph: Graph): EdgeNodes {
  let nodes = known.get(graph);
  if (nodes === undefined) known.set(graph, (nodes = createEdgeNodes(graph)));
  return nodes;
}

function createEdgeNodes({ blocks }: Graph): EdgeNodes {
  const edges: Edge[] = [];
  const successors: (readonly number[])[] = blocks.map(({ out }) => {
    const flowing = out.filter((edge) => edge.label !== 'throws');
    return flowing.map((edge) => blocks.length + edges.push(edge) - 1);
  });
  for (const { to } of edges) successors.push([to]);
  return { size: successors.length, edgeAt: (node) => edges[node - blocks.length], successors: (node) => successors[node] ?? [] };
}

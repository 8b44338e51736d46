/** What a function looks into when it runs later: a closure that is handed on, a generator that is consumed, work that goes on. */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { Event } from '../../events/event.js';
import { type FunctionNode, isGenerator } from '../../syntax/functions.js';
import { isShared } from '../actors/sharing.js';
import { takenLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { isLocal, type ReferenceSearch } from './reference-search.js';
import { collectionOf, type Reference, reference } from './reference-steps.js';

/** What the function reads without a lock of its own, at the events that are chosen. */
export function laterReads(model: ProgramModel, graph: Graph, isChosen: (event: Event) => boolean): Reference[] {
  const held = takenLocks(model, graph);
  const reads: Reference[] = [];
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'read' || !isChosen(event) || held.at(event).some((lock) => lock.origin === 'lock')) continue;
    const isParameter = event.place.root.kind === 'variable' && event.place.root.binding.owner === graph.owner;
    if (!isParameter && !isShared(model, graph, event.place)) continue;
    reads.push(reference('promise', collectionOf(event.place), event, event.node));
  }
  return reads;
}

/** A function that only looks is a view; one that acts has its own reasons. */
export function closureReferences(search: ReferenceSearch, node: FunctionNode, at: Event): Reference[] {
  const { model } = search;
  if (search.graph.inlined.has(node)) return [];
  const inner = model.graph(node);
  // what a generator yields, its consumer asks for: it looks then, and does nothing else
  const isWaiting = inner.hasSuspension && !(isGenerator(node) && eventsOf(inner).every((event) => event.kind !== 'suspend' || event.reason === 'yield'));
  if (inner.hasLocks || isWaiting) return [];
  for (const item of eventsOf(inner)) if (item.kind === 'write' && isShared(model, inner, item.place)) return [];
  return capturedReferences(search, node, inner, at).map((item) => ({ ...item, kind: 'closure' }));
}

/** The collections that a function literal looks into. */
export function capturedReferences(search: ReferenceSearch, node: FunctionNode, inner: Graph, at: Event): Reference[] {
  const { model, graph } = search;
  const event = model.eventsAt(graph, node).find((candidate) => candidate.kind === 'closure') ?? at;
  const found: Reference[] = [];
  for (const item of eventsOf(inner)) {
    if (item.kind !== 'read' || item.place.path.at(-1)?.kind !== 'element') continue;
    const place = collectionOf(item.place);
    const { root } = place;
    if (root.kind === 'variable' && isLocal(search, root.binding)) {
      for (const definition of graph.definitions.get(root.binding) ?? []) {
        for (const held of search.ofDefinition(definition)) if (held.depth === 0 && held.kind !== 'promise') found.push({ ...held, node, handedOut: undefined });
      }
    } else if (isShared(model, inner, place)) {
      found.push(reference('closure', place, event, node));
    }
  }
  return found;
}

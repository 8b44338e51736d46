/** Who else changes a place while a task is suspended. */
import type { Graph } from '../cfg/graph.js';
import type { ts } from '../compiler/compiler.js';
import type { Event } from '../events/event.js';
import type { Place } from '../places/place.js';
import { displayName } from '../syntax/functions.js';
import { isConfined } from './confinement.js';
import { contextOf, mayOverlap } from './contexts.js';
import { type Mutation, writesTo } from './mutations.js';
import type { ProgramModel } from './program-model.js';

export interface Rival {
  readonly name: string;
  /** The rival's change, or its call of who makes it. */
  readonly node: ts.Node;
  /** Another activation of the same function. */
  readonly isSelf: boolean;
}

/** The same function, run by another task: it makes the same change. */
export function selfRival(model: ProgramModel, graph: Graph, place: Place, event: Event): Rival | undefined {
  if (!mayOverlap(model, graph.owner, place)) return undefined;
  return { name: displayName(model.compiler, graph.owner), node: event.node, isSelf: true };
}

/** Changes that other functions make to the place, or to what it holds, while this one may be suspended. */
export function otherWriters(model: ProgramModel, graph: Graph, place: Place): readonly Mutation[] {
  const { root } = place;
  if (root.kind === 'this' && root.owner !== undefined && isConfined(model, root.owner)) return [];
  return writesTo(model, place).filter(
    (mutation) =>
      mutation.graph.owner !== graph.owner && !isMadeBySibling(model, mutation, place) && mayRunBeside(model, graph, mutation.graph, place),
  );
}

/** A call of a function that shares the place itself: its own writes are found where they are. */
function isMadeBySibling(model: ProgramModel, { event }: Mutation, place: Place): boolean {
  if (event.kind !== 'call') return false;
  const callee = model.callee(event, 'full');
  const { root } = place;
  const scope = root.kind === 'this' ? root.owner : root.kind === 'variable' ? root.binding.owner : undefined;
  if (callee === undefined || scope === undefined || callee.getSourceFile() !== scope.getSourceFile()) return false;
  return callee.pos >= scope.pos && callee.end <= scope.end;
}

export function rivalOf(model: ProgramModel, mutation: Mutation): Rival {
  return { name: displayName(model.compiler, mutation.graph.owner), node: mutation.event.node, isSelf: false };
}

/** Whether some activation of the one function may run while one of the other is suspended. */
function mayRunBeside(model: ProgramModel, graph: Graph, other: Graph, place: Place): boolean {
  if (mayOverlap(model, graph.owner, place) || mayOverlap(model, other.owner, place)) return true;
  // each runs alone, but who calls the one need not know of the other
  return contextOf(model, graph.owner).multiplicity !== 'once' && contextOf(model, other.owner).multiplicity === 'overlapping';
}

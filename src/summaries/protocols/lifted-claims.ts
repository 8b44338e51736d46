/**
 * Claims that somebody else takes down while the work under them is under way: `close() { this.connecting = false; … }` lets the
 * next `open()` in beside the one that still waits.
 *
 * Flags and keys only: whoever empties the slot of a promise mostly wants the next caller to begin anew.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { WriteEvent } from '../../events/event.js';
import { resets } from '../../events/writes.js';
import { mayAlias } from '../../places/place.js';
import { displayName, isFunctionNode } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { namesFunction } from '../actors/member-mentions.js';
import { otherWriters } from '../actors/rivals.js';
import { isAbortName } from '../effects/endings.js';
import { isInternal } from '../effects/visibility.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { claimsOf } from './claims.js';

export interface LiftedClaim {
  /** The place of the claim, as the program writes it. */
  readonly place: string;
  /** Who takes it down, and where. */
  readonly by: string;
  readonly node: ts.Node;
}

/** The claims of the activation that others take down, by the keys of their places. */
export const liftedClaims = memoized((model, graph: Graph): ReadonlyMap<string, LiftedClaim> => {
  const lifted = new Map<string, LiftedClaim>();
  if (!graph.hasSuspension) return lifted;
  for (const [write, place] of claimsOf(model, graph).writes) {
    const isMark = write.how === 'add' || write.value?.nature === 'constant';
    const lifter = isMark && !lifted.has(place.key) ? lifterOf(model, graph, write) : undefined;
    if (lifter !== undefined) lifted.set(place.key, { ...lifter, place: place.text });
  }
  return lifted;
});

/**
 * A function that others call takes the claim down in any case, and does not make the work fail. The parts of the work itself, its
 * callbacks and the functions that it names, give back what is their own.
 */
function lifterOf(model: ProgramModel, graph: Graph, claim: WriteEvent): Omit<LiftedClaim, 'place'> | undefined {
  const { compiler } = model;
  for (const { event, graph: other } of otherWriters(model, graph, claim.place)) {
    const { owner } = other;
    if (event.kind !== 'write' || !resets(compiler, event) || event.place.path.length !== claim.place.path.length) continue;
    if (!isFunctionNode(compiler, owner) || isWithin(owner, graph.owner) || isWithin(graph.owner, owner) || isInternal(model, owner)) continue;
    if (namesFunction(model, graph.owner, owner) || model.controlDependence(other).controllingTests(event.block).length > 0) continue;
    const isOtherwise = eventsOf(other).some((each) => {
      if (each.kind === 'call') return isAbortName(each.name);
      // who waits first may well wait for the work; and who claims the place as well gives back its own claim
      if (each.kind === 'suspend') return follows(other, each, event);
      return each.kind === 'write' && mayAlias(each.place, event.place) && !resets(compiler, each);
    });
    if (!isOtherwise) return { by: displayName(compiler, owner), node: event.node };
  }
  return undefined;
}

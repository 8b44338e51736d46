/**
 * Work that is begun while older work of its kind may be under way, because it is asked for anew or because the older one takes too
 * long: its promise takes the place of the older one, whose end then clears the slot of the newer.
 */
import { accessesNear, follows, type Graph } from '../../cfg/graph.js';
import type { Event, Value, WriteEvent } from '../../events/event.js';
import { type Place, project, type Projection } from '../../places/place.js';
import { enclosingActivation, memberOf } from '../../syntax/functions.js';
import { startOfChain } from '../../syntax/promise-chains.js';
import { mayOverlap } from '../actors/contexts.js';
import { callsOfInternal } from '../actors/member-mentions.js';
import { looksAt } from '../actors/readers.js';
import { mayReach } from '../effects/mutations.js';
import { isInternal } from '../effects/visibility.js';
import { heldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { claimsOf } from './claims.js';
import { readsOfTest } from './freshness.js';
import { keptPromise, mayKeepPromise } from './kept-promises.js';
import { requirementOf } from './outcomes.js';
import { type Flight, flightsOf } from './promise-slots.js';
import { clearingAt, type Replacement } from './slot-clearings.js';
import { isAppended } from './protocols.js';
import { isPartOfTeardown } from './slot-lifetime.js';

export interface OvertakenFlight {
  readonly flight: Flight;
  /** The newer promise, stored for one who has not found the slot empty. */
  readonly replacement: Replacement;
}

/** The work whose end makes the write, where newer work of the same function may have overtaken it. */
export function overtakenFlight(model: ProgramModel, graph: Graph, clearing: WriteEvent): OvertakenFlight | undefined {
  const { place } = clearing;
  for (const event of accessesNear(graph, place)) {
    if (event.kind !== 'write' || event.how !== 'assign' || event.value === undefined || event.place.key !== place.key) continue;
    if (!mayKeepPromise(model, event.value) || isAppended(model, event.value, place) || !mayOverlap(model, graph.owner, place)) continue;
    const starter = starterBeside(model, graph, event);
    const kept = starter === undefined ? undefined : keptPromise(model, event.value);
    if (starter === undefined || kept === undefined) continue;
    const flight: Flight = { graph, write: event, value: kept.value, place, promise: project(place, ...kept.path), isRenewed: true };
    // who stores what is handed in leaves it to the callers when
    if (storesHanded(model, kept.value)) continue;
    if (clearingAt(model, graph, clearing, [flight]).by !== 'owner' || !isSought(model, place)) continue;
    return { flight, replacement: { graph: starter, event, isClearing: false } };
  }
  return undefined;
}

/** Somebody looks for the promise; else the slot only tells what is under way. */
function isSought(model: ProgramModel, place: Place): boolean {
  const isOfSlot = (step: Projection | undefined): boolean => step === undefined || step.kind === 'field' || step.key !== undefined;
  return looksAt(model, place).some(
    ({ graph, event }) =>
      event.place.path.length >= place.path.length && isOfSlot(event.place.path[place.path.length - 1]) && !isPartOfTeardown(model, graph.owner, undefined),
  );
}

function storesHanded(model: ProgramModel, { node }: Value): boolean {
  const start = startOfChain(model.compiler, node);
  const binding = model.compiler.isIdentifier(start) ? model.file(start).scopes.resolve(start) : undefined;
  return binding?.kind === 'parameter';
}

/** Who has the promise stored without having found the slot empty. */
function starterBeside(model: ProgramModel, graph: Graph, store: WriteEvent): Graph | undefined {
  const { owner } = graph;
  // what else keeps others out may well keep out newer work
  if (model.compiler.isSourceFile(owner) || heldLocks(model, graph).at(store).length > 0) return undefined;
  if (claimsOf(model, graph).writes.has(store)) {
    const claim = flightsOf(model, graph).find(({ write }) => write === store);
    // a loop goes on until it finds the slot empty, or fills it turn after turn
    const isInLoop = model.controlDependence(graph).controllingTests(store.block).some((test) => test.kind === 'test' && test.isLoop);
    return claim?.isRenewed === true && !isInLoop ? graph : undefined;
  }
  // one that looks itself and has claimed nothing is the business of check-then-act
  if (accessesNear(graph, store.place).some((event) => event.kind === 'read' && mayReach(event.place, store.place) && follows(graph, event, store))) return undefined;
  if (isInternal(model, owner)) return callsOfInternal(model, owner).find(({ graph: caller, event }) => !isFoundEmpty(model, caller, event, store.place))?.graph;
  // a closure that is handed on has its turns from whoever calls it
  return memberOf(model.compiler, owner) !== undefined || model.compiler.isSourceFile(enclosingActivation(model.compiler, owner)) ? graph : undefined;
}

/** A test on which the event depends lets it happen only while the slot is empty. */
function isFoundEmpty(model: ProgramModel, graph: Graph, event: Event, slot: Place): boolean {
  return model
    .controlDependence(graph)
    .controllingTests(event.block)
    .some((test) =>
      readsOfTest(model, graph, test).some(({ place }) => {
        const requirement = mayReach(place, slot) ? requirementOf(model, graph, event.block, test, place) : undefined;
        return requirement?.kind === 'nullish' || requirement?.kind === 'falsy' || requirement?.kind === 'absent';
      }),
    );
}

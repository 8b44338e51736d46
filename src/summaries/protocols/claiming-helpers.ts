/**
 * Helpers that claim for their caller. `tryEnter()` tests and sets a flag without a suspension in between, and its answer
 * tells whether this task has it now: who goes on with `true` holds the claim until the flag is set again. `mark(id)` only
 * sets what its caller has just looked at, `if (isMarked(id)) return; mark(id);`, and has returned when its caller goes on; callees
 * that go on under such a claim themselves are in `claiming-callees.ts`.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { CallEvent, WriteEvent } from '../../events/event.js';
import { resets } from '../../events/writes.js';
import type { Place } from '../../places/place.js';
import type { FunctionNode } from '../../syntax/functions.js';
import { heldByLibrary } from '../locks/held-locks.js';
import { canClaim, claimsOf } from './claims.js';
import { decidedWrites } from './decided-writes.js';
import { judgeAct } from './freshness.js';
import { askedBy } from './own-answers.js';
import { createModelCache, type ProgramModel } from '../model/program-model.js';
import { substitute } from '../effects/provenance.js';

const claimed = createModelCache<FunctionNode, { readonly place: Place | undefined }>();

/** The places that the activation holds after calls of helpers. */
export function claimsByHelpers(model: ProgramModel, graph: Graph): ReadonlyMap<CallEvent, Place> {
  const found = new Map<CallEvent, Place>();
  if (!graph.hasSuspension) return found;
  for (const event of eventsOf(graph)) {
    const set = event.kind === 'call' && event.consumption === 'discarded' ? placeSetBy(model, graph, event) : undefined;
    if (event.kind === 'call' && set !== undefined) found.set(event, set);
    if (event.kind !== 'test') continue;
    const call = askedBy(event);
    const callee = call === undefined ? undefined : model.callee(call, 'full');
    if (call === undefined || callee === undefined) continue;
    const place = placeClaimedBy(model, callee);
    const seen = place === undefined ? undefined : substitute(model, place, callee, call);
    if (seen !== undefined) found.set(call, seen);
  }
  return found;
}

/** The place that the callee sets at once, in any case, where the caller has just looked at it. */
function placeSetBy(model: ProgramModel, graph: Graph, call: CallEvent): Place | undefined {
  for (const { write, callee } of decidedWrites(model, graph, call, false).writes) {
    const inner = model.graph(callee);
    if (write.phase !== 'before' || inner.hasSuspension) continue;
    const isSet = model
      .eventsAt(inner, write.node)
      .some((event) => event.kind === 'write' && canClaim(model, event) && !resets(model.compiler, event) && model.controlDependence(inner).controllingTests(event.block).length === 0);
    const place = isSet ? substitute(model, write.place, callee, call) : undefined;
    if (place !== undefined && judgeAct(model, graph, heldByLibrary(model, graph), call, place).kind === 'fresh') return place;
  }
  return undefined;
}

/** What the function has claimed when it returns `true`, and has not when it returns `false`. */
function placeClaimedBy(model: ProgramModel, callee: FunctionNode): Place | undefined {
  const cache = claimed(model);
  let known = cache.get(callee);
  if (known === undefined) {
    cache.set(callee, { place: undefined });
    cache.set(callee, (known = { place: computePlace(model, callee) }));
  }
  return known.place;
}

function computePlace(model: ProgramModel, callee: FunctionNode): Place | undefined {
  // most functions say nothing of the kind: by the text, before any graph is built
  const text = callee.body?.getText() ?? '';
  if (!text.includes('return true') || !text.includes('return false')) return undefined;
  const graph = model.graph(callee);
  if (graph.hasSuspension) return undefined;
  for (const write of claimsOf(model, graph).writes.keys()) if (tellsClaim(graph, write)) return write.place;
  return undefined;
}

function tellsClaim(graph: Graph, write: WriteEvent): boolean {
  let isTold = false;
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'return' || event.inlined !== undefined) continue;
    const answer = event.value?.node.getText();
    if (answer !== (follows(graph, write, event) ? 'true' : 'false')) return false;
    isTold ||= answer === 'true';
  }
  return isTold;
}

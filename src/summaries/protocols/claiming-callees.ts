/**
 * Calls that claim for their caller: the callee sets what the caller has just looked at, before it suspends. Whoever looks
 * next is turned away.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { isReset } from '../../syntax/constants.js';
import { type FunctionNode, isGenerator } from '../../syntax/functions.js';
import { substitute } from '../effects/provenance.js';
import { suspensionReaches } from '../effects/summary.js';
import { heldByLibrary } from '../locks/held-locks.js';
import { createModelCache, type ProgramModel } from '../model/program-model.js';
import { judgeAct } from './freshness.js';

/** `if (!this.started) void this.start()`, where `start` sets the flag before it suspends. */
export function claimedByCallee(model: ProgramModel, graph: Graph, event: CallEvent): Place | undefined {
  if (model.controlDependence(graph).controllingTests(event.block).length === 0) return undefined;
  const callee = model.callee(event, 'syntactic');
  if (callee === undefined) return undefined;
  for (const inner of setAtOnce(model, callee)) {
    const place = substitute(model, inner, callee, event);
    if (place !== undefined && judgeAct(model, graph, heldByLibrary(model, graph), event, place).kind === 'fresh') return place;
  }
  return undefined;
}

const placesSetAtOnce = createModelCache<FunctionNode, readonly Place[]>();

/** What the function, or one that syntax tells it calls, sets before it suspends. Nothing is asked of the checker. */
function setAtOnce(model: ProgramModel, node: FunctionNode): readonly Place[] {
  const cache = placesSetAtOnce(model);
  const known = cache.get(node);
  if (known !== undefined) return known;
  const found = new Map<string, Place>();
  cache.set(node, []); // a function that calls itself adds nothing
  const graph = model.graph(node);
  const isSuspended = suspensionReaches(graph);
  for (const event of eventsOf(graph)) {
    if ((event.kind !== 'write' && event.kind !== 'call') || isSuspended(event)) continue;
    if (event.kind === 'write') {
      if (event.how === 'assign' && event.isDeferred !== true && isClaim(model, event.node)) found.set(event.place.key, event.place);
      continue;
    }
    const callee = model.callee(event, 'syntactic');
    for (const inner of callee === undefined || isGenerator(callee) ? [] : setAtOnce(model, callee)) {
      const place = callee === undefined ? undefined : substitute(model, inner, callee, event);
      if (place !== undefined) found.set(place.key, place);
    }
  }
  const places = [...found.values()];
  cache.set(node, places);
  return places;
}

function isClaim(model: ProgramModel, write: ts.Node): boolean {
  return model.compiler.isBinaryExpression(write) && !isReset(model.compiler, write.right);
}

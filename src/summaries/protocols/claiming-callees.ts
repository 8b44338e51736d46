/**
 * Calls that claim for their caller: the callee sets what the caller has just looked at, before it suspends, or puts something
 * under the key that the caller has just looked up, `this.flights.get(id) ?? this.begin(id)`. Whoever looks next is turned away.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { latestBefore, mayFollowSuspension } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, WriteEvent } from '../../events/event.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { isReset } from '../../syntax/constants.js';
import { type FunctionNode, isGenerator } from '../../syntax/functions.js';
import { suspensionBetween } from '../effects/dependence.js';
import { callsBehind, type ReadReference, seenFromCallee, substitute } from '../effects/provenance.js';
import { heldByLibrary } from '../locks/held-locks.js';
import { createModelCache, type ProgramModel } from '../model/program-model.js';
import { canClaim } from './claims.js';
import { judgeAct, readsOfTest } from './freshness.js';
import { isHalfClaim } from './half-claims.js';

/** `if (!this.started) void this.start()`, where `start` sets the flag before it suspends; with `always`, on every way. */
export function claimedByCallee(model: ProgramModel, graph: Graph, event: CallEvent, always = false): Place | undefined {
  if (model.controlDependence(graph).controllingTests(event.block).length === 0) return undefined;
  const callee = model.callee(event, 'syntactic');
  if (callee === undefined) return undefined;
  for (const inner of setAtOnce(model, callee)) {
    const place = substitute(model, inner.place, callee, event);
    if (inner.collection !== undefined && !model.questions.isCollection(inner.collection)) continue;
    if (place === undefined || judgeAct(model, graph, heldByLibrary(model, graph), event, place).kind !== 'fresh' || isHalfClaim(model, graph, event, place)) continue;
    if (!always || inner.ways.some((isAlways) => isAlways())) return place;
  }
  return undefined;
}

/**
 * `await this.refresh(); this.refreshedAt = now;`, where `refresh` claims at once and lifts its claim as the last thing it does:
 * nobody passes the same check while the task waits for it, and the task goes on as soon as it has ended.
 */
export function isAfterCalleesClaim(model: ProgramModel, graph: Graph, act: WriteEvent | CallEvent, look: Event): boolean {
  const waits = latestBefore(graph, act, (earlier) => earlier.kind === 'suspend');
  const held = heldByLibrary(model, graph);
  return waits.length > 0 && waits.every(({ operand }) =>
    operand !== undefined &&
    callsBehind(graph, operand).some((call) => {
      if (suspensionBetween(graph, held, look, call) !== undefined) return false;
      const claimed = claimedByCallee(model, graph, call, true);
      return claimed !== undefined && isLiftedLast(model, call, claimed);
    }));
}

/** No suspension comes after what takes the claim down in the callee itself. */
function isLiftedLast(model: ProgramModel, call: CallEvent, claimed: Place): boolean {
  const callee = model.callee(call, 'syntactic');
  if (callee === undefined) return false;
  const inner = model.graph(callee);
  const places = new Set(seenFromCallee(model, claimed, callee, call).map(({ key }) => key));
  const suspensions = eventsOf(inner).filter((event) => event.kind === 'suspend');
  return eventsOf(inner).every(
    (event) => event.kind !== 'write' || !places.has(event.place.key) || isClaim(model, event.node) || !suspensions.some((suspension) => follows(inner, event, suspension)),
  );
}

interface SetAtOnce {
  readonly place: Place;
  /** What a method with the name of a collection's is called on: whether it is one is asked where it matters. */
  readonly collection: ts.Expression | undefined;
  /** Of each way to set it, whether nothing decides about it but what the place held before. This may ask the checker. */
  readonly ways: (() => boolean)[];
}

const placesSetAtOnce = createModelCache<FunctionNode, readonly SetAtOnce[]>();

/** What the function, or one that syntax tells it calls, sets before it suspends. Nothing is asked of the checker. */
function setAtOnce(model: ProgramModel, node: FunctionNode): readonly SetAtOnce[] {
  const cache = placesSetAtOnce(model);
  const known = cache.get(node);
  if (known !== undefined) return known;
  const found = new Map<string, SetAtOnce>();
  cache.set(node, []); // a function that calls itself adds nothing
  const graph = model.graph(node);
  const note = (place: Place, { block }: Event, collection: ts.Expression | undefined, inner: SetAtOnce | undefined): void => {
    const isAlways = (): boolean =>
      (inner === undefined || inner.ways.some((isAlwaysInside) => isAlwaysInside())) &&
      model.controlDependence(graph).controllingTests(block).every((test) => asksOnly(readsOfTest(model, graph, test), place));
    const known = found.get(place.key);
    if (known === undefined) found.set(place.key, { place, collection, ways: [isAlways] });
    else known.ways.push(isAlways);
  };
  for (const event of eventsOf(graph)) {
    if ((event.kind !== 'write' && event.kind !== 'call') || mayFollowSuspension(graph, event)) continue;
    if (event.kind === 'write') {
      if (event.isDeferred !== true && (isClaimedKey(model, event) || (event.how === 'assign' && isClaim(model, event.node)))) note(event.place, event, event.collection, undefined);
      continue;
    }
    const callee = model.callee(event, 'syntactic');
    for (const inner of callee === undefined || isGenerator(callee) ? [] : setAtOnce(model, callee)) {
      const place = callee === undefined ? undefined : substitute(model, inner.place, callee, event);
      if (place !== undefined) note(place, event, inner.collection, inner);
    }
  }
  const places = [...found.values()];
  cache.set(node, places);
  return places;
}

function asksOnly(reads: readonly ReadReference[], place: Place): boolean {
  return reads.length > 0 && reads.every((read) => writeAffectsRead(place, read.place));
}

function isClaim(model: ProgramModel, write: ts.Node): boolean {
  return model.compiler.isBinaryExpression(write) && !isReset(model.compiler, write.right);
}

/** `this.flights.set(id, flight)`: something stands under the key from now on. */
function isClaimedKey(model: ProgramModel, write: WriteEvent): boolean {
  return write.collection !== undefined && write.place.path.at(-1)?.kind === 'element' && canClaim(model, write);
}

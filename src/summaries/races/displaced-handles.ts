/**
 * Handles that are displaced: a task ends what a place holds, suspends, and puts a new one there. Another call does the same
 * meanwhile, and what it has put there is overwritten without being ended.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { CallEvent, Event, SuspendEvent, WriteEvent } from '../../events/event.js';
import { empties } from '../../events/writes.js';
import { lastName, type Place } from '../../places/place.js';
import type { FunctionNode } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { type Rival, selfRival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { suspensionBetween } from '../effects/dependence.js';
import { isEndName, isStopName } from '../effects/endings.js';
import { mayReach } from '../effects/mutations.js';
import { readsBehind } from '../effects/provenance.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { waitsForPredecessor } from '../protocols/predecessors.js';
import { isReconsidered } from '../protocols/protocols.js';
import { slotsOfSharedWork } from '../protocols/shared-work.js';
import { isSetup } from './renewals.js';
import { wayTo } from './unlooked-ways.js';

export interface DisplacedHandle {
  readonly event: WriteEvent;
  readonly place: Place;
  /** Where what the place held before is ended. */
  readonly look: Event;
  readonly suspension: SuspendEvent;
  readonly rival: Rival;
}

/** A call by which what a place holds is ended. */
export interface EndOfContents {
  readonly call: CallEvent;
  /** Its member by which it is ended: the method, or where a helper ends a part of it, that part. */
  readonly member: string;
}

/** Helpers of helpers that are followed. */
const maximumDepth = 2;

const endsIn = memoized((_model, graph: Graph): readonly CallEvent[] =>
  eventsOf(graph).filter((event): event is CallEvent => event.kind === 'call' && event.receiver !== undefined && (isEndName(event.name) || isStopName(event.name))),
);

const endsByPlace = memoized((_model, _graph: Graph) => new Map<string, readonly EndOfContents[]>());

/** `this.stream?.stop()`, and `this.close()` where that is what it does. */
export function endsOf(model: ProgramModel, graph: Graph, place: Place): readonly EndOfContents[] {
  const known = endsByPlace(model, graph);
  let ends = known.get(place.key);
  if (ends === undefined) known.set(place.key, (ends = [...ownEndsOf(model, graph, place), ...endsByHelpers(model, graph, place, 1)]));
  return ends;
}

function ownEndsOf(model: ProgramModel, graph: Graph, place: Place): readonly EndOfContents[] {
  return endsIn(model, graph)
    .filter(({ receiver }) => receiver !== undefined && readsBehind(model, graph, receiver).some((read) => read.place.key === place.key))
    .map((call) => ({ call, member: call.name ?? '' }));
}

/** The calls of functions that have a body here, and are no part of the activation itself. */
const helperCalls = memoized((model, graph: Graph): readonly { readonly call: CallEvent; readonly callee: FunctionNode }[] =>
  eventsOf(graph).flatMap((call) => {
    if (call.kind !== 'call' || call.isGetter || call.isConstruction === true) return [];
    const callee = model.callee(call, 'syntactic');
    return callee === undefined || graph.inlined.has(callee) ? [] : [{ call, callee }];
  }),
);

function endsByHelpers(model: ProgramModel, graph: Graph, place: Place, depth: number): readonly EndOfContents[] {
  const name = lastName(place);
  if (name === undefined || place.path.some(({ kind }) => kind === 'element')) return [];
  return helperCalls(model, graph).flatMap(({ call, callee }): readonly EndOfContents[] => {
    if (!isOfSameOwner(model, call, place)) return [];
    const isNamed = model.file(callee).mentions(name).some((mention) => isWithin(mention, callee));
    const member = isNamed ? memberByHelper(model, model.graph(callee), place) : undefined;
    if (member !== undefined) return [{ call, member }];
    const further = isNamed || depth === maximumDepth ? undefined : endsByHelpers(model, model.graph(callee), place, depth + 1)[0];
    return further === undefined ? [] : [{ call, member: further.member }];
  });
}

/**
 * A function of the same object or module ends what the place holds, which both name alike, and leaves nothing in it. One that
 * leaves the old one there is mostly part of a step that its object takes by itself.
 */
function memberByHelper(model: ProgramModel, graph: Graph, place: Place): string | undefined {
  const member = endedPart(model, graph, place) ?? ownEndsOf(model, graph, place)[0]?.member;
  if (member === undefined) return undefined;
  const isEmptied = eventsOf(graph).some((event) => event.kind === 'write' && event.place.key === place.key && empties(model.compiler, event));
  return isEmptied ? member : undefined;
}

/** `ended.process.kill()`: the member of what the place holds whose content is ended. */
function endedPart(model: ProgramModel, graph: Graph, place: Place): string | undefined {
  const reads = endsIn(model, graph).flatMap(({ receiver }) => (receiver === undefined ? [] : readsBehind(model, graph, receiver)));
  const parts = reads.flatMap((read) => (mayReach(read.place, place) ? (read.place.path[place.path.length] ?? []) : []));
  return parts.find((part) => part.kind === 'field')?.name;
}

/** What `this` is in the callee is what it is here: a place of it has the same name in both. */
function isOfSameOwner({ compiler }: ProgramModel, { receiver }: CallEvent, { root }: Place): boolean {
  return root.kind === 'this' ? receiver?.node.kind === compiler.SyntaxKind.ThisKeyword : receiver === undefined;
}

/** `const old = this.stream; await old?.stop(); this.stream = await open(id);`: of two that overlap, one stream is never stopped. */
export function displacedHandle(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent): DisplacedHandle | undefined {
  const { place, value } = event;
  const last = place.path.at(-1);
  if (value === undefined || value.nature === 'promise' || (last?.kind === 'element' && last.key === undefined)) return undefined;
  if (!isShared(model, graph, place) || isSetup(model, graph)) return undefined;
  const ends = endsOf(model, graph, place).filter(({ call }) => suspensionBetween(graph, held, call, event) !== undefined);
  const way = ends.length === 0 ? undefined : wayTo(model, graph, held, event, place);
  if (way === undefined) return undefined;
  const look = ends.find(({ member }) => model.questions.hasMember(value.node, member))?.call;
  // whoever comes second joins the work of the first, or waits for it
  if (look === undefined || slotsOfSharedWork(model, graph, event).length > 0 || waitsForPredecessor(model, graph)) return undefined;
  if (isReconsidered(model, graph, held, event, place)) return undefined;
  const rival = selfRival(model, graph, place, event);
  return rival === undefined ? undefined : { event, place, look, suspension: way.suspension, rival };
}

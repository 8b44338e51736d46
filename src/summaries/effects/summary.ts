/**
 * What a call does, seen from outside: the places it writes, before and after its first suspension, and the places its
 * result tells about. Small and cold: places and nodes for display, no graph.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { latestBefore, mayFollowSuspension, suspendsBetween } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, WriteEvent } from '../../events/event.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { type FunctionNode, isAsync, isGenerator } from '../../syntax/functions.js';
import { claimsOf } from '../protocols/claims.js';
import { judgeAct, soughtByIdentity } from '../protocols/freshness.js';
import { type HeldLocks, heldLocks } from '../locks/held-locks.js';
import { createModelCache, type ProgramModel } from '../model/program-model.js';
import { type ReadReference, readsBehind, seenFromCallee, substitute } from './provenance.js';
import { writablePlaces } from './reach.js';

export interface SummaryWrite {
  readonly place: Place;
  /** Before the callee's first suspension, and so atomic with the caller's code before the call; or after it. */
  readonly phase: 'before' | 'after';
  /**
   * Whether the callee checks the place itself before it writes, or keeps others out by a protocol. Asked late: the
   * answer needs the callee's callers, whose own graphs may still be in the making when summaries are made.
   */
  isGuarded(): boolean;
  /** The guard is a search for this parameter by identity: it keeps nobody out who brings a new object. */
  soughtParameter(): number | undefined;
  readonly how: WriteEvent['how'];
  /** Where the write is; in a deeper callee when `call` is set. */
  readonly node: ts.Node;
  readonly collection: ts.Expression | undefined;
}

export interface SummaryRead {
  readonly place: Place;
  readonly node: ts.Node;
  /** The callee suspends between looking and returning. */
  readonly isOld: boolean;
  /** It went into an object that is made for the answer, and says nothing of whether there is one. */
  readonly isInside: boolean;
}

export interface Summary {
  readonly suspends: boolean;
  readonly writes: readonly SummaryWrite[];
  /** The writes that change what a look at one of the places saw; only callees that could make such are looked at. */
  writesTo(sought: readonly Place[]): readonly SummaryWrite[];
  /** The places that the result was computed from. */
  readonly returns: readonly SummaryRead[];
  /** The places that decide whether it throws. */
  readonly asserts: readonly SummaryRead[];
  /** Every callee is known, and so is what it does. */
  readonly isComplete: boolean;
}

const cache = createModelCache<FunctionNode, Summary>();
const unknown: Summary = { suspends: true, writes: [], writesTo: () => [], returns: [], asserts: [], isComplete: false };

/** Callees are followed this deep; what lies deeper is unknown. */
const maximumDepth = 5;

let depth = 0;

export function summarize(model: ProgramModel, node: FunctionNode): Summary {
  const summaries = cache(model);
  let summary = summaries.get(node);
  if (summary === undefined) summaries.set(node, (summary = isGenerator(node) ? unknown : summaryInParts(model, node)));
  return summary;
}

/** Who asks wants one part, and each looks at other callees; so each is made when it is asked for. */
function summaryInParts(model: ProgramModel, node: FunctionNode): Summary {
  const part = <Part>(compute: () => Part, otherwise: Part): (() => Part) => {
    let known: { readonly part: Part } | undefined;
    let isUnderWay = false;
    return () => {
      if (known !== undefined) return known.part;
      if (isUnderWay) return otherwise;
      if (depth >= maximumDepth) {
        model.limits.add('depth of calls');
        return otherwise;
      }
      isUnderWay = true;
      depth += 1;
      try {
        // made inside a cycle, it knows only a part of the cycle
        known = { part: compute() };
        return known.part;
      } finally {
        isUnderWay = false;
        depth -= 1;
      }
    };
  };
  const own = part<OwnEffects>(() => ownEffectsOf(model, node), { writes: [], calls: [] });
  const effects = part<Effects>(() => effectsOf(model, node, own()), unknown);
  const sought = new Map<string, () => readonly SummaryWrite[]>();
  const returns = part(() => returnedReads(model, model.graph(node)), unknown.returns);
  const asserts = part(() => assertedReads(model, model.graph(node)), unknown.asserts);
  return {
    get suspends() {
      return effects().suspends;
    },
    get writes() {
      return effects().writes;
    },
    get isComplete() {
      return effects().isComplete;
    },
    writesTo: (places) => {
      const key = places
        .map((place) => place.key)
        .sort()
        .join(' ');
      let writes = sought.get(key);
      if (writes === undefined) sought.set(key, (writes = part(() => writesAmong(model, model.graph(node), own(), places), unknown.writes)));
      return writes();
    },
    get returns() {
      return returns();
    },
    get asserts() {
      return asserts();
    },
  };
}

type Effects = Pick<Summary, 'suspends' | 'writes' | 'isComplete'>;

/** What the function does itself; what its callees do is asked of them. */
interface OwnEffects {
  readonly writes: readonly SummaryWrite[];
  /** Calls, with whether a suspension may come before them. */
  readonly calls: readonly { readonly event: CallEvent; readonly isSuspended: boolean }[];
}

function ownEffectsOf(model: ProgramModel, node: FunctionNode): OwnEffects {
  const graph = model.graph(node);
  const isSuspended = (event: Event): boolean => mayFollowSuspension(graph, event);
  const writes: SummaryWrite[] = [];
  const calls: { event: CallEvent; isSuspended: boolean }[] = [];
  for (const event of eventsOf(graph)) {
    if (event.kind === 'call') calls.push({ event, isSuspended: isSuspended(event) });
    if (event.kind !== 'write' || !isVisible(event.place, graph)) continue;
    writes.push({
      place: event.place,
      phase: event.isDeferred === true || isSuspended(event) ? 'after' : 'before',
      isGuarded: () => isGuardedWrite(model, graph, event),
      soughtParameter: () => soughtParameter(model, graph, event),
      how: event.how,
      node: event.node,
      collection: event.collection,
    });
  }
  return { writes, calls };
}

function effectsOf(model: ProgramModel, node: FunctionNode, own: OwnEffects): Effects {
  const graph = model.graph(node);
  const writes = [...own.writes];
  let isComplete = true;
  let suspends = graph.hasSuspension || isAsync(model.compiler, node);
  for (const { event, isSuspended } of own.calls) {
    const callee = model.callee(event, couldWriteShared(event) ? 'full' : 'syntactic');
    if (callee === undefined) {
      if (!isCollectionCall(model, graph, event)) isComplete = false;
      continue;
    }
    const inner = summarize(model, callee);
    if (!inner.isComplete) isComplete = false;
    if (inner.suspends) suspends = true;
    for (const write of inner.writes) {
      const seen = seenFromCaller(model, graph, event, isSuspended, write, callee);
      if (seen !== undefined) writes.push(seen);
    }
  }
  return { suspends, writes, isComplete };
}

function writesAmong(model: ProgramModel, graph: Graph, own: OwnEffects, sought: readonly Place[]): readonly SummaryWrite[] {
  const affects = (write: SummaryWrite): boolean => sought.some((place) => changes(write.place, place));
  const writes = own.writes.filter(affects);
  for (const { event, isSuspended } of own.calls) {
    for (const { write, callee } of writesOfCall(model, event, sought, 'full')) {
      const seen = seenFromCaller(model, graph, event, isSuspended, write, callee);
      if (seen !== undefined && affects(seen)) writes.push(seen);
    }
  }
  return writes;
}

/** Which row a callee speaks of, only its caller can tell. */
function changes(written: Place, read: Place): boolean {
  return read.root.kind === 'external' ? written.root.kind === 'external' : writeAffectsRead(written, read);
}

/** A callee's write as the function that calls it makes it; undefined where that function's own callers cannot see it. */
function seenFromCaller(
  model: ProgramModel,
  graph: Graph,
  event: CallEvent,
  isSuspended: boolean,
  write: SummaryWrite,
  callee: FunctionNode,
): SummaryWrite | undefined {
  const place = substitute(model, write.place, callee, event);
  if (place === undefined || !isVisible(place, graph)) return undefined;
  const suspendsInside = write.phase === 'after';
  return {
    place,
    phase: suspendsInside || isSuspended ? 'after' : 'before',
    isGuarded: () => write.isGuarded() || isGuardedCall(model, graph, event, place, suspendsInside),
    soughtParameter: () => undefined,
    how: write.how,
    node: write.node,
    collection: write.collection,
  };
}

/** A write that a call makes, with the function whose names its place has. */
export interface CallWrite {
  readonly write: SummaryWrite;
  readonly callee: FunctionNode;
}

/** Writes of the callee, as it names their places, that may be to the places that its caller seeks. */
export function writesOfCall(
  model: ProgramModel,
  call: CallEvent,
  sought: readonly Place[],
  effort: 'syntactic' | 'full',
): readonly CallWrite[] {
  const reachable = writablePlaces(model, call, sought);
  if (reachable.length === 0) return [];
  const writesIn = (callee: FunctionNode): readonly CallWrite[] => {
    const inside = reachable.flatMap((place) => seenFromCallee(model, place, callee, call));
    return inside.length === 0 ? [] : summarize(model, callee).writesTo(inside).map((write) => ({ write, callee }));
  };
  const callee = model.callee(call, effort);
  if (callee?.body !== undefined || effort === 'syntactic') return callee === undefined ? [] : writesIn(callee);
  // where several classes implement the member, it writes only if all do
  const joined = model.implementations(call).map(writesIn);
  if (joined.length > 0) return joined.every((writes) => writes.length > 0) ? joined.flat() : [];
  return callee === undefined ? [] : writesIn(callee);
}

/** A caller can reach places behind `this`, parameters, and variables of enclosing scopes, but not the callee's locals. */
function isVisible(place: Place, graph: Graph): boolean {
  if (place.root.kind === 'global') return false;
  if (place.root.kind !== 'variable') return true;
  const { binding } = place.root;
  if (!graph.inlined.has(binding.owner)) return true;
  return binding.kind === 'parameter' && binding.owner === graph.owner && place.path.length > 0;
}

function couldWriteShared(event: CallEvent): boolean {
  const place = event.receiver?.place;
  return place === undefined ? event.receiver === undefined : place.root.kind !== 'global';
}

/** The effect of a collection's method has been lowered beside the call. */
function isCollectionCall(model: ProgramModel, graph: Graph, event: CallEvent): boolean {
  return model.eventsAt(graph, event.node).some((other) => (other.kind === 'read' || other.kind === 'write') && other.collection !== undefined);
}

function isGuardedWrite(model: ProgramModel, graph: Graph, event: WriteEvent): boolean {
  const held = heldLocks(model, graph);
  if (claimsOf(model, graph).writes.has(event) || isInClaimedTurn(graph, held, event)) return true;
  return judgeAct(model, graph, held, event, event.place).kind === 'fresh' || isPartOfGuarded(model, graph, held, event);
}

/**
 * `if (now - this.since > second) { this.count = 0; this.since = now; }`: who comes second finds the other place changed, and
 * does neither.
 */
function isPartOfGuarded(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent): boolean {
  const events = graph.blocks[event.block]?.events ?? [];
  return (
    model.controlDependence(graph).controllingTests(event.block).length > 0 &&
    !events.some(({ kind }) => kind === 'suspend') &&
    events.some(
      (other) =>
        other.kind === 'write' && other.how === 'assign' && other.place.key !== event.place.key && isVisible(other.place, graph) &&
        judgeAct(model, graph, held, other, other.place).kind === 'fresh',
    )
  );
}

function soughtParameter(model: ProgramModel, graph: Graph, event: WriteEvent): number | undefined {
  const { owner } = graph;
  if (model.compiler.isSourceFile(owner)) return undefined;
  const verdict = judgeAct(model, graph, heldLocks(model, graph), event, event.place);
  if (verdict.kind !== 'fresh') return undefined;
  const indexes = verdict.reads.map((read) => {
    const place = soughtByIdentity(model, graph, read)?.place;
    if (place === undefined || place.path.length > 0 || place.root.kind !== 'variable') return -1;
    const { declaration } = place.root.binding;
    return owner.parameters.findIndex((parameter) => parameter === declaration);
  });
  const [first] = indexes;
  return first !== undefined && first >= 0 && indexes.every((index) => index === first) ? first : undefined;
}

function isGuardedCall(model: ProgramModel, graph: Graph, event: CallEvent, place: Place, suspendsInside: boolean): boolean {
  if (claimsOf(model, graph).calls.has(event)) return true;
  const held = heldLocks(model, graph);
  return isInClaimedTurn(graph, held, event) || judgeAct(model, graph, held, event, place, suspendsInside).kind === 'fresh';
}

/**
 * A claim is held here, or was when the task went on after its last suspension: in `pending = null; cached = answer;` nobody comes
 * between the two.
 */
function isInClaimedTurn(graph: Graph, held: HeldLocks, event: Event): boolean {
  const isClaimed = (at: Event): boolean => held.at(at).some((lock) => lock.origin === 'claim');
  if (isClaimed(event)) return true;
  const suspensions = latestBefore(graph, event, (earlier) => earlier.kind === 'suspend');
  return suspensions.length > 0 && suspensions.every(isClaimed);
}

function returnedReads(model: ProgramModel, graph: Graph): SummaryRead[] {
  const reads = new Map<string, SummaryRead>();
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'return' || event.value === undefined || event.inlined !== undefined) continue;
    const add = (read: ReadReference, isInside: boolean): void => {
      const known = reads.get(read.place.key);
      if (!isVisible(read.place, graph) || (known !== undefined && (isInside || !known.isInside))) return;
      reads.set(read.place.key, { place: read.place, node: read.node, isOld: read.isOld || suspendsBetween(graph, read.event, event), isInside });
    };
    const behind = readsBehind(model, graph, event.value);
    const told = behind.length === 0 ? new Set() : new Set(readsBehind(model, graph, event.value, true).map(({ place }) => place.key));
    for (const read of behind) add(read, !told.has(read.place.key));
    // `if (this.expired) return false; return true;`: the answer tells about what decided which return was reached, and nothing
    // about a test after which it is reached in any case, unless something throws in between
    const dependence = model.controlDependence(graph);
    for (const test of dependence.controllingTests(event.block)) {
      if (dependence.outcomes(event.block, test).size === 1) for (const read of readsBehind(model, graph, test.value)) add(read, false);
    }
  }
  return [...reads.values()];
}

/** What decides whether an uncaught `throw` is reached. */
function assertedReads(model: ProgramModel, graph: Graph): SummaryRead[] {
  const reads: SummaryRead[] = [];
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'throw' || graph.blocks[event.block]?.handler !== graph.raise) continue;
    for (const test of model.controlDependence(graph).controllingTests(event.block)) {
      for (const read of readsBehind(model, graph, test.value)) {
        if (!isVisible(read.place, graph)) continue;
        reads.push({ place: read.place, node: read.node, isOld: read.isOld || suspendsBeforeExit(graph, read.event), isInside: false });
      }
    }
  }
  return reads;
}

/** Whether the callee may suspend after the look and still return normally. */
function suspendsBeforeExit(graph: Graph, look: Event): boolean {
  return suspendsBetween(graph, look, { block: graph.exit, index: 0 });
}

/**
 * Which locks are held at each event, on all paths.
 *
 * Two kinds count alike: locks of a library or a hand-written class, and claims. A claim is an ad-hoc lock: a flag,
 * state or promise slot that was tested and then set without a suspension in between, so that no other task can pass
 * the same test until it is set again.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { Compiler } from '../../compiler/compiler.js';
import {
  type AcquireEvent,
  type CallEvent,
  type Event,
  type LockReference,
  mayThrow,
  type ReleaseEvent,
  type SuspendEvent,
  type WriteEvent,
} from '../../events/event.js';
import { resets } from '../../events/writes.js';
import type { LockMode } from '../../locks/operation.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import type { FunctionNode, ThisOwner } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { claimsByHelpers } from '../protocols/claiming-helpers.js';
import { claimsOf } from '../protocols/claims.js';
import { type LiftedClaim, liftedClaims } from '../protocols/lifted-claims.js';
import { constructionsOf, isOfConfined } from '../actors/confinement.js';
import { amongCallers, entryLocks } from '../actors/contexts.js';
import { solveEvents } from '../effects/event-flow.js';
import { fieldsHandedIn } from '../model/handed-fields.js';
import { createModelCache, type ProgramModel } from '../model/program-model.js';
import { substitute } from '../effects/provenance.js';
import { acquiresByKey, callsThatAcquire } from './lock-identity.js';
import { lockInCallersWords } from './callers-words.js';
import { mayHandleLocks } from './lock-files.js';
import type { Obligation } from './obligation.js';
import { obligationsOf } from './obligations.js';
import { summarize } from '../effects/summary.js';

export interface HeldLock {
  readonly lock: LockReference;
  readonly mode: LockMode;
  readonly origin: 'lock' | 'claim' | 'caller';
}

export interface HeldLocks {
  /** Locks held just before the event. */
  at(event: Event): readonly HeldLock[];
  /** Whether control ever arrives at the event. */
  isReached(event: Event): boolean;
  /** Locks still held when the activation returns normally. */
  atExit(): readonly HeldLock[];
  /** The place that the write claims, so that it stays so until the task itself gives it back. */
  claimedBy(event: WriteEvent): Place | undefined;
  /** Whether some lock keeps other tasks out at the event. */
  isExclusive(event: Event): boolean;
}

type State = ReadonlyMap<string, HeldLock>;

const lattice = {
  join: (left: State, right: State): State => {
    const both = new Map<string, HeldLock>();
    for (const [key, held] of left) if (right.has(key)) both.set(key, held);
    return both;
  },
  equals: (left: State, right: State): boolean => left.size === right.size && [...left.keys()].every((key) => right.has(key)),
};

const none: readonly HeldLock[] = [];
const real = new WeakMap<Graph, HeldLocks>();
const own = new WeakMap<Graph, HeldLocks>();
const taken = new WeakMap<Graph, HeldLocks>();
const complete = new WeakMap<Graph, HeldLocks>();

/** Locks and claims held at each event, those of all callers included. */
export function heldLocks(model: ProgramModel, graph: Graph): HeldLocks {
  let held = complete.get(graph);
  if (held === undefined) complete.set(graph, (held = whenAsked(model, graph)));
  return held;
}

/**
 * The same locks as if none of them kept another task out: for questions about a rival that need not take them. Whether it
 * does is then asked of the rival.
 */
export function withoutExclusion(held: HeldLocks): HeldLocks {
  return { ...held, isExclusive: () => false };
}

/** Most functions are never asked what they hold; those that are, mostly have many callers to look at. */
function whenAsked(model: ProgramModel, graph: Graph): HeldLocks {
  let held: HeldLocks | undefined;
  const get = (): HeldLocks => {
    if (held !== undefined) return held;
    // asked again while it is being computed (a cycle of callers), the answer is what the function itself holds
    held = heldByLibrary(model, graph);
    const { answer, isFinal } = amongCallers(() =>
      solve(model, graph, claimsOf(model, graph), entryLocks(model, graph.owner), withClaims(model, graph, effectsOfHelpers(model, graph))),
    );
    held = isFinal ? answer : undefined;
    return answer;
  };
  return { at: (event) => get().at(event), isExclusive: (event) => get().isExclusive(event), claimedBy: (event) => get().claimedBy(event), isReached: (event) => get().isReached(event), atExit: () => get().atExit() };
}

/** Locks and claims that the function itself takes, whoever calls it. */
export function ownLocks(model: ProgramModel, graph: Graph): HeldLocks {
  let held = own.get(graph);
  if (held === undefined) own.set(graph, (held = solve(model, graph, claimsOf(model, graph), none, withClaims(model, graph, effectsOfHelpers(model, graph)))));
  return held;
}

/** Locks that the function itself takes, alone or by its helpers; claims apart, which cost more to find. */
export function takenLocks(model: ProgramModel, graph: Graph): HeldLocks {
  let held = taken.get(graph);
  if (held === undefined) taken.set(graph, (held = solve(model, graph, undefined, none, effectsOfHelpers(model, graph))));
  return held;
}

/** Only the locks that the function itself takes from a lock object: what claims are judged by. */
export function heldByLibrary(model: ProgramModel, graph: Graph): HeldLocks {
  let held = real.get(graph);
  if (held === undefined) real.set(graph, (held = solve(model, graph, undefined, none, noEffects)));
  return held;
}

/** What a call of a helper leaves held, or releases for its caller. */
interface HelperEffect {
  readonly takes: readonly HeldLock[];
  readonly gives: readonly string[];
}

/** The same in the helper's own words. */
interface OwnEffect {
  readonly takes: readonly HeldLock[];
  readonly gives: readonly LockReference[];
}

const helperEffects = createModelCache<FunctionNode, OwnEffect>();
const inProgress = new Set<FunctionNode>();
const noEffect: HelperEffect = { takes: [], gives: [] };
const noOwnEffect: OwnEffect = { takes: [], gives: [] };
const noEffects: ReadonlyMap<Event, HelperEffect> = new Map<Event, HelperEffect>();
const effectsByGraph = createModelCache<Graph, ReadonlyMap<Event, HelperEffect>>();

/**
 * `await this.lock(); try { … } finally { this.unlock(); }` with helpers around a lock. A lock that the callee leaves held
 * is held once its promise is waited for; one that it releases, from the call on.
 */
function effectsOfHelpers(model: ProgramModel, graph: Graph): ReadonlyMap<Event, HelperEffect> {
  if (!mayHandleLocks(model, graph.owner.getSourceFile())) return noEffects;
  const cache = effectsByGraph(model);
  const known = cache.get(graph);
  if (known !== undefined) return known;
  const effects = new Map<Event, HelperEffect>();
  const waits = new Map<CallEvent, SuspendEvent>();
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'suspend') continue;
    for (const source of event.operand?.sources ?? []) if (source.kind === 'call') waits.set(source, event);
  }
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'call' || callsThatAcquire(graph).has(event)) continue;
    const callee = model.callee(event, 'syntactic');
    if (callee === undefined || !seesSameLocks(event)) continue;
    const effect = leftByHelper(model, callee, event);
    if (effect === noEffect) continue;
    const { takes, gives } = effect;
    if (gives.length > 0) effects.set(event, { takes: [], gives });
    if (takes.length > 0) effects.set(waits.get(event) ?? event, { takes, gives: [] });
  }
  for (const owed of obligationsOf(model, graph)) addOwed(graph, owed, waits, effects);
  addDisposals(graph, waits, effects);
  // within the search for a helper's effect, helpers that call each other are not all known
  if (inProgress.size === 0) cache.set(graph, effects);
  return effects;
}

/**
 * `const leave = await enter(this.mutex); try { … } finally { leave(); }`: what a helper hands out is the lock, in the words of its
 * caller, until it is called.
 */
function addOwed(graph: Graph, owed: Obligation, waits: ReadonlyMap<CallEvent, SuspendEvent>, effects: Map<Event, HelperEffect>): void {
  if (owed.helper === undefined || owed.conditional || owed.operation.resource || owed.lock.isLocal) return;
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'call') continue;
    if (owed.isStart(event)) {
      const held = waits.get(event) ?? event;
      if (!effects.has(held)) effects.set(held, { takes: [{ lock: owed.lock, mode: owed.operation.mode, origin: 'lock' }], gives: [] });
    } else if (!effects.has(event) && owed.discharge(event) === 'release') effects.set(event, { takes: [], gives: [owed.lock.key] });
  }
}

/** `using turn = await this.enter();` gives back at the end of its block what the helper left held. */
function addDisposals(graph: Graph, waits: ReadonlyMap<CallEvent, SuspendEvent>, effects: Map<Event, HelperEffect>): void {
  if (effects.size === 0) return;
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'use' || event.isDisposal !== true) continue;
    const sources = (graph.definitions.get(event.binding) ?? []).flatMap(({ value }) => value?.sources ?? []);
    const gives = sources.flatMap((source) => {
      const taken = source.kind === 'call' ? effects.get(waits.get(source) ?? source) : undefined;
      return taken?.takes.map(({ lock }) => lock.key) ?? [];
    });
    if (gives.length > 0) effects.set(event, { takes: [], gives });
  }
}

/** Whether some helper leaves a lock held for this activation, or releases one for it. */
export function isHelpedToLocks(model: ProgramModel, graph: Graph): boolean {
  return effectsOfHelpers(model, graph).size > 0;
}

/** With what helpers claim for the activation, `if (!tryEnter()) return;`, and what calls set again. */
function withClaims(model: ProgramModel, graph: Graph, effects: ReadonlyMap<Event, HelperEffect>): ReadonlyMap<Event, HelperEffect> {
  const claimed = claimsByHelpers(model, graph);
  if (claimed.size === 0) return effects;
  const all = new Map(effects);
  const places = [...claimed.values()];
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'call' || all.has(event)) continue;
    const place = claimed.get(event);
    if (place !== undefined) {
      all.set(event, { takes: [claimOf(place)], gives: [] });
      continue;
    }
    const callee = model.callee(event, 'full');
    const written = callee === undefined ? [] : summarize(model, callee).writes.flatMap((write) => substitute(model, write.place, callee, event) ?? []);
    const gives = places.filter((each) => written.some((other) => writeAffectsRead(other, each))).map((each) => claimOf(each).lock.key);
    if (gives.length > 0) all.set(event, { takes: [], gives });
  }
  return all;
}

/** Locks that a call of a helper leaves held for its caller. */
export function takenByHelper(model: ProgramModel, call: CallEvent): readonly HeldLock[] {
  const callee = seesSameLocks(call) ? model.callee(call, 'syntactic') : undefined;
  return callee === undefined ? none : leftByHelper(model, callee, call).takes;
}

/** Keys of the locks that a call of a helper releases for its caller. */
export function givenByHelper(model: ProgramModel, call: CallEvent): readonly string[] {
  if (!model.locks.mayContainLocks(call.node.getSourceFile())) return [];
  const callee = seesSameLocks(call) ? model.callee(call, 'syntactic') : undefined;
  return callee === undefined ? [] : leftByHelper(model, callee, call).gives;
}

/** The callee's `this` is the caller's, or it has none. */
function seesSameLocks(call: CallEvent): boolean {
  const place = call.receiver?.place;
  return call.receiver === undefined || (place?.root.kind === 'this' && place.path.length === 0);
}

/** In the caller's words: the lock of a key is that of the key which the caller hands over. */
function leftByHelper(model: ProgramModel, callee: FunctionNode, call: CallEvent): HelperEffect {
  const { takes, gives } = effectOfHelper(model, callee);
  if (takes.length + gives.length === 0) return noEffect;
  return {
    takes: takes.flatMap((held) => {
      const lock = lockInCallersWords(model, held.lock, callee, call);
      return lock === undefined ? [] : { ...held, lock };
    }),
    gives: gives.flatMap((given) => lockInCallersWords(model, given, callee, call)?.key ?? []),
  };
}

function effectOfHelper(model: ProgramModel, callee: FunctionNode): OwnEffect {
  const cache = helperEffects(model);
  const known = cache.get(callee);
  if (known !== undefined) return known;
  if (inProgress.has(callee)) return noOwnEffect;
  if (!/acquire|lock|release|take|enter|leave/i.test(callee.getText())) {
    cache.set(callee, noOwnEffect);
    return noOwnEffect;
  }
  inProgress.add(callee);
  try {
    const graph = model.graph(callee);
    const held = takenLocks(model, graph);
    const takes = held.atExit().filter((lock) => lock.origin === 'lock');
    const gives: LockReference[] = [];
    for (const event of eventsOf(graph)) {
      // a copy of a `finally` that nothing enters releases nothing
      if (event.kind === 'release' && held.isReached(event) && !held.at(event).some((lock) => lock.lock.key === event.lock.key)) gives.push(event.lock);
    }
    const effect = takes.length + gives.length === 0 ? noOwnEffect : { takes, gives };
    cache.set(callee, effect);
    return effect;
  } finally {
    inProgress.delete(callee);
  }
}

function solve(
  model: ProgramModel,
  graph: Graph,
  claims: ReturnType<typeof claimsOf> | undefined,
  atEntry: readonly HeldLock[],
  helpers: ReadonlyMap<Event, HelperEffect>,
): HeldLocks {
  const { compiler } = model;
  const hasClaims = claims !== undefined && claims.writes.size + claims.slots.size + claims.tickets.size > 0;
  if (!graph.hasLocks && !hasClaims && helpers.size === 0 && !atEntry.some(isClaim)) {
    const isExclusive = atEntry.some((held) => keepsOthersOut(model, held));
    return { at: () => atEntry, isExclusive: () => isExclusive, claimedBy: () => undefined, isReached: () => true, atExit: () => atEntry };
  }
  const apply = (state: State, event: Event): State => {
    const helper = helpers.get(event);
    if (helper !== undefined) {
      const after = new Map(applyOwn(state, event));
      for (const key of helper.gives) after.delete(key);
      for (const held of helper.takes) after.set(held.lock.key, held);
      return after;
    }
    return applyOwn(state, event);
  };
  const applyOwn = (state: State, event: Event): State => {
    if (event.kind === 'acquire') {
      if (event.lock.isLocal || isResource(event)) return state;
      return new Map(state).set(event.lock.key, { lock: event.lock, mode: event.mode, origin: 'lock' });
    }
    if (event.kind === 'release') {
      if (!state.has(event.lock.key) || endsInnerSection(compiler, graph, event)) return state;
      const after = new Map(state);
      after.delete(event.lock.key);
      return after;
    }
    if (event.kind === 'slot') {
      const place = claims?.slots.get(event);
      return place === undefined ? state : new Map(state).set(`claim:${place.key}`, claimOf(place));
    }
    if (event.kind === 'suspend') {
      const place = claims?.tickets.get(event);
      return place === undefined ? state : new Map(state).set(`claim:${place.key}`, claimOf(place));
    }
    if (event.kind === 'write') {
      let after: Map<string, HeldLock> | undefined;
      for (const [key, held] of state) {
        // setting the flag again is what ends the claim; a caller's may have been made by this very function
        const isEnd = held.origin === 'claim' || (isClaim(held) && resets(compiler, event));
        if (isEnd && held.lock.place !== undefined && writeAffectsRead(event.place, held.lock.place)) {
          after ??= new Map(state);
          after.delete(key);
        }
      }
      const claimed = claims?.writes.get(event);
      if (claimed !== undefined) (after ??= new Map(state)).set(`claim:${claimed.key}`, claimOf(claimed));
      return after ?? state;
    }
    return state;
  };
  const initial: State = new Map(atEntry.map((held) => [held.lock.key, { ...held, origin: 'caller' as const }]));
  const before = solveEvents<State>(graph, {
    initial,
    lattice,
    apply,
    // constructors hardly ever throw; `try { this.pending = new Deferred(); …` is a claim on every path
    raises: (event) => mayThrow(event) && !(event.kind === 'call' && event.isConstruction === true),
    // the predecessor has come to its end, also where it has failed
    isDoneAnyway: (event) => event.kind === 'suspend' && claims?.tickets.has(event) === true,
  });
  const byBlock = new Map<number, readonly (readonly HeldLock[])[]>();
  const inBlock = (block: number): readonly (readonly HeldLock[])[] => {
    let state = before[block] ?? initial;
    let list = listOf(state);
    return (graph.blocks[block]?.events ?? []).map((event) => {
      const held = list;
      const after = apply(state, event);
      if (after !== state) list = listOf((state = after));
      return held;
    });
  };
  const at = (event: Event): readonly HeldLock[] => {
    let lists = byBlock.get(event.block);
    if (lists === undefined) byBlock.set(event.block, (lists = inBlock(event.block)));
    return lists[event.index] ?? none;
  };
  return {
    at,
    isExclusive: (event) => at(event).some((held) => keepsOthersOut(model, held) && liftedClaimOf(model, graph, held) === undefined),
    claimedBy: (event) => {
      const place = claims?.writes.get(event);
      return place === undefined || liftedClaims(model, graph).has(place.key) ? undefined : place;
    },
    isReached: (event) => before[event.block] !== undefined,
    atExit: () => [...(before[graph.exit] ?? new Map<string, HeldLock>()).values()],
  };
}

/** A section in the callback of a section of the same lock: at its end, the outer one still holds. */
function endsInnerSection(compiler: Compiler, graph: Graph, { scoped, node, lock }: ReleaseEvent): boolean {
  if (!scoped) return false;
  return (acquiresByKey(graph).get(lock.key) ?? []).some(
    (outer) => outer.scoped && outer.node !== node && compiler.isCallExpression(outer.node) && outer.node.arguments.some((argument) => isWithin(node, argument)),
  );
}

function listOf(state: State): readonly HeldLock[] {
  return state.size === 0 ? none : [...state.values()];
}

/** Whoever calls may hold a claim of its own. */
export function isClaim({ lock }: HeldLock): boolean {
  return lock.key.startsWith('claim:');
}

/** The claim of the activation itself, where somebody else takes it down while the work under it is under way. */
export function liftedClaimOf(model: ProgramModel, graph: Graph, { lock: { place }, origin }: HeldLock): LiftedClaim | undefined {
  return origin === 'claim' && place !== undefined ? liftedClaims(model, graph).get(place.key) : undefined;
}

/** Resources are owed, not held. */
function isResource({ operation }: AcquireEvent): boolean {
  return operation?.kind === 'acquire' && operation.resource;
}

function claimOf(place: NonNullable<LockReference['place']>): HeldLock {
  return {
    lock: { key: `claim:${place.key}`, place, text: place.text, isLocal: false },
    mode: 'exclusive',
    origin: 'claim',
  };
}

/** A lock in an object that lives for one operation keeps nobody out: every other task has one of its own. */
export function keepsOthersOut(model: ProgramModel, { lock, mode }: HeldLock): boolean {
  if (mode !== 'exclusive' || lock.isLocal) return false;
  const { place } = lock;
  if (place === undefined || !isOfConfined(model, place)) return true;
  return place.root.kind === 'this' && place.root.owner !== undefined && isHandedIn(model, place.root.owner, lock);
}

/** The object was handed its lock, which others were handed as well, unless each is handed a new one. */
function isHandedIn(model: ProgramModel, owner: ThisOwner, { place }: LockReference): boolean {
  const [first] = place?.path ?? [];
  if (!model.compiler.isClassLike(owner) || first?.kind !== 'field') return false;
  const position = fieldsHandedIn(model, owner).get(first.name);
  if (position === undefined) return false;
  return (constructionsOf(model, owner) ?? []).some(({ arguments: list }) => {
    const handed = list?.[position];
    return handed !== undefined && !model.locks.createsLock(handed);
  });
}

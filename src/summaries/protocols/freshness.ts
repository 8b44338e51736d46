/**
 * Whether the check that an act depends on is still valid when the act happens.
 *
 * A look at a place goes stale when the task suspends: others may write the place meanwhile. It stays valid while an
 * exclusive lock is held throughout, and it no longer matters once this task has itself written the place (a claim).
 * The idea of fresh and outdated reads is that of ESLint's `require-atomic-updates`; here it is kept per place, only
 * for looks that decide whether the act happens, and searched backwards from the act, so that the nearest look on each
 * path counts: a look that is taken again after the suspension makes the act safe.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { mayFailEitherWay, walkBackward } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, ReadEvent, SuspendEvent, TestEvent, Value, WriteEvent } from '../../events/event.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import type { FunctionNode } from '../../syntax/functions.js';
import { isWithin, writtenText } from '../../syntax/tree.js';
import type { HeldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { areExclusive } from '../effects/exclusive-ways.js';
import { callsBehind, isReplacedDefault, type ReadReference, readsBehind, substitute } from '../effects/provenance.js';
import { mayLookAt } from '../effects/reach.js';
import { summarize, writesOfCall } from '../effects/summary.js';
import { looksOfChoice } from './chosen-elements.js';
import { withDecided } from './decided-locals.js';
import { withEmptyings } from './emptied-slots.js';

export interface StaleCheck {
  readonly read: ReadReference;
  /** The test, or the call of a helper that throws unless the place is as wanted. */
  readonly test: TestEvent | CallEvent;
  /** The suspension nearest to the act; undefined when it lies inside a callee. */
  readonly suspension: SuspendEvent | undefined;
}

export type Verdict =
  /** No check of the place decides whether the act happens. */
  | { readonly kind: 'unchecked' }
  /** On every path the nearest check is still valid. */
  | { readonly kind: 'fresh'; readonly reads: readonly ReadReference[] }
  | { readonly kind: 'stale'; readonly check: StaleCheck };

/**
 * Judges an act on the place at the event; to read what was tested for counts as an act too. `suspendsInside`: the event's
 * callee suspends before it acts.
 */
export function judgeAct(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  act: WriteEvent | CallEvent | ReadEvent,
  place: Place,
  suspendsInside = false,
): Verdict {
  const verdict = searchChecks(model, graph, held, act, place, suspendsInside, 'syntactic');
  // only for a candidate is it asked what helpers of other files do
  if (verdict.kind !== 'stale') return verdict;
  return searchChecks(model, graph, held, act, place, suspendsInside, 'full', looksOfChoice(model, graph, act, place));
}

function searchChecks(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  act: WriteEvent | CallEvent | ReadEvent,
  place: Place,
  suspendsInside: boolean,
  effort: 'syntactic' | 'full',
  choices: readonly ReadReference[] = [],
): Verdict {
  const checks = checksOf(model, graph, act.block, place, act.kind === 'write' ? act : undefined);
  return checks.size === 0 ? { kind: 'unchecked' } : searchAmong(model, graph, held, act, place, suspendsInside, effort, checks, choices);
}

/** The one of the looks that is old when the write happens; the nearest on some way to it. */
export function staleAmong(model: ProgramModel, graph: Graph, held: HeldLocks, write: WriteEvent, place: Place, looks: ReadonlyMap<ReadReference, TestEvent>): StaleCheck | undefined {
  const verdict = searchAmong(model, graph, held, write, place, false, 'full', looks);
  return verdict.kind === 'stale' ? verdict.check : undefined;
}

function searchAmong(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  act: WriteEvent | CallEvent | ReadEvent,
  place: Place,
  suspendsInside: boolean,
  effort: 'syntactic' | 'full',
  checks: ReadonlyMap<ReadReference, TestEvent | CallEvent>,
  choices: readonly ReadReference[] = [],
): Verdict {
  const choosing = new Map<Event, ReadReference>(choices.map((read) => [read.event, read]));
  const byEvent = new Map<Event, { read: ReadReference; test: TestEvent | CallEvent }>();
  for (const [read, test] of checks) byEvent.set(read.event, { read, test });
  for (const [read, test] of checks) for (const base of basesOf(model, graph, read.node)) if (!byEvent.has(base)) byEvent.set(base, { read, test });

  const fresh: ReadReference[] = [];
  const stale: StaleCheck[] = [];
  interface State {
    readonly isStale: boolean;
    readonly suspension: SuspendEvent | undefined;
    /** Places written before the suspension, on the way to the check. */
    readonly written: readonly Place[];
  }
  const isDeferred = act.kind === 'write' && act.isDeferred === true;
  const isStaleAtOnce = (suspendsInside || isDeferred) && !held.isExclusive(act);
  const isWhole = walkBackward<State>(
    graph,
    act,
    { isStale: isStaleAtOnce, suspension: undefined, written: [] },
    (state) => (state.isStale ? 1 : 0),
    (event, state) => {
      const choice = state.isStale ? undefined : choosing.get(event);
      if (choice !== undefined) {
        fresh.push(choice);
        return undefined;
      }
      const check = byEvent.get(event);
      if (check !== undefined) {
        if (event.kind === 'call' && takesWhatItSaw(model, event, check.read, place, effort)) return undefined;
        if (state.isStale || (check.read.isOld && !held.isExclusive(event))) stale.push({ ...check, suspension: state.suspension });
        else if (isVacuous(model, graph, check.read)) return state;
        else fresh.push(check.read);
        return undefined;
      }
      if (event.kind === 'suspend') {
        if (event.reason === 'continuation' && isClaimedInTurn(graph, held, event)) return undefined;
        return state.suspension !== undefined || held.isExclusive(event) || areExclusive(model, graph, event, act) ? state : { isStale: true, suspension: event, written: [] };
      }
      if (event.kind === 'write') {
        if (writeAffectsRead(event.place, place) || event.place.key === place.key) return undefined;
        if (!state.isStale) return state;
        const claimed = held.claimedBy(event);
        // claimed between the check and the suspension, and not given back before it: nobody else came this far
        if (claimed !== undefined && !state.written.some((other) => writeAffectsRead(other, claimed))) {
          return { isStale: false, suspension: undefined, written: [] };
        }
        return { ...state, written: [...state.written, event.place] };
      }
      if (event.kind === 'call') return claimsByCall(model, event, place, effort) ? undefined : state;
      return state;
    },
  );
  if (!isWhole) model.limits.add('distance from an act to its check');
  const [first] = stale;
  if (first !== undefined) return { kind: 'stale', check: first };
  return fresh.length > 0 ? { kind: 'fresh', reads: fresh } : { kind: 'unchecked' };
}

/** `this.cache.get(group)?.get(key)`: where there is no such group, the look at the groups tells that there is no such entry. */
function basesOf(model: ProgramModel, graph: Graph, look: ts.Node): ReadEvent[] {
  const { compiler } = model;
  const bases: ReadEvent[] = [];
  for (let node = look; ; ) {
    if (compiler.isCallExpression(node)) node = node.expression;
    if (!compiler.isPropertyAccessExpression(node) && !compiler.isElementAccessExpression(node)) return bases;
    const isOptional = node.questionDotToken !== undefined;
    node = node.expression;
    if (isOptional) bases.push(...model.eventsAt(graph, node).filter((event) => event.kind === 'read'));
  }
}

/**
 * `load().then(fill); this.pending[key] = [];`: the rest of the turn runs before the continuation does, so that a claim that
 * stands after it in the code is made before it in time.
 */
function isClaimedInTurn(graph: Graph, held: HeldLocks, suspension: SuspendEvent): boolean {
  let start = suspension.block;
  for (const seen = new Set<number>(); !graph.continuations.has(start); ) {
    const before = graph.blocks[start]?.in.find(({ label }) => label !== 'throws')?.from;
    if (before === undefined || seen.has(before)) return false;
    seen.add(before);
    start = before;
  }
  const from = graph.blocks[start]?.in[0]?.from;
  if (from === undefined) return false;
  const seen = new Set<number>();
  const work = [{ id: from, index: graph.blocks[from]?.events.length ?? 0 }];
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    const block = graph.blocks[item.id];
    if (block === undefined || item.id === graph.exit) return false;
    const next = block.events.slice(item.index).find((event) => event.kind === 'suspend' || (event.kind === 'write' && held.claimedBy(event) !== undefined));
    if (next?.kind === 'suspend') return false;
    if (next !== undefined) continue;
    for (const { to, label } of block.out) {
      if (label === 'throws' || graph.continuations.has(to) || seen.has(to)) continue;
      seen.add(to);
      work.push({ id: to, index: 0 });
    }
  }
  return true;
}

const identityTests: ReadonlySet<string> = new Set(['includes', 'indexOf', 'lastIndexOf', 'has']);

/** Looking for an object that was made a moment ago tells nothing: it is in no list, whoever else added its equal. */
function isVacuous(model: ProgramModel, graph: Graph, read: ReadReference): boolean {
  const sought = soughtByIdentity(model, graph, read);
  return sought !== undefined && isFreshObject(model, graph, sought);
}

/** What `list.includes(value)` looks for. */
export function soughtByIdentity(model: ProgramModel, graph: Graph, read: ReadReference): Value | undefined {
  if (read.event.kind !== 'read' || read.collection === undefined) return undefined;
  for (const event of model.eventsAt(graph, read.event.node)) {
    if (event.kind === 'call' && event.name !== undefined && identityTests.has(event.name)) return event.arguments[0];
  }
  return undefined;
}

/** The value is an object that a callee has just made or given, not one that others hold already. */
export function isFreshObject(model: ProgramModel, graph: Graph, value: Value): boolean {
  if (callsBehind(graph, value).length === 0) return false;
  if (readsBehind(model, graph, value).some((other) => other.place.root.kind === 'this')) return false;
  return model.questions.isObject(value.node);
}

/** Looks at the place that decide whether the block runs, with the test that each decides. */
export function checksOf(
  model: ProgramModel,
  graph: Graph,
  block: number,
  place: Place,
  write?: WriteEvent,
): Map<ReadReference, TestEvent | CallEvent> {
  const checks = new Map<ReadReference, TestEvent | CallEvent>();
  const act = write?.node;
  const consider = (read: ReadReference, test: TestEvent | CallEvent): void => {
    if (!writeAffectsRead(place, read.place)) return;
    if (act !== undefined && test.kind === 'test' && runsWhateverDecided(model, act, test.node)) return;
    // looking through a local at the object it holds says nothing of what the place holds now
    if (read.heldBy !== undefined && place.path.length <= read.heldBy.path.length) return;
    checks.set(read, test);
  };
  for (const test of testsBefore(model, graph, block, place)) for (const read of readsOfTest(model, graph, test)) consider(read, test);
  for (const test of write === undefined ? [] : testsOfValue(graph, write.value)) {
    for (const read of readsOfTest(model, graph, test)) consider(read, test);
  }
  for (const { call, reads } of assertionsOf(model, graph)) {
    if (act !== undefined && isHandlerOf(model, act, call.node)) continue;
    for (const read of reads) consider(read, call);
  }
  return checks;
}

/**
 * The act is in a `finally` and the test in the `try` or `catch` before it: it runs either way, although its copy in the
 * graph depends on the way that was taken.
 */
function runsWhateverDecided(model: ProgramModel, act: ts.Node, test: ts.Node): boolean {
  const { compiler } = model;
  for (let node = act; node.parent !== undefined && !compiler.isSourceFile(node); node = node.parent) {
    const { parent } = node;
    if (!compiler.isTryStatement(parent) || parent.finallyBlock !== node) continue;
    if (test.pos >= parent.pos && test.end <= node.pos) return true;
  }
  return false;
}

/** The act handles the failure: it happens because the assertion did not hold. */
function isHandlerOf(model: ProgramModel, act: ts.Node, assertion: ts.Node): boolean {
  const { compiler } = model;
  for (let node = act; node.parent !== undefined && !compiler.isSourceFile(node); node = node.parent) {
    const { parent } = node;
    if (!compiler.isCatchClause(node) || !compiler.isTryStatement(parent)) continue;
    if (isWithin(assertion, parent.tryBlock)) return true;
  }
  return false;
}

/** `try { if (this.isOpen) await this.send(); else await this.open(); } catch { this.fail(); }`: a failure is the reason, on either side of the test. */
export function isFailureEitherWay(model: ProgramModel, graph: Graph, act: ts.Node, test: TestEvent | CallEvent): boolean {
  return test.kind === 'test' && isHandlerOf(model, act, test.node) && mayFailEitherWay(graph, test);
}

/** Tests that decide whether the block runs and may look at the place. */
function testsBefore(model: ProgramModel, graph: Graph, block: number, place: Place): readonly TestEvent[] {
  const tests = withEmptyings(model, graph, model.controlDependence(graph).controllingTests(block), block);
  return withDecided(model, graph, tests).filter((test) => mayLookAt(model, graph, test, place));
}

/** Tests that chose the value that is written: `const x = this.x ?? (await load()); this.x = x`. */
function testsOfValue(graph: Graph, value: Value | undefined): readonly TestEvent[] {
  if (value === undefined) return [];
  const tests = [...(value.decidedBy ?? [])];
  for (const source of value.sources) {
    if (source.kind !== 'use') continue;
    for (const definition of graph.definitions.get(source.binding) ?? []) tests.push(...(definition.value?.decidedBy ?? []));
  }
  return tests;
}

export interface Assertion {
  readonly call: CallEvent;
  readonly reads: readonly ReadReference[];
}

const assertions = new WeakMap<Graph, readonly Assertion[]>();

/** Calls of helpers that throw unless a place is as wanted: what follows is controlled by what they looked at. */
export function assertionsOf(model: ProgramModel, graph: Graph): readonly Assertion[] {
  const known = assertions.get(graph);
  if (known !== undefined) return known;
  assertions.set(graph, []);
  const found: Assertion[] = [];
  for (const call of eventsOf(graph)) {
    if (call.kind !== 'call' || (call.consumption !== 'discarded' && call.consumption !== 'awaited')) continue;
    const callee = model.callee(call, 'syntactic');
    if (callee === undefined || !mentionsThrow(callee)) continue;
    const reads = summarize(model, callee).asserts.flatMap((read): ReadReference[] => {
      const place = isReplacedDefault(read.node, callee, call) ? undefined : substitute(model, read.place, callee, call);
      if (place === undefined) return [];
      return [{ place, event: call, node: read.node, isOld: read.isOld, heldBy: undefined, collection: undefined }];
    });
    if (reads.length > 0) found.push({ call, reads });
  }
  assertions.set(graph, found);
  return found;
}

/** Only what throws can assert; no graph is needed to see that a function does not. */
function mentionsThrow(callee: FunctionNode): boolean {
  return writtenText(callee).includes('throw');
}

const testReads = new WeakMap<TestEvent, readonly ReadReference[]>();

export function readsOfTest(model: ProgramModel, graph: Graph, test: TestEvent): readonly ReadReference[] {
  let reads = testReads.get(test);
  if (reads === undefined) testReads.set(test, (reads = readsBehind(model, graph, test.value)));
  return reads;
}

/** `const slot = this.take();`, where that is `return this.free.pop();`: what it saw is nobody else's, so that the look is a claim as well. */
function takesWhatItSaw(model: ProgramModel, call: CallEvent, { node, isOld }: ReadReference, place: Place, effort: 'syntactic' | 'full'): boolean {
  if (isOld || !model.compiler.isCallExpression(node)) return false;
  return writesOfCall(model, call, [place], effort).some(({ write }) => write.node === node);
}

/** A helper that writes the place before it suspends claims it for its caller: `this.setBusy(true)`. */
function claimsByCall(model: ProgramModel, call: CallEvent, place: Place, effort: 'syntactic' | 'full'): boolean {
  return writesOfCall(model, call, [place], effort).some(({ write, callee }) => {
    if (write.phase !== 'before') return false;
    const seen = substitute(model, write.place, callee, call);
    return seen !== undefined && writeAffectsRead(seen, place);
  });
}

/** Protocols that make an act behind a stale check right after all. */
import { eventsOf, flowSuccessors, type Graph, reaches } from '../../cfg/graph.js';
import { isReachedWithout, latestBefore, walkAcrossSuspensions, walkBackward } from '../../cfg/walk.js';
import type { CallEvent, TestEvent, UseEvent, Value, WriteEvent } from '../../events/event.js';
import { empties } from '../../events/writes.js';
import { lastName, mayAlias, type Place, writeAffectsRead } from '../../places/place.js';
import { type FunctionNode, skipOuter } from '../../syntax/functions.js';
import { chainMethods } from '../../syntax/promise-chains.js';
import { type Act, isClearing } from '../races/acts.js';
import { claimedByCallee, isAfterCalleesClaim } from './claiming-callees.js';
import { claimsOf } from './claims.js';
import { suspensionBetween } from '../effects/dependence.js';
import { assertionsOf, checksOf, judgeAct, readsOfTest } from './freshness.js';
import { holdsTakenLock } from '../locks/forgotten-locks.js';
import { type HeldLocks, heldLocks } from '../locks/held-locks.js';
import { isOneForAllKeys } from '../locks/keyed-locks.js';
import { isInstalledAgain, requirementOf } from './outcomes.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { isPastAbort } from './aborts.js';
import { isOfFirstInList } from './first-of-batch.js';
import { isLastHolders } from './last-holders.js';
import { isCurrentByClosure } from './remembering-closures.js';
import { isSharedAnswer } from './shared-answers.js';
import { isOfOwnClaim } from './snapshots.js';
import { callsBehind, reachingDefinitions } from '../effects/provenance.js';
import { resultsOf } from '../effects/results.js';
import { isFixed, isShared } from '../actors/sharing.js';

/** Whether the act follows a protocol by which tasks that pass the same check do each other no harm. */
export function keepsProtocol(model: ProgramModel, graph: Graph, held: HeldLocks, act: Act): boolean {
  return (
    isOwnersReset(model, graph, act) ||
    isLoopGuard(graph, act) ||
    isModuleLoad(model, graph, act) ||
    (act.event.kind === 'write' && act.event.value !== undefined && isAppended(model, act.event.value, act.place)) ||
    (act.how === 'remove' && holdsTakenLock(model, graph, act.place)) ||
    isSharedAnswer(model, graph, act) ||
    isTicketTaken(model, graph, act) ||
    isLastHolders(model, graph, act) ||
    isOfFirstInList(model, graph, act) ||
    isClaimedBeside(model, graph, held, act) ||
    isClaimedByCallee(model, graph, act) ||
    isOfOwnClaim(model, graph, held, act) ||
    isCurrent(model, graph, held, act.event, act.inner?.phase === 'after') ||
    isNewestByAbort(model, graph, act.event)
  );
}

/** The task that claimed the place gives it back: `finally { this.pending = undefined; }`. */
function isOwnersReset(model: ProgramModel, graph: Graph, act: Act): boolean {
  if (act.event.kind !== 'write' || !isClearing(model, act)) return false;
  return [...claimsOf(model, graph).writes].some(
    ([claim, place]) => mayAlias(place, act.place) && checksOf(model, graph, claim.block, place).has(act.check.read),
  );
}

/** `while (this.running) { await turn(); this.running = more(); }`: the loop's owner ends its own loop. */
function isLoopGuard(graph: Graph, act: Act): boolean {
  const { test } = act.check;
  if (test.kind !== 'test' || !test.isLoop || act.event.kind !== 'write') return false;
  return act.event.value?.nature === 'constant' && reaches(graph, act.event.block, test.block);
}

/** A module is loaded once however often it is imported: the value is the same whoever wins. */
function isModuleLoad(model: ProgramModel, graph: Graph, act: Act): boolean {
  if (act.event.kind !== 'write' || act.event.value === undefined) return false;
  const { compiler } = model;
  if (!model.file(act.event.node).loadsModules) return false;
  const calls = callsBehind(graph, act.event.value);
  return (
    calls.length > 0 &&
    calls.every((call) => compiler.isCallExpression(call.node) && call.node.expression.kind === compiler.SyntaxKind.ImportKeyword)
  );
}

/** `this.tail = this.tail.then(work)` puts work behind what is there; whoever comes second puts its own behind that. */
export function isAppended(model: ProgramModel, { node, nature, sources }: Value, place: Place): boolean {
  if (nature === 'promise' && sources.some((source) => source.kind === 'read' && source.place.key === place.key)) return true;
  const { compiler } = model;
  let value = compiler.isExpression(node) ? skipOuter(compiler, node) : undefined;
  while (value !== undefined && compiler.isCallExpression(value) && compiler.isPropertyAccessExpression(value.expression)) {
    if (!chainMethods.has(value.expression.name.text)) return false;
    value = skipOuter(compiler, value.expression.expression);
  }
  return value !== undefined && value !== node && model.file(value).places.placeOf(value)?.key === place.key;
}

/**
 * `const entry = queue.get(url); if (!entry || url !== this.head) return; queue.delete(url);` and a wait: whoever passed has
 * taken what the test wants there, so that the next one is turned away until somebody puts another one there.
 */
function isTicketTaken(model: ProgramModel, graph: Graph, act: Act): boolean {
  const { event, place, check } = act;
  const tickets = new Set(takingsOf(model, graph).filter((other) => !mayAlias(other.place, place) && isWanted(model, graph, other, event.block)));
  if (tickets.size === 0) return false;
  if (isTakenForGood(model, graph, event, tickets)) return true;
  let isTaken = false;
  let isExposed = false;
  walkAcrossSuspensions(graph, event, (earlier, isSuspended) => {
    if (isSuspended && earlier.kind === 'write' && tickets.has(earlier)) {
      isTaken = true;
      return true;
    }
    if (earlier !== check.test && earlier !== check.read.event) return false;
    isExposed ||= isSuspended;
    return true;
  });
  return isTaken && !isExposed;
}

/**
 * `if (!tables.includes(table)) { paths[name] = path; tables.push(table); }` after the wait: the look beside it is fresh, and what
 * it did not find is put there in the same turn, so that the next one is turned away.
 */
function isClaimedBeside(model: ProgramModel, graph: Graph, held: HeldLocks, { event, place }: Act): boolean {
  if (event.kind !== 'write') return false;
  const events = graph.blocks[event.block]?.events ?? [];
  const claims = events.filter((other): other is WriteEvent => other.kind === 'write' && other !== event && !empties(model.compiler, other) && other.how !== 'remove' && !mayAlias(other.place, place));
  if (claims.length === 0 || events.some((other) => other.kind === 'suspend')) return false;
  const dependence = model.controlDependence(graph);
  return dependence.controllingTests(event.block).some((test) => {
    const outcomes = dependence.outcomes(event.block, test);
    return readsOfTest(model, graph, test).some((read) => {
      if (read.isOld || !claims.some((claim) => writeAffectsRead(claim.place, read.place)) || !isShared(model, graph, read.place)) return false;
      if (suspensionBetween(graph, held, read.event, event) !== undefined) return false;
      const requirement = requirementOf(model, graph, event.block, test, read.place);
      // of what a search gives only the local is tested
      const isMissing = model.compiler.isIdentifier(test.node) && outcomes.size === 1 && outcomes.has('false');
      return requirement === undefined ? isMissing : requirement.kind === 'absent' || requirement.kind === 'nullish' || requirement.kind === 'falsy';
    });
  });
}

/** `if (!this.isReady) { if (!this.flight) this.open(); … }`, where `open` stores its flight at once: what was looked at, and when, are of one turn. */
function isClaimedByCallee(model: ProgramModel, graph: Graph, { event, inner, check, place }: Act): boolean {
  if (event.kind === 'call' && inner?.phase === 'after' && check.suspension === undefined) {
    const claimed = claimedByCallee(model, graph, event, true);
    // a key keeps out those who ask for the same one
    return claimed !== undefined && (claimed.path.at(-1)?.kind !== 'element' || !isOneForAllKeys(model, place));
  }
  return inner?.phase !== 'after' && isAfterCalleesClaim(model, graph, event, check.read.event);
}

/** On every way to the act the one ticket was taken that its owner was made with: nobody else gets as far as the check. */
function isTakenForGood(model: ProgramModel, graph: Graph, act: WriteEvent | CallEvent, tickets: ReadonlySet<WriteEvent>): boolean {
  const last = new Set([...tickets].filter((ticket) => !isInstalledAgain(model, graph, ticket.place)));
  return last.size > 0 && !isReachedWithout(graph, act, (earlier) => earlier.kind === 'write' && last.has(earlier));
}

/** Writes that empty a shared place which has just been looked at. */
export const takingsOf = memoized((model, graph: Graph): readonly WriteEvent[] => {
  const held = heldLocks(model, graph);
  return eventsOf(graph).filter(
    (event): event is WriteEvent =>
      event.kind === 'write' &&
      empties(model.compiler, event) &&
      isShared(model, graph, event.place) &&
      judgeAct(model, graph, held, event, event.place).kind === 'fresh',
  );
});

/** The act happens only where the test has found what the write takes away. */
function isWanted(model: ProgramModel, graph: Graph, write: WriteEvent, block: number): boolean {
  return [...checksOf(model, graph, write.block, write.place, write).values()].some((test) => {
    const requirement = requirementOf(model, graph, block, test, write.place);
    return requirement !== undefined && (requirement.kind === 'truthy' || requirement.kind === 'present' || requirement.kind === 'non-null');
  });
}

/**
 * A generation or identity check after the suspension lets only the newest task act: `if (mine !== this.generation)
 * return`. It is a comparison of a fresh look at shared state with what a local remembers.
 */
export function isCurrent(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  act: WriteEvent | CallEvent,
  suspendsInside: boolean,
): boolean {
  if (!suspendsInside && (isCurrentByHelper(model, graph, act) || isCurrentByClosure(model, graph, held, act))) return true;
  const comparisons = comparisonsWithMemory(model, graph);
  if (comparisons.length === 0) return false;
  const controlling = new Set(model.controlDependence(graph).controllingTests(act.block));
  return comparisons.some(({ test, look, uses }) => {
    if (!uses.every((use) => isOlderThanSuspension(graph, use, act))) return false;
    // what ends a loop without a condition is reached in any case, and yet only once the comparison has come out so
    if (!controlling.has(test) && !decides(graph, test, act.block)) return false;
    const isLookFresh = look.sources.every(
      (source) => source.kind !== 'read' || suspensionBetween(graph, held, source, act) === undefined,
    );
    return (isLookFresh && !suspendsInside) || isFreshAt(model, graph, held, act, test, suspendsInside);
  });
}

/**
 * `const answer = await this.fetchNewest(); if (answer.isOutdated) return;`, where the helper takes a number, waits and gives
 * something else when the number is no longer the newest. Nothing suspends between its answer and the act.
 */
function isCurrentByHelper(model: ProgramModel, graph: Graph, act: WriteEvent | CallEvent): boolean {
  const calls = model
    .controlDependence(graph)
    .controllingTests(act.block)
    .flatMap((test) => callsBehind(graph, test.value))
    .filter((call) => call.consumption === 'awaited');
  if (calls.length === 0) return false;
  const waits = latestBefore(graph, act, (earlier) => earlier.kind === 'suspend');
  return waits.length > 0 && waits.every((wait) => {
    const answering = wait.operand === undefined ? [] : callsBehind(graph, wait.operand).filter((call) => calls.includes(call));
    return answering.some((call) => tellsWhetherNewest(model, model.callee(call, 'full')));
  });
}

/** The function returns early when the number that it took is no longer the newest. */
function tellsWhetherNewest(model: ProgramModel, callee: FunctionNode | undefined): boolean {
  if (callee === undefined) return false;
  const graph = model.graph(callee);
  if (!graph.hasSuspension || !takesNumbers(model, graph)) return false;
  const tests = new Set(comparisonsWithMemory(model, graph).map(({ test }) => test));
  const returns = resultsOf(model.compiler, graph);
  return returns.length > 1 && returns.some((event) => model.controlDependence(graph).controllingTests(event.block).some((test) => tests.has(test)));
}

/** A look at shared state is compared with what locals hold. */
interface ComparisonWithMemory {
  readonly test: TestEvent;
  readonly look: Value;
  readonly uses: readonly UseEvent[];
}

const comparisonsByGraph = new WeakMap<Graph, readonly ComparisonWithMemory[]>();

/** Found once for a graph: most have none, and some have a thousand acts. */
function comparisonsWithMemory(model: ProgramModel, graph: Graph): readonly ComparisonWithMemory[] {
  let known = comparisonsByGraph.get(graph);
  if (known === undefined) comparisonsByGraph.set(graph, (known = collectComparisons(model, graph)));
  return known;
}

function collectComparisons(model: ProgramModel, graph: Graph): readonly ComparisonWithMemory[] {
  return graph.blocks.flatMap(({ events }) => {
    const test = events.at(-1);
    if (test?.kind !== 'test' || test.comparison === undefined) return [];
    const { left, right } = test.comparison;
    return [
      { test, look: left, memory: right },
      { test, look: right, memory: left },
    ].flatMap(({ look, memory }): ComparisonWithMemory[] => {
      if (look.place === undefined || memory.nature === 'constant' || isFixed(look.place) || !isShared(model, graph, look.place)) return [];
      const uses = memory.sources.filter((source) => source.kind === 'use');
      return uses.length > 0 && look.sources.some((source) => source.kind === 'read') ? [{ test, look, uses }] : [];
    });
  });
}

/**
 * Tasks take numbers, and some act of theirs asks whether the number is still the newest: `const mine = ++this.request; …
 * if (mine === this.request)`. Only the newest is wanted then, whether or not all acts ask.
 */
export function takesNumbers(model: ProgramModel, graph: Graph): boolean {
  return comparisonsWithMemory(model, graph).some(({ look, uses }) =>
    uses.some((use) =>
      reachingDefinitions(graph, use).some((definition) =>
        definition.value?.sources.some((source) => source.kind === 'read' && source.place.key === look.place?.key),
      ),
    ),
  );
}

/** Only one outcome of the test leads to the block before the test is met again. */
function decides(graph: Graph, test: TestEvent, block: number): boolean {
  const ways = (graph.blocks[test.block]?.out ?? []).filter(({ label, to }) => {
    if (label !== 'true' && label !== 'false') return false;
    const seen = new Set([test.block]);
    const work = [to];
    for (let id = work.pop(); id !== undefined; id = work.pop()) {
      if (id === block) return true;
      if (seen.has(id)) continue;
      seen.add(id);
      work.push(...flowSuccessors(graph, id));
    }
    return false;
  });
  return ways.length === 1;
}

/** What the local remembers was taken before the suspension nearest to the act. */
function isOlderThanSuspension(graph: Graph, use: UseEvent, act: WriteEvent | CallEvent): boolean {
  const definitions = new Set<unknown>(reachingDefinitions(graph, use));
  let isYounger = false;
  walkBackward<true>(
    graph,
    act,
    true,
    () => 0,
    (event) => {
      if (definitions.has(event)) isYounger = true;
      return event.kind === 'suspend' || definitions.has(event) ? undefined : true;
    },
  );
  return !isYounger;
}

/** No suspension lies between the test and the act. */
function isFreshAt(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  act: WriteEvent | CallEvent,
  test: TestEvent,
  suspendsInside: boolean,
): boolean {
  const [read] = readsOfTest(model, graph, test).filter((candidate) => candidate.event.block === test.block);
  if (read === undefined) return false;
  // judged as if the act wrote the place that the test looked at
  return judgeAct(model, graph, held, act, read.place, suspendsInside).kind === 'fresh';
}

/**
 * Every task aborts the one before it and looks at its own signal after the suspension: only the newest acts.
 * `this.controller?.abort(); const controller = new AbortController(); … if (controller.signal.aborted) return;`
 */
export function isNewestByAbort(model: ProgramModel, graph: Graph, act: WriteEvent | CallEvent): boolean {
  const asksSignal = model
    .controlDependence(graph)
    .controllingTests(act.block)
    .some((test) => test.value.sources.some((source) => source.kind === 'read' && source.place.path.at(-1)?.kind === 'field' && source.place.text.endsWith('.aborted')));
  if (!asksSignal) return false;
  for (const event of eventsOf(graph)) if (event.kind === 'call' && event.name === 'abort') return true;
  return false;
}

/** Names of flags that say whether the task is still wanted. */
const wantedFlag = /abort|cancel|dispos|destroy|clos|stop|unmount|mounted|terminat|shut|dead|alive|finished|ended|ignore|stale|active|current|latest|valid/i;

export function saysWhetherWanted(name: string): boolean {
  return wantedFlag.test(name);
}

/** The write happens only after a look at the place, or because the task is still wanted. */
export function isReconsidered(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent | CallEvent, place: Place): boolean {
  return judgeAct(model, graph, held, event, place).kind !== 'unchecked' || isStillWanted(model, graph, held, event);
}

/** The act happens only after a look, still fresh, at shared state or at a flag that says whether the task is still wanted. */
export function isStillWanted(model: ProgramModel, graph: Graph, held: HeldLocks, act: WriteEvent | CallEvent): boolean {
  if (isCurrent(model, graph, held, act, false) || isNewestByAbort(model, graph, act) || isPastAbort(model, graph, act)) return true;
  for (const test of model.controlDependence(graph).controllingTests(act.block)) {
    for (const read of readsOfTest(model, graph, test)) {
      if (!isShared(model, graph, read.place) && !saysWhetherWanted(lastName(read.place) ?? '')) continue;
      if (!read.isOld && suspensionBetween(graph, held, read.event, act) === undefined) return true;
    }
  }
  return isAssertedBefore(model, graph, held, act);
}

/** `this.assertOpen();`, which throws unless shared state is as wanted, stands on every way to the act. */
function isAssertedBefore(model: ProgramModel, graph: Graph, held: HeldLocks, act: WriteEvent | CallEvent): boolean {
  return assertionsOf(model, graph).some(
    ({ call, reads }) =>
      reads.some((read) => !read.isOld && isShared(model, graph, read.place)) &&
      suspensionBetween(graph, held, call, act) === undefined &&
      !isReachedWithout(graph, act, (earlier) => earlier === call),
  );
}

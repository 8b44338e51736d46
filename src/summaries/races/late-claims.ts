/**
 * Claims that come after the work they stand for: `if (!this.isStarted) await this.boot(); this.isStarted = true;`, or `if (this.users
 * === 0) this.link = await open(); this.users++;`. The write happens on either way, and so does not depend on the look; the
 * work does, and whoever looks before the write does it once more.
 */
import { accessesNear, eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { leadsWithout } from '../../cfg/walk.js';
import type { CallEvent, SuspendEvent, TestEvent, WriteEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { isReset } from '../../syntax/constants.js';
import { countStepOf } from '../../syntax/tree.js';
import { callsOfInternal } from '../actors/member-mentions.js';
import { isTimeHelper } from '../effects/exceptions.js';
import { callsBehind, readsBehind } from '../effects/provenance.js';
import { mayLookAt } from '../effects/reach.js';
import { isInternal } from '../effects/visibility.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { claimsOf } from '../protocols/claims.js';
import { readsOfTest, type StaleCheck, staleAmong } from '../protocols/freshness.js';
import { keepsOutcome, requirementOf } from '../protocols/outcomes.js';
import { keepsAnswer } from '../protocols/shared-answers.js';
import { slotsOfSharedWork } from '../protocols/shared-work.js';

export interface LateClaim {
  readonly check: StaleCheck;
  /** What the test decides: the work is waited for here. */
  readonly work: SuspendEvent;
}

/** The look that decides the work for which the write stands, where it is old by then. */
export function lateClaim(model: ProgramModel, graph: Graph, held: HeldLocks, write: WriteEvent): LateClaim | undefined {
  if (!graph.hasSuspension || !mayClaim(model, write)) return undefined;
  const { place } = write;
  for (const { test, work } of decidedWaits(model, graph)) {
    if (!follows(graph, work, write) || !mayLookAt(model, graph, test, place) || !isSparedWork(model, graph, test, work, write)) continue;
    const requirement = requirementOf(model, graph, work.block, test, place);
    if (requirement === undefined || keepsOutcome(model, requirement, write.how, write.value?.node)) continue;
    const check = staleAmong(model, graph, held, write, place, new Map(readsOfTest(model, graph, test).map((read) => [read, test])));
    if (check !== undefined && slotsOfSharedWork(model, graph, write).length === 0 && !isBegunInTurn(model, graph)) return { check: { ...check, suspension: work }, work };
  }
  return undefined;
}

export interface DecidedWait {
  readonly test: TestEvent;
  readonly work: SuspendEvent;
}

/** Waits for calls that happen after one outcome of a test only. */
export const decidedWaits = memoized((model, graph: Graph): readonly DecidedWait[] => {
  const dependence = model.controlDependence(graph);
  return eventsOf(graph).flatMap((event) => {
    if (event.kind !== 'suspend' || event.reason !== 'await' || event.operand === undefined) return [];
    return dependence.controllingTests(event.block).flatMap((test) => (dependence.outcomes(event.block, test).size === 1 ? [{ test, work: event }] : []));
  });
});

/** A flag that goes up, the name of a state, or one more in a count. */
function mayClaim({ compiler }: ProgramModel, { how, node, value, place }: WriteEvent): boolean {
  if (how !== 'assign' || place.path.at(-1)?.kind === 'element') return false;
  if (countStepOf(compiler, node)?.direction === 'up') return true;
  return value?.nature === 'constant' && !isReset(compiler, value.node);
}

/** The write comes on either side of the test; on the other side nothing is waited for before it. */
function isSparedWork(model: ProgramModel, graph: Graph, test: TestEvent, work: SuspendEvent, write: WriteEvent): boolean {
  const dependence = model.controlDependence(graph);
  if (work.operand === undefined || dependence.controllingTests(write.block).includes(test)) return false;
  const other = dependence.outcomes(work.block, test).has('true') ? 'false' : 'true';
  if (!leadsWithout(graph, test, other, write.block, (event) => event.kind === 'suspend')) return false;
  return callsBehind(graph, work.operand).some((call) => isWork(model, call));
}

/** To do it twice is more than to wait twice: the callee neither keeps its answer for all nor lets only one in. */
function isWork(model: ProgramModel, call: CallEvent): boolean {
  if (isTimeHelper(call.name ?? '')) return false;
  const callee = model.callee(call, 'full');
  return callee === undefined || (!keepsAnswer(model, callee) && claimsOf(model, model.graph(callee)).writes.size === 0);
}

/** `if (this.turn) await this.turn; this.turn = this.open();`: whoever calls it has waited for what the last one began. */
function isBegunInTurn(model: ProgramModel, { owner }: Graph): boolean {
  if (model.compiler.isSourceFile(owner) || !isInternal(model, owner)) return false;
  const calls = callsOfInternal(model, owner);
  return (
    calls.length > 0 &&
    calls.every(({ graph, event }) => {
      const isKeptIn = (place: Place): boolean =>
        accessesNear(graph, place).some((store) => store.kind === 'write' && store.place.key === place.key && store.value !== undefined && callsBehind(graph, store.value).includes(event));
      return eventsOf(graph).some(
        (wait) => wait.kind === 'suspend' && wait.operand !== undefined && follows(graph, wait, event) && readsBehind(model, graph, wait.operand).some((read) => isKeptIn(read.place)),
      );
    })
  );
}

/**
 * Workers of a list that is never empty while they wait: `const isBusy = jobs.length > 0; jobs.push(mine); if (!isBusy) this.work();`,
 * where `work` takes an element out only when it has been dealt with, and looks again before it waits for the next one. Who comes
 * meanwhile finds somebody in the list, and leaves his element to the worker: so the worker runs once at a time.
 */
import { accessesNear, eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { isReachedWithout, suspendsBetween } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, TestEvent, WriteEvent } from '../../events/event.js';
import { type Activation, type FunctionNode, outerParent } from '../../syntax/functions.js';
import { holderOf, type Place } from '../../places/place.js';
import { activationsNaming, mayReach } from '../effects/mutations.js';
import { createModelCache, type ProgramModel } from '../model/program-model.js';
import { isFilledAt, sizeAt } from '../protocols/first-of-batch.js';

const known = createModelCache<FunctionNode, boolean>();

/** All references to the worker are calls, and stand in the turn in which the list got its first element. */
export function worksOffList(model: ProgramModel, worker: FunctionNode, references: readonly ts.Node[]): boolean {
  const cache = known(model);
  const answer = cache.get(worker);
  if (answer !== undefined) return answer;
  // whoever is asked meanwhile is told of nothing
  cache.set(worker, false);
  const isWorker = compute(model, worker, references);
  cache.set(worker, isWorker);
  return isWorker;
}

function compute(model: ProgramModel, worker: FunctionNode, references: readonly ts.Node[]): boolean {
  const graph = model.graph(worker);
  if (!graph.hasSuspension) return false;
  const removals = eventsOf(graph).filter((event): event is WriteEvent => event.kind === 'write' && event.how === 'remove');
  const [removal] = removals;
  const list = removal === undefined ? undefined : listOf(removal);
  if (list === undefined || !removals.every((other) => listOf(other)?.key === list.key) || !staysFilled(model, graph, list, removals)) return false;
  return !isEmptiedElsewhere(model, worker, list) && isBegunByFirst(model, worker, references, list);
}

function isEmptiedElsewhere(model: ProgramModel, worker: FunctionNode, list: Place): boolean {
  return [...activationsNaming(model, list)].some((activation) => {
    if (activation === worker || isFirst(model, activation)) return false;
    return accessesNear(model.graph(activation), list).some((event) => event.kind === 'write' && event.how !== 'add' && mayReach(event.place, list));
  });
}

/** `jobs.shift()` takes something out of `jobs`. */
function listOf({ place }: WriteEvent): Place | undefined {
  return place.path.at(-1)?.kind === 'element' ? holderOf(place) : place;
}

function isFirst({ compiler }: ProgramModel, owner: Activation): boolean {
  return compiler.isConstructorDeclaration(owner) || compiler.isSourceFile(owner);
}

/** Whatever the worker waits for, something is in the list: since it was begun, or by a look after the last removal. */
function staysFilled(model: ProgramModel, graph: Graph, list: Place, removals: readonly WriteEvent[]): boolean {
  const control = model.controlDependence(graph);
  return eventsOf(graph).every((event) => {
    if (event.kind !== 'suspend' || !removals.some((removal) => follows(graph, removal, event))) return true;
    const looks = control.controllingTests(event.block).filter((test) => isFilledAt(model, graph, test, event.block, list));
    // a loop that takes out one and waits for it looks too early
    return looks.some((look) => removals.every((removal) => !leadsPast(graph, removal, event, look)));
  });
}

/** Whether some way from the removal to the wait passes by the look. */
function leadsPast(graph: Graph, removal: WriteEvent, wait: Event, look: TestEvent): boolean {
  if (removal.block === wait.block && removal.index < wait.index) return true;
  const seen = new Set<number>();
  const work = [removal.block];
  for (let block = work.pop(); block !== undefined; block = work.pop()) {
    for (const { to } of graph.blocks[block]?.out ?? []) {
      if (to === wait.block) {
        if (to !== look.block || wait.index < look.index) return true;
        continue;
      }
      if (to === look.block || seen.has(to)) continue;
      seen.add(to);
      work.push(to);
    }
  }
  return false;
}

function isBegunByFirst(model: ProgramModel, worker: FunctionNode, references: readonly ts.Node[], list: Place): boolean {
  const { compiler } = model;
  let isBegun = false;
  for (const reference of references) {
    const { parent: node, child } = outerParent(compiler, reference);
    if (!compiler.isCallExpression(node) || node.expression !== child) return false;
    const graph = model.graph(model.rootActivation(node));
    const call = model.eventsAt(graph, node).find((event): event is CallEvent => event.kind === 'call');
    const isOwn = graph.owner === worker;
    if (call === undefined || !(isOwn ? goesOn(model, graph, call, list) : isByFirst(model, graph, call, list))) return false;
    isBegun ||= !isOwn;
  }
  return isBegun;
}

/** `if (jobs.length > 0) void this.work();` at the end of the work: the next run begins where this one ends. */
function goesOn(model: ProgramModel, graph: Graph, call: CallEvent, list: Place): boolean {
  const isLast = call.consumption === 'awaited' || call.consumption === 'returned' || !eventsOf(graph).some((event) => event.kind === 'suspend' && follows(graph, call, event));
  return isLast && model.controlDependence(graph).controllingTests(call.block).some((test) => isFilledAt(model, graph, test, call.block, list));
}

/** The call comes after an element was added, in the turn in which the list was found empty. */
function isByFirst(model: ProgramModel, graph: Graph, call: CallEvent, list: Place): boolean {
  const joins = eventsOf(graph).filter((event): event is WriteEvent => event.kind === 'write' && event.how === 'add' && listOf(event)?.key === list.key);
  const looks = eventsOf(graph).filter((event) => event.kind === 'read' && event.place.key.startsWith(list.key));
  return model.controlDependence(graph).controllingTests(call.block).some((test) => {
    const size = sizeAt(model, graph, test, call.block, list);
    if (size !== 0 && size !== 1) return false;
    return joins.some((join) => {
      if (isReachedWithout(graph, call, (earlier) => earlier === join) || suspendsBetween(graph, join, call)) return false;
      const isCounted = !isReachedWithout(graph, test, (earlier) => earlier === join);
      if (size === 1) return isCounted && !suspendsBetween(graph, join, test);
      const [look] = looks;
      return look !== undefined && !isReachedWithout(graph, join, (earlier) => earlier === look) && !suspendsBetween(graph, look, join);
    });
  });
}

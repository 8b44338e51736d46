/**
 * What was there when it was tested, and is torn down by another task before it is used: a session that a logout clears,
 * a socket behind a `closed` flag that was asked before the suspension and not after it.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { latestBefore } from '../../cfg/walk.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { CallEvent, ReadEvent, SuspendEvent, TestEvent, WriteEvent } from '../../events/event.js';
import { resets } from '../../events/writes.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { isNullish } from '../../syntax/constants.js';
import { type Activation, displayName, outerParent } from '../../syntax/functions.js';
import { runsOnce } from '../actors/contexts.js';
import { areAwaitedInTurn } from '../actors/pull-protocols.js';
import { isEndName, needsLife } from '../effects/endings.js';
import { isPastAbort } from '../protocols/aborts.js';
import { assertionsOf, checksOf, judgeAct, readsOfTest } from '../protocols/freshness.js';
import { type HeldLocks, heldLocks } from '../locks/held-locks.js';
import { writesTo } from '../effects/mutations.js';
import { type Setting, settingsOf } from '../effects/settings.js';
import { assignmentsTo, keepsOutcome, type Requirement, requirementOf } from '../protocols/outcomes.js';
import { settersOf } from '../protocols/setters.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { isShared } from '../actors/sharing.js';
import { emptyingsOfMember, isMemberOfRecord } from './emptied-members.js';

export interface TornDownUse {
  /** The property access, index or call that needs the place to hold something. */
  readonly use: ts.Node;
  readonly read: ReadEvent;
  readonly place: Place;
  /** What was tested before the suspension: the place, or a flag that says whether it is there. */
  readonly tested: Place;
  readonly test: TestEvent | CallEvent;
  readonly suspension: SuspendEvent;
  readonly rival: { readonly activation: Activation; readonly name: string; readonly node: ts.Node };
  /** After the rival there is nothing in the place; otherwise it has been closed. */
  readonly isEmptied: boolean;
}

export function usesOfTornDown(model: ProgramModel, graph: Graph): readonly TornDownUse[] {
  if (!graph.hasSuspension || model.compiler.isSourceFile(graph.owner)) return [];
  const held = heldLocks(model, graph);
  const found: TornDownUse[] = [];
  const reported = new Set<string>();
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'read' || event.heldBy !== undefined || reported.has(event.place.key)) continue;
    const last = event.place.path.at(-1);
    if (last?.kind === 'element' && last.key === undefined) continue;
    const use = neededBy(model, event);
    if (use === undefined || !isShared(model, graph, event.place)) continue;
    const isElement = last?.kind === 'element';
    const torn = emptiedMeanwhile(model, graph, held, event, use) ?? (isElement ? undefined : closedMeanwhile(model, graph, held, event, use));
    if (torn === undefined) continue;
    reported.add(event.place.key);
    found.push(torn);
  }
  return found;
}

/** The expression that fails where the place holds nothing. */
function neededBy(model: ProgramModel, { node }: ReadEvent): ts.Node | undefined {
  const { compiler } = model;
  const { parent, child } = outerParent(compiler, node);
  if (!compiler.isPropertyAccessExpression(parent) && !compiler.isElementAccessExpression(parent)) return undefined;
  return parent.expression === child && parent.questionDotToken === undefined ? parent : undefined;
}

/** The place itself was tested for content; another function empties it. */
function emptiedMeanwhile(model: ProgramModel, graph: Graph, held: HeldLocks, read: ReadEvent, use: ts.Node): TornDownUse | undefined {
  const { place } = read;
  const isElement = place.path.at(-1)?.kind === 'element';
  const isMember = !isElement && isMemberOfRecord(place);
  if (!isElement && !isMember && !assignmentsTo(model, graph, place).some(({ assignment }) => isNullish(model.compiler, assignment.right))) return undefined;
  const verdict = judgeAct(model, graph, held, read, place);
  if (verdict.kind !== 'stale' || verdict.check.suspension === undefined) return undefined;
  const { test, suspension } = verdict.check;
  if (verdict.check.read.place.key !== place.key) return undefined;
  const requirement = test.kind === 'call' ? ({ kind: 'non-null' } as const) : requirementOf(model, graph, read.block, test, place);
  if (requirement?.kind !== 'truthy' && requirement?.kind !== 'non-null' && requirement?.kind !== 'present') return undefined;
  for (const { node, activation } of isMember ? emptyingsOfMember(model, graph, place) : emptyings(model, graph, read, requirement)) {
    const rival = { activation, name: displayName(model.compiler, activation), node };
    if (!mayComeBetween(model, graph, held, read, suspension, activation)) continue;
    return { use, read, place, tested: place, test, suspension, rival, isEmptied: true };
  }
  return undefined;
}

/** Where other functions empty the place, or remove the element. */
function emptyings(model: ProgramModel, graph: Graph, { place, collection }: ReadEvent, requirement: Requirement): { node: ts.Node; activation: Activation }[] {
  if (place.path.at(-1)?.kind === 'element') {
    if (collection !== undefined && !model.questions.isCollection(collection)) return [];
    return writesTo(model, place).flatMap((mutation) =>
      mutation.event.kind === 'write' && mutation.event.how === 'remove' && mutation.graph !== graph ? [{ node: mutation.event.node, activation: mutation.graph.owner }] : [],
    );
  }
  return assignmentsTo(model, graph, place).flatMap(({ assignment, activation }) =>
    activation !== graph.owner && isNullish(model.compiler, assignment.right) && !keepsOutcome(model, requirement, 'assign', assignment.right)
      ? [{ node: assignment, activation }]
      : [],
  );
}

/** A flag was tested, and another function that sets it empties or closes the place. */
function closedMeanwhile(model: ProgramModel, graph: Graph, held: HeldLocks, read: ReadEvent, use: ts.Node): TornDownUse | undefined {
  const { place } = read;
  for (const { flag, test } of flagsBefore(model, graph, read)) {
    if (flag.key === place.key || flag.path.at(-1)?.kind === 'element' || !isShared(model, graph, flag)) continue;
    // few flags are set by a function that tears the place down: the way from the test to the use is searched for these alone
    const ends = settersOf(model, graph, flag).flatMap(({ value, activation }) => {
      const end = activation === graph.owner ? undefined : tearsDown(model, activation, place);
      return end === undefined || (!end.isEmptied && !isLivelyCall(model, use)) ? [] : [{ value, activation, end }];
    });
    if (ends.length === 0) continue;
    const verdict = judgeAct(model, graph, held, read, flag);
    if (verdict.kind !== 'stale' || verdict.check.suspension === undefined || isFilledInTurn(graph, read)) continue;
    const { suspension } = verdict.check;
    const requirement = requirementOf(model, graph, read.block, test, flag);
    if (requirement === undefined && test.kind === 'test') continue;
    for (const { value, activation, end } of ends) {
      if (requirement !== undefined && keepsOutcome(model, requirement, 'assign', value)) continue;
      if (!mayComeBetween(model, graph, held, read, suspension, activation)) continue;
      const rival = { activation, name: displayName(model.compiler, activation), node: end.node };
      return { use, read, place, tested: flag, test, suspension, rival, isEmptied: end.isEmptied };
    }
  }
  return undefined;
}

/** The activation itself has put something there since it was suspended last. */
function isFilledInTurn(graph: Graph, read: ReadEvent): boolean {
  const latest = latestBefore(
    graph,
    read,
    (earlier): earlier is WriteEvent | SuspendEvent =>
      earlier.kind === 'suspend' || (earlier.kind === 'write' && earlier.how === 'assign' && earlier.place.key === read.place.key),
  );
  return latest.length > 0 && latest.every(({ kind }) => kind === 'write');
}

/** A closed object may still be looked at; what it cannot do is work. */
function isLivelyCall(model: ProgramModel, use: ts.Node): boolean {
  const { compiler } = model;
  return compiler.isPropertyAccessExpression(use) && compiler.isCallExpression(use.parent) && use.parent.expression === use && needsLife(use.name.text);
}

/** Places that were looked at on the way: by tests, and by helpers that throw unless all is well. */
export function flagsBefore(model: ProgramModel, graph: Graph, read: Act): { flag: Place; test: TestEvent | CallEvent }[] {
  const flags: { flag: Place; test: TestEvent | CallEvent }[] = [];
  for (const test of model.controlDependence(graph).controllingTests(read.block)) {
    for (const look of readsOfTest(model, graph, test)) flags.push({ flag: look.place, test });
  }
  for (const { call, reads } of assertionsOf(model, graph)) for (const look of reads) flags.push({ flag: look.place, test: call });
  return flags;
}

/** Where the function empties the place, also by a helper, or ends what it holds. */
function tearsDown(model: ProgramModel, activation: Activation, place: Place): Teardown | undefined {
  const own = teardownsOf(model.compiler, model.graph(activation)).get(place.key);
  const emptied = own?.isEmptied === true ? undefined : emptiedBy(model, activation).get(place.key);
  return emptied === undefined ? own : { node: emptied.event.node, isEmptied: true };
}

interface Teardown {
  readonly node: ts.Node;
  readonly isEmptied: boolean;
}

const teardowns = new WeakMap<Graph, ReadonlyMap<string, Teardown>>();

/** What the function empties or ends, by the key of the place; to empty it is more than to end what it holds. */
function teardownsOf(compiler: Compiler, graph: Graph): ReadonlyMap<string, Teardown> {
  const known = teardowns.get(graph);
  if (known !== undefined) return known;
  const byKey = new Map<string, Teardown>();
  for (const event of eventsOf(graph)) {
    if (event.kind === 'write' && event.how === 'assign' && event.value !== undefined && isNullish(compiler, event.value.node)) {
      if (byKey.get(event.place.key)?.isEmptied !== true) byKey.set(event.place.key, { node: event.node, isEmptied: true });
    } else if (event.kind === 'call' && event.receiver?.place !== undefined && isEndName(event.name)) {
      const { key } = event.receiver.place;
      if (!byKey.has(key)) byKey.set(key, { node: event.node, isEmptied: false });
    }
  }
  teardowns.set(graph, byKey);
  return byKey;
}

/** What the function leaves empty, itself or by a helper, by the key of the place. */
export const emptiedBy = memoized((model, activation: Activation): ReadonlyMap<string, Setting> => {
  const emptied = new Map<string, Setting>();
  for (const setting of settingsOf(model, activation)) {
    const { place, value } = setting.write;
    if (value !== undefined && isNullish(model.compiler, value.node)) emptied.set(place.key, setting);
    else emptied.delete(place.key);
  }
  return emptied;
});

/** What a stale look decides. */
type Act = ReadEvent | WriteEvent | CallEvent;

/** Neither runs once only, nothing keeps the rival out while this activation is suspended, and nothing tells afterwards that it came. */
export function mayComeBetween(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  read: Act,
  suspension: SuspendEvent,
  activation: Activation,
): boolean {
  if (runsOnce(model, activation) || runsOnce(model, graph.owner)) return false;
  return isLetIn(model, graph, held, read, suspension, activation);
}

/**
 * Nothing keeps the rival out while this activation is suspended, and nothing tells afterwards that it came. Where the rival ends
 * what it finds in a place, to ask whether there is something is not to ask whether somebody is at work.
 */
export function isLetIn(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  read: Act,
  suspension: SuspendEvent,
  activation: Activation,
  ended?: Place,
): boolean {
  if (isPastAbort(model, graph, read) || areAwaitedInTurn(model, graph.owner, activation)) return false;
  const other = model.graph(activation);
  const theirs = heldLocks(model, other);
  const written = settingsOf(model, activation).map(({ write }) => write.place);
  const tested: Place[] = [];
  const waited: Place[] = [];
  for (const event of eventsOf(other)) {
    if (event.kind === 'write') written.push(event.place);
    if (event.kind === 'test') for (const look of readsOfTest(model, other, event)) tested.push(look.place);
    if (event.kind !== 'suspend') continue;
    for (const source of event.operand?.sources ?? []) {
      if (source.kind === 'read') waited.push(source.place);
      else if (source.kind === 'call' && source.receiver?.place !== undefined) waited.push(source.receiver.place);
    }
  }
  if (isWorkOf(model, read.node, waited)) return false;
  for (const lock of held.at(suspension)) {
    // the rival waits for its turn, or asks whether somebody is at work
    if (lock.origin !== 'claim' && eventsOf(other).some((event) => theirs.at(event).some((own) => own.lock.key === lock.lock.key))) return false;
    const claimed = lock.lock.place;
    if (claimed === undefined) continue;
    if (waited.some((place) => writeAffectsRead(claimed, place))) return false;
    if (claimed.key === ended?.key || !tested.some((place) => writeAffectsRead(claimed, place))) continue;
    if (!isForWhoIsAtWork(model, graph, other, claimed)) return false;
  }
  return !model
    .controlDependence(graph)
    .controllingTests(read.block)
    .some((test) =>
      readsOfTest(model, graph, test).some((look) => {
        if (/abort/i.test(look.place.text)) return isFresh(model, graph, held, read, look.place);
        return written.some((place) => writeAffectsRead(place, look.place)) && isFresh(model, graph, held, read, look.place);
      }),
    );
}

/** `if (!this.running) return;`: the claim that says that somebody is at work is what the rival needs to go on. */
function isForWhoIsAtWork(model: ProgramModel, graph: Graph, rival: Graph, claimed: Place): boolean {
  const values = eventsOf(graph).flatMap((event) =>
    event.kind === 'write' && event.how === 'assign' && event.place.key === claimed.key && event.value?.nature === 'constant' && !resets(model.compiler, event) ? [event.value.node] : [],
  );
  if (values.length === 0) return false;
  const writes = eventsOf(rival).filter((event) => event.kind === 'write');
  return eventsOf(rival).every((test) => {
    if (test.kind !== 'test' || !readsOfTest(model, rival, test).some((look) => writeAffectsRead(claimed, look.place))) return true;
    const decided = writes.filter((write) => model.controlDependence(rival).controllingTests(write.block).includes(test));
    return decided.length > 0 && decided.every((write) => {
      const requirement = requirementOf(model, rival, write.block, test, claimed);
      return requirement !== undefined && values.every((value) => keepsOutcome(model, requirement, 'assign', value));
    });
  });
}

/** The read is in work handed to an object that the rival waits for: `this.running.add(async () => …)`, `await this.running.close()`. */
function isWorkOf(model: ProgramModel, node: ts.Node, waited: readonly Place[]): boolean {
  const { compiler } = model;
  if (waited.length === 0) return false;
  for (let current = node; current.parent !== undefined && !compiler.isSourceFile(current); current = current.parent) {
    const { parent } = current;
    if (!compiler.isCallExpression(parent) || parent.expression === current || !compiler.isPropertyAccessExpression(parent.expression)) continue;
    const worker = model.file(node).places.placeOf(parent.expression.expression);
    if (worker !== undefined && worker.path.length > 0 && waited.some((place) => place.key === worker.key)) return true;
  }
  return false;
}

function isFresh(model: ProgramModel, graph: Graph, held: HeldLocks, read: Act, place: Place): boolean {
  return checksOf(model, graph, read.block, place).size > 0 && judgeAct(model, graph, held, read, place).kind === 'fresh';
}

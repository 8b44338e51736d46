/**
 * Shared state that other tasks meet half-way: a flag that says done before the work is, two fields that belong together
 * and are set on either side of a suspension, a collection that is cleared first and filled over suspensions.
 */
import { accessesNear, eventsOf, flowSuccessors, follows, type Graph } from '../../cfg/graph.js';
import { walkBackward } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, ClosureEvent, SuspendEvent, WriteEvent } from '../../events/event.js';
import { empties } from '../../events/writes.js';
import { holderOf, lastName, type Place, writeAffectsRead } from '../../places/place.js';
import { isAsync, outerParent } from '../../syntax/functions.js';
import { isInCatch } from '../../syntax/tree.js';
import { asksWriter, isAsked, type Look, looksAt, mayLookMeanwhile, placesAskedBefore, waitsForPlace } from '../actors/readers.js';
import { isOfConfined } from '../actors/confinement.js';
import { isShared } from '../actors/sharing.js';
import { emptiedPlace, isWholeCollection } from '../effects/emptied-places.js';
import { substitute } from '../effects/provenance.js';
import { summarize } from '../effects/summary.js';
import { isInternal } from '../effects/visibility.js';
import { heldLocks } from '../locks/held-locks.js';
import { declaredValue } from '../model/declared-values.js';
import type { ProgramModel } from '../model/program-model.js';
import { readsOfTest } from '../protocols/freshness.js';
import { requirementOf } from '../protocols/outcomes.js';
import { isRewritten, splitState } from './split-state.js';

export interface PartialState {
  readonly kind: 'flag' | 'parts' | 'refill';
  /** The first write: the flag, the first part, the clearing. */
  readonly write: WriteEvent;
  readonly place: Place;
  readonly suspension: SuspendEvent;
  /** The write that completes the state, and its place. */
  readonly last: { readonly node: ts.Node; readonly place: Place };
  readonly look: Look;
}

interface Late {
  readonly event: WriteEvent | CallEvent;
  readonly node: ts.Node;
  readonly place: Place;
  readonly how: WriteEvent['how'];
  readonly collection: ts.Expression | undefined;
}

export function partialStates(model: ProgramModel, graph: Graph): readonly PartialState[] {
  if (!graph.hasSuspension || model.compiler.isSourceFile(graph.owner)) return [];
  const suspensions: SuspendEvent[] = [];
  const writes: WriteEvent[] = [];
  for (const event of eventsOf(graph)) {
    if (event.kind === 'suspend') suspensions.push(event);
    // an object that is made for one operation is met by nobody else, half-way or not
    else if (event.kind === 'write' && mayBeFirst(model, event) && isShared(model, graph, event.place) && !isOfConfined(model, event.place)) writes.push(event);
  }
  if (writes.length === 0) return [];
  if (writes.length > maximumWrites) model.limits.add('early writes in one function');
  const found: PartialState[] = [];
  const seen = new Set<string>();
  for (const write of writes.slice(0, maximumWrites)) {
    if (seen.has(write.place.key)) continue;
    const suspension = suspensionAfter(graph, write);
    if (suspension === undefined) continue;
    const state = flagFirst(model, graph, write, suspension) ?? clearedFirst(model, graph, write, suspensions) ?? inParts(model, graph, write, suspensions);
    if (state === undefined) continue;
    seen.add(write.place.key);
    found.push(state);
  }
  return found;
}

/** Only so many writes of one function are looked at as the first step of a state. */
const maximumWrites = 64;

/** The write says that something is there, gives one part of a state, or empties a collection. */
function mayBeFirst(model: ProgramModel, write: WriteEvent): boolean {
  if (write.how === 'assign' && write.value !== undefined) {
    if (write.value.node.getText() === 'true') return true;
    if (write.value.nature === undefined || write.value.nature === 'fresh') return true;
  }
  return clearedBy(model, write) !== undefined;
}

/** A suspension that the write is followed by, before the place is written again. */
function suspensionAfter(graph: Graph, write: WriteEvent): SuspendEvent | undefined {
  const seen = new Set<number>();
  const work = [{ block: write.block, from: write.index + 1 }];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    let isRewritten = false;
    for (const event of graph.blocks[next.block]?.events.slice(next.from) ?? []) {
      if (event.kind === 'suspend') return event;
      if (event.kind === 'write' && event.place.key === write.place.key) isRewritten = true;
      if (isRewritten) break;
    }
    if (isRewritten) continue;
    for (const block of [...flowSuccessors(graph, next.block)].reverse()) {
      if (seen.has(block)) continue;
      seen.add(block);
      work.push({ block, from: 0 });
    }
  }
  return undefined;
}

// ---- a flag that says done --------------------------------------------------------------------------------------------

/** Names of flags that say something is under way, or that it has only begun. */
const busyNames = /busy|pending|loading|flight|progress|lock|running|active|working|process|starting|connecting|opening|saving|syncing|fetching|refreshing|scheduled|queued|dirty|clos|stop|dispos|destroy|abort|cancel|need|should|paus|has[A-Z]|wait/i;

/** Names of flags that say something is there to be used. */
const doneNames = /initiali[sz]ed|inited|ready|loaded|done|setUp|set_up|configured|prepared|fetched|complete|hydrated|restored|populated|warm|filled|resolved|available|primed/i;

function flagFirst(model: ProgramModel, graph: Graph, write: WriteEvent, suspension: SuspendEvent): PartialState | undefined {
  const { place, value } = write;
  const name = place.path.at(-1)?.kind === 'element' ? undefined : lastName(place);
  if (write.how !== 'assign' || value?.node.getText() !== 'true' || name === undefined || busyNames.test(name)) return undefined;
  // given back when the work is done: the flag says busy, whatever its name
  if (isGivenBack(graph, write)) return undefined;
  for (const late of lateWrites(model, graph, write, suspension)) {
    if (late.place.key === place.key || takesAway(model, late) || isOfHandedOptions(place, late.place)) continue;
    // of a flag with another name, what it stands for must have been absent before
    if (!doneNames.test(name) && !isAbsentAtFirst(model, late.place) && !isFilledFirst(model, late)) continue;
    for (const look of looksAt(model, late.place)) {
      if (!(trustsFlag(model, graph, place, look) || isForWhoHasWaited(model, graph, write, late.place, look)) || isAsked(model, look)) continue;
      if (!mayLookMeanwhile(model, graph, write, suspension, place, look)) continue;
      if (waitsForPlace(model, look)) continue;
      return { kind: 'flag', write, place, suspension, last: late, look };
    }
  }
  return undefined;
}

/** What is taken away when the work is over, `this.loading = undefined`, is not what the flag promises. */
function takesAway({ compiler }: ProgramModel, { event, how }: Late): boolean {
  return how === 'remove' || (event.kind === 'write' && empties(compiler, event));
}

/** `options.isGrouped ??= true;` fills in what the caller has handed in, and tells nothing of what the work gives to another object. */
function isOfHandedOptions({ root }: Place, late: Place): boolean {
  return root.kind === 'variable' && root.binding.kind === 'parameter' && !(late.root.kind === 'variable' && late.root.binding === root.binding);
}

/** The field or variable is declared without a value. */
function isAbsentAtFirst(model: ProgramModel, place: Place): boolean {
  const declared = declaredValue(model, place);
  return declared !== undefined && declared.value === undefined;
}

/** The first elements of a collection that is declared empty. */
function isFilledFirst(model: ProgramModel, { place, how }: Late): boolean {
  const last = place.path.at(-1);
  if (how !== 'add' || last?.kind !== 'element' || last.key !== undefined) return false;
  const declared = declaredValue(model, holderOf(place))?.value;
  return declared !== undefined && model.compiler.isArrayLiteralExpression(declared) && declared.elements.length === 0;
}

/** On a way on which nothing throws, the flag is set again. */
function isGivenBack(graph: Graph, write: WriteEvent): boolean {
  return accessesNear(graph, write.place).some(
    (other) => other.kind === 'write' && other !== write && other.place.key === write.place.key && other.value?.node.getText() !== 'true' && follows(graph, write, other),
  );
}

/** What is set after the suspension, by the activation or by those it calls. */
function lateWrites(model: ProgramModel, graph: Graph, first: WriteEvent, suspension: SuspendEvent | undefined): Late[] {
  const found: Late[] = [];
  for (const event of eventsOf(graph)) {
    if (event.kind === 'write') {
      if (suspension === undefined || !follows(graph, suspension, event) || !isShared(model, graph, event.place)) continue;
      found.push({ event, node: event.node, place: event.place, how: event.how, collection: event.collection });
    } else if (event.kind === 'call' && (event.consumption === 'awaited' || event.consumption === 'returned') && follows(graph, first, event)) {
      const callee = model.callee(event, 'full');
      if (callee === undefined) continue;
      for (const write of summarize(model, callee).writes) {
        if (write.phase !== 'after' && (suspension === undefined || !follows(graph, suspension, event))) continue;
        const place = substitute(model, write.place, callee, event);
        if (place !== undefined && isShared(model, graph, place)) found.push({ event, node: write.node, place, how: write.how, collection: write.collection });
      }
    }
  }
  return found;
}

/** The reader takes the flag's word: it tests the flag itself, or it has called the function that returns at once when it is set. */
function trustsFlag(model: ProgramModel, writer: Graph, flag: Place, look: Look): boolean {
  if (look.graph === writer) return placesAskedBefore(model, look).some((place) => writeAffectsRead(flag, place)) || isBehindBranch(model, writer, flag, look);
  const isTested = model
    .controlDependence(look.graph)
    .controllingTests(look.event.block)
    .some((test) => {
      const requirement = requirementOf(model, look.graph, look.event.block, test, flag);
      return requirement?.kind === 'truthy' || (requirement?.kind === 'equal' && requirement.text === 'true');
    });
  if (isTested) return true;
  let isCalled = false;
  walkBackward<true>(look.graph, look.event, true, () => 0, (earlier) => {
    if (earlier.kind === 'suspend') {
      for (const source of earlier.operand?.sources ?? []) if (source.kind === 'call' && model.callee(source, 'full') === writer.owner) isCalled = true;
    }
    return isCalled ? undefined : true;
  });
  return isCalled;
}

/**
 * `if (this.ready) return; this.ready = true; this.client = await connect();`: a second caller comes back at once, and goes on
 * with what the object has to offer to those who have waited.
 */
function isForWhoHasWaited(model: ProgramModel, writer: Graph, write: WriteEvent, late: Place, look: Look): boolean {
  if (look.graph === writer || !doneNames.test(lastName(write.place) ?? '') || !isAbsentAtFirst(model, late)) return false;
  const { compiler } = model;
  if (compiler.isSourceFile(look.graph.owner) || isInternal(model, look.graph.owner) || compiler.isSourceFile(writer.owner) || isInternal(model, writer.owner)) return false;
  return model.controlDependence(writer).controllingTests(write.block).some((test) => requirementOf(model, writer, write.block, test, write.place)?.kind === 'falsy');
}

/** `if (!this.done) { this.done = true; … } return this.data;`: the other branch leads to the look at once. */
function isBehindBranch(model: ProgramModel, graph: Graph, flag: Place, look: Look): boolean {
  let isTested = false;
  walkBackward<true>(graph, look.event, true, () => 0, (earlier) => {
    if (earlier.kind === 'suspend') return undefined;
    if (earlier.kind === 'test' && readsOfTest(model, graph, earlier).some((read) => writeAffectsRead(flag, read.place))) isTested = true;
    return true;
  });
  return isTested;
}

// ---- two parts of one state ------------------------------------------------------------------------------------------

function inParts(model: ProgramModel, graph: Graph, write: WriteEvent, suspensions: readonly SuspendEvent[]): PartialState | undefined {
  const split = splitState(model, graph, write, suspensions);
  return split === undefined ? undefined : { kind: 'parts', ...split };
}

// ---- cleared, then filled ------------------------------------------------------------------------------------------------

function clearedFirst(model: ProgramModel, graph: Graph, write: WriteEvent, suspensions: readonly SuspendEvent[]): PartialState | undefined {
  const collection = clearedBy(model, write);
  if (collection === undefined || isMovedAway(model, graph, write, collection)) return undefined;
  for (const { event, at } of [...writesWithin(model, graph), ...fillingsByHelpers(model, graph, write)]) {
    if (!isFilling(event, collection) || isInCatch(model.compiler, event.node)) continue;
    const isBetween = (other: SuspendEvent): boolean => (at === undefined ? follows(graph, other, event) : follows(graph, at, other));
    const suspension = suspensions.find((other) => follows(graph, write, other) && isBetween(other) && !isRewritten(graph, write, other, collection));
    if (suspension === undefined || !isWaitedFor(model, graph, event, suspension)) continue;
    if (event.collection !== undefined && !model.questions.isCollection(event.collection)) return undefined;
    for (const look of looksAt(model, collection)) {
      if (look.graph === graph || !looksInside(model, look, collection)) continue;
      if (!mayLookMeanwhile(model, graph, write, suspension, collection, look)) continue;
      if (waitsForPlace(model, look) || asksWriter(model, look, [collection], graph)) continue;
      return { kind: 'refill', write, place: collection, suspension, last: { node: event.node, place: event.place }, look };
    }
  }
  return undefined;
}

/** `this.rows.clear(); await this.fill();`: what a helper that is waited for writes after its own suspension. */
function fillingsByHelpers(model: ProgramModel, graph: Graph, write: WriteEvent): Filling[] {
  return lateWrites(model, graph, write, undefined).flatMap(({ event, node, place, how, collection }) =>
    event.kind === 'call' ? [{ event: { node, place, how, collection, block: event.block, index: event.index }, at: event }] : [],
  );
}

interface Filling {
  readonly event: Pick<WriteEvent, 'node' | 'place' | 'how' | 'collection' | 'block' | 'index'>;
  /** The callback or the helper that makes the write. */
  readonly at: ClosureEvent | CallEvent | undefined;
}

/** Writes of the activation, and of the asynchronous callbacks that it starts: `Promise.all(keys.map(async (key) => …))`. */
function* writesWithin(model: ProgramModel, graph: Graph): Generator<Filling> {
  for (const event of eventsOf(graph)) {
    if (event.kind === 'write') yield { event, at: undefined };
    if (event.kind !== 'closure' || !isAsync(model.compiler, event.node) || !model.compiler.isCallExpression(event.node.parent)) continue;
    for (const inner of eventsOf(model.graph(event.node))) if (inner.kind === 'write') yield { event: inner, at: event };
  }
}

/** The collection that the write empties: a field, a variable, or what a map has under a key. */
function clearedBy(model: ProgramModel, write: WriteEvent): Place | undefined {
  const emptied = emptiedPlace(model, write);
  // `keys.clear()` leaves the entry of `keys` where it is, as `this.keysOf.delete(name)` does not
  if (emptied?.path.at(-1)?.kind === 'element' && write.how === 'remove' && write.place.path.length > emptied.path.length) return emptied;
  return emptied !== undefined && emptied.path.at(-1)?.kind !== 'element' && isWholeCollection(write, emptied) ? emptied : undefined;
}

/** What was in it has been taken first: a buffer that is emptied while its content is saved. */
function isMovedAway(model: ProgramModel, graph: Graph, write: WriteEvent, collection: Place): boolean {
  const { compiler } = model;
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'read' || event.place.key !== collection.key || !follows(graph, event, write)) continue;
    const { parent } = outerParent(compiler, event.node);
    // `const keys = this.keysOf.get(name); keys.clear();`: the local only names it
    if (compiler.isVariableDeclaration(parent) && isEmptiedAs(model, write, parent.name)) continue;
    if (compiler.isVariableDeclaration(parent) || compiler.isSpreadElement(parent) || compiler.isForOfStatement(parent) || compiler.isCallExpression(parent)) return true;
    if (compiler.isPropertyAccessExpression(parent) && /^(?:slice|splice|values|entries|keys|map|filter|forEach|concat)$/.test(parent.name.text)) return true;
  }
  return false;
}

function isEmptiedAs({ compiler }: ProgramModel, { node }: WriteEvent, name: ts.BindingName): boolean {
  const member = compiler.isCallExpression(node) ? node.expression : compiler.isBinaryExpression(node) ? node.left : undefined;
  return member !== undefined && compiler.isPropertyAccessExpression(member) && member.expression.getText() === name.getText();
}

function isFilling(event: Filling['event'], collection: Place): boolean {
  const last = event.place.path.at(-1);
  return (event.how === 'add' || event.how === 'assign') && last?.kind === 'element' && event.place.key.startsWith(`${collection.key}[`) && event.place.path.length === collection.path.length + 1;
}

/** The collection is empty, or half full, while the suspension lasts: the filling comes after it, and so does not the clearing. */
function isWaitedFor(model: ProgramModel, graph: Graph, filling: Filling['event'], suspension: SuspendEvent): boolean {
  return !heldLocks(model, graph).at(suspension).some((held) => held.origin === 'claim' && filling.place.key.startsWith(held.lock.place?.key ?? '-'));
}

/** The reader answers from what the collection holds. */
function looksInside(model: ProgramModel, { event }: Look, collection: Place): boolean {
  const { compiler } = model;
  if (event.place.path.length > collection.path.length) return event.place.path.length === collection.path.length + 1;
  const { parent } = outerParent(compiler, event.node);
  return compiler.isReturnStatement(parent) || compiler.isSpreadElement(parent) || compiler.isForOfStatement(parent) || compiler.isArrowFunction(parent);
}


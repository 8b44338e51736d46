/**
 * A flag sends others to a promise that is not there yet: the flag goes up, the task suspends, and only then the promise
 * of the work is stored. Whoever comes in between waits for `undefined`, which is no wait at all, and goes on as if the
 * work were done.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { Event, SuspendEvent, WriteEvent } from '../../events/event.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { isConstant, isNullish, isReset } from '../../syntax/constants.js';
import { outerParent } from '../../syntax/functions.js';
import { readsOfTest } from './freshness.js';
import { keepsOutcome, requirementOf } from './outcomes.js';
import { declaredValue } from '../model/declared-values.js';
import type { ProgramModel } from '../model/program-model.js';
import { isPromise, mayBePromise } from './kept-promises.js';
import { type Look, looksAt, mayLookMeanwhile } from '../actors/readers.js';
import { isShared } from '../actors/sharing.js';

export interface LateSlot {
  /** The write that sends others to the slot. */
  readonly write: WriteEvent;
  readonly place: Place;
  readonly suspension: SuspendEvent;
  /** The promise is stored. */
  readonly last: WriteEvent;
  /** The wait for what is not there. */
  readonly look: Look;
}

/** The promises that the activation stores too late. */
export function lateSlots(model: ProgramModel, graph: Graph): LateSlot[] {
  const flags: WriteEvent[] = [];
  const slots: WriteEvent[] = [];
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'write' || event.how !== 'assign' || event.value === undefined || event.place.path.at(-1)?.kind === 'element') continue;
    if (isConstant(model.compiler, event.value.node)) {
      if (!isReset(model.compiler, event.value.node)) flags.push(event);
    } else if (mayBePromise(model, event.value)) slots.push(event);
  }
  if (flags.length === 0) return [];
  return slots.flatMap((slot) => flags.flatMap((flag) => lateSlot(model, graph, flag, slot) ?? []).slice(0, 1));
}

function lateSlot(model: ProgramModel, graph: Graph, flag: WriteEvent, slot: WriteEvent): LateSlot | undefined {
  if (flag.place.key === slot.place.key || !isEmptyAtFirst(model, slot.place)) return undefined;
  const suspension = suspensionBetween(graph, flag, slot);
  if (suspension === undefined || !isShared(model, graph, flag.place) || !isShared(model, graph, slot.place)) return undefined;
  for (const look of looksAt(model, slot.place)) {
    if (look.event.place.key !== slot.place.key || !isWait(model, look) || !isSentBy(model, flag, look, slot.place)) continue;
    if (!mayLookMeanwhile(model, graph, flag, suspension, slot.place, look)) continue;
    if (slot.value === undefined || !isPromise(model, slot.value)) return undefined;
    return { write: flag, place: flag.place, suspension, last: slot, look };
  }
  return undefined;
}

/** The field or variable is declared without a value, or with none in it. */
function isEmptyAtFirst(model: ProgramModel, place: Place): boolean {
  const declared = declaredValue(model, place);
  return declared !== undefined && (declared.value === undefined || isNullish(model.compiler, declared.value));
}

/** The flag is up and the slot empty while the task is suspended. */
function suspensionBetween(graph: Graph, flag: WriteEvent, slot: WriteEvent): SuspendEvent | undefined {
  if (!follows(graph, flag, slot)) return undefined;
  const isBetween = (event: Event): boolean => follows(graph, flag, event) && follows(graph, event, slot) && !follows(graph, slot, event);
  let found: SuspendEvent | undefined;
  for (const event of eventsOf(graph)) {
    if (event.kind === 'suspend' && isBetween(event)) found ??= event;
    const isOther = event.kind === 'write' && event !== flag && event !== slot && event.place.key === slot.place.key;
    if (isOther && isBetween(event)) return undefined;
    // lowered again before the task suspends
    if (found === undefined && event.kind === 'write' && event !== flag && event.place.key === flag.place.key && isBetween(event)) return undefined;
  }
  return found;
}

/** What is read is waited for, or handed to a caller who will. */
function isWait(model: ProgramModel, { event }: Look): boolean {
  const { compiler } = model;
  const { parent, child } = outerParent(compiler, event.node);
  if (compiler.isAwaitExpression(parent) || compiler.isReturnStatement(parent)) return true;
  return compiler.isArrowFunction(parent) && parent.body === child;
}

/** The flag decides that the wait happens, and nobody asks whether there is something to wait for. */
function isSentBy(model: ProgramModel, flag: WriteEvent, look: Look, slot: Place): boolean {
  const { graph, event } = look;
  const tests = model.controlDependence(graph).controllingTests(event.block);
  let isSent = false;
  for (const test of tests) {
    const reads = readsOfTest(model, graph, test).map((read) => read.place);
    if (reads.some((read) => writeAffectsRead(slot, read))) return false;
    if (!reads.some((read) => writeAffectsRead(flag.place, read))) continue;
    const requirement = requirementOf(model, graph, event.block, test, flag.place);
    if (requirement !== undefined && keepsOutcome(model, requirement, 'assign', flag.value?.node)) isSent = true;
  }
  return isSent;
}

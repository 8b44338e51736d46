/**
 * Pages that are added twice: `const rows = await load(this.page); this.rows.push(...rows); this.page += 1;`. Another task asks
 * for the same page before the position has moved on.
 *
 * Right is to move on before the wait, to look whether the position is still the same, or to let one task in at a time. A list
 * from which elements are taken is a reader's own store of what it has read ahead: it mostly has one reader.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { isReachedWithout, suspendsBetween } from '../../cfg/walk.js';
import type { CallEvent, ReadEvent, SuspendEvent, WriteEvent } from '../../events/event.js';
import { holderOf, type Place, writeAffectsRead } from '../../places/place.js';
import { type FunctionNode, isGenerator, nameOfFunction, outerParent } from '../../syntax/functions.js';
import { countStepOf, isWithin } from '../../syntax/tree.js';
import { type Rival, selfRival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { mayDependOn, suspensionBetween } from '../effects/dependence.js';
import { activationsNaming } from '../effects/mutations.js';
import { callsBehind, readsBehind } from '../effects/provenance.js';
import type { HeldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { readsOfTest } from '../protocols/freshness.js';
import { isCurrent } from '../protocols/protocols.js';
import { isIterationState } from '../actors/iterated-members.js';

export interface RepeatedPage {
  /** Adds what came. */
  readonly event: WriteEvent;
  readonly collection: Place;
  /** Where the position is read that is asked for. */
  readonly position: ReadEvent;
  readonly suspension: SuspendEvent;
  readonly rival: Rival;
}

export function* repeatedPagesOf(model: ProgramModel, graph: Graph, held: HeldLocks): Generator<RepeatedPage> {
  if (!graph.hasSuspension || model.compiler.isSourceFile(graph.owner) || isGenerator(graph.owner) || isByClock(model, graph.owner)) return;
  for (const event of eventsOf(graph)) {
    const collection = event.kind === 'write' ? extendedBy(graph, event) : undefined;
    if (event.kind !== 'write' || event.value === undefined || collection === undefined) continue;
    for (const call of callsBehind(graph, event.value)) {
      const position = call.consumption === 'awaited' ? positionOf(model, graph, call, event, collection) : undefined;
      const suspension = position === undefined ? undefined : suspensionBetween(graph, held, position, event);
      if (position === undefined || suspension === undefined || isJudgedByTests(model, graph, held, event, position.place)) continue;
      if (isTakenFrom(model, collection) || isIterationState(model, position.place)) continue;
      const rival = selfRival(model, graph, collection, event);
      if (rival === undefined) continue;
      yield { event, collection, position, suspension, rival };
      break;
    }
  }
}

/** A callback of an interval, which `no-overlapping-interval` speaks of; or a function that sets a timer for its own next run. */
function isByClock(model: ProgramModel, owner: FunctionNode): boolean {
  const { compiler } = model;
  const { parent } = outerParent(compiler, owner);
  if (compiler.isCallExpression(parent) && /(?:^|\.)setInterval$/.test(parent.expression.getText())) return true;
  const name = nameOfFunction(compiler, owner);
  return name !== undefined && model.file(owner).mentions(name.text).some((mention) => mention !== name && isWithin(mention, owner));
}

/** The list that gets more elements: by a method, or by a new list of what is in it and more. */
function extendedBy(graph: Graph, { how, place, value }: WriteEvent): Place | undefined {
  const last = place.path.at(-1);
  if (how === 'add') return last?.kind === 'element' && last.key === undefined ? holderOf(place) : undefined;
  if (how !== 'assign' || value === undefined || last?.kind === 'element') return undefined;
  return mayDependOn(graph, value, (source) => source.kind === 'read' && writeAffectsRead(place, source.place)) ? place : undefined;
}

/** The field of the same object that the call was asked with, and that moves on when the elements are added, and not before. */
function positionOf(model: ProgramModel, graph: Graph, call: CallEvent, event: WriteEvent, collection: Place): ReadEvent | undefined {
  for (const argument of call.arguments) {
    for (const { event: read, place } of readsBehind(model, graph, argument)) {
      if (read.kind !== 'read' || place.path.at(-1)?.kind === 'element' || writeAffectsRead(collection, place) || !isOfOneObject(place, collection)) continue;
      if (!isShared(model, graph, place)) continue;
      const moves = eventsOf(graph).filter((write): write is WriteEvent => write.kind === 'write' && write.place.key === place.key);
      if (moves.length === 0 || isTakenAtOnce(graph, read, moves)) continue;
      if (moves.every((move) => isMovedWith(model, graph, move, event, call))) return read;
    }
  }
  return undefined;
}

/** `const page = this.page++`, or `this.page += 1` before it: who comes next gets another page, also in a loop. */
function isTakenAtOnce(graph: Graph, read: ReadEvent, moves: readonly WriteEvent[]): boolean {
  if (moves.some((move) => follows(graph, read, move) && !suspendsBetween(graph, read, move))) return true;
  return !isReachedWithout(graph, read, (earlier) => moves.some((move) => move === earlier));
}

/** Fields of one object, or variables of one function or module. */
function isOfOneObject({ root, path }: Place, other: Place): boolean {
  if (path.length !== other.path.length) return false;
  if (root.kind === 'this') return other.root.kind === 'this' && path.length === 1;
  if (root.kind !== 'variable' || other.root.kind !== 'variable') return false;
  return path.length === 0 ? root.binding.owner === other.root.binding.owner : root.binding === other.root.binding;
}

/** In the turn in which the elements are added: one further, or to where the answer says. */
function isMovedWith({ compiler }: ProgramModel, graph: Graph, move: WriteEvent, event: WriteEvent, call: CallEvent): boolean {
  const isAfter = follows(graph, event, move) && !suspendsBetween(graph, event, move);
  const isBefore = follows(graph, move, event) && !suspendsBetween(graph, move, event);
  if (!isAfter && !isBefore) return false;
  if (countStepOf(compiler, move.node)?.direction === 'up') return true;
  const { value } = move;
  if (move.how !== 'assign' || value === undefined) return false;
  return callsBehind(graph, value).includes(call) || mayDependOn(graph, value, (source) => source.kind === 'read' && source.place.key === move.place.key);
}

/** A test of the position decides whether the elements are added: before the wait it is a check that is too old, after it a fresh one. */
function isJudgedByTests(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent, position: Place): boolean {
  if (isCurrent(model, graph, held, event, false)) return true;
  return model
    .controlDependence(graph)
    .controllingTests(event.block)
    .some((test) => readsOfTest(model, graph, test).some((read) => writeAffectsRead(position, read.place)));
}

/** Elements are taken out of it, from either end. */
function isTakenFrom(model: ProgramModel, collection: Place): boolean {
  return [...activationsNaming(model, collection)].some((activation) =>
    eventsOf(model.graph(activation)).some(
      (event) => event.kind === 'call' && event.name !== undefined && /^(?:shift|pop|splice)$/.test(event.name) && event.receiver?.place?.key === collection.key,
    ),
  );
}

/**
 * Acts that a stale check decides: the candidates of check-then-act, before it is asked whether they do harm.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { suspendsBetween } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, WriteEvent } from '../../events/event.js';
import { resets } from '../../events/writes.js';
import { mayAlias, type Place, writeAffectsRead } from '../../places/place.js';
import type { FunctionNode } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { claimsOf } from '../protocols/claims.js';
import { decidedWrites } from '../protocols/decided-writes.js';
import { isFreshObject, judgeAct, type StaleCheck } from '../protocols/freshness.js';
import { isOwnCopy, keepsMember } from '../protocols/outcomes.js';
import { type HeldLocks, heldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { storesParameter } from '../effects/dependence.js';
import { hasCalleesKey, substitute } from '../effects/provenance.js';
import { isShared } from '../actors/sharing.js';
import type { SummaryWrite } from '../effects/summary.js';
import { lateClaim } from './late-claims.js';
import { lateTurn } from './late-turns.js';

export interface Act {
  readonly event: WriteEvent | CallEvent;
  readonly place: Place;
  readonly how: WriteEvent['how'];
  readonly check: StaleCheck;
  /** The write in the callee, when the event is a call. */
  readonly inner: SummaryWrite | undefined;
  /** The block that the check decides: that of the act, or of the work for which a late claim stands. */
  readonly decided: number;
  /** The check decides no more than a pause before the act. */
  readonly isTurn?: true;
}

export function isExternal(place: Place): boolean {
  return place.root.kind === 'external';
}

/** All acts of the activation that some path reaches with a stale check. */
export function* actsOf(model: ProgramModel, graph: Graph, held: HeldLocks, externalState: boolean): Generator<Act> {
  for (const event of eventsOf(graph)) {
    if (event.kind === 'write') {
      if (!isShared(model, graph, event.place) || (isExternal(event.place) && !externalState) || isOwnCopy(model, event)) continue;
      const verdict = judgeAct(model, graph, held, event, event.place);
      if (verdict.kind === 'stale') {
        const act = putBack(graph, event) ?? event;
        yield { event: act, place: event.place, how: act.how, check: verdict.check, inner: undefined, decided: act.block };
      }
      const late = verdict.kind === 'unchecked' ? lateClaim(model, graph, held, event) : undefined;
      if (late !== undefined) yield { event, place: event.place, how: event.how, check: late.check, inner: undefined, decided: late.work.block };
      const turn = late === undefined && verdict.kind === 'unchecked' ? lateTurn(model, graph, held, event) : undefined;
      if (turn !== undefined) yield { event, place: event.place, how: event.how, check: turn.check, inner: undefined, decided: turn.pause.block, isTurn: true };
    } else if (event.kind === 'call') {
      yield* actsOfCall(model, graph, held, event, externalState);
    }
  }
}

/** `cache.delete(key); cache.set(key, value);` moves an entry to the end: what matters is what is put there. */
function putBack(graph: Graph, { how, block, index, place }: WriteEvent): WriteEvent | undefined {
  if (how !== 'remove') return undefined;
  for (const event of graph.blocks[block]?.events.slice(index + 1) ?? []) {
    if (event.kind === 'suspend') return undefined;
    if (event.kind === 'write' && event.how === 'assign' && event.place.key === place.key) return event;
  }
  return undefined;
}

function* actsOfCall(model: ProgramModel, graph: Graph, held: HeldLocks, event: CallEvent, externalState: boolean): Generator<Act> {
  const { looks, writes } = decidedWrites(model, graph, event, externalState);
  if (writes.length === 0 || claimsOf(model, graph).calls.has(event)) return;
  for (const { write, callee } of writes) {
    // a function that goes on with itself, perhaps through others, looks anew from its start; what it does there is judged there
    if (callee === graph.owner || model.rootActivation(write.node) === graph.owner) continue;
    const place = substitute(model, write.place, callee, event);
    // an element that only the callee can name is the callee's business
    if (place === undefined || hasCalleesKey(place)) continue;
    const matters = looks.filter((read) => writeAffectsRead(place, read.place));
    const kept = matters.filter((read) => keepsMember(model, write, read.place.path[place.path.length]));
    // on the way to a member the object around it is read as well
    if (matters.every((read) => kept.some((member) => member === read || isWithin(read.event.node, member.event.node)))) continue;
    if (!isShared(model, graph, place) || isKept(model, graph, event, write) || putsBack(model, graph, event, { write, callee }, place)) continue;
    // what the callee writes before it suspends is a claim of its own
    if (write.phase === 'after' && writes.some(({ write: other }) => other.phase === 'before' && mayAlias(other.place, write.place))) continue;
    const verdict = judgeAct(model, graph, held, event, place, write.phase === 'after');
    if (verdict.kind === 'stale' && !isJudgedThere(model, callee, write) && !isDoneAnyway(model, graph, event, verdict.check)) yield { event, place, how: write.how, check: verdict.check, inner: write, decided: event.block };
  }
}

/**
 * `this.refill(); while (this.tokens < 1) { await pause(); this.refill(); }`: the function is called before the look as well, so
 * that what it does is no act upon the look, which says only how often.
 */
function isDoneAnyway(model: ProgramModel, graph: Graph, event: CallEvent, { test }: StaleCheck): boolean {
  if (event.receiver !== undefined && event.receiver.node.kind !== model.compiler.SyntaxKind.ThisKeyword) return false;
  return eventsOf(graph).some(
    (other) =>
      other.kind === 'call' &&
      other !== event &&
      other.name === event.name &&
      other.arguments.length === event.arguments.length &&
      follows(graph, other, test) &&
      !model.controlDependence(graph).controllingTests(other.block).some((earlier) => earlier === test) &&
      model.callee(other, 'syntactic') === model.callee(event, 'syntactic'),
  );
}

/** The callee looks as well, too early for its own act: the race is one, and lies there. */
function isJudgedThere(model: ProgramModel, callee: FunctionNode, { node, phase }: SummaryWrite): boolean {
  if (phase !== 'after' || model.rootActivation(node) !== callee) return false;
  const inner = model.graph(callee);
  return model.eventsAt(inner, node).some((event) => event.kind === 'write' && judgeAct(model, inner, heldLocks(model, inner), event, event.place).kind === 'stale');
}

/** `this.restart(this.options)`, which stores what it is given in `this.options`: what stands there stays there. */
function putsBack(model: ProgramModel, graph: Graph, call: CallEvent, { write, callee }: { readonly write: SummaryWrite; readonly callee: FunctionNode }, place: Place): boolean {
  const { compiler } = model;
  if (write.how !== 'assign' || write.phase !== 'before' || !compiler.isBinaryExpression(write.node) || !compiler.isIdentifier(write.node.right)) return false;
  return call.arguments.some(
    (argument, index) =>
      argument.place?.key === place.key &&
      argument.sources.some((source) => source.kind === 'read' && source.place.key === place.key && !suspendsBetween(graph, source, call)) &&
      storesParameter(model, callee, write.node, index),
  );
}

/** The callee's own guard keeps others out, unless it searches for an object that only this caller has. */
function isKept(model: ProgramModel, graph: Graph, call: CallEvent, write: SummaryWrite): boolean {
  if (!write.isGuarded()) return false;
  const index = write.soughtParameter();
  const argument = index === undefined ? undefined : call.arguments[index];
  return argument === undefined || !isFreshObject(model, graph, argument);
}

/** The expression that the act stores, where it is in sight. */
export function writtenValue(model: ProgramModel, act: Act): ts.Node | undefined {
  const { compiler } = model;
  if (act.event.kind === 'write') return act.event.value?.node;
  const node = act.inner?.node;
  return node !== undefined && compiler.isBinaryExpression(node) ? node.right : undefined;
}

/** The act puts something new into the place. */
export function isCreation(model: ProgramModel, act: Act): boolean {
  return act.how === 'add' || (act.how === 'assign' && !isClearing(model, act));
}

/** The act empties the place, or takes a flag down. */
export function isClearing({ compiler }: ProgramModel, { event, how }: Act): boolean {
  return how === 'remove' || (event.kind === 'write' && resets(compiler, event));
}


/**
 * Updates in parts: a shared place is read, and later written with something that was made of what was read. Candidates of
 * lost updates, with the rival whose write is lost; those that a protocol keeps whole are left out.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, ReadEvent, SuspendEvent, Value, WriteEvent } from '../../events/event.js';
import { field, holderOf, maximumPathLength, type Place, project, writeAffectsRead } from '../../places/place.js';
import { isGenerator, outerParent, propertyNameText, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { type Dependence, dependencesOf, isOfPartner, mayDependOn, partnerOf, storesParameter, suspensionBetween } from '../effects/dependence.js';
import { mergesParameter } from '../effects/merged-arguments.js';
import type { HeldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { isCurrent, isNewestByAbort } from '../protocols/protocols.js';
import { callsBehind, substitute } from '../effects/provenance.js';
import { exchangeBehind } from './exchanges.js';
import { gatheringBehind } from './gathered.js';
import { isLikelyBranchesOwn } from '../actors/distinct-keys.js';
import { isIterationState } from '../actors/iterated-members.js';
import { type OtherWrite, otherWriters, type Rival, rivalOf, selfRival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { type SummaryWrite, writesOfCall } from '../effects/summary.js';

export interface Update {
  readonly event: WriteEvent | CallEvent;
  readonly place: Place;
  /** The old look that the written value depends on. */
  readonly look: Dependence;
  /** Undefined when it lies inside a callee. */
  readonly suspension: SuspendEvent | undefined;
  /** The write in the callee, when the event is a call. */
  readonly inner: SummaryWrite | undefined;
  readonly rival: Rival;
  /** The call that was given the old content, and answered with the new. */
  readonly exchange?: CallEvent;
}

/** Updates that a suspension splits while another task may write the same place. */
export function* splitUpdatesOf(model: ProgramModel, graph: Graph, held: HeldLocks): Generator<Update> {
  if (!graph.hasSuspension) return;
  for (const event of eventsOf(graph)) {
    if (event.kind === 'write') yield* updateByWrite(model, graph, held, event);
    else if (event.kind === 'call') yield* updateByCall(model, graph, held, event);
  }
}

function* updateByWrite(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent): Generator<Update> {
  const { place, value } = event;
  if (event.how !== 'assign' || value === undefined || place.root.kind === 'external' || !isShared(model, graph, place)) return;
  if (!mayDependOn(graph, value, (source) => looksAt(model, source, place))) {
    yield* updateByGathering(model, graph, held, event);
    yield* updateByExchange(model, graph, held, event);
    return;
  }
  const look = oldLook(dependencesOf(model, graph, held, event, value), place);
  if (look === undefined || isPutOff(graph, held, look, event)) return;
  if (event.collection !== undefined && !model.questions.isCollection(event.collection)) return;
  const rival = rivalAt(model, graph, held, event, place, value, look);
  if (rival !== undefined) yield { event, place, look, suspension: look.suspension, inner: undefined, rival };
}

function* updateByGathering(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent): Generator<Update> {
  const found = gatheringBehind(model, graph, held, event);
  if (found === undefined || isCurrent(model, graph, held, event, false) || isNewestByAbort(model, graph, event)) return;
  const { look, suspension, rival } = found;
  const { place, node, heldBy } = look;
  yield { event, place: event.place, look: { place, event: look, node, manner: 'extended', suspension, isOld: true, heldBy, root: look }, suspension, inner: undefined, rival };
}

function* updateByExchange(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent): Generator<Update> {
  const found = exchangeBehind(model, graph, held, event);
  if (found === undefined) return;
  const { look, call, suspension, rival } = found;
  const { place, node, heldBy } = look;
  const dependence: Dependence = { place, event: look, node, manner: 'carried', suspension, isOld: true, heldBy, root: look };
  yield { event, place: event.place, look: dependence, suspension, inner: undefined, rival, exchange: call };
}

/** `const n = this.count(); await …; this.setCount(n + 1)`. */
function* updateByCall(model: ProgramModel, graph: Graph, held: HeldLocks, event: CallEvent): Generator<Update> {
  if (event.isConstruction === true || event.arguments.every((argument) => argument.sources.length === 0)) return;
  const partner = partnerOf(model, event);
  const isNear = model.callee(event, 'syntactic') !== undefined;
  for (const [index, argument] of event.arguments.entries()) {
    if (!isNear && !callsBehind(graph, argument).some((call) => isOfPartner(model, call, partner))) continue;
    const looks = dependencesOf(model, graph, held, event, argument, partner).filter(
      (look) => look.isOld && look.manner !== 'same' && isShared(model, graph, look.place),
    );
    if (looks.length === 0) continue;
    const sought = looks.map((look) => look.place);
    for (const { write, callee } of writesOfCall(model, event, sought, isNear ? 'syntactic' : 'full')) {
      if (write.how !== 'assign' || write.phase !== 'before') continue;
      const isWhole = storesParameter(model, callee, write.node, index);
      if (!isWhole && !mergesParameter(model, callee, write.node, index)) continue;
      const target = substitute(model, write.place, callee, event);
      if (target === undefined) continue;
      for (const { place, value, looks: own } of isWhole ? [{ place: target, value: argument, looks }] : partsOf(model, target, argument, looks)) {
        const look = oldLook(own, place);
        const rival = look === undefined ? undefined : rivalAt(model, graph, held, event, place, value, look);
        if (look === undefined || rival === undefined) continue;
        yield { event, place, look, suspension: look.suspension, inner: write, rival };
        return;
      }
    }
  }
}

interface Part {
  readonly place: Place;
  readonly value: Value;
  readonly looks: readonly Dependence[];
}

/** The fields of the record that an object literal is laid over, each with the looks that its new content was made of. */
function partsOf({ compiler }: ProgramModel, record: Place, argument: Value, looks: readonly Dependence[]): readonly Part[] {
  const literal = compiler.isExpression(argument.node) ? skipOuter(compiler, argument.node) : argument.node;
  if (!compiler.isObjectLiteralExpression(literal) || record.path.length >= maximumPathLength) return [];
  return literal.properties.flatMap((property) => {
    const name = propertyNameText(compiler, property.name);
    const own = looks.filter(({ root }) => isWithin(root.node, property));
    if (name === undefined || own.length === 0) return [];
    const node = compiler.isPropertyAssignment(property) ? property.initializer : property;
    return [{ place: project(record, field(name)), value: { sources: own.map(({ root }) => root), node }, looks: own }];
  });
}

/** `this.next = this.next.then((n) => n + 1)`: what suspends is in what is written, and the write itself comes at once. */
function isPutOff(graph: Graph, held: HeldLocks, { event: look, suspension }: Dependence, write: WriteEvent): boolean {
  return look.kind === 'read' && suspension !== undefined && suspensionBetween(graph, held, look, write) === undefined;
}

function looksAt(model: ProgramModel, source: ReadEvent | CallEvent, place: Place): boolean {
  if (source.kind === 'read') return writeAffectsRead(place, source.place);
  return model.callee(source, 'syntactic') !== undefined;
}

const weight: Readonly<Record<Dependence['manner'], number>> = { extended: 4, carried: 3, part: 2, opaque: 1, same: 0 };

/** The old look that tells most of the write; none where the write is made of a fresh look at the same content, too. */
export function oldLook(looks: readonly Dependence[], place: Place): Dependence | undefined {
  const own = looks.filter(
    (look) => writeAffectsRead(place, look.place) && !(look.heldBy !== undefined && place.path.length <= look.heldBy.path.length),
  );
  const isFresh = (old: Dependence): boolean =>
    own.some(
      (look) => !look.isOld && look.manner === 'extended' && look.place.key === old.place.key && look.root !== old.root,
    );
  const [first] = own
    .filter((look) => look.isOld && look.manner !== 'same' && !isFresh(look))
    .sort((left, right) => weight[right.manner] - weight[left.manner]);
  return first;
}

/** Whose write is lost; undefined where nobody's is. */
function rivalAt(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  event: WriteEvent | CallEvent,
  place: Place,
  value: Value,
  look: Dependence,
): Rival | undefined {
  if (isCurrent(model, graph, held, event, false) || isNewestByAbort(model, graph, event)) return undefined;
  if (look.manner !== 'carried') {
    const self = selfRival(model, graph, place, event);
    if (self !== undefined) return self;
  }
  const keys = look.manner === 'carried' ? fixedKeys(model, value, look) : undefined;
  const last = look.place.path.at(-1);
  const content = last?.kind === 'element' && last.key === undefined ? holderOf(look.place) : look.place;
  const rival = otherWriters(model, graph, content).find((mutation) => keys === undefined || isElsewhere(model, mutation, content, keys));
  return rival === undefined ? undefined : rivalOf(model, rival);
}

/** Names of the properties that the new object gets beside those of the old one. */
function fixedKeys(model: ProgramModel, value: Value, look: Dependence): ReadonlySet<string> {
  const { compiler } = model;
  const node = compiler.isExpression(value.node) ? skipOuter(compiler, value.node) : value.node;
  let literal: ts.Node = compiler.isObjectLiteralExpression(node) ? node : look.node;
  while (!compiler.isObjectLiteralExpression(literal) && !compiler.isStatement(literal)) literal = literal.parent;
  return compiler.isObjectLiteralExpression(literal) ? keysOf(model, literal) : new Set();
}

function keysOf(model: ProgramModel, literal: ts.ObjectLiteralExpression): ReadonlySet<string> {
  return new Set(literal.properties.flatMap((property) => propertyNameText(model.compiler, property.name) ?? []));
}

/** The rival changes more than the properties that are replaced anyway. */
function isElsewhere(model: ProgramModel, mutation: OtherWrite, content: Place, keys: ReadonlySet<string>): boolean {
  const { compiler } = model;
  const inside = mutation.place.path[content.path.length];
  if (inside !== undefined) return inside.kind !== 'field' || !keys.has(inside.name);
  const { event } = mutation;
  if (event.value === undefined || !compiler.isExpression(event.value.node)) return true;
  const node = skipOuter(compiler, event.value.node);
  if (!compiler.isObjectLiteralExpression(node) || !node.properties.some((property) => compiler.isSpreadAssignment(property))) return true;
  const theirs = keysOf(model, node);
  const isFixed = theirs.size === node.properties.filter((property) => !compiler.isSpreadAssignment(property)).length;
  const spreads = node.properties.filter((property) => compiler.isSpreadAssignment(property));
  return !isFixed || spreads.length > 1 || [...theirs].some((key) => !keys.has(key));
}

/** How sure it is that the update is split by a task that matters. */
export function updateConfidence(model: ProgramModel, graph: Graph, update: Update): 'high' | 'medium' | 'low' {
  const { look, rival, inner } = update;
  if (look.manner === 'part' || look.manner === 'opaque') return 'low';
  if (!model.compiler.isSourceFile(graph.owner) && isGenerator(graph.owner)) return 'low';
  if (isIterationState(model, update.place)) return 'low';
  if (rival.isSelf && isLikelyBranchesOwn(model, graph.owner, update.place)) return isProvidedFor(model, look.event.node) ? 'medium' : 'low';
  return look.manner === 'extended' && rival.isSelf && inner === undefined && look.event.kind === 'read' ? 'high' : 'medium';
}

/** `counts[word] ?? 0`: whoever looks knows of keys that come for the first time, and so of those that come again. */
function isProvidedFor({ compiler }: ProgramModel, look: ts.Node): boolean {
  const { parent, child } = outerParent(compiler, look);
  if (!compiler.isBinaryExpression(parent) || parent.left !== child) return false;
  const { kind } = parent.operatorToken;
  return kind === compiler.SyntaxKind.QuestionQuestionToken || kind === compiler.SyntaxKind.BarBarToken;
}

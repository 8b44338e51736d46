/**
 * Positions in a list that are used after the list may have changed: an index that is counted up over suspensions, or a
 * number of elements that was asked for in one section of a lock and is relied on in another one. Another task takes
 * elements out or puts another list there, and what stood at the position stands elsewhere, or is gone.
 */
import { eventsOf, type Graph, reaches } from '../../cfg/graph.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { CallEvent, DefineEvent, Event, ReadEvent, SuspendEvent, TestEvent } from '../../events/event.js';
import { holderOf, type Place, variableKey } from '../../places/place.js';
import type { Binding } from '../../syntax/scopes.js';
import { isWithin } from '../../syntax/tree.js';
import { suspensionBetween } from '../effects/dependence.js';
import { type HeldLock, heldLocks } from '../locks/held-locks.js';
import { isSameLock, mayReach } from '../effects/mutations.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { readsBehind, substitute } from '../effects/provenance.js';
import { type OtherWrite, otherWriters } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { summarize } from '../effects/summary.js';

export interface MovedPosition {
  readonly list: Place;
  /** Where the position was found: the number of elements, the index, or the start of the loop. */
  readonly counted: ts.Node;
  /** Where the element at the position is taken. */
  readonly use: ts.Node;
  readonly suspension: SuspendEvent;
  readonly rival: OtherWrite;
  /** What the rival holds. */
  readonly lock: HeldLock;
  /** The element is taken in a section of that lock. */
  readonly isInSection: boolean;
}

export const movedPositions = memoized((model, graph: Graph): readonly MovedPosition[] => {
  const found = new Map<string, MovedPosition>();
  if (graph.hasSuspension && !model.compiler.isSourceFile(graph.owner)) {
    for (const taken of [...takenByPosition(model, graph), ...takenByIteration(model, graph)]) {
      if (found.has(taken.list.key)) continue;
      const moved = movedBy(model, graph, taken);
      if (moved !== undefined) found.set(taken.list.key, moved);
    }
  }
  return [...found.values()];
});

/** An element is taken from a list at a position. */
interface Taken {
  readonly list: Place;
  readonly event: Event;
  readonly node: ts.Node;
  readonly locks: readonly HeldLock[];
  readonly counted: ts.Node;
  /** The events between which the list must not change; undefined for the turns of a loop. */
  readonly look: Event | undefined;
  /** The loop in which the position is counted on. */
  readonly loop: ts.Node | undefined;
  /** The list is looked up again for each element. */
  readonly isLive: boolean;
  /** The number of elements is asked for again before each. */
  readonly isCountLive: boolean;
}

// ---------------------------------------------------------------------------------------------------------------
// Indices

function* takenByPosition(model: ProgramModel, graph: Graph): Generator<Taken> {
  const bindings = new Map<string, Binding>();
  for (const binding of graph.definitions.keys()) bindings.set(variableKey(binding), binding);
  for (const event of eventsOf(graph)) {
    if (event.kind === 'read') {
      const binding = bindings.get(indexKey(event.place) ?? '');
      const list = binding === undefined ? undefined : holderOf(event.place);
      if (binding === undefined || list === undefined || !isShared(model, graph, list)) continue;
      const locks = heldLocks(model, graph).at(event);
      yield* atPosition(model, graph, { list, event, node: event.node, locks, isLive: event.heldBy === undefined }, binding);
    } else if (event.kind === 'call') yield* takenByCallee(model, graph, event, bindings);
  }
}

/** `await this.keyAt(index)`. */
function* takenByCallee(model: ProgramModel, graph: Graph, event: CallEvent, bindings: ReadonlyMap<string, Binding>): Generator<Taken> {
  if (event.isConstruction === true || !event.arguments.some(({ sources }) => sources.length === 1 && sources[0]?.kind === 'use' && isCountedOn(model, graph, sources[0].binding))) return;
  const callee = model.callee(event, 'full');
  if (callee === undefined || graph.inlined.has(callee)) return;
  for (const read of summarize(model, callee).returns) {
    const place = substitute(model, read.place, callee, event);
    const binding = place === undefined ? undefined : bindings.get(indexKey(place) ?? '');
    const list = place === undefined || binding === undefined ? undefined : holderOf(place);
    if (binding === undefined || list === undefined || !isShared(model, graph, list)) continue;
    yield* atPosition(model, graph, { list, event, node: event.node, locks: locksAround(model, read.node), isLive: true }, binding);
  }
}

function indexKey({ path }: Place): string | undefined {
  const last = path.at(-1);
  return last?.kind === 'element' ? last.key : undefined;
}

/** Locks held at what a callee reads, in its own words. */
function locksAround(model: ProgramModel, node: ts.Node): readonly HeldLock[] {
  const graph = model.graph(model.rootActivation(node));
  const [event] = model.eventsAt(graph, node);
  return event === undefined ? [] : heldLocks(model, graph).at(event);
}

function* atPosition(model: ProgramModel, graph: Graph, taken: Pick<Taken, 'list' | 'event' | 'node' | 'locks' | 'isLive'>, index: Binding): Generator<Taken> {
  const loop = loopCounting(model, graph, index, taken.event.node);
  if (loop !== undefined) {
    const counts = countsIn(model, graph, loop.test, taken.list);
    if (counts !== undefined) yield { ...taken, counted: counts.node, look: counts.isLive ? undefined : counts.event, loop: loop.statement, isCountLive: counts.isLive };
    return;
  }
  // `const index = await lock.run(() => list.indexOf(key)); … list[index]`
  for (const definition of graph.definitions.get(index) ?? []) {
    const look = definition.value === undefined || !isPosition(model.compiler, definition) ? undefined : readsBehind(model, graph, definition.value).find((read) => mayReach(read.place, taken.list));
    if (look !== undefined) yield { ...taken, counted: look.node, look: look.event, loop: undefined, isCountLive: false };
  }
}

/** The local is the answer to "where is it" or "how many are there". */
function isPosition(compiler: Compiler, { value }: DefineEvent): boolean {
  if (value === undefined || !compiler.isExpression(value.node)) return false;
  return /\.(?:(?:last)?indexOf|find(?:Last)?Index)\(|\.length\b/i.test(value.node.getText());
}

interface CountingLoop {
  readonly statement: ts.Node;
  readonly test: TestEvent;
}

/** The loop around the node that counts the index up, and its test. */
function loopCounting(model: ProgramModel, graph: Graph, index: Binding, node: ts.Node): CountingLoop | undefined {
  const { compiler } = model;
  for (const { events } of graph.blocks) {
    const test = events.at(-1);
    if (test?.kind !== 'test' || !test.value.sources.some((source) => source.kind === 'use' && source.binding === index)) continue;
    if (!compiler.isBinaryExpression(test.node) || !/^(?:<=?|!==?)$/.test(test.node.operatorToken.getText())) continue;
    const { parent } = test.node;
    const isLoop = compiler.isForStatement(parent) || compiler.isWhileStatement(parent);
    if (isLoop && isWithin(node, parent) && isCountedIn(compiler, graph, index, parent)) return { statement: parent, test };
  }
  return undefined;
}

function isCountedIn(compiler: Compiler, graph: Graph, index: Binding, loop: ts.Node): boolean {
  const inside = (graph.definitions.get(index) ?? []).filter((definition) => isWithin(definition.node, loop) && !compiler.isVariableDeclaration(definition.node));
  return inside.length > 0 && inside.every(({ node }) => /\+\+|\+=/.test(node.getText()));
}

function isCountedOn({ compiler }: ProgramModel, graph: Graph, binding: Binding): boolean {
  const definitions = graph.definitions.get(binding) ?? [];
  return definitions.some(({ node }) => /\+\+|\+=/.test(node.getText())) || definitions.some((definition) => isPosition(compiler, definition));
}

/** Where the test of the loop has its number of elements from. */
function countsIn(model: ProgramModel, graph: Graph, test: TestEvent, list: Place): { event: Event; node: ts.Node; isLive: boolean } | undefined {
  const own = test.value.sources.find((source): source is ReadEvent => source.kind === 'read' && mayReach(source.place, list));
  if (own !== undefined) return { event: own, node: own.node, isLive: true };
  const look = readsBehind(model, graph, test.value).find((read) => mayReach(read.place, list));
  return look === undefined ? undefined : { event: look.event, node: look.node, isLive: false };
}

// ---------------------------------------------------------------------------------------------------------------
// Iteration of an array, which has an index too

function* takenByIteration(model: ProgramModel, graph: Graph): Generator<Taken> {
  const { compiler } = model;
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'read' || !compiler.isForOfStatement(event.node.parent) || event.node.parent.expression !== event.node) continue;
    if (!isShared(model, graph, event.place) || !compiler.isExpression(event.node) || event.place.path.at(-1)?.kind === 'element') continue;
    const list = event.place;
    const loop = event.node.parent;
    yield { list, event, node: loop.expression, locks: heldLocks(model, graph).at(event), counted: loop.expression, look: undefined, loop, isLive: false, isCountLive: true };
  }
}

// ---------------------------------------------------------------------------------------------------------------
// Rivals

function movedBy(model: ProgramModel, graph: Graph, taken: Taken): MovedPosition | undefined {
  const { list } = taken;
  // who moves elements itself knows what it does
  if (eventsOf(graph).some((event) => event.kind === 'write' && mayReach(event.place, list) && event.how !== 'mutate' && event.place.path.length <= list.path.length + 1)) return undefined;
  for (const rival of otherWriters(model, graph, list)) {
    if (!moves(model, rival, taken)) continue;
    for (const lock of heldLocks(model, rival.graph).at(rival.event)) {
      if (lock.origin !== 'lock' || lock.mode !== 'exclusive') continue;
      const isHeld = (locks: readonly HeldLock[]): boolean => locks.some((other) => isSameLock(other.lock, lock.lock));
      const suspension = suspensionOn(model, graph, taken, isHeld);
      if (suspension === undefined || !isArray(model, taken)) continue;
      return { list, counted: taken.counted, use: taken.node, suspension, rival, lock, isInSection: isHeld(taken.locks) };
    }
  }
  return undefined;
}

/** The write moves elements to other positions, or puts another list there. */
function moves({ compiler }: ProgramModel, { event, place }: OtherWrite, { list, isLive, isCountLive }: Taken): boolean {
  if (place.path.length <= list.path.length) return event.how === 'assign' && isLive && event.value?.nature !== 'constant' && !isBlank(event.value?.node);
  const name = compiler.isCallExpression(event.node) && compiler.isPropertyAccessExpression(event.node.expression) ? event.node.expression.name.text : '';
  if (/^(?:splice|shift|unshift|sort|reverse|copyWithin)$/.test(name)) return true;
  return name === 'pop' && !isCountLive;
}

/** An empty list ends a loop that asks for its length each time. */
function isBlank(node: ts.Node | undefined): boolean {
  return node?.getText() === '[]';
}

/** A suspension between the count and the use at which the lock is not held. */
function suspensionOn(model: ProgramModel, graph: Graph, taken: Taken, isHeld: (locks: readonly HeldLock[]) => boolean): SuspendEvent | undefined {
  const held = heldLocks(model, graph);
  const { look, loop, event } = taken;
  if (look !== undefined) {
    const between = suspensionBetween(graph, { ...held, isExclusive: (suspension) => isHeld(held.at(suspension)) }, look, event);
    if (between !== undefined) return between;
  }
  if (loop === undefined) return undefined;
  return eventsOf(graph).find(
    (other): other is SuspendEvent =>
      other.kind === 'suspend' && other.reason !== 'acquire' && isWithin(other.node, loop) && !isHeld(held.at(other)) && (taken.look !== undefined || isInTurns(graph, other, event)),
  );
}

/** Both are met in every turn: the event comes again after the suspension. */
function isInTurns(graph: Graph, suspension: SuspendEvent, event: Event): boolean {
  return event.block === suspension.block || (reaches(graph, suspension.block, event.block) && reaches(graph, event.block, suspension.block)) || isIterated(event, suspension);
}

/** What `for … of` iterates is read once, and each turn asks the iterator. */
function isIterated(event: Event, suspension: SuspendEvent): boolean {
  return isWithin(suspension.node, event.node.parent);
}

/** Asked last: of a Map or a Set nothing moves. */
function isArray(model: ProgramModel, { node, event }: Taken): boolean {
  const { compiler } = model;
  if (event.kind === 'call') return true;
  const list = compiler.isElementAccessExpression(node) ? node.expression : compiler.isForOfStatement(node.parent) ? node : undefined;
  return list === undefined || ['Array', 'ReadonlyArray'].some((name) => model.questions.isNamed(list, name));
}

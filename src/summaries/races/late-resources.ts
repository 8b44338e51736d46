/**
 * What is opened after its owner has ended: work that nobody waits for makes its listener, its socket or its next timer after
 * an `await`; the end ran meanwhile and found nothing to close, and nobody closes this one.
 *
 * Somebody must go on without waiting for the work, the end must leave a flag for others to ask, or take back what the work has
 * said of itself: who always waits for a start before he stops has no such race.
 */
import { listenerMethods } from '../../catalogue/callbacks.js';
import { eventsOf, follows, type Graph, reaches } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, SuspendEvent, WriteEvent } from '../../events/event.js';
import { resets } from '../../events/writes.js';
import type { Place } from '../../places/place.js';
import { type Activation, displayName, isFunctionLiteral, outerParent, plainName, skipOuter } from '../../syntax/functions.js';
import { contextOf } from '../actors/contexts.js';
import { endsContentOf, isAbortName, isContentOf, isStopName } from '../effects/endings.js';
import { type HelperWrite, writesByHelper } from '../effects/helper-writes.js';
import { readsOfTest } from '../protocols/freshness.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { activationsNaming } from '../effects/mutations.js';
import { declaredLocal } from '../model/declared-values.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { nearestSuspension } from '../protocols/promise-slots.js';
import { callsBehind } from '../effects/provenance.js';
import type { Rival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { isEndOfLife, isPartOfTeardown } from '../protocols/slot-lifetime.js';
import { isAskedElsewhere, type Mark, markBy, raisedBy } from './end-flags.js';
import { isLetIn } from './torn-down.js';

export interface LateResource {
  readonly event: WriteEvent | CallEvent;
  /** Where it is stored; in a callee when the event is a call. */
  readonly node: ts.Node;
  readonly place: Place;
  readonly suspension: SuspendEvent;
  /** The end, and where it closes what it finds. */
  readonly rival: Rival;
}

/** With the locks that keep the end out: one that keeps out only a second such task is none. */
export function lateResourcesOf(model: ProgramModel, graph: Graph, held: HeldLocks): readonly LateResource[] {
  const { compiler } = model;
  if (!graph.hasSuspension || compiler.isSourceFile(graph.owner) || isPartOfTeardown(model, graph.owner, undefined)) return [];
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'write' && event.kind !== 'call') continue;
    for (const stored of storedBy(model, graph, event)) {
      const found = lateResource(model, graph, held, event, stored);
      if (found !== undefined) return [found];
    }
  }
  return [];
}

/** What the event puts into shared places: itself, or a helper of the same object that asks nothing before it does. */
function storedBy(model: ProgramModel, graph: Graph, event: WriteEvent | CallEvent): readonly HelperWrite[] {
  if (event.kind === 'write') return isOpening(model, graph, event) && isShared(model, graph, event.place) ? [{ place: event.place, write: event, graph }] : [];
  return writesByHelper(model, graph, event, (write, inner) => isOpening(model, inner, write)).filter(({ place }) => isShared(model, graph, place));
}

/** A field or variable gets something new: an object that is made there, or what a call returns, also by way of a local. */
function isOpening(model: ProgramModel, graph: Graph, { place, how, value }: WriteEvent): boolean {
  const { compiler } = model;
  if (how !== 'assign' || value === undefined || place.path.at(-1)?.kind === 'element' || !compiler.isExpression(value.node)) return false;
  const made = declaredLocal(model, graph, value.node)?.value ?? value.node;
  const node = skipOuter(compiler, compiler.isAwaitExpression(made) ? made.expression : made);
  return compiler.isNewExpression(node) || compiler.isCallExpression(node);
}

function lateResource(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  event: WriteEvent | CallEvent,
  { place, write, graph: inner }: HelperWrite,
): LateResource | undefined {
  const suspension = nearestSuspension(graph, event);
  if (suspension === undefined) return undefined;
  const timer = timerIn(model, inner, write);
  const naming = activationsNaming(model, place);
  const stops = teardowns(model, naming);
  const marks = stops.length === 0 ? new Map<string, Mark>() : marksBefore(model, graph, suspension, event);
  const meant = marks.size === 0 ? [] : stops.filter((activation) => takesBackOneOf(model, activation, marks));
  // who stops a timer may start another one; the one that nobody knows of goes on beside it
  for (const activation of new Set([...(timer === undefined ? endsOfLife(model, naming) : stops), ...meant])) {
    if (activation === graph.owner || contextOf(model, activation).multiplicity === 'once') continue;
    const isMeant = meant.includes(activation);
    const end = closingOf(model, model.graph(activation), place, timer !== undefined, isMeant);
    if (end === undefined || endsTheWait(model, activation, suspension)) continue;
    if (timer !== undefined && asksForItself(model, timer, activation)) continue;
    if (!isMeant && !isLeftRunning(model, graph.owner) && !isHandler(model, graph.owner) && !isLeftToItself(graph, event) && !setsFlag(model, activation)) continue;
    if (!isLetIn(model, graph, held, event, suspension, activation, place)) continue;
    return { event, node: write.node, place, suspension, rival: { name: displayName(model.compiler, activation), node: end, isSelf: false } };
  }
  return undefined;
}

const teardowns = memoized((model: ProgramModel, activations: ReadonlySet<Activation>) =>
  [...activations].filter((activation) => !model.compiler.isSourceFile(activation) && isPartOfTeardown(model, activation, undefined)));

const endsOfLife = memoized((model: ProgramModel, activations: ReadonlySet<Activation>) =>
  [...activations].filter((activation) => !model.compiler.isSourceFile(activation) && isEndOfLife(model, activation)));

const timers = /^(?:setTimeout|setInterval)$/;
const timerEnds = /^(?:clearTimeout|clearInterval)$/;

/** The call that sets the timer whose handle is stored. */
function timerIn({ compiler }: ProgramModel, graph: Graph, { value }: WriteEvent): CallEvent | undefined {
  if (value === undefined) return undefined;
  return callsBehind(graph, value).find(({ name, node }) => name !== undefined && timers.test(name) && compiler.isCallExpression(node));
}

/** Where the activation ends what the place holds: `this.socket?.close()`, `clearTimeout(this.timer)`. */
function closingOf(model: ProgramModel, graph: Graph, place: Place, isTimer: boolean, isMeant: boolean): ts.Node | undefined {
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'call') continue;
    if (isTimer) {
      if (event.name !== undefined && timerEnds.test(event.name) && event.arguments[0]?.place?.key === place.key) return event.node;
    } else if (endsContentOf(model, event, place) || (isMeant && isStopName(event.name) && isContentOf(model, event.receiver, place))) return event.node;
  }
  return undefined;
}

/** The end makes the wait fail: it aborts, or it ends the object whose call is waited for. */
function endsTheWait(model: ProgramModel, activation: Activation, { operand }: SuspendEvent): boolean {
  const waited = (operand?.sources ?? []).flatMap((source) => (source.kind === 'call' ? [source.receiver?.place?.key] : []));
  return eventsOf(model.graph(activation)).some((event) => {
    if (event.kind !== 'call' || event.name === undefined) return false;
    if (isAbortName(event.name)) return true;
    const key = event.receiver?.place?.key;
    return key !== undefined && waited.includes(key);
  });
}

/** What the timer runs looks first at what the end has written. */
function asksForItself(model: ProgramModel, timer: CallEvent, activation: Activation): boolean {
  const { compiler } = model;
  const written = eventsOf(model.graph(activation)).flatMap((event) => (event.kind === 'write' ? [event.place.key] : []));
  const callback = timer.arguments[0]?.node;
  if (callback === undefined || !compiler.isExpression(callback)) return true;
  const literal = skipOuter(compiler, callback);
  const run = isFunctionLiteral(compiler, literal) ? literal : model.questions.functionAt(literal);
  if (run === undefined) return true;
  const outer = model.graph(run);
  const callees = eventsOf(outer).flatMap((event) => (event.kind === 'call' ? [model.callee(event, 'syntactic')] : []));
  return [outer, ...callees.flatMap((callee) => (callee === undefined ? [] : [model.graph(callee)]))].some((graph) =>
    eventsOf(graph).some((event) => event.kind === 'test' && readsOfTest(model, graph, event).some((read) => written.includes(read.place.key))),
  );
}

/** Some caller goes on without waiting for it: `void this.watch()`, a call in a constructor or a timer. */
const isLeftRunning = memoized((model, owner: Activation): boolean => {
  const { compiler } = model;
  const name = compiler.isSourceFile(owner) ? undefined : plainName(compiler, owner.name);
  return (
    name !== undefined &&
    model.file(owner).mentions(name.text).some((mention) => {
      const callee = compiler.isPropertyAccessExpression(mention.parent) ? mention.parent : mention;
      const call = callee.parent;
      if (!compiler.isCallExpression(call) || call.expression !== callee) return false;
      return model
        .eventsAt(model.graph(model.rootActivation(call)), call)
        .some((event) => event.kind === 'call' && event.consumption === 'discarded' && model.callee(event, 'syntactic') === owner);
    })
  );
});

/** An emitter calls it, and waits for nothing: `socket.onerror = async () => …`, `socket.on('error', async () => …)`. */
function isHandler({ compiler }: ProgramModel, owner: Activation): boolean {
  if (!isFunctionLiteral(compiler, owner)) return false;
  const { parent, child } = outerParent(compiler, owner);
  if (compiler.isBinaryExpression(parent)) return parent.right === child && /\.on[a-z]+$/.test(parent.left.getText());
  return compiler.isCallExpression(parent) && compiler.isPropertyAccessExpression(parent.expression) && (listenerMethods.has(parent.expression.name.text) || parent.expression.name.text === 'once');
}

/** It is in what follows a promise that is left to itself: `void this.tick().finally(() => this.schedule())`. */
function isLeftToItself(graph: Graph, event: Event): boolean {
  return [...graph.continuations.keys()].some(
    (start) =>
      (start === event.block || reaches(graph, start, event.block)) &&
      !eventsOf(graph).some(({ kind, block }) => kind === 'slot' && (block === start || reaches(graph, start, block))),
  );
}

/** The end raises a flag, and some other function asks for it. */
const setsFlag = (model: ProgramModel, activation: Activation): boolean => raisedBy(model, activation).some((flag) => isAskedElsewhere(model, activation, flag));

/** What the task has said before it suspended, that it is at work, `this.running = true`, `this.stopped = false`, and has not looked at since. */
function marksBefore(model: ProgramModel, graph: Graph, suspension: SuspendEvent, event: Event): ReadonlyMap<string, Mark> {
  const marks = new Map<string, Mark>();
  const looks = new Set<string>();
  for (const other of eventsOf(graph)) {
    const mark = other.kind === 'write' && follows(graph, other, suspension) ? markBy(model, other) : undefined;
    if (other.kind === 'write' && mark !== undefined) marks.set(other.place.key, mark);
    if (other.kind === 'read' && follows(graph, suspension, other) && follows(graph, other, event)) looks.add(other.place.key);
  }
  return new Map([...marks].filter(([key]) => !looks.has(key)));
}

/** The end says the opposite of a mark: it means the very work that has put it up. */
function takesBackOneOf(model: ProgramModel, end: Activation, marks: ReadonlyMap<string, Mark>): boolean {
  const { compiler } = model;
  return eventsOf(model.graph(end)).some((event) => {
    const mark = event.kind === 'write' ? marks.get(event.place.key) : undefined;
    if (event.kind !== 'write' || mark === undefined) return false;
    return mark === 'raised' ? resets(compiler, event) : event.value?.node.kind === compiler.SyntaxKind.TrueKeyword;
  });
}

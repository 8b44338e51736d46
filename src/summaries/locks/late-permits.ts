/**
 * Places in a hand-written limit or lock that are given up and taken again over a turn of the event loop: the release counts
 * down and wakes a waiter, and the waiter counts up when it goes on. Between the two the place looks free, and whoever asks
 * then is let in beside the waiter.
 *
 * The place has to be handed over: who wakes a waiter leaves the count alone, or counts up for it; or the waiter asks again.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { walkBackward } from '../../cfg/walk.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, SuspendEvent, WriteEvent } from '../../events/event.js';
import { resets } from '../../events/writes.js';
import { holderOf, type Place } from '../../places/place.js';
import { type Activation, displayName, skipOuter } from '../../syntax/functions.js';
import { countStepOf, isWithin } from '../../syntax/tree.js';
import { isShared } from '../actors/sharing.js';
import { activationsNaming } from '../effects/mutations.js';
import { reachingDefinitions } from '../effects/provenance.js';
import type { ProgramModel } from '../model/program-model.js';
import { readsOfTest } from '../protocols/freshness.js';

/** A line is followed through this many locals. */
const maximumNames = 4;

export interface LatePermit {
  /** Where the waiter takes its place. */
  readonly node: ts.Node;
  /** The count or flag. */
  readonly place: Place;
  readonly suspension: SuspendEvent;
  /** Where the place is given up, and where a waiter is woken in the same turn. */
  readonly release: { readonly name: string; readonly node: ts.Node; readonly wake: ts.Node };
}

/** Who waits in a line of its own makes a promise and puts its `resolve` there. */
export function mayWaitInLine({ compiler }: ProgramModel, owner: Activation): boolean {
  return !compiler.isSourceFile(owner) && /new Promise[\s\S]*\.(?:push|unshift|add|enqueue)\(/.test(owner.getText());
}

export function latePermits(model: ProgramModel, graph: Graph): readonly LatePermit[] {
  if (!graph.hasSuspension || !mayWaitInLine(model, graph.owner)) return [];
  const found: LatePermit[] = [];
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'write' || event.how !== 'assign' || stepOf(model, event) !== 'up' || !isShared(model, graph, event.place)) continue;
    const wait = waitInLine(model, graph, event);
    if (wait === undefined) continue;
    const release = releaseOf(model, event.place, wait.line);
    if (release !== undefined) found.push({ node: event.node, place: event.place, suspension: wait.suspension, release });
  }
  return found;
}

/** A count goes up or down by one, or a flag is raised or lowered. */
function stepOf({ compiler }: ProgramModel, write: WriteEvent): 'up' | 'down' | undefined {
  const { node, value } = write;
  const step = countStepOf(compiler, node);
  if (step !== undefined) return step.direction;
  if (!compiler.isBinaryExpression(node)) return undefined;
  if (node.right.kind === compiler.SyntaxKind.TrueKeyword) return 'up';
  return value?.nature === 'constant' && resets(compiler, write) ? 'down' : undefined;
}

/** On some way to the write the task has waited in a line, because of what the place held, and has not asked again since. */
function waitInLine(model: ProgramModel, graph: Graph, write: WriteEvent): { suspension: SuspendEvent; line: Place } | undefined {
  const waits: { suspension: SuspendEvent; line: Place }[] = [];
  walkBackward<true>(
    graph,
    write,
    true,
    () => 0,
    (earlier) => {
      if (earlier.kind === 'test') return readsOfTest(model, graph, earlier).some((read) => read.place.key === write.place.key) ? undefined : true;
      if (earlier.kind !== 'suspend') return true;
      const line = lineOf(graph, earlier);
      if (line !== undefined && isShared(model, graph, line) && isBecauseOf(model, graph, earlier, write.place)) waits.push({ suspension: earlier, line });
      return undefined;
    },
  );
  return waits[0];
}

/** The collection into which the promise that is waited for puts its `resolve`. */
function lineOf(graph: Graph, { node }: SuspendEvent): Place | undefined {
  for (const event of eventsOf(graph)) {
    if (event.kind === 'write' && event.how === 'add' && isWithin(event.node, node) && event.node !== node) return holderOf(event.place);
  }
  return undefined;
}

function isBecauseOf(model: ProgramModel, graph: Graph, suspension: SuspendEvent, place: Place): boolean {
  return model
    .controlDependence(graph)
    .controllingTests(suspension.block)
    .some((test) => readsOfTest(model, graph, test).some((read) => read.place.key === place.key));
}

/** A function that gives the place up and wakes a waiter in the same turn, and does not take the place for it. */
function releaseOf(model: ProgramModel, place: Place, line: Place): LatePermit['release'] | undefined {
  for (const activation of activationsNaming(model, place)) {
    if (model.compiler.isSourceFile(activation)) continue;
    const graph = model.graph(activation);
    const steps = eventsOf(graph).filter((event): event is WriteEvent => event.kind === 'write' && event.place.key === place.key);
    const lowerings = steps.filter((step) => stepOf(model, step) === 'down');
    if (lowerings.length === 0) continue;
    for (const wake of wakingsOf(model, graph, line)) {
      const lowering = lowerings.find((each) => isInOneTurn(graph, each, wake));
      if (lowering === undefined || steps.some((step) => stepOf(model, step) === 'up' && isInOneTurn(graph, step, wake))) continue;
      return { name: displayName(model.compiler, activation), node: lowering.node, wake: wake.node };
    }
  }
  return undefined;
}

function isInOneTurn(graph: Graph, one: Event, other: Event): boolean {
  const [first, second] = follows(graph, one, other) ? [one, other] : [other, one];
  if (!follows(graph, first, second)) return false;
  return !eventsOf(graph).some((event) => event.kind === 'suspend' && follows(graph, first, event) && follows(graph, event, second));
}

/** Calls of what was taken out of the line, `line.shift()?.()`, `const next = line.shift(); next?.();`, and of all that is in it. */
function wakingsOf(model: ProgramModel, graph: Graph, line: Place): readonly CallEvent[] {
  return [...wakingsOfOne(model, graph, line), ...eventsOf(graph).filter((event): event is CallEvent => event.kind === 'call' && wakesAll(model, event, line))];
}

/** `for (const go of this.waiters) go();`, `this.waiters.forEach((go) => go())`. */
function wakesAll(model: ProgramModel, { node }: CallEvent, line: Place): boolean {
  const { compiler } = model;
  const called = compiler.isCallExpression(node) ? localOf(compiler, skipOuter(compiler, node.expression)) : undefined;
  const declaration = called === undefined ? undefined : model.file(called).scopes.resolve(called)?.declaration;
  if (declaration === undefined) return false;
  if (compiler.isParameter(declaration)) {
    const around = declaration.parent.parent;
    const gone = compiler.isCallExpression(around) ? skipOuter(compiler, around.expression) : undefined;
    return gone !== undefined && compiler.isPropertyAccessExpression(gone) && gone.name.text === 'forEach' && isLine(model, gone.expression, line);
  }
  if (!compiler.isVariableDeclaration(declaration)) return false;
  const loop = declaration.parent.parent;
  return compiler.isForOfStatement(loop) && loop.initializer === declaration.parent && isLine(model, loop.expression, line);
}

/** The line itself, all that is taken out of it, or a local that it was put into, which may have got it from another in its turn. */
function isLine(model: ProgramModel, expression: ts.Expression, line: Place, names = 0): boolean {
  const { compiler } = model;
  const node = skipOuter(compiler, expression);
  const { places, scopes } = model.file(node);
  if (places.placeOf(node)?.key === line.key) return true;
  if (compiler.isCallExpression(node) && compiler.isPropertyAccessExpression(node.expression)) return /^(?:splice|slice)$/.test(node.expression.name.text) && isLine(model, node.expression.expression, line, names);
  const made = compiler.isIdentifier(node) && names < maximumNames ? scopes.resolve(node)?.initializer : undefined;
  return made !== undefined && isLine(model, made, line, names + 1);
}

function wakingsOfOne(model: ProgramModel, graph: Graph, line: Place): readonly CallEvent[] {
  const { compiler } = model;
  const takings = eventsOf(graph).filter(
    (event): event is WriteEvent => event.kind === 'write' && event.how === 'remove' && event.place.path.length > 0 && holderOf(event.place).key === line.key,
  );
  if (takings.length === 0) return [];
  return eventsOf(graph).filter((event): event is CallEvent => {
    if (event.kind !== 'call' || !compiler.isCallExpression(event.node)) return false;
    const called = skipOuter(compiler, event.node.expression);
    if (takings.some((taking) => taking.node === called)) return true;
    const local = localOf(compiler, called);
    if (local === undefined) return false;
    return eventsOf(graph).some(
      (use) =>
        use.kind === 'use' &&
        use.node === local &&
        reachingDefinitions(graph, use).some(({ value }) => value !== undefined && takings.some((taking) => isWithin(taking.node, value.node))),
    );
  });
}

/** `next` of `next()` and `next.resolve()`. */
function localOf(compiler: Compiler, called: ts.Expression): ts.Identifier | undefined {
  const node = compiler.isPropertyAccessExpression(called) ? skipOuter(compiler, called.expression) : called;
  return compiler.isIdentifier(node) ? node : undefined;
}

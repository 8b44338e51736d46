/**
 * Timers that wait when the end comes: `if (this.isClosed) return; setTimeout(() => this.connect(), delay);`. The end raises its flag, and
 * neither clears the timer nor is asked for when it fires: what is opened then nobody closes.
 *
 * Right is to keep the handle and clear it in the end, or to ask for the flag once more when the timer fires.
 */
import { beginEvents, oneShotTimers } from '../../catalogue/callbacks.js';
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { CallEvent, WriteEvent } from '../../events/event.js';
import { empties } from '../../events/writes.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { type Activation, displayName, type FunctionNode, outerParent } from '../../syntax/functions.js';
import { writtenText } from '../../syntax/tree.js';
import { runsOnce } from '../actors/contexts.js';
import { otherWriters, type Rival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { endsContentOf, isEndName, isStopName, namesAnEnd } from '../effects/endings.js';
import { handlerAt, listenersIn } from '../effects/listeners.js';
import { callsBehind, isMadeHere } from '../effects/provenance.js';
import type { ProgramModel } from '../model/program-model.js';
import { readsOfTest } from '../protocols/freshness.js';
import { keepsOutcome, requirementOf } from '../protocols/outcomes.js';

export interface PendingTimer {
  readonly timer: CallEvent;
  /** What the end says, and whoever sets the timer asks for. */
  readonly flag: Place;
  /** What is opened when the timer fires, and where. */
  readonly place: Place;
  readonly opening: WriteEvent;
  /** The end, and where it closes what it finds. */
  readonly rival: Rival;
}

/** By its text: the activation may set a timer. */
export function maySetTimer({ compiler }: ProgramModel, activation: Activation): boolean {
  return !compiler.isSourceFile(activation) && /\bsetTimeout\(/.test(writtenText(activation));
}

export function pendingTimers(model: ProgramModel, graph: Graph): readonly PendingTimer[] {
  if (!maySetTimer(model, graph.owner)) return [];
  return eventsOf(graph).flatMap((event) => (event.kind === 'call' && event.name !== undefined && oneShotTimers.has(event.name) ? (pendingTimer(model, graph, event) ?? []) : []));
}

function pendingTimer(model: ProgramModel, graph: Graph, timer: CallEvent): PendingTimer | undefined {
  // `() => this.connect()`, `this.connect.bind(this)`
  const given = timer.arguments[0]?.node;
  const work = given === undefined ? undefined : handlerAt(model, given);
  if (work === undefined || isKeptElsewhere(model, timer)) return undefined;
  for (const test of model.controlDependence(graph).controllingTests(timer.block)) {
    const [read, ...others] = readsOfTest(model, graph, test);
    if (read === undefined || others.length > 0 || !isShared(model, graph, read.place)) continue;
    const flag = read.place;
    const goesOn = requirementOf(model, graph, timer.block, test, flag);
    if (goesOn === undefined) continue;
    for (const { event, graph: end } of otherWriters(model, graph, flag)) {
      if (event.value?.nature !== 'constant' || keepsOutcome(model, goesOn, event.how, event.value.node) || end.hasSuspension) continue;
      const found = openedLate(model, graph, timer, work, flag, end);
      if (found !== undefined) return { timer, flag, ...found };
    }
  }
  return undefined;
}

/** `const handle = setTimeout(…)`, `this.clock.setTimeout(…)`: who has the local or the clock may take the timer away. */
function isKeptElsewhere({ compiler }: ProgramModel, { node, receiver }: CallEvent): boolean {
  return compiler.isVariableDeclaration(outerParent(compiler, node).parent) || receiver?.place?.root.kind === 'this';
}

/** The work opens, itself or by a function that it calls, what the end would have closed, and nobody asks for the flag or takes the timer away. */
function openedLate(model: ProgramModel, graph: Graph, timer: CallEvent, work: FunctionNode, flag: Place, end: Graph): Pick<PendingTimer, 'place' | 'opening' | 'rival'> | undefined {
  if (maySeeTimer(model, timer, end) || runsOnce(model, end.owner)) return undefined;
  const inner = model.graph(work);
  const callees = eventsOf(inner).flatMap((event) => (event.kind === 'call' ? (model.callee(event, 'syntactic') ?? []) : []));
  const graphs = [inner, ...callees.map((callee) => model.graph(callee))];
  const marks = new Set([flag.key, ...eventsOf(end).flatMap((event) => (event.kind === 'write' && !empties(model.compiler, event) ? [event.place.key] : []))]);
  if (graphs.some((each) => asksFor(model, each, marks) || closesOnceOpen(model, each, marks))) return undefined;
  for (const each of graphs) {
    for (const opening of eventsOf(each)) {
      if (opening.kind !== 'write' || !opens(model, each, opening)) continue;
      const close = eventsOf(end).find((event): event is CallEvent => event.kind === 'call' && endsContentOf(model, event, opening.place));
      if (close !== undefined) return { place: opening.place, opening, rival: { name: displayName(model.compiler, end.owner), node: close.node, isSelf: end === graph } };
    }
  }
  return undefined;
}

function opens(model: ProgramModel, graph: Graph, write: WriteEvent): boolean {
  if (write.how !== 'assign' || write.value === undefined || empties(model.compiler, write) || !isShared(model, graph, write.place)) return false;
  return isMadeHere(graph, write.value) || callsBehind(graph, write.value).length > 0;
}

/** Some test of it asks for what the end says. */
function asksFor(model: ProgramModel, graph: Graph, marks: ReadonlySet<string>): boolean {
  return eventsOf(graph).some((event) => event.kind === 'test' && readsOfTest(model, graph, event).some((read) => marks.has(read.place.key)));
}

/** `socket.onopen = () => { if (this.isClosed) socket.close(); };`; who only says nothing when the end has come leaves it open. */
function closesOnceOpen(model: ProgramModel, graph: Graph, marks: ReadonlySet<string>): boolean {
  return listenersIn(model, graph).some(({ event, handler }) => beginEvents.test(event) && asksFor(model, model.graph(handler), marks) && mayEnd(model, model.graph(handler), 0));
}

/** By the name of what it calls. */
function mayEnd(model: ProgramModel, graph: Graph, depth: number): boolean {
  return eventsOf(graph).some((event) => {
    if (event.kind !== 'call') return false;
    if (isStopName(event.name) || isEndName(event.name) || namesAnEnd(event.name)) return true;
    const callee = depth < maximumDepth ? model.callee(event, 'syntactic') : undefined;
    return callee !== undefined && mayEnd(model, model.graph(callee), depth + 1);
  });
}

/** Callees are followed this far. */
const maximumDepth = 2;

/** The end, or a function that it calls, names what keeps the timer, and so may take it away; one that nobody keeps nobody can. */
function maySeeTimer(model: ProgramModel, timer: CallEvent, end: Graph): boolean {
  const { compiler } = model;
  const { parent } = outerParent(compiler, timer.node);
  if (compiler.isExpressionStatement(parent) || compiler.isVoidExpression(parent)) return false;
  // `this.timer = setTimeout(…)`, `this.timers.add(setTimeout(…))`
  const kept = compiler.isBinaryExpression(parent) ? parent.left : compiler.isCallExpression(parent) && compiler.isPropertyAccessExpression(parent.expression) ? parent.expression.expression : undefined;
  const keeper = kept === undefined ? undefined : model.file(kept).places.placeOf(kept);
  return keeper === undefined || names(model, end, keeper, 0);
}

function names(model: ProgramModel, graph: Graph, keeper: Place, depth: number): boolean {
  return eventsOf(graph).some((event) => {
    if (event.kind === 'read' || event.kind === 'write') return writeAffectsRead(keeper, event.place) || writeAffectsRead(event.place, keeper);
    const callee = event.kind === 'call' && depth < maximumDepth ? model.callee(event, 'syntactic') : undefined;
    return callee !== undefined && names(model, model.graph(callee), keeper, depth + 1);
  });
}

/**
 * Two openings for one end: `reconnect() { this.socket?.close(); this.connect(); }`, where `connect` has its socket's `close` open anew,
 * perhaps after a delay. The `close` of the old one comes when the new one is there already, and opens another one beside it.
 *
 * Silence is a listener that is taken away before the end, one that asks whose end it is, or a look at what the place holds before
 * something is opened.
 */
import { endEvents, oneShotTimers } from '../../catalogue/callbacks.js';
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { suspendsBetween } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, TestEvent, WriteEvent } from '../../events/event.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { type Activation, displayName, type FunctionNode, isFunctionLiteral, skipOuter } from '../../syntax/functions.js';
import { isAssignment } from '../../syntax/tree.js';
import { endsOf } from '../effects/held-ends.js';
import { handlerAt, isListenedTo, listenersIn } from '../effects/listeners.js';
import { activationsNaming } from '../effects/mutations.js';
import type { ProgramModel } from '../model/program-model.js';
import { keepsOutcome, requirementOf } from '../protocols/outcomes.js';
import { detaches, mayListenForEnd, openingsIn } from './late-listeners.js';

export interface SecondOpening {
  readonly event: WriteEvent;
  readonly place: Place;
  /** Name of the event, as the program writes it. */
  readonly endEvent: string;
  /** Where the listener opens anew. */
  readonly again: ts.Node;
  /** Who ends the old one and opens anew itself, and where it does the one and the other. */
  readonly rival: { readonly name: string; readonly end: ts.Node; readonly opens: ts.Node };
}

/** Helpers and timers are followed this far. */
const maximumDepth = 3;

export function secondOpeningsOf(model: ProgramModel, graph: Graph): readonly SecondOpening[] {
  const { owner } = graph;
  if (model.compiler.isSourceFile(owner) || !mayListenForEnd(model, owner)) return [];
  const ends = listenersIn(model, graph).filter(({ event, by }) => by === undefined && endEvents.test(event));
  if (ends.length === 0) return [];
  for (const opening of openingsIn(model, graph)) {
    const { event, place, values } = opening;
    if (event.kind !== 'write' || opening.isEntry) continue;
    for (const listener of ends) {
      if (!isListenedTo(model, place, values, listener.target)) continue;
      const way = wayTo(model, model.graph(listener.handler), owner, 0);
      if (way === undefined || looksBefore(model, graph, event, place)) continue;
      const rival = restarterOf(model, graph, place, listener.handler, way);
      if (rival !== undefined) return [{ event, place, endEvent: listener.event, again: way.node, rival }];
    }
  }
  return [];
}

/** The tests that decide whether a call is made, in all functions on the way to it. */
interface Way {
  readonly node: ts.Node;
  readonly tests: readonly { readonly graph: Graph; readonly block: number; readonly test: TestEvent }[];
}

/** How the activation comes to call the function: itself, by a helper, or by a timer that it sets. */
function wayTo(model: ProgramModel, graph: Graph, sought: FunctionNode, depth: number): Way | undefined {
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'call') continue;
    const rest = wayOfCall(model, event, sought, depth);
    if (rest === undefined) continue;
    const tests = model.controlDependence(graph).controllingTests(event.block).map((test) => ({ graph, block: event.block, test }));
    return { node: rest.node, tests: [...tests, ...rest.tests] };
  }
  return undefined;
}

function wayOfCall(model: ProgramModel, event: CallEvent, sought: FunctionNode, depth: number): Way | undefined {
  const callee = event.isConstruction === true || event.isGetter ? undefined : model.callee(event, 'syntactic');
  if (callee === sought) return { node: event.node, tests: [] };
  const [given] = event.arguments;
  if (event.name !== undefined && oneShotTimers.has(event.name) && given !== undefined) {
    const run = callbackOf(model, given.node);
    if (run === sought) return { node: event.node, tests: [] };
    const later = run === undefined || depth >= maximumDepth ? undefined : wayTo(model, model.graph(run), sought, depth + 1);
    return later === undefined ? undefined : { ...later, node: event.node };
  }
  return callee === undefined || depth >= maximumDepth ? undefined : wayTo(model, model.graph(callee), sought, depth + 1);
}

function callbackOf(model: ProgramModel, node: ts.Node): FunctionNode | undefined {
  const { compiler } = model;
  const plain = compiler.isExpression(node) ? skipOuter(compiler, node) : node;
  return compiler.isExpression(plain) && isFunctionLiteral(compiler, plain) ? plain : handlerAt(model, plain);
}

/** The opening asks first what the place holds, or ends that, or hangs on what others say of the state. */
function looksBefore(model: ProgramModel, graph: Graph, event: WriteEvent, place: Place): boolean {
  const written = new Set(eventsOf(graph).flatMap((other) => (other.kind === 'write' ? [other.place.key] : [])));
  const tests = model.controlDependence(graph).controllingTests(event.block);
  if (tests.some(({ value }) => placesIn(value.sources).some((seen) => written.has(seen.key) || writeAffectsRead(place, seen)))) return true;
  return isEndedBefore(model, graph, event, place);
}

/** What the place holds is ended before something new is stored there, perhaps by a helper that leaves the old one there. */
export function isEndedBefore(model: ProgramModel, graph: Graph, event: WriteEvent, place: Place): boolean {
  const isEndedBy = (call: CallEvent): boolean => {
    const callee = call.isConstruction === true || call.isGetter ? undefined : model.callee(call, 'syntactic');
    return callee !== undefined && endsOf(model, model.graph(callee), place).length > 0;
  };
  return (
    endsOf(model, graph, place).some(({ call }) => follows(graph, call, event)) ||
    eventsOf(graph).some((other) => other.kind === 'call' && follows(graph, other, event) && isEndedBy(other))
  );
}

function placesIn(sources: TestEvent['value']['sources']): readonly Place[] {
  return sources.flatMap((source) => (source.kind === 'read' ? [source.place] : source.kind === 'call' && source.receiver?.place !== undefined ? [source.receiver.place] : []));
}

/** Who ends what the place holds, and opens anew in the same turn; nothing that it writes keeps the listener from doing so, too. */
function restarterOf(model: ProgramModel, graph: Graph, place: Place, handler: FunctionNode, way: Way): SecondOpening['rival'] | undefined {
  const { owner } = graph;
  if (model.compiler.isSourceFile(owner)) return undefined;
  for (const activation of activationsNaming(model, place)) {
    if (activation === owner || activation === handler || model.compiler.isSourceFile(activation)) continue;
    const restarter = model.graph(activation);
    const calls = eventsOf(restarter).filter((event): event is CallEvent => event.kind === 'call');
    const end = endsOf(model, restarter, place)[0]?.call;
    if (end === undefined || detaches(model, activation, place)) continue;
    const opens = calls.find((event) => follows(restarter, end, event) && !suspendsBetween(restarter, end, event) && opensAtOnce(model, event, [owner, handler], 0));
    if (opens === undefined || !way.tests.every((each) => isPassed(model, each, [activation, owner, ...calleesOf(model, restarter)]))) continue;
    return { name: displayName(model.compiler, activation), end: end.node, opens: opens.node };
  }
  return undefined;
}

/** The call is one of the functions, or comes to one without a timer. */
function opensAtOnce(model: ProgramModel, call: CallEvent, sought: readonly FunctionNode[], depth: number): boolean {
  const callee = call.isConstruction === true || call.isGetter ? undefined : model.callee(call, 'syntactic');
  if (callee === undefined) return false;
  if (sought.includes(callee)) return true;
  return depth < maximumDepth && eventsOf(model.graph(callee)).some((event) => event.kind === 'call' && opensAtOnce(model, event, sought, depth + 1));
}

function calleesOf(model: ProgramModel, graph: Graph): readonly FunctionNode[] {
  return eventsOf(graph).flatMap((event) => (event.kind === 'call' && event.isConstruction !== true && !event.isGetter ? (model.callee(event, 'syntactic') ?? []) : []));
}

/** The test comes out for the listener as it does where nobody has ended anything: it asks only places, and what the others write there lets it pass. */
function isPassed(model: ProgramModel, { graph, block, test }: Way['tests'][number], others: readonly Activation[]): boolean {
  const seen = placesIn(test.value.sources);
  if (seen.length === 0 || seen.length < test.value.sources.length || seen.some(({ root, path }) => root.kind === 'variable' && path.length === 0 && graph.inlined.has(root.binding.owner))) return false;
  return seen.every((place) =>
    others.every((activation) =>
      eventsOf(model.graph(activation)).every((event) => {
        // `this.wanted.set(true)`
        if (event.kind === 'call' && event.receiver?.place?.key === place.key) return event.arguments.every(({ node }) => node.kind === model.compiler.SyntaxKind.TrueKeyword);
        if (event.kind !== 'write' || !writeAffectsRead(event.place, place)) return true;
        const requirement = requirementOf(model, graph, block, test, place);
        return requirement !== undefined && isAssignment(model.compiler, event.node) && keepsOutcome(model, requirement, 'assign', event.node.right);
      }),
    ),
  );
}

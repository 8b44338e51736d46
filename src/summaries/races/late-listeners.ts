/**
 * The end of an old connection is taken for that of the new one: `socket.onclose = () => { this.socket = undefined; }`, where
 * the place may hold another socket by the time the event comes.
 *
 * A newer one must be able to come before the event of the old one: somebody closes the old one and forgets it at once, or
 * the connections come from outside, one after another, and each replaces the last.
 */
import { listenerMethods } from '../../catalogue/callbacks.js';
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, WriteEvent } from '../../events/event.js';
import { empties } from '../../events/writes.js';
import type { Place } from '../../places/place.js';
import { type Activation, displayName, type FunctionNode, isFunctionLiteral, outerParent, skipOuter } from '../../syntax/functions.js';
import { endsContentOf, isContentOf } from '../effects/endings.js';
import { readsOfTest } from '../protocols/freshness.js';
import { activationsNaming } from '../effects/mutations.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { isShared } from '../actors/sharing.js';

export interface LateListener {
  /** Where the listener clears the place. */
  readonly clearing: WriteEvent;
  readonly place: Place;
  /** Where what it listens to was stored. */
  readonly opening: WriteEvent;
  /** Name of the event, as the program writes it. */
  readonly event: string;
  /** Who makes way for a newer one; undefined where the newer one comes from outside. */
  readonly rival: { readonly activation: Activation; readonly name: string; readonly node: ts.Node } | undefined;
}

const endEvents = /^(?:closed?|end|exit|disconnect(?:ed)?|terminated?)$/i;
const mentionOfEnd = /\bon(?:close|end|exit|disconnect)\b|['"](?:closed?|end|exit|disconnect(?:ed)?|terminated?)['"]/;

const mentionsEnd = memoized((_model, file: ts.SourceFile) => mentionOfEnd.test(file.text));

/** By its text: the activation may listen for the end of something. */
export function mayListenForEnd(model: ProgramModel, activation: Activation): boolean {
  const file = activation.getSourceFile();
  return mentionsEnd(model, file) && activation !== file && mentionOfEnd.test(file.text.slice(activation.pos, activation.end));
}

export function lateListenersOf(model: ProgramModel, graph: Graph): readonly LateListener[] {
  if (!mayListenForEnd(model, graph.owner)) return [];
  const openings = eventsOf(graph).filter((event): event is WriteEvent => event.kind === 'write' && isOpening(model, graph, event));
  if (openings.length === 0) return [];
  const found: LateListener[] = [];
  for (const listener of listenersIn(model, graph)) {
    const opening = openings.find((candidate) => isListenedTo(model, candidate, listener.target));
    if (opening === undefined) continue;
    const late = lateClearing(model, graph, opening, listener);
    if (late !== undefined) found.push(late);
  }
  return found;
}

/** A field or variable gets an object that is made here, or one that was handed in. */
function isOpening(model: ProgramModel, graph: Graph, { place, how, value }: WriteEvent): boolean {
  const { compiler } = model;
  if (how !== 'assign' || value === undefined || place.path.at(-1)?.kind === 'element' || !compiler.isExpression(value.node)) return false;
  const node = skipOuter(compiler, value.node);
  if (!compiler.isNewExpression(node) && !compiler.isCallExpression(node) && !compiler.isIdentifier(node)) return false;
  if (compiler.isIdentifier(node) && value.nature === 'constant') return false;
  return isShared(model, graph, place);
}

interface Listener {
  /** What is listened to: the receiver of `on`, or of the handler property. */
  readonly target: ts.Expression;
  readonly event: string;
  readonly handler: FunctionNode;
}

function listenersIn(model: ProgramModel, graph: Graph): readonly Listener[] {
  const { compiler } = model;
  return eventsOf(graph).flatMap((event): Listener[] => {
    if (event.kind === 'write') {
      // `socket.onclose = () => …`
      const { node } = event;
      if (event.how !== 'assign' || !compiler.isBinaryExpression(node) || !compiler.isPropertyAccessExpression(node.left)) return [];
      const { name, expression } = node.left;
      const handler = skipOuter(compiler, node.right);
      if (!name.text.startsWith('on') || !endEvents.test(name.text.slice(2)) || !isFunctionLiteral(compiler, handler)) return [];
      return [{ target: skipOuter(compiler, expression), event: name.text.slice(2), handler }];
    }
    if (event.kind !== 'call' || event.name === undefined || (!listenerMethods.has(event.name) && event.name !== 'once')) return [];
    return listenerOfCall(model, event);
  });
}

function listenerOfCall({ compiler }: ProgramModel, { node, arguments: given }: CallEvent): Listener[] {
  if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression)) return [];
  const [event, handler] = given.map((value) => (compiler.isExpression(value.node) ? skipOuter(compiler, value.node) : value.node));
  if (event === undefined || handler === undefined || !compiler.isStringLiteralLike(event) || !endEvents.test(event.text)) return [];
  if (!isFunctionLiteral(compiler, handler)) return [];
  return [{ target: skipOuter(compiler, node.expression.expression), event: event.text, handler }];
}

/** The listener is on what the opening stores: on the place, or on the local whose content it gets. */
function isListenedTo(model: ProgramModel, { place, value }: WriteEvent, target: ts.Expression): boolean {
  const { compiler } = model;
  const file = model.file(target);
  if (file.places.placeOf(target)?.key === place.key) return true;
  const stored = value !== undefined && compiler.isExpression(value.node) ? skipOuter(compiler, value.node) : undefined;
  if (stored === undefined || !compiler.isIdentifier(stored) || !compiler.isIdentifier(target)) return false;
  const binding = file.scopes.resolve(stored);
  return binding !== undefined && file.scopes.resolve(target) === binding;
}

function lateClearing(model: ProgramModel, graph: Graph, opening: WriteEvent, { event, handler }: Listener): LateListener | undefined {
  const inner = model.graph(handler);
  const filled = new Set(eventsOf(graph).flatMap((each) => (each.kind === 'write' && !empties(model.compiler, each) ? [each.place.key] : [])));
  for (const clearing of eventsOf(inner)) {
    if (clearing.kind !== 'write' || clearing.how !== 'assign' || !empties(model.compiler, clearing) || !filled.has(clearing.place.key)) continue;
    if (!isShared(model, graph, clearing.place) || asksWhose(model, inner, clearing)) continue;
    const rival = replacerOf(model, graph, opening, clearing.place);
    if (rival === undefined && !isHandedIn(model, graph, opening)) continue;
    return { clearing, place: clearing.place, opening, event, rival };
  }
  return undefined;
}

/** Something decides whether the listener clears the place. */
function asksWhose(model: ProgramModel, graph: Graph, clearing: WriteEvent): boolean {
  return model
    .controlDependence(graph)
    .controllingTests(clearing.block)
    .some((test) => test.comparison !== undefined || readsOfTest(model, graph, test).length > 0);
}

/** A function that ends what the place holds and forgets it at once, so that the next opening finds nothing in its way. */
function replacerOf(model: ProgramModel, graph: Graph, opening: WriteEvent, cleared: Place): LateListener['rival'] {
  for (const activation of activationsNaming(model, opening.place)) {
    if (activation === graph.owner || model.compiler.isSourceFile(activation)) continue;
    const events = eventsOf(model.graph(activation));
    const end = events.find((event) => event.kind === 'call' && endsContentOf(model, event, opening.place));
    if (end === undefined || detaches(model, activation, opening.place)) continue;
    const forgotten = events.flatMap((event) => (event.kind === 'write' && event.how === 'assign' && empties(model.compiler, event) ? [event] : []));
    // who waits between the end and the forgetting may well wait for the event
    if (model.graph(activation).hasSuspension) continue;
    if (!forgotten.some(({ place }) => place.key === opening.place.key) || !forgotten.some(({ place }) => place.key === cleared.key)) continue;
    return { activation, name: displayName(model.compiler, activation), node: end.node };
  }
  return undefined;
}

/** It takes the listener away first: `this.socket.onclose = null`, `this.socket.removeAllListeners()`. */
function detaches(model: ProgramModel, activation: Activation, place: Place): boolean {
  return eventsOf(model.graph(activation)).some((event) => {
    if (event.kind === 'call') return event.name !== undefined && /^(?:off|remove\w*|detach\w*)$/.test(event.name) && isContentOf(model, event.receiver, place);
    return event.kind === 'write' && event.place.key.startsWith(place.key) && /\.on[a-z]+$/.test(event.place.text);
  });
}

/** What is stored was handed to a listener, which is called for each newcomer: `server.on('connection', (socket) => …)`. */
function isHandedIn(model: ProgramModel, graph: Graph, { value }: WriteEvent): boolean {
  const { compiler } = model;
  if (value === undefined || compiler.isSourceFile(graph.owner)) return false;
  const isParameter = value.sources.some((source) => source.kind === 'use' && graph.owner === source.binding.declaration.parent);
  if (!isParameter) return false;
  const { parent } = outerParent(compiler, graph.owner);
  return (
    compiler.isCallExpression(parent) &&
    compiler.isPropertyAccessExpression(parent.expression) &&
    listenerMethods.has(parent.expression.name.text) &&
    model.controlDependence(graph).controllingTests(graph.entry).length === 0
  );
}

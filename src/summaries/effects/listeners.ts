/** Listeners that an activation adds to what it has: `socket.on('close', …)`, `socket.onclose = …`, also by a helper. */
import { beginEvents, beginEventWords, endEvents, endEventWords, listenerMethods } from '../../catalogue/callbacks.js';
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Value } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { type FunctionNode, skipOuter } from '../../syntax/functions.js';
import { writtenText } from '../../syntax/tree.js';
import type { ProgramModel } from '../model/program-model.js';

/** A function that an activation, or a helper of it, has called when an event comes. */
export interface Listener {
  /** What is listened to: the receiver of `on`, or of the handler property. */
  readonly target: ts.Expression;
  readonly event: string;
  readonly handler: FunctionNode;
  /** The helper that listens, and its call; undefined where the activation does so itself. */
  readonly by: { readonly callee: FunctionNode; readonly call: CallEvent } | undefined;
}

/** The listeners that the activation adds for good, itself or by a helper to which it hands what is listened to. */
export function listenersIn(model: ProgramModel, graph: Graph): readonly Listener[] {
  const byHelper = eventsOf(graph).flatMap((event) => (event.kind === 'call' ? listenersOfHelper(model, graph, event) : []));
  return [...ownListeners(model, graph), ...byHelper];
}

/** `this.bind(socket)`: the callee listens to what it is given. */
function listenersOfHelper(model: ProgramModel, graph: Graph, call: CallEvent): Listener[] {
  const { compiler } = model;
  if (call.arguments.length === 0 || call.isGetter || call.isConstruction === true) return [];
  const callee = model.callee(call, 'syntactic');
  if (callee === undefined || callee === graph.owner || !mayListen(callee)) return [];
  return ownListeners(model, model.graph(callee)).flatMap((listener): Listener[] => {
    if (!endEvents.test(listener.event) && !beginEvents.test(listener.event)) return [];
    const binding = compiler.isIdentifier(listener.target) ? model.file(callee).scopes.resolve(listener.target) : undefined;
    const given = call.arguments[callee.parameters.findIndex((parameter) => parameter === binding?.declaration)];
    return given === undefined || !compiler.isExpression(given.node) ? [] : [{ ...listener, target: skipOuter(compiler, given.node), by: { callee, call } }];
  });
}

function ownListeners(model: ProgramModel, graph: Graph): readonly Listener[] {
  const { compiler } = model;
  return eventsOf(graph).flatMap((event): Listener[] => {
    if (event.kind === 'write') {
      // `socket.onclose = () => …`
      const { node } = event;
      if (event.how !== 'assign' || !compiler.isBinaryExpression(node) || !compiler.isPropertyAccessExpression(node.left)) return [];
      const { name, expression } = node.left;
      const handler = name.text.startsWith('on') ? handlerAt(model, node.right) : undefined;
      return handler === undefined ? [] : [{ target: skipOuter(compiler, expression), event: name.text.slice(2), handler, by: undefined }];
    }
    if (event.kind !== 'call' || event.name === undefined || (!listenerMethods.has(event.name) && event.name !== 'once')) return [];
    return listenerOfCall(model, event);
  });
}

function listenerOfCall(model: ProgramModel, { node, arguments: given }: CallEvent): Listener[] {
  const { compiler } = model;
  if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression)) return [];
  const [event, listener] = given.map((value) => (compiler.isExpression(value.node) ? skipOuter(compiler, value.node) : value.node));
  if (event === undefined || listener === undefined || !compiler.isStringLiteralLike(event)) return [];
  // `{ signal }` takes the listener away when somebody wants it
  const options = given[2]?.node;
  if (options !== undefined && compiler.isObjectLiteralExpression(options) && options.properties.some(({ name }) => name?.getText() === 'signal')) return [];
  const handler = handlerAt(model, listener);
  return handler === undefined ? [] : [{ target: skipOuter(compiler, node.expression.expression), event: event.text, handler, by: undefined }];
}

/** The function itself, or the one that is named: `this.onClose`, `this.onClose.bind(this)`, `onClose`. */
export function handlerAt(model: ProgramModel, node: ts.Node): FunctionNode | undefined {
  const { compiler } = model;
  if (!compiler.isExpression(node)) return undefined;
  const plain = skipOuter(compiler, node);
  const isBound = compiler.isCallExpression(plain) && compiler.isPropertyAccessExpression(plain.expression) && plain.expression.name.text === 'bind';
  const named = isBound && compiler.isPropertyAccessExpression(plain.expression) ? plain.expression.expression : plain;
  if (compiler.isCallExpression(named)) return undefined;
  const handler = model.calleeOfExpression(named, 'syntactic');
  return handler?.body === undefined ? undefined : handler;
}

/** The listener is on what is stored: on the place, or on the local whose content the place gets, alone or in an object. */
export function isListenedTo(model: ProgramModel, place: Place, values: readonly Value[], target: ts.Expression): boolean {
  const { compiler } = model;
  const file = model.file(target);
  if (file.places.placeOf(target)?.key === place.key) return true;
  const binding = compiler.isIdentifier(target) ? file.scopes.resolve(target) : undefined;
  if (binding === undefined) return false;
  const names = (node: ts.Node): boolean => {
    const plain = compiler.isExpression(node) ? skipOuter(compiler, node) : node;
    if (compiler.isIdentifier(plain)) return file.scopes.resolve(plain) === binding;
    if (!compiler.isObjectLiteralExpression(plain)) return false;
    return plain.properties.some((property) => (compiler.isPropertyAssignment(property) ? names(property.initializer) : compiler.isShorthandPropertyAssignment(property) && names(property.name)));
  };
  return values.some(({ node }) => names(node));
}

/** By its text: the function names the begin or the end of something. */
function mayListen(callee: FunctionNode): boolean {
  const text = writtenText(callee);
  return endEventWords.test(text) || beginEventWords.test(text);
}

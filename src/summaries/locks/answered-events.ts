/**
 * Events that are sent with a way to answer: `await new Promise((resolve) => this.emit('closing', resolve))`. Where every listener
 * takes a lock before it answers, who sends the event with that lock held waits for ever.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { isReachedWithout } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { AcquireEvent, Event } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { type FunctionNode, isFunctionLiteral, outerParent, skipOuter } from '../../syntax/functions.js';
import { executorOf } from '../../syntax/promise-chains.js';
import { isWithin } from '../../syntax/tree.js';
import type { ProgramModel } from '../model/program-model.js';
import { heldAt, type HeldUse, isWaitedForLock, takesOf } from './lock-effects.js';
import { lockTaken } from './lock-identity.js';
import { awaitedUnderLocks, type ResolverWait } from './resolver-waits.js';
import { waitsOf } from './waits.js';

export function* answeredEvents(model: ProgramModel, graph: Graph): Generator<ResolverWait> {
  for (const { event, node } of awaitedUnderLocks(graph)) {
    const sent = sentWithAnswer(model, node);
    if (sent === undefined) continue;
    for (const held of heldAt(model, graph, event)) {
      const taken = held.mode === 'exclusive' ? takenByListeners(model, sent, held) : undefined;
      if (taken !== undefined) yield { held, event, place: { ...sent.sender, text: `'${sent.name}'` }, taken };
    }
  }
}

interface SentEvent {
  readonly sender: Place;
  readonly name: string;
  /** Position of the answer among what the listener is handed. */
  readonly position: number;
  readonly node: ts.Node;
}

/** The only thing that is done with `resolve` is to hand it to the listeners. */
function sentWithAnswer(model: ProgramModel, value: ts.Node): SentEvent | undefined {
  const { compiler } = model;
  const executor = compiler.isExpression(value) ? executorOf(compiler, skipOuter(compiler, value)) : undefined;
  const resolve = executor?.parameters[0]?.name;
  if (executor?.parameters.length !== 1 || resolve === undefined || !compiler.isIdentifier(resolve)) return undefined;
  const file = model.file(executor);
  const [use, ...others] = file.mentions(resolve.text).filter((mention) => mention !== resolve && isWithin(mention, executor));
  const sending = use?.parent;
  if (use === undefined || others.length > 0 || sending === undefined || !compiler.isCallExpression(sending) || !compiler.isPropertyAccessExpression(sending.expression)) return undefined;
  const position = sending.arguments.findIndex((argument) => argument === use);
  const [name] = sending.arguments;
  const sender = file.places.placeOf(sending.expression.expression);
  if (sending.expression.name.text !== 'emit' || position < 1 || name === undefined || !compiler.isStringLiteralLike(name) || sender === undefined) return undefined;
  return { sender, name: name.text, position: position - 1, node: executor };
}

const listening = ['on', 'once', 'addListener', 'prependListener'];

/** The first acquire of a listener, where none answers without it; undefined where there are others, or none. */
function takenByListeners(model: ProgramModel, { sender, name, position, node }: SentEvent, held: HeldUse): AcquireEvent | undefined {
  const { compiler, program } = model;
  const own = node.getSourceFile();
  const listens = new RegExp(`\\.(?:${listening.join('|')})\\(\\s*['"\`]${name.replace(/[^\w]/g, '\\$&')}['"\`]`);
  if (!listens.test(own.text) || program.getSourceFiles().some((file) => file !== own && !file.isDeclarationFile && listens.test(file.text))) return undefined;
  let taken: AcquireEvent | undefined;
  for (const mention of listening.flatMap((method) => model.file(node).mentions(method))) {
    const access = mention.parent;
    const call = access.parent;
    if (!compiler.isPropertyAccessExpression(access) || !compiler.isCallExpression(call) || call.expression !== access) continue;
    const [heard, handler] = call.arguments;
    if (heard === undefined || handler === undefined || !compiler.isStringLiteralLike(heard) || heard.text !== name) continue;
    const place = model.file(call).places.placeOf(access.expression);
    // an object of another class sends to its own listeners
    if (place?.root.kind === 'this' && sender.root.kind === 'this' && place.root.owner !== sender.root.owner) continue;
    const listener = place?.key === sender.key ? listenerOf(model, handler) : undefined;
    const found = listener === undefined ? undefined : takenBeforeAnswer(model, listener, position, held);
    if (found === undefined) return undefined;
    taken ??= found;
  }
  return taken;
}

function listenerOf(model: ProgramModel, handler: ts.Expression): FunctionNode | undefined {
  const { compiler } = model;
  const node = skipOuter(compiler, handler);
  if (isFunctionLiteral(compiler, node)) return node;
  const isBound = compiler.isCallExpression(node) && compiler.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'bind';
  return model.calleeOfExpression(isBound && compiler.isPropertyAccessExpression(node.expression) ? node.expression.expression : node, 'full');
}

/** The lock is taken on every way to each answer. A listener that never answers is another mistake. */
function takenBeforeAnswer(model: ProgramModel, listener: FunctionNode, position: number, held: HeldUse): AcquireEvent | undefined {
  const { compiler } = model;
  const answer = listener.parameters[position]?.name;
  if (answer === undefined || !compiler.isIdentifier(answer)) return undefined;
  const graph = model.graph(listener);
  const takes = takesIn(model, graph, held);
  const answers = model.file(listener).mentions(answer.text).filter((mention) => mention !== answer && isWithin(mention, listener));
  const isBehind = (mention: ts.Node): boolean => {
    const { parent, child } = outerParent(compiler, mention);
    const called = compiler.isCallExpression(parent) ? parent : undefined;
    if (called === undefined || model.rootActivation(mention) !== listener) return false;
    const [at] = called.expression === child ? model.eventsAt(graph, called) : eventsOf(graph).filter((event) => event.kind === 'call' && event.reference === mention);
    return at !== undefined && !isReachedWithout(graph, at, (event) => takes.has(event));
  };
  return answers.length > 0 && answers.every(isBehind) ? takes.values().next().value : undefined;
}

/** The events at which the listener has waited for the lock, with the acquire. */
function takesIn(model: ProgramModel, graph: Graph, { place }: HeldUse): ReadonlyMap<Event, AcquireEvent> {
  const found = new Map<Event, AcquireEvent>();
  const isSame = (other: Place | undefined): boolean => other?.key === place.key && (other.root.kind !== 'this' || place.root.kind !== 'this' || other.root.owner === place.root.owner);
  for (const event of eventsOf(graph)) {
    if (event.kind === 'acquire' && isWaitedForLock(event) && isSame(lockTaken(model, graph, event))) found.set(event, event);
  }
  for (const wait of waitsOf(model, graph)) {
    const take = takesOf(model, graph, wait).find((each) => isSame(each.take.place));
    if (take !== undefined) found.set(wait.event, take.take.acquire);
  }
  return found;
}

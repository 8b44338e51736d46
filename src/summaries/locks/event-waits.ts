/**
 * Waits for an event that only the holder of a lock sends: `await once(this, 'arrived')` under the lock under which alone
 * `this.emit('arrived')` stands. Who waits so with the lock held waits for ever.
 */
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { AcquireEvent, CallEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { skipOuter } from '../../syntax/functions.js';
import { executorOf } from '../../syntax/promise-chains.js';
import type { ProgramModel } from '../model/program-model.js';
import { heldAt, type HeldUse } from './lock-effects.js';
import { acquireOf, awaitedUnderLocks, type ResolverWait } from './resolver-waits.js';

export function* eventWaits(model: ProgramModel, graph: Graph): Generator<ResolverWait> {
  for (const { event, node } of awaitedUnderLocks(graph)) {
    const awaited = awaitedEvent(model, node);
    if (awaited === undefined) continue;
    for (const held of heldAt(model, graph, event)) {
      const taken = held.mode === 'exclusive' ? sentUnder(model, awaited, held) : undefined;
      if (taken !== undefined) yield { held, event, place: { ...awaited.sender, text: `'${awaited.name}'` }, taken };
    }
  }
}

interface AwaitedEvent {
  readonly sender: Place;
  readonly name: string;
  readonly node: ts.Node;
}

/** `once(this, 'ready')`, `new Promise((resolve) => this.once('ready', resolve))`. */
function awaitedEvent(model: ProgramModel, value: ts.Node): AwaitedEvent | undefined {
  const { compiler } = model;
  const node = compiler.isExpression(value) ? skipOuter(compiler, value) : value;
  if (compiler.isCallExpression(node)) {
    const [sender, name, options] = node.arguments;
    // a signal among the options ends the wait
    if (sender === undefined || options !== undefined || !compiler.isIdentifier(node.expression) || node.expression.text !== 'once') return undefined;
    return eventOf(model, sender, name, node);
  }
  const executor = executorOf(compiler, node);
  if (executor?.parameters.length !== 1) return undefined;
  const { body } = executor;
  const only = compiler.isBlock(body) ? body.statements[0] : body;
  if (only === undefined || (compiler.isBlock(body) && body.statements.length > 1)) return undefined;
  const listening = compiler.isExpressionStatement(only) ? only.expression : only;
  if (!compiler.isCallExpression(listening) || !compiler.isPropertyAccessExpression(listening.expression)) return undefined;
  if (!/^(?:once|on|addListener)$/.test(listening.expression.name.text)) return undefined;
  return eventOf(model, listening.expression.expression, listening.arguments[0], node);
}

function eventOf(model: ProgramModel, sender: ts.Expression, name: ts.Expression | undefined, node: ts.Node): AwaitedEvent | undefined {
  const place = model.file(sender).places.placeOf(sender);
  if (place === undefined || name === undefined || !model.compiler.isStringLiteralLike(name)) return undefined;
  return { sender: place, name: name.text, node };
}

/** The acquire of who sends the event; undefined where somebody does so without the lock, or nobody does. */
function sentUnder(model: ProgramModel, { sender, name, node }: AwaitedEvent, held: HeldUse): AcquireEvent | undefined {
  const { compiler, program } = model;
  const own = node.getSourceFile();
  const emits = new RegExp(`\\.emit\\(\\s*['"\`]${name.replace(/[^\w]/g, '\\$&')}['"\`]`);
  if (!emits.test(own.text) || program.getSourceFiles().some((file) => file !== own && !file.isDeclarationFile && emits.test(file.text))) return undefined;
  let taken: AcquireEvent | undefined;
  for (const mention of model.file(node).mentions('emit')) {
    const call = mention.parent.parent;
    if (!compiler.isPropertyAccessExpression(mention.parent) || !compiler.isCallExpression(call)) continue;
    const [sent] = call.arguments;
    const isNamed = sent !== undefined && compiler.isStringLiteralLike(sent);
    if (isNamed && sent.text !== name) continue;
    const place = model.file(call).places.placeOf(mention.parent.expression);
    // an object of another class sends to its own listeners
    if (place?.root.kind === 'this' && sender.root.kind === 'this' && place.root.owner !== sender.root.owner) continue;
    if (place?.key !== sender.key) {
      if (isNamed) return undefined;
      continue;
    }
    // `this.emit(name, …)` of events that are passed on may be this one, and comes from elsewhere
    if (!isNamed) return undefined;
    const graph = model.graph(model.rootActivation(call));
    const at = model.eventsAt(graph, call).find((event): event is CallEvent => event.kind === 'call');
    if (at === undefined || !heldAt(model, graph, at).some((other) => other.place.key === held.place.key)) return undefined;
    taken ??= acquireOf(graph, held);
  }
  return taken;
}

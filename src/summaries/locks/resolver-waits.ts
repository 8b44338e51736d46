/**
 * A promise that only the holder of a lock settles: its `resolve` is put into a field or a variable of the module, and whoever
 * takes it out again to call it holds the lock. Who waits for such a promise with the lock held waits for ever.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { AcquireEvent, Event, ReturnEvent, SuspendEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { outerParent, skipOuter } from '../../syntax/functions.js';
import { executorOf } from '../../syntax/promise-chains.js';
import { isWithin } from '../../syntax/tree.js';
import type { ProgramModel } from '../model/program-model.js';
import { heldAt, type HeldUse } from './lock-effects.js';
import { acquiresByKey } from './lock-identity.js';
import { declarationKeptToFile } from './own-slots.js';

export interface ResolverWait {
  readonly held: HeldUse;
  readonly event: SuspendEvent | ReturnEvent;
  /** Where the resolver is kept. */
  readonly place: Place;
  /** The acquire of one who would settle the promise. */
  readonly taken: AcquireEvent;
}

export function* resolverWaits(model: ProgramModel, graph: Graph): Generator<ResolverWait> {
  for (const { event, node } of awaitedUnderLocks(graph)) {
    const store = storeOfResolver(model, node);
    if (store === undefined) continue;
    for (const held of heldAt(model, graph, event)) {
      const taken = held.mode === 'exclusive' ? settledUnder(model, store, held) : undefined;
      if (taken !== undefined) yield { held, event, place: store.place, taken };
    }
  }
}

/** What is waited for in a function that takes locks: at an `await`, and what the callback of a section gives. */
export function* awaitedUnderLocks(graph: Graph): Generator<{ readonly event: SuspendEvent | ReturnEvent; readonly node: ts.Node }> {
  if (!graph.hasLocks) return;
  for (const event of eventsOf(graph)) {
    if (event.kind === 'suspend' && event.reason === 'await' && event.operand !== undefined) yield { event, node: event.operand.node };
    else if (event.kind === 'return' && event.inlined !== undefined && event.value !== undefined) yield { event, node: event.value.node };
  }
}

/** Where the function takes the lock. */
export function acquireOf(graph: Graph, { place }: HeldUse): AcquireEvent | undefined {
  return [...acquiresByKey(graph).values()].flat().find((acquire) => acquire.lock.place?.key === place.key);
}

interface Store {
  readonly place: Place;
  /** The name of the field or variable. */
  readonly declaration: ts.NamedDeclaration;
  readonly promise: ts.Expression;
}

/** `new Promise((resolve) => (this.waiting = resolve))`, `new Promise((resolve) => this.waiting.push(resolve))`, and nothing else is done with it. */
function storeOfResolver(model: ProgramModel, value: ts.Node): Store | undefined {
  const { compiler } = model;
  const promise = compiler.isExpression(value) ? skipOuter(compiler, value) : undefined;
  const executor = promise === undefined ? undefined : executorOf(compiler, promise);
  if (promise === undefined || executor?.parameters.length !== 1) return undefined;
  const name = executor.parameters[0]?.name;
  const file = model.file(promise);
  if (name === undefined || !compiler.isIdentifier(name)) return undefined;
  const [use, ...others] = file.mentions(name.text).filter((mention) => mention !== name && compiler.isIdentifier(mention) && file.scopes.resolve(mention) === file.scopes.resolve(name));
  if (use === undefined || others.length > 0) return undefined;
  const { parent, child } = outerParent(compiler, use);
  let kept: ts.Expression | undefined;
  if (compiler.isBinaryExpression(parent) && parent.operatorToken.kind === compiler.SyntaxKind.EqualsToken && parent.right === child) kept = parent.left;
  else if (compiler.isCallExpression(parent) && compiler.isPropertyAccessExpression(parent.expression) && /^(?:push|unshift|add|set)$/.test(parent.expression.name.text)) kept = parent.expression.expression;
  const place = kept === undefined ? undefined : file.places.placeOf(kept);
  const declaration = place === undefined ? undefined : declarationKeptToFile(model, place);
  return place === undefined || declaration === undefined ? undefined : { place, declaration, promise };
}

/** A field of another class may have the same name. */
function ownerOf({ root }: Place): ts.Node | undefined {
  return root.kind === 'this' ? root.owner : undefined;
}

/** The event of the expression, or of the nearest one around it. */
function firstEventAt(model: ProgramModel, graph: Graph, expression: ts.Expression): Event | undefined {
  for (let node: ts.Node = expression; !model.compiler.isStatement(node); node = node.parent) {
    const [event] = model.eventsAt(graph, node);
    if (event !== undefined) return event;
  }
  return undefined;
}

/** The acquire of who settles the promise; undefined where somebody does so without the lock, or nobody does. */
function settledUnder(model: ProgramModel, { place, declaration, promise }: Store, held: HeldUse): AcquireEvent | undefined {
  const { compiler } = model;
  const file = model.file(promise);
  let taken: AcquireEvent | undefined;
  for (const mention of file.mentions(declaration.name?.getText() ?? '')) {
    if (mention === declaration.name || isWithin(mention, promise)) continue;
    const target = compiler.isPropertyAccessExpression(mention.parent) && mention.parent.name === mention ? mention.parent : mention;
    const found = compiler.isExpression(target) ? file.places.placeOf(target) : undefined;
    if (found === undefined || found.key !== place.key || ownerOf(found) !== ownerOf(place)) continue;
    const { parent, child } = outerParent(compiler, target);
    if (compiler.isBinaryExpression(parent) && parent.operatorToken.kind === compiler.SyntaxKind.EqualsToken && parent.left === child) continue;
    const graph = model.graph(model.rootActivation(target));
    const at = firstEventAt(model, graph, target);
    if (at === undefined || !heldAt(model, graph, at).some((other) => other.place.key === held.place.key)) return undefined;
    taken ??= acquireOf(graph, held);
  }
  return taken;
}

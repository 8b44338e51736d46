/**
 * A handle that is dropped: `const off = await listen(); if (this.isDisposed) return; this.off = off;`. The look after the wait tells that the
 * end has come, and that end has found nothing to take down. What the wait has given is in nobody's hands then, and nobody ends it.
 *
 * Right is to end it there. What is made, or begun, only after the look needs no end before.
 */
import { listenerMethods } from '../../catalogue/callbacks.js';
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { DefineEvent, SuspendEvent, TestEvent, WriteEvent } from '../../events/event.js';
import { type Place, variableKey } from '../../places/place.js';
import { type Activation, outerParent, skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { isWithin } from '../../syntax/tree.js';
import { isAskedForPresence } from '../actors/confinement.js';
import { endsOf } from '../effects/held-ends.js';
import { activationsNaming } from '../effects/mutations.js';
import { promiseBehindName } from '../model/named-values.js';
import type { ProgramModel } from '../model/program-model.js';
import { readsOfTest } from '../protocols/freshness.js';
import { nearestSuspension } from '../protocols/promise-slots.js';
import { endsTheWait } from './late-resources.js';

export interface DroppedHandle {
  /** The look that tells that the end has come. */
  readonly test: TestEvent;
  /** The local that holds what the wait has given. */
  readonly name: string;
  /** Where it would have been kept. */
  readonly place: Place;
  readonly suspension: SuspendEvent;
  /** Where the end takes down what it finds there. */
  readonly end: ts.Node;
}

export function droppedHandles(model: ProgramModel, graph: Graph): readonly DroppedHandle[] {
  if (!graph.hasSuspension || model.compiler.isSourceFile(graph.owner)) return [];
  return eventsOf(graph).flatMap((event) => (event.kind === 'write' || event.kind === 'define' ? (droppedHandle(model, graph, event) ?? []) : []));
}

function droppedHandle(model: ProgramModel, graph: Graph, event: WriteEvent | DefineEvent): DroppedHandle | undefined {
  const { compiler } = model;
  const { node, value } = event;
  if (value === undefined || !compiler.isBinaryExpression(node) || node.operatorToken.kind !== compiler.SyntaxKind.EqualsToken) return undefined;
  const given = skipOuter(compiler, node.right);
  const local = compiler.isIdentifier(given) ? model.file(given).scopes.resolve(given) : undefined;
  if (local === undefined || !isGivenByWait(model, local)) return undefined;
  const suspension = nearestSuspension(graph, event);
  const place = model.file(node).places.placeOf(node.left);
  if (suspension === undefined || place === undefined) return undefined;
  const looks = model.controlDependence(graph).controllingTests(event.block).filter((test) => follows(graph, suspension, test) && test.node.pos > suspension.node.pos);
  if (looks.length === 0) return undefined;
  for (const activation of activationsNaming(model, place)) {
    if (activation === graph.owner || compiler.isSourceFile(activation) || isWithin(node, activation)) continue;
    const [end] = endsOf(model, model.graph(activation), place);
    if (end === undefined || endsTheWait(model, activation, suspension)) continue;
    const test = looks.find((each) => tellsOf(model, graph, each, activation, place) && !isUsedOtherwise(model, local, each, node) && !isBegunLater(model, local, each) && !isGivenBefore(model, local, each));
    if (test !== undefined) return { test, name: local.name, place, suspension, end: end.call.node };
  }
  return undefined;
}

/** `const off = await listen()`, `listen().then((off) => …)`. */
function isGivenByWait(model: ProgramModel, local: Binding): boolean {
  const promise = promiseBehindName(model, local);
  return promise !== undefined && model.compiler.isCallExpression(promise);
}

/** The test asks for what the end says, and for nothing else: whether it has come. */
function tellsOf(model: ProgramModel, graph: Graph, test: TestEvent, end: Activation, place: Place): boolean {
  const said = new Set(eventsOf(model.graph(end)).flatMap((event) => (event.kind === 'write' && event.value?.nature === 'constant' ? [event.place.key] : [])));
  const asked = [
    ...readsOfTest(model, graph, test).map((read) => read.place.key),
    ...test.value.sources.flatMap((source) => (source.kind === 'use' ? [variableKey(source.binding)] : [])),
  ];
  return asked.length > 0 && asked.every((key) => key !== place.key && said.has(key));
}

/** `client.start()`: what does nothing before it is told to, needs no end before. */
function isBegunLater(model: ProgramModel, local: Binding, { node: look }: TestEvent): boolean {
  const { compiler } = model;
  return mentionsAfter(model, local, look).some(({ parent }) => {
    const isCalled = compiler.isPropertyAccessExpression(parent) && compiler.isCallExpression(parent.parent) && parent.parent.expression === parent;
    return isCalled && !listenerMethods.has(parent.name.text) && parent.name.text !== 'once';
  });
}

/** `stack.defer(off)`, `this.offs.push(off)`: somebody else has it before the look, and ends it. */
function isGivenBefore(model: ProgramModel, local: Binding, { node: look }: TestEvent): boolean {
  const { compiler } = model;
  const file = model.file(look);
  return file.mentions(local.name).some((mention) => {
    if (mention === local.identifier || mention.pos > look.pos || !compiler.isIdentifier(mention) || file.scopes.resolve(mention) !== local) return false;
    const { parent } = outerParent(compiler, mention);
    const isGiven = compiler.isBinaryExpression(parent) && parent.right === local.initializer;
    return !isGiven && !compiler.isPropertyAccessExpression(parent) && !isAskedForPresence(compiler, mention);
  });
}

function mentionsAfter(model: ProgramModel, local: Binding, look: ts.Node): readonly (ts.Identifier | ts.PrivateIdentifier)[] {
  const file = model.file(look);
  return file.mentions(local.name).filter((mention) => mention.pos > look.pos && model.compiler.isIdentifier(mention) && file.scopes.resolve(mention) === local);
}

/** Where the end has come, or afterwards, something is done with it all the same. */
function isUsedOtherwise(model: ProgramModel, local: Binding, { node: look }: TestEvent, store: ts.Node): boolean {
  const { compiler } = model;
  const mentions = mentionsAfter(model, local, look).filter((mention) => !isWithin(mention, store));
  let branch: ts.Node = look;
  while (!compiler.isIfStatement(branch.parent) && !compiler.isBlock(branch.parent) && !compiler.isSourceFile(branch.parent)) branch = branch.parent;
  const { parent } = branch;
  if (!compiler.isIfStatement(parent)) return mentions.length > 0;
  const side = isWithin(store, parent.thenStatement) ? parent.thenStatement : parent.elseStatement !== undefined && isWithin(store, parent.elseStatement) ? parent.elseStatement : undefined;
  return side === undefined ? mentions.some((mention) => isWithin(mention, parent)) : mentions.some((mention) => !isWithin(mention, side));
}

/** Who looks at a place among the functions that can name it, and what they do with what they see. */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { isReachedWithout, walkBackward } from '../../cfg/walk.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, ReadEvent } from '../../events/event.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { elementCallbacks } from '../../syntax/array-methods.js';
import { isFunctionLiteral, outerParent, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { contextOf, mayOverlap, runsOnce } from './contexts.js';
import { isLifecycleHook } from './pull-protocols.js';
import { readsOfTest } from '../protocols/freshness.js';
import { heldLocks } from '../locks/held-locks.js';
import { activationsIn, activationsNaming, holdsOneOf, mayReach, scopeOf } from '../effects/mutations.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { isShared } from './sharing.js';

export interface Look {
  readonly graph: Graph;
  readonly event: ReadEvent;
}

/** Every look at the place, or at something in it; those through a local that holds a part of it only where they are asked for. */
export function looksAt(model: ProgramModel, place: Place, alsoThroughLocals = false): readonly Look[] {
  const scope = scopeOf(place);
  if (scope === undefined) return [];
  return looksIn(model, scope).filter(({ event }) => (alsoThroughLocals || event.heldBy === undefined) && mayReach(event.place, place));
}

const looksIn = memoized((model, scope: ts.Node): readonly Look[] => {
  const found: Look[] = [];
  for (const activation of activationsIn(model, scope)) {
    if (model.compiler.isConstructorDeclaration(activation)) continue;
    const graph = model.graph(activation);
    for (const event of eventsOf(graph)) if (event.kind === 'read') found.push({ graph, event });
  }
  return found;
});

/** The look can be taken by another task while the writer is suspended: elsewhere, or by another call of the writer. */
export function mayLookMeanwhile(model: ProgramModel, writer: Graph, write: Event, suspension: Event, place: Place, look: Look): boolean {
  // hooks that a framework calls once, before anybody uses the object
  if (runsOnce(model, writer.owner) || isHook(model, writer)) return false;
  if (look.graph !== writer) {
    const { owner } = look.graph;
    if (model.compiler.isSourceFile(owner) || runsOnce(model, owner)) return false;
  } else if (!mayOverlap(model, writer.owner, place) || !isReachedWithout(writer, look.event, (earlier) => earlier === write)) return false;
  const locks = heldLocks(model, writer).at(suspension).map((held) => held.lock);
  return locks.length === 0 || !holdsOneOf(heldLocks(model, look.graph).at(look.event), locks);
}

function isHook(model: ProgramModel, { owner }: Graph): boolean {
  return !model.compiler.isSourceFile(owner) && isLifecycleHook(model, owner) && contextOf(model, owner).multiplicity === 'sequential';
}

/** Before the event the reader waits for something that is kept in a shared place, such as a promise of readiness. */
export function waitsForPlace(model: ProgramModel, { graph, event }: Look): boolean {
  let waits = false;
  walkBackward<true>(graph, event, true, () => 0, (earlier) => {
    if (earlier.kind === 'suspend' && (earlier.operand?.sources ?? []).some((source) => source.kind === 'read' && isShared(model, graph, source.place) && !isOnlyAsked(model, source.node))) waits = true;
    return waits ? undefined : true;
  });
  return waits;
}

/**
 * Before the event the reader has waited for a helper that asks for what the writer sets only when the suspension is over:
 * `await this.ensureConnected()`.
 */
export function waitsForAsker(model: ProgramModel, { graph, event }: Look, writer: Graph, suspension: Event, except: Place): boolean {
  const late = eventsOf(writer).flatMap((set) => (set.kind === 'write' && set.place.key !== except.key && follows(writer, suspension, set) ? [set.place] : []));
  if (late.length === 0) return false;
  const asks = (call: CallEvent): boolean => {
    const callee = model.callee(call, 'syntactic');
    if (callee === undefined) return false;
    const inner = model.graph(callee);
    return eventsOf(inner).some((test) => test.kind === 'test' && readsOfTest(model, inner, test).some((read) => late.some((place) => writeAffectsRead(place, read.place))));
  };
  return !isReachedWithout(graph, event, (earlier) => earlier.kind === 'suspend' && (earlier.operand?.sources ?? []).some((source) => source.kind === 'call' && asks(source)));
}

/** `await this.host.keys()`: who waits for the answer has no collection before him, and none that is kept. */
function isOnlyAsked({ compiler }: ProgramModel, node: ts.Node): boolean {
  const call = compiler.isCallExpression(node) ? node : node.parent.parent;
  if (!compiler.isCallExpression(call) || !compiler.isPropertyAccessExpression(call.expression) || !isWithin(node, call)) return false;
  return /^(?:keys|values|entries)$/.test(call.expression.name.text) && compiler.isAwaitExpression(outerParent(compiler, call).parent);
}

/**
 * Before the event the reader has waited for a function that fills the place itself and lets those who come meanwhile wait
 * for a kept promise: `await this.start()`.
 */
export function waitsForFiller(model: ProgramModel, { graph, event }: Look, place: Place): boolean {
  let fillers: readonly Graph[] | undefined;
  const isFilledBy = (callee: ts.Node): boolean =>
    (fillers ??= fillersOf(model, place)).some(({ owner }) => isWithin(owner, callee));
  let waits = false;
  walkBackward<true>(graph, event, true, () => 0, (earlier) => {
    if (earlier.kind === 'suspend') {
      for (const source of earlier.operand?.sources ?? []) {
        const callee = source.kind === 'call' ? model.callee(source, 'full') : undefined;
        if (callee !== undefined && isFilledBy(callee)) waits = true;
      }
    }
    return waits ? undefined : true;
  });
  return waits;
}

/** Functions that fill the place, and wait where another one is about to. */
function fillersOf(model: ProgramModel, place: Place): Graph[] {
  return [...activationsNaming(model, place)].map((activation) => model.graph(activation)).filter((graph) => {
    const events = eventsOf(graph);
    return (
      events.some((event) => event.kind === 'write' && event.how === 'assign' && event.place.key === place.key) &&
      events.some((event) => event.kind === 'suspend' && (event.operand?.sources ?? []).some((source) => source.kind === 'read' && isShared(model, graph, source.place)))
    );
  });
}

/** Whether the look happens only after a test of something that the writer sets: a state, a flag, a version. */
export function asksWriter(model: ProgramModel, look: Look, except: readonly Place[], writer: Graph): boolean {
  const written: Place[] = [];
  for (const event of eventsOf(writer)) if (event.kind === 'write') written.push(event.place);
  const tests = model.controlDependence(look.graph).controllingTests(look.event.block);
  return tests.some((test) =>
    readsOfTest(model, look.graph, test).some(
      (read) =>
        !except.some((place) => mayReach(read.place, place) || writeAffectsRead(place, read.place)) &&
        written.some((place) => writeAffectsRead(place, read.place)),
    ),
  );
}

/** Names of members that tell whether an object is ready, or wait until it is. */
const readyNames = /ready|init|load|start|open|connect|stat(?:e|us)|pending|promise|then|when|wait|ensure|closed|disposed/i;
const neutralNames = /^(?:on|once|off|emit|add\w*Listener|remove\w*Listener|close|dispose|destroy|stop|abort|cancel|release|end|terminate|shutdown|disconnect|delete|clear|subscribe|unsubscribe|toString|push|pop|shift|unshift|splice|add|set|has|indexOf|includes)$/;

/**
 * Where the object that was looked up is used, or handed to callers, by one who has not asked whether it is ready;
 * undefined where it is waited for, asked, or only tested for presence.
 */
export function looseUse(model: ProgramModel, look: Look): ts.Node | undefined {
  const { compiler } = model;
  if (isAskedOfElements(model, look.event.node)) return undefined;
  let found: ts.Node | undefined;
  for (const node of nodesOf(model, look)) {
    const { parent, child } = outerParent(compiler, node);
    if (compiler.isPropertyAccessExpression(parent) && parent.expression === child) {
      if (readyNames.test(parent.name.text)) return undefined;
      if (compiler.isCallExpression(parent.parent) && parent.parent.expression === parent && neutralNames.test(parent.name.text)) continue;
      if (isWritten(model, parent) || copesWithAbsence(model, parent)) continue;
      found ??= compiler.isCallExpression(parent.parent) && parent.parent.expression === parent ? parent.parent : parent;
    } else if (compiler.isAwaitExpression(parent)) return undefined;
    else if (compiler.isReturnStatement(parent) || compiler.isArrowFunction(parent)) found ??= node;
    else if (compiler.isConditionalExpression(parent) && parent.condition !== child && compiler.isReturnStatement(parent.parent)) found ??= node;
    else if (compiler.isBinaryExpression(parent) && compiler.isReturnStatement(parent.parent)) found ??= node;
  }
  return found;
}

/** `connection.socket?.close()`: the reader reckons with a member that is not there, or only ends it. */
function copesWithAbsence(model: ProgramModel, access: ts.PropertyAccessExpression): boolean {
  const { compiler } = model;
  const { parent } = outerParent(compiler, access);
  if (!compiler.isPropertyAccessExpression(parent)) return false;
  return parent.questionDotToken !== undefined || neutralNames.test(parent.name.text);
}

/** `workers.find((worker) => worker.job && worker.job.id === id)`: who has no such member yet is passed over. */
function isAskedOfElements({ compiler }: ProgramModel, look: ts.Node): boolean {
  for (let node = look; !compiler.isStatement(node) && !compiler.isSourceFile(node); node = node.parent) {
    if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression) || !elementCallbacks.has(node.expression.name.text)) continue;
    const [callback] = node.arguments;
    if (callback === undefined || !isFunctionLiteral(compiler, callback) || compiler.isBlock(callback.body)) continue;
    let first: ts.Expression = skipOuter(compiler, callback.body);
    while (compiler.isBinaryExpression(first) && first.operatorToken.kind === compiler.SyntaxKind.AmpersandAmpersandToken) first = skipOuter(compiler, first.left);
    const isMember = compiler.isPropertyAccessExpression(first) && first.expression.getText() === callback.parameters[0]?.name.getText();
    if (isMember && first !== callback.body) return true;
  }
  return false;
}

function isWritten(model: ProgramModel, access: ts.PropertyAccessExpression): boolean {
  const { compiler } = model;
  const { parent } = access;
  return compiler.isBinaryExpression(parent) && parent.left === access && parent.operatorToken.kind === compiler.SyntaxKind.EqualsToken;
}

/** Expressions that are what was looked up: the look itself, or the local that it, or each element of it, went into. */
function nodesOf(model: ProgramModel, { graph, event }: Look): readonly ts.Node[] {
  const { compiler } = model;
  const { node } = event;
  const name = nameOf(model, node);
  if (name === undefined) return [node];
  const binding = compiler.isIdentifier(name) ? model.file(node).scopes.resolve(name) : undefined;
  if (binding === undefined) return [];
  const uses: ts.Node[] = [];
  for (const other of eventsOf(graph)) if (other.kind === 'use' && other.binding === binding) uses.push(other.node);
  return uses;
}

/** The local that gets the value, or each element of it in turn; of the pairs of a Map the second half. */
function nameOf({ compiler }: ProgramModel, node: ts.Node): ts.BindingName | undefined {
  const list = listOf(compiler, node);
  const { parent, child } = outerParent(compiler, list.node);
  if (compiler.isVariableDeclaration(parent)) return parent.initializer === child ? parent.name : undefined;
  const element = elementNameOf(compiler, parent, child);
  if (element === undefined || list.isOfValues || !compiler.isArrayBindingPattern(element)) return element;
  const half = element.elements[1];
  return half !== undefined && compiler.isBindingElement(half) ? half.name : undefined;
}

/** What is gone through: `plugins`, `plugins.values()`, `[...plugins.values()]`, `Array.from(plugins)`. */
function listOf(compiler: Compiler, collection: ts.Node): { readonly node: ts.Node; readonly isOfValues: boolean } {
  let node = collection;
  let isOfValues = false;
  for (;;) {
    const { parent, child } = outerParent(compiler, node);
    if (compiler.isPropertyAccessExpression(parent) && /^(?:values|entries)$/.test(parent.name.text) && compiler.isCallExpression(parent.parent)) {
      isOfValues = parent.name.text === 'values';
      node = parent.parent;
    } else if (compiler.isSpreadElement(parent) && compiler.isArrayLiteralExpression(parent.parent)) node = parent.parent;
    else if (compiler.isCallExpression(parent) && parent.arguments[0] === child && parent.expression.getText() === 'Array.from') node = parent;
    else return { node, isOfValues };
  }
}

/** `for (const plugin of plugins)`, `plugins.map((plugin) => …)`. */
function elementNameOf(compiler: Compiler, parent: ts.Node, list: ts.Node): ts.BindingName | undefined {
  if (compiler.isForOfStatement(parent)) {
    return parent.expression === list && compiler.isVariableDeclarationList(parent.initializer) ? parent.initializer.declarations[0]?.name : undefined;
  }
  if (!compiler.isPropertyAccessExpression(parent) || !elementCallbacks.has(parent.name.text) || !compiler.isCallExpression(parent.parent)) return undefined;
  const [callback] = parent.parent.arguments;
  return callback !== undefined && isFunctionLiteral(compiler, callback) ? callback.parameters[0]?.name : undefined;
}

/** On the way the object was asked whether it is ready: `if (!this.client?.isConnected) throw …`. */
export function isAskedForReadiness(model: ProgramModel, look: Look, place: Place): boolean {
  return model
    .controlDependence(look.graph)
    .controllingTests(look.event.block)
    .some((test) =>
      readsOfTest(model, look.graph, test).some((read) => {
        const last = read.place.path.at(-1);
        return read.place.path.length > place.path.length && mayReach(read.place, place) && last?.kind === 'field' && readyNames.test(last.name);
      }),
    );
}

/** What the tests that decide whether the look happens have looked at. */
export function placesAskedBefore(model: ProgramModel, { graph, event }: Look): Place[] {
  return model.controlDependence(graph).controllingTests(event.block).flatMap((test) => readsOfTest(model, graph, test).map((read) => read.place));
}

/** The reader itself asks whether what it reads is there. */
export function isAsked(model: ProgramModel, { graph, event }: Look): boolean {
  const { compiler } = model;
  const { parent } = outerParent(compiler, event.node);
  if (compiler.isPropertyAccessExpression(parent) && parent.questionDotToken !== undefined) return true;
  if (compiler.isBinaryExpression(parent) && /^(?:[!=]==?|\?\?=?|\|\|=?|&&|=)$/.test(parent.operatorToken.getText())) return true;
  if (compiler.isPrefixUnaryExpression(parent) || compiler.isIfStatement(parent)) return true;
  return placesAskedBefore(model, { graph, event }).some((place) => writeAffectsRead(event.place, place));
}

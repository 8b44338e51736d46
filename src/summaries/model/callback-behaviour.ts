/** What a callee of the program does with a function that it is handed. */
import { keepingMethods } from '../../catalogue/callbacks.js';
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, LockReference } from '../../events/event.js';
import type { CallbackBehaviour } from '../../events/lowering.js';
import { type Place, project, type Projection, rebase, rootPlace } from '../../places/place.js';
import { isAsync, isFunctionLiteral, type FunctionNode, outerParent } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { type GivenArguments, stepFromCaller } from '../effects/callers-keys.js';
import { ownLocks } from '../locks/held-locks.js';
import type { ProgramModel } from './program-model.js';

const inProgress = new Set<FunctionNode>();

/**
 * A callee that only calls its parameter, and waits for it when it is asynchronous, runs the callback as part of the
 * caller. The locks it holds meanwhile are held by the callback: such a method *is* a scoped lock.
 */
export function callbackBehaviour(model: ProgramModel, call: ts.CallExpression, index: number): CallbackBehaviour | undefined {
  const { compiler } = model;
  const { expression } = call;
  // to find the declaration of a method that everybody knows is not worth a question
  if (compiler.isPropertyAccessExpression(expression) && keepingMethods.has(expression.name.text)) return undefined;
  const callee = model.calleeOfExpression(expression, 'full');
  const parameter = callee?.parameters[index];
  if (callee === undefined || parameter === undefined || !compiler.isIdentifier(parameter.name)) return undefined;
  if (inProgress.has(callee) || inProgress.size > 4) return undefined;
  inProgress.add(callee);
  try {
    const graph = model.graph(callee);
    const runs = callsOf(model, graph, parameter.name);
    if (runs === undefined || runs.length === 0) return undefined;
    const isWaitedFor = runs.every(({ event }) => event.consumption === 'awaited' || event.consumption === 'returned');
    const isInTask = runs.some(({ event }) => !isOnMainPath(graph, event));
    const [first] = runs;
    if (first === undefined) return undefined;
    const locks = locksAround(model, graph, first)
      .filter((held) => runs.every((run) => locksAround(model, graph, run).some((other) => other.lock.key === held.lock.key)))
      .flatMap((held) => {
        const lock = seenFromCaller(model, call, callee, held.lock);
        return lock === undefined ? [] : [{ lock, mode: held.mode }];
      });
    if (isInTask && locks.length === 0) return undefined;
    // for all elements at the same time: runs of an asynchronous callback overlap
    if (locks.length === 0 && mayBeAsynchronous(model, call.arguments[index]) && runs.some(({ event }) => isPerElement(model, callee, event) || isInList(model, event))) return undefined;
    const suspends = graph.hasSuspension || isAsync(compiler, callee);
    if (suspends && !isWaitedFor && !isInTask) return undefined;
    return { kind: suspends || locks.length > 0 || isWaitedFor ? 'awaited' : 'synchronous', locks };
  } finally {
    inProgress.delete(callee);
  }
}

/** Whether the callee runs the callback for all elements of a list at the same time: `Promise.all(items.map((item) => visit(item)))`. */
export function runsAtOnce(model: ProgramModel, call: ts.CallExpression, index: number): boolean {
  const callee = model.calleeOfExpression(call.expression, 'full');
  const name = callee?.parameters[index]?.name;
  if (callee === undefined || name === undefined || !model.compiler.isIdentifier(name) || !mayBeAsynchronous(model, call.arguments[index])) return false;
  return callsOf(model, model.graph(callee), name)?.some(({ event }) => isPerElement(model, callee, event)) === true;
}

function mayBeAsynchronous(model: ProgramModel, callback: ts.Expression | undefined): boolean {
  const node = callback === undefined ? undefined : model.calleeOfExpression(callback, 'syntactic');
  return node !== undefined && isAsync(model.compiler, node);
}

/** The callback is called by the callback of an array method, whose promises nobody waits for one by one. */
function isPerElement({ compiler }: ProgramModel, callee: FunctionNode, run: CallEvent): boolean {
  for (let node: ts.Node = run.node; node !== callee && node.parent !== undefined; node = node.parent) {
    if (!isFunctionLiteral(compiler, node) || !compiler.isCallExpression(node.parent)) continue;
    const { expression } = node.parent;
    if (compiler.isPropertyAccessExpression(expression) && /^(?:map|forEach|flatMap)$/.test(expression.name.text)) return true;
  }
  return false;
}

/** `Promise.all([work(), work()])`: one does not wait for the other. */
function isInList({ compiler }: ProgramModel, { node }: CallEvent): boolean {
  return compiler.isArrayLiteralExpression(outerParent(compiler, node).parent);
}

/** A call that runs the parameter: a call of it, or the call of a scoped lock of the program that it is handed on to. */
interface Run {
  readonly event: CallEvent;
  /** What the callee that it is handed on to holds meanwhile. */
  readonly inner: CallbackBehaviour['locks'];
}

/** The locks that are held while the parameter runs. */
function locksAround(model: ProgramModel, graph: Graph, { event, inner }: Run): CallbackBehaviour['locks'] {
  return [...ownLocks(model, graph).at(event), ...inner];
}

/** The calls that run the parameter, or undefined when it is used for anything else. */
function callsOf(model: ProgramModel, graph: Graph, parameter: ts.Identifier): Run[] | undefined {
  const { compiler } = model;
  const { scopes, mentions } = model.file(parameter);
  const binding = scopes.resolve(parameter);
  const runs: Run[] = [];
  for (const mention of mentions(parameter.text)) {
    if (mention === parameter || !compiler.isIdentifier(mention) || scopes.resolve(mention) !== binding) continue;
    const { parent } = mention;
    if (compiler.isTypeQueryNode(parent)) continue;
    if (!compiler.isCallExpression(parent)) return undefined;
    const event = model
      .eventsAt(graph, parent)
      .find((candidate) => candidate.kind === 'call' && (parent.expression === mention || candidate.reference === mention));
    if (event?.kind === 'call') {
      runs.push({ event, inner: [] });
      continue;
    }
    const handedOn = handedOnAt(model, graph, parent, mention);
    if (handedOn === undefined) return undefined;
    runs.push(handedOn);
  }
  return runs;
}

/** `return withLock(this.mutex, callback)`: the callee calls what it is handed, under a lock, and waits for it. */
function handedOnAt(model: ProgramModel, graph: Graph, call: ts.CallExpression, mention: ts.Identifier): Run | undefined {
  const index = call.arguments.findIndex((argument) => argument === mention);
  const locks = index < 0 ? [] : (callbackBehaviour(model, call, index)?.locks ?? []);
  if (locks.length === 0) return undefined;
  const event = model.eventsAt(graph, call).find((candidate) => candidate.kind === 'call' && candidate.node === call);
  return event?.kind === 'call' ? { event, inner: locks } : undefined;
}

/** Whether the event runs without forking off the callee's own activation. */
function isOnMainPath(graph: Graph, event: CallEvent): boolean {
  const seen = new Set<number>();
  const work = [event.block];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    for (const edge of graph.blocks[id]?.out ?? []) {
      if (edge.to === graph.exit || edge.to === graph.raise) return true;
      work.push(edge.to);
    }
  }
  return false;
}

/** The callee's lock in the caller's words: its `this` is the caller's receiver, its parameters are the arguments. */
function seenFromCaller(model: ProgramModel, call: ts.CallExpression, callee: FunctionNode, lock: LockReference): LockReference | undefined {
  const place = lock.place === undefined ? undefined : placeFromCaller(model, call, callee, lock.place);
  if (lock.place !== undefined && place === undefined) return undefined;
  const element = lock.element === undefined ? undefined : stepFromCaller(model, lock.element, givenBy(call, callee));
  if (place?.key === lock.place?.key && element === lock.element) return lock;
  const base = place?.key ?? lock.key.slice(0, lock.key.length - keySuffix(lock.element).length);
  const keyed = element?.kind === 'element' ? `[${element.text}]` : '';
  return {
    ...lock,
    key: base + keySuffix(element),
    place,
    ...(element === undefined ? {} : { element }),
    text: `${place?.text ?? lock.text}${keyed}`,
  };
}

function keySuffix(element: Projection | undefined): string {
  if (element === undefined) return '';
  return element.kind === 'field' ? `|${element.name}` : `|${element.key ?? '*'}`;
}

function givenBy(call: ts.CallExpression, callee: FunctionNode): GivenArguments {
  return { callee, passed: call.arguments, at: `${call.pos}` };
}

function placeFromCaller(model: ProgramModel, call: ts.CallExpression, callee: FunctionNode, { root, path }: Place): Place | undefined {
  const { compiler } = model;
  const { places } = model.file(call);
  const given = givenBy(call, callee);
  const place = project(rootPlace(root), ...path.map((step) => stepFromCaller(model, step, given)));
  if (root.kind === 'this') {
    // a function inside the caller's method sees the caller's `this`
    if (!compiler.isPropertyAccessExpression(call.expression)) return compiler.isIdentifier(call.expression) && compiler.isArrowFunction(callee) ? place : undefined;
    const receiver = places.placeOf(call.expression.expression);
    return receiver === undefined ? undefined : rebase(place, receiver);
  }
  if (root.kind !== 'variable' || root.binding.owner !== callee) return place;
  const argument = argumentFor(call, callee, root.binding);
  const passed = argument === undefined ? undefined : places.placeOf(argument);
  return passed === undefined ? undefined : rebase(place, passed);
}

function argumentFor(call: ts.CallExpression, callee: FunctionNode, binding: Binding): ts.Expression | undefined {
  const index = callee.parameters.findIndex((parameter) => parameter === binding.declaration);
  return index < 0 ? undefined : call.arguments[index];
}

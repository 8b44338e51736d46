/** Work that nobody waits for: its caller goes on, or it is a callback of somebody who waits for none. */
import { beginHooks, intervalTimers, listenerMethods, oneShotTimers } from '../../catalogue/callbacks.js';
import { beginRegistrars, endRegistrars } from '../../catalogue/reactive.js';
import { eventsOf, type Graph, reaches } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { Event } from '../../events/event.js';
import { type Activation, enclosingActivation, type FunctionNode, isFunctionLiteral, memberOf, nameOfFunction, outerParent, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { runsOnce } from './contexts.js';

/** Nobody waits for the activation, or for what it does at the event. */
export function isUnawaited(model: ProgramModel, graph: Graph, event: Event): boolean {
  return isLeftRunning(model, graph.owner) || isHandler(model, graph.owner) || isLeftToItself(graph, event);
}

/** Some caller goes on without waiting for it: `void this.watch()`, a call in a constructor; a timer, a listener or a framework calls it. */
const isLeftRunning = memoized((model, owner: Activation): boolean => {
  const { compiler } = model;
  const name = compiler.isSourceFile(owner) ? undefined : nameOfFunction(compiler, owner);
  if (name === undefined) return false;
  if (memberOf(compiler, owner) !== undefined && beginHooks.has(name.text)) return true;
  return model.file(owner).mentions(name.text).some((mention) => {
    const callee = compiler.isPropertyAccessExpression(mention.parent) ? mention.parent : mention;
    if (isCallback(model, callee)) return model.calleeOfExpression(callee, 'syntactic') === owner;
    const call = callee.parent;
    if (!compiler.isCallExpression(call) || call.expression !== callee) return false;
    return model
      .eventsAt(model.graph(model.rootActivation(call)), call)
      .some((event) => event.kind === 'call' && event.consumption === 'discarded' && model.callee(event, 'syntactic') === owner);
  });
});

/** An emitter, a timer or a framework calls it, and waits for nothing: `socket.onerror = async () => …`, `onMounted(async () => …)`. */
function isHandler(model: ProgramModel, owner: Activation): boolean {
  const { compiler } = model;
  if (!isFunctionLiteral(compiler, owner)) return false;
  const { parent, child } = outerParent(compiler, owner);
  if (compiler.isBinaryExpression(parent)) return parent.right === child && /\.on[a-z]+$/.test(parent.left.getText());
  return isCallback(model, owner);
}

/** It is handed to whoever calls it later, and waits for nothing. */
function isCallback(model: ProgramModel, node: ts.Expression): boolean {
  const name = nameOfTaker(model, node);
  if (name === undefined) return false;
  return takesListener(name) || oneShotTimers.has(name) || intervalTimers.has(name) || beginRegistrars.test(name);
}

/** The callbacks of listeners and of what runs at an end by which the activation is called, itself or by a call in them: nobody knows when they come. */
export const eventsCalling = memoized((model, owner: Activation): readonly ts.Node[] => {
  const { compiler } = model;
  if (compiler.isSourceFile(owner)) return [];
  const own = isFunctionLiteral(compiler, owner) && isEventCallback(model, owner) ? [owner] : [];
  const name = nameOfFunction(compiler, owner);
  const mentions = name === undefined ? [] : model.file(owner).mentions(name.text);
  return [
    ...own,
    ...mentions.flatMap((mention): ts.Node[] => {
      const callee = compiler.isPropertyAccessExpression(mention.parent) ? mention.parent : mention;
      if (isEventCallback(model, callee)) return model.calleeOfExpression(callee, 'syntactic') === owner ? [callee] : [];
      if (!compiler.isCallExpression(callee.parent) || callee.parent.expression !== callee) return [];
      const around = enclosingActivation(compiler, callee);
      return isFunctionLiteral(compiler, around) && isEventCallback(model, around) && model.calleeOfExpression(callee, 'syntactic') === owner ? [around] : [];
    }),
  ];
});

/** An event calls the end, which may come at any time: `process.once('SIGTERM', () => this.stop())`. A listener that the work itself adds is not there before. */
export function comesByItself(model: ProgramModel, graph: Graph, end: FunctionNode): boolean {
  return !runsOnce(model, graph.owner) && eventsCalling(model, end).some((callback) => !isWithin(callback, graph.owner));
}

function isEventCallback(model: ProgramModel, node: ts.Expression): boolean {
  const name = nameOfTaker(model, node);
  return name !== undefined && (takesListener(name) || endRegistrars.test(name));
}

function takesListener(name: string): boolean {
  return listenerMethods.has(name) || name === 'once';
}

/** It is in what follows a promise that is left to itself: `void this.tick().finally(() => this.schedule())`. */
function isLeftToItself(graph: Graph, event: Event): boolean {
  return [...graph.continuations.keys()].some(
    (start) =>
      (start === event.block || reaches(graph, start, event.block)) &&
      !eventsOf(graph).some(({ kind, block }) => kind === 'slot' && (block === start || reaches(graph, start, block))),
  );
}

/** The name of the function that is handed the callback. */
export function nameOfTaker({ compiler }: ProgramModel, node: ts.Node): string | undefined {
  const { parent: call, child } = outerParent(compiler, node);
  if (!compiler.isCallExpression(call) || call.expression === child) return undefined;
  const callee = skipOuter(compiler, call.expression);
  return compiler.isPropertyAccessExpression(callee) ? callee.name.text : compiler.isIdentifier(callee) ? callee.text : undefined;
}

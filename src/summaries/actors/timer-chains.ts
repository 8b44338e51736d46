/**
 * Timers that arm themselves again when their work is done: `start()` sets the first, the callback sets the next one at its
 * end, and `stop()` takes down the one that is set. So there is one run of the callback at a time for each start.
 */
import { oneShotTimers } from '../../catalogue/callbacks.js';
import { eventsOf, follows } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import { type Activation, displayName, type FunctionNode, isFunctionLiteral, lastOfName, outerParent, thisOwner } from '../../syntax/functions.js';
import type { ProgramModel } from '../model/program-model.js';
import { namesFunction } from './member-mentions.js';

/** Names of methods that begin what another one ends; between the two nobody begins it again. */
const pairedBeginnings = /^[#_]*(?:start|begin|launch|enable|resume|activate)(?:$|[A-Z])/;

/**
 * The one-shot timer is set by a method that begins something, which keeps its handle in a field that only another method takes
 * down. Who takes the old timer down before it sets a new one expects to be called again, while the work of the old one runs.
 */
export function isArmedByStart(model: ProgramModel, timer: ts.CallExpression, setter: Activation): boolean {
  const { compiler } = model;
  if (!compiler.isMethodDeclaration(setter) || !pairedBeginnings.test(lastOfName(displayName(compiler, setter)))) return false;
  const { parent: assignment } = outerParent(compiler, timer);
  if (!compiler.isBinaryExpression(assignment) || assignment.operatorToken.kind !== compiler.SyntaxKind.EqualsToken) return false;
  const { left } = assignment;
  if (!compiler.isPropertyAccessExpression(left) || left.expression.kind !== compiler.SyntaxKind.ThisKeyword) return false;
  const owner = thisOwner(compiler, left);
  const takings = model.file(timer).mentions(left.name.text).filter((mention) => {
    const access = mention.parent;
    if (!compiler.isPropertyAccessExpression(access) || thisOwner(compiler, access) !== owner) return false;
    const { parent, child } = outerParent(compiler, access);
    return compiler.isCallExpression(parent) && parent.expression !== child && /^clear(?:Timeout|Immediate)$/.test(parent.expression.getText());
  });
  const enders = takings.map((taking) => model.rootActivation(taking));
  return enders.length > 0 && enders.every((ender) => ender !== setter && !namesFunction(model, setter, ender));
}

/**
 * Where the function sets the timer whose callback calls it again: at its end, or before work that takes time, so that the timer
 * may fire meanwhile; undefined where the callback is none of such a timer.
 */
export function rearming(model: ProgramModel, owner: FunctionNode, callback: Activation): 'at-end' | 'before-work' | undefined {
  const { compiler } = model;
  if (!isFunctionLiteral(compiler, callback)) return undefined;
  const { parent: timer, child } = outerParent(compiler, callback);
  if (!compiler.isCallExpression(timer) || timer.expression === child) return undefined;
  const callee = timer.expression;
  const name = compiler.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
  if (!oneShotTimers.has(name) || model.rootActivation(timer) !== owner) return undefined;
  const graph = model.graph(owner);
  const events = model.eventsAt(graph, timer);
  const isBeforeWork = eventsOf(graph).some((later) => later.kind === 'suspend' && events.some((event) => follows(graph, event, later)));
  return isBeforeWork ? 'before-work' : 'at-end';
}

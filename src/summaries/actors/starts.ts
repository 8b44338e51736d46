/**
 * What starts an activation: the clock or an event, and somebody who wants the result now. Where both do, neither knows of
 * the other, and nothing puts their runs in order.
 */
import { intervalTimers, listenerMethods, oneShotTimers } from '../../catalogue/callbacks.js';
import { eventsOf } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import { type Activation, enclosingActivation, type FunctionNode, isFunctionLiteral, isPrivateMember, memberOf, nameOfFunction, outerParent, propertyNameText } from '../../syntax/functions.js';
import { readsBehind } from '../effects/provenance.js';
import { factoryAround } from '../model/factories.js';
import { memoized, type ProgramModel } from '../model/program-model.js';

export interface Starts {
  /** A call from the callback of a timer or of a listener. */
  readonly byClock: ts.Node | undefined;
  /** Any other call of the file. */
  readonly onDemand: ts.Node | undefined;
  /** A call from the listener of an event that says that something has changed: one for each change. */
  readonly byChange: ts.Node | undefined;
  /** The timer that each new event sets anew: only the last event is to count. */
  readonly byDebounce: ts.Node | undefined;
}

const none: Starts = { byClock: undefined, onDemand: undefined, byChange: undefined, byDebounce: undefined };

/** Callers are followed this far to a timer. */
const maximumDepth = 2;

export const startsOf = memoized((model, owner: Activation): Starts => collect(model, owner, 0));

function collect(model: ProgramModel, owner: Activation, depth: number): Starts {
  const { compiler } = model;
  const own = compiler.isSourceFile(owner) ? undefined : clockOf(model, owner);
  // a listener that is written down where it is handed over has no other callers
  if (own !== undefined) {
    return { byClock: own, onDemand: undefined, byChange: announcesChange(model, own) ? own : undefined, byDebounce: isDebounce(model, own) ? own : undefined };
  }
  const name = compiler.isSourceFile(owner) ? undefined : nameOf(model, owner);
  if (name === undefined || compiler.isSourceFile(owner)) return none;
  let byClock: ts.Node | undefined;
  let onDemand: ts.Node | undefined;
  let byChange: ts.Node | undefined;
  let byDebounce: ts.Node | undefined;
  for (const mention of model.file(owner).mentions(name)) {
    const isMember = compiler.isPropertyAccessExpression(mention.parent) && mention.parent.name === mention;
    const reference = isMember ? mention.parent : mention;
    if (isMember !== (memberOf(compiler, owner) !== undefined) || !compiler.isExpression(reference) || model.calleeOfExpression(reference, 'full') !== owner) continue;
    const { parent, child } = outerParent(compiler, reference);
    if (compiler.isCallExpression(parent) && parent.expression !== child && isClock(model, parent)) byClock ??= reference;
    if (!compiler.isCallExpression(parent) || parent.expression !== child) continue;
    const caller = enclosingActivation(compiler, parent);
    const clock = clockAround(model, parent);
    if (clock !== undefined) {
      byClock ??= parent;
      if (announcesChange(model, clock)) byChange ??= parent;
      if (isDebounce(model, clock)) byDebounce ??= clock;
    } else if (caller !== owner && !compiler.isSourceFile(caller) && !makesObject(model, caller, owner)) {
      if (depth < maximumDepth && isStartedByClockAlone(model, model.rootActivation(parent), depth + 1)) byClock ??= parent;
      else onDemand ??= parent;
    }
  }
  return { byClock, onDemand, byChange, byDebounce };
}

/** The constructor, or the factory of what the function shares: nobody has the object yet. */
function makesObject(model: ProgramModel, caller: FunctionNode, owner: FunctionNode): boolean {
  return model.compiler.isConstructorDeclaration(caller) || factoryAround(model, owner) === caller;
}

function nameOf({ compiler }: ProgramModel, owner: Exclude<Activation, ts.SourceFile>): string | undefined {
  if (owner.name !== undefined) return propertyNameText(compiler, owner.name);
  return nameOfFunction(compiler, owner)?.text;
}

function isStartedByClockAlone(model: ProgramModel, caller: Activation, depth: number): boolean {
  const member = memberOf(model.compiler, caller);
  if (member === undefined || !isPrivateMember(model.compiler, member)) return false;
  const { byClock, onDemand } = collect(model, caller, depth);
  return byClock !== undefined && onDemand === undefined;
}

/** The call by which a timer or an emitter got the callback in which the node stands. */
function clockAround(model: ProgramModel, node: ts.Node): ts.CallExpression | undefined {
  const { compiler } = model;
  for (let current: ts.Node = node; !compiler.isSourceFile(current); current = current.parent) {
    const clock = clockOf(model, current);
    if (clock !== undefined) return clock;
  }
  return undefined;
}

/** The call by which a timer or an emitter got this callback. */
function clockOf(model: ProgramModel, callback: ts.Node): ts.CallExpression | undefined {
  const { compiler } = model;
  if (!isFunctionLiteral(compiler, callback)) return undefined;
  const { parent, child } = outerParent(compiler, callback);
  return compiler.isCallExpression(parent) && parent.expression !== child && isClock(model, parent) ? parent : undefined;
}

function isClock({ compiler }: ProgramModel, { expression }: ts.CallExpression): boolean {
  const name = compiler.isPropertyAccessExpression(expression) ? expression.name : expression;
  if (!compiler.isIdentifier(name)) return false;
  return intervalTimers.has(name.text) || oneShotTimers.has(name.text) || listenerMethods.has(name.text) || /^(?:schedule(?:Job)?|subscribe|watch|onChange)$/.test(name.text);
}

/** `bus.on('rates-changed', …)`: what the event is called says that what was read before is out of date. */
function announcesChange({ compiler }: ProgramModel, { arguments: [event] }: ts.CallExpression): boolean {
  return event !== undefined && compiler.isStringLiteralLike(event) && /chang|invalidat|modif|updat/i.test(event.text);
}

/** `clearTimeout(this.timer); this.timer = setTimeout(…)`. */
function isDebounce(model: ProgramModel, clock: ts.CallExpression): boolean {
  const graph = model.graph(model.rootActivation(clock));
  const events = eventsOf(graph);
  const stored = events.find((event) => event.kind === 'write' && event.value?.sources.some((source) => source.node === clock) === true);
  if (stored?.kind !== 'write') return false;
  return events.some(
    (event) =>
      event.kind === 'call' &&
      event.name === 'clearTimeout' &&
      event.arguments[0] !== undefined &&
      readsBehind(model, graph, event.arguments[0]).some((read) => read.place.key === stored.place.key),
  );
}

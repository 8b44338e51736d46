/**
 * An end that is given only to what is open: `if (this.socket?.readyState === WebSocket.OPEN) this.socket.close(); this.socket = undefined;`. One that
 * is still connecting when the end runs is let go; it opens afterwards, and nobody closes it any more.
 *
 * Right is to close it whatever its state, or to close it as soon as it is open.
 */
import { beginEvents } from '../../catalogue/callbacks.js';
import { endRegistrars } from '../../catalogue/reactive.js';
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { suspendsBetween } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { type Activation, displayName, isFunctionLiteral, outerParent, skipOuter } from '../../syntax/functions.js';
import { isWithin, writtenText } from '../../syntax/tree.js';
import { isEndName, isStopName, namesAnEnd } from '../effects/endings.js';
import { endsOf, leavesEmpty } from '../effects/held-ends.js';
import { listenersIn } from '../effects/listeners.js';
import { activationsNaming } from '../effects/mutations.js';
import { isInternal } from '../effects/visibility.js';
import { declaredConstant } from '../model/declared-values.js';
import { isOfModuleOrFactory } from '../model/factories.js';
import type { ProgramModel } from '../model/program-model.js';
import { isPartOfTeardown } from '../protocols/slot-lifetime.js';
import { stateLook } from '../protocols/state-looks.js';
import { mayAskForState } from './unfinished-openings.js';

export interface HalfEnd {
  readonly call: CallEvent;
  readonly place: Place;
  /** Where the end asks whether it is open. */
  readonly look: ts.Node;
  /** Where it is opened, and by whom. */
  readonly opening: { readonly name: string; readonly node: ts.Node };
}

export function halfEndsOf(model: ProgramModel, graph: Graph): readonly HalfEnd[] {
  const { owner } = graph;
  if (!mayAskForState(model, owner) || /CONNECTING/.test(writtenText(owner))) return [];
  return eventsOf(graph).flatMap((call): readonly HalfEnd[] => {
    const place = call.kind === 'call' && (isEndName(call.name) || isStopName(call.name)) ? call.receiver?.place : undefined;
    if (call.kind !== 'call' || place === undefined || place.path.some(({ kind }) => kind === 'element') || !letsGo(model, owner, place)) return [];
    const look = stateLook(model, graph, call, place);
    if (look === undefined || look.asksConnecting || endsOf(model, graph, place).length > 1 || endsLater(model, owner, place)) return [];
    const opening = openingOf(model, owner, place);
    return opening === undefined ? [] : [{ call, place, look: look.test.node, opening }];
  });
}

/** Nobody has it after the end: that empties the place, or is the clean-up which the function of the variable hands out or registers. */
function letsGo(model: ProgramModel, owner: Activation, place: Place): boolean {
  const { compiler } = model;
  if (compiler.isSourceFile(owner)) return false;
  const { parent } = outerParent(compiler, owner);
  const isRegistered = compiler.isCallExpression(parent) && compiler.isIdentifier(parent.expression) && endRegistrars.test(parent.expression.text);
  const giver = isFunctionLiteral(compiler, owner) ? (compiler.isReturnStatement(parent) || isRegistered ? model.rootActivation(parent) : parent) : undefined;
  const { root, path } = place;
  if (root.kind === 'variable' && path.length === 0 && !isOfModuleOrFactory(model, root.binding)) return giver === root.binding.owner;
  const isEnd = isPartOfTeardown(model, owner, undefined) ? !isInternal(model, owner) : giver !== undefined && isFunctionLiteral(compiler, giver);
  return isEnd && leavesEmpty(model, owner, place);
}

/** What the end leaves behind closes it, as a listener for its opening does. */
function endsLater(model: ProgramModel, owner: Activation, place: Place): boolean {
  return [...activationsNaming(model, place)].some((inner) => inner !== owner && isWithin(inner, owner) && endsOf(model, model.graph(inner), place).length > 0);
}

/** Where it is made; undefined where somebody closes it as soon as it is open, or nobody is seen to put one there that may be connecting. */
function openingOf(model: ProgramModel, owner: Activation, place: Place): HalfEnd['opening'] | undefined {
  const { compiler } = model;
  for (const activation of activationsNaming(model, place)) {
    if (activation === owner || compiler.isSourceFile(activation)) continue;
    const graph = model.graph(activation);
    for (const event of eventsOf(graph)) {
      const isOfIt = (event.kind === 'write' && event.place.key === place.key) || (event.kind === 'define' && place.path.length === 0 && place.root.kind === 'variable' && place.root.binding === event.binding);
      const value = isOfIt && (event.kind === 'write' || event.kind === 'define') ? event.value?.node : undefined;
      if (value === undefined || !compiler.isExpression(value)) continue;
      const made = declaredConstant(model, skipOuter(compiler, value))?.value ?? skipOuter(compiler, value);
      // `const socket = new WebSocket(url); await opened(socket); this.socket = socket;` keeps it when it is open
      if (!compiler.isNewExpression(made) || model.eventsAt(graph, made).some((making) => suspendsBetween(graph, making, event))) continue;
      if (listenersIn(model, graph).some(({ event: name, handler }) => beginEvents.test(name) && endsSomething(model.graph(handler)))) return undefined;
      return { name: displayName(compiler, activation), node: event.node };
    }
  }
  return undefined;
}

function endsSomething(graph: Graph): boolean {
  return eventsOf(graph).some((event) => event.kind === 'call' && (isEndName(event.name) || isStopName(event.name) || namesAnEnd(event.name)));
}

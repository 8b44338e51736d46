/**
 * Looks that ask a connection how it is, and not whether there is one: `if (this.socket?.readyState === WebSocket.OPEN) return;`. One
 * that is still connecting, or whose end is under way, keeps nobody from opening another (WHATWG, WebSockets: `close()` leaves the
 * state at CLOSING until the event comes).
 */
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { Event, TestEvent, Value } from '../../events/event.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { isNullish } from '../../syntax/constants.js';
import { skipOuter } from '../../syntax/functions.js';
import { isTakenFrom } from '../effects/endings.js';
import type { ProgramModel } from '../model/program-model.js';
import { readsOfTest } from './freshness.js';

export interface StateLook {
  readonly test: TestEvent;
  /** One that is still connecting keeps others out as well; one that is closing does not. */
  readonly asksConnecting: boolean;
}

const open = /(?:^|\.)OPEN$|^['"]open['"]$|^1$/;
const connecting = /(?:^|\.)CONNECTING$|^['"]connecting['"]$|^0$/;

/** The look at the state of what the place holds, where nothing but that, and whether there is something, decides whether the event is reached. */
export function stateLook(model: ProgramModel, graph: Graph, event: Event, place: Place): StateLook | undefined {
  let found: TestEvent | undefined;
  let asksConnecting = false;
  for (const test of model.controlDependence(graph).controllingTests(event.block)) {
    const state = stateAskedBy(model, test, place);
    if (state === undefined) {
      if (!asksOnlyForContent(model, graph, test, place)) return undefined;
      continue;
    }
    if (!open.test(state) && !connecting.test(state)) return undefined;
    found ??= test;
    asksConnecting ||= connecting.test(state);
  }
  return found === undefined ? undefined : { test: found, asksConnecting };
}

/** The state that the test compares with, as it is written. */
function stateAskedBy(model: ProgramModel, { comparison }: TestEvent, place: Place): string | undefined {
  if (comparison === undefined) return undefined;
  const { left, right } = comparison;
  if (isStateOf(model, left.node, place)) return right.node.getText();
  return isStateOf(model, right.node, place) ? left.node.getText() : undefined;
}

function isStateOf(model: ProgramModel, node: ts.Node, place: Place): boolean {
  const { compiler } = model;
  const plain = compiler.isExpression(node) ? skipOuter(compiler, node) : node;
  if (!compiler.isPropertyAccessExpression(plain) || plain.name.text !== 'readyState') return false;
  const owner = skipOuter(compiler, plain.expression);
  const file = model.file(owner);
  if (file.places.placeOf(owner)?.key === place.key) return true;
  const binding = compiler.isIdentifier(owner) ? file.scopes.resolve(owner) : undefined;
  return binding !== undefined && isTakenFrom(model, binding, place);
}

/** `if (this.socket)`, `if (this.socket !== undefined)`, `if (this.sockets.has(id))`: the test asks whether the place holds something, and not what. */
export function asksOnlyForContent(model: ProgramModel, graph: Graph, test: TestEvent, place: Place): boolean {
  const looks = readsOfTest(model, graph, test);
  const isNull = ({ node }: Value): boolean => isNullish(model.compiler, node);
  const isWhose = test.comparison !== undefined && !isNull(test.comparison.left) && !isNull(test.comparison.right);
  return !isWhose && looks.length > 0 && looks.every((look) => writeAffectsRead(look.place, place));
}

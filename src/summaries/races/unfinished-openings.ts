/**
 * A look that sees only what is open already: `if (this.socket?.readyState === WebSocket.OPEN) return; this.socket = new WebSocket(url);`.
 * Until the first one is open, another call opens a second one, which takes the place of the first.
 *
 * Work that needs it open asks for it each time: a function that others of the file call when they have something to do. A look at
 * what is connecting as well, and an end of what is there are silence.
 */
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { WriteEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { type Activation, skipOuter } from '../../syntax/functions.js';
import { isWithin, writtenText } from '../../syntax/tree.js';
import { isInitialiser } from '../actors/confinement.js';
import { mayOverlap } from '../actors/contexts.js';
import { startsOf } from '../actors/starts.js';
import { heldLocks } from '../locks/held-locks.js';
import { declaredConstant } from '../model/declared-values.js';
import type { ProgramModel } from '../model/program-model.js';
import { stateLook } from '../protocols/state-looks.js';
import { openingsIn } from './late-listeners.js';
import { isEndedBefore } from './second-openings.js';

export interface UnfinishedOpening {
  readonly event: WriteEvent;
  readonly place: Place;
  readonly look: ts.Node;
}

/** By its text: the activation asks something for its state, once. */
export function mayAskForState(model: ProgramModel, activation: Activation): boolean {
  return !model.compiler.isSourceFile(activation) && writtenText(activation).split('readyState').length === 2;
}

export function unfinishedOpeningsOf(model: ProgramModel, graph: Graph): readonly UnfinishedOpening[] {
  const { owner } = graph;
  // what waits is the business of the look and the act around the wait
  if (graph.hasSuspension || !mayAskForState(model, owner) || /CONNECTING/.test(writtenText(owner)) || isInitialiser(model, owner)) return [];
  for (const { event, place, isEntry } of openingsIn(model, graph)) {
    if (event.kind !== 'write' || isEntry || !isMade(model, event)) continue;
    const found = stateLook(model, graph, event, place);
    const look = found === undefined || found.asksConnecting ? undefined : wholeCondition(model, found.test.node);
    // other looks at the place are part of the same question: `this.socket && this.socket.readyState === WebSocket.OPEN`
    if (look === undefined || model.controlDependence(graph).controllingTests(event.block).some(({ node }) => !isWithin(node, look))) continue;
    if (isEndedBefore(model, graph, event, place) || heldLocks(model, graph).at(event).length > 0) continue;
    if (startsOf(model, owner).onDemand !== undefined && mayOverlap(model, owner, place)) return [{ event, place, look }];
  }
  return [];
}

/** It is made on the spot, or by way of a local. */
function isMade(model: ProgramModel, { value }: WriteEvent): boolean {
  const { compiler } = model;
  const given = value !== undefined && compiler.isExpression(value.node) ? skipOuter(compiler, value.node) : undefined;
  const made = given === undefined ? undefined : (declaredConstant(model, given)?.value ?? given);
  return made !== undefined && (compiler.isNewExpression(made) || compiler.isCallExpression(made));
}

/** The condition that a test is part of. */
function wholeCondition({ compiler }: ProgramModel, test: ts.Node): ts.Node {
  let node = test;
  while (compiler.isParenthesizedExpression(node.parent) || compiler.isBinaryExpression(node.parent)) node = node.parent;
  return node;
}

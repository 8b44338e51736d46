/**
 * What a place held was sent, and is taken out because it was refused: `const answer = await send(this.token); if (answer.status ===
 * 401) this.token = undefined;`.
 *
 * The refusal speaks of what was sent, and not of what is there by then. Of two tasks that are refused the first makes room, whoever
 * finds the place empty fills it, and the second one throws that away: a rival that only fills an empty place is one, too.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { suspendsBetween } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, TestEvent, WriteEvent } from '../../events/event.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { isFunctionLiteral } from '../../syntax/functions.js';
import { rejectionHandler } from '../../syntax/tree.js';
import { mayDependOn } from '../effects/dependence.js';
import { isEndName } from '../effects/endings.js';
import { readsBehind } from '../effects/provenance.js';
import type { ProgramModel } from '../model/program-model.js';

export function isRefused(model: ProgramModel, graph: Graph, event: WriteEvent | CallEvent, place: Place): boolean {
  const tests = model.controlDependence(graph).controllingTests(event.block);
  if (tests.length === 0) return false;
  for (const call of eventsOf(graph)) {
    if (call.kind !== 'call' || call.arguments.length === 0 || isEndName(call.name)) continue;
    if (!tests.some((test) => isOfAnswer(graph, test, call) || isOfFailure(model, test))) continue;
    const isSent = call.arguments.some((argument) => readsBehind(model, graph, argument).some((read) => writeAffectsRead(place, read.place)));
    if (isSent && suspendsBetween(graph, call, event)) return true;
  }
  return false;
}

function isOfAnswer(graph: Graph, { value }: TestEvent, call: CallEvent): boolean {
  return mayDependOn(graph, value, (source) => source === call);
}

/** The test asks what was caught: `error instanceof Unauthorized`, `error.status === 401`. */
function isOfFailure(model: ProgramModel, { node }: TestEvent): boolean {
  const { compiler } = model;
  const asks = (part: ts.Node): boolean => {
    if (compiler.isIdentifier(part)) return isCaught(model, part);
    return compiler.forEachChild(part, (child) => asks(child) || undefined) ?? false;
  };
  return asks(node);
}

function isCaught(model: ProgramModel, name: ts.Identifier): boolean {
  const { compiler } = model;
  const declaration = model.file(name).scopes.resolve(name)?.declaration;
  if (declaration === undefined) return false;
  if (compiler.isVariableDeclaration(declaration)) return compiler.isCatchClause(declaration.parent);
  const { parent: handler } = declaration;
  return compiler.isParameter(declaration) && isFunctionLiteral(compiler, handler) && compiler.isCallExpression(handler.parent) && rejectionHandler(compiler, handler.parent) === handler;
}

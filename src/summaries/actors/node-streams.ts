/**
 * Streams of Node.js that are made with their hooks: `new Transform({ async transform(chunk, encoding, done) { …; done(); } })`.
 * The stream calls a hook again when it has been called back, and what the hook does before that runs alone.
 */
import { nodeStreamModules, nodeStreams, streamHooks } from '../../catalogue/callbacks.js';
import { eventsOf, follows } from '../../cfg/graph.js';
import { importOriginOf } from '../../locks/imports.js';
import { type FunctionNode, outerParent, propertyNameText } from '../../syntax/functions.js';
import type { ProgramModel } from '../model/program-model.js';

/** The function is a hook of such a stream, and calls back when it has nothing left to wait for. */
export function isHookOfNodeStream(model: ProgramModel, owner: FunctionNode): boolean {
  const { compiler } = model;
  const property = compiler.isMethodDeclaration(owner) ? owner : owner.parent;
  if (!compiler.isMethodDeclaration(property) && !compiler.isPropertyAssignment(property)) return false;
  const name = propertyNameText(compiler, property.name);
  if (name === undefined || !streamHooks.has(`_${name}`) || !compiler.isObjectLiteralExpression(property.parent)) return false;
  const { parent } = outerParent(compiler, property.parent);
  if (!compiler.isNewExpression(parent) || !compiler.isIdentifier(parent.expression) || !nodeStreams.has(parent.expression.text)) return false;
  const declaration = model.file(owner).scopes.resolve(parent.expression)?.declaration;
  const origin = declaration === undefined ? undefined : importOriginOf(compiler, declaration);
  return origin !== undefined && nodeStreamModules.has(origin.specifier) && callsBackLast(model, owner);
}

function callsBackLast(model: ProgramModel, owner: FunctionNode): boolean {
  const { compiler } = model;
  const callback = owner.parameters.at(-1)?.name;
  if (callback === undefined || !compiler.isIdentifier(callback)) return true;
  const graph = model.graph(owner);
  const events = eventsOf(graph);
  return !events.some((call) => call.kind === 'call' && call.name === callback.text && events.some((later) => later.kind === 'suspend' && follows(graph, call, later)));
}

/** Whether another task can reach a place. */
import { lastWriterWins } from '../../catalogue/callbacks.js';
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { Place } from '../../places/place.js';
import { memberOf, nameOfFunction } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { isWithin } from '../../syntax/tree.js';
import { isOfModuleOrFactory } from '../model/factories.js';
import { createModelCache, type ProgramModel } from '../model/program-model.js';

export function isShared(model: ProgramModel, graph: Graph, place: Place): boolean {
  const { compiler } = model;
  const { root } = place;
  switch (root.kind) {
    case 'this':
      // constructors run before anybody else has their object
      return place.path.length > 0 && root.owner !== undefined && !compiler.isConstructorDeclaration(graph.owner);
    case 'global':
      return place.path.length > 0 && !lastWriterWins.has(place.text);
    case 'external':
      return true;
    case 'variable': {
      const { binding } = root;
      if (binding.kind === 'import' || binding.kind === 'class') return place.path.length > 0;
      if (compiler.isSourceFile(binding.owner)) return binding.kind === 'variable' || place.path.length > 0;
      if (graph.inlined.has(binding.owner)) {
        // our own locals are nobody else's; an argument is what the callers made it
        return binding.kind === 'parameter' && place.path.length > 0 && isSharedByCallers(model, binding);
      }
      if (isPerIteration(model, graph, binding)) return false;
      // a variable of an enclosing activation is shared by the closures over it, and so are an argument's content and a parameter that is replaced
      return binding.kind === 'variable' || (binding.kind === 'parameter' && (place.path.length > 0 || binding.assignments.length > 0));
    }
  }
}

/** A variable that keeps what it is declared with: everybody sees it, and nobody can change it. What it refers to may change. */
export function isFixed({ root, path }: Place): boolean {
  return root.kind === 'variable' && path.length === 0 && root.binding.kind === 'variable' && root.binding.assignments.length === 0;
}

/**
 * `for (const item of items) { let peer = item; tasks.push(async () => { … peer … }); }`: each turn has a variable and a
 * closure of its own.
 */
function isPerIteration(model: ProgramModel, graph: Graph, binding: Binding): boolean {
  const { compiler } = model;
  const { owner } = graph;
  if (compiler.isSourceFile(owner) || !(compiler.isArrowFunction(owner) || compiler.isFunctionExpression(owner))) return false;
  const list = binding.identifier.parent.parent;
  if (compiler.isVariableDeclarationList(list) && (list.flags & compiler.NodeFlags.BlockScoped) === 0) return false;
  for (let node: ts.Node = binding.declaration; node !== binding.owner && !compiler.isSourceFile(node); node = node.parent) {
    if (!compiler.isIterationStatement(node, false)) continue;
    return isWithin(owner, node);
  }
  return false;
}

const sharedParameters = createModelCache<Binding, boolean>();

/** A helper is handed state that lives longer than its caller: `ensure(this.connections, key)`. */
function isSharedByCallers(model: ProgramModel, binding: Binding): boolean {
  const cache = sharedParameters(model);
  let result = cache.get(binding);
  if (result === undefined) {
    cache.set(binding, false); // a helper that hands its own argument on to itself says nothing new
    cache.set(binding, (result = computeSharedByCallers(model, binding)));
  }
  return result;
}

function computeSharedByCallers(model: ProgramModel, binding: Binding): boolean {
  const { compiler } = model;
  const owner = binding.owner;
  const name = compiler.isSourceFile(owner) ? undefined : nameOfFunction(compiler, owner);
  if (compiler.isSourceFile(owner) || name === undefined) return false;
  const index = owner.parameters.findIndex((parameter) => parameter === binding.declaration);
  if (index < 0) return false;
  const file = model.file(owner);
  return file.mentions(name.text).some((mention) => {
    const isMember = compiler.isPropertyAccessExpression(mention.parent) && mention.parent.name === mention;
    // a function and a method of one name are two
    if (isMember !== (memberOf(compiler, owner) !== undefined)) return false;
    const reference = isMember ? mention.parent : mention;
    const call = reference.parent;
    if (!compiler.isCallExpression(call) || call.expression !== reference) return false;
    const argument = call.arguments[index];
    return argument !== undefined && isLongLived(model, argument);
  });
}

/** The argument is a field of an object or a variable of the module or a factory, and not a value made for the call. */
function isLongLived(model: ProgramModel, argument: ts.Expression): boolean {
  const place = model.file(argument).places.placeOf(argument);
  if (place === undefined) return false;
  const { root } = place;
  if (root.kind === 'this') return place.path.length > 0 && root.owner !== undefined;
  if (root.kind === 'variable' && root.binding.kind === 'parameter') return isSharedByCallers(model, root.binding);
  return root.kind === 'variable' && root.binding.kind === 'variable' && isOfModuleOrFactory(model, root.binding);
}

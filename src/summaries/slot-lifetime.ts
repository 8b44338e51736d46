/** How long a slot lives, and whose wishes the work in it follows. */
import type { Graph } from '../cfg/graph.js';
import type { ts } from '../compiler/compiler.js';
import type { Place } from '../places/place.js';
import { type Activation, displayName, isAsync, isFunctionNode, skipOuter } from '../syntax/functions.js';
import { isWithin } from '../syntax/tree.js';
import { isConfined } from './confinement.js';
import type { ProgramModel } from './program-model.js';
import type { Flight } from './promise-slots.js';
import { callsBehind } from './provenance.js';

/** What fails once in an operation fails the operation: a slot that ends with it keeps nothing for later. */
export function isForOneOperation(model: ProgramModel, graph: Graph, place: Place): boolean {
  const { root } = place;
  const { compiler } = model;
  if (root.kind === 'this') return root.owner !== undefined && isConfined(model, root.owner);
  if (root.kind !== 'variable' || compiler.isSourceFile(root.binding.owner)) return false;
  const { owner, kind } = root.binding;
  // what a helper is handed lives as long as its caller keeps it
  if (kind === 'parameter') return false;
  return owner === graph.owner || isAsync(compiler, owner);
}

const teardown = /clos(?:e|ing)|dispos|delet|remov|leave|destroy|shut|stop|teardown|terminat|disconnect|logout|signOut|end\b|drain|flush|cleanup|kill|exit|unsubscribe|quit/i;

/** The function ends the life of its object, or the slot holds the promise of such an end. */
export function isPartOfTeardown(model: ProgramModel, owner: Activation, place: Place | undefined): boolean {
  const name = displayName(model.compiler, owner);
  if (teardown.test(name.slice(name.lastIndexOf('.') + 1))) return true;
  return place !== undefined && place.path.at(-1)?.kind !== 'element' && teardown.test(place.text);
}

/**
 * A parameter of the caller's by which it gives up, handed to work that others share: the callee gets it as an argument.
 */
export function signalOfCaller(model: ProgramModel, flight: Flight): ts.Node | undefined {
  const { graph, value, place } = flight;
  const { compiler } = model;
  if (compiler.isSourceFile(graph.owner)) return undefined;
  const { parameters } = graph.owner;
  const keyText = place.path.map((projection) => (projection.kind === 'element' ? projection.text : '')).join(' ');
  const isOfCaller = (node: ts.Identifier): boolean => {
    const declaration = model.file(node).scopes.resolve(node)?.declaration;
    return declaration !== undefined && parameters.some((parameter) => parameter === declaration || isWithin(declaration, parameter));
  };
  const find = (node: ts.Node): ts.Node | undefined => {
    if (isFunctionNode(compiler, node)) return undefined;
    if (compiler.isIdentifier(node) && /signal$/i.test(node.text) && !compiler.isPropertyAccessExpression(node.parent) && !isPropertyName(compiler, node)) {
      return isOfCaller(node) && model.questions.isNamed(node, 'AbortSignal') ? node : undefined;
    }
    if (compiler.isPropertyAccessExpression(node) && node.name.text === 'signal' && compiler.isIdentifier(node.expression)) {
      return isOfCaller(node.expression) && model.questions.isNamed(node, 'AbortSignal') ? node : undefined;
    }
    return compiler.forEachChild(node, find);
  };
  for (const call of callsBehind(graph, value)) {
    if (!compiler.isCallExpression(call.node)) continue;
    for (const argument of call.node.arguments) {
      const found = find(argument);
      if (found !== undefined && !keyText.includes(found.getText())) return found;
    }
  }
  return undefined;
}

/**
 * What is kept is a view of a promise that there was before: `this.parsed ??= this.response.then(parse)`. Starting again would
 * find the same failure.
 */
export function isDerived(model: ProgramModel, value: ts.Node): boolean {
  const { compiler } = model;
  if (!compiler.isExpression(value)) return false;
  let node = skipOuter(compiler, value);
  while (compiler.isCallExpression(node)) {
    const callee = skipOuter(compiler, node.expression);
    if (isFunctionNode(compiler, callee)) return waitsOnlyForPlaces(model, callee);
    if (!compiler.isPropertyAccessExpression(callee) || !/^(?:then|catch|finally)$/.test(callee.name.text)) return false;
    node = skipOuter(compiler, callee.expression);
  }
  return compiler.isPropertyAccessExpression(node) || (compiler.isIdentifier(node) && node !== value);
}

/** Every `await` in the function is of a field or variable. */
function waitsOnlyForPlaces({ compiler }: ProgramModel, node: ts.Node): boolean {
  let waits = 0;
  const visit = (child: ts.Node): boolean => {
    if (compiler.isAwaitExpression(child)) {
      waits += 1;
      const operand = skipOuter(compiler, child.expression);
      if (!compiler.isPropertyAccessExpression(operand) && !compiler.isIdentifier(operand)) return false;
    }
    return compiler.forEachChild(child, (inner) => (visit(inner) ? undefined : true)) !== true;
  };
  return visit(node) && waits > 0;
}

function isPropertyName(compiler: ProgramModel['compiler'], node: ts.Identifier): boolean {
  return compiler.isPropertyAssignment(node.parent) && node.parent.name === node;
}

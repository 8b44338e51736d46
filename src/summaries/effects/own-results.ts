/**
 * Calls whose result is something that they were given: `const page = this.pages.get(id)?.retain()` gives the page itself, so
 * that what is done to the local is done to what the method was called on.
 */
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, TestEvent, Value } from '../../events/event.js';
import { isNullish } from '../../syntax/constants.js';
import { type FunctionNode, isAsync, isGenerator, outerParent, returnedBy, skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { variableGiven } from '../model/named-values.js';
import type { ProgramModel } from '../model/program-model.js';

/** The receiver or the argument that the callee gives back, whichever way it returns; undefined where it gives something else. */
export function givenBack(model: ProgramModel, callee: FunctionNode, call: CallEvent): Value | undefined {
  const { compiler } = model;
  if (isGenerator(callee)) return undefined;
  const [first, ...others] = returnedBy(compiler, callee).map((returned) => (compiler.isAwaitExpression(returned) ? skipOuter(compiler, returned.expression) : returned));
  if (first === undefined || others.some((other) => other.getText() !== first.getText())) return undefined;
  if (first.kind === compiler.SyntaxKind.ThisKeyword) return call.receiver;
  const declaration = compiler.isIdentifier(first) ? model.file(first).scopes.resolve(first)?.declaration : undefined;
  return declaration === undefined ? undefined : call.arguments[callee.parameters.findIndex((parameter) => parameter === declaration)];
}

/** The constant that the call's result is put into; what an asynchronous callee gives has to be waited for. */
export function constantOfResult(model: ProgramModel, graph: Graph, callee: FunctionNode, call: CallEvent): Binding | undefined {
  const { compiler } = model;
  let result: ts.Node = call.node;
  if (isAsync(compiler, callee)) {
    ({ parent: result } = outerParent(compiler, result));
    if (!compiler.isAwaitExpression(result)) return undefined;
  }
  const binding = variableGiven(model, result);
  return binding !== undefined && binding.assignments.length === 0 && graph.definitions.has(binding) ? binding : undefined;
}

/** The outcome of a test that tells of a variable that there is nothing in it: `if (page === undefined) return;`. */
export function outcomeOfNothing(model: ProgramModel, { node, comparison }: TestEvent, binding: Binding): 'true' | 'false' | undefined {
  const { compiler } = model;
  const isVariable = (side: ts.Node): boolean => {
    const inner = compiler.isExpression(side) ? skipOuter(compiler, side) : side;
    return compiler.isIdentifier(inner) && model.file(inner).scopes.resolve(inner) === binding;
  };
  if (comparison === undefined) return isVariable(node) ? 'false' : undefined;
  const { left, right } = comparison;
  const isOfNothing = (isVariable(left.node) && isNullish(compiler, right.node)) || (isVariable(right.node) && isNullish(compiler, left.node));
  if (!isOfNothing || !compiler.isBinaryExpression(node)) return undefined;
  return node.operatorToken.getText().startsWith('!') ? 'false' : 'true';
}

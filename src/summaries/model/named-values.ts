/** What a value is made of and what takes it, where a local that only names it stands between the two. */
import type { ts } from '../../compiler/compiler.js';
import { skipOuter } from '../../syntax/functions.js';
import { surroundings, takenAtOnce, variableGiven as givenIn } from '../../syntax/named-values.js';
import { promiseGiving } from '../../syntax/promise-chains.js';
import type { Binding } from '../../syntax/scopes.js';
import type { ProgramModel } from './program-model.js';

/** What takes the value, and as what. */
export function takerOf(model: ProgramModel, value: ts.Node): { readonly parent: ts.Node; readonly child: ts.Node } {
  return surroundings({ compiler: model.compiler, scopes: model.file(value).scopes }, value);
}

/** The variable that gets the value, and that a mention of it means. */
export function variableGiven(model: ProgramModel, value: ts.Node): Binding | undefined {
  return givenIn({ compiler: model.compiler, scopes: model.file(value).scopes }, value);
}

/** What is waited for, without the name that it may have been given before. */
export function waitedFor(model: ProgramModel, { expression }: ts.AwaitExpression): ts.Expression {
  const { compiler } = model;
  const node = skipOuter(compiler, expression);
  if (!compiler.isIdentifier(node)) return node;
  const { scopes } = model.file(node);
  const declaration = scopes.resolve(node)?.declaration;
  if (declaration === undefined || !compiler.isVariableDeclaration(declaration) || declaration.initializer === undefined) return node;
  return takenAtOnce({ compiler, scopes }, declaration) === node ? skipOuter(compiler, declaration.initializer) : node;
}

/** The promise whose answer the value is: what is waited for on the spot, for the local that holds it, or by the chain whose link is handed it. */
export function promiseBehind(model: ProgramModel, value: ts.Expression): ts.Expression | undefined {
  const { compiler } = model;
  const node = skipOuter(compiler, value);
  if (compiler.isAwaitExpression(node)) return waitedFor(model, node);
  const binding = compiler.isIdentifier(node) ? model.file(node).scopes.resolve(node) : undefined;
  return binding === undefined || binding.assignments.length > 0 ? undefined : promiseBehindName(model, binding);
}

/** The promise whose answer the variable is first. */
export function promiseBehindName(model: ProgramModel, { declaration, initializer }: Binding): ts.Expression | undefined {
  const { compiler } = model;
  if (initializer === undefined) return promiseGiving(compiler, declaration);
  const made = skipOuter(compiler, initializer);
  return compiler.isAwaitExpression(made) ? waitedFor(model, made) : undefined;
}

/** What makes the value, whether or not it is waited for. */
export function madeBy(model: ProgramModel, expression: ts.Expression): ts.Expression {
  const node = skipOuter(model.compiler, expression);
  return model.compiler.isAwaitExpression(node) ? waitedFor(model, node) : node;
}

/** What a value is made of and what takes it, where a local that only names it stands between the two. */
import type { ts } from '../../compiler/compiler.js';
import { skipOuter } from '../../syntax/functions.js';
import { surroundings, takenAtOnce } from '../../syntax/named-values.js';
import type { ProgramModel } from './program-model.js';

/** What takes the value, and as what. */
export function takerOf(model: ProgramModel, value: ts.Node): { readonly parent: ts.Node; readonly child: ts.Node } {
  return surroundings({ compiler: model.compiler, scopes: model.file(value).scopes }, value);
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

/** What makes the value, whether or not it is waited for. */
export function madeBy(model: ProgramModel, expression: ts.Expression): ts.Expression {
  const node = skipOuter(model.compiler, expression);
  return model.compiler.isAwaitExpression(node) ? waitedFor(model, node) : node;
}

/** The fields of a class that hold what its constructor was handed. */
import type { ts } from '../../compiler/compiler.js';
import { createModelCache, type ProgramModel } from './program-model.js';

const handedIn = createModelCache<ts.ClassLikeDeclaration, ReadonlyMap<string, number>>();

/** Names of the fields, with the position of the constructor's parameter. */
export function fieldsHandedIn(model: ProgramModel, owner: ts.ClassLikeDeclaration): ReadonlyMap<string, number> {
  const cache = handedIn(model);
  const known = cache.get(owner);
  if (known !== undefined) return known;
  const { compiler } = model;
  const fields = new Map<string, number>();
  cache.set(owner, fields);
  const construct = owner.members.find((member) => compiler.isConstructorDeclaration(member));
  if (construct === undefined || !compiler.isConstructorDeclaration(construct)) return fields;
  const names = construct.parameters.map((parameter) => parameter.name.getText());
  construct.parameters.forEach((parameter, position) => {
    if (compiler.isParameterPropertyDeclaration(parameter, construct)) fields.set(parameter.name.getText(), position);
  });
  for (const statement of construct.body?.statements ?? []) {
    if (!compiler.isExpressionStatement(statement) || !compiler.isBinaryExpression(statement.expression)) continue;
    const { left, right } = statement.expression;
    const position = names.indexOf(right.getText());
    if (compiler.isPropertyAccessExpression(left) && position >= 0) fields.set(left.name.text, position);
  }
  return fields;
}

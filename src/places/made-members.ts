/**
 * Members of objects that are made in sight, as keys: after `const user = { id, name }` the key `user.id` is `id`, and so it is
 * after `const user = await load(id)`, where the answer says itself what it was asked for.
 */
import type { Compiler, ts } from '../compiler/compiler.js';
import { propertyNameText, skipOuter } from '../syntax/functions.js';
import type { FileScopes } from '../syntax/scopes.js';

/** The expression that the member is, or the object of which it is the member of the same name. */
export interface MadeMember {
  readonly value: ts.Expression;
  readonly isWhole: boolean;
}

export function madeMember(compiler: Compiler, scopes: FileScopes, object: ts.Expression, name: string): MadeMember | undefined {
  const node = skipOuter(compiler, object);
  const made = compiler.isIdentifier(node) ? declaredWith(compiler, scopes, node) : node;
  if (made === undefined) return undefined;
  if (compiler.isObjectLiteralExpression(made)) return ofLiteral(compiler, made, name);
  const call = compiler.isAwaitExpression(made) ? skipOuter(compiler, made.expression) : made;
  const asked = compiler.isCallExpression(call) ? call.arguments.find((argument) => lastName(compiler, argument) === name) : undefined;
  return asked === undefined ? undefined : { value: asked, isWhole: true };
}

/** The value of a variable that gets no other. */
function declaredWith(compiler: Compiler, scopes: FileScopes, name: ts.Identifier): ts.Expression | undefined {
  const binding = scopes.resolve(name);
  if (binding === undefined || binding.assignments.length > 0) return undefined;
  const { declaration } = binding;
  if (!compiler.isVariableDeclaration(declaration) || !compiler.isIdentifier(declaration.name) || declaration.initializer === undefined) return undefined;
  return skipOuter(compiler, declaration.initializer);
}

/** What is written last counts. */
function ofLiteral(compiler: Compiler, { properties }: ts.ObjectLiteralExpression, name: string): MadeMember | undefined {
  for (const property of properties.toReversed()) {
    if (compiler.isSpreadAssignment(property)) return { value: property.expression, isWhole: false };
    if (propertyNameText(compiler, property.name) !== name) continue;
    if (compiler.isShorthandPropertyAssignment(property)) return { value: property.name, isWhole: true };
    return compiler.isPropertyAssignment(property) ? { value: property.initializer, isWhole: true } : undefined;
  }
  return undefined;
}

function lastName(compiler: Compiler, argument: ts.Expression): string | undefined {
  const node = skipOuter(compiler, argument);
  if (compiler.isIdentifier(node)) return node.text;
  return compiler.isPropertyAccessExpression(node) ? node.name.text : undefined;
}

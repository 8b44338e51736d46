/**
 * Members of objects that are made in sight, as keys: after `const user = { id, name }` the key `user.id` is `id`, and so it is
 * after `const user = await load(id)`, where the answer says itself what it was asked for.
 */
import type { Compiler, ts } from '../compiler/compiler.js';
import { propertyNameText, skipOuter } from '../syntax/functions.js';
import type { FileScopes } from '../syntax/scopes.js';
import { isAssignment } from '../syntax/tree.js';

/** The expression that the member is, or the object of which it is the member of the same name. */
export interface MadeMember {
  readonly value: ts.Expression;
  readonly isWhole: boolean;
}

export function madeMember(compiler: Compiler, scopes: FileScopes, object: ts.Expression, name: string): MadeMember | undefined {
  const node = skipOuter(compiler, object);
  const made = compiler.isIdentifier(node) ? declaredWith(compiler, scopes, node, name) : node;
  if (made === undefined) return undefined;
  if (compiler.isObjectLiteralExpression(made)) return ofLiteral(compiler, made, name);
  const call = compiler.isAwaitExpression(made) ? skipOuter(compiler, made.expression) : made;
  const asked = compiler.isCallExpression(call) ? call.arguments.find((argument) => lastName(compiler, argument) === name) : undefined;
  return asked === undefined ? undefined : { value: asked, isWhole: true };
}

/** The value of a variable that gets no other, and whose member gets none either. */
function declaredWith(compiler: Compiler, scopes: FileScopes, variable: ts.Identifier, member: string): ts.Expression | undefined {
  const binding = scopes.resolve(variable);
  if (binding?.initializer === undefined || binding.assignments.length > 0) return undefined;
  return membersSet(compiler, binding.owner).has(`${binding.name}.${member}`) ? undefined : skipOuter(compiler, binding.initializer);
}

/** Members that an activation gives a value after they were made, as they are written: `user.id`. */
function membersSet(compiler: Compiler, owner: ts.Node): ReadonlySet<string> {
  const known = setByActivation.get(owner);
  if (known !== undefined) return known;
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (isAssignment(compiler, node)) found.add(skipOuter(compiler, node.left).getText());
    compiler.forEachChild(node, visit);
  };
  visit(owner);
  setByActivation.set(owner, found);
  return found;
}

const setByActivation = new WeakMap<ts.Node, ReadonlySet<string>>();

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

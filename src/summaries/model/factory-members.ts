/**
 * Members of objects that a function of the program makes: `this.cache.put` is the `put` of the literal that `createCache` ends
 * with, also where its result has the type of an interface, of which no class tells what runs.
 */
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { Place } from '../../places/place.js';
import { type FunctionNode, hasModifier, propertyNameText, skipOuter } from '../../syntax/functions.js';
import { isAssignment } from '../../syntax/tree.js';
import { declaredValue } from './declared-values.js';
import { functionOf, objectsOf } from './factories.js';
import type { ProgramModel } from './program-model.js';

type FactoryAt = (callee: ts.Expression) => FunctionNode | undefined;

/** What runs for a member of what is in the place, where the place is filled once, by a factory of the program. */
export function memberOfMade(model: ProgramModel, place: Place, name: string, factoryAt: FactoryAt): FunctionNode | undefined {
  const maker = makerOf(model, place);
  return maker === undefined ? undefined : memberOfResult(model, maker, name, factoryAt);
}

/** What runs for a name that a pattern takes out of an object: `const { run } = createRunner()`, `const { run } = { run: work }`. */
export function memberTakenOut(model: ProgramModel, element: ts.BindingElement, factoryAt: FactoryAt): FunctionNode | undefined {
  const { compiler } = model;
  const variable = element.parent.parent;
  const name = propertyNameText(compiler, element.propertyName ?? (compiler.isIdentifier(element.name) ? element.name : undefined));
  if (!compiler.isObjectBindingPattern(element.parent) || !compiler.isVariableDeclaration(variable) || variable.initializer === undefined) return undefined;
  if (name === undefined || element.initializer !== undefined || element.dotDotDotToken !== undefined) return undefined;
  const from = skipOuter(compiler, variable.initializer);
  if (compiler.isCallExpression(from)) return memberOfResult(model, from, name, factoryAt);
  if (compiler.isObjectLiteralExpression(from)) return memberNamed(model, from, name);
  const place = model.file(from).places.placeOf(from);
  return place === undefined ? undefined : memberOfMade(model, place, name, factoryAt);
}

function memberOfResult(model: ProgramModel, { expression }: ts.CallExpression, name: string, factoryAt: FactoryAt): FunctionNode | undefined {
  const factory = factoryAt(expression);
  const [made, ...others] = factory === undefined ? [] : objectsOf(model, factory);
  return made === undefined || others.length > 0 ? undefined : memberNamed(model, made, name);
}

function memberNamed(model: ProgramModel, made: ts.ObjectLiteralExpression, name: string): FunctionNode | undefined {
  const { compiler } = model;
  const property = made.properties.find((each) => each.name !== undefined && propertyNameText(compiler, each.name) === name);
  return property === undefined ? undefined : functionOf(model, property);
}

/** The call that alone fills a constant, or a field that is set where it is declared or in the constructor. */
function makerOf(model: ProgramModel, place: Place): ts.CallExpression | undefined {
  const { compiler } = model;
  const { root, path } = place;
  const value = root.kind === 'variable' && root.binding.assignments.length > 0 ? undefined : (declaredValue(model, place)?.value ?? setByConstructor(model, place));
  const made = value === undefined ? undefined : skipOuter(compiler, value);
  if (made === undefined || !compiler.isCallExpression(made)) return undefined;
  return path.length === 0 || isSetOnce(model, place) ? made : undefined;
}

/** A field that is `readonly`, so that the compiler sees to it. */
function isSetOnce(model: ProgramModel, place: Place): boolean {
  const member = declarationOf(model, place);
  return member !== undefined && hasModifier(model.compiler, member, model.compiler.SyntaxKind.ReadonlyKeyword);
}

function declarationOf(model: ProgramModel, { root, path: [first] }: Place): ts.Node | undefined {
  return root.kind === 'this' && root.owner !== undefined && first?.kind === 'field' ? model.file(root.owner).memberOf(root.owner, first.name) : undefined;
}

/** `constructor(…) { this.cache = createCache(…); }` */
function setByConstructor(model: ProgramModel, place: Place): ts.Expression | undefined {
  const { compiler } = model;
  const member = declarationOf(model, place);
  const [first] = place.path;
  if (member === undefined || place.path.length > 1 || first?.kind !== 'field' || !compiler.isClassLike(member.parent)) return undefined;
  const constructor = member.parent.members.find((each) => compiler.isConstructorDeclaration(each));
  const values = (constructor?.body?.statements ?? []).flatMap((statement): readonly ts.Expression[] => {
    const set = compiler.isExpressionStatement(statement) ? statement.expression : undefined;
    return set !== undefined && isAssignment(compiler, set) && isFieldOfThis(compiler, set.left, first.name) ? [set.right] : [];
  });
  return values.length === 1 ? values[0] : undefined;
}

function isFieldOfThis(compiler: Compiler, node: ts.Node, name: string): boolean {
  return compiler.isPropertyAccessExpression(node) && node.name.text === name && node.expression.kind === compiler.SyntaxKind.ThisKeyword;
}

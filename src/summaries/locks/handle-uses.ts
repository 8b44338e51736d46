/** How a value is used that gives a lock back: it is called, or one of its members is. */
import type { ts } from '../../compiler/compiler.js';
import { callIn } from '../../locks/handed-releases.js';
import { methodsThatCall } from '../../locks/kept-handles.js';
import { functionDeclaredBy, isFunctionLiteral, isMemberName, outerParent, propertyNameText, returnedBy, skipOuter } from '../../syntax/functions.js';
import { variableGiven } from '../model/named-values.js';
import type { ProgramModel } from '../model/program-model.js';

/** Members of a handle that give it back, whatever the model says. */
export const releaseNames = /^(?:release|unlock|free|dispose|done|end|close|\[Symbol\.(?:dispose|asyncDispose)\])/;

/** `work().finally(leave)`. */
function isLastLink({ compiler }: ProgramModel, call: ts.CallExpression, argument: ts.Node): boolean {
  return compiler.isPropertyAccessExpression(call.expression) && call.expression.name.text === 'finally' && call.arguments[0] === argument;
}

/** All that the function does is to hand on what the call gives: `return locker.enter(key)`. */
export function isHandedOn({ compiler }: ProgramModel, call: ts.CallExpression): boolean {
  let { parent, child } = outerParent(compiler, call);
  if (compiler.isAwaitExpression(parent)) ({ parent, child } = outerParent(compiler, parent));
  if (compiler.isArrowFunction(parent)) return parent.body === child;
  return compiler.isReturnStatement(parent) && compiler.isBlock(parent.parent) && parent.parent.statements.length === 1;
}

/** What the call gives is called here, as only a handle is: `const leave = await this.enter(); … leave();`. */
export function givesRelease(model: ProgramModel, call: ts.CallExpression): boolean {
  const { compiler } = model;
  const { parent } = outerParent(compiler, call);
  const binding = variableGiven(model, compiler.isAwaitExpression(parent) ? parent : call);
  if (binding === undefined) return false;
  const { mentions, scopes } = model.file(call);
  return mentions(binding.name).some((mention) => {
    const use = outerParent(compiler, mention);
    if (!compiler.isIdentifier(mention) || isMemberName(compiler, mention) || scopes.resolve(mention) !== binding) return false;
    if (compiler.isCallExpression(use.parent)) return use.parent.expression === use.child || isLastLink(model, use.parent, use.child);
    // `guard[Symbol.dispose]()`
    if (compiler.isElementAccessExpression(use.parent)) return releaseNames.test(`[${use.parent.argumentExpression.getText()}]`);
    return compiler.isPropertyAccessExpression(use.parent) && releaseNames.test(use.parent.name.text);
  });
}

/** `return new Guard(this.latch)`: the methods of the guard that give the lock back by one of these members, and say so by their names. */
export function releasingMethods({ compiler, questions }: ProgramModel, made: ts.NewExpression, members: readonly string[]): readonly string[] | undefined {
  const owner = questions.declarationAt(made.expression);
  if (owner === undefined || !compiler.isClassLike(owner)) return undefined;
  const names = owner.members.flatMap((member) => {
    const name = compiler.isMethodDeclaration(member) ? (propertyNameText(compiler, member.name) ?? member.name.getText()) : undefined;
    const body = compiler.isMethodDeclaration(member) ? member.body?.getText() : undefined;
    if (name === undefined || body === undefined || !releaseNames.test(name)) return [];
    return members.some((release) => body.includes(`.${release}(`)) ? [name] : [];
  });
  return names.length === 0 ? undefined : names;
}

/** `return new Guard(await mutex.acquire())`: the methods of the guard that call what it was handed. */
export function guardingMethods({ compiler, questions }: ProgramModel, made: ts.NewExpression, position: number): readonly string[] {
  const owner = questions.declarationAt(made.expression);
  return owner !== undefined && compiler.isClassLike(owner) ? methodsThatCall(compiler, owner, position) : [];
}

/** `return guardOf(await mutex.acquire())`: what calls what the function was handed, of the one object or guard that it makes. */
export function membersOfMadeGuard(model: ProgramModel, made: ts.CallExpression, position: number): readonly string[] {
  const { compiler, questions } = model;
  const declaration = questions.declarationAt(compiler.isPropertyAccessExpression(made.expression) ? made.expression.name : made.expression);
  const maker = declaration === undefined ? undefined : functionDeclaredBy(compiler, declaration);
  const parameter = maker?.parameters[position]?.name;
  const [given, ...others] = maker === undefined ? [] : returnedBy(compiler, maker);
  if (parameter === undefined || !compiler.isIdentifier(parameter) || given === undefined || others.length > 0) return [];
  const isHanded = (value: ts.Expression): boolean => skipOuter(compiler, value).getText() === parameter.text;
  if (compiler.isNewExpression(given)) {
    const handed = given.arguments?.findIndex(isHanded) ?? -1;
    return handed < 0 ? [] : guardingMethods(model, given, handed);
  }
  if (!compiler.isObjectLiteralExpression(given)) return [];
  return given.properties.flatMap((property) => {
    const value = compiler.isPropertyAssignment(property) ? skipOuter(compiler, property.initializer) : property;
    const isIt = compiler.isExpression(value) ? isHanded(value) : compiler.isShorthandPropertyAssignment(value) && value.name.text === parameter.text;
    const called = compiler.isMethodDeclaration(value) || (compiler.isExpression(value) && isFunctionLiteral(compiler, value)) ? value.body : undefined;
    const isCalled = called !== undefined && callIn(compiler, called, parameter.text) !== undefined;
    return isIt || isCalled ? (propertyNameText(compiler, property.name) ?? property.name?.getText() ?? []) : [];
  });
}

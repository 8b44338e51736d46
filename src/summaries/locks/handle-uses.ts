/** How a value is used that gives a lock back: it is called, or one of its members is. */
import type { ts } from '../../compiler/compiler.js';
import { isMemberName, outerParent, propertyNameText } from '../../syntax/functions.js';
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

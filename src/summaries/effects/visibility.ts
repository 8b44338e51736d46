/** Who can call a function: anybody, or only code that is in sight. */
import type { ts } from '../../compiler/compiler.js';
import { type Activation, type FunctionNode, isPrivateMember, outerParent } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import type { ProgramModel } from '../model/program-model.js';

/** Whether all uses of the function are calls in its own file, so that each can be judged by itself. */
export function isInternal(model: ProgramModel, owner: FunctionNode): boolean {
  const { compiler } = model;
  const uses = usesInSight(model, owner);
  return (
    uses.length > 0 &&
    uses.every((use) => {
      const { parent, child } = outerParent(compiler, use);
      return compiler.isCallExpression(parent) && parent.expression === child;
    })
  );
}

/** Whether the function is called, and named, nowhere but in the others. */
export function isUsedOnlyIn(model: ProgramModel, owner: FunctionNode, others: readonly Activation[]): boolean {
  const uses = usesInSight(model, owner);
  return uses.length > 0 && uses.every((use) => others.some((other) => isWithin(use, other)));
}

/** Where a function is named that only its own file can name; none where others can, too. */
function usesInSight(model: ProgramModel, owner: FunctionNode): readonly ts.Expression[] {
  const { compiler } = model;
  const { parent } = outerParent(compiler, owner);
  const member = compiler.isMethodDeclaration(owner) ? owner : compiler.isPropertyDeclaration(parent) ? parent : undefined;
  if (member !== undefined) return isPrivateMember(compiler, member) ? usesOf(model, member.name) : [];
  let name: ts.Identifier | undefined;
  if (compiler.isFunctionDeclaration(owner)) name = owner.name;
  else if (compiler.isVariableDeclaration(parent) && compiler.isIdentifier(parent.name)) name = parent.name;
  const binding = name === undefined ? undefined : model.file(owner).scopes.resolve(name);
  return name === undefined || binding === undefined || binding.isExported ? [] : usesOf(model, name);
}

function usesOf(model: ProgramModel, name: ts.PropertyName): readonly ts.Expression[] {
  const { compiler } = model;
  if (!compiler.isIdentifier(name) && !compiler.isPrivateIdentifier(name)) return [];
  const file = model.file(name);
  const isMember = compiler.isClassElement(name.parent);
  const binding = !isMember && compiler.isIdentifier(name) ? file.scopes.resolve(name) : undefined;
  return file.mentions(name.text).flatMap((mention): ts.Expression[] => {
    if (mention === name) return [];
    const access = mention.parent;
    if (isMember) return compiler.isPropertyAccessExpression(access) && access.name === mention ? [access] : [];
    return compiler.isIdentifier(mention) && file.scopes.resolve(mention) === binding ? [mention] : [];
  });
}

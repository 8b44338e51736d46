/** Who can call a function: anybody, or only code that is in sight. */
import type { ts } from '../../compiler/compiler.js';
import { type FunctionNode, isPrivateMember, outerParent } from '../../syntax/functions.js';
import type { ProgramModel } from '../model/program-model.js';

/** Whether all uses of the function are calls in its own file, so that each can be judged by itself. */
export function isInternal(model: ProgramModel, owner: FunctionNode): boolean {
  const { compiler } = model;
  const { parent } = outerParent(compiler, owner);
  if (compiler.isMethodDeclaration(owner)) return isPrivateMember(compiler, owner) && isOnlyCalled(model, owner.name);
  if (compiler.isPropertyDeclaration(parent)) return isPrivateMember(compiler, parent) && isOnlyCalled(model, parent.name);
  let name: ts.Identifier | undefined;
  if (compiler.isFunctionDeclaration(owner)) name = owner.name;
  else if (compiler.isVariableDeclaration(parent) && compiler.isIdentifier(parent.name)) name = parent.name;
  if (name === undefined) return false;
  const binding = model.file(owner).scopes.resolve(name);
  return binding !== undefined && !binding.isExported && isOnlyCalled(model, name);
}

function isOnlyCalled(model: ProgramModel, name: ts.PropertyName): boolean {
  const { compiler } = model;
  if (!compiler.isIdentifier(name) && !compiler.isPrivateIdentifier(name)) return false;
  const file = model.file(name);
  const isMember = compiler.isClassElement(name.parent);
  const binding = !isMember && compiler.isIdentifier(name) ? file.scopes.resolve(name) : undefined;
  let calls = 0;
  for (const mention of file.mentions(name.text)) {
    if (mention === name) continue;
    if (isMember) {
      if (!compiler.isPropertyAccessExpression(mention.parent) || mention.parent.name !== mention) continue;
    } else if (!compiler.isIdentifier(mention) || file.scopes.resolve(mention) !== binding) continue;
    const reference: ts.Expression = isMember && compiler.isPropertyAccessExpression(mention.parent) ? mention.parent : mention;
    const { parent, child } = outerParent(compiler, reference);
    if (!compiler.isCallExpression(parent) || parent.expression !== child) return false;
    calls += 1;
  }
  return calls > 0;
}

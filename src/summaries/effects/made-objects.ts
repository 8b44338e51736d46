/**
 * What an object says of itself: `const reply = new Reply(this.request); await send(reply); if (reply.hasArrived) …`. The class
 * begins with a value of its own there, so that the member tells nothing of what the object was made with.
 */
import type { ts } from '../../compiler/compiler.js';
import type { UseEvent, Value } from '../../events/event.js';
import { isConstant } from '../../syntax/constants.js';
import { outerParent, skipOuter } from '../../syntax/functions.js';
import { isAssignment, isWithin } from '../../syntax/tree.js';
import type { ProgramModel } from '../model/program-model.js';

/** The use asks an object, which was made as the value says, for a member that begins with a constant. */
export function asksForOwnState(model: ProgramModel, { node }: UseEvent, { node: made }: Value): boolean {
  const { compiler, questions } = model;
  const { parent, child } = outerParent(compiler, node);
  if (!compiler.isPropertyAccessExpression(parent) || parent.expression !== child || !compiler.isExpression(made)) return false;
  const construction = skipOuter(compiler, made);
  if (!compiler.isNewExpression(construction)) return false;
  const owner = questions.declarationAt(construction.expression);
  if (owner === undefined || !compiler.isClassLike(owner) || owner.getSourceFile().isDeclarationFile) return false;
  const begins = valuesAtFirst(model, owner, parent.name.text);
  return begins.length > 0 && begins.every((value) => isConstant(compiler, value));
}

/** What the class gives the member when an object is made: where it is declared, and in the constructor. */
function valuesAtFirst(model: ProgramModel, owner: ts.ClassLikeDeclaration, name: string): ts.Expression[] {
  const { compiler } = model;
  const file = model.file(owner);
  const member = file.memberOf(owner, name);
  if (member === undefined || !compiler.isPropertyDeclaration(member)) return [];
  const assigned = file.mentions(name).flatMap(({ parent }) => {
    if (!compiler.isPropertyAccessExpression(parent) || !isAssignment(compiler, parent.parent) || parent.parent.left !== parent) return [];
    return owner.members.some((other) => compiler.isConstructorDeclaration(other) && isWithin(parent, other)) ? [parent.parent.right] : [];
  });
  return member.initializer === undefined ? assigned : [member.initializer, ...assigned];
}

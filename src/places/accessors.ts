/**
 * Accessors that stand for a field: `set token(value) { this.#token = value; this.emit('token'); }`. What is assigned to
 * `this.token` is then in `this.#token`, and what reads the field sees it.
 */
import type { Compiler, ts } from '../compiler/compiler.js';
import { propertyNameText, skipOuter, type ThisOwner } from '../syntax/functions.js';
import { isAssignment } from '../syntax/tree.js';

/** A setter that stores what it is given before or after it does other things. */
export interface Forward {
  readonly target: ts.Expression;
  /** Whether what is read by the same name is the field itself: the getter gives it, and no part or copy of it. */
  readonly isRead: boolean;
}

type Member = ts.ClassElement | ts.ObjectLiteralElementLike;

/** The setters of the class or the object that store their value, by name. */
export function forwardsOf(compiler: Compiler, owner: ThisOwner): ReadonlyMap<string, Forward> {
  const forwards = new Map<string, Forward>();
  const members: readonly Member[] = compiler.isClassLike(owner) ? owner.members : owner.properties;
  for (const member of members) {
    if (!compiler.isSetAccessorDeclaration(member)) continue;
    const name = propertyNameText(compiler, member.name);
    const target = storeOf(compiler, member);
    if (name !== undefined && target !== undefined) forwards.set(name, { target, isRead: isReadByGetter(compiler, members, name, target) });
  }
  return forwards;
}

/** `this.#token = value`, as a statement of the setter's own. */
function storeOf(compiler: Compiler, setter: ts.SetAccessorDeclaration): ts.Expression | undefined {
  const parameter = setter.parameters[0]?.name;
  if (parameter === undefined || !compiler.isIdentifier(parameter)) return undefined;
  const targets = (setter.body?.statements ?? []).flatMap((statement) => {
    const store = compiler.isExpressionStatement(statement) ? skipOuter(compiler, statement.expression) : statement;
    if (!isAssignment(compiler, store)) return [];
    const value = skipOuter(compiler, store.right);
    return compiler.isIdentifier(value) && value.text === parameter.text ? [skipOuter(compiler, store.left)] : [];
  });
  const [target, ...others] = targets;
  return others.length > 0 || target?.getText() === `this.${setter.name.getText()}` ? undefined : target;
}

function isReadByGetter(compiler: Compiler, members: readonly Member[], name: string, target: ts.Expression): boolean {
  const getter = members.find((member) => compiler.isGetAccessorDeclaration(member) && propertyNameText(compiler, member.name) === name);
  if (getter === undefined || !compiler.isGetAccessorDeclaration(getter)) return false;
  const [only, ...others] = getter.body?.statements ?? [];
  if (others.length > 0 || only === undefined || !compiler.isReturnStatement(only) || only.expression === undefined) return false;
  return skipOuter(compiler, only.expression).getText() === target.getText();
}

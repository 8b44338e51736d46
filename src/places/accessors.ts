/**
 * Accessors that stand for a field: `set token(value) { this.#token = value; this.emit('token'); }`. What is assigned to
 * `this.token` is then in `this.#token`, and what reads the field sees it.
 */
import type { Compiler, ts } from '../compiler/compiler.js';
import { propertyNameText, skipOuter, type ThisOwner } from '../syntax/functions.js';
import { isAssignment } from '../syntax/tree.js';

/** A setter that stores what it is given, or what it makes of it, before or after it does other things. */
export interface Forward {
  readonly target: ts.Expression;
  /** The field of the target to which it is given: `phase` of `this.#state = { ...this.#state, phase: value }`. */
  readonly field: string | undefined;
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
    const store = storeOf(compiler, member);
    if (name === undefined || store === undefined) continue;
    const stored = store.field === undefined ? store.target.getText() : `${store.target.getText()}.${store.field}`;
    forwards.set(name, { target: store.target, field: store.field, isRead: store.isWhole && isReadByGetter(compiler, members, name, stored) });
  }
  return forwards;
}

/** What a getter of that name gives as it is, `get session() { return this.#session; }`: a pattern that names it calls it unseen. */
export function givenByGetter(compiler: Compiler, owner: ThisOwner, name: string): ts.Expression | undefined {
  const members: readonly Member[] = compiler.isClassLike(owner) ? owner.members : owner.properties;
  const given = givenOf(compiler, members, name);
  return given !== undefined && compiler.isPropertyAccessExpression(given) && given.getText() !== `this.${name}` ? given : undefined;
}

interface Store {
  readonly target: ts.Expression;
  readonly field: string | undefined;
  /** The value itself is stored, and nothing that is made of it. */
  readonly isWhole: boolean;
}

/** `this.#token = value`, as a statement of the setter's own. */
function storeOf(compiler: Compiler, setter: ts.SetAccessorDeclaration): Store | undefined {
  const parameter = setter.parameters[0]?.name;
  if (parameter === undefined || !compiler.isIdentifier(parameter)) return undefined;
  const stores = (setter.body?.statements ?? []).flatMap((statement) => {
    const assignment = compiler.isExpressionStatement(statement) ? skipOuter(compiler, statement.expression) : statement;
    const target = isAssignment(compiler, assignment) ? skipOuter(compiler, assignment.left) : undefined;
    const kept = target === undefined || !isAssignment(compiler, assignment) ? undefined : keptIn(compiler, skipOuter(compiler, assignment.right), target, parameter.text);
    return target === undefined || kept === undefined ? [] : [{ target, ...kept }];
  });
  const [store, ...others] = stores;
  return others.length > 0 || store?.target.getText() === `this.${setter.name.getText()}` ? undefined : store;
}

/** How the parameter is in what is stored: as it is, as one field beside those that were there, laid over them, or in something made of it alone. */
function keptIn(compiler: Compiler, value: ts.Expression, target: ts.Expression, parameter: string): Omit<Store, 'target'> | undefined {
  const isParameter = (node: ts.Expression): boolean => compiler.isIdentifier(node) && node.text === parameter;
  if (isParameter(value)) return { field: undefined, isWhole: true };
  if (isMadeOf(compiler, value, target, parameter)) return { field: undefined, isWhole: false };
  if (!compiler.isObjectLiteralExpression(value)) return undefined;
  const [ground, part, ...others] = value.properties;
  if (ground === undefined || part === undefined || others.length > 0) return undefined;
  if (!compiler.isSpreadAssignment(ground) || skipOuter(compiler, ground.expression).getText() !== target.getText()) return undefined;
  if (compiler.isSpreadAssignment(part)) return isParameter(skipOuter(compiler, part.expression)) ? { field: undefined, isWhole: false } : undefined;
  if (compiler.isShorthandPropertyAssignment(part)) return part.name.text === parameter ? { field: parameter, isWhole: true } : undefined;
  const field = compiler.isPropertyAssignment(part) && isParameter(skipOuter(compiler, part.initializer)) ? propertyNameText(compiler, part.name) : undefined;
  return field === undefined ? undefined : { field, isWhole: true };
}

/** `this.#pair = value === null ? null : [value, Date.now()]`, `this.#cents = Math.round(price * 100)`: nothing of what was there stays. */
function isMadeOf(compiler: Compiler, value: ts.Expression, target: ts.Expression, parameter: string): boolean {
  let isMentioned = false;
  const keepsOld = (node: ts.Node): boolean => {
    if (compiler.isIdentifier(node) && node.text === parameter) isMentioned = true;
    // what another object of the class holds may be anything
    if (compiler.isExpression(node) && (node.getText() === target.getText() || node.kind === compiler.SyntaxKind.ThisKeyword)) return true;
    return compiler.forEachChild(node, (child) => keepsOld(child) || undefined) ?? false;
  };
  return !keepsOld(value) && isMentioned;
}

function isReadByGetter(compiler: Compiler, members: readonly Member[], name: string, stored: string): boolean {
  return givenOf(compiler, members, name)?.getText() === stored;
}

/** What the getter of the name does nothing but return. */
function givenOf(compiler: Compiler, members: readonly Member[], name: string): ts.Expression | undefined {
  const getter = members.find((member) => compiler.isGetAccessorDeclaration(member) && propertyNameText(compiler, member.name) === name);
  if (getter === undefined || !compiler.isGetAccessorDeclaration(getter)) return undefined;
  const [only, ...others] = getter.body?.statements ?? [];
  if (others.length > 0 || only === undefined || !compiler.isReturnStatement(only) || only.expression === undefined) return undefined;
  return skipOuter(compiler, only.expression);
}

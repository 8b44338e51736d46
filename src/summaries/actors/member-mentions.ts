/** Who may name a method: whether it is hidden from other classes, and which mentions of its name mean it. */
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent } from '../../events/event.js';
import { type Activation, displayName, type FunctionNode, hasModifier, isHiddenMember, lastOfName, nameOfFunction, outerParent, propertyNameText, thisOwner } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import type { ProgramModel } from '../model/program-model.js';

/** By modifier (subclasses are taken to call as their base does), by `#name`, or by the convention of a leading underscore. */
export function isPrivate(model: ProgramModel, member: ts.ClassElement): boolean {
  const { compiler } = model;
  if (member.name === undefined) return false;
  return isHiddenMember(compiler, member) || (compiler.isIdentifier(member.name) && member.name.text.startsWith('_'));
}

/** A base class declares the method as protected: whoever has the object calls it through the base. */
export function overridesProtected({ compiler, hierarchy }: ProgramModel, owner: FunctionNode, parent: ts.ClassLikeDeclaration): boolean {
  if (!compiler.isMethodDeclaration(owner) || !compiler.isIdentifier(owner.name)) return false;
  const { text } = owner.name;
  return hierarchy.basesOf(parent).some((base) =>
    base.members.some((member) => compiler.isMethodDeclaration(member) && member.name.getText() === text && hasModifier(compiler, member, compiler.SyntaxKind.ProtectedKeyword)),
  );
}

/** `this.run()` in a class that has nothing to do with the owner's. */
export function isNamesake(model: ProgramModel, owner: FunctionNode, access: ts.PropertyAccessExpression): boolean {
  const { compiler } = model;
  if (access.expression.kind !== compiler.SyntaxKind.ThisKeyword) return false;
  const receiver = thisOwner(compiler, access);
  const own = thisOwner(compiler, owner);
  if (receiver === undefined || own === undefined || receiver === own) return false;
  if (!compiler.isClassLike(receiver) || !compiler.isClassLike(own)) return true;
  if (declaresOwn(model, receiver, access.name.text)) return !mayOverride(model, own, receiver);
  return !extendsByName(model, receiver, own) && !extendsByName(model, own, receiver);
}

/** The class has a member of this name itself: its `this.run()` means that one, or what overrides it. */
function declaresOwn({ compiler }: ProgramModel, receiver: ts.ClassLikeDeclaration, name: string): boolean {
  return receiver.members.some((member) => propertyNameText(compiler, member.name) === name);
}

/** A base that is imported or global is no class of the same file. A mixin may be made of any. */
function mayOverride(model: ProgramModel, own: ts.ClassLikeDeclaration, receiver: ts.ClassLikeDeclaration): boolean {
  const { compiler } = model;
  let base = own.heritageClauses?.find(({ token }) => token === compiler.SyntaxKind.ExtendsKeyword)?.types[0]?.expression;
  while (base !== undefined && compiler.isPropertyAccessExpression(base)) base = base.expression;
  const binding = base !== undefined && compiler.isIdentifier(base) ? model.file(own).scopes.resolve(base) : undefined;
  const isElsewhere = receiver.getSourceFile() === own.getSourceFile() && base !== undefined && compiler.isIdentifier(base) && (binding === undefined || binding.kind === 'import');
  return !isElsewhere && extendsByName(model, own, receiver);
}

function extendsByName(model: ProgramModel, derived: ts.ClassLikeDeclaration, base: ts.ClassLikeDeclaration): boolean {
  const { compiler } = model;
  const clause = derived.heritageClauses?.find(({ token }) => token === compiler.SyntaxKind.ExtendsKeyword);
  const name = clause?.types[0]?.expression.getText();
  // a base from elsewhere may be related to anything
  return name !== undefined && (name === base.name?.text || model.file(derived).scopes.topLevel(name)?.kind !== 'class');
}

/** Mentions of the member in the files of its bases, which call it as `this.perform()`. */
export function callsByBases(model: ProgramModel, owner: FunctionNode, name: ts.Identifier | ts.PrivateIdentifier): (ts.Identifier | ts.PrivateIdentifier)[] {
  const { compiler } = model;
  const own = thisOwner(compiler, owner);
  if (own === undefined || !compiler.isClassLike(own) || compiler.isPrivateIdentifier(name)) return [];
  return model.hierarchy.basesOf(own).flatMap((base) => {
    if (base.getSourceFile() === owner.getSourceFile()) return [];
    return model.file(base).mentions(name.text).filter((mention) => {
      const access = mention.parent;
      return compiler.isPropertyAccessExpression(access) && access.expression.kind === compiler.SyntaxKind.ThisKeyword && thisOwner(compiler, access) === base;
    });
  });
}

/** It declares the function, or hands its name to another module; nobody calls it there. */
export function isDeclarationName(model: ProgramModel, mention: ts.Node): boolean {
  const { compiler } = model;
  const { parent } = mention;
  return compiler.isFunctionDeclaration(parent) || compiler.isExportSpecifier(parent) || compiler.isImportSpecifier(parent);
}

/** Calls in the function's own file; there are no others of what is internal to it. */
export function callsOfInternal(model: ProgramModel, owner: FunctionNode): { readonly graph: Graph; readonly event: CallEvent }[] {
  const { compiler } = model;
  const name = nameOfFunction(compiler, owner);
  return (name === undefined ? [] : model.file(owner).mentions(name.text)).flatMap((mention) => {
    const { parent } = outerParent(compiler, compiler.isPropertyAccessExpression(mention.parent) ? mention.parent : mention);
    if (!compiler.isCallExpression(parent)) return [];
    const graph = model.graph(model.rootActivation(parent));
    const calls = model.eventsAt(graph, parent).filter((event): event is CallEvent => event.kind === 'call' && model.callee(event, 'syntactic') === owner);
    return calls.map((event) => ({ graph, event }));
  });
}

/** The activation mentions the other one's name, and so may call it. */
export function namesFunction(model: ProgramModel, activation: Activation, other: Activation): boolean {
  const name = lastOfName(displayName(model.compiler, other));
  return model.file(activation).mentions(name).some((mention) => isWithin(mention, activation));
}

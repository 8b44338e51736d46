/** How a test gets to a function: which export it makes or calls, and which member of that. Decided from syntax. */
import type { Compiler, ts } from '../compiler/compiler.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import {
  displayName,
  enclosingActivation,
  type FunctionNode,
  hasModifier,
  isAsync,
  isFunctionNode,
  isHiddenMember,
  outerParent,
  propertyNameText,
  returnedBy,
} from '../syntax/functions.js';

/** What a test makes once for each run. `exported` is the name under which the module gives it out. */
export type Subject =
  | { readonly kind: 'instance' | 'class'; readonly exported: string; readonly maker: ts.ClassLikeDeclaration }
  | { readonly kind: 'factory'; readonly exported: string; readonly maker: FunctionNode; readonly isAsync: boolean }
  | { readonly kind: 'object'; readonly exported: string; readonly maker: ts.ObjectLiteralExpression | ts.ClassLikeDeclaration }
  | { readonly kind: 'module'; readonly maker: ts.SourceFile };

export interface Entry {
  readonly subject: Subject;
  /** The member of the subject that is called; undefined where the subject itself is. */
  readonly member: string | undefined;
  readonly node: FunctionNode;
  /** The callback of an interval in `node`, where that is what runs. */
  readonly tick: ts.Node | undefined;
}

export interface Refusal {
  /** One sentence: why a test cannot call it, and what would help. */
  readonly refusal: string;
}

export function isRefusal(result: object): result is Refusal {
  return 'refusal' in result;
}

/** The way to the function, or to the nearest function that a test can call and that runs it. */
export function entryOf(model: ProgramModel, node: FunctionNode): Entry | Refusal {
  return find(model, node, new Set(), undefined);
}

function find(model: ProgramModel, node: FunctionNode, seen: Set<FunctionNode>, tick: ts.Node | undefined): Entry | Refusal {
  const { compiler } = model;
  const name = displayName(compiler, node);
  if (seen.has(node)) return { refusal: `${name} is called by nothing that a test can call` };
  seen.add(node);
  const { parent } = outerParent(compiler, node);

  const member = compiler.isPropertyDeclaration(parent) ? parent : node;
  if (compiler.isClassLike(member.parent) && !compiler.isConstructorDeclaration(node)) {
    const owner = member.parent;
    if (isHiddenMember(compiler, member)) return viaCaller(model, node, seen, `${name} is private`);
    const exported = exportedName(compiler, owner);
    if (exported === undefined) {
      const single = exportedInstance(compiler, owner);
      if (single === undefined) return viaCaller(model, node, seen, `the class of ${name} is not exported`);
      return { subject: { kind: 'object', exported: single, maker: owner }, member: memberName(compiler, member), node, tick };
    }
    const kind = hasModifier(compiler, member, compiler.SyntaxKind.StaticKeyword) ? 'class' : 'instance';
    return { subject: { kind, exported, maker: owner }, member: memberName(compiler, member), node, tick };
  }
  if (compiler.isConstructorDeclaration(node)) return { refusal: `${name} runs while its object is made; there is no call to hold` };

  const literal = compiler.isMethodDeclaration(node) ? node.parent : compiler.isPropertyAssignment(parent) ? parent.parent : undefined;
  if (literal !== undefined && compiler.isObjectLiteralExpression(literal)) {
    const key = compiler.isPropertyAssignment(parent) ? parent : node;
    const subject = makerOfObject(model, literal);
    if (subject === undefined) return { refusal: `the object of ${name} is not given out by an exported function` };
    return { subject, member: memberName(compiler, key), node, tick };
  }

  const owner = enclosingActivation(compiler, node);
  const own = declaredName(compiler, node);
  if (compiler.isSourceFile(owner)) {
    const exported = exportedName(compiler, node);
    if (exported !== undefined) return { subject: { kind: 'module', maker: owner }, member: exported, node, tick };
    if (own === undefined) return { refusal: 'it runs while its module is loaded; there is no call to hold' };
    return viaCaller(model, node, seen, `${name} is not exported`);
  }
  const returned = returnedBy(compiler, owner);
  for (const value of returned) {
    if (value === node || (own !== undefined && compiler.isIdentifier(value) && value.text === own)) return throughFactory(model, owner, undefined, node);
    if (own === undefined || !compiler.isObjectLiteralExpression(value)) continue;
    const property = value.properties.find((each) => handsOut(compiler, each, own));
    if (property !== undefined) return throughFactory(model, owner, propertyNameText(compiler, property.name), node);
  }
  if (own !== undefined) {
    const caller = viaCaller(model, node, seen, `${name} is an inner function`);
    if (!isRefusal(caller)) return caller;
  }
  return find(model, owner, seen, isTick(compiler, parent) ? node : tick);
}

/** `export const cache = new Cache()`. */
function exportedInstance(compiler: Compiler, owner: ts.ClassLikeDeclaration): string | undefined {
  for (const statement of owner.getSourceFile().statements) {
    if (!compiler.isVariableStatement(statement)) continue;
    for (const declaration of statement.declarationList.declarations) {
      const made = declaration.initializer;
      if (made === undefined || !compiler.isNewExpression(made) || made.expression.getText() !== owner.name?.text) continue;
      const exported = exportedName(compiler, declaration);
      if (exported !== undefined) return exported;
    }
  }
  return undefined;
}

/** `{ own }` or `{ name: own }`. */
function handsOut(compiler: Compiler, property: ts.ObjectLiteralElementLike, own: string): boolean {
  if (compiler.isShorthandPropertyAssignment(property)) return property.name.text === own;
  return compiler.isPropertyAssignment(property) && compiler.isIdentifier(property.initializer) && property.initializer.text === own;
}

function isTick(compiler: Compiler, parent: ts.Node): boolean {
  return compiler.isCallExpression(parent) && /(?:^|\.)setInterval$/.test(parent.expression.getText());
}

/** The first function of the file that calls this one and that a test can get to. */
function viaCaller(model: ProgramModel, node: FunctionNode, seen: Set<FunctionNode>, reason: string): Entry | Refusal {
  const { compiler } = model;
  const name = declaredName(compiler, node) ?? '';
  for (const mention of model.file(node).mentions(name)) {
    const user = compiler.isPropertyAccessExpression(mention.parent) && mention.parent.name === mention ? mention.parent : mention;
    const isCalled = compiler.isCallExpression(user.parent) && user.parent.expression === user;
    const caller = enclosingActivation(compiler, mention);
    if (!isCalled || compiler.isSourceFile(caller) || caller === node) continue;
    const entry = find(model, caller, seen, undefined);
    if (!isRefusal(entry)) return entry;
  }
  return { refusal: `${reason}, and nothing that the module exports calls it` };
}

function throughFactory(model: ProgramModel, maker: FunctionNode, member: string | undefined, node: FunctionNode): Entry | Refusal {
  const { compiler } = model;
  const exported = compiler.isSourceFile(enclosingActivation(compiler, maker)) ? exportedName(compiler, maker) : undefined;
  if (exported === undefined) {
    return { refusal: `${displayName(compiler, node)} is made by ${displayName(compiler, maker)}, which is not exported` };
  }
  return { subject: { kind: 'factory', exported, maker, isAsync: isAsync(compiler, maker) }, member, node, tick: undefined };
}

/** Who gives out the object: a function that returns it, or the module. */
function makerOfObject(model: ProgramModel, literal: ts.ObjectLiteralExpression): Subject | undefined {
  const { compiler } = model;
  const owner = enclosingActivation(compiler, literal);
  const { parent } = outerParent(compiler, literal);
  if (compiler.isSourceFile(owner)) {
    const exported = compiler.isVariableDeclaration(parent) || compiler.isExportAssignment(parent) ? exportedName(compiler, parent) : undefined;
    return exported === undefined ? undefined : { kind: 'object', exported, maker: literal };
  }
  const held = compiler.isVariableDeclaration(parent) && compiler.isIdentifier(parent.name) ? parent.name.text : undefined;
  const isReturned = returnedBy(compiler, owner).some((value) => value === literal || (compiler.isIdentifier(value) && value.text === held));
  const exported = compiler.isSourceFile(enclosingActivation(compiler, owner)) ? exportedName(compiler, owner) : undefined;
  return isReturned && exported !== undefined ? { kind: 'factory', exported, maker: owner, isAsync: isAsync(compiler, owner) } : undefined;
}

function memberName(compiler: Compiler, member: ts.Node & { readonly name?: ts.PropertyName | ts.BindingName | undefined }): string | undefined {
  return propertyNameText(compiler, member.name);
}

function declaredName(compiler: Compiler, node: FunctionNode): string | undefined {
  const own = propertyNameText(compiler, node.name);
  if (own !== undefined) return own;
  const { parent } = outerParent(compiler, node);
  return compiler.isVariableDeclaration(parent) || compiler.isPropertyDeclaration(parent) ? propertyNameText(compiler, parent.name) : undefined;
}

/** The name under which the module exports a class, function, variable or default expression; undefined where it does not. */
export function exportedName(compiler: Compiler, declared: ts.Node): string | undefined {
  const { SyntaxKind } = compiler;
  if (compiler.isExportAssignment(declared)) return 'default';
  const parent = isFunctionNode(compiler, declared) || compiler.isClassExpression(declared) ? outerParent(compiler, declared).parent : declared.parent;
  if (compiler.isExportAssignment(parent)) return 'default';
  const declaration = compiler.isVariableDeclaration(parent) ? parent : declared;
  const statement = compiler.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  const own = nameOf(compiler, declaration);
  if (hasModifier(compiler, statement, SyntaxKind.DefaultKeyword)) return 'default';
  if (own === undefined) return undefined;
  if (hasModifier(compiler, statement, SyntaxKind.ExportKeyword)) return own;
  for (const each of declared.getSourceFile().statements) {
    if (compiler.isExportAssignment(each) && compiler.isIdentifier(each.expression) && each.expression.text === own) return 'default';
    if (!compiler.isExportDeclaration(each) || each.moduleSpecifier !== undefined || each.exportClause === undefined) continue;
    if (!compiler.isNamedExports(each.exportClause)) continue;
    const element = each.exportClause.elements.find(({ name, propertyName }) => (propertyName ?? name).text === own);
    if (element !== undefined) return element.name.text;
  }
  return undefined;
}

function nameOf(compiler: Compiler, declaration: ts.Node): string | undefined {
  if (compiler.isVariableDeclaration(declaration)) return compiler.isIdentifier(declaration.name) ? declaration.name.text : undefined;
  if (compiler.isClassLike(declaration) || compiler.isFunctionDeclaration(declaration)) return declaration.name?.text;
  return undefined;
}

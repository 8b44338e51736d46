/** Which expressions have one value in every call: what is under such a key, or at such a path, is one content for all. */
import type { ts } from '../../compiler/compiler.js';
import { originOfMember } from '../../locks/imports.js';
import { isNullish } from '../../syntax/constants.js';
import { enclosingActivation, type FunctionNode, hasModifier, isAsync, returnedBy, skipOuter, thisOwner } from '../../syntax/functions.js';
import { declaredConstant } from './declared-values.js';
import type { ProgramModel } from './program-model.js';

/** Constants, helpers and operators between the expression and what it is made of. */
const maximumDepth = 6;

const pathModules = /^(?:node:)?(?:path|os|url)$/;

/** Methods of a text that give another one. */
const textMethods: ReadonlySet<string> = new Set(['trim', 'toLowerCase', 'toUpperCase', 'concat', 'replace', 'replaceAll', 'slice']);

/** A text, a constant of a module, a field that is never set again, what the process was started with, and paths that are made of these. */
export function isSameInEveryCall(model: ProgramModel, expression: ts.Expression, depth = 0): boolean {
  const { compiler } = model;
  if (depth > maximumDepth) return false;
  const isPart = (part: ts.Expression): boolean => isSameInEveryCall(model, part, depth + 1);
  const node = skipOuter(compiler, expression);
  if (compiler.isStringLiteralLike(node) || compiler.isNumericLiteral(node) || isNullish(compiler, node)) return true;
  if (compiler.isTemplateExpression(node)) return node.templateSpans.every((span) => isPart(span.expression));
  if (compiler.isConditionalExpression(node)) return isPart(node.whenTrue) && isPart(node.whenFalse);
  if (compiler.isBinaryExpression(node)) return /^(?:\+|\?\?|\|\|)$/.test(node.operatorToken.getText()) && isPart(node.left) && isPart(node.right);
  if (compiler.isIdentifier(node)) {
    const declared = declaredConstant(model, node);
    return declared === undefined ? model.file(node).scopes.resolve(node)?.kind === 'import' : isPart(declared.value);
  }
  if (isOfProcess(model, node)) return true;
  if (compiler.isPropertyAccessExpression(node)) return isOfConstant(model, node) || isSetOnce(model, node);
  if (!compiler.isCallExpression(node)) return false;
  if (isOfProcess(model, node.expression)) return true;
  const { expression: named } = node;
  if (compiler.isPropertyAccessExpression(named) && textMethods.has(named.name.text)) return isPart(named.expression) && node.arguments.every(isPart);
  const { specifier } = originOfMember(compiler, node.expression) ?? {};
  if (specifier !== undefined && pathModules.test(specifier)) return node.arguments.every(isPart);
  const callee = node.arguments.length === 0 ? model.calleeOfExpression(node.expression, 'syntactic') : undefined;
  return callee !== undefined && givesFixed(model, callee, depth);
}

/** `process.env.CONFIG`, `process.cwd()`. */
function isOfProcess(model: ProgramModel, node: ts.Expression): boolean {
  const { compiler } = model;
  let base = node;
  while (compiler.isPropertyAccessExpression(base) || (compiler.isElementAccessExpression(base) && compiler.isStringLiteralLike(base.argumentExpression))) base = base.expression;
  if (base === node || !compiler.isIdentifier(base) || base.text !== 'process') return false;
  // a local of that name is one of many
  const binding = model.file(base).scopes.resolve(base);
  return binding === undefined || binding.kind === 'import';
}

/** `KEYS.refresh`, a member of a constant of the module. */
function isOfConstant(model: ProgramModel, { expression }: ts.PropertyAccessExpression): boolean {
  const { compiler } = model;
  const binding = compiler.isIdentifier(expression) ? model.file(expression).scopes.resolve(expression) : undefined;
  return binding !== undefined && compiler.isSourceFile(binding.owner) && binding.assignments.length === 0;
}

/** A field of the object itself that is `readonly`. */
function isSetOnce({ compiler }: ProgramModel, node: ts.PropertyAccessExpression): boolean {
  const { ThisKeyword, ReadonlyKeyword } = compiler.SyntaxKind;
  const owner = node.expression.kind === ThisKeyword ? thisOwner(compiler, enclosingActivation(compiler, node)) : undefined;
  if (owner === undefined || !compiler.isClassLike(owner)) return false;
  return owner.members.some((member) => {
    if (compiler.isPropertyDeclaration(member)) return member.name.getText() === node.name.text && hasModifier(compiler, member, ReadonlyKeyword);
    return compiler.isConstructorDeclaration(member) && member.parameters.some((parameter) => parameter.name.getText() === node.name.text && hasModifier(compiler, parameter, ReadonlyKeyword));
  });
}

/** A helper without parameters that returns nothing else, whatever it asks before: `configPath()`. */
function givesFixed(model: ProgramModel, callee: FunctionNode, depth: number): boolean {
  const { compiler } = model;
  if (callee.parameters.length > 0 || isAsync(compiler, callee)) return false;
  const given = returnedBy(compiler, callee);
  return given.length > 0 && given.every((part) => isSameInEveryCall(model, part, depth + 1));
}

/** What is looked up in a collection was put there: one lock for each key, that a helper makes where it finds none. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { forEachPart, skipOuter, thisOwner, type FunctionNode } from '../syntax/functions.js';
import { mentionsByName } from '../syntax/mentions.js';

/** `limits.get(key)` or `limits[key]` */
export function isLookUp(compiler: Compiler, expression: ts.Expression): boolean {
  const node = skipOuter(compiler, expression);
  if (compiler.isElementAccessExpression(node)) return true;
  return compiler.isCallExpression(node) && compiler.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'get';
}

/** What the file puts into the collection of a look-up: `limits.set(key, value)`, `limits[key] = value`. */
export function valuesPut(compiler: Compiler, lookUp: ts.Expression): readonly ts.Expression[] {
  const collection = compiler.isElementAccessExpression(lookUp)
    ? lookUp.expression
    : compiler.isCallExpression(lookUp) && compiler.isPropertyAccessExpression(lookUp.expression)
      ? lookUp.expression.expression
      : undefined;
  if (collection === undefined) return [];
  const name = compiler.isPropertyAccessExpression(collection) ? collection.name : collection;
  if (!compiler.isIdentifier(name) && !compiler.isPrivateIdentifier(name)) return [];
  const text = collection.getText();
  return (mentionsByName(compiler, lookUp.getSourceFile()).get(name.text) ?? []).flatMap((mention) => {
    const target = compiler.isPropertyAccessExpression(mention.parent) && mention.parent.name === mention ? mention.parent : mention;
    const access = target.parent;
    if (target.getText() !== text || thisOwner(compiler, target) !== thisOwner(compiler, collection)) return [];
    const isSet = compiler.isPropertyAccessExpression(access) && access.expression === target && access.name.text === 'set' && compiler.isCallExpression(access.parent);
    const given = isSet && compiler.isCallExpression(access.parent) ? access.parent.arguments[1] : undefined;
    if (given !== undefined) return [skipOuter(compiler, given)];
    const { parent } = access;
    const isAssigned = compiler.isElementAccessExpression(access) && access.expression === target && compiler.isBinaryExpression(parent) && parent.left === access;
    return isAssigned && compiler.isBinaryExpression(parent) ? [skipOuter(compiler, parent.right)] : [];
  });
}

/** What the function gives to the variable in which it keeps what it has looked up: `limit = pLimit(1)`. */
export function valuesAssigned(compiler: Compiler, factory: FunctionNode, name: string): readonly ts.Expression[] {
  const found: ts.Expression[] = [];
  const walk = (node: ts.Node): void => {
    const isAssignment = compiler.isBinaryExpression(node) && (node.operatorToken.kind === compiler.SyntaxKind.EqualsToken || node.operatorToken.kind === compiler.SyntaxKind.QuestionQuestionEqualsToken);
    if (isAssignment && compiler.isIdentifier(node.left) && node.left.text === name) found.push(skipOuter(compiler, node.right));
    forEachPart(compiler, node, walk);
  };
  if (factory.body !== undefined) walk(factory.body);
  return found;
}

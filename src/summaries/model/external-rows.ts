/**
 * Calls that look at or change rows and key-value stores. A row is known by the expressions that select it:
 * `findOne({ where: { email } })` and `create({ email, name })` speak of one row, for both mention `email`.
 */
import {
  conflictOptions,
  repeatOptions,
  type ExternalAction,
  rowActs,
  rowLooks,
  synchronousStores,
  transactionCall,
  transactionName,
} from '../../catalogue/external-state.js';
import type { ts } from '../../compiler/compiler.js';
import type { ExternalEffect } from '../../events/lowering.js';
import { type Place, project, rootPlace } from '../../places/place.js';
import { isFunctionLiteral, isFunctionNode, outerParent, propertyNameText, skipOuter } from '../../syntax/functions.js';
import { chainMethods } from '../../syntax/promise-chains.js';
import { constantOf, howOf, isFailureHandled, keyOf, oneLine } from './external-expressions.js';
import type { ProgramModel } from './program-model.js';
import { takerOf } from './named-values.js';

const rowActions = new Map<string, 'look' | ExternalAction | undefined>();

export function rowAction(name: string): 'look' | ExternalAction | undefined {
  if (rowActions.has(name)) return rowActions.get(name);
  const acts: readonly ExternalAction[] = ['create', 'replace', 'remove'];
  const action = rowLooks.test(name) ? 'look' : acts.find((candidate) => rowActs[candidate].test(name));
  rowActions.set(name, action);
  return action;
}

/** What the user's settings say of methods with this name, whoever their receiver is. */
export function declaredAction(model: ProgramModel, name: string): 'look' | ExternalAction | undefined {
  for (const { checks, acts } of model.settings.external ?? []) {
    if (checks.includes(name)) return 'look';
    if (acts.includes(name)) return 'replace';
  }
  return undefined;
}

export function rowEffects(
  model: ProgramModel,
  call: ts.CallExpression,
  callee: ts.PropertyAccessExpression,
  action: 'look' | ExternalAction,
): readonly ExternalEffect[] {
  const { compiler } = model;
  const isWaited = isWaitedFor(model, call);
  const receiver = skipOuter(compiler, callee.expression);
  const isSynchronous = compiler.isIdentifier(receiver) && synchronousStores.has(receiver.text);
  if (!isWaited && !isSynchronous && declaredAction(model, callee.name.text) === undefined) return [];
  const base = model.file(call).places.placeOf(receiver);
  if (base === undefined || (base.root.kind === 'this' && base.path.length === 0) || isMadeHere(model, base)) return [];
  if (isTransactional(model, call, base)) return [];
  const terms = new Set<string>();
  let first: ts.Expression | undefined;
  if (action === 'look') {
    for (const [index, argument] of call.arguments.entries()) {
      const node = skipOuter(compiler, argument);
      if (index > 0 && compiler.isObjectLiteralExpression(node)) continue; // options
      if (!collectKey(model, whereOf(model, node), terms)) return [];
    }
    first = call.arguments[0];
  } else {
    if (isFailureHandled(model, call, action === 'remove') || saysWhatToDoOnConflict(model, call)) return [];
    for (const argument of call.arguments) collectMentions(model, argument, terms, true);
  }
  if (terms.size === 0) return [];
  const list = [...terms];
  const text = first === undefined ? '…' : keyText(model, first);
  const root = rootPlace({ kind: 'external', name: base.key, text: base.text });
  const place = project(root, { kind: 'element', key: list.join('&'), text, terms: list });
  if (action === 'look') return [{ effect: 'check', place, answersByFailing: false }];
  return [{ effect: 'act', place, how: howOf[action], isDeferred: isWaited }];
}

/** Whether the result is treated as a promise, or handed on. */
function isWaitedFor(model: ProgramModel, call: ts.Expression): boolean {
  const { compiler } = model;
  const { parent, child } = takerOf(model, call);
  if (compiler.isAwaitExpression(parent) || compiler.isReturnStatement(parent) || compiler.isArrayLiteralExpression(parent)) return true;
  if (compiler.isArrowFunction(parent)) return parent.body === child;
  if (compiler.isPropertyAccessExpression(parent)) return parent.expression === child && chainMethods.has(parent.name.text);
  return compiler.isConditionalExpression(parent) && parent.condition !== child && isWaitedFor(model, parent);
}

/** A store made by this very activation is nobody else's. */
function isMadeHere(model: ProgramModel, base: Place): boolean {
  const { compiler } = model;
  if (base.root.kind !== 'variable' || compiler.isSourceFile(base.root.binding.owner)) return false;
  const { initializer } = base.root.binding;
  return initializer !== undefined && compiler.isNewExpression(skipOuter(compiler, initializer));
}

/** In a transaction the database decides what may interleave. */
function isTransactional(model: ProgramModel, call: ts.CallExpression, receiver: Place): boolean {
  const { compiler } = model;
  const names = receiver.path.flatMap((projection) => (projection.kind === 'field' ? [projection.name] : []));
  if (receiver.root.kind === 'variable') names.push(receiver.root.binding.name);
  if (names.some((name) => transactionName.test(name))) return true;
  for (const argument of call.arguments) {
    const node = skipOuter(compiler, argument);
    if (compiler.isIdentifier(node) && transactionName.test(node.text)) return true;
    if (namesIn(model, node).some((name) => transactionName.test(name))) return true;
  }
  for (let node: ts.Node = call; !compiler.isSourceFile(node); node = node.parent) {
    if (compiler.isMethodDeclaration(node)) {
      return compiler.getDecorators(node)?.some((decorator) => transactionCall.test(decorator.getText())) ?? false;
    }
    if (!isFunctionLiteral(compiler, node)) continue;
    const { parent } = outerParent(compiler, node);
    if (!compiler.isCallExpression(parent)) continue;
    const callee = parent.expression;
    const name = compiler.isPropertyAccessExpression(callee) ? callee.name.text : compiler.isIdentifier(callee) ? callee.text : '';
    if (transactionCall.test(name)) return true;
  }
  return false;
}

function saysWhatToDoOnConflict(model: ProgramModel, call: ts.CallExpression): boolean {
  return call.arguments.some((argument) => namesIn(model, argument).some((name) => conflictOptions.has(name)));
}

/** Whoever is called does it once: he is told by what to know a second call, or the caller handles that it is refused. */
export function isDoneOnce(model: ProgramModel, call: ts.CallExpression): boolean {
  const { compiler } = model;
  const speaks = (argument: ts.Expression): boolean => {
    const node = constantOf(model, argument);
    if (!compiler.isObjectLiteralExpression(node)) return false;
    if (namesIn(model, node).some((name) => repeatOptions.has(name))) return true;
    return node.properties.some((property) => compiler.isPropertyAssignment(property) && speaks(property.initializer));
  };
  return isFailureHandled(model, call, false) || saysWhatToDoOnConflict(model, call) || call.arguments.some(speaks);
}

/** Names of an object literal's members. */
function namesIn(model: ProgramModel, node: ts.Expression): readonly string[] {
  const { compiler } = model;
  if (!compiler.isObjectLiteralExpression(node)) return [];
  return node.properties.flatMap((property) => propertyNameText(compiler, property.name) ?? []);
}

/** The part of the options that selects: `{ where: { email } }` selects by `{ email }`. */
function whereOf(model: ProgramModel, node: ts.Expression): ts.Expression {
  const { compiler } = model;
  if (!compiler.isObjectLiteralExpression(node)) return node;
  for (const property of node.properties) {
    if (!compiler.isPropertyAssignment(property)) continue;
    const name = propertyNameText(compiler, property.name);
    if (name === 'where' || name === 'filter') return skipOuter(compiler, property.initializer);
  }
  return node;
}

/** Adds what selects the row; false when that cannot be told. */
function collectKey(model: ProgramModel, expression: ts.Expression, terms: Set<string>): boolean {
  const { compiler } = model;
  const node = skipOuter(compiler, expression);
  if (compiler.isObjectLiteralExpression(node)) {
    return node.properties.every((property) => {
      if (compiler.isPropertyAssignment(property)) return collectKey(model, property.initializer, terms);
      return compiler.isShorthandPropertyAssignment(property) && collectKey(model, property.name, terms);
    });
  }
  if (isFixed(model, node)) return true;
  if (compiler.isNewExpression(node)) return (node.arguments ?? []).every((argument) => collectKey(model, argument, terms));
  if (isFunctionLiteral(compiler, node)) return false;
  const key = keyOf(model, node);
  if (key === undefined) return false;
  terms.add(key);
  return true;
}

/** Adds everything that the expression is made of; a local stands for what it was made of, too. */
function collectMentions(model: ProgramModel, expression: ts.Node, terms: Set<string>, followsLocals: boolean): void {
  const { compiler } = model;
  if (isFunctionNode(compiler, expression)) return;
  if (compiler.isPropertyAssignment(expression)) {
    collectMentions(model, expression.initializer, terms, followsLocals);
    return;
  }
  if (compiler.isShorthandPropertyAssignment(expression)) {
    collectMentions(model, expression.name, terms, followsLocals);
    return;
  }
  if (compiler.isExpression(expression)) {
    const node = skipOuter(compiler, expression);
    if (isFixed(model, node)) return;
    if (!compiler.isObjectLiteralExpression(node) && !compiler.isArrayLiteralExpression(node)) {
      const key = keyOf(model, node);
      if (key !== undefined) terms.add(key);
    }
    if (compiler.isPropertyAccessExpression(node)) return;
    if (compiler.isIdentifier(node)) {
      const made = followsLocals ? constantOf(model, node) : node;
      if (made !== node && !compiler.isAwaitExpression(made)) collectMentions(model, made, terms, false);
      return;
    }
    if (compiler.isCallExpression(node)) {
      for (const argument of node.arguments) collectMentions(model, argument, terms, followsLocals);
      return;
    }
  }
  compiler.forEachChild(expression, (child) => collectMentions(model, child, terms, followsLocals));
}

/** Numbers, booleans and null select no row by themselves. */
function isFixed(model: ProgramModel, node: ts.Node): boolean {
  const { compiler } = model;
  const { SyntaxKind } = compiler;
  return (
    compiler.isNumericLiteral(node) ||
    node.kind === SyntaxKind.TrueKeyword ||
    node.kind === SyntaxKind.FalseKeyword ||
    node.kind === SyntaxKind.NullKeyword ||
    (compiler.isIdentifier(node) && node.text === 'undefined')
  );
}

function keyText(model: ProgramModel, expression: ts.Expression): string {
  const { compiler } = model;
  const node = whereOf(model, skipOuter(compiler, expression));
  const [only, second] = compiler.isObjectLiteralExpression(node) ? node.properties : [];
  if (only === undefined || second !== undefined) return oneLine(node);
  return oneLine(compiler.isPropertyAssignment(only) ? only.initializer : (only.name ?? only));
}

/** The types bear out what the name says: the receiver is one that the user named, or the method answers with a promise. */
export function isRowCall(model: ProgramModel, call: ts.CallExpression): boolean {
  const { compiler, questions, settings } = model;
  const callee = skipOuter(compiler, call.expression);
  if (!compiler.isPropertyAccessExpression(callee)) return false;
  const name = callee.name.text;
  const declared = (settings.external ?? []).filter(({ checks, acts }) => checks.includes(name) || acts.includes(name));
  if (declared.some(({ receiver }) => receiver === '*' || questions.isNamed(callee.expression, receiver))) return true;
  if (rowAction(name) === undefined) return false;
  const receiver = skipOuter(compiler, callee.expression);
  if (compiler.isIdentifier(receiver) && synchronousStores.has(receiver.text)) return true;
  return questions.isPromise(call) && !questions.isCollection(callee.expression);
}

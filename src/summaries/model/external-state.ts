/**
 * Calls that look at or change state outside the process: files, rows, key-value stores.
 *
 * What a call touches is told from names and imports, because lowering asks for every call; that its types agree is asked
 * for the few candidates of a finding. A file is known by its path expression. A row is known by the expressions that
 * select it: `findOne({ where: { email } })` and `create({ email, name })` speak of one row, for both mention `email`.
 */
import {
  conflictOptions,
  conflictWords,
  exclusiveFlag,
  type ExternalAction,
  fileModules,
  type FileOperation,
  fileOperations,
  loadingLooks,
  promiseMember,
  rowActs,
  rowLooks,
  startingFunctions,
  synchronousStores,
  transactionCall,
  transactionName,
} from '../../catalogue/external-state.js';
import { type Graph, reaches } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, TestEvent, WriteEvent } from '../../events/event.js';
import type { ExternalEffect } from '../../events/lowering.js';
import { originOfName } from '../../locks/imports.js';
import { type Place, project, type Projection, rootPlace } from '../../places/place.js';
import { type FunctionNode, isFunctionLiteral, isFunctionNode, outerParent, propertyNameText, skipOuter } from '../../syntax/functions.js';
import { chainMethods } from '../../syntax/promise-chains.js';
import { rejectionHandler } from '../../syntax/tree.js';
import type { ProgramModel } from './program-model.js';
import type { ReadReference } from '../effects/provenance.js';

const none: readonly ExternalEffect[] = [];
const fileRoot = 'file';

const howOf: Readonly<Record<ExternalAction, WriteEvent['how']>> = {
  create: 'add',
  replace: 'assign',
  change: 'mutate',
  remove: 'remove',
};

/** What the call does to state outside the process, as far as its syntax tells. */
export function externalEffects(model: ProgramModel, call: ts.CallExpression): readonly ExternalEffect[] {
  const { compiler } = model;
  const callee = skipOuter(compiler, call.expression);
  if (compiler.isIdentifier(callee)) return fileEffects(model, call, callee);
  if (!compiler.isPropertyAccessExpression(callee)) return none;
  const name = callee.name.text;
  if (Object.hasOwn(fileOperations, withoutSync(name))) {
    const effects = fileEffects(model, call, callee);
    if (effects.length > 0) return effects;
  }
  const action = rowAction(name) ?? declaredAction(model, name);
  return action === undefined ? none : rowEffects(model, call, callee, action);
}

// ---------------------------------------------------------------------------------------------------------------
// Files

function withoutSync(name: string): string {
  return name.endsWith('Sync') ? name.slice(0, -'Sync'.length) : name;
}

function fileEffects(
  model: ProgramModel,
  call: ts.CallExpression,
  callee: ts.Identifier | ts.PropertyAccessExpression,
): readonly ExternalEffect[] {
  const { compiler } = model;
  const found = compiler.isIdentifier(callee) ? importedFunction(model, callee) : memberFunction(model, callee);
  if (found === undefined) return none;
  const base = withoutSync(found.name);
  const operations = Object.hasOwn(fileOperations, base) ? fileOperations[base] : undefined;
  const isDeferred = base === found.name;
  if (operations === undefined) return none;
  if (found.style === 'callbacks' && isDeferred && !startingFunctions.has(base)) return none;
  const effects: ExternalEffect[] = [];
  for (const operation of operations) {
    const place = filePlace(model, call.arguments[operation.path]);
    if (place === undefined) continue;
    if (operation.does === 'look') {
      effects.push({ effect: 'check', place, answersByFailing: operation.answersByFailing === true && isAloneInTry(model, call) });
    } else if (!isHarmless(model, call, operation) && !isFailureHandled(model, call, operation.failsWhenLate === true)) {
      effects.push({ effect: 'act', place, how: howOf[operation.does], isDeferred });
    }
  }
  return effects;
}

interface FileFunction {
  readonly name: string;
  readonly style: 'promises' | 'callbacks';
}

function importedFunction(model: ProgramModel, callee: ts.Identifier): FileFunction | undefined {
  const { compiler } = model;
  const origin = originOfName(compiler, callee);
  const style = origin === undefined ? undefined : moduleStyle(origin.specifier);
  if (origin === undefined || style === undefined || isShadowed(model, callee)) return undefined;
  return { name: origin.imported, style };
}

function memberFunction(model: ProgramModel, callee: ts.PropertyAccessExpression): FileFunction | undefined {
  const style = styleOfModule(model, callee.expression);
  return style === undefined ? undefined : { name: callee.name.text, style };
}

function moduleStyle(specifier: string): FileFunction['style'] | undefined {
  return Object.hasOwn(fileModules, specifier) ? fileModules[specifier] : undefined;
}

/** The style of the file module that the expression is: `fs`, `fs.promises`, `fsp` after `const fsp = fs.promises`. */
function styleOfModule(model: ProgramModel, expression: ts.Expression): FileFunction['style'] | undefined {
  const { compiler } = model;
  const node = skipOuter(compiler, expression);
  if (compiler.isPropertyAccessExpression(node)) {
    const base = styleOfModule(model, node.expression);
    if (base === undefined) return undefined;
    if (node.name.text === promiseMember) return 'promises';
    return node.name.text === 'default' ? base : undefined;
  }
  if (!compiler.isIdentifier(node)) return undefined;
  const origin = originOfName(compiler, node);
  if (origin !== undefined) {
    const style = moduleStyle(origin.specifier);
    if (style === undefined || isShadowed(model, node)) return undefined;
    if (origin.imported === promiseMember) return 'promises';
    return origin.imported === '*' || origin.imported === 'default' ? style : undefined;
  }
  const declaration = model.file(node).scopes.resolve(node)?.declaration;
  if (declaration === undefined || !compiler.isVariableDeclaration(declaration) || declaration.initializer === undefined) return undefined;
  const initializer = skipOuter(compiler, declaration.initializer);
  return compiler.isPropertyAccessExpression(initializer) ? styleOfModule(model, initializer) : undefined;
}

/** The name that an import declares means something else here. */
function isShadowed(model: ProgramModel, identifier: ts.Identifier): boolean {
  const binding = model.file(identifier).scopes.resolve(identifier);
  return binding === undefined || (binding.kind !== 'import' && binding.kind !== 'variable');
}

function filePlace(model: ProgramModel, path: ts.Expression | undefined): Place | undefined {
  const key = path === undefined ? undefined : keyOf(model, path);
  if (path === undefined || key === undefined) return undefined;
  return project(rootPlace({ kind: 'external', name: fileRoot, text: '' }), { kind: 'element', key, text: oneLine(path) });
}

/** `wx`, `recursive`, `force`: one atomic step, or no harm when it comes second. Options that cannot be read may say so. */
function isHarmless(model: ProgramModel, call: ts.CallExpression, operation: FileOperation): boolean {
  const { compiler } = model;
  if (operation.options === undefined || operation.harmlessWith === undefined) return false;
  const options = call.arguments[operation.options];
  if (options === undefined) return false;
  const node = constantOf(model, options);
  if (compiler.isStringLiteralLike(node) || compiler.isNumericLiteral(node)) return false;
  if (!compiler.isObjectLiteralExpression(node)) return true;
  return node.properties.some((property) => {
    if (!compiler.isPropertyAssignment(property)) return true;
    if (!operation.harmlessWith?.includes(propertyNameText(compiler, property.name) ?? '')) return false;
    const value = skipOuter(compiler, property.initializer);
    if (compiler.isStringLiteralLike(value)) return exclusiveFlag.test(value.text);
    return value.kind !== compiler.SyntaxKind.FalseKeyword;
  });
}

/** The initialiser of a local that is never reassigned, or the expression itself. */
function constantOf(model: ProgramModel, expression: ts.Expression): ts.Expression {
  const { compiler } = model;
  const node = skipOuter(compiler, expression);
  if (!compiler.isIdentifier(node)) return node;
  const binding = model.file(node).scopes.resolve(node);
  const declaration = binding?.declaration;
  if (binding === undefined || binding.assignments.length > 0 || declaration === undefined) return node;
  if (!compiler.isVariableDeclaration(declaration) || declaration.initializer === undefined) return node;
  return compiler.isIdentifier(declaration.name) ? skipOuter(compiler, declaration.initializer) : node;
}

/**
 * `try { await access(path) } catch { … }`: a `try` around hardly more than the look asks a question. A longer one handles
 * the failure of whatever is in it.
 */
function isAloneInTry(model: ProgramModel, call: ts.CallExpression): boolean {
  const { compiler } = model;
  let statement: ts.Node = call;
  while (!compiler.isStatement(statement)) {
    if (isFunctionNode(compiler, statement)) return false;
    statement = statement.parent;
  }
  const block = statement.parent;
  if (!compiler.isBlock(block) || !compiler.isTryStatement(block.parent) || block.parent.tryBlock !== block) return false;
  const [first, second, third] = block.statements;
  if (block.parent.catchClause === undefined || first !== statement || third !== undefined) return false;
  return second === undefined || !/\bawait\b/.test(second.getText());
}

// ---------------------------------------------------------------------------------------------------------------
// Rows

const rowActions = new Map<string, 'look' | ExternalAction | undefined>();

function rowAction(name: string): 'look' | ExternalAction | undefined {
  if (rowActions.has(name)) return rowActions.get(name);
  const acts: readonly ExternalAction[] = ['create', 'replace', 'remove'];
  const action = rowLooks.test(name) ? 'look' : acts.find((candidate) => rowActs[candidate].test(name));
  rowActions.set(name, action);
  return action;
}

/** What the user's settings say of methods with this name, whoever their receiver is. */
function declaredAction(model: ProgramModel, name: string): 'look' | ExternalAction | undefined {
  for (const { checks, acts } of model.settings.external ?? []) {
    if (checks.includes(name)) return 'look';
    if (acts.includes(name)) return 'replace';
  }
  return undefined;
}

function rowEffects(
  model: ProgramModel,
  call: ts.CallExpression,
  callee: ts.PropertyAccessExpression,
  action: 'look' | ExternalAction,
): readonly ExternalEffect[] {
  const { compiler } = model;
  const isWaited = isWaitedFor(model, call);
  const receiver = skipOuter(compiler, callee.expression);
  const isSynchronous = compiler.isIdentifier(receiver) && synchronousStores.has(receiver.text);
  if (!isWaited && !isSynchronous && declaredAction(model, callee.name.text) === undefined) return none;
  const base = model.file(call).places.placeOf(receiver);
  if (base === undefined || (base.root.kind === 'this' && base.path.length === 0) || isMadeHere(model, base)) return none;
  if (isTransactional(model, call, base)) return none;
  const terms = new Set<string>();
  let first: ts.Expression | undefined;
  if (action === 'look') {
    for (const [index, argument] of call.arguments.entries()) {
      const node = skipOuter(compiler, argument);
      if (index > 0 && compiler.isObjectLiteralExpression(node)) continue; // options
      if (!collectKey(model, whereOf(model, node), terms)) return none;
    }
    first = call.arguments[0];
  } else {
    if (isFailureHandled(model, call, action === 'remove') || saysWhatToDoOnConflict(model, call)) return none;
    for (const argument of call.arguments) collectMentions(model, argument, terms, true);
  }
  if (terms.size === 0) return none;
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
  const { parent, child } = outerParent(compiler, call);
  if (compiler.isAwaitExpression(parent) || compiler.isReturnStatement(parent) || compiler.isArrayLiteralExpression(parent)) return true;
  if (compiler.isArrowFunction(parent)) return parent.body === child;
  if (compiler.isPropertyAccessExpression(parent)) return parent.expression === child && chainMethods.has(parent.name.text);
  return compiler.isConditionalExpression(parent) && parent.condition !== child && isWaitedFor(model, parent);
}

/** A store made by this very activation is nobody else's. */
function isMadeHere(model: ProgramModel, base: Place): boolean {
  const { compiler } = model;
  if (base.root.kind !== 'variable' || compiler.isSourceFile(base.root.binding.owner)) return false;
  const { declaration } = base.root.binding;
  return (
    compiler.isVariableDeclaration(declaration) &&
    declaration.initializer !== undefined &&
    compiler.isNewExpression(skipOuter(compiler, declaration.initializer))
  );
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

// ---------------------------------------------------------------------------------------------------------------
// Both

/** Equal for expressions with equal values in one activation; undefined where that is unknown. */
function keyOf(model: ProgramModel, expression: ts.Expression): string | undefined {
  const { compiler } = model;
  const node = skipOuter(compiler, expression);
  if (compiler.isStringLiteralLike(node)) return JSON.stringify(node.text);
  const { places, scopes } = model.file(node);
  // another value may be in it when the act comes
  if (compiler.isIdentifier(node) && (scopes.resolve(node)?.assignments.length ?? 0) > 0) return undefined;
  const projection = places.element(node);
  return projection.kind === 'element' ? projection.key : undefined;
}

function oneLine(node: ts.Node): string {
  return node.getText().replaceAll(/\s+/g, ' ');
}

/** Somebody handles the failure of the one who comes second. `any`: whatever the handler does. */
function isFailureHandled(model: ProgramModel, call: ts.CallExpression, any: boolean): boolean {
  const { compiler } = model;
  const { parent, child } = outerParent(compiler, call);
  if (compiler.isPropertyAccessExpression(parent) && parent.expression === child && compiler.isCallExpression(parent.parent)) {
    const handler = rejectionHandler(compiler, parent.parent);
    if (handler !== undefined && (any || conflictWords.test(handler.getText()))) return true;
  }
  for (let node: ts.Node = call; !compiler.isSourceFile(node) && !isFunctionNode(compiler, node); node = node.parent) {
    const holder = node.parent;
    if (!compiler.isTryStatement(holder) || holder.tryBlock !== node || holder.catchClause === undefined) continue;
    if (any || conflictWords.test(holder.catchClause.getText())) return true;
  }
  return false;
}

/** A callee's external place as its caller sees it; undefined when the caller cannot name it. */
export function externalPlaceAtCall(
  model: ProgramModel,
  place: Place,
  callee: FunctionNode,
  call: CallEvent,
  receiver: Place | undefined,
): Place | undefined {
  const { compiler } = model;
  const { root } = place;
  const [element] = place.path;
  if (root.kind !== 'external' || element?.kind !== 'element' || element.key === undefined) return place;
  const { scopes } = model.file(callee);
  const replaced = new Map<string, { readonly key: string | undefined; readonly text: string }>();
  callee.parameters.forEach((parameter, index) => {
    const binding = compiler.isIdentifier(parameter.name) ? scopes.resolve(parameter.name) : undefined;
    if (binding === undefined) return;
    const argument = call.arguments[index]?.node;
    const isKnown = argument !== undefined && compiler.isExpression(argument);
    replaced.set(`v${binding.id}`, {
      key: isKnown ? keyOf(model, argument) : undefined,
      text: argument === undefined ? parameter.name.getText() : oneLine(argument),
    });
  });
  if (!compiler.isArrowFunction(callee)) replaced.set('this', { key: receiver?.key, text: receiver?.text ?? 'this' });
  const seen = (text: string): string | undefined => {
    let isKnown = true;
    const result = text.replaceAll(/\b(?:v\d+|this)\b/g, (word) => {
      const other = replaced.get(word);
      if (other !== undefined && other.key === undefined) isKnown = false;
      return other?.key ?? word;
    });
    return isKnown ? result : undefined;
  };
  const name = seen(root.name);
  const key = seen(element.key);
  const terms = element.terms?.map(seen);
  if (name === undefined || key === undefined || terms?.includes(undefined) === true) return undefined;
  const inCaller = (text: string): string => text.replaceAll(/\bthis\b/g, receiver?.text ?? 'this');
  const rootText = replaced.get(root.name)?.text ?? inCaller(root.text);
  const projection: Projection = {
    kind: 'element',
    key,
    text: replaced.get(element.key)?.text ?? inCaller(element.text),
    ...(terms === undefined ? {} : { terms: terms.filter((term) => term !== undefined) }),
  };
  return project(rootPlace({ kind: 'external', name, text: rootText }), projection);
}

/** How sure it is that look and act race; undefined when they do not. Asks the checker, so it is asked late. */
export function externalConfidence(
  model: ProgramModel,
  graph: Graph,
  look: ReadReference,
  test: TestEvent | CallEvent,
  act: { readonly node: ts.Node; readonly block: number; readonly how: WriteEvent['how'] },
): 'medium' | 'low' | undefined {
  const { compiler } = model;
  if (!compiler.isCallExpression(look.node) || !compiler.isCallExpression(act.node)) return undefined;
  const outcome = outcomeOf(model, graph, test, act.block);
  // what was found there is written or removed, what was missed is made: only the loser of that race does harm
  if (outcome !== undefined && (act.how === 'add' || act.how === 'assign') && outcome) return undefined;
  if (outcome !== undefined && act.how === 'remove' && !outcome) return undefined;
  if (look.place.root.kind === 'external' && look.place.root.name === fileRoot) return 'medium';
  if (!isRowCall(model, look.node) || !isRowCall(model, act.node)) return undefined;
  const callee = look.node.expression;
  const name = compiler.isPropertyAccessExpression(callee) ? callee.name.text : '';
  // a cache is looked up and filled, a row is loaded for its own sake and then deleted: mostly by design
  return loadingLooks.test(name) && act.how !== 'add' ? 'low' : 'medium';
}

/**
 * Whether the act lies behind the true outcome of the test alone, or behind the false one; undefined where neither holds, or
 * where the test asks something else than whether it is there.
 */
function outcomeOf(model: ProgramModel, graph: Graph, test: TestEvent | CallEvent, block: number): boolean | undefined {
  if (test.kind !== 'test' || model.compiler.isBinaryExpression(test.node)) return undefined;
  const leads = (label: 'true' | 'false'): boolean =>
    graph.blocks[test.block]?.out.some((edge) => edge.label === label && (edge.to === block || reaches(graph, edge.to, block))) ?? false;
  const [whenTrue, whenFalse] = [leads('true'), leads('false')];
  return whenTrue === whenFalse ? undefined : whenTrue;
}

/** The types bear out what the name says: the receiver is one that the user named, or the method answers with a promise. */
function isRowCall(model: ProgramModel, call: ts.CallExpression): boolean {
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

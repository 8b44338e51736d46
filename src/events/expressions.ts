/** Lowers expressions to events, in JavaScript's evaluation order. */
import type { ts } from '../compiler/compiler.js';
import { contents, type Place, project, rootPlace } from '../places/place.js';
import { errorFirstCallback } from '../syntax/error-first.js';
import { type FunctionNode, isFunctionNode, operandsOf, outerParent, skipOuter } from '../syntax/functions.js';
import { lowerContinuation } from './callbacks.js';
import { lowerCall, lowerNew } from './calls.js';
import { asksForSize } from './collections.js';
import { lowerCondition, test } from './conditions.js';
import type { CallEvent, ReadEvent, SourceEvent, SuspendEvent, UseEvent, Value } from './event.js';
import { combine, isLocal, type Lowering, nothing } from './lowering.js';
import { assignTo, lowerComputedName, lowerTarget, storeTo, withSlot } from './targets.js';

/** Lowers the expression and tells what is known of its value. */
export function lowerExpression(lowering: Lowering, expression: ts.Expression): Value {
  const node = skipOuter(lowering.compiler, expression);
  const value = lowerKind(lowering, node);
  lowering.parts?.set(node, value);
  return value;
}

function lowerKind(lowering: Lowering, node: ts.Expression): Value {
  const { compiler, flow } = lowering;
  if (compiler.isIdentifier(node)) return lowerIdentifier(lowering, node);
  if (node.kind === compiler.SyntaxKind.ThisKeyword) return placeValue(lowering, node);
  if (isOptionalChainRoot(lowering, node)) return lowerOptionalChain(lowering, node);
  return lowerPlain(lowering, node, flow);
}

function lowerPlain(lowering: Lowering, node: ts.Expression, flow: Lowering['flow']): Value {
  const { compiler } = lowering;
  const { SyntaxKind } = compiler;
  if (compiler.isPropertyAccessExpression(node)) return lowerPropertyAccess(lowering, node);
  if (compiler.isElementAccessExpression(node)) {
    const base = lowerExpression(lowering, node.expression);
    questionDot(lowering, node, base);
    const key = lowerExpression(lowering, node.argumentExpression);
    return readPlace(lowering, node, [base, key]);
  }
  if (compiler.isCallExpression(node)) return lowerCall(lowering, node);
  if (compiler.isNewExpression(node)) return lowerNew(lowering, node);
  if (compiler.isAwaitExpression(node)) return lowerAwait(lowering, node);
  if (compiler.isYieldExpression(node)) {
    const operand = node.expression === undefined ? undefined : lowerExpression(lowering, node.expression);
    flow.emit<SuspendEvent>({ kind: 'suspend', node, reason: 'yield', operand });
    return nothing(node);
  }
  if (compiler.isBinaryExpression(node)) return lowerBinary(lowering, node);
  if (compiler.isConditionalExpression(node)) {
    const values: Value[] = [];
    const end = flow.createBlock();
    const whenTrue = flow.createBlock();
    const whenFalse = flow.createBlock();
    const firstTest = lowering.tests.length;
    lowerCondition(lowering, node.condition, whenTrue, whenFalse, false);
    const decidedBy = lowering.tests.slice(firstTest);
    flow.moveTo(whenTrue);
    values.push(lowerExpression(lowering, node.whenTrue));
    flow.goto(end);
    flow.moveTo(whenFalse);
    values.push(lowerExpression(lowering, node.whenFalse));
    flow.goto(end);
    flow.moveTo(end);
    return { ...combine(node, values), decidedBy };
  }
  if (compiler.isPrefixUnaryExpression(node) || compiler.isPostfixUnaryExpression(node)) {
    const operand = lowerExpression(lowering, node.operand);
    if (node.operator === SyntaxKind.PlusPlusToken || node.operator === SyntaxKind.MinusMinusToken) {
      const value = { sources: operand.sources, node };
      storeTo(lowering, node.operand, value, node);
      return value;
    }
    return { sources: operand.sources, node };
  }
  if (compiler.isDeleteExpression(node)) {
    lowerTarget(lowering, node.expression);
    const place = lowering.places.placeOf(node.expression);
    if (place !== undefined) {
      flow.emit({ kind: 'write', node, place, how: 'remove', value: undefined, collection: undefined });
    }
    return nothing(node);
  }
  if (compiler.isTypeOfExpression(node) || compiler.isVoidExpression(node)) {
    return { sources: lowerExpression(lowering, node.expression).sources, node };
  }
  if (isFunctionNode(compiler, node)) {
    if (settlesPromise(lowering, node) || isErrorFirst(lowering, node)) lowerContinuation(lowering, node);
    else flow.emit({ kind: 'closure', node });
    return { sources: [], nature: 'function', node };
  }
  if (compiler.isObjectLiteralExpression(node)) return lowerObjectLiteral(lowering, node);
  if (compiler.isArrayLiteralExpression(node)) {
    const values = node.elements.map((element) => lowerExpression(lowering, element));
    return { ...combineFresh(node, values), nature: node.elements.length === 0 ? 'empty' : 'fresh' };
  }
  if (compiler.isSpreadElement(node)) {
    const value = lowerExpression(lowering, node.expression);
    return value.place === undefined ? value : { sources: readContents(lowering, node, value), node };
  }
  if (compiler.isTemplateExpression(node)) {
    return combineFresh(
      node,
      node.templateSpans.map((span) => lowerExpression(lowering, span.expression)),
    );
  }
  if (compiler.isTaggedTemplateExpression(node)) {
    const tag = lowerExpression(lowering, node.tag);
    const values = compiler.isTemplateExpression(node.template)
      ? node.template.templateSpans.map((span) => lowerExpression(lowering, span.expression))
      : [];
    const call = flow.emit<CallEvent>({
      kind: 'call',
      node,
      name: undefined,
      receiver: undefined,
      arguments: values,
      consumption: 'stored',
      isGetter: false,
    });
    return { sources: [call, ...tag.sources], node };
  }
  if (compiler.isClassExpression(node)) {
    flow.evaluateClass(node);
    return { sources: [], nature: 'fresh', node };
  }
  if (compiler.isLiteralExpression(node) || isKeywordLiteral(lowering, node)) return { sources: [], nature: 'constant', node };
  const values: Value[] = [];
  const visit = (child: ts.Node): void => {
    if (compiler.isExpression(child)) values.push(lowerExpression(lowering, child));
    else compiler.forEachChild(child, visit);
  };
  compiler.forEachChild(node, visit);
  return combineFresh(node, values);
}

function isKeywordLiteral(lowering: Lowering, node: ts.Node): boolean {
  const { SyntaxKind } = lowering.compiler;
  return node.kind === SyntaxKind.TrueKeyword || node.kind === SyntaxKind.FalseKeyword || node.kind === SyntaxKind.NullKeyword;
}

/**
 * A callback that calls `resolve` or `reject` of the `new Promise` around it is how that promise goes on:
 * `new Promise((resolve) => { read((data) => { this.data = data; resolve(); }); })`.
 */
function settlesPromise(lowering: Lowering, node: FunctionNode): boolean {
  const { compiler, scopes, settlers } = lowering;
  if (settlers.size === 0) return false;
  const mentions = (child: ts.Node): boolean => {
    if (compiler.isIdentifier(child) && settlers.has(child.text)) {
      const binding = scopes.resolve(child);
      return binding?.kind === 'parameter' && binding.owner === settlers.get(child.text);
    }
    return compiler.forEachChild(child, (inner) => mentions(inner) || undefined) ?? false;
  };
  return node.body !== undefined && mentions(node.body);
}

/** `client.get(key, (error, value) => …)`, where nothing more is known of the callee. */
function isErrorFirst({ compiler, oracle }: Lowering, node: FunctionNode): boolean {
  const { parent } = outerParent(compiler, node);
  if (!compiler.isCallExpression(parent) || errorFirstCallback(compiler, parent) !== node) return false;
  return oracle.callbackBehaviour(parent, parent.arguments.length - 1) === undefined;
}

/** Several values in one fresh object: no longer the content of any single place. */
function combineFresh(node: ts.Node, values: readonly Value[]): Value {
  return { sources: combine(node, values).sources, node, nature: 'fresh' };
}

function lowerIdentifier(lowering: Lowering, node: ts.Identifier): Value {
  const { scopes, places, flow } = lowering;
  if (node.text === 'undefined') return { sources: [], nature: 'constant', node };
  const binding = scopes.resolve(node);
  if (binding === undefined) return { sources: [], place: rootPlace({ kind: 'global', name: node.text }), node };
  const alias = places.aliasOf(binding);
  if (isLocal(lowering, binding)) {
    const use = flow.emit<UseEvent>({ kind: 'use', node, binding });
    const named = lowering.named.get(binding);
    if (named !== undefined) return named;
    return { sources: [use], place: alias ?? rootPlace({ kind: 'variable', binding }), node };
  }
  const place = alias ?? rootPlace({ kind: 'variable', binding });
  // the variable of another module is read where its imported name is
  const isRenamed = alias !== undefined && binding.kind !== 'import';
  if (isRenamed || binding.kind === 'function' || binding.kind === 'class' || binding.kind === 'other') {
    return { sources: [], place, node };
  }
  const read = flow.emit<ReadEvent>({ kind: 'read', node, place, collection: undefined, heldBy: undefined });
  return { sources: [read], place, node };
}

function placeValue(lowering: Lowering, node: ts.Expression): Value {
  const place = lowering.places.placeOf(node);
  return place === undefined ? nothing(node) : { sources: [], place, node };
}

function lowerPropertyAccess(lowering: Lowering, node: ts.PropertyAccessExpression): Value {
  const { flow } = lowering;
  const base = lowerExpression(lowering, node.expression);
  questionDot(lowering, node, base);
  if (lowering.oracle.isGetter(node)) {
    const call = flow.emit<CallEvent>({
      kind: 'call',
      node,
      name: node.name.text,
      receiver: base,
      arguments: [],
      consumption: 'stored',
      isGetter: true,
    });
    const place = lowering.places.placeOf(node);
    return { sources: [call, ...base.sources], node, ...(place === undefined ? {} : { place }) };
  }
  if (asksForSize(lowering.compiler, node) && base.place !== undefined) {
    return { sources: readContents(lowering, node, base), node };
  }
  return readPlace(lowering, node, [base]);
}

/** Reads the place that the node denotes; the operands have been lowered. */
export function readPlace(
  lowering: Lowering,
  node: ts.PropertyAccessExpression | ts.ElementAccessExpression,
  operands: readonly Value[],
): Value {
  const sources = combine(node, operands).sources;
  const place = lowering.places.placeOf(node);
  if (place === undefined) return { sources, node };
  const read = lowering.flow.emit<ReadEvent>({
    kind: 'read',
    node,
    place,
    collection: undefined,
    heldBy: heldByLocal(lowering, node.expression),
  });
  return { sources: [read, ...sources], place, node };
}

/** Reads all elements of the collection that the value is. */
export function readContents(lowering: Lowering, node: ts.Node, value: Value): readonly SourceEvent[] {
  if (value.place === undefined) return value.sources;
  const read = lowering.flow.emit<ReadEvent>({
    kind: 'read',
    node,
    place: project(value.place, contents),
    collection: undefined,
    heldBy: lowering.compiler.isExpression(value.node) ? heldByLocal(lowering, value.node) : undefined,
  });
  return [read, ...value.sources];
}

/**
 * The place whose content a local of this activation holds, when the expression starts from that local. A read through
 * the local is no fresh look at that place, which may hold another object by now.
 */
export function heldByLocal(lowering: Lowering, expression: ts.Expression): Place | undefined {
  const { compiler, scopes, places } = lowering;
  let node = skipOuter(compiler, expression);
  while (compiler.isPropertyAccessExpression(node) || compiler.isElementAccessExpression(node)) {
    node = skipOuter(compiler, node.expression);
  }
  if (!compiler.isIdentifier(node)) return undefined;
  const binding = scopes.resolve(node);
  // an imported variable is the exporter's itself, and no second reference to what it holds
  return binding === undefined || binding.kind === 'import' ? undefined : places.aliasOf(binding);
}

function lowerAwait(lowering: Lowering, node: ts.AwaitExpression): Value {
  const { compiler, flow, locks } = lowering;
  const inner = skipOuter(compiler, node.expression);
  const slot = lowering.slot;
  lowering.slot = undefined;
  const operand = lowerExpression(lowering, inner);
  lowering.slot = slot;
  if (compiler.isCallExpression(inner)) {
    // lowering the acquire has emitted its suspension already, before the lock is held
    const operation = locks.classifyCall(inner);
    if (operation?.kind === 'acquire' && operation.asynchronous) return operand;
  }
  flow.emit<SuspendEvent>({ kind: 'suspend', node, reason: 'await', operand });
  if (compiler.isCallExpression(inner)) branchOnFailure(lowering, inner, operand.sources);
  const keepsPlace = compiler.isCallExpression(inner) && operand.place !== undefined;
  return { sources: operand.sources, node, ...(keepsPlace ? { place: operand.place } : {}) };
}

/** A look at external state whose failure is an answer decides what runs next, as a test does. */
export function branchOnFailure(lowering: Lowering, call: ts.CallExpression, sources: readonly SourceEvent[]): void {
  const { flow, oracle } = lowering;
  const look = sources.find((source) => source.kind === 'read' && source.node === call && source.place.root.kind === 'external');
  if (look === undefined) return;
  if (!oracle.externalEffects(call).some((effect) => effect.effect === 'check' && effect.answersByFailing)) return;
  const succeeded = flow.createBlock();
  test(lowering, call, { sources: [look], node: call }, undefined, false, succeeded, flow.handler());
  flow.moveTo(succeeded);
}

function lowerObjectLiteral(lowering: Lowering, node: ts.ObjectLiteralExpression): Value {
  const { compiler, flow } = lowering;
  const values: Value[] = [];
  for (const property of node.properties) {
    if (compiler.isPropertyAssignment(property)) {
      lowerComputedName(lowering, property.name);
      values.push(lowerExpression(lowering, property.initializer));
    } else if (compiler.isShorthandPropertyAssignment(property)) {
      values.push(lowerIdentifier(lowering, property.name));
    } else if (compiler.isSpreadAssignment(property)) {
      const value = lowerExpression(lowering, property.expression);
      values.push({ sources: readContents(lowering, property, value), node: property });
    } else {
      lowerComputedName(lowering, property.name);
      flow.emit({ kind: 'closure', node: property });
    }
  }
  return { ...combineFresh(node, values), nature: node.properties.length === 0 ? 'empty' : 'fresh' };
}

function lowerBinary(lowering: Lowering, node: ts.BinaryExpression): Value {
  const { compiler, flow } = lowering;
  const { SyntaxKind } = compiler;
  const operator = node.operatorToken.kind;
  if (operator === SyntaxKind.CommaToken) {
    const values = operandsOf(compiler, node).map((operand) => lowerExpression(lowering, operand));
    return values.at(-1) ?? nothing(node);
  }
  if (
    operator === SyntaxKind.AmpersandAmpersandToken ||
    operator === SyntaxKind.BarBarToken ||
    operator === SyntaxKind.QuestionQuestionToken
  ) {
    return lowerLogical(lowering, node, operator);
  }
  if (operator === SyntaxKind.EqualsToken) {
    lowerTarget(lowering, node.left);
    const value = withSlot(lowering, node.left, () => lowerExpression(lowering, node.right));
    assignTo(lowering, node.left, value, node);
    return value;
  }
  if (
    operator === SyntaxKind.QuestionQuestionEqualsToken ||
    operator === SyntaxKind.BarBarEqualsToken ||
    operator === SyntaxKind.AmpersandAmpersandEqualsToken
  ) {
    const before = lowerExpression(lowering, node.left);
    const write = flow.createBlock();
    const end = flow.createBlock();
    const writesWhenTrue = operator === SyntaxKind.AmpersandAmpersandEqualsToken;
    test(lowering, node.left, before, undefined, false, writesWhenTrue ? write : end, writesWhenTrue ? end : write);
    flow.moveTo(write);
    const value = withSlot(lowering, node.left, () => lowerExpression(lowering, node.right));
    storeTo(lowering, node.left, value, node);
    flow.goto(end);
    flow.moveTo(end);
    return combine(node, [before, value]);
  }
  if (operator >= SyntaxKind.FirstCompoundAssignment && operator <= SyntaxKind.LastCompoundAssignment) {
    const before = lowerExpression(lowering, node.left);
    const operand = lowerExpression(lowering, node.right);
    const value = combineFresh(node, [before, operand]);
    storeTo(lowering, node.left, value, node);
    return value;
  }
  if (operator !== SyntaxKind.InKeyword) {
    const values = operandsOf(compiler, node).map((operand) => lowerExpression(lowering, operand));
    return { sources: combine(node, values).sources, node };
  }
  const left = lowerExpression(lowering, node.left);
  const right = lowerExpression(lowering, node.right);
  if (right.place !== undefined && lowering.compiler.isExpression(node.left)) {
    const read = flow.emit<ReadEvent>({
      kind: 'read',
      node,
      place: project(right.place, lowering.places.element(node.left)),
      collection: undefined,
      heldBy: heldByLocal(lowering, node.right),
    });
    return { sources: [read, ...left.sources, ...right.sources], node };
  }
  return { sources: combine(node, [left, right]).sources, node };
}

function lowerLogical(lowering: Lowering, node: ts.BinaryExpression, operator: ts.SyntaxKind): Value {
  const { compiler, flow } = lowering;
  const right = flow.createBlock();
  const end = flow.createBlock();
  const firstTest = lowering.tests.length;
  const left = lowerExpression(lowering, node.left);
  const continuesWhenTrue = operator === compiler.SyntaxKind.AmpersandAmpersandToken;
  test(lowering, node.left, left, undefined, false, continuesWhenTrue ? right : end, continuesWhenTrue ? end : right);
  const decidedBy = lowering.tests.slice(firstTest);
  flow.moveTo(right);
  const value = lowerExpression(lowering, node.right);
  flow.goto(end);
  flow.moveTo(end);
  const place = left.place;
  return { sources: combine(node, [left, value]).sources, node, decidedBy, ...(place === undefined ? {} : { place }) };
}

/** An optional chain needs branches only if what it skips has an effect. */
function isOptionalChainRoot(lowering: Lowering, node: ts.Expression): boolean {
  const { compiler } = lowering;
  if (!compiler.isOptionalChain(node) || !containsCall(lowering, node)) return false;
  const { parent } = node;
  return !(compiler.isOptionalChain(parent) && 'expression' in parent && parent.expression === node);
}

function containsCall(lowering: Lowering, node: ts.Node): boolean {
  const { compiler } = lowering;
  if (compiler.isCallExpression(node) || compiler.isAwaitExpression(node)) return true;
  if (isFunctionNode(compiler, node)) return false;
  return compiler.forEachChild(node, (child) => containsCall(lowering, child) || undefined) ?? false;
}

function lowerOptionalChain(lowering: Lowering, node: ts.Expression): Value {
  const { flow, optionalEnds } = lowering;
  const end = flow.createBlock();
  optionalEnds.push(end);
  const value = lowerPlain(lowering, node, flow);
  optionalEnds.pop();
  flow.goto(end);
  flow.moveTo(end);
  return value;
}

/** At a `?.`, control leaves the chain when the base is nullish. */
export function questionDot(
  lowering: Lowering,
  node: ts.PropertyAccessExpression | ts.ElementAccessExpression | ts.CallExpression,
  base: Value,
): void {
  const end = lowering.optionalEnds.at(-1);
  if (node.questionDotToken === undefined || end === undefined) return;
  const rest = lowering.flow.createBlock();
  test(lowering, node.expression, base, undefined, false, rest, end);
  lowering.flow.moveTo(rest);
}

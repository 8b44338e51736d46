/** Lowers what values go to: assignments, declarations and patterns. */
import type { ts } from '../compiler/compiler.js';
import { contents, field, project, variableKey } from '../places/place.js';
import { propertyNameText, skipOuter } from '../syntax/functions.js';
import type { Binding } from '../syntax/scopes.js';
import { asksForSize } from './collections.js';
import { test } from './conditions.js';
import type { ReadEvent, Value } from './event.js';
import { lowerExpression } from './expressions.js';
import { combine, isLocal, type Lowering, nothing } from './lowering.js';
import { noteHandle } from './sections.js';

/** Lowers what is evaluated before the right side of an assignment: the base and key of its target. */
export function lowerTarget(lowering: Lowering, target: ts.Expression): void {
  const { compiler } = lowering;
  const node = skipOuter(compiler, target);
  if (compiler.isPropertyAccessExpression(node)) lowerExpression(lowering, node.expression);
  else if (compiler.isElementAccessExpression(node)) {
    lowerExpression(lowering, node.expression);
    lowerExpression(lowering, node.argumentExpression);
  }
}

/** Lowers `body` knowing where its result will be stored. */
export function withSlot<T>(lowering: Lowering, target: ts.Expression | Binding, body: () => T): T {
  const before = lowering.slot;
  lowering.slot = slotOf(lowering, target);
  const result = body();
  lowering.slot = before;
  return result;
}

function slotOf(lowering: Lowering, target: ts.Expression | Binding): Lowering['slot'] {
  if (!('kind' in target) || typeof target.kind === 'string') return { place: undefined, binding: target };
  const node = skipOuter(lowering.compiler, target);
  if (lowering.compiler.isIdentifier(node)) {
    const binding = lowering.scopes.resolve(node);
    if (binding !== undefined && isLocal(lowering, binding)) return { place: undefined, binding };
  }
  return { place: lowering.places.placeOf(node), binding: undefined };
}

/** Assigns a value to a target that may be a pattern. */
export function assignTo(lowering: Lowering, target: ts.Expression, value: Value, node: ts.Node): void {
  const { compiler } = lowering;
  const plain = skipOuter(compiler, target);
  if (compiler.isArrayLiteralExpression(plain)) {
    for (const element of plain.elements) {
      if (compiler.isOmittedExpression(element)) continue;
      const inner = compiler.isSpreadElement(element) ? element.expression : element;
      assignWithDefault(lowering, inner, part(value, element), node);
    }
    return;
  }
  if (compiler.isObjectLiteralExpression(plain)) {
    for (const property of plain.properties) {
      if (compiler.isPropertyAssignment(property)) {
        lowerComputedName(lowering, property.name);
        assignWithDefault(lowering, property.initializer, part(value, property), node);
      } else if (compiler.isShorthandPropertyAssignment(property)) {
        const inner = withDefault(lowering, property, part(value, property), property.objectAssignmentInitializer);
        storeTo(lowering, property.name, inner, node);
      } else if (compiler.isSpreadAssignment(property)) assignElement(lowering, property.expression, part(value, property), node);
    }
    return;
  }
  storeTo(lowering, plain, value, node);
}

/** One target inside a pattern: `[this.first = fallback] = list`. */
function assignWithDefault(lowering: Lowering, target: ts.Expression, value: Value, node: ts.Node): void {
  const { compiler } = lowering;
  if (compiler.isBinaryExpression(target) && target.operatorToken.kind === compiler.SyntaxKind.EqualsToken) {
    lowerTarget(lowering, target.left);
    assignTo(lowering, target.left, withDefault(lowering, target, value, target.right), node);
  } else {
    assignElement(lowering, target, value, node);
  }
}

/** Assigns to a target whose own parts have not been lowered: in a pattern, or in the head of a loop. */
export function assignElement(lowering: Lowering, target: ts.Expression, value: Value, node: ts.Node): void {
  lowerTarget(lowering, target);
  assignTo(lowering, target, value, node);
}

/** The value, or what the initializer gives where there is none. */
export function withDefault(
  lowering: Lowering,
  node: ts.Node,
  value: Value | undefined,
  initializer: ts.Expression | undefined,
): Value {
  const given = value ?? nothing(node);
  if (initializer === undefined) return given;
  const { flow } = lowering;
  const end = flow.createBlock();
  const fallback = flow.createBlock();
  test(lowering, node, given, undefined, false, end, fallback);
  flow.moveTo(fallback);
  const initial = lowerExpression(lowering, initializer);
  flow.goto(end);
  flow.moveTo(end);
  return value === undefined ? { sources: initial.sources, node } : combine(node, [value, initial]);
}

export function lowerComputedName(lowering: Lowering, name: ts.PropertyName | undefined): void {
  if (name !== undefined && lowering.compiler.isComputedPropertyName(name)) lowerExpression(lowering, name.expression);
}

function part(value: Value, node: ts.Node): Value {
  return { sources: value.sources, node };
}

/** Writes a value to a variable or a place. */
export function storeTo(lowering: Lowering, target: ts.Expression, value: Value, node: ts.Node): void {
  const { compiler, flow, places, scopes } = lowering;
  const plain = skipOuter(compiler, target);
  if (compiler.isIdentifier(plain)) {
    const binding = scopes.resolve(plain);
    if (binding !== undefined && isLocal(lowering, binding)) {
      define(lowering, binding, value, node);
      return;
    }
  }
  if (compiler.isPropertyAccessExpression(plain) && asksForSize(compiler, plain)) {
    // `list.length = 0` drops elements
    const collection = places.placeOf(plain.expression);
    if (collection === undefined) return;
    flow.emit({ kind: 'write', node, place: project(collection, contents), how: 'remove', value, collection: undefined });
    return;
  }
  const place = places.placeOf(plain);
  if (place === undefined) return;
  noteHandle(lowering, place.key, value);
  flow.emit({ kind: 'write', node, place, how: 'assign', value, collection: undefined });
}

function define(lowering: Lowering, binding: Binding, value: Value | undefined, node: ts.Node): void {
  if (value !== undefined) noteHandle(lowering, variableKey(binding), value);
  lowering.flow.emit({ kind: 'define', node, binding, value });
}

/** Binds a declared name or pattern to a value. */
export function bindPattern(lowering: Lowering, name: ts.BindingName, value: Value | undefined, node: ts.Node): void {
  const { compiler, scopes, flow } = lowering;
  if (compiler.isIdentifier(name)) {
    const binding = scopes.resolve(name);
    if (binding === undefined) return;
    if (isLocal(lowering, binding)) define(lowering, binding, value, node);
    else if (value !== undefined) noteHandle(lowering, variableKey(binding), value);
    return;
  }
  name.elements.forEach((element, index) => {
    if (!compiler.isBindingElement(element)) return;
    if (element.propertyName !== undefined) lowerComputedName(lowering, element.propertyName);
    let inner = value === undefined ? undefined : part(value, element);
    const key = compiler.isObjectBindingPattern(name)
      ? propertyNameText(compiler, element.propertyName ?? element.name)
      : String(index);
    if (value?.place !== undefined && key !== undefined && element.dotDotDotToken === undefined) {
      const member = compiler.isObjectBindingPattern(name) ? lowering.places.memberByPattern(value.place, key) : undefined;
      const place = member ?? project(value.place, field(key));
      const read = flow.emit<ReadEvent>({ kind: 'read', node: element, place, collection: undefined, heldBy: undefined });
      inner = { sources: [read, ...value.sources], place, node: element };
    }
    if (element.initializer !== undefined) inner = withDefault(lowering, element, inner, element.initializer);
    bindPattern(lowering, element.name, inner, element);
  });
}

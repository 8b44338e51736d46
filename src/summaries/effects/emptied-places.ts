/** Writes that leave a place empty, and values that are nothing. */
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { Value, WriteEvent } from '../../events/event.js';
import { holderOf, type Place } from '../../places/place.js';
import { isNullish } from '../../syntax/constants.js';
import { skipOuter } from '../../syntax/functions.js';
import { declaredConstant, declaredValue } from '../model/declared-values.js';
import type { ProgramModel } from '../model/program-model.js';

/** The place that the write leaves empty: a variable set to nothing, a collection without elements, a key removed. */
export function emptiedPlace(model: ProgramModel, event: WriteEvent): Place | undefined {
  const { place, how, value, node } = event;
  const { compiler } = model;
  const last = place.path.at(-1);
  const isContents = last?.kind === 'element' && last.key === undefined;
  if (how === 'assign') return value !== undefined && (isEmptyValue(model, value) || isBeginning(model, place, value)) ? place : undefined;
  if (how !== 'remove') return undefined;
  if (!isContents) return place;
  // of the ways to remove elements, those that leave none
  const collection = holderOf(place);
  if (compiler.isBinaryExpression(node)) return node.right.getText() === '0' ? collection : undefined; // `list.length = 0`
  if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression)) return undefined;
  const { name, expression } = node.expression;
  if (name.text === 'clear') return collection;
  // whoever takes what is removed loses nothing
  if (!compiler.isExpressionStatement(node.parent)) return undefined;
  if (name.text !== 'splice' || node.arguments[0]?.getText() !== '0') return undefined;
  const count = node.arguments[1]?.getText();
  return count === undefined || count === 'Infinity' || count === `${expression.getText()}.length` ? collection : undefined;
}

/** All elements are dropped, and not what is under one key or in a variable. */
export function isWholeCollection(write: WriteEvent, emptied: Place): boolean {
  if (write.how === 'remove') return emptied.path.at(-1)?.kind !== 'element';
  return write.value?.nature === 'empty' || write.value?.nature === 'fresh';
}

/** Nothing, or a collection without elements; a flag that is reset is no content. */
export function isEmptyValue(model: ProgramModel, value: Value): boolean {
  const { compiler } = model;
  if (value.nature === 'empty') return true;
  const node = compiler.isExpression(value.node) ? skipOuter(compiler, value.node) : value.node;
  if (compiler.isNewExpression(node)) {
    return /^(?:Map|Set|WeakMap|Array)$/.test(node.expression.getText()) && (node.arguments?.length ?? 0) === 0;
  }
  return value.nature === 'constant' && (isNullish(compiler, node) || (compiler.isStringLiteralLike(node) && node.text === ''));
}

/**
 * `this.session = nobody`, where the field is declared with that constant object: what it began with stands for nothing. So does
 * `this.current = -1`, which is no position.
 */
export function isBeginning(model: ProgramModel, place: Place, { node }: Value): boolean {
  const { compiler } = model;
  const name = compiler.isExpression(node) ? skipOuter(compiler, node) : node;
  // what an object in a field is made with is not in sight
  if (name.getText() === '-1') return place.path.length > 1 || declaredValue(model, place)?.value?.getText() === '-1';
  if (!compiler.isIdentifier(name)) return false;
  const first = declaredValue(model, place)?.value;
  if (first?.getText() !== name.text) return false;
  const value = declaredConstant(model, name)?.value;
  return value !== undefined && (compiler.isObjectLiteralExpression(value) || compiler.isArrayLiteralExpression(value) || isFrozen(compiler, value));
}

function isFrozen({ isCallExpression }: Compiler, value: ts.Expression): boolean {
  return isCallExpression(value) && value.expression.getText() === 'Object.freeze';
}

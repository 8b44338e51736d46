/**
 * Setters that keep a record and replace some of its fields: `setState(next) { state = { ...state, ...next }; }`. Of what the
 * caller gives, each property is written to the field of its name, and the others stay.
 */
import type { ts } from '../../compiler/compiler.js';
import type { Place } from '../../places/place.js';
import { type FunctionNode, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import type { ProgramModel } from '../model/program-model.js';

/** The callee's write leaves what is there and lays its argument over it. */
export function mergesParameter(model: ProgramModel, callee: FunctionNode, write: ts.Node, index: number): boolean {
  const name = callee.parameters[index]?.name;
  if (name === undefined || !model.compiler.isIdentifier(name)) return false;
  const graph = model.graph(callee);
  return model.eventsAt(graph, write).some((event) => {
    if (event.kind !== 'write' || event.how !== 'assign' || event.value === undefined) return false;
    return isLaidOver(model, event.value.node, event.place, name);
  });
}

/** `{ ...state, ...next }` or `Object.assign({}, state, next)`. */
function isLaidOver(model: ProgramModel, value: ts.Node, place: Place, parameter: ts.Identifier): boolean {
  const { compiler } = model;
  const node = compiler.isExpression(value) ? skipOuter(compiler, value) : value;
  const layers: readonly ts.Expression[] = compiler.isObjectLiteralExpression(node)
    ? node.properties.flatMap((property) => (compiler.isSpreadAssignment(property) ? [property.expression] : []))
    : compiler.isCallExpression(node) && node.expression.getText() === 'Object.assign'
      ? node.arguments
      : [];
  const { scopes, places } = model.file(value);
  const binding = scopes.resolve(parameter);
  const mentions = (layer: ts.Expression): boolean => model.file(value).mentions(parameter.text).some((mention) => isWithin(mention, layer) && compiler.isIdentifier(mention) && scopes.resolve(mention) === binding);
  const ground = layers.findIndex((layer) => places.placeOf(layer)?.key === place.key);
  return ground >= 0 && layers.slice(ground + 1).some(mentions);
}

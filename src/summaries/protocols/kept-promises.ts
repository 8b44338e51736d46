/**
 * Which promise a value is or carries: `work()`, or `{ promise: work(), startedAt }`, which keeps it beside what is told of it, or beside
 * what settles it.
 */
import type { ts } from '../../compiler/compiler.js';
import type { Value } from '../../events/event.js';
import { field, type Projection } from '../../places/place.js';
import { propertyNameText, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import type { ProgramModel } from '../model/program-model.js';

export interface KeptPromise {
  readonly value: Value;
  /** The steps to the promise from the place that the value is stored in. */
  readonly path: readonly Projection[];
}

/** By its syntax: `keptPromise` asks for types. */
export function mayKeepPromise(model: ProgramModel, value: Value): boolean {
  return mayBePromise(model, value) || literalOf(model, value) !== undefined;
}

export function keptPromise(model: ProgramModel, value: Value): KeptPromise | undefined {
  if (mayBePromise(model, value)) {
    if (isPromise(model, value)) return { value, path: [] };
    return isDeferred(model, value) ? { value, path: [field('promise')] } : undefined;
  }
  const { compiler } = model;
  for (const property of literalOf(model, value)?.properties ?? []) {
    const node = compiler.isPropertyAssignment(property) ? property.initializer : compiler.isShorthandPropertyAssignment(property) ? property.name : undefined;
    const name = propertyNameText(compiler, property.name);
    if (node === undefined || name === undefined) continue;
    const part: Value = { node, sources: value.sources.filter((source) => isWithin(source.node, node)) };
    if (mayBePromise(model, part) && isPromise(model, part)) return { value: part, path: [field(name)] };
  }
  return undefined;
}

/** `Promise.withResolvers()`: a promise beside what settles it. */
export function isDeferred({ questions }: ProgramModel, { node }: Value): boolean {
  return questions.hasMember(node, 'promise') && questions.hasMember(node, 'resolve');
}

function literalOf({ compiler }: ProgramModel, { node }: Value): ts.ObjectLiteralExpression | undefined {
  const expression = compiler.isExpression(node) ? skipOuter(compiler, node) : node;
  return compiler.isObjectLiteralExpression(expression) ? expression : undefined;
}

/** By its syntax: a call, or a local that may hold the result of one. */
export function mayBePromise({ compiler }: ProgramModel, { node, nature }: Value): boolean {
  if (nature === 'promise') return true;
  if (nature === 'constant' || nature === 'function' || nature === 'empty' || !compiler.isExpression(node)) return false;
  const expression = skipOuter(compiler, node);
  return (
    compiler.isCallExpression(expression) ||
    compiler.isNewExpression(expression) ||
    compiler.isConditionalExpression(expression) ||
    compiler.isIdentifier(expression)
  );
}

export function isPromise(model: ProgramModel, { node, nature }: Value): boolean {
  // what has a `then` for other reasons, as an emitter may, does not reject
  return nature === 'promise' || model.questions.isNamed(node, 'Promise') || model.questions.isNamed(node, 'PromiseLike');
}

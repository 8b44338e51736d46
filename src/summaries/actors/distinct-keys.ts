/**
 * Elements that belong to one branch of a crowd each: the branches of `[...byPeer.entries()].map(async ([peer]) => …)` run
 * at the same time, but no two of them have the same key.
 */
import type { ts } from '../../compiler/compiler.js';
import type { Place } from '../../places/place.js';
import { elementCallbacks } from '../../syntax/array-methods.js';
import { type Activation, enclosingActivation, isFunctionLiteral, outerParent, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { isOfModuleOrFactory } from '../model/factories.js';
import type { ProgramModel } from '../model/program-model.js';

/**
 * Whether what is written lies in the element that the branch was given: `rows.map(async (row) => { row.state ??= await f(row); })`.
 * Not where the list is others' as well: another call's branch may be given the same element.
 */
export function isOwnElement(model: ProgramModel, owner: Activation, target: ts.Node): boolean {
  const { compiler } = model;
  if (compiler.isSourceFile(owner) || !isFunctionLiteral(compiler, owner)) return false;
  const branch = branchOf(model, owner);
  const list = crowdOf(model, branch);
  const parameter = branch.parameters[0];
  if (list === undefined || parameter === undefined) return false;
  const root = model.file(owner).places.placeOf(list)?.root;
  if (root?.kind !== 'variable' || isOfModuleOrFactory(model, root.binding)) return false;
  let node = compiler.isBinaryExpression(target) ? target.left : target;
  if (!compiler.isPropertyAccessExpression(node) && !compiler.isElementAccessExpression(node)) return false;
  while (compiler.isPropertyAccessExpression(node) || compiler.isElementAccessExpression(node)) node = node.expression;
  const binding = compiler.isIdentifier(node) ? model.file(owner).scopes.resolve(node) : undefined;
  return binding?.kind === 'parameter' && binding.owner === branch && isWithin(binding.identifier, parameter);
}

/** `ids.map((id) => limit(async () => { … }))`: what a limiter is handed for an element runs once for that element. */
function branchOf(model: ProgramModel, owner: ts.ArrowFunction | ts.FunctionExpression): ts.ArrowFunction | ts.FunctionExpression {
  const { compiler } = model;
  const { parent: call } = outerParent(compiler, owner);
  if (!compiler.isCallExpression(call) || model.locks.classifyCall(call)?.kind !== 'run') return owner;
  const around = enclosingActivation(compiler, call);
  return isFunctionLiteral(compiler, around) ? around : owner;
}

/** The list whose elements the function is called with, all at the same time. */
function crowdOf(model: ProgramModel, owner: ts.ArrowFunction | ts.FunctionExpression): ts.Expression | undefined {
  const { compiler } = model;
  const { parent: call } = outerParent(compiler, owner);
  if (!compiler.isCallExpression(call) || call.arguments[0] !== owner) return undefined;
  if (!compiler.isPropertyAccessExpression(call.expression) || !elementCallbacks.has(call.expression.name.text)) return undefined;
  return skipOuter(compiler, call.expression.expression);
}

/**
 * Whether the place is an element that each branch has to itself. Only for what a local of the enclosing activation holds:
 * other activations have keys of their own, which may well be equal.
 */
export function isBranchesOwn(model: ProgramModel, owner: Activation, place: Place): boolean {
  return isUnderGivenKey(model, owner, place, (list) => distinctElements(model, list));
}

/** `ids.map(async (id) => …)`: the elements of a list mostly differ where they are keys, though nobody says so. */
export function isLikelyBranchesOwn(model: ProgramModel, owner: Activation, place: Place): boolean {
  return isUnderGivenKey(model, owner, place, () => 'keys');
}

function isUnderGivenKey(model: ProgramModel, owner: Activation, place: Place, elementsOf: (list: ts.Expression) => 'keys' | 'pairs' | undefined): boolean {
  const { compiler } = model;
  const { root } = place;
  if (root.kind !== 'variable' || isOfModuleOrFactory(model, root.binding)) return false;
  if (compiler.isSourceFile(owner) || !isFunctionLiteral(compiler, owner)) return false;
  const branch = branchOf(model, owner);
  const list = crowdOf(model, branch);
  const elements = list === undefined ? undefined : elementsOf(list);
  const parameter = branch.parameters[0]?.name;
  if (elements === undefined || parameter === undefined) return false;
  const key = elements === 'keys' ? parameter : compiler.isArrayBindingPattern(parameter) ? firstName(model, parameter) : undefined;
  if (key === undefined || !compiler.isIdentifier(key)) return false;
  const own = model.file(owner).places.element(key);
  return own.kind === 'element' && own.key !== undefined && place.path.some((step) => step.kind === 'element' && step.key === own.key);
}

function firstName(model: ProgramModel, pattern: ts.ArrayBindingPattern): ts.BindingName | undefined {
  const [first] = pattern.elements;
  return first !== undefined && model.compiler.isBindingElement(first) ? first.name : undefined;
}

/** What the elements of the list are: keys, pairs of a key and its value, or nothing that is known to differ. */
function distinctElements(model: ProgramModel, list: ts.Expression): 'keys' | 'pairs' | undefined {
  const { compiler } = model;
  if (compiler.isArrayLiteralExpression(list)) {
    const [only] = list.elements;
    if (only === undefined || list.elements.length !== 1 || !compiler.isSpreadElement(only)) return undefined;
    return distinctIterable(model, skipOuter(compiler, only.expression));
  }
  if (!compiler.isCallExpression(list) || !compiler.isPropertyAccessExpression(list.expression)) return undefined;
  const [argument] = list.arguments;
  switch (list.expression.getText().replace(/\s+/g, '')) {
    case 'Object.keys':
      return 'keys';
    case 'Object.entries':
      return 'pairs';
    case 'Array.from':
      return argument === undefined ? undefined : distinctIterable(model, skipOuter(compiler, argument));
    default:
      return undefined;
  }
}

function distinctIterable(model: ProgramModel, node: ts.Expression): 'keys' | 'pairs' | undefined {
  const { compiler } = model;
  if (compiler.isNewExpression(node)) return node.expression.getText() === 'Set' ? 'keys' : undefined;
  if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression) || node.arguments.length > 0) return undefined;
  const { text } = node.expression.name;
  // the entries of an array are pairs as well, of its indices
  return text === 'keys' ? 'keys' : text === 'entries' ? 'pairs' : undefined;
}

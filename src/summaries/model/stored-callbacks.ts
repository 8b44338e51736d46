/**
 * Functions that the program stores to be called back: handed to a constructor or to a method that keeps them in a field, or
 * to a function that keeps them in a variable of its module.
 */
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { type FunctionNode, isFunctionNode, parameterProperty, propertyNameText, propertyValue, skipOuter, thisOwner } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { isAssignment } from '../../syntax/tree.js';
import { memoized, type ProgramModel } from './program-model.js';

export interface StoredCallback {
  /** What is stored: a function literal or a reference to one. */
  readonly argument: ts.Expression;
  /** The object that it is stored in, where it is handed over; undefined for a variable of the module. */
  readonly holder: Place | undefined;
}

/** Where a function that is kept in the field enters the object. */
interface Entrance {
  /** Undefined: the constructor. */
  readonly method: string | undefined;
  readonly parameter: number;
  /** Property of an object literal that is the argument. */
  readonly property: string | undefined;
}

/** The functions that the call of a field's or module variable's content may run: `await this.onChange()`, `for (const each of this.listeners) await each()`. */
export function storedCallbacksOf(model: ProgramModel, call: CallEvent): readonly StoredCallback[] {
  if (!model.compiler.isCallExpression(call.node) || call.reference !== undefined) return [];
  return storedIn(model, call.node.expression);
}

const storedIn = memoized((model, callee: ts.Expression): readonly StoredCallback[] => {
  const { compiler } = model;
  const place = model.file(callee).places.placeOf(callee);
  if (place?.root.kind === 'variable') {
    // a method of the collection is not what it holds
    const isContent = place.path.every((step) => step.kind !== 'field');
    return isContent && compiler.isSourceFile(place.root.binding.owner) ? keptByModule(model, place.root.binding) : [];
  }
  if (place?.root.kind !== 'this' || place.root.owner === undefined || !compiler.isClassLike(place.root.owner)) return [];
  const [first, second] = place.path;
  if (first?.kind !== 'field') return [];
  const owner = place.root.owner;
  const property = second?.kind === 'field' ? second.name : undefined;
  const entrances = entrancesOf(model, owner, first.name, property);
  const own = property === undefined ? ownCallbacks(model, owner, first.name) : [];
  return [...own, ...entrances.flatMap((entrance) => handedOver(model, owner, entrance))];
});

/** `const hooks = new Set<Hook>(); export function onSave(hook: Hook) { hooks.add(hook); }`. */
const keptByModule = memoized((model, binding: Binding): readonly StoredCallback[] => handedToModule(model, binding));

function handedToModule(model: ProgramModel, binding: Binding): StoredCallback[] {
  const { compiler } = model;
  const { mentions, scopes } = model.file(binding.identifier);
  const found: StoredCallback[] = [];
  for (const mention of mentions(binding.name)) {
    if (!compiler.isIdentifier(mention) || scopes.resolve(mention) !== binding) continue;
    const value = storedValue(model, mention);
    const node = value === undefined ? undefined : skipOuter(compiler, value);
    if (node === undefined) continue;
    if (isFunctionNode(compiler, node)) found.push({ argument: node, holder: undefined });
    const parameter = compiler.isIdentifier(node) ? scopes.resolve(node)?.declaration : undefined;
    const keeper = parameter?.parent;
    if (parameter === undefined || keeper === undefined || !compiler.isFunctionDeclaration(keeper)) continue;
    found.push(...handedToFunction(model, keeper, keeper.parameters.findIndex((each) => each === parameter)));
  }
  return found;
}

function handedToFunction(model: ProgramModel, keeper: ts.FunctionDeclaration, index: number): StoredCallback[] {
  const { compiler } = model;
  const name = keeper.name?.text;
  if (name === undefined || index < 0) return [];
  const found: StoredCallback[] = [];
  for (const file of model.program.getSourceFiles()) {
    if (file.isDeclarationFile || !file.text.includes(name)) continue;
    for (const mention of model.file(file).mentions(name)) {
      const { parent } = mention;
      if (!compiler.isCallExpression(parent) || parent.expression !== mention) continue;
      const argument = parent.arguments[index];
      if (argument !== undefined && model.calleeOfExpression(parent.expression, 'full') === keeper) found.push({ argument, holder: undefined });
    }
  }
  return found;
}

/** Functions that the object itself stores in its field: `this.listeners.push(() => this.save())`. */
function ownCallbacks(model: ProgramModel, owner: ts.ClassLikeDeclaration, fieldName: string): StoredCallback[] {
  const { compiler } = model;
  const found: StoredCallback[] = [];
  for (const mention of model.file(owner).mentions(fieldName)) {
    const target = mention.parent;
    if (!compiler.isPropertyAccessExpression(target) || target.name !== mention || thisOwner(compiler, target) !== owner) continue;
    const value = storedValue(model, target);
    const holder = value === undefined ? undefined : model.file(owner).places.placeOf(target.expression);
    if (value !== undefined && holder !== undefined && isFunctionNode(compiler, skipOuter(compiler, value))) found.push({ argument: value, holder });
  }
  return found;
}

function entrancesOf(model: ProgramModel, owner: ts.ClassLikeDeclaration, fieldName: string, property: string | undefined): Entrance[] {
  const { compiler } = model;
  const found: Entrance[] = [];
  const handed = parameterProperty(compiler, owner, fieldName);
  if (handed !== undefined) found.push({ method: undefined, parameter: handed.parent.parameters.indexOf(handed), property });
  for (const mention of model.file(owner).mentions(fieldName)) {
    const target = mention.parent;
    if (!compiler.isPropertyAccessExpression(target) || target.name !== mention || thisOwner(compiler, target) !== owner) continue;
    const value = storedValue(model, target);
    const method = value === undefined ? undefined : enclosingMember(model, value);
    if (value === undefined || method === undefined) continue;
    const entrance = entranceOf(model, method, value, property);
    if (entrance !== undefined) found.push(entrance);
  }
  return found;
}

/** What is put into the field: by assignment, or into the collection that it holds. */
function storedValue({ compiler }: ProgramModel, target: ts.Expression): ts.Expression | undefined {
  const { parent } = target;
  if (compiler.isBinaryExpression(parent) && parent.left === target && parent.operatorToken.kind === compiler.SyntaxKind.EqualsToken) return parent.right;
  if (!compiler.isPropertyAccessExpression(parent) || !/^(?:push|add|set|unshift)$/.test(parent.name.text)) return undefined;
  return compiler.isCallExpression(parent.parent) ? parent.parent.arguments.at(-1) : undefined;
}

function enclosingMember({ compiler }: ProgramModel, node: ts.Node): FunctionNode | undefined {
  let current: ts.Node = node;
  while (!compiler.isSourceFile(current)) {
    if (isFunctionNode(compiler, current) && compiler.isClassLike(current.parent)) return current;
    current = current.parent;
  }
  return undefined;
}

/** The parameter, or the property of one, that the value is. */
function entranceOf(model: ProgramModel, method: FunctionNode, value: ts.Expression, property: string | undefined): Entrance | undefined {
  const { compiler } = model;
  const node = skipOuter(compiler, value);
  const access = compiler.isPropertyAccessExpression(node) ? node : undefined;
  const base = access === undefined ? node : skipOuter(compiler, access.expression);
  if (!compiler.isIdentifier(base)) return undefined;
  const declaration = model.file(base).scopes.resolve(base)?.declaration;
  const parameter = method.parameters.findIndex((each) => each === declaration);
  if (parameter < 0) return undefined;
  const name = compiler.isConstructorDeclaration(method) ? undefined : propertyNameText(compiler, method.name);
  if (name === undefined && !compiler.isConstructorDeclaration(method)) return undefined;
  return { method: name, parameter, property: access?.name.text ?? property };
}

function handedOver(model: ProgramModel, owner: ts.ClassLikeDeclaration, entrance: Entrance): StoredCallback[] {
  const { compiler } = model;
  const name = entrance.method ?? owner.name?.text;
  if (name === undefined) return [];
  const found: StoredCallback[] = [];
  for (const file of model.program.getSourceFiles()) {
    if (file.isDeclarationFile || !file.text.includes(name)) continue;
    const { mentions, places } = model.file(file);
    for (const mention of mentions(name)) {
      const { parent } = mention;
      let argument: ts.Expression | undefined;
      let holder: Place | undefined;
      if (entrance.method === undefined) {
        if (!compiler.isNewExpression(parent) || parent.expression !== mention) continue;
        argument = parent.arguments?.[entrance.parameter];
        holder = placeOfInstance(model, parent);
      } else {
        if (!compiler.isPropertyAccessExpression(parent) || parent.name !== mention || !compiler.isCallExpression(parent.parent)) continue;
        if (parent.parent.expression !== parent) continue;
        argument = parent.parent.arguments[entrance.parameter];
        holder = places.placeOf(parent.expression);
        const called = model.calleeOfExpression(parent, 'full');
        if (called?.parent !== owner) continue;
      }
      const value = argument === undefined ? undefined : partOf(model, argument, entrance.property);
      if (value !== undefined && holder !== undefined) found.push({ argument: value, holder });
    }
  }
  return found;
}

/** What stands under the name in an object that is written out as the argument; the argument itself where no name is asked for. */
function partOf({ compiler }: ProgramModel, argument: ts.Expression, name: string | undefined): ts.Expression | undefined {
  if (name === undefined) return argument;
  const literal = skipOuter(compiler, argument);
  return compiler.isObjectLiteralExpression(literal) ? propertyValue(compiler, literal, name) : undefined;
}

/** The variable or field that a new object is put into. */
function placeOfInstance(model: ProgramModel, construction: ts.NewExpression): Place | undefined {
  const { compiler } = model;
  const { places } = model.file(construction);
  const { parent } = construction;
  if (compiler.isVariableDeclaration(parent) && compiler.isIdentifier(parent.name)) return places.placeOf(parent.name);
  if (compiler.isBinaryExpression(parent) && parent.right === construction) return places.placeOf(parent.left);
  return undefined;
}

/** The field that the constructor puts the parameter into. */
export function fieldOfParameter(model: ProgramModel, owner: ts.ClassLikeDeclaration, index: number): string | undefined {
  const { compiler } = model;
  const constructor = owner.members.find((member) => compiler.isConstructorDeclaration(member) && member.body !== undefined);
  if (constructor === undefined || !compiler.isConstructorDeclaration(constructor)) return undefined;
  const parameter = constructor.parameters[index];
  if (parameter === undefined || !compiler.isIdentifier(parameter.name)) return undefined;
  if (compiler.isParameterPropertyDeclaration(parameter, constructor)) return parameter.name.text;
  const binding = model.file(owner).scopes.resolve(parameter.name);
  for (const mention of model.file(owner).mentions(parameter.name.text)) {
    const { parent } = mention;
    if (!compiler.isIdentifier(mention) || !isAssignment(compiler, parent) || parent.right !== mention) continue;
    if (compiler.isPropertyAccessExpression(parent.left) && model.file(owner).scopes.resolve(mention) === binding) return parent.left.name.text;
  }
  return undefined;
}

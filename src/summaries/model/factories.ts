/**
 * Functions that a factory gives back in an object: `function createJob() { let handle; async function open() { … } return { open }; }`.
 * What they share are variables of one activation of the factory, as the methods of a class share the fields of one instance.
 */
import type { ts } from '../../compiler/compiler.js';
import { type Activation, enclosingActivation, functionDeclaredBy, type FunctionNode, isFunctionNode, nameOfFunction, outerParent, propertyNameText, returnedBy, skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { declaredConstant } from './declared-values.js';
import { memoized, type ProgramModel } from './program-model.js';

export interface FactoryMember {
  /** The function that makes the object. */
  readonly factory: FunctionNode;
  /** What callers call the member. */
  readonly name: string;
}

/** The member that the function is, of what a factory gives back. */
export const factoryMemberOf = memoized((model, owner: Activation): FactoryMember | undefined => {
  const { compiler } = model;
  if (compiler.isSourceFile(owner) || compiler.isSourceFile(enclosingActivation(compiler, owner))) return undefined;
  if (compiler.isObjectLiteralExpression(owner.parent)) return memberAt(model, owner);
  const { parent } = outerParent(compiler, owner);
  if (compiler.isPropertyAssignment(parent)) return memberAt(model, parent);
  const name = nameOfFunction(compiler, owner);
  for (const mention of name === undefined ? [] : model.file(owner).mentions(name.text)) {
    const { parent: property } = mention;
    const isValue = compiler.isShorthandPropertyAssignment(property) || (compiler.isPropertyAssignment(property) && property.initializer === mention);
    const member = isValue && functionOf(model, property) === owner ? memberAt(model, property) : undefined;
    if (member !== undefined) return member;
  }
  return undefined;
});

function memberAt(model: ProgramModel, property: ts.ObjectLiteralElementLike | FunctionNode): FactoryMember | undefined {
  const { compiler } = model;
  const name = propertyNameText(compiler, property.name);
  const factory = name === undefined ? undefined : factoryOf(model, property.parent);
  return name === undefined || factory === undefined ? undefined : { factory, name };
}

/** The function that gives the object back. */
export function factoryOf(model: ProgramModel, object: ts.Node): FunctionNode | undefined {
  const factory = enclosingActivation(model.compiler, object);
  return !model.compiler.isSourceFile(factory) && objectsOf(model, factory).some((literal) => literal === object) ? factory : undefined;
}

/** The function gives back an object with functions of its own. */
export const isFactory = memoized((model, owner: FunctionNode): boolean =>
  objectsOf(model, owner).some(({ properties }) => properties.some((property) => functionOf(model, property) !== undefined)),
);

/** Whether the variable is there for all calls of the functions that name it: one of the module, or what a factory's functions share. */
export function isOfModuleOrFactory(model: ProgramModel, { owner }: Pick<Binding, 'owner'>): boolean {
  return model.compiler.isSourceFile(owner) || isFactory(model, owner);
}

/** The nearest factory around the function, whose variables it shares with the other members. */
export function factoryAround(model: ProgramModel, owner: FunctionNode): FunctionNode | undefined {
  const { compiler } = model;
  for (let around = enclosingActivation(compiler, owner); !compiler.isSourceFile(around); around = enclosingActivation(compiler, around)) {
    if (isFactory(model, around)) return around;
  }
  return undefined;
}

/** What the function gives back that is written out as an object: `return { … }`, or a local that holds it. */
export const objectsOf = memoized((model, owner: FunctionNode): readonly ts.ObjectLiteralExpression[] => {
  const { compiler } = model;
  if (owner.asteriskToken !== undefined) return [];
  return returnedBy(compiler, owner).flatMap((value) => {
    const literal = compiler.isIdentifier(value) ? declaredConstant(model, value)?.value : value;
    return literal !== undefined && compiler.isObjectLiteralExpression(literal) ? [literal] : [];
  });
});

/** `open() { … }`, `open: async () => …`, or `open` where that is a function of the file. */
export function functionOf(model: ProgramModel, property: ts.ObjectLiteralElementLike): FunctionNode | undefined {
  const { compiler } = model;
  if (isFunctionNode(compiler, property)) return property;
  if (!compiler.isShorthandPropertyAssignment(property) && !compiler.isPropertyAssignment(property)) return undefined;
  const value = compiler.isPropertyAssignment(property) ? skipOuter(compiler, property.initializer) : property.name;
  if (isFunctionNode(compiler, value)) return value;
  const binding = compiler.isIdentifier(value) ? model.file(value).scopes.resolve(value) : undefined;
  return binding === undefined || binding.assignments.length > 0 ? undefined : functionDeclaredBy(compiler, binding.declaration);
}

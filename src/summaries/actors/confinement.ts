/**
 * Objects that nobody else can reach: made for one operation, or not yet given to anyone.
 *
 * Ownership is what makes most code free of races (RacerD calls such objects owned); here it is read off the places
 * where the program makes instances of a class.
 */
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { Place } from '../../places/place.js';
import { type Activation, enclosingActivation, type FunctionNode, hasModifier, isFunctionNode, memberOf, nameOfFunction, outerParent, propertyNameText, returnedBy, skipOuter, type ThisOwner } from '../../syntax/functions.js';
import { isNullish } from '../../syntax/constants.js';
import { chainMethods, chainOn, waitingActivation } from '../../syntax/promise-chains.js';
import { declaredConstant } from '../model/declared-values.js';
import { factoryMemberOf, factoryOf, isFactory } from '../model/factories.js';
import { madeBy, takerOf } from '../model/named-values.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { isTestFile } from '../model/test-files.js';

/** The receiver was made by the caller and nobody else has it yet: a static factory, a constructor. */
export function isOnFreshObject(model: ProgramModel, reference: ts.Node): boolean {
  const { compiler } = model;
  if (!compiler.isPropertyAccessExpression(reference)) return false;
  const { expression } = reference;
  if (expression.kind === compiler.SyntaxKind.ThisKeyword) {
    // a continuation that the constructor starts runs when the object is out
    return compiler.isConstructorDeclaration(enclosingActivation(compiler, reference));
  }
  const constant = declaredConstant(model, expression);
  if (constant === undefined || compiler.isSourceFile(constant.binding.owner)) return false;
  // a function beside, `stop: () => server.stop()`, runs when the object is in use
  return waitingActivation(compiler, reference) === constant.binding.owner && isNewObject(model, constant.value, 0);
}

/** `new Client()`, or what a function of the program gives that returns nothing but objects which it has made: `await createClient()`. */
function isNewObject(model: ProgramModel, value: ts.Expression, depth: number): boolean {
  const { compiler } = model;
  const made = madeBy(model, value);
  if (compiler.isNewExpression(made) || compiler.isObjectLiteralExpression(made)) return true;
  if (!compiler.isCallExpression(made) || depth >= maximumFactoryDepth) return false;
  const factory = model.calleeOfExpression(made.expression, 'full');
  const returned = factory === undefined ? [] : returnedBy(compiler, factory);
  return (
    returned.length > 0 &&
    returned.every((each) => {
      const constant = compiler.isIdentifier(each) ? declaredConstant(model, each) : undefined;
      if (constant === undefined) return isNewObject(model, each, depth + 1);
      return constant.binding.owner === factory && isNewObject(model, constant.value, depth + 1);
    })
  );
}

/** Every call in the program is on an object that its caller has just made: `const db = new Database(); await db.init()`. */
export const isInitialiser = memoized((model, owner: Activation): boolean => {
  const { compiler } = model;
  if (compiler.isSourceFile(owner)) return false;
  const member = memberOf(compiler, owner);
  const name = member === undefined ? factoryMemberOf(model, owner)?.name : compiler.isIdentifier(member.name) ? member.name.text : undefined;
  if (name === undefined) return false;
  const { onFresh, onOthers } = accessesOf(model, name);
  return meantBy(model, onFresh).has(owner) && !meantBy(model, onOthers).has(owner);
});

/** What runs for the accesses: asked once for a name, and not once more for each function that has it. */
const meantBy = memoized((model, accesses: readonly ts.PropertyAccessExpression[]): ReadonlySet<FunctionNode> => new Set(accesses.flatMap((access) => meanings(model, access))));

/** The member, or what stands behind that of an interface or base class. */
function meanings(model: ProgramModel, access: ts.PropertyAccessExpression): readonly FunctionNode[] {
  const meant = model.functionOfMember(access);
  return meant === undefined ? model.implementationsOfMember(access) : [meant];
}

/**
 * The initialiser has done what it does before anybody else has the object: the function that made the object names it for nothing
 * but members before that, and the constructor gives it to nobody.
 */
export const runsBeforeShared = memoized((model, owner: Activation): boolean => {
  const { compiler } = model;
  const member = memberOf(compiler, owner);
  if (compiler.isSourceFile(owner) || member === undefined || !compiler.isIdentifier(member.name) || !isInitialiser(model, owner)) return false;
  const { parent } = member;
  if (!compiler.isClassLike(parent)) return false;
  if (parent.heritageClauses?.some(({ token }) => token === compiler.SyntaxKind.ExtendsKeyword) === true) return false;
  if (parent.members.some((member) => compiler.isConstructorDeclaration(member) && givesThis(compiler, member))) return false;
  return accessesOf(model, member.name.text).onFresh.every((access) => !meanings(model, access).includes(owner) || isUnnamedBefore(model, access));
});

/** The constructor uses `this` for more than a member, or in a function that may run later. */
function givesThis(compiler: Compiler, constructor: ts.ConstructorDeclaration): boolean {
  const visit = (node: ts.Node): boolean => {
    if (node !== constructor && isFunctionNode(compiler, node)) return true;
    if (node.kind === compiler.SyntaxKind.ThisKeyword) return !compiler.isPropertyAccessExpression(node.parent);
    return compiler.forEachChild(node, (child) => visit(child) || undefined) ?? false;
  };
  return visit(constructor);
}

/** Before the call is over, the local is only asked for members. */
function isUnnamedBefore(model: ProgramModel, access: ts.PropertyAccessExpression): boolean {
  const { compiler } = model;
  const { expression } = access;
  if (!compiler.isIdentifier(expression)) return false;
  const file = model.file(access);
  const binding = file.scopes.resolve(expression);
  if (binding === undefined) return false;
  return file.mentions(binding.name).every((mention) => {
    if (mention === binding.identifier || mention.pos > access.end || !compiler.isIdentifier(mention) || file.scopes.resolve(mention) !== binding) return true;
    return compiler.isPropertyAccessExpression(mention.parent) && mention.parent.expression === mention;
  });
}

/** The function that made the object calls the member once, and waits for it. */
function isOnlyCall(model: ProgramModel, access: ts.PropertyAccessExpression): boolean {
  const { compiler } = model;
  const { expression, name } = access;
  if (!compiler.isIdentifier(expression)) return true;
  const file = model.file(access);
  const binding = file.scopes.resolve(expression);
  if (binding === undefined || !isWaitedForUse(model, access, binding.owner)) return false;
  return file.mentions(name.text).every((mention) => {
    const { parent } = mention;
    if (mention === name || !compiler.isPropertyAccessExpression(parent) || !compiler.isIdentifier(parent.expression)) return true;
    return file.scopes.resolve(parent.expression) !== binding;
  });
}

/** Accesses of members with one name, whichever class they belong to. */
interface Accesses {
  readonly onFresh: readonly ts.PropertyAccessExpression[];
  readonly onOthers: readonly ts.PropertyAccessExpression[];
}

const accesses = new WeakMap<ProgramModel, Map<string, Accesses>>();

function accessesOf(model: ProgramModel, name: string): Accesses {
  let byName = accesses.get(model);
  if (byName === undefined) accesses.set(model, (byName = new Map<string, Accesses>()));
  let known = byName.get(name);
  if (known === undefined) byName.set(name, (known = collectAccesses(model, name)));
  return known;
}

function collectAccesses(model: ProgramModel, name: string): Accesses {
  const { compiler, program } = model;
  const onFresh: ts.PropertyAccessExpression[] = [];
  const onOthers: ts.PropertyAccessExpression[] = [];
  for (const file of program.getSourceFiles()) {
    if (file.isDeclarationFile || !file.text.includes(`.${name}(`) || isTestFile(file)) continue;
    for (const mention of model.file(file).mentions(name)) {
      const { parent } = mention;
      if (!compiler.isPropertyAccessExpression(parent) || parent.name !== mention) continue;
      (isOnFreshObject(model, parent) && isOnlyCall(model, parent) ? onFresh : onOthers).push(parent);
    }
  }
  return { onFresh, onOthers };
}

/**
 * Every instance that the program makes lives in a local variable which is only used as a receiver, so that nobody else
 * can reach it: an object made for one operation. A class that the program never makes is for others to use.
 */
export const isConfined = memoized((model, owner: ThisOwner): boolean => {
  const factory = model.compiler.isClassLike(owner) ? undefined : factoryOf(model, owner);
  if (factory !== undefined) return givesConfined(model, factory);
  const made = constructionsOf(model, owner);
  return made !== undefined && made.length > 0 && made.every((construction) => isConfinedInstance(model, construction, 0));
});

/** Where the program makes instances of the class; undefined where others may be made out of sight, by a subclass. */
export const constructionsOf = memoized((model, owner: ThisOwner): readonly ts.NewExpression[] | undefined => {
  const { compiler, program } = model;
  if (!compiler.isClassDeclaration(owner) || owner.name === undefined) return undefined;
  const name = owner.name.text;
  const own = model.file(owner);
  const isExported = own.scopes.resolve(owner.name)?.isExported !== false;
  const files = isExported
    ? program.getSourceFiles().filter((file) => !file.isDeclarationFile && file.text.includes(name) && !isTestFile(file))
    : [owner.getSourceFile()];
  const constructions: ts.NewExpression[] = [];
  for (const file of files) {
    for (const mention of model.file(file).mentions(name)) {
      const { parent } = mention;
      // a subclass lets instances be made out of sight
      if (compiler.isExpressionWithTypeArguments(parent) && compiler.isHeritageClause(parent.parent)) return undefined;
      constructions.push(...constructionsBy(model, mention));
    }
  }
  return constructions;
});

/** The `new` expressions that a mention of a class leads to: its own, or those of a local that defaults to the class. */
function constructionsBy(model: ProgramModel, mention: ts.Identifier | ts.PrivateIdentifier): ts.NewExpression[] {
  const { compiler } = model;
  const { parent } = mention;
  if (compiler.isNewExpression(parent) && parent.expression === mention) return [parent];
  const isDefault = (compiler.isBindingElement(parent) || compiler.isParameter(parent)) && parent.initializer === mention;
  if (!isDefault || !compiler.isIdentifier(parent.name)) return [];
  const file = model.file(mention);
  const binding = file.scopes.resolve(parent.name);
  return file
    .mentions(parent.name.text)
    .filter((use) => compiler.isIdentifier(use) && file.scopes.resolve(use) === binding)
    .flatMap((use) => (compiler.isNewExpression(use.parent) && use.parent.expression === use ? [use.parent] : []));
}

/** Factories are followed to their callers this far. */
const maximumFactoryDepth = 2;

/** A static factory is called through its class. */
export function mayCall(model: ProgramModel, callee: ts.Node, factory: FunctionNode): boolean {
  const { compiler } = model;
  const { parent } = factory;
  if (!compiler.isClassLike(parent) || !hasModifier(compiler, factory, compiler.SyntaxKind.StaticKeyword)) return true;
  return compiler.isPropertyAccessExpression(callee) && callee.expression.getText() === parent.name?.text;
}

/** The same of what a function makes whose variables the members of an object share: every result in the program is for one operation. */
export const givesConfined = memoized((model, factory: FunctionNode): boolean => isConfinedResult(model, factory, 0));

/** Whether the place belongs to an object that is made for one operation: an instance, or what a factory's functions share. */
export function isOfConfined(model: ProgramModel, { root }: Place): boolean {
  if (root.kind === 'this') return root.owner !== undefined && isConfined(model, root.owner);
  if (root.kind !== 'variable' || root.binding.kind !== 'variable' || model.compiler.isSourceFile(root.binding.owner)) return false;
  return isFactory(model, root.binding.owner) && givesConfined(model, root.binding.owner);
}

/** The results of a function that returns what it made are made where it is called. */
function isConfinedResult(model: ProgramModel, factory: Activation, depth: number): boolean {
  const { compiler } = model;
  const name = depth >= maximumFactoryDepth || compiler.isSourceFile(factory) ? undefined : nameOfFunction(compiler, factory);
  if (compiler.isSourceFile(factory) || name === undefined) return false;
  let calls = 0;
  for (const file of filesNaming(model, factory, name)) {
    for (const mention of model.file(file).mentions(name.text)) {
      if (mention === name) continue;
      const callee = compiler.isPropertyAccessExpression(mention.parent) && mention.parent.name === mention ? mention.parent : mention;
      if (isGivenAway(model, callee, factory, name.text)) return false;
      const call = callee.parent;
      if (!compiler.isCallExpression(call) || call.expression !== callee || !mayCall(model, callee, factory)) continue;
      calls += 1;
      if (!isConfinedInstance(model, call, depth + 1)) return false;
    }
  }
  return calls > 0;
}

/** Files in which the function may be called: its own alone, where it is not exported. */
function filesNaming(model: ProgramModel, factory: FunctionNode, name: ts.Identifier | ts.PrivateIdentifier): readonly ts.SourceFile[] {
  const { compiler, program } = model;
  const isMember = memberOf(compiler, factory) !== undefined || compiler.isPrivateIdentifier(name);
  const binding = isMember ? undefined : model.file(factory).scopes.resolve(name);
  if (binding?.isExported === false) return [factory.getSourceFile()];
  return program.getSourceFiles().filter((file) => !file.isDeclarationFile && file.text.includes(name.text) && !isTestFile(file));
}

/** `provide(createJob)`, `{ make: createJob }`: whoever gets the factory makes objects out of sight. */
function isGivenAway(model: ProgramModel, reference: ts.Node, factory: FunctionNode, name: string): boolean {
  const { compiler } = model;
  const { parent, child } = outerParent(compiler, reference);
  const isArgument = (compiler.isCallExpression(parent) || compiler.isNewExpression(parent)) && parent.expression !== child;
  const isRenamed = compiler.isPropertyAssignment(parent) && parent.initializer === child && propertyNameText(compiler, parent.name) !== name;
  if (!isArgument && !isRenamed && !compiler.isArrayLiteralExpression(parent)) return false;
  return compiler.isExpression(reference) && model.calleeOfExpression(reference, 'full') === factory;
}

function isConfinedInstance(model: ProgramModel, construction: ts.NewExpression | ts.CallExpression, depth: number): boolean {
  const { compiler } = model;
  const { parent } = outerParent(compiler, chosenWith(compiler, construction));
  const declaration = compiler.isAwaitExpression(parent) ? parent.parent : parent;
  if (compiler.isReturnStatement(parent)) return isConfinedResult(model, enclosingActivation(compiler, construction), depth);
  // `await new Job(input).run()`
  if (compiler.isPropertyAccessExpression(declaration)) return isWaitedForUse(model, declaration, enclosingActivation(compiler, construction));
  if (!compiler.isVariableDeclaration(declaration) || !compiler.isIdentifier(declaration.name)) return false;
  const file = model.file(construction);
  const variable = file.scopes.resolve(declaration.name);
  if (variable === undefined || compiler.isSourceFile(variable.owner)) return false;
  return file.mentions(variable.name).every((use) => {
    if (use === declaration.name || !compiler.isIdentifier(use) || file.scopes.resolve(use) !== variable) return true;
    const access = use.parent;
    if (isAskedForPresence(compiler, use)) return true;
    return compiler.isPropertyAccessExpression(access) && access.expression === use && isWaitedForUse(model, access, variable.owner);
  });
}

/** `until ? new Watcher(until) : null`, which is an object or nothing. */
function chosenWith(compiler: Compiler, construction: ts.Expression): ts.Expression {
  const { child: node, parent } = outerParent(compiler, construction);
  if (!compiler.isConditionalExpression(parent) || parent.condition === node) return construction;
  const other = parent.whenTrue === node ? parent.whenFalse : parent.whenTrue;
  return isNullish(compiler, skipOuter(compiler, other)) ? parent : construction;
}

/** `if (watcher)`, `watcher !== null`, `watcher && …`: nobody gets the object by that. */
export function isAskedForPresence(compiler: Compiler, use: ts.Expression): boolean {
  const { child: node, parent } = outerParent(compiler, use);
  if (compiler.isIfStatement(parent)) return parent.expression === node;
  if (compiler.isPrefixUnaryExpression(parent)) return parent.operator === compiler.SyntaxKind.ExclamationToken;
  if (compiler.isConditionalExpression(parent)) return parent.condition === node;
  if (!compiler.isBinaryExpression(parent)) return false;
  if (parent.operatorToken.kind === compiler.SyntaxKind.AmpersandAmpersandToken) return parent.left === node;
  return /^[!=]==?$/.test(parent.operatorToken.getText()) && isNullish(compiler, parent.left === node ? parent.right : parent.left);
}

/**
 * A field is read, or a method is called in a way that lets no other call of the same task run beside it: its promise is
 * waited for at once, by the function that has the object. A callback may be called several times.
 */
function isWaitedForUse(model: ProgramModel, access: ts.PropertyAccessExpression, holder: Activation): boolean {
  const { compiler } = model;
  const { parent: call } = access;
  if (!compiler.isCallExpression(call) || call.expression !== access) return !compiler.isPropertyAccessExpression(call) && !handsOutMethod(model, access);
  const isOwn = waitingActivation(compiler, call) === holder;
  const { parent, child } = takerOf(model, chainOn(compiler, call));
  // `.then(() => part.end())`
  const isResult = compiler.isArrowFunction(parent) && parent.body === child && parent !== holder;
  if (isOwn && (isResult || compiler.isAwaitExpression(parent) || compiler.isReturnStatement(parent))) return true;
  if (compiler.isArrayLiteralExpression(parent)) return false;
  return !model.questions.isPromise(call);
}

/** `button.on('click', job.start)`: who gets the method has the object as well. A promise, `job.run().finally(job.close)`, calls it once. */
function handsOutMethod(model: ProgramModel, access: ts.PropertyAccessExpression): boolean {
  const { compiler } = model;
  const { parent } = outerParent(compiler, access);
  const isOfChain = compiler.isCallExpression(parent) && compiler.isPropertyAccessExpression(parent.expression) && chainMethods.has(parent.expression.name.text);
  if (isOfChain || isAskedForPresence(compiler, access)) return false;
  const method = model.functionOfMember(access);
  return method !== undefined && !compiler.isAccessor(method);
}

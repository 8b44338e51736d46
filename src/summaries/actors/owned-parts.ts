/**
 * Parts: objects that each have one owner, whose methods nobody else calls. Every instance that the program makes of the class is put
 * into a hidden field, into a variable of the module or into a local, and stays there: it is asked for its members, and handed to
 * nobody but functions of the program that do no more with it. A class that strangers may import is no part, they may keep one as they like.
 *
 * So the calls of a method of a part are those of its owners and its own, as the calls of a hidden method are those of its class.
 */
import type { Compiler, ts } from '../../compiler/compiler.js';
import { importOriginOf } from '../../locks/imports.js';
import { type Activation, type FunctionNode, hasModifier, isMemberName, isPrivateMember, outerParent, propertyNameText, thisOwner } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { isAssignment, isWithin } from '../../syntax/tree.js';
import { isOffered } from '../model/offered-names.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { constructionsOf, isAskedForPresence } from './confinement.js';
import { isPrivate } from './member-mentions.js';

export interface OwnersAccess {
  /** `this.part.step`, of which the method is called. */
  readonly access: ts.PropertyAccessExpression;
  /** The run that made the part and has it in a local; undefined where an object or the module has it. */
  readonly run: Activation | undefined;
  /** The part names its own member. */
  readonly isOwn: boolean;
}

/** Whether each object of the class has one owner. */
export function isPart(model: ProgramModel, owner: ts.Node): owner is ts.ClassDeclaration {
  return model.compiler.isClassDeclaration(owner) && accessesOfParts(model, owner) !== undefined;
}

/** Where the method is named; undefined where the objects of its class are no parts. */
export function accessesByOwners(model: ProgramModel, method: ts.MethodDeclaration | ts.PropertyDeclaration): readonly OwnersAccess[] | undefined {
  const { compiler } = model;
  const name = propertyNameText(compiler, method.name);
  if (name === undefined || !compiler.isClassDeclaration(method.parent) || hasModifier(compiler, method, compiler.SyntaxKind.StaticKeyword)) return undefined;
  return accessesOfParts(model, method.parent)?.get(name);
}

const accessesOfParts = memoized((model, part: ts.ClassDeclaration): ReadonlyMap<string, readonly OwnersAccess[]> | undefined => {
  const { compiler } = model;
  if (part.name === undefined || part.heritageClauses?.some(({ token }) => token === compiler.SyntaxKind.ExtendsKeyword) === true) return undefined;
  const binding = model.file(part).scopes.resolve(part.name);
  // whoever imports the default gives it a name of his own
  if (binding === undefined || isOffered(model, binding) || hasModifier(compiler, part, compiler.SyntaxKind.DefaultKeyword)) return undefined;
  const made = constructionsOf(model, part)?.filter((construction) => mayMake(model, construction, part));
  if (made === undefined || made.length === 0 || isHeldAsValue(model, part, binding)) return undefined;
  const search = createSearch(model, part);
  if (!made.every((construction) => search.followValue(construction, undefined, 0)) || !search.followThis()) return undefined;
  const byName = new Map<string, OwnersAccess[]>();
  for (const found of search.accesses) {
    const list = byName.get(found.access.name.text);
    if (list === undefined) byName.set(found.access.name.text, [found]);
    else list.push(found);
  }
  return byName;
});

/** A class of the same name in another file is another one. */
function mayMake(model: ProgramModel, { expression }: ts.NewExpression, part: ts.ClassDeclaration): boolean {
  const meant = model.questions.declarationAt(expression);
  return meant === undefined || meant === part || !model.compiler.isClassLike(meant);
}

/** `register(Part)`: what is handed the class makes instances out of sight, and so does who has it under another name. */
function isHeldAsValue(model: ProgramModel, part: ts.ClassDeclaration, { name, isExported }: Binding): boolean {
  const { compiler, program } = model;
  const files = isExported ? program.getSourceFiles().filter((file) => !file.isDeclarationFile && file.text.includes(name)) : [part.getSourceFile()];
  return files.some((file) =>
    model.file(file).mentions(name).some((mention) => {
      const { parent } = mention;
      const meant = compiler.isIdentifier(mention) ? model.file(mention).scopes.resolve(mention) : undefined;
      if (meant !== undefined && meant.kind !== 'import' && meant.declaration !== part) return false;
      if (mention === part.name || compiler.isPartOfTypeNode(mention) || compiler.isNewExpression(parent)) return false;
      if (compiler.isImportSpecifier(parent) || compiler.isExportSpecifier(parent)) return parent.propertyName === mention;
      // a static member, a member of the same name, a test of the kind, a name in a type
      if (compiler.isPropertyAccessExpression(parent)) return parent.name === mention && isModule(model, parent.expression);
      if (compiler.isImportClause(parent) || compiler.isTypeElement(parent) || compiler.isQualifiedName(parent)) return false;
      if (compiler.isInterfaceDeclaration(parent) || compiler.isTypeAliasDeclaration(parent)) return false;
      return !(compiler.isBinaryExpression(parent) && parent.operatorToken.kind === compiler.SyntaxKind.InstanceOfKeyword);
    }),
  );
}

/** `parts.Part` of `import * as parts`. */
function isModule(model: ProgramModel, node: ts.Expression): boolean {
  const { compiler } = model;
  const binding = compiler.isIdentifier(node) ? model.file(node).scopes.resolve(node) : undefined;
  return binding?.kind === 'import' && importOriginOf(compiler, binding.declaration)?.imported === '*';
}

interface Search {
  readonly accesses: readonly OwnersAccess[];
  /** Whether the value, which is a part, goes nowhere but where its uses can be seen. */
  readonly followValue: (value: ts.Expression, run: Activation | undefined, depth: number) => boolean;
  /** Whether the part gives itself to nobody. */
  readonly followThis: () => boolean;
}

/** A part is followed through this many functions. */
const maximumDepth = 3;

function createSearch(model: ProgramModel, part: ts.ClassDeclaration): Search {
  const { compiler } = model;
  const accesses: OwnersAccess[] = [];
  const followed = new Set<ts.Node>();

  const followValue = (value: ts.Expression, run: Activation | undefined, depth: number): boolean => {
    const { parent, child } = outerParent(compiler, value);
    if (compiler.isAwaitExpression(parent)) return followValue(parent, run, depth);
    if (compiler.isPropertyAccessExpression(parent) && parent.expression === child) {
      accesses.push({ access: parent, run: run ?? model.rootActivation(parent), isOwn: false });
      return true;
    }
    if (compiler.isReturnStatement(parent)) return followResult(parent, depth);
    if (compiler.isVariableDeclaration(parent)) return compiler.isIdentifier(parent.name) && followName(parent.name, run, depth);
    if (compiler.isPropertyDeclaration(parent)) return followField(parent, depth);
    return isAssignment(compiler, parent) && parent.right === child && followAssignment(parent, run, depth);
  };

  /** `this.part = part`, also where the assignment is used: `return (this.part ??= new Part())`. */
  const followAssignment = (assignment: ts.BinaryExpression, run: Activation | undefined, depth: number): boolean => {
    const { left } = assignment;
    const isFollowed = compiler.isIdentifier(left) ? followName(left, run, depth) : compiler.isPropertyAccessExpression(left) && followTarget(left, depth);
    if (!isFollowed || compiler.isExpressionStatement(outerParent(compiler, assignment).parent)) return isFollowed;
    // what a field holds its object has, whoever has put it there
    return followUse(assignment, compiler.isIdentifier(left) ? (run ?? model.rootActivation(left)) : undefined, depth);
  };

  /** `static async open() { const part = new Part(); …; return part; }`: the part is where the result is. */
  const followResult = (statement: ts.ReturnStatement, depth: number): boolean => {
    const factory = model.rootActivation(statement);
    if (depth >= maximumDepth || compiler.isSourceFile(factory) || !isOwnFactory(compiler, factory, part)) return false;
    if (followed.has(factory)) return true;
    followed.add(factory);
    const { text } = factory.name;
    return model.program.getSourceFiles().every((file) => {
      if (file.isDeclarationFile || !file.text.includes(`.${text}`)) return true;
      return model.file(file).mentions(text).every((mention) => {
        const { parent: access } = mention;
        if (!compiler.isPropertyAccessExpression(access) || access.name !== mention) return true;
        const isOwn = access.expression.kind === compiler.SyntaxKind.ThisKeyword && thisOwner(compiler, access) === part;
        if (!isOwn && access.expression.getText() !== part.name?.text) return true;
        return compiler.isCallExpression(access.parent) && access.parent.expression === access && followValue(access.parent, undefined, depth + 1);
      });
    });
  };

  const followName = (name: ts.Identifier, run: Activation | undefined, depth: number): boolean => {
    const binding = model.file(name).scopes.resolve(name);
    if (binding === undefined || binding.isExported || binding.kind === 'import') return false;
    const { identifier, owner } = binding;
    const holder = run ?? (compiler.isSourceFile(owner) ? undefined : model.rootActivation(identifier));
    return followBinding(binding, holder, depth);
  };

  const followBinding = (binding: Binding, run: Activation | undefined, depth: number): boolean => {
    const { identifier, name } = binding;
    if (followed.has(identifier)) return true;
    followed.add(identifier);
    const { mentions, scopes } = model.file(identifier);
    return mentions(name).every((mention) => {
      if (mention === identifier || !compiler.isIdentifier(mention) || isMemberName(compiler, mention) || scopes.resolve(mention) !== binding) return true;
      return followUse(mention, run, depth);
    });
  };

  /** `this.part = …` in the class that hides the field. */
  const followTarget = (target: ts.PropertyAccessExpression, depth: number): boolean => {
    const owner = target.expression.kind === compiler.SyntaxKind.ThisKeyword ? thisOwner(compiler, target) : undefined;
    const field = owner === undefined || !compiler.isClassLike(owner) ? undefined : model.file(owner).memberOf(owner, target.name.text);
    return field !== undefined && compiler.isPropertyDeclaration(field) && followField(field, depth);
  };

  const followField = (field: ts.PropertyDeclaration, depth: number): boolean => {
    const name = propertyNameText(compiler, field.name);
    if (name === undefined || !isPrivate(model, field) || hasModifier(compiler, field, compiler.SyntaxKind.StaticKeyword)) return false;
    if (followed.has(field)) return true;
    if (!isPrivateMember(compiler, field) && isNamedBySubclass(model, field, name)) return false;
    followed.add(field);
    return model.file(field).mentions(name).every((mention) => {
      const { parent } = mention;
      if (mention === field.name || isOfAnother(compiler, mention, field)) return true;
      return compiler.isPropertyAccessExpression(parent) && parent.name === mention && followUse(parent, undefined, depth);
    });
  };

  /** What is done with a name of the part. */
  const followUse = (use: ts.Expression, run: Activation | undefined, depth: number): boolean => {
    if (isAskedForPresence(compiler, use)) return true;
    const { parent, child } = outerParent(compiler, use);
    if (compiler.isPropertyAccessExpression(parent) && parent.expression === child) {
      accesses.push({ access: parent, run, isOwn: false });
      return true;
    }
    if (isAssignment(compiler, parent)) {
      // whatever is put there is followed from where it is made
      if (parent.left === child) return true;
      return compiler.isPropertyAccessExpression(parent.left) && followAssignment(parent, run, depth);
    }
    if (compiler.isReturnStatement(parent)) return followResult(parent, depth);
    return depth < maximumDepth && followArgument(parent, child, run, depth);
  };

  /** `this.drive(part)` or `this.drive({ part })`. */
  const followArgument = (parent: ts.Node, child: ts.Node, run: Activation | undefined, depth: number): boolean => {
    const property = compiler.isShorthandPropertyAssignment(parent) || compiler.isPropertyAssignment(parent) ? propertyNameText(compiler, parent.name) : undefined;
    const argument = property === undefined ? child : parent.parent;
    const { parent: call, child: passed } = outerParent(compiler, argument);
    if (!compiler.isCallExpression(call) && !compiler.isNewExpression(call)) return false;
    const index = call.arguments?.findIndex((each) => each === passed) ?? -1;
    const callee = index < 0 || call.arguments?.slice(0, index).some(compiler.isSpreadElement) === true ? undefined : calledBy(call);
    const parameter = callee?.parameters[index];
    if (parameter === undefined || parameter.dotDotDotToken !== undefined || compiler.isParameterPropertyDeclaration(parameter, parameter.parent)) return false;
    const names = property === undefined ? [parameter.name] : partsOfParameter(parameter.name, property);
    return names?.every((name) => {
      const binding = compiler.isIdentifier(name) ? model.file(name).scopes.resolve(name) : undefined;
      return binding !== undefined && followBinding(binding, run, depth + 1);
    }) === true;
  };

  const calledBy = (call: ts.CallExpression | ts.NewExpression): ts.SignatureDeclaration | undefined => {
    if (compiler.isCallExpression(call)) {
      const callee = model.calleeOfExpression(call.expression, 'full');
      // another function may run in its stead
      return callee === undefined || model.hierarchy.overridesOf(callee).length > 0 ? undefined : callee;
    }
    const declaration = model.questions.declarationAt(call.expression);
    if (declaration === undefined || !compiler.isClassLike(declaration)) return undefined;
    return declaration.members.find((member): member is ts.ConstructorDeclaration => compiler.isConstructorDeclaration(member) && member.body !== undefined);
  };

  /** The names that a function gives to one property of what it is handed; undefined where it does something else with that. */
  const partsOfParameter = (name: ts.BindingName, property: string): readonly ts.BindingName[] | undefined => {
    if (compiler.isObjectBindingPattern(name)) return namesOf(name, property);
    if (!compiler.isIdentifier(name)) return undefined;
    const { mentions, scopes } = model.file(name);
    const binding = scopes.resolve(name);
    const found: ts.BindingName[] = [];
    for (const mention of mentions(name.text)) {
      if (mention === name || !compiler.isIdentifier(mention) || scopes.resolve(mention) !== binding) continue;
      const { parent } = mention;
      if (compiler.isPropertyAccessExpression(parent) && parent.expression === mention && parent.name.text !== property) continue;
      const names = compiler.isVariableDeclaration(parent) && compiler.isObjectBindingPattern(parent.name) ? namesOf(parent.name, property) : undefined;
      if (names === undefined) return undefined;
      found.push(...names);
    }
    return found;
  };

  const namesOf = (pattern: ts.ObjectBindingPattern, property: string): readonly ts.BindingName[] | undefined => {
    if (pattern.elements.some(({ dotDotDotToken }) => dotDotDotToken !== undefined)) return undefined;
    return pattern.elements.flatMap((element) => {
      const named = element.propertyName ?? element.name;
      return compiler.isIdentifier(named) && named.text === property ? [element.name] : [];
    });
  };

  const followThis = (): boolean => {
    const visit = (node: ts.Node): boolean => {
      if (compiler.isClassLike(node) && node !== part) return true;
      if (node.kind === compiler.SyntaxKind.ThisKeyword && !compiler.isPartOfTypeNode(node)) return followSelf(node);
      return compiler.forEachChild(node, (child) => !visit(child) || undefined) !== true;
    };
    return visit(part);
  };

  const takesField = ({ dotDotDotToken, propertyName, name }: ts.BindingElement): boolean => {
    const named = propertyName ?? name;
    const member = dotDotDotToken === undefined && compiler.isIdentifier(named) ? model.file(part).memberOf(part, named.text) : undefined;
    return member !== undefined && !compiler.isMethodDeclaration(member);
  };

  const followSelf = (node: ts.Node): boolean => {
    const { parent, child } = outerParent(compiler, node);
    if (compiler.isPropertyAccessExpression(parent) && parent.expression === child) {
      accesses.push({ access: parent, run: undefined, isOwn: true });
      return true;
    }
    // `const { total } = this`
    if (compiler.isVariableDeclaration(parent) && compiler.isObjectBindingPattern(parent.name)) return parent.name.elements.every(takesField);
    if (compiler.isElementAccessExpression(parent) && parent.expression === child) return false;
    // `this.step.bind(this)`
    return compiler.isCallExpression(parent) && compiler.isPropertyAccessExpression(parent.expression) && /^(?:bind|call|apply)$/.test(parent.expression.name.text);
  };

  return { accesses, followValue, followThis };
}

/** A static method of the class, which strangers have no more than the class. */
function isOwnFactory(compiler: Compiler, factory: FunctionNode, part: ts.ClassDeclaration): factory is ts.MethodDeclaration & { readonly name: ts.Identifier } {
  if (!compiler.isMethodDeclaration(factory) || factory.parent !== part || !compiler.isIdentifier(factory.name)) return false;
  return hasModifier(compiler, factory, compiler.SyntaxKind.StaticKeyword);
}

/** `other.part` of an unrelated class, `{ part: … }`, and the names of members elsewhere in the file. */
function isOfAnother(compiler: Compiler, mention: ts.Node, field: ts.PropertyDeclaration): boolean {
  const { parent } = mention;
  if (compiler.isPropertyAccessExpression(parent)) {
    if (parent.name !== mention) return true;
    const owner = parent.expression.kind === compiler.SyntaxKind.ThisKeyword ? thisOwner(compiler, parent) : undefined;
    return owner !== undefined && owner !== field.parent && !isWithin(field, owner) && !isWithin(owner, field.parent);
  }
  return !compiler.isBindingElement(parent) || !isTakenOutOf(compiler, parent, field.parent.name?.text);
}

/** `this.part` in another file, of a class that has the field from its base; the convention of a leading underscore hides it from nobody there. */
function isNamedBySubclass(model: ProgramModel, field: ts.PropertyDeclaration, name: string): boolean {
  const { compiler, program } = model;
  return program.getSourceFiles().some((file) => {
    if (file.isDeclarationFile || file === field.getSourceFile() || !file.text.includes(`.${name}`)) return false;
    return model.file(file).mentions(name).some(({ parent }) => {
      if (!compiler.isPropertyAccessExpression(parent) || parent.name.text !== name) return false;
      const owner = parent.expression.kind === compiler.SyntaxKind.ThisKeyword ? thisOwner(compiler, parent) : undefined;
      return owner === undefined || (compiler.isClassLike(owner) && owner.heritageClauses?.some(({ token }) => token === compiler.SyntaxKind.ExtendsKeyword) === true);
    });
  });
}

/** `const { part } = this`, or the same of an object that is declared to be of the class. */
function isTakenOutOf(compiler: Compiler, element: ts.BindingElement, className: string | undefined): boolean {
  let declaration: ts.Node = element;
  while (compiler.isBindingElement(declaration) || compiler.isBindingName(declaration)) declaration = declaration.parent;
  if (!compiler.isVariableDeclaration(declaration) && !compiler.isParameter(declaration)) return true;
  const { initializer, type } = declaration;
  if (initializer?.kind === compiler.SyntaxKind.ThisKeyword) return true;
  return className !== undefined && [initializer, type].some((node) => node?.getText().includes(className) === true);
}

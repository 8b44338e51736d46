/**
 * Finds out which lock an expression holds.
 *
 * Declarations come first: the symbol of `this.mutex` leads to its declaration, whose initialiser or type annotation
 * names a class, whose import names a package. That is one or two cheap questions, tells how the lock was made, and
 * works as well where the package has no types. Only when the declaration does not say is the type asked for.
 *
 * Every answer is one of three: the lock, `'none'` when the expression is certainly something else, or undefined when
 * it cannot be told.
 */
import type { ModelExport, ModelFailure, ModelMember, ModelWrapper } from '../catalogue/schema.js';
import type { Compiler, ts } from '../compiler/compiler.js';
import { functionDeclaredBy, isFunctionNode, propertyNameText, resultAtEnd, returnedBy, skipOuter, thisOwner, type FunctionNode } from '../syntax/functions.js';
import type { HandedIn } from './handed-in.js';
import { importOriginOf, type ImportOrigin } from './imports.js';
import { isLookUp, valuesAssigned, valuesPut } from './looked-up-values.js';
import { isCertainLockName } from './member-words.js';
import { globalPackage, type ModelIndex, type ModelledExport } from './model-index.js';
import { handedSection, shapeOf, shapeOfFunction, takenSectionName, typedSectionName } from './own-locks.js';
import type { LockShapeNode } from './shape-members.js';
import { isRelativeSpecifier, isTypesPackageFile, packageOfFile, withoutNodeScheme } from './packages.js';

/** The questions to the checker that the lock layer needs. The implementation counts and remembers them. */
export interface LockQuestions {
  symbolAt(node: ts.Node): ts.Symbol | undefined;
  /** What an import or export alias finally stands for; the symbol itself when it is no alias. */
  aliasedSymbol(symbol: ts.Symbol): ts.Symbol;
  typeAt(node: ts.Node): ts.Type;
}

/** What is known of the lock in an expression. */
export interface KnownLock {
  /** The package, or `shape` for a class known by its form. */
  readonly model: string;
  readonly lockExport: ModelExport;
  /** The `new` or the call that made it, where it is in sight. */
  readonly construction: ts.NewExpression | ts.CallExpression | undefined;
  /** How acquires of a wrapped lock end that did not get it; undefined where no wrapper says. */
  readonly failure?: ModelFailure | undefined;
  /** A wrapper makes acquires fail at once, instead of waiting. */
  readonly isImmediate?: boolean;
}

export type LockAnswer = KnownLock | 'none' | undefined;

export interface LockResolver {
  lockOf(expression: ts.Expression): KnownLock | undefined;
  /** The function of a module that a call of this expression calls, such as `unlock` of `proper-lockfile`. */
  moduleFunctionOf(callee: ts.Expression): ReturnType<ModelIndex['functionOf']>;
  /** The function of the program itself that takes or gives back a lock in the variables around it, and the lock's name. */
  ownFunctionOf(callee: ts.Identifier): { readonly name: string; readonly lock: string; readonly member: ModelMember; readonly isPool: boolean } | undefined;
  /** The lock that the call wraps, as for `withTimeout(lock, 100)`. */
  wrappedLock(call: ts.CallExpression): ts.Expression | undefined;
  /** Where an imported name comes from, also of another package's member: `fastq.promise`. */
  originOf(name: ts.Node): ImportOrigin | undefined;
  /** The function of the program that the name stands for. */
  functionOf(name: ts.Node): FunctionNode | undefined;
}

/** Initialisers are followed through this many others. */
const depthLimit = 8;

/** Aliases of TypeScript's library whose result has the members of their first argument. */
const transparentAliases: ReadonlySet<string> = new Set(['Awaited', 'NonNullable', 'Omit', 'Partial', 'Pick', 'Readonly', 'Required']);

export function createLockResolver(
  compiler: Compiler,
  program: ts.Program,
  index: ModelIndex,
  questions: LockQuestions,
  handedIn: HandedIn,
): LockResolver {
  const symbols = new Map<ts.Symbol, LockAnswer>();
  const declarations = new Map<ts.Declaration, LockAnswer>();
  const { SymbolFlags, SyntaxKind, TypeFlags } = compiler;
  const folder = program.getCurrentDirectory().replaceAll('\\', '/').replace(/\/$/, '');

  const modelled = (found: ModelledExport): KnownLock => ({
    model: found.model.package,
    lockExport: found.lockExport,
    construction: undefined,
  });

  const made = (answer: LockAnswer, construction: ts.NewExpression | ts.CallExpression): LockAnswer =>
    answer === undefined || answer === 'none' ? answer : { ...answer, construction: answer.construction ?? construction };

  // ---- names and imports

  const declarationOf = (symbol: ts.Symbol | undefined): ts.Declaration | undefined =>
    symbol?.valueDeclaration ?? symbol?.declarations?.[0];

  const isAlias = (symbol: ts.Symbol): boolean => (symbol.flags & SymbolFlags.Alias) !== 0;

  const target = (symbol: ts.Symbol): ts.Symbol => (isAlias(symbol) ? questions.aliasedSymbol(symbol) : symbol);

  /** Where the name comes from, when an import of another package brings it: `Mutex`, `mutexes.Mutex`. */
  const originOf = (name: ts.Node): ImportOrigin | undefined => {
    if (compiler.isIdentifier(name)) {
      const declaration = questions.symbolAt(name)?.declarations?.[0];
      const origin = declaration === undefined ? undefined : importOriginOf(compiler, declaration);
      return origin === undefined || isRelativeSpecifier(origin.specifier) ? undefined : origin;
    }
    const [left, right] = compiler.isPropertyAccessExpression(name)
      ? [name.expression, name.name]
      : compiler.isQualifiedName(name)
        ? [name.left, name.right]
        : [];
    if (left === undefined || right === undefined) return undefined;
    const module = originOf(left);
    if (module === undefined) return undefined;
    const isModule = module.imported === '*' || module.imported === 'default';
    return { specifier: module.specifier, imported: isModule ? right.text : `${module.imported}.${right.text}` };
  };

  /** `import * as limit` of a module that is itself a function or class gives what a default import gives. */
  const asValue = (origin: ImportOrigin): ImportOrigin => (origin.imported === '*' ? { ...origin, imported: 'default' } : origin);

  // ---- classes and types

  /** Names of packages under which the models may speak of the declaration; empty for the program's own code. */
  const homesOf = (declaration: ts.Node): string[] => {
    const homes: string[] = [];
    const file = declaration.getSourceFile();
    for (let node = declaration; !compiler.isSourceFile(node); node = node.parent) {
      if (compiler.isModuleDeclaration(node) && compiler.isStringLiteral(node.name)) homes.push(withoutNodeScheme(node.name.text));
    }
    const isLibrary = program.isSourceFileDefaultLibrary(file);
    const packageName = packageOfFile(file.fileName);
    if (packageName !== undefined && !isLibrary) homes.push(packageName);
    if (isLibrary || isTypesPackageFile(file.fileName)) homes.push(globalPackage);
    return homes;
  };

  const ofDeclared = (declaration: ts.Declaration, depth: number): LockAnswer => {
    if (declarations.has(declaration)) return declarations.get(declaration);
    declarations.set(declaration, undefined);
    const answer = declared(declaration, depth);
    declarations.set(declaration, answer);
    return answer;
  };

  const declared = (declaration: ts.Declaration, depth: number): LockAnswer => {
    if (compiler.isObjectLiteralExpression(declaration)) {
      return homesOf(declaration).length > 0 ? undefined : shaped(declaration);
    }
    const isClass = compiler.isClassLike(declaration);
    const isInterface = compiler.isInterfaceDeclaration(declaration);
    if (!isClass && !isInterface && !compiler.isTypeAliasDeclaration(declaration)) return undefined;
    const homes = homesOf(declaration);
    const name = declaration.name?.text ?? 'default';
    for (const home of homes) {
      const found = index.exportOf(home, name);
      if (found !== undefined) return modelled(found);
    }
    const file = declaration.getSourceFile();
    if (homes.length === 0) {
      const path = file.fileName.startsWith(`${folder}/`) ? `.${file.fileName.slice(folder.length)}` : file.fileName;
      const found = index.localExport(name, path);
      if (found !== undefined) return modelled(found);
    }
    if (compiler.isTypeAliasDeclaration(declaration)) return ofTypeNode(declaration.type, depth + 1);
    for (const clause of declaration.heritageClauses ?? []) {
      if (clause.token !== SyntaxKind.ExtendsKeyword) continue;
      for (const base of clause.types) {
        const answer = ofClassName(base.expression, depth + 1);
        if (answer === undefined || answer === 'none') continue;
        const call = superCall(declaration);
        return call === undefined ? answer : made(answer, call);
      }
    }
    // Of other packages' classes only those are looked at that call themselves a lock.
    return homes.length === 0 || isCertainLockName(name) ? (shaped(declaration) ?? 'none') : 'none';
  };

  const shaped = (node: LockShapeNode): KnownLock | undefined => {
    const lockExport = shapeOf(compiler, node);
    return lockExport === undefined ? undefined : { model: 'shape', lockExport, construction: undefined };
  };

  /** The call of the base class's constructor, which tells the permits of `class Single extends Semaphore`. */
  const superCall = (node: ts.ClassLikeDeclaration | ts.InterfaceDeclaration): ts.CallExpression | undefined => {
    for (const member of node.members) {
      if (!compiler.isConstructorDeclaration(member)) continue;
      for (const statement of member.body?.statements ?? []) {
        if (!compiler.isExpressionStatement(statement) || !compiler.isCallExpression(statement.expression)) continue;
        if (statement.expression.expression.kind === SyntaxKind.SuperKeyword) return statement.expression;
      }
    }
    return undefined;
  };

  /** The lock that instances of the named class or type are. */
  const ofClassName = (name: ts.Node, depth: number): LockAnswer => {
    if (depth > depthLimit) return undefined;
    const origin = originOf(name);
    if (origin !== undefined) {
      const found = index.exportOf(origin.specifier, asValue(origin).imported);
      if (found !== undefined) return modelled(found);
    }
    const symbol = questions.symbolAt(rightmost(compiler, name));
    const declaration = declarationOf(symbol === undefined ? undefined : target(symbol));
    if (declaration === undefined) return undefined;
    if (compiler.isTypeParameterDeclaration(declaration)) {
      return declaration.constraint === undefined ? 'none' : ofTypeNode(declaration.constraint, depth + 1);
    }
    return ofDeclared(declaration, depth);
  };

  const ofTypeNode = (node: ts.TypeNode, depth: number): LockAnswer => {
    if (depth > depthLimit) return undefined;
    if (compiler.isParenthesizedTypeNode(node)) return ofTypeNode(node.type, depth + 1);
    if (compiler.isUnionTypeNode(node)) {
      const parts = node.types.filter((part) => !isNullish(part));
      return agreed(parts.map((part) => ofTypeNode(part, depth + 1)));
    }
    if (compiler.isTypeReferenceNode(node)) {
      const [argument] = node.typeArguments ?? [];
      const name = compiler.isIdentifier(node.typeName) ? node.typeName.text : '';
      if (argument !== undefined) {
        if (compiler.isTypeQueryNode(argument)) {
          if (name === 'InstanceType') return ofClassName(argument.exprName, depth + 1);
          const origin = name === 'ReturnType' ? originOf(argument.exprName) : undefined;
          const found = origin === undefined ? undefined : index.factoryOf(asValue(origin));
          if (found !== undefined) return modelled(found);
        }
        if (transparentAliases.has(name)) return ofTypeNode(argument, depth + 1);
      }
      return ofClassName(node.typeName, depth);
    }
    const section = typedSectionName(compiler, node);
    if (section !== undefined && compiler.isIndexedAccessTypeNode(node)) return ofSectionMember(node.objectType, section);
    const { kind } = node;
    const isOther =
      kind === SyntaxKind.StringKeyword ||
      kind === SyntaxKind.NumberKeyword ||
      kind === SyntaxKind.BooleanKeyword ||
      compiler.isArrayTypeNode(node) ||
      compiler.isTupleTypeNode(node) ||
      compiler.isLiteralTypeNode(node);
    return isOther ? 'none' : undefined;
  };

  const isNullish = (node: ts.TypeNode): boolean =>
    node.kind === SyntaxKind.UndefinedKeyword ||
    (compiler.isLiteralTypeNode(node) && node.literal.kind === SyntaxKind.NullKeyword);

  const ofType = (type: ts.Type): LockAnswer => {
    if ((type.flags & (TypeFlags.Any | TypeFlags.Unknown | TypeFlags.Never)) !== 0) return undefined;
    if (type.isUnion()) {
      const parts = type.types.filter((part) => (part.flags & (TypeFlags.Undefined | TypeFlags.Null)) === 0);
      return agreed(parts.map(ofType));
    }
    if (type.isIntersection()) {
      for (const part of type.types) {
        const answer = ofType(part);
        if (answer !== undefined && answer !== 'none') return answer;
      }
      return undefined;
    }
    if ((type.flags & TypeFlags.TypeParameter) !== 0) {
      const constraint = type.getConstraint();
      return constraint === undefined ? undefined : ofType(constraint);
    }
    const [argument] = type.aliasTypeArguments ?? [];
    if (argument !== undefined && type.aliasSymbol !== undefined && transparentAliases.has(type.aliasSymbol.name)) {
      return ofType(argument);
    }
    for (const symbol of [type.aliasSymbol, type.getSymbol()]) {
      for (const declaration of symbol?.declarations ?? []) {
        const answer = ofDeclared(declaration, 0);
        if (answer !== undefined && answer !== 'none') return answer;
      }
    }
    return undefined;
  };

  // ---- values

  const ofSymbol = (symbol: ts.Symbol, depth: number): LockAnswer => {
    if (symbols.has(symbol)) return symbols.get(symbol);
    // A declaration that leads back to itself tells nothing.
    symbols.set(symbol, undefined);
    const answer = symbolAnswer(symbol, depth);
    symbols.set(symbol, answer);
    return answer;
  };

  const symbolAnswer = (symbol: ts.Symbol, depth: number): LockAnswer => {
    const declaration = declarationOf(symbol);
    if (declaration === undefined) return undefined;
    const origin = importOriginOf(compiler, declaration);
    if (origin !== undefined && !isRelativeSpecifier(origin.specifier)) {
      const found = index.instanceOf(origin);
      if (found !== undefined) return modelled(found);
    }
    if (isAlias(symbol)) {
      const aliased = target(symbol);
      return aliased === symbol ? undefined : ofSymbol(aliased, depth + 1);
    }
    const section = handedSection(compiler, declaration);
    if (section !== undefined && homesOf(declaration).length === 0) return { model: 'shape', lockExport: { name: section.name, members: { '()': section.member } }, construction: undefined };
    if (compiler.isParameter(declaration)) return asHandedIn(declaration, ofValueDeclaration(declaration.initializer, declaration.type, depth), depth);
    if (compiler.isVariableDeclaration(declaration)) return ofValueDeclaration(declaration.initializer, declaration.type, depth);
    if (compiler.isPropertyDeclaration(declaration)) {
      const initializer = declaration.initializer ?? assignedInConstructor(declaration);
      return ofValueDeclaration(initializer, declaration.type, depth);
    }
    if (compiler.isPropertySignature(declaration)) return ofValueDeclaration(undefined, declaration.type, depth);
    if (compiler.isPropertyAssignment(declaration)) return ofValueDeclaration(declaration.initializer, undefined, depth);
    if (compiler.isGetAccessor(declaration)) return ofValueDeclaration(undefined, declaration.type, depth);
    if (compiler.isBindingElement(declaration)) return ofBindingElement(declaration, depth);
    return undefined;
  };

  /** `constructor(private readonly queue: PQueue)`: what is handed in tells how many it lets in, where that is the same everywhere. */
  const asHandedIn = (parameter: ts.ParameterDeclaration, answer: LockAnswer, depth: number): LockAnswer => {
    if (answer === undefined || answer === 'none' || answer.construction !== undefined || answer.lockExport.permits === undefined) return answer;
    const given = handedIn(parameter)?.map((argument) => ofInitializer(argument, depth + 1)) ?? [];
    const [first, ...others] = given.map((each) => (each === undefined || each === 'none' ? undefined : each.construction));
    if (first === undefined) return answer;
    return others.every((other) => other !== undefined && (other === first || other.getText() === first.getText())) ? made(answer, first) : answer;
  };

  const ofValueDeclaration = (
    initializer: ts.Expression | undefined,
    type: ts.TypeNode | undefined,
    depth: number,
  ): LockAnswer => {
    const initial = initializer === undefined ? undefined : ofInitializer(initializer, depth + 1);
    if (initial !== undefined && (initial !== 'none' || type === undefined)) return initial;
    return type === undefined ? undefined : ofTypeNode(type, depth + 1);
  };

  /** As for any expression, but without a question for its type: the type of the use is asked for if need be. */
  const ofInitializer = (expression: ts.Expression, depth: number): LockAnswer => {
    if (depth > depthLimit) return undefined;
    const node = skipOuter(compiler, expression);
    if (compiler.isNewExpression(node)) return made(ofClassName(node.expression, depth + 1), node);
    const kept = ofLookUp(node, depth);
    if (kept !== undefined) return kept;
    if (compiler.isCallExpression(node)) return ofFactoryCall(node, depth);
    if (compiler.isIdentifier(node) || compiler.isPropertyAccessExpression(node)) {
      const symbol = questions.symbolAt(compiler.isIdentifier(node) ? node : node.name);
      return symbol === undefined ? ofPath(node) : ofSymbol(symbol, depth + 1);
    }
    if (node.kind === SyntaxKind.ThisKeyword) return ofThis(node, depth);
    if (compiler.isBinaryExpression(node)) {
      const left = ofInitializer(node.left, depth + 1);
      return left === undefined || left === 'none' ? ofInitializer(node.right, depth + 1) : left;
    }
    if (compiler.isObjectLiteralExpression(node)) return ofDeclared(node, depth);
    return undefined;
  };

  /** `limits.get(key)`: one like all that are put there in this file, `limits.set(key, pLimit(1))`. */
  const ofLookUp = (node: ts.Expression, depth: number): LockAnswer => {
    if (!isLookUp(compiler, node)) return undefined;
    const [first, ...others] = valuesPut(compiler, node);
    if (first === undefined || others.some((other) => other.getText() !== first.getText())) return undefined;
    const answer = ofInitializer(first, depth + 1);
    return answer === undefined || answer === 'none' || answer.construction === undefined ? undefined : answer;
  };

  const ofFactoryCall = (node: ts.CallExpression, depth: number): LockAnswer => {
    const origin = originOf(node.expression);
    if (origin === undefined) return ofOwnFactory(node, depth);
    const found = index.factoryOf(asValue(origin));
    if (found !== undefined) return made(modelled(found), node);
    const wrapper = index.wrapperOf(origin);
    const wrapped = wrapper === undefined ? undefined : wrappedBy(wrapper, node);
    if (wrapper === undefined || wrapped === undefined) return undefined;
    const inner = ofInitializer(wrapped, depth + 1) ?? ofType(questions.typeAt(wrapped));
    if (inner === undefined || inner === 'none' || wrapper.fails === undefined) return inner;
    return { ...inner, failure: wrapper.fails, isImmediate: wrapper.immediate === true };
  };

  /** What a function of the program gives: an object literal, whatever type it declares, or the lock that it makes: `() => pLimit(1)`. */
  const ofOwnFactory = (node: ts.CallExpression, depth: number): LockAnswer => {
    const callee = skipOuter(compiler, node.expression);
    const name = compiler.isPropertyAccessExpression(callee) ? callee.name : callee;
    const symbol = compiler.isIdentifier(name) || compiler.isPrivateIdentifier(name) ? questions.symbolAt(name) : undefined;
    const declaration = symbol === undefined ? undefined : declarationOf(target(symbol));
    const factory = declaration === undefined ? undefined : functionDeclaredBy(compiler, declaration);
    if (factory?.body === undefined || homesOf(factory).length > 0) return undefined;
    if (resultAtEnd(compiler, factory.body) === undefined) return undefined;
    const results = returnedBy(compiler, factory);
    const [given, ...others] = new Set(results.flatMap((each) => madeFor(factory, each)));
    const [found] = results;
    if (given === undefined && found !== undefined) return ofLookUp(skipOuter(compiler, found), depth + 1);
    if (given === undefined || others.length > 0) return undefined;
    if (compiler.isObjectLiteralExpression(given)) return made(ofDeclared(given, depth + 1), node);
    const isLock = compiler.isCallExpression(given) || compiler.isNewExpression(given) || compiler.isIdentifier(given) || compiler.isBinaryExpression(given);
    return isLock ? ofInitializer(given, depth + 1) : undefined;
  };

  /**
   * What the factory makes for a result of its own: none for what it looks up, which it has put there before, and for a variable
   * what it is given where nothing was found: `let limit = limits.get(key); if (!limit) limits.set(key, (limit = pLimit(1)));`.
   */
  const madeFor = (factory: FunctionNode, result: ts.Expression): readonly ts.Expression[] => {
    if (!compiler.isIdentifier(result)) return isLookUp(compiler, result) ? [] : [result];
    const symbol = questions.symbolAt(result);
    const variable = symbol === undefined ? undefined : declarationOf(symbol);
    if (variable === undefined || !compiler.isVariableDeclaration(variable) || variable.initializer === undefined || !isLookUp(compiler, variable.initializer)) return [result];
    return valuesAssigned(compiler, factory, result.text);
  };

  const wrappedBy = (wrapper: ModelWrapper, call: ts.CallExpression): ts.Expression | undefined => call.arguments[wrapper.argument];

  const ofThis = (node: ts.Node, depth: number): LockAnswer => {
    const owner = thisOwner(compiler, node);
    return owner === undefined ? undefined : ofDeclared(owner, depth + 1);
  };

  /** The value that the constructor gives to a field without initialiser. */
  const assignedInConstructor = (property: ts.PropertyDeclaration): ts.Expression | undefined => {
    const name = propertyNameText(compiler, property.name);
    if (name === undefined || !compiler.isClassLike(property.parent)) return undefined;
    for (const member of property.parent.members) {
      if (!compiler.isConstructorDeclaration(member)) continue;
      for (const statement of member.body?.statements ?? []) {
        if (!compiler.isExpressionStatement(statement) || !compiler.isBinaryExpression(statement.expression)) continue;
        const { left, operatorToken, right } = statement.expression;
        if (operatorToken.kind !== SyntaxKind.EqualsToken || !compiler.isPropertyAccessExpression(left)) continue;
        if (left.expression.kind === SyntaxKind.ThisKeyword && left.name.text === name) return right;
      }
    }
    return undefined;
  };

  /** `const { mutex } = this`, and a section that is taken out of what it is a member of. Other patterns are left to the type. */
  const ofBindingElement = (element: ts.BindingElement, depth: number): LockAnswer => {
    const variable = element.parent.parent;
    const section = ofTakenSection(element);
    if (section !== undefined) return section;
    if (!compiler.isVariableDeclaration(variable) || variable.initializer === undefined) return undefined;
    if (variable.initializer.kind !== SyntaxKind.ThisKeyword) return undefined;
    const owner = thisOwner(compiler, variable.initializer);
    const name = propertyNameText(compiler, element.propertyName ?? element.name);
    if (owner === undefined || name === undefined || !compiler.isClassLike(owner)) return undefined;
    const property = owner.members.find((member) => propertyNameText(compiler, member.name) === name);
    if (property === undefined || !compiler.isPropertyDeclaration(property)) return undefined;
    return ofValueDeclaration(property.initializer ?? assignedInConstructor(property), property.type, depth);
  };

  /** `({ withLock }: Deps)`, `const { withLock: exclusively } = this.deps`: what the member of that type does is done by the name. */
  const ofTakenSection = (element: ts.BindingElement): LockAnswer => {
    const name = takenSectionName(compiler, element);
    return name === undefined ? undefined : ofSectionMember(element.parent, name);
  };

  /** What the member of this name does in the type of the node, where it is a section. */
  const ofSectionMember = (node: ts.Node, name: string): LockAnswer => {
    const declaration = declarationOf(questions.typeAt(node).getProperty(name));
    if (declaration === undefined || homesOf(declaration).length > 0) return undefined;
    const owner = declaration.parent;
    const isShape = compiler.isClassLike(owner) || compiler.isInterfaceDeclaration(owner) || compiler.isObjectLiteralExpression(owner);
    const section = (isShape ? shapeOf(compiler, owner)?.members[name] : undefined) ?? handedSection(compiler, declaration)?.member;
    return section?.does === 'run' ? { model: 'shape', lockExport: { name, members: { '()': section } }, construction: undefined } : undefined;
  };

  /** An ambient object by the expression that reaches it, where the program has no declaration of it. */
  const ofPath = (node: ts.Expression): LockAnswer => {
    const path = dottedPath(compiler, node)?.replace(/^(?:globalThis|window|self)\./, '');
    if (path === undefined) return undefined;
    for (const model of index.modelsOf(globalPackage)) {
      const lockExport = model.exports.find((candidate) => candidate.paths?.includes(path));
      if (lockExport !== undefined) return modelled({ model, lockExport });
    }
    return undefined;
  };

  const isAnyReceiver = (node: ts.Expression): boolean => (questions.typeAt(node).flags & TypeFlags.Any) !== 0;

  const answerFor = (expression: ts.Expression): LockAnswer => {
    const node = skipOuter(compiler, expression);
    if (node.kind === SyntaxKind.SuperKeyword) {
      const owner = thisOwner(compiler, node);
      const base =
        owner !== undefined && compiler.isClassLike(owner)
          ? owner.heritageClauses?.find((clause) => clause.token === SyntaxKind.ExtendsKeyword)?.types[0]
          : undefined;
      return base === undefined ? undefined : ofClassName(base.expression, 0);
    }
    const answer = ofInitializer(node, 0);
    if (answer !== undefined) return answer;
    return ofType(questions.typeAt(node)) ?? (isAnyReceiver(node) ? ofPath(node) : undefined);
  };

  return {
    lockOf: (expression) => {
      const answer = answerFor(expression);
      return answer === 'none' ? undefined : answer;
    },
    moduleFunctionOf: (callee) => {
      const origin = originOf(callee);
      if (origin !== undefined) return index.functionOf(origin);
      const symbol = questions.symbolAt(rightmost(compiler, callee));
      const declaration = symbol === undefined ? undefined : declarationOf(target(symbol));
      if (declaration === undefined || !compiler.isFunctionDeclaration(declaration) || declaration.name === undefined) return undefined;
      for (const specifier of homesOf(declaration)) {
        const found = index.functionOf({ specifier, imported: declaration.name.text });
        if (found !== undefined) return found;
      }
      return undefined;
    },
    ownFunctionOf: (callee) => {
      const symbol = questions.symbolAt(callee);
      const declaration = symbol === undefined ? undefined : declarationOf(target(symbol));
      if (declaration === undefined || homesOf(declaration).length > 0) return undefined;
      const shape = shapeOfFunction(compiler, declaration);
      if (shape === undefined) return undefined;
      return { name: callee.text, lock: shape.lock ?? callee.text, member: shape.member, isPool: shape.isPool === true };
    },
    wrappedLock: (call) => {
      const origin = originOf(call.expression);
      const wrapper = origin === undefined ? undefined : index.wrapperOf(origin);
      return wrapper === undefined ? undefined : wrappedBy(wrapper, call);
    },
    originOf,
    functionOf: (name) => {
      const symbol = questions.symbolAt(rightmost(compiler, name));
      const declaration = symbol === undefined ? undefined : declarationOf(target(symbol));
      if (declaration === undefined || homesOf(declaration).length > 0) return undefined;
      if (isFunctionNode(compiler, declaration)) return declaration;
      const value = compiler.isVariableDeclaration(declaration) && declaration.initializer !== undefined ? skipOuter(compiler, declaration.initializer) : undefined;
      return value !== undefined && isFunctionNode(compiler, value) ? value : undefined;
    },
  };
}

/** Types that agree on what lock they are; one that is no lock, or an unknown one, spoils the agreement. */
function agreed(answers: readonly LockAnswer[]): LockAnswer {
  const [first, ...rest] = answers;
  if (first === undefined || first === 'none') return first;
  const agree = rest.every((answer) => answer !== undefined && answer !== 'none' && answer.lockExport === first.lockExport);
  return agree ? first : undefined;
}

function rightmost(compiler: Compiler, name: ts.Node): ts.Node {
  if (compiler.isPropertyAccessExpression(name)) return name.name;
  return compiler.isQualifiedName(name) ? name.right : name;
}

/** `a.b.c` as text; undefined for anything but names. */
function dottedPath(compiler: Compiler, node: ts.Expression): string | undefined {
  if (compiler.isIdentifier(node)) return node.text;
  if (!compiler.isPropertyAccessExpression(node)) return undefined;
  const left = dottedPath(compiler, node.expression);
  return left === undefined ? undefined : `${left}.${node.name.text}`;
}

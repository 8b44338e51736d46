/**
 * What a member access refers to, told from declarations instead of from the type of the receiver at that place.
 *
 * To find the type of `this.engine` in the middle of a function, the checker follows the control flow back and checks what
 * it meets on the way. Mostly the answer is written down: the field is declared with a class, the local is made with `new`,
 * the function called has a return type. Only names of types are looked up here, which makes the checker check nothing.
 * Whatever is not plain (unions, type parameters, inferred and narrowed types) stays unknown, and is left to the checker.
 */
import type { Compiler, ts } from '../../compiler/compiler.js';
import { elementCallbacks } from '../../syntax/array-methods.js';
import { functionDeclaredBy, hasModifier, propertyNameText, thisOwner } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import type { Questions } from '../../types/questions.js';
import type { FileModel } from './file-model.js';

/** A member's declaration; `foreign` when it is one of a declaration file, or none at all, and so has no body. */
export type DeclaredMember = ts.Declaration | 'foreign';

export interface DeclaredMembers {
  /** What the access refers to; undefined where only the checker can tell. */
  memberAt(access: ts.PropertyAccessExpression): DeclaredMember | undefined;
  /** Whether the method called is declared to return `void`. */
  givesNothing(call: ts.CallExpression): boolean;
}

/** A type that is written down: declarations of the program with their members, or one that is declared elsewhere. */
type WrittenType =
  | { readonly kind: 'own'; readonly declarations: readonly Container[]; readonly isStatic: boolean }
  | { readonly kind: 'foreign'; readonly name: string; readonly arguments: readonly ts.TypeNode[]; readonly declarations?: readonly Container[] }
  /** A union or an intersection. */
  | { readonly kind: 'parts'; readonly parts: readonly WrittenType[] };

type Container = ts.ClassLikeDeclaration | ts.InterfaceDeclaration | ts.TypeLiteralNode;

const foreign: WrittenType = { kind: 'foreign', name: '', arguments: [] };

/** Types of the language's library that have the members of the type they are given. */
const wrappers = new Set(['Readonly', 'Partial', 'Required', 'NonNullable']);

/** Which argument of a library's type is the type of an element. */
const elementArgument: ReadonlyMap<string, number> = new Map([
  ...['Array', 'ReadonlyArray', 'Set', 'ReadonlySet', 'WeakSet', 'Iterable'].map((name) => [name, 0] as const),
  ...['Map', 'ReadonlyMap', 'WeakMap'].map((name) => [name, 1] as const),
]);

/** Methods of the language's collections that give an element. */
const elementGetters = new Set(['get', 'at', 'find', 'findLast', 'pop', 'shift']);
/** Methods that give a collection of the same elements. */
const partGetters = new Set(['values', 'filter', 'slice', 'concat', 'reverse', 'sort', 'toReversed', 'toSorted']);

/** Types are followed through this many declarations. */
const maximumSteps = 12;

export function createDeclaredMembers(
  compiler: Compiler,
  questions: Questions,
  file: (node: ts.Node) => FileModel,
): DeclaredMembers {
  const { SyntaxKind } = compiler;
  const typesOfDeclarations = new WeakMap<ts.Node, { readonly type: WrittenType | undefined }>();

  /** The type that a variable, parameter or member is declared with. */
  const typeOfDeclaration = (declaration: ts.Node, steps: number): WrittenType | undefined => {
    const known = typesOfDeclarations.get(declaration);
    if (known !== undefined) return known.type;
    typesOfDeclarations.set(declaration, { type: undefined }); // ends cycles
    const type = steps > maximumSteps ? undefined : computeTypeOfDeclaration(declaration, steps);
    typesOfDeclarations.set(declaration, { type });
    return type;
  };

  const computeTypeOfDeclaration = (declaration: ts.Node, steps: number): WrittenType | undefined => {
    if (
      compiler.isVariableDeclaration(declaration) ||
      compiler.isParameter(declaration) ||
      compiler.isPropertyDeclaration(declaration) ||
      compiler.isPropertySignature(declaration)
    ) {
      if (declaration.type !== undefined) return typeOfNode(declaration.type, steps);
      const initializer = compiler.isPropertySignature(declaration) ? undefined : declaration.initializer;
      return initializer === undefined ? typeGiven(declaration, steps) : typeOf(initializer, steps);
    }
    if (compiler.isBindingElement(declaration)) return typeOfElement(declaration, steps);
    if (compiler.isGetAccessorDeclaration(declaration)) return declaration.type === undefined ? undefined : typeOfNode(declaration.type, steps);
    if (compiler.isClassLike(declaration)) return { kind: 'own', declarations: partsOf(declaration), isStatic: true };
    return undefined;
  };

  /** The type of a variable that a loop, or of a parameter that an array's method gives its value. */
  const typeGiven = (declaration: ts.Node, steps: number): WrittenType | undefined => {
    if (compiler.isVariableDeclaration(declaration)) {
      const loop = declaration.parent.parent;
      return compiler.isForOfStatement(loop) ? loopElement(loop, steps) : undefined;
    }
    if (!compiler.isParameter(declaration)) return undefined;
    const callback = declaration.parent;
    if (!compiler.isArrowFunction(callback) || callback.parameters[0] !== declaration) return undefined;
    const call = callback.parent;
    if (!compiler.isCallExpression(call) || call.arguments[0] !== callback) return undefined;
    if (!compiler.isPropertyAccessExpression(call.expression) || !elementCallbacks.has(call.expression.name.text)) return undefined;
    return elementOf(typeOf(call.expression.expression, steps + 1), steps);
  };

  const loopElement = (loop: ts.ForOfStatement, steps: number): WrittenType | undefined => {
    const type = typeOf(loop.expression, steps + 1);
    // what a map gives is pairs
    return loop.awaitModifier === undefined && type?.kind === 'foreign' && elementArgument.get(type.name) === 0 ? elementOf(type, steps) : undefined;
  };

  const elementOf = (type: WrittenType | undefined, steps: number): WrittenType | undefined => {
    if (type?.kind !== 'foreign') return undefined;
    const element = type.arguments[elementArgument.get(type.name) ?? -1];
    return element === undefined ? undefined : typeOfNode(element, steps + 1);
  };

  /** `const { engine } = this`, and the value in `for (const [key, value] of map)`. */
  const typeOfElement = (element: ts.BindingElement, steps: number): WrittenType | undefined => {
    const pattern = element.parent;
    const holder = pattern.parent;
    if (element.initializer !== undefined || element.dotDotDotToken !== undefined) return undefined;
    if (compiler.isArrayBindingPattern(pattern)) {
      const loop = holder.parent.parent;
      if (!compiler.isVariableDeclaration(holder) || !compiler.isForOfStatement(loop) || pattern.elements[1] !== element) return undefined;
      const type = typeOf(loop.expression, steps + 1);
      return type?.kind === 'foreign' && elementArgument.get(type.name) === 1 ? elementOf(type, steps) : undefined;
    }
    const name = propertyNameText(compiler, element.propertyName ?? element.name);
    if (name === undefined) return undefined;
    const type = compiler.isBindingElement(holder) ? typeOfElement(holder, steps + 1) : typeOfDeclaration(holder, steps + 1);
    const member = type === undefined ? undefined : memberOfType(type, name, steps + 1);
    return member === undefined || member === 'foreign' ? undefined : typeOfDeclaration(member, steps + 1);
  };

  const typeOfNode = (node: ts.TypeNode, steps: number): WrittenType | undefined => {
    if (compiler.isTypeReferenceNode(node)) return typeOfReference(node, steps);
    if (compiler.isParenthesizedTypeNode(node) || compiler.isTypeOperatorNode(node)) return typeOfNode(node.type, steps);
    if (compiler.isTypeLiteralNode(node)) return { kind: 'own', declarations: [node], isStatic: false };
    if (compiler.isUnionTypeNode(node)) {
      return together(node.types.filter((part) => !isNullish(part)).map((part) => typeOfNode(part, steps)));
    }
    if (compiler.isIntersectionTypeNode(node)) return together(node.types.map((part) => typeOfNode(part, steps)));
    if (compiler.isArrayTypeNode(node)) return { kind: 'foreign', name: 'Array', arguments: [node.elementType] };
    switch (node.kind) {
      case SyntaxKind.TupleType:
      case SyntaxKind.FunctionType:
      case SyntaxKind.StringKeyword:
      case SyntaxKind.NumberKeyword:
      case SyntaxKind.BooleanKeyword:
      case SyntaxKind.BigIntKeyword:
      case SyntaxKind.SymbolKeyword:
      case SyntaxKind.TemplateLiteralType:
        return foreign;
      default:
        return undefined;
    }
  };

  const together = (types: readonly (WrittenType | undefined)[]): WrittenType | undefined => {
    const parts = types.filter((type) => type !== undefined);
    if (parts.length < types.length) return undefined;
    return parts.length === 1 ? parts[0] : { kind: 'parts', parts };
  };

  const isNullish = (node: ts.TypeNode): boolean =>
    node.kind === SyntaxKind.UndefinedKeyword ||
    node.kind === SyntaxKind.VoidKeyword ||
    (compiler.isLiteralTypeNode(node) && node.literal.kind === SyntaxKind.NullKeyword);

  const typeOfReference = (node: ts.TypeReferenceNode, steps: number): WrittenType | undefined => {
    const name = compiler.isIdentifier(node.typeName) ? node.typeName : node.typeName.right;
    const symbol = questions.symbolAt(name);
    return symbol === undefined ? undefined : instanceOf(questions.aliasedSymbol(symbol), node.typeArguments ?? [], steps);
  };

  const instanceOf = (symbol: ts.Symbol, typeArguments: readonly ts.TypeNode[], steps: number): WrittenType | undefined => {
    const { declarations } = symbol;
    if (declarations === undefined) return undefined;
    const types = declarations.filter((each) => compiler.isClassLike(each) || compiler.isInterfaceDeclaration(each));
    if (types.length === 0) {
      const [alias] = declarations;
      const [wrapped] = typeArguments;
      if (wrapped !== undefined && wrappers.has(symbol.name) && alias?.getSourceFile().isDeclarationFile === true) return typeOfNode(wrapped, steps + 1);
      const isPlain = alias !== undefined && compiler.isTypeAliasDeclaration(alias) && alias.typeParameters === undefined && steps < maximumSteps;
      return isPlain ? typeOfNode(alias.type, steps + 1) : undefined;
    }
    if (types.every((each) => each.getSourceFile().isDeclarationFile)) return { kind: 'foreign', name: symbol.name, arguments: typeArguments, declarations: types };
    return { kind: 'own', declarations: types, isStatic: false };
  };

  const typeOf = (expression: ts.Expression, steps: number): WrittenType | undefined => {
    if (steps > maximumSteps) return undefined;
    if (compiler.isParenthesizedExpression(expression) || compiler.isNonNullExpression(expression) || compiler.isSatisfiesExpression(expression)) {
      return typeOf(expression.expression, steps);
    }
    if (compiler.isAsExpression(expression)) return typeOfNode(expression.type, steps);
    if (compiler.isIdentifier(expression)) return typeOfName(expression, steps);
    if (compiler.isPropertyAccessExpression(expression)) {
      const member = memberOfAccess(expression, steps + 1);
      if (member === 'foreign') return partOfLibrary(expression, steps);
      return member === undefined ? undefined : typeOfDeclaration(member, steps + 1);
    }
    if (compiler.isNewExpression(expression)) return instanceOfClass(typeOf(expression.expression, steps), expression.typeArguments ?? []);
    if (compiler.isCallExpression(expression)) return resultOf(expression, steps);
    if (compiler.isAwaitExpression(expression)) return settled(typeOf(expression.expression, steps), steps);
    switch (expression.kind) {
      case SyntaxKind.ThisKeyword:
        return typeOfThis(expression);
      case SyntaxKind.SuperKeyword:
        return typeOfSuper(expression, steps);
      case SyntaxKind.StringLiteral:
      case SyntaxKind.NoSubstitutionTemplateLiteral:
      case SyntaxKind.TemplateExpression:
      case SyntaxKind.NumericLiteral:
      case SyntaxKind.ArrayLiteralExpression:
      case SyntaxKind.RegularExpressionLiteral:
        return foreign;
      default:
        return undefined;
    }
  };

  /** A property of a type of a declaration file that is given no types of the program is of such a type, too. */
  const partOfLibrary = (access: ts.PropertyAccessExpression, steps: number): WrittenType | undefined => {
    const type = typeOf(access.expression, steps + 1);
    const isPlain = type?.kind === 'foreign' && type.arguments.length === 0 && type.name !== '' && !type.name.startsWith('typeof ');
    return isPlain ? { kind: 'foreign', name: `${type.name}.${access.name.text}`, arguments: [] } : undefined;
  };

  /** The class with the interfaces of its name, which add to it. */
  const partsOf = (declaration: ts.ClassLikeDeclaration): readonly Container[] => {
    const declarations = declaration.name === undefined ? undefined : questions.symbolAt(declaration.name)?.declarations;
    return declarations?.filter((each) => compiler.isClassLike(each) || compiler.isInterfaceDeclaration(each)) ?? [declaration];
  };

  const typeOfThis = (node: ts.Expression): WrittenType | undefined => {
    const owner = thisOwner(compiler, node);
    if (owner === undefined || !compiler.isClassLike(owner)) return undefined;
    let member: ts.Node = node;
    while (member.parent !== owner) member = member.parent;
    const isStatic = compiler.isClassStaticBlockDeclaration(member) || hasModifier(compiler, member, SyntaxKind.StaticKeyword);
    return { kind: 'own', declarations: partsOf(owner), isStatic };
  };

  const typeOfSuper = (node: ts.Expression, steps: number): WrittenType | undefined => {
    const type = typeOfThis(node);
    if (type?.kind !== 'own' || type.isStatic) return undefined;
    const bases = type.declarations.flatMap((each) => (compiler.isClassLike(each) ? basesOf(each) : []));
    const [base] = bases;
    return base === undefined ? undefined : typeOfBase(base, steps + 1);
  };

  const typeOfName = (identifier: ts.Identifier, steps: number): WrittenType | undefined => {
    const binding = file(identifier).scopes.resolve(identifier);
    if (binding === undefined) return typeOfGlobal(identifier);
    if (binding.kind === 'import') return typeOfImport(identifier, steps);
    // what was narrowed by `instanceof` is of another class than the one it is declared with
    return isNarrowed(binding) ? undefined : typeOfDeclaration(binding.declaration, steps + 1);
  };

  const typeOfGlobal = (identifier: ts.Identifier): WrittenType | undefined => {
    const declarations = questions.symbolAt(identifier)?.declarations;
    return declarations?.every((each) => each.getSourceFile().isDeclarationFile) === true
      ? { kind: 'foreign', name: `typeof ${identifier.text}`, arguments: [] }
      : undefined;
  };

  const typeOfImport = (identifier: ts.Identifier, steps: number): WrittenType | undefined => {
    const declaration = questions.declarationAt(identifier);
    if (declaration === undefined) return undefined;
    if (declaration.getSourceFile().isDeclarationFile) return { kind: 'foreign', name: `typeof ${identifier.text}`, arguments: [] };
    // `export default log as Logger`
    if (compiler.isExportAssignment(declaration)) return steps > maximumSteps ? undefined : typeOf(declaration.expression, steps + 1);
    return compiler.isClassLike(declaration) || compiler.isVariableDeclaration(declaration) ? typeOfDeclaration(declaration, steps + 1) : undefined;
  };

  const isNarrowed = (binding: Binding): boolean => file(binding.identifier).narrowed.has(binding.name);

  const instanceOfClass = (type: WrittenType | undefined, typeArguments: readonly ts.TypeNode[]): WrittenType | undefined => {
    if (type?.kind === 'own') return type.isStatic ? { ...type, isStatic: false } : undefined;
    return type?.kind !== 'foreign' ? undefined : { kind: 'foreign', name: type.name.replace(/^typeof /, ''), arguments: typeArguments };
  };

  /** The type that the function called is declared to return. */
  const resultOf = (call: ts.CallExpression, steps: number): WrittenType | undefined => {
    const access = call.expression;
    if (!compiler.isPropertyAccessExpression(access)) return undefined;
    const receiver = receiverOf(access, steps + 1);
    if (receiver === undefined || givesItself(receiver, access.name.text, steps + 1)) return receiver;
    const member = memberOfType(receiver, access.name.text, steps + 1);
    if (member === 'foreign') return resultOfLibrary(receiver, access.name.text, steps);
    if (member === undefined) return undefined;
    const isFunction = compiler.isMethodDeclaration(member) || compiler.isMethodSignature(member);
    return isFunction && member.type !== undefined && member.typeParameters === undefined ? typeOfNode(member.type, steps + 1) : undefined;
  };

  /** `on(event, listener): this`, so that calls can be put in a chain. */
  const givesItself = (type: WrittenType, name: string, steps: number): boolean => {
    if (type.kind === 'parts' || (type.kind === 'own' && type.isStatic) || steps > maximumSteps) return false;
    const containers = type.declarations ?? [];
    const members = containers.flatMap((container) => [...container.members].filter((member) => propertyNameText(compiler, member.name) === name));
    if (members.length > 0) {
      return members.every((member) => (compiler.isMethodDeclaration(member) || compiler.isMethodSignature(member)) && member.type?.kind === SyntaxKind.ThisType);
    }
    if (type.kind === 'foreign') return false;
    const [base] = containers.flatMap((container) => (compiler.isTypeLiteralNode(container) ? [] : basesOf(container)));
    const inherited = base === undefined ? undefined : typeOfBase(base, steps + 1);
    return inherited !== undefined && givesItself(inherited, name, steps + 1);
  };

  const resultOfLibrary = (type: WrittenType, name: string, steps: number): WrittenType | undefined => {
    if (elementGetters.has(name)) return elementOf(type, steps);
    if (!partGetters.has(name) || type.kind !== 'foreign') return undefined;
    const element = type.arguments[elementArgument.get(type.name) ?? -1];
    return element === undefined ? undefined : { kind: 'foreign', name: type.name === 'Array' ? 'Array' : 'Iterable', arguments: [element] };
  };

  const settled = (type: WrittenType | undefined, steps: number): WrittenType | undefined => {
    if (type?.kind !== 'foreign' || type.name !== 'Promise') return undefined;
    const [value] = type.arguments;
    return value === undefined ? undefined : typeOfNode(value, steps + 1);
  };

  /** The type of what the member is one of, unless the control flow may have narrowed it. */
  const receiverOf = (access: ts.PropertyAccessExpression, steps: number): WrittenType | undefined => {
    const type = steps > maximumSteps ? undefined : typeOf(access.expression, steps);
    if (type === undefined || type.kind === 'foreign') return type;
    return file(access).narrowed.has(access.expression.getText()) ? undefined : type;
  };

  const memberOfAccess = (access: ts.PropertyAccessExpression, steps: number): DeclaredMember | undefined => {
    const type = receiverOf(access, steps);
    return type === undefined ? undefined : memberOfType(type, access.name.text, steps);
  };

  const memberOfType = (type: WrittenType, name: string, steps: number): DeclaredMember | undefined => {
    if (type.kind === 'foreign') return 'foreign';
    if (type.kind === 'own') return memberOf(type.declarations, name, type.isStatic, steps);
    const members = type.parts.map((part) => memberOfType(part, name, steps));
    // several declarations of one member: none of them is what runs, unless one has a body
    const isBodiless = members.every(
      (member) => member === 'foreign' || (member !== undefined && functionDeclaredBy(compiler, member) === undefined),
    );
    return isBodiless ? 'foreign' : undefined;
  };

  /** The member in one of the declarations of a type, or in what they extend. */
  const memberOf = (containers: readonly Container[], name: string, isStatic: boolean, steps: number): DeclaredMember | undefined => {
    for (const container of containers) {
      const own = membersOf(container, isStatic).get(name);
      if (own !== undefined) return own;
    }
    for (const container of containers) {
      if (container.getSourceFile().isDeclarationFile) continue;
      if (container.members.some((member) => compiler.isIndexSignatureDeclaration(member))) return undefined;
      if (compiler.isTypeLiteralNode(container)) continue;
      for (const base of basesOf(container)) {
        const inherited = inheritedMember(base, name, isStatic, steps + 1);
        if (inherited !== 'foreign') return inherited;
      }
    }
    // a namespace may add to the static side of a class
    return isStatic ? undefined : 'foreign';
  };

  const basesOf = (container: ts.ClassLikeDeclaration | ts.InterfaceDeclaration): readonly ts.ExpressionWithTypeArguments[] =>
    (container.heritageClauses ?? []).flatMap((clause) => (clause.token === SyntaxKind.ImplementsKeyword ? [] : clause.types));

  const inheritedMember = (base: ts.ExpressionWithTypeArguments, name: string, isStatic: boolean, steps: number): DeclaredMember | undefined => {
    const type = typeOfBase(base, steps);
    return type === undefined ? undefined : memberOfType(type.kind === 'own' ? { ...type, isStatic } : type, name, steps);
  };

  const typeOfBase = (base: ts.ExpressionWithTypeArguments, steps: number): WrittenType | undefined => {
    if (steps > maximumSteps) return undefined;
    let node: ts.Expression = base.expression;
    while (compiler.isParenthesizedExpression(node)) node = node.expression;
    // `extends (EventEmitter as new () => TypedEmitter<Events>)`
    if (compiler.isAsExpression(node)) return compiler.isConstructorTypeNode(node.type) ? typeOfNode(node.type.type, steps) : undefined;
    if (!compiler.isIdentifier(node)) return undefined;
    const symbol = questions.symbolAt(node);
    return symbol === undefined ? undefined : instanceOf(questions.aliasedSymbol(symbol), base.typeArguments ?? [], steps);
  };

  const tables = new WeakMap<ts.Node, Map<boolean, ReadonlyMap<string, ts.Declaration>>>();
  /** Members by name; the first of several declarations, as the checker has it. */
  const membersOf = (container: Container, isStatic: boolean): ReadonlyMap<string, ts.Declaration> => {
    let known = tables.get(container);
    if (known === undefined) tables.set(container, (known = new Map<boolean, ReadonlyMap<string, ts.Declaration>>()));
    let table = known.get(isStatic);
    if (table === undefined) known.set(isStatic, (table = computeMembers(container, isStatic)));
    return table;
  };

  const computeMembers = (container: Container, isStatic: boolean): ReadonlyMap<string, ts.Declaration> => {
    const table = new Map<string, ts.Declaration>();
    const note = (declaration: ts.Declaration & { readonly name?: ts.PropertyName | ts.BindingName | undefined }): void => {
      const name = propertyNameText(compiler, declaration.name);
      if (name !== undefined && !table.has(name)) table.set(name, declaration);
    };
    for (const member of container.members) {
      if (compiler.isConstructorDeclaration(member) && !isStatic) {
        for (const parameter of member.parameters) if (compiler.isParameterPropertyDeclaration(parameter, member)) note(parameter);
      } else if (hasModifier(compiler, member, SyntaxKind.StaticKeyword) === isStatic) note(member);
    }
    return table;
  };

  const givesNothing = (call: ts.CallExpression): boolean => {
    if (!compiler.isPropertyAccessExpression(call.expression)) return false;
    const member = memberOfAccess(call.expression, 0);
    if (member === undefined || member === 'foreign') return false;
    const result = compiler.isMethodDeclaration(member) || compiler.isMethodSignature(member) ? member.type : resultOfFunctionType(member);
    return result?.kind === SyntaxKind.VoidKeyword;
  };

  /** `warn: (message: string) => void`. */
  const resultOfFunctionType = (member: ts.Node): ts.TypeNode | undefined =>
    (compiler.isPropertySignature(member) || compiler.isPropertyDeclaration(member)) && member.type !== undefined && compiler.isFunctionTypeNode(member.type)
      ? member.type.type
      : undefined;

  return { memberAt: (access) => memberOfAccess(access, 0), givesNothing };
}

/**
 * Every question to the type checker goes through here: memoised by node, and counted, because questions are what the
 * analysis costs.
 */
import type { Compiler, ts } from '../compiler/compiler.js';
import { functionDeclaredBy, type FunctionNode } from '../syntax/functions.js';

export interface Questions {
  /** How many questions were put to the checker so far. */
  readonly asked: number;
  symbolAt(node: ts.Node): ts.Symbol | undefined;
  /** What an import finally refers to. */
  aliasedSymbol(symbol: ts.Symbol): ts.Symbol;
  /** Where that which the name finally refers to is declared as a value. */
  declarationAt(node: ts.Node): ts.Declaration | undefined;
  typeAt(node: ts.Node): ts.Type;
  /** Whether the expression's type has a member of this name. */
  hasMember(expression: ts.Node, name: string): boolean;
  /** The function with a body, in the program's own code, that the name or property access refers to. */
  functionAt(node: ts.Node): FunctionNode | undefined;
  /** Whether the expression is a Map, Set, array or another synchronous keyed collection. */
  isCollection(expression: ts.Expression): boolean;
  /** Whether values of the expression's type can be changed in place: not a primitive, function or readonly view. */
  isMutable(expression: ts.Node): boolean;
  /** Whether the expression's type, or one that it extends, has this name. */
  isNamed(expression: ts.Node, name: string): boolean;
  /** Whether instances of the class can be iterated with `for await`. */
  isAsyncIterable(owner: ts.ClassLikeDeclaration): boolean;
  /** What a test for truth or presence of the expression is sure to find; undefined when that is open. */
  truthiness(expression: ts.Node): 'truthy' | 'non-null' | undefined;
  /** How the expression's type writes that there is nothing; undefined where there always is something. */
  absence(expression: ts.Node): 'undefined' | 'null' | undefined;
  /** Whether one value of the expression's type is as good as an equal one: nothing to close, to call or to wait for. */
  isPlainValue(expression: ts.Node): boolean;
  /** Whether the expression's type names all its values one by one, as `boolean` and `'on' | 'off'` do, or is a list of such values. */
  isOfNamedValues(expression: ts.Node): boolean;
  /** Whether values of the expression's type are objects, compared by identity. */
  isObject(expression: ts.Node): boolean;
  /** Whether the expression's type is a promise. */
  isPromise(expression: ts.Node): boolean;
  /** Whether the expression's type is an iterator: what it yields is read when it is consumed. */
  isIterator(expression: ts.Node): boolean;
  /** Whether the expression's type can be called. */
  isCallable(expression: ts.Node): boolean;
  /** Interface and name of a member that the language's own library declares, such as `Map.get`, or its function's name. */
  libraryMember(name: ts.Node): string | undefined;
}

/** Classes of the language whose methods act on elements. */
const collectionNames = new Set([
  'Storage',
  'Map',
  'Set',
  'WeakMap',
  'WeakSet',
  'Array',
  'ReadonlyArray',
  'ReadonlyMap',
  'ReadonlySet',
  'URLSearchParams',
  'Headers',
  'FormData',
]);

/** Objects of the platform that are values. */
const plainNames = new Set(['Date', 'URL', 'RegExp', 'ArrayBuffer', 'DataView', 'CryptoKey']);

/** Values are looked into this deep. */
const maximumValueDepth = 3;

export function createQuestions(compiler: Compiler, program: ts.Program): Questions {
  let checker: ts.TypeChecker | undefined;
  let asked = 0;
  const symbols = new WeakMap<ts.Node, ts.Symbol | null>();
  const types = new WeakMap<ts.Node, ts.Type>();
  const aliased = new WeakMap<ts.Symbol, ts.Symbol>();
  const ask = (): ts.TypeChecker => {
    asked += 1;
    return (checker ??= program.getTypeChecker());
  };
  const { TypeFlags, SymbolFlags } = compiler;

  const symbolAt = (node: ts.Node): ts.Symbol | undefined => {
    const known = symbols.get(node);
    if (known !== undefined) return known ?? undefined;
    const symbol = ask().getSymbolAtLocation(node);
    symbols.set(node, symbol ?? null);
    return symbol;
  };

  const aliasedSymbol = (symbol: ts.Symbol): ts.Symbol => {
    if ((symbol.flags & SymbolFlags.Alias) === 0) return symbol;
    let target = aliased.get(symbol);
    if (target === undefined) aliased.set(symbol, (target = ask().getAliasedSymbol(symbol)));
    return target;
  };

  const typeAt = (node: ts.Node): ts.Type => {
    let type = types.get(node);
    if (type === undefined) types.set(node, (type = ask().getTypeAtLocation(node)));
    return type;
  };

  const hasMember = (expression: ts.Node, name: string): boolean => typeAt(expression).getNonNullableType().getProperty(name) !== undefined;

  const declaredAt = (node: ts.Node): ts.Symbol | undefined => {
    const symbol = symbolAt(node);
    return symbol === undefined ? undefined : aliasedSymbol(symbol);
  };

  const declarationAt = (node: ts.Node): ts.Declaration | undefined => declaredAt(node)?.valueDeclaration;

  /** What a member of an object literal only names: `{ load }`, `{ load: loadUser }`. */
  const namedBy = (member: ts.Declaration): ts.Declaration | undefined => {
    if (compiler.isShorthandPropertyAssignment(member)) {
      const named = ask().getShorthandAssignmentValueSymbol(member);
      return named === undefined ? undefined : aliasedSymbol(named).valueDeclaration;
    }
    return compiler.isPropertyAssignment(member) && compiler.isIdentifier(member.initializer) ? declarationAt(member.initializer) : member;
  };

  const functionAt = (node: ts.Node): FunctionNode | undefined => {
    const member = declarationAt(node);
    const declaration = member === undefined ? undefined : namedBy(member);
    if (declaration === undefined || declaration.getSourceFile().isDeclarationFile) return undefined;
    const declared = functionDeclaredBy(compiler, declaration);
    if (declared !== undefined || !compiler.isFunctionLike(declaration)) return declared;
    // the first of several signatures: the body stands with the last of them
    const last = declaredAt(node)?.declarations?.at(-1);
    return last === undefined ? undefined : functionDeclaredBy(compiler, last);
  };

  const parts = (type: ts.Type): readonly ts.Type[] =>
    type.isUnionOrIntersection() ? type.types.filter((part) => (part.flags & nullish) === 0) : [type];
  const nullish = TypeFlags.Undefined | TypeFlags.Null | TypeFlags.Void;
  const primitive =
    TypeFlags.StringLike |
    TypeFlags.NumberLike |
    TypeFlags.BooleanLike |
    TypeFlags.BigIntLike |
    TypeFlags.ESSymbolLike |
    TypeFlags.EnumLike |
    nullish;

  const isCollectionType = (type: ts.Type): boolean => {
    const candidates = parts(type);
    return (
      candidates.length > 0 &&
      candidates.every((part) => {
        if ((part.flags & TypeFlags.Any) !== 0) return false;
        const name = part.getSymbol()?.name;
        if (name !== undefined && collectionNames.has(name)) return true;
        if (part.getNumberIndexType() !== undefined && part.getProperty('push') !== undefined) return true;
        return isKeyedContainer(part) || (part.getBaseTypes()?.some(isCollectionType) ?? false);
      })
    );
  };

  /** A library's cache class: `get` and `set`, or `has` and `add`, that answer at once. */
  const isKeyedContainer = (type: ts.Type): boolean => {
    const getter = type.getProperty('get') ?? type.getProperty('has');
    const setter = type.getProperty('set') ?? type.getProperty('add');
    const remover = type.getProperty('delete') ?? type.getProperty('remove');
    if (getter === undefined || setter === undefined || remover === undefined) return false;
    return [getter, setter].every((member) => {
      const declaration = member.valueDeclaration ?? member.declarations?.[0];
      if (declaration === undefined) return false;
      const signatures = ask().getTypeOfSymbolAtLocation(member, declaration).getCallSignatures();
      return signatures.length > 0 && signatures.every((signature) => !isPromiseType(signature.getReturnType()));
    });
  };

  const isPromiseType = (type: ts.Type): boolean => parts(type).some((part) => part.getProperty('then') !== undefined);

  const isNamedType = (type: ts.Type, name: string): boolean =>
    parts(type).some((part) => {
      if (part.getSymbol()?.name === name || part.aliasSymbol?.name === name) return true;
      return part.isClassOrInterface() && (part.getBaseTypes()?.some((base) => isNamedType(base, name)) ?? false);
    });

  const isMutable = (node: ts.Node): boolean => {
    const type = typeAt(node);
    return parts(type).some((part) => {
      if ((part.flags & (primitive | TypeFlags.Never)) !== 0) return false;
      if ((part.flags & (TypeFlags.Any | TypeFlags.Unknown)) !== 0) return false;
      if (part.getCallSignatures().length > 0) return false;
      const name = part.getSymbol()?.name;
      if (name === 'ReadonlyArray' || name === 'ReadonlyMap' || name === 'ReadonlySet') return false;
      const properties = part.getProperties();
      return (
        part.getNumberIndexType() !== undefined ||
        part.getStringIndexType() !== undefined ||
        properties.some((property) => !isReadonlyProperty(property))
      );
    });
  };

  const isPlain = (type: ts.Type, depth: number): boolean => {
    const candidates = parts(type);
    return candidates.length > 0 && candidates.every((part) => {
      if ((part.flags & (primitive | TypeFlags.Never)) !== 0) return true;
      // `string & {}`
      if (part.isIntersection() && part.types.some((each) => (each.flags & primitive) !== 0)) return true;
      if ((part.flags & (TypeFlags.Object | TypeFlags.NonPrimitive)) === 0) return false;
      const name = part.getSymbol()?.name;
      if (name !== undefined && (plainNames.has(name) || /^(?:Big)?(?:Ui|I)nt\d+(?:Clamped)?Array$|^Float\d+Array$/.test(name))) return true;
      const element = part.getNumberIndexType();
      if (element !== undefined && part.getProperty('push') !== undefined) return depth === 0 || isPlain(element, depth - 1);
      if (part.getCallSignatures().length > 0 || part.getConstructSignatures().length > 0) return false;
      const properties = part.getProperties();
      if (properties.length === 0) return part.getStringIndexType() !== undefined;
      // methods make it an object with a life of its own
      return properties.every((property) => {
        if ((property.flags & (SymbolFlags.Method | SymbolFlags.Accessor)) !== 0) return false;
        const { valueDeclaration } = property;
        if (depth === 0 || valueDeclaration === undefined) return true;
        const inner = ask().getTypeOfSymbolAtLocation(property, valueDeclaration);
        return (inner.flags & (TypeFlags.Any | TypeFlags.Unknown)) !== 0 || isPlain(inner, depth - 1);
      });
    });
  };

  const named = TypeFlags.BooleanLike | TypeFlags.StringLiteral | TypeFlags.NumberLiteral | TypeFlags.EnumLiteral;
  const hasNamedValues = (type: ts.Type, depth: number): boolean => {
    const candidates = parts(type);
    return candidates.length > 0 && candidates.every((part) => {
      if ((part.flags & named) !== 0) return true;
      const element = part.getProperty('push') === undefined ? undefined : part.getNumberIndexType();
      return element !== undefined && depth > 0 && hasNamedValues(element, depth - 1);
    });
  };

  const truthinessOf = (type: ts.Type): 'truthy' | 'non-null' | undefined => {
    const all = type.isUnion() ? type.types : [type];
    if (all.every((part) => (part.flags & (TypeFlags.Object | TypeFlags.NonPrimitive)) !== 0)) return 'truthy';
    const open = nullish | TypeFlags.Any | TypeFlags.Unknown | TypeFlags.TypeParameter | TypeFlags.IndexedAccess | TypeFlags.Conditional;
    return all.every((part) => (part.flags & open) === 0) ? 'non-null' : undefined;
  };

  const isReadonlyProperty = (property: ts.Symbol): boolean => {
    const declaration = property.valueDeclaration;
    if (declaration === undefined) {
      // mapped over, as in `Readonly<T>`: the checker keeps the modifier to itself, the type's text does not
      return false;
    }
    return (compiler.getCombinedModifierFlags(declaration) & compiler.ModifierFlags.Readonly) !== 0;
  };

  const libraryMember = (name: ts.Node): string | undefined => {
    // packages of types may declare the same once more
    const declaration = symbolAt(name)?.declarations?.find((each) => program.isSourceFileDefaultLibrary(each.getSourceFile()));
    if (declaration === undefined) return undefined;
    const { parent } = declaration;
    if (compiler.isFunctionDeclaration(declaration)) return declaration.name?.text;
    return compiler.isInterfaceDeclaration(parent) ? `${parent.name.text}.${name.getText()}` : undefined;
  };

  return {
    get asked() {
      return asked;
    },
    symbolAt,
    aliasedSymbol,
    declarationAt,
    typeAt,
    hasMember,
    functionAt,
    isCollection: (expression) => isCollectionType(typeAt(expression)),
    isMutable: (node) => {
      const alias = typeAt(node).aliasSymbol?.name;
      return alias !== 'Readonly' && alias !== 'DeepReadonly' && isMutable(node);
    },
    isNamed: (node, name) => isNamedType(typeAt(node), name),
    isAsyncIterable: (owner) =>
      typeAt(owner)
        .getProperties()
        .some((property) => property.escapedName.toString().startsWith('__@asyncIterator')),
    truthiness: (node) => truthinessOf(typeAt(node)),
    absence: (node) => {
      const type = typeAt(node);
      const all = type.isUnion() ? type.types : [type];
      if (all.some((part) => (part.flags & TypeFlags.Undefined) !== 0)) return 'undefined';
      return all.some((part) => (part.flags & TypeFlags.Null) !== 0) ? 'null' : undefined;
    },
    isPlainValue: (node) => isPlain(typeAt(node), maximumValueDepth),
    isOfNamedValues: (node) => hasNamedValues(typeAt(node), 1),
    isObject: (node) => parts(typeAt(node)).every((part) => (part.flags & (TypeFlags.Object | TypeFlags.NonPrimitive)) !== 0),
    isPromise: (node) => isPromiseType(typeAt(node)),
    isIterator: (node) => parts(typeAt(node)).some((part) => part.getProperty('next') !== undefined),
    isCallable: (node) => parts(typeAt(node)).some((part) => part.getCallSignatures().length > 0),
    libraryMember,
  };
}

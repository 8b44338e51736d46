/**
 * What a value of a type has to be made of, for one who wants to hand in a fake. It is asked for one finding at a time
 * and for no check, so it is neither memoised nor counted.
 */
import type { Compiler, ts } from '../compiler/compiler.js';

export type Shape =
  /** A value that can be written down: the expression in TypeScript. */
  | { readonly kind: 'value'; readonly of: 'string' | 'number' | 'nothing' | 'other'; readonly expression: string }
  /** A function; `result` is what its promise resolves to, or what it returns. */
  | { readonly kind: 'function'; readonly isAsync: boolean; readonly result: Shape }
  /** An object with at least one asynchronous function in it. */
  | { readonly kind: 'object'; readonly name: string | undefined; readonly members: readonly ShapeMember[] }
  /** Only a person knows what it should be. */
  | { readonly kind: 'open'; readonly name: string | undefined };

export interface ShapeMember {
  readonly name: string;
  readonly isOptional: boolean;
  readonly shape: Shape;
}

/** Objects in objects are described this deep. */
const maximumDepth = 2;

/** A fake of a lock would hide whether the lock does its work. */
const lockMembers = ['acquire', 'runExclusive', 'withLock', 'lock'];

/** A signal that nobody aborts. */
export const abortSignal = 'new AbortController().signal';

const made: Readonly<Record<string, string>> = {
  AbortSignal: abortSignal,
  Date: 'new Date(0)',
  Map: 'new Map()',
  ReadonlyMap: 'new Map()',
  Set: 'new Set()',
  ReadonlySet: 'new Set()',
};

/** The shape of what is declared by the node. */
export function shapeAt(compiler: Compiler, program: ts.Program, node: ts.Node): Shape {
  const checker = program.getTypeChecker();
  const { TypeFlags } = compiler;

  const value = (of: 'string' | 'number' | 'nothing' | 'other', expression: string): Shape => ({ kind: 'value', of, expression });

  const shapeOf = (given: ts.Type, depth: number): Shape => {
    const type = checker.getNonNullableType(given);
    if ((given.flags & (TypeFlags.Void | TypeFlags.Undefined | TypeFlags.Null)) !== 0) return value('nothing', 'undefined');
    if ((type.flags & (TypeFlags.Any | TypeFlags.Unknown | TypeFlags.TypeParameter)) !== 0) return value('string', `'value'`);
    if (type.isStringLiteral() || type.isNumberLiteral()) return value('other', JSON.stringify(type.value));
    if ((type.flags & TypeFlags.BooleanLike) !== 0) return value('other', 'true');
    if ((type.flags & TypeFlags.StringLike) !== 0) return value('string', `'value'`);
    if ((type.flags & TypeFlags.NumberLike) !== 0) return value('number', '1');
    if ((type.flags & TypeFlags.BigIntLike) !== 0) return value('other', '1n');
    const name = nameOf(type);
    if (type.isUnion()) {
      const [first] = type.types;
      return first !== undefined && first.isLiteral() ? shapeOf(first, depth) : { kind: 'open', name };
    }
    const [signature] = type.getCallSignatures();
    if (signature !== undefined) {
      const result = signature.getReturnType();
      const isAsync = result.getProperty('then') !== undefined;
      return { kind: 'function', isAsync, result: shapeOf(isAsync ? (checker.getAwaitedType(result) ?? result) : result, depth) };
    }
    const expression = name === undefined ? undefined : made[name];
    if (expression !== undefined) return value('other', expression);
    const properties = type.getProperties();
    if (depth >= maximumDepth || properties.some((property) => lockMembers.includes(property.name))) return { kind: 'open', name };
    const isClass = (type.getSymbol()?.flags ?? 0) & compiler.SymbolFlags.Class;
    const members = properties.flatMap((property): ShapeMember[] => {
      const isNamed = /^[\w$]+$/.test(property.name);
      const declaration = property.valueDeclaration;
      const isHidden =
        declaration !== undefined &&
        (compiler.getCombinedModifierFlags(declaration) & (compiler.ModifierFlags.Private | compiler.ModifierFlags.Protected)) !== 0;
      if (!isNamed || isHidden) return [];
      const isOptional = (property.flags & compiler.SymbolFlags.Optional) !== 0;
      return [{ name: property.name, isOptional, shape: shapeOf(checker.getTypeOfSymbolAtLocation(property, node), depth + 1) }];
    });
    // what a class does at once is its state, and a fake of it would have none
    const isStateful = isClass !== 0 && members.some(({ shape }) => shape.kind === 'function' && !shape.isAsync);
    return !isStateful && members.some(({ shape }) => isSuspending(shape)) ? { kind: 'object', name, members } : { kind: 'open', name };
  };

  return shapeOf(checker.getTypeAtLocation(node), 0);
}

/** Whether something in the value can be called and waited for. */
function isSuspending(shape: Shape): boolean {
  return (shape.kind === 'function' && shape.isAsync) || shape.kind === 'object';
}

function nameOf(type: ts.Type): string | undefined {
  const name = type.aliasSymbol?.name ?? type.getSymbol()?.name;
  return name === undefined || !/^[A-Za-z$][\w$]*$/.test(name) ? undefined : name;
}

/** What the call that made a lock says of it: how many permits it has, and whether a holder may take it again. */
import type { ModelExport, ModelMember } from '../catalogue/schema.js';
import type { Compiler, ts } from '../compiler/compiler.js';
import { hasModifier, propertyValue, skipOuter } from '../syntax/functions.js';
import { isConst } from '../syntax/tree.js';
import type { Weight } from './operation.js';
import type { KnownLock, LockQuestions } from './resolve.js';

export interface Constructions {
  /** The number of permits that the call gives; undefined when it cannot be told. */
  permitsAt(permits: NonNullable<ModelExport['permits']>, call: ts.NewExpression | ts.CallExpression): number | undefined;
  /** Number of permits the lock was made with; undefined when that is not in sight. */
  permitsOf(lock: KnownLock): number | undefined;
  /** How many permits the call of the member takes or gives back; undefined where the member always takes one. */
  weightOf(member: ModelMember, call: ts.CallExpression): Weight | undefined;
  /** Whether a holder may take the lock again; undefined when that is not known. */
  reentrancyOf(lock: KnownLock): ModelExport['reentrant'];
}

/** A number is followed through this many constants. */
const depthLimit = 5;

export function createConstructions(compiler: Compiler, questions: LockQuestions): Constructions {
  const { SyntaxKind } = compiler;

  const numberOf = (expression: ts.Expression, depth: number): number | undefined => {
    const node = skipOuter(compiler, expression);
    if (compiler.isNumericLiteral(node)) return Number(node.text);
    if (depth > depthLimit || (!compiler.isIdentifier(node) && !compiler.isPropertyAccessExpression(node))) return undefined;
    const symbol = questions.symbolAt(compiler.isIdentifier(node) ? node : node.name);
    const declaration = symbol === undefined ? undefined : questions.aliasedSymbol(symbol).valueDeclaration;
    if (declaration === undefined) return undefined;
    const isFixed =
      (compiler.isVariableDeclaration(declaration) && isConst(compiler, declaration)) ||
      (compiler.isPropertyDeclaration(declaration) && hasModifier(compiler, declaration, SyntaxKind.ReadonlyKeyword));
    if (!isFixed || declaration.initializer === undefined) return undefined;
    return numberOf(declaration.initializer, depth + 1);
  };

  const permitsAt: Constructions['permitsAt'] = (permits, call) => {
    const argument = call.arguments?.[permits.argument];
    if (argument === undefined) return permits.absent;
    const value = skipOuter(compiler, argument);
    if (permits.property === undefined || !compiler.isObjectLiteralExpression(value)) return numberOf(value, 0);
    const property = propertyValue(compiler, value, permits.property);
    return property === undefined ? permits.absent : numberOf(property, 0);
  };

  return {
    permitsAt,
    permitsOf: ({ lockExport: { kind, permits }, construction }) => {
      if (permits === undefined) return undefined;
      if (construction !== undefined) return permitsAt(permits, construction);
      // a pool made elsewhere has some number of things to give, and seldom one
      return kind === 'resource' && permits.absent !== undefined ? Math.max(permits.absent, 2) : undefined;
    },
    weightOf: (member, call) => {
      const position = 'weight' in member ? member.weight : undefined;
      const argument = position === undefined ? undefined : call.arguments[position];
      if (position === undefined) return undefined;
      return argument === undefined ? { value: 1, text: '1' } : { value: numberOf(argument, 0), text: argument.getText() };
    },
    reentrancyOf: ({ lockExport: { reentrant, reentrantWhen }, construction }) => {
      const argument = reentrantWhen === undefined ? undefined : construction?.arguments?.[reentrantWhen.argument];
      if (reentrantWhen === undefined || argument === undefined) return reentrant;
      const value = skipOuter(compiler, argument);
      if (reentrantWhen.property === undefined) return value.kind === SyntaxKind.FalseKeyword ? reentrant : true;
      // options that are made elsewhere may say so
      if (!compiler.isObjectLiteralExpression(value) || value.properties.some((property) => compiler.isSpreadAssignment(property))) return undefined;
      const property = propertyValue(compiler, value, reentrantWhen.property);
      return property === undefined || property.kind === SyntaxKind.FalseKeyword ? reentrant : true;
    },
  };
}

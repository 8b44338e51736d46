/** Functions that stand by themselves, with the names by which others call them. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { isFunctionLiteral, skipOuter } from '../syntax/functions.js';

/** A function that is no member. */
export type FreeFunction = ts.FunctionDeclaration | ts.FunctionExpression | ts.ArrowFunction;

/** A function with the name by which others call it. */
export interface NamedFunction {
  readonly node: FreeFunction;
  readonly name: string;
}

/** The functions that the statement gives names to. */
export function functionsOf(compiler: Compiler, statement: ts.Statement): NamedFunction[] {
  if (compiler.isFunctionDeclaration(statement)) return statement.name === undefined ? [] : [{ node: statement, name: statement.name.text }];
  if (!compiler.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap(({ name, initializer }) => {
    const value = initializer === undefined ? undefined : skipOuter(compiler, initializer);
    const isFunction = value !== undefined && isFunctionLiteral(compiler, value);
    return isFunction && compiler.isIdentifier(name) ? [{ node: value, name: name.text }] : [];
  });
}

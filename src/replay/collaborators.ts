/**
 * Objects that the code under test imports, or makes of an imported class, and waits for. They cannot be handed in, so that
 * a test puts fakes in place of their methods.
 */
import type { ts } from '../compiler/compiler.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { skipOuter } from '../syntax/functions.js';
import { shapeAt } from '../types/shapes.js';
import type { ReplacedFunction } from './replay.js';
import { type ForeignCall, moduleOfImport } from './suspensions.js';

type Import = Pick<ReplacedFunction, 'module'> & { readonly exported: string };

/** The methods that are called there, as far as an import leads to them. */
export function replacedMembers(model: ProgramModel, calls: readonly ForeignCall[]): readonly ReplacedFunction[] {
  const found = calls.flatMap(({ outermost }) => replacedMember(model, outermost) ?? []);
  return [...new Map(found.map((each) => [`${each.module?.name} ${memberPath(each)}`, each])).values()];
}

/** `Client.load`, for a method of the class or of an object of that name. */
export function memberPath({ holder, name }: ReplacedFunction): string {
  return [...holder.filter((part) => part !== 'prototype'), name].join('.');
}

function replacedMember(model: ProgramModel, call: ts.CallExpression): ReplacedFunction | undefined {
  const { compiler, program } = model;
  const callee = skipOuter(compiler, call.expression);
  if (!compiler.isPropertyAccessExpression(callee) || compiler.isPrivateIdentifier(callee.name)) return undefined;
  const shape = shapeAt(compiler, program, callee);
  if (shape.kind !== 'function' || !shape.isAsync) return undefined;
  const holder = importedObject(model, callee.expression) ?? prototypeOf(model, callee);
  return holder === undefined ? undefined : { ...holder, name: callee.name.text, result: shape.result };
}

/** `database.users` where `database` is imported. */
function importedObject(model: ProgramModel, expression: ts.Expression): Pick<ReplacedFunction, 'module' | 'holder'> | undefined {
  const { compiler } = model;
  const members: string[] = [];
  let node = skipOuter(compiler, expression);
  for (; compiler.isPropertyAccessExpression(node); node = skipOuter(compiler, node.expression)) members.unshift(node.name.text);
  if (!compiler.isIdentifier(node)) return undefined;
  const binding = model.file(node).scopes.resolve(node);
  const imported = binding?.kind === 'import' ? importOf(model, binding.declaration) : undefined;
  return imported === undefined ? undefined : { module: imported.module, holder: [imported.exported, ...members] };
}

/** The prototype of the imported class that the receiver is an object of. An arrow function in a field is not on it. */
function prototypeOf(model: ProgramModel, callee: ts.PropertyAccessExpression): Pick<ReplacedFunction, 'module' | 'holder'> | undefined {
  const { compiler, questions } = model;
  const method = questions.symbolAt(callee.name)?.valueDeclaration;
  if (method === undefined || !compiler.isMethodDeclaration(method)) return undefined;
  const made = questions.typeAt(callee.expression).getNonNullableType().getSymbol();
  for (const statement of callee.getSourceFile().statements) {
    const clause = compiler.isImportDeclaration(statement) ? statement.importClause : undefined;
    if (clause === undefined) continue;
    const named = clause.namedBindings !== undefined && compiler.isNamedImports(clause.namedBindings) ? clause.namedBindings.elements : [];
    for (const declaration of clause.name === undefined ? named : [clause, ...named]) {
      const symbol = declaration.name === undefined ? undefined : questions.symbolAt(declaration.name);
      if (symbol === undefined || questions.aliasedSymbol(symbol) !== made) continue;
      const imported = importOf(model, declaration);
      if (imported !== undefined) return { module: imported.module, holder: [imported.exported, 'prototype'] };
    }
  }
  return undefined;
}

function importOf({ compiler }: ProgramModel, declaration: ts.Node): Import | undefined {
  const module = moduleOfImport(compiler, declaration);
  if (module === undefined) return undefined;
  if (compiler.isImportSpecifier(declaration)) return { module, exported: (declaration.propertyName ?? declaration.name).text };
  return compiler.isImportClause(declaration) ? { module, exported: 'default' } : undefined;
}

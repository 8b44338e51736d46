/** Which files may have to do with locks: by their own words, or because they import a module of the program that has such words. */
import type { ts } from '../../compiler/compiler.js';
import { importOriginOf } from '../../locks/imports.js';
import { type FunctionNode, skipOuter } from '../../syntax/functions.js';
import { memoized, type ProgramModel } from '../model/program-model.js';

/** A file without a word of locks may hold one all the same, by a helper or an object that it imports: `const ticket = await enterGate()`. */
export const mayHandleLocks = memoized(
  (model, file: ts.SourceFile): boolean => model.locks.mayContainLocks(file) || model.importedModules(file).some((module) => model.locks.mayContainLocks(module)),
);

/** The function that the call is of, where such a module declares it under its own name: found without a question. */
export function functionOfLockFile(model: ProgramModel, { expression }: ts.CallExpression): FunctionNode | undefined {
  const { compiler } = model;
  const callee = skipOuter(compiler, expression);
  const found = compiler.isIdentifier(callee) ? importedFrom(model, callee) : undefined;
  if (found === undefined) return undefined;
  return model.file(found.module).functions.find((each) => compiler.isFunctionDeclaration(each) && each.parent === found.module && each.name?.text === found.imported);
}

/** The call is one of a function that such a module exports. */
export function callsIntoLockFile(model: ProgramModel, { expression }: ts.CallExpression): boolean {
  const { compiler } = model;
  const callee = skipOuter(compiler, expression);
  return compiler.isIdentifier(callee) && importedFrom(model, callee) !== undefined;
}

/** The module with words of locks that the name is imported from, and its name there. */
function importedFrom(model: ProgramModel, name: ts.Identifier): { readonly module: ts.SourceFile; readonly imported: string } | undefined {
  const binding = model.file(name).scopes.resolve(name);
  const origin = binding?.kind === 'import' ? importOriginOf(model.compiler, binding.declaration) : undefined;
  const module = origin === undefined ? undefined : model.moduleAt(name.getSourceFile(), origin.specifier);
  return origin === undefined || module === undefined || !model.locks.mayContainLocks(module) ? undefined : { module, imported: origin.imported };
}

/** Which files may have to do with locks: by their own words, or because they import a module of the program that has such words. */
import type { ts } from '../../compiler/compiler.js';
import { importOriginOf } from '../../locks/imports.js';
import { skipOuter } from '../../syntax/functions.js';
import { memoized, type ProgramModel } from '../model/program-model.js';

/** A file without a word of locks may hold one all the same, by a helper or an object that it imports: `const ticket = await enterGate()`. */
export const mayHandleLocks = memoized(
  (model, file: ts.SourceFile): boolean => model.locks.mayContainLocks(file) || model.importedModules(file).some((module) => model.locks.mayContainLocks(module)),
);

/** The call is one of a function that such a module exports. */
export function callsIntoLockFile(model: ProgramModel, { expression }: ts.CallExpression): boolean {
  const { compiler } = model;
  const callee = skipOuter(compiler, expression);
  const binding = compiler.isIdentifier(callee) ? model.file(callee).scopes.resolve(callee) : undefined;
  const origin = binding?.kind === 'import' ? importOriginOf(compiler, binding.declaration) : undefined;
  const module = origin === undefined ? undefined : model.moduleAt(callee.getSourceFile(), origin.specifier);
  return module !== undefined && model.locks.mayContainLocks(module);
}

/**
 * What a program gives to strangers: names that a file exports which nobody in the program imports, or the index of the whole, and names that such a
 * file passes on. Whoever uses the package may make objects of such a class, and call it as he likes.
 */
import type { ts } from '../../compiler/compiler.js';
import { hasModifier } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { createModuleExports, exportsOf } from './module-exports.js';
import { memoized, type ProgramModel } from './program-model.js';
import { isTestFile } from './test-files.js';

/** Whether somebody outside the program may import what the name is declared as. */
export function isOffered(model: ProgramModel, { isExported, name, identifier, declaration }: Binding): boolean {
  if (!isExported) return false;
  const names = offered(model, model.program).get(identifier.getSourceFile());
  if (names === undefined || names === 'all') return names === 'all';
  return names.has(name) || (names.has('default') && hasModifier(model.compiler, declaration, model.compiler.SyntaxKind.DefaultKeyword));
}

type Names = 'all' | Set<string>;

const offered = memoized((model: ProgramModel, program: ts.Program): ReadonlyMap<ts.SourceFile, Names> => {
  const { moduleAt } = createModuleExports(model.compiler, program);
  const files = program.getSourceFiles().filter((file) => !file.isDeclarationFile && !isTestFile(file));
  const found = new Map<ts.SourceFile, Names>();
  const give = (file: ts.SourceFile | undefined, name: string | undefined): void => {
    if (file === undefined) return;
    const known = found.get(file);
    if (known === 'all' || (name !== undefined && known?.has(name) === true)) return;
    if (name === undefined) found.set(file, 'all');
    else if (known === undefined) found.set(file, new Set([name]));
    else known.add(name);
    const { names, everythingOf } = exportsOf(model.compiler, file);
    for (const [exported, passed] of names) {
      if (name !== undefined && exported !== name) continue;
      const origin = passed.specifier === undefined ? importedAs(model, file, passed.name) : passed;
      if (origin?.specifier !== undefined) give(moduleAt(file, origin.specifier), origin.name === '*' ? undefined : origin.name);
      // `class Part {} export { Part as Piece }`
      else if (passed.name !== exported) give(file, passed.name);
    }
    for (const specifier of everythingOf) give(moduleAt(file, specifier), name);
    for (const { exported, specifier } of namespacesOf(model, file)) if (name === undefined || exported === name) give(moduleAt(file, specifier), undefined);
  };
  for (const file of entriesOf(model, files, moduleAt)) give(file, undefined);
  return found;
});

/** `export * as parts from './parts.js'`. */
function namespacesOf({ compiler }: ProgramModel, file: ts.SourceFile): readonly { readonly exported: string; readonly specifier: string }[] {
  return file.statements.flatMap((statement) => {
    if (!compiler.isExportDeclaration(statement) || statement.exportClause === undefined || !compiler.isNamespaceExport(statement.exportClause)) return [];
    const { exportClause, moduleSpecifier } = statement;
    return moduleSpecifier !== undefined && compiler.isStringLiteralLike(moduleSpecifier) ? [{ exported: exportClause.name.text, specifier: moduleSpecifier.text }] : [];
  });
}

/** What the file imports under the name, `*` for a whole module: it may pass that on. */
function importedAs(model: ProgramModel, file: ts.SourceFile, name: string): { readonly name: string; readonly specifier: string } | undefined {
  const { compiler } = model;
  for (const statement of file.statements) {
    if (!compiler.isImportDeclaration(statement) || !compiler.isStringLiteralLike(statement.moduleSpecifier)) continue;
    const clause = statement.importClause;
    const specifier = statement.moduleSpecifier.text;
    if (clause?.name?.text === name) return { name: 'default', specifier };
    const bindings = clause?.namedBindings;
    if (bindings !== undefined && compiler.isNamespaceImport(bindings) && bindings.name.text === name) return { name: '*', specifier };
    if (bindings === undefined || !compiler.isNamedImports(bindings)) continue;
    const element = bindings.elements.find((each) => each.name.text === name);
    if (element !== undefined) return { name: (element.propertyName ?? element.name).text, specifier };
  }
  return undefined;
}

/** Files that no other file of the program names, and the index of the whole, which the parts of it may name as well. */
function entriesOf(
  { compiler }: ProgramModel,
  files: readonly ts.SourceFile[],
  moduleAt: (from: ts.SourceFile, specifier: string) => ts.SourceFile | undefined,
): readonly ts.SourceFile[] {
  const named = new Set<ts.SourceFile>();
  for (const file of files) {
    for (const statement of file.statements) {
      if (!compiler.isImportDeclaration(statement) && !compiler.isExportDeclaration(statement)) continue;
      const { moduleSpecifier } = statement;
      const target = moduleSpecifier !== undefined && compiler.isStringLiteralLike(moduleSpecifier) ? moduleAt(file, moduleSpecifier.text) : undefined;
      if (target !== undefined) named.add(target);
    }
  }
  const indexes = files.filter(({ fileName }) => /[\\/]index\.[cm]?[jt]sx?$/.test(fileName));
  const depthOf = ({ fileName }: ts.SourceFile): number => fileName.split(/[\\/]/).length;
  const shallowest = Math.min(...indexes.map(depthOf));
  return files.filter((file) => !named.has(file) || (indexes.includes(file) && depthOf(file) === shallowest));
}

/** State that modules share: an imported variable is the variable of the module that declares it, under whatever name. */
import type { Compiler, ts } from '../../compiler/compiler.js';
import { importOriginOf, importsOf } from '../../locks/imports.js';
import { type Place, rootPlace } from '../../places/place.js';
import type { Binding } from '../../syntax/scopes.js';
import { createModuleExports } from './module-exports.js';

/** A file that imports a variable, and what the variable is called there: by a name of its own, or as a member of the module. */
export interface Importer {
  readonly file: ts.SourceFile;
  readonly name: string;
}

export interface ImportedPlaces {
  /** The exported variable that the import brings; of an import of the whole module, its member with this name. */
  readonly variableOf: (binding: Binding, member?: string) => Place | undefined;
  /** The declared function that the import brings. */
  readonly functionOf: (binding: Binding) => Binding | undefined;
  /** Files that import the exported variable. */
  readonly importersOf: (binding: Binding) => readonly Importer[];
  readonly moduleAt: (from: ts.SourceFile, specifier: string) => ts.SourceFile | undefined;
}

export function createImportedPlaces(compiler: Compiler, program: ts.Program): ImportedPlaces {
  const exports = createModuleExports(compiler, program);
  const variables = new Map<string, Place | undefined>();
  const functions = new Map<Binding, Binding | undefined>();
  const importers = new Map<Binding, readonly Importer[]>();

  const find = (binding: Binding, member: string | undefined): Place | undefined => {
    const origin = importOriginOf(compiler, binding.declaration);
    const imported = origin?.imported === '*' ? member : member === undefined ? origin?.imported : undefined;
    const module = origin === undefined || imported === undefined ? undefined : exports.moduleAt(binding.identifier.getSourceFile(), origin.specifier);
    const target = module === undefined || imported === undefined ? undefined : exports.variableOf(module, imported);
    if (target === undefined) return undefined;
    return { ...rootPlace({ kind: 'variable', binding: target }), text: member === undefined ? binding.name : `${binding.name}.${member}` };
  };

  const findFunction = (binding: Binding): Binding | undefined => {
    const origin = binding.kind === 'import' ? importOriginOf(compiler, binding.declaration) : undefined;
    const module = origin === undefined ? undefined : exports.moduleAt(binding.identifier.getSourceFile(), origin.specifier);
    return origin === undefined || module === undefined ? undefined : exports.functionOf(module, origin.imported);
  };

  return {
    variableOf: (binding, member) => {
      if (binding.kind !== 'import') return undefined;
      const key = `${binding.id} ${member ?? ''}`;
      if (!variables.has(key)) variables.set(key, find(binding, member));
      return variables.get(key);
    },
    functionOf: (binding) => {
      if (!functions.has(binding)) functions.set(binding, findFunction(binding));
      return functions.get(binding);
    },
    importersOf: (binding) => {
      let known = importers.get(binding);
      if (known === undefined) importers.set(binding, (known = binding.isExported ? collect(binding) : []));
      return known;
    },
    moduleAt: exports.moduleAt,
  };

  function collect(binding: Binding): readonly Importer[] {
    const home = binding.identifier.getSourceFile();
    return program.getSourceFiles().flatMap((file): Importer[] => {
      if (file.isDeclarationFile || file === home) return [];
      return [...importsOf(compiler, file).names].flatMap(([name, { specifier, imported }]): Importer[] => {
        const exported = imported === '*' ? binding.name : imported;
        const module = mayBring(file, exported, binding) ? exports.moduleAt(file, specifier) : undefined;
        if (module === undefined || exports.variableOf(module, exported) !== binding) return [];
        return [{ file, name: imported === '*' ? exported : name }];
      });
    });
  }
}

/** Told from names, before any module is looked for: a variable is mostly passed on under its own name, or as the `default`. */
function mayBring(file: ts.SourceFile, exported: string, { name }: Binding): boolean {
  return exported === 'default' || (exported === name && file.text.includes(name));
}

/**
 * State that modules share: an imported variable is the variable of the module that exports it, under whatever name. Told from
 * the syntax of the two files; names that are passed on by a third file, and packages, are not followed.
 */
import type { Compiler, ts } from '../../compiler/compiler.js';
import { importOriginOf, importsOf } from '../../locks/imports.js';
import { isRelativeSpecifier } from '../../locks/packages.js';
import { type Place, rootPlace } from '../../places/place.js';
import type { Binding } from '../../syntax/scopes.js';
import { fileModel } from './file-model.js';

/** A file that imports a variable, and what the variable is called there: by its own name, or as a member of the module. */
export interface Importer {
  readonly file: ts.SourceFile;
  readonly name: string;
}

export interface ImportedPlaces {
  /** The exported variable that the import brings; of an import of the whole module, its member with this name. */
  readonly variableOf: (binding: Binding, member?: string) => Place | undefined;
  /** Files that import the exported variable. */
  readonly importersOf: (binding: Binding) => readonly Importer[];
}

export function createImportedPlaces(compiler: Compiler, program: ts.Program): ImportedPlaces {
  const variables = new Map<string, Place | undefined>();
  const importers = new Map<Binding, readonly Importer[]>();

  const moduleAt = (from: ts.SourceFile, specifier: string): ts.SourceFile | undefined => {
    if (!isRelativeSpecifier(specifier)) return undefined;
    const path = resolved(from.fileName, specifier).replace(/\.[cm]?js$/, '');
    for (const ending of ['.ts', '.tsx', '.mts', '/index.ts', '']) {
      const file = program.getSourceFile(path + ending);
      if (file !== undefined) return file.isDeclarationFile ? undefined : file;
    }
    return undefined;
  };

  const find = (binding: Binding, member: string | undefined): Place | undefined => {
    const origin = importOriginOf(compiler, binding.declaration);
    const imported = origin?.imported === '*' ? member : member === undefined ? origin?.imported : undefined;
    const home = origin === undefined || imported === undefined ? undefined : moduleAt(binding.identifier.getSourceFile(), origin.specifier);
    const target = home === undefined || imported === undefined ? undefined : fileModel(compiler, home).scopes.topLevel(imported);
    if (target === undefined || !target.isExported || target.kind !== 'variable') return undefined;
    return { ...rootPlace({ kind: 'variable', binding: target }), text: member === undefined ? binding.name : `${binding.name}.${member}` };
  };

  return {
    variableOf: (binding, member) => {
      if (binding.kind !== 'import') return undefined;
      const key = `${binding.id} ${member ?? ''}`;
      if (!variables.has(key)) variables.set(key, find(binding, member));
      return variables.get(key);
    },
    importersOf: (binding) => {
      let known = importers.get(binding);
      if (known === undefined) importers.set(binding, (known = binding.isExported ? collect(binding) : []));
      return known;
    },
  };

  function collect(binding: Binding): readonly Importer[] {
    const home = binding.identifier.getSourceFile();
    return program.getSourceFiles().flatMap((file): Importer[] => {
      if (file.isDeclarationFile || file === home || !file.text.includes(binding.name)) return [];
      return [...importsOf(compiler, file).names].flatMap(([name, { specifier, imported }]): Importer[] => {
        if ((imported !== binding.name && imported !== '*') || moduleAt(file, specifier) !== home) return [];
        return [{ file, name: imported === '*' ? binding.name : name }];
      });
    });
  }
}

/** The path that a relative specifier means in a file. */
function resolved(from: string, specifier: string): string {
  const parts = from.replaceAll('\\', '/').split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

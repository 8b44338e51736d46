/**
 * Which variable an exported name stands for: declared in the module, or passed on by it from another one, under whatever
 * name. Told from syntax; modules are found among the files of the program alone, as the compiler's own resolution finds them.
 */
import type { Compiler, ts } from '../../compiler/compiler.js';
import { importOriginOf } from '../../locks/imports.js';
import { isRelativeSpecifier } from '../../locks/packages.js';
import type { Binding, BindingKind } from '../../syntax/scopes.js';
import { fileModel } from './file-model.js';

export interface ModuleExports {
  /** The file of the program that the specifier means; packages and declarations have none. */
  readonly moduleAt: (from: ts.SourceFile, specifier: string) => ts.SourceFile | undefined;
  /** The variable of the program that the module exports under the name, or as `default`. */
  readonly variableOf: (module: ts.SourceFile, exported: string) => Binding | undefined;
  /** The same of a function that is declared. */
  readonly functionOf: (module: ts.SourceFile, exported: string) => Binding | undefined;
}

/** What a module says of names that it exports without declaring them there. */
interface PassedOn {
  /** Exported name to the name in the module, or to the name in another one. */
  readonly names: ReadonlyMap<string, { readonly name: string; readonly specifier: string | undefined }>;
  /** `export * from`. */
  readonly everythingOf: readonly string[];
}

/** A name is not passed on more often than this. */
const maximumModules = 32;

export function createModuleExports(compiler: Compiler, program: ts.Program): ModuleExports {
  const options = program.getCompilerOptions();
  const aliases = Object.keys(options.paths ?? {}).map((pattern) => pattern.split('*', 1)[0] ?? '');
  // nothing is read: what is not in the program is not there
  const host: ts.ModuleResolutionHost = {
    fileExists: (path) => program.getSourceFile(path) !== undefined,
    readFile: () => undefined,
    getCurrentDirectory: () => program.getCurrentDirectory(),
  };
  const modules = new Map<string, ts.SourceFile | undefined>();

  const find = (from: ts.SourceFile, specifier: string): ts.SourceFile | undefined => {
    if (!isRelativeSpecifier(specifier) && !aliases.some((alias) => specifier.startsWith(alias))) return undefined;
    const { resolvedModule } = compiler.resolveModuleName(specifier, from.fileName, options, host);
    const file = resolvedModule === undefined ? undefined : program.getSourceFile(resolvedModule.resolvedFileName);
    return file?.isDeclarationFile === true ? undefined : file;
  };

  const moduleAt = (from: ts.SourceFile, specifier: string): ts.SourceFile | undefined => {
    const key = `${from.fileName} ${specifier}`;
    if (!modules.has(key)) modules.set(key, find(from, specifier));
    return modules.get(key);
  };

  const search = (module: ts.SourceFile | undefined, exported: string, seen: Set<ts.SourceFile>): Binding | undefined => {
    if (module === undefined || seen.has(module) || seen.size >= maximumModules) return undefined;
    seen.add(module);
    const { names, everythingOf } = exportsOf(compiler, module);
    const passed = names.get(exported);
    if (passed?.specifier !== undefined) return search(moduleAt(module, passed.specifier), passed.name, seen);
    const own = fileModel(compiler, module).scopes.topLevel(passed?.name ?? exported);
    if (own?.kind === 'import' && passed !== undefined) {
      const origin = importOriginOf(compiler, own.declaration);
      return origin === undefined || origin.imported === '*' ? undefined : search(moduleAt(module, origin.specifier), origin.imported, seen);
    }
    if (own?.isExported === true && own.kind !== 'import') return own;
    if (exported === 'default') return undefined;
    for (const specifier of everythingOf) {
      const found = search(moduleAt(module, specifier), exported, seen);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  const ofKind = (kind: BindingKind) => (module: ts.SourceFile, exported: string): Binding | undefined => {
    const found = search(module, exported, new Set());
    return found?.kind === kind ? found : undefined;
  };

  return { moduleAt, variableOf: ofKind('variable'), functionOf: ofKind('function') };
}

const known = new WeakMap<ts.SourceFile, PassedOn>();

export function exportsOf(compiler: Compiler, module: ts.SourceFile): PassedOn {
  const before = known.get(module);
  if (before !== undefined) return before;
  const names = new Map<string, { name: string; specifier: string | undefined }>();
  const everythingOf: string[] = [];
  for (const statement of module.statements) {
    if (compiler.isExportAssignment(statement) && compiler.isIdentifier(statement.expression)) {
      names.set('default', { name: statement.expression.text, specifier: undefined });
    }
    if (!compiler.isExportDeclaration(statement) || statement.isTypeOnly) continue;
    const { moduleSpecifier, exportClause } = statement;
    const specifier = moduleSpecifier !== undefined && compiler.isStringLiteralLike(moduleSpecifier) ? moduleSpecifier.text : undefined;
    if (exportClause === undefined) {
      if (specifier !== undefined) everythingOf.push(specifier);
    } else if (compiler.isNamedExports(exportClause)) {
      for (const { name, propertyName } of exportClause.elements) names.set(name.text, { name: (propertyName ?? name).text, specifier });
    }
  }
  const found = { names, everythingOf };
  known.set(module, found);
  return found;
}

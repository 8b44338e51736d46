/** Compares lock models with the declarations of the packages they speak of. */
import ts from 'typescript';
import type { LockModel, ModelExport, ModelMember } from '../../src/index.js';

/** A program that imports all packages of the models. `folder` is where their `node_modules` is. */
export function programOfPackages(folder: string, models: readonly LockModel[]): ts.Program {
  const fileName = `${folder}/packages-of-the-catalogue.ts`;
  const names = models.map(({ package: name }) => name).filter((name) => !name.startsWith('('));
  const text = names.map((name, at) => `import * as m${at} from '${name}';`).join('\n');
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    skipLibCheck: true,
    types: ['node'],
    noEmit: true,
  };
  const host = ts.createCompilerHost(options);
  const fileExists = host.fileExists.bind(host);
  const getSourceFile = host.getSourceFile.bind(host);
  const readFile = host.readFile.bind(host);
  host.getCurrentDirectory = () => folder;
  host.fileExists = (name) => name === fileName || fileExists(name);
  host.readFile = (name) => (name === fileName ? text : readFile(name));
  host.getSourceFile = (name, version, ...rest) =>
    name === fileName ? ts.createSourceFile(name, text, version, true) : getSourceFile(name, version, ...rest);
  return ts.createProgram({ rootNames: [fileName], options, host });
}

/** What the model names and the declarations lack; undefined when the package has no declarations here. */
export function undeclaredOf(program: ts.Program, model: LockModel): string[] | undefined {
  const checker = program.getTypeChecker();
  const file = program.getSourceFiles().find((candidate) => candidate.fileName.endsWith('/packages-of-the-catalogue.ts'));
  if (file === undefined) throw new Error('the program does not import the packages');
  const lookUp = model.package === '(global)' ? globals(checker, file) : exportsOf(checker, file, model.package);
  if (lookUp === undefined) return undefined;
  const missing: string[] = [];
  const instances = new Map<ModelExport, ts.Type>();
  for (const [factory, name] of [...Object.entries(model.factories ?? {}), ...Object.entries(model.instances ?? {})]) {
    const symbol = lookUp(factory);
    const made = model.exports.find((candidate) => candidate.name === name);
    if (symbol === undefined || made === undefined) {
      missing.push(factory);
      continue;
    }
    const type = checker.getTypeOfSymbol(symbol);
    instances.set(made, type.getCallSignatures().at(-1)?.getReturnType() ?? type);
  }
  for (const name of [...Object.keys(model.wrappers ?? {}), ...Object.keys(model.serializers ?? {}), ...Object.keys(model.decorators ?? {})]) {
    if (lookUp(name) === undefined) missing.push(name);
  }
  for (const lockExport of model.exports) {
    if (lockExport.name === '*') {
      for (const [name, member] of Object.entries(lockExport.members)) {
        const [first = '', ...path] = name.split('.');
        const symbol = lookUp(first);
        const type = symbol === undefined ? undefined : memberType(checker, checker.getTypeOfSymbol(symbol), path);
        if (type === undefined) missing.push(name);
        else missing.push(...missingArguments(type, name, member));
      }
      continue;
    }
    const symbol = lookUp(lockExport.name);
    const type = instances.get(lockExport) ?? (symbol === undefined ? undefined : checker.getDeclaredTypeOfSymbol(symbol));
    for (const [name, member] of Object.entries(lockExport.members)) {
      const called = type === undefined || name === '()' ? type : memberType(checker, type, name.split('.'));
      const isProperty = member.does === 'query' && member.property === true;
      if (called === undefined || (!isProperty && called.getCallSignatures().length === 0)) missing.push(`${lockExport.name}.${name}`);
      else missing.push(...missingArguments(called, `${lockExport.name}.${name}`, member));
    }
  }
  return missing;
}

function memberType(checker: ts.TypeChecker, type: ts.Type, path: readonly string[]): ts.Type | undefined {
  let found: ts.Type | undefined = type;
  for (const name of path) {
    const symbol: ts.Symbol | undefined = found?.getProperty(name);
    found = symbol === undefined ? undefined : checker.getNonNullableType(checker.getTypeOfSymbol(symbol));
  }
  return found;
}

/** Positions of arguments that the model speaks of and no overload has. */
function missingArguments(type: ts.Type, name: string, member: ModelMember): string[] {
  const counts = type.getCallSignatures().map(({ parameters, declaration }) => {
    const last = declaration?.parameters.at(-1);
    return last !== undefined && ts.isParameter(last) && last.dotDotDotToken !== undefined ? Infinity : parameters.length;
  });
  const positions = [
    ...('key' in member && member.key !== undefined ? [member.key] : []),
    ...('weight' in member && member.weight !== undefined ? [member.weight] : []),
    ...(member.does === 'statement' ? [member.text] : []),
    ...(member.does === 'run' ? [member.callback] : []),
    ...(member.does === 'acquire' && member.limit !== undefined ? [member.limit.argument] : []),
    ...((member.does === 'acquire' || member.does === 'run') && member.modeArgument !== undefined ? [member.modeArgument.argument] : []),
  ];
  return positions.filter((position) => position >= Math.max(0, ...counts)).map((position) => `${name}, argument ${position}`);
}

type LookUp = (name: string) => ts.Symbol | undefined;

function exportsOf(checker: ts.TypeChecker, file: ts.SourceFile, packageName: string): LookUp | undefined {
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    if (statement.moduleSpecifier.text !== packageName) continue;
    const module = checker.getSymbolAtLocation(statement.moduleSpecifier);
    if (module === undefined) return undefined;
    return (name) => {
      // A package with `export =` has no default export; the assigned value takes its place.
      const assigned = module.exports?.get(ts.InternalSymbolName.ExportEquals);
      const found = checker.getExportsOfModule(module).find((symbol) => symbol.name === name) ?? (name === 'default' ? assigned : undefined);
      if (found === undefined) return undefined;
      return (found.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(found) : found;
    };
  }
  return undefined;
}

function globals(checker: ts.TypeChecker, file: ts.SourceFile): LookUp {
  const symbols = checker.getSymbolsInScope(file, ts.SymbolFlags.Type);
  return (name) => symbols.find((symbol) => symbol.name === name);
}

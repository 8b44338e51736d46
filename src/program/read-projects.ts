import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type ts from 'typescript';
import type { Compiler } from '../index.js';
import { displayPath } from '../reporters/report.js';
import { CannotRunError } from './cannot-run-error.js';
import { loadCompiler } from './load-compiler.js';
import { absolutePath } from './typescript-files.js';

/** What a program is made of: a compiler, its options and the files it starts from. */
export interface Project {
  readonly compiler: Compiler;
  readonly options: ts.CompilerOptions;
  /** Absolute paths with `/`. */
  readonly rootFiles: readonly string[];
  /** Why there are no root files; undefined when there are some, or when the tsconfig means to have none. */
  readonly emptyBecause: string | undefined;
}

/**
 * The projects of the tsconfigs, then those that they reference, directly and indirectly, each once.
 *
 * @throws CannotRunError for a tsconfig that is missing or broken, with the compiler's words in one line.
 */
export function readProjects(configFiles: readonly string[], workingFolder: string): Project[] {
  const projects: Project[] = [];
  const seen = new Set<string>();
  const pending = [...configFiles];
  for (let path = pending.shift(); path !== undefined; path = pending.shift()) {
    if (seen.has(path)) {
      continue;
    }
    seen.add(path);
    const { project, references } = readProject(path, workingFolder);
    projects.push(project);
    pending.push(...references);
  }
  return projects;
}

/** The nearest `tsconfig.json` in the folder or one above it. */
export function findConfigFile(folder: string): string | undefined {
  const candidate = join(folder, 'tsconfig.json');
  if (existsSync(candidate)) {
    return absolutePath(candidate, folder);
  }
  const parent = dirname(folder);
  return parent === folder ? undefined : findConfigFile(parent);
}

/** The project of files that no tsconfig speaks of: modern TypeScript, checked strictly, resolved as bundlers do. */
export function projectWithoutConfig(rootFiles: readonly string[], workingFolder: string): Project {
  const compiler = loadCompiler(workingFolder);
  return {
    compiler,
    options: {
      target: compiler.ScriptTarget.ESNext,
      module: compiler.ModuleKind.ESNext,
      moduleResolution: compiler.ModuleResolutionKind.Bundler,
      jsx: compiler.JsxEmit.Preserve,
      // Named, because newer compilers no longer take every package of types that lies around.
      types: ['node'],
      strict: true,
      skipLibCheck: true,
      noEmit: true,
    },
    rootFiles,
    emptyBecause: undefined,
  };
}

function readProject(configFile: string, workingFolder: string): { project: Project; references: string[] } {
  const compiler = loadCompiler(dirname(configFile));
  const fail = (diagnostic: ts.Diagnostic): never => {
    throw new CannotRunError(describeDiagnostic(compiler, diagnostic, configFile, workingFolder));
  };
  const parsed = compiler.getParsedCommandLineOfConfigFile(configFile, undefined, {
    ...compiler.sys,
    onUnRecoverableConfigFileDiagnostic: fail,
  });
  if (parsed === undefined) {
    throw new CannotRunError(`cannot read ${displayPath(configFile, workingFolder)}`);
  }
  const { noInputs, broken } = sortErrors(compiler, compiler.getConfigFileParsingDiagnostics(parsed));
  if (broken !== undefined) {
    fail(broken);
  }
  const references = (parsed.projectReferences ?? []).map((reference) =>
    absolutePath(compiler.resolveProjectReferencePath(reference), workingFolder),
  );
  const project: Project = {
    compiler,
    // Nothing is written and no diagnostic of a library is asked for.
    options: { ...parsed.options, noEmit: true, skipLibCheck: true },
    rootFiles: parsed.fileNames.map((file) => absolutePath(file, workingFolder)),
    emptyBecause: noInputs && describeDiagnostic(compiler, noInputs, configFile, workingFolder),
  };
  return { project, references };
}

/** Codes of the compiler's messages, from its `diagnosticMessages.json`. */
const noInputFiles: readonly number[] = [18002, 18003];
/** Options that this compiler does not know, or whose value it does not: another version's, and no reason to stop. */
const unknownOptions: readonly number[] = [5023, 5025, 6046];

function sortErrors(
  compiler: Compiler,
  errors: readonly ts.Diagnostic[],
): { noInputs: ts.Diagnostic | undefined; broken: ts.Diagnostic | undefined } {
  const serious = errors.filter(
    ({ category, code }) => category === compiler.DiagnosticCategory.Error && !unknownOptions.includes(code),
  );
  return {
    noInputs: serious.find(({ code }) => noInputFiles.includes(code)),
    broken: serious.find(({ code }) => !noInputFiles.includes(code)),
  };
}

function describeDiagnostic(
  compiler: Compiler,
  { file, start, messageText }: ts.Diagnostic,
  configFile: string,
  workingFolder: string,
): string {
  const text = compiler.flattenDiagnosticMessageText(messageText, ' ').replaceAll(/\s+/gu, ' ');
  if (file === undefined || start === undefined) {
    return `${displayPath(configFile, workingFolder)}: ${text}`;
  }
  const { line, character } = compiler.getLineAndCharacterOfPosition(file, start);
  return `${displayPath(file.fileName, workingFolder)}:${line + 1}:${character + 1}: ${text}`;
}

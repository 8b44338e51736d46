/**
 * Makes the programs that a command analyses.
 *
 * Without operands a command analyses the project of a tsconfig and those that it references; without a tsconfig, the
 * files of the working folder. With operands it analyses the files they name and no others, each in the program of the
 * tsconfig that covers it, because callers and types come from the whole program.
 */
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type ts from 'typescript';
import type { Compiler } from '../index.js';
import { CannotRunError } from './cannot-run-error.js';
import { findConfigFile, projectWithoutConfig, readProjects, type Project } from './read-projects.js';
import { absolutePath, expandOperands, isAnalysedPath, isDeclarationPath } from './typescript-files.js';

export interface ProgramRequest {
  readonly workingFolder: string;
  /** A tsconfig or its folder each; empty: the nearest one. */
  readonly projects: readonly string[];
  /** Files, folders and globs; empty: all files of the project. */
  readonly operands: readonly string[];
}

/** A program to make, and which of its files to analyse. */
export interface ProgramPlan {
  readonly project: Project;
  /** Root files beside the project's own. */
  readonly addedFiles: readonly string[];
  /** The files to analyse; undefined: all that no other plan has among its roots. */
  readonly named: ReadonlySet<string> | undefined;
}

export interface LoadedProgram {
  readonly compiler: Compiler;
  readonly program: ts.Program;
  /** The files to analyse, sorted by path. Over all programs each file comes once. */
  readonly files: readonly ts.SourceFile[];
  /** Paths of root files that exist by name but could not be read. */
  readonly unreadable: readonly string[];
}

/** @throws CannotRunError when there is nothing to analyse, or a tsconfig or operand is missing or broken. */
export async function planPrograms(request: ProgramRequest): Promise<ProgramPlan[]> {
  const { workingFolder, operands } = request;
  const named = request.projects.map((project) => namedConfigFile(project, workingFolder));
  if (operands.length > 0) {
    return planNamedFiles(await expandOperands(operands, workingFolder), named, request);
  }
  const nearest = named.length === 0 ? findConfigFile(workingFolder) : undefined;
  const found = nearest === undefined ? named : [nearest];
  return found.length === 0
    ? planNamedFiles(await expandOperands(['.'], workingFolder), [], request)
    : planWholeProjects(readProjects(found, workingFolder));
}

/** Makes one program after the other, so that only one of them is held at a time. */
export function* loadPrograms(plans: readonly ProgramPlan[]): Generator<LoadedProgram> {
  const owners = new Map<string, ProgramPlan>();
  for (const plan of plans) {
    for (const file of plan.project.rootFiles) {
      const key = canonicalPath(plan.project.compiler, file);
      owners.set(key, owners.get(key) ?? plan);
    }
  }
  const taken = new Set<string>();
  const libraries = new Map<string, ts.SourceFile>();
  for (const plan of plans) {
    const { compiler } = plan.project;
    const program = createProgram(plan, libraries);
    const files = program.getSourceFiles().filter((file) => {
      const key = canonicalPath(compiler, file.fileName);
      const isOwn = plan.named === undefined ? (owners.get(key) ?? plan) === plan : plan.named.has(key);
      if (!isOwn || taken.has(key) || file.isDeclarationFile || !isAnalysedPath(file.fileName)) {
        return false;
      }
      taken.add(key);
      return true;
    });
    const roots = plan.named ?? plan.project.rootFiles;
    const unreadable = [...roots].filter((file) => program.getSourceFile(file) === undefined);
    yield { compiler, program, files: files.sort(byName), unreadable };
  }
}

function byName(left: ts.SourceFile, right: ts.SourceFile): number {
  return left.fileName < right.fileName ? -1 : 1;
}

function namedConfigFile(path: string, workingFolder: string): string {
  const named = absolutePath(path, workingFolder);
  const stats = statSync(named, { throwIfNoEntry: false });
  const configFile = stats?.isDirectory() === true ? absolutePath(join(named, 'tsconfig.json'), workingFolder) : named;
  if (statSync(configFile, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new CannotRunError(`no such tsconfig: ${path}`);
  }
  return configFile;
}

function planWholeProjects(projects: readonly Project[]): ProgramPlan[] {
  const withFiles = projects.filter((project) => project.rootFiles.some(isAnalysedPath));
  if (withFiles.length === 0) {
    const reason = projects.find((project) => project.emptyBecause !== undefined)?.emptyBecause;
    throw new CannotRunError(reason ?? 'no TypeScript files to analyse');
  }
  return withFiles.map((project) => ({ project, addedFiles: [], named: undefined }));
}

function planNamedFiles(
  files: readonly string[],
  configFiles: readonly string[],
  { operands, workingFolder }: ProgramRequest,
): ProgramPlan[] {
  if (files.length === 0) {
    throw new CannotRunError(`no TypeScript files in ${operands.length === 0 ? 'this folder' : operands.join(', ')}`);
  }
  const nearestConfig = createConfigFinder();
  const projectsOf = createProjectReader(workingFolder);
  const groups = new Map<Project, { added: string[]; named: Set<string> }>();
  const withoutConfig: string[] = [];
  for (const file of files) {
    const configs = configFiles.length > 0 ? configFiles : nearestConfig(dirname(file));
    const projects = configs.flatMap(projectsOf);
    const owner = projects.find((candidate) => candidate.roots.has(canonicalPath(candidate.project.compiler, file)));
    // A file that its tsconfig leaves out, such as a test, is seen with that tsconfig's options all the same; one that
    // only lists references has no options to speak of.
    const [nearest] = projects;
    const isList = nearest?.project.rootFiles.length === 0 && nearest.project.emptyBecause === undefined;
    const project = (owner ?? (isList ? undefined : nearest))?.project;
    if (project === undefined) {
      withoutConfig.push(file);
      continue;
    }
    const group = groups.get(project) ?? { added: [], named: new Set() };
    groups.set(project, group);
    group.named.add(canonicalPath(project.compiler, file));
    if (owner === undefined) {
      group.added.push(file);
    }
  }
  const plans = [...groups].map(([project, { added, named }]) => ({ project, addedFiles: added, named }));
  if (withoutConfig.length === 0) {
    return plans;
  }
  const project = projectWithoutConfig(withoutConfig, workingFolder);
  const named = new Set(withoutConfig.map((file) => canonicalPath(project.compiler, file)));
  return [...plans, { project, addedFiles: [], named }];
}

function createConfigFinder(): (folder: string) => readonly string[] {
  const found = new Map<string, readonly string[]>();
  return (folder) => {
    const known = found.get(folder);
    if (known !== undefined) {
      return known;
    }
    const config = findConfigFile(folder);
    const configs = config === undefined ? [] : [config];
    found.set(folder, configs);
    return configs;
  };
}

interface ProjectWithRoots {
  readonly project: Project;
  readonly roots: ReadonlySet<string>;
}

function createProjectReader(workingFolder: string): (configFile: string) => readonly ProjectWithRoots[] {
  const read = new Map<string, readonly ProjectWithRoots[]>();
  return (configFile) => {
    const known = read.get(configFile);
    if (known !== undefined) {
      return known;
    }
    const projects = readProjects([configFile], workingFolder).map((project) => ({
      project,
      roots: new Set(project.rootFiles.map((file) => canonicalPath(project.compiler, file))),
    }));
    read.set(configFile, projects);
    return projects;
  };
}

function canonicalPath(compiler: Compiler, path: string): string {
  return compiler.sys.useCaseSensitiveFileNames ? path : path.toLowerCase();
}

function createProgram({ project, addedFiles }: ProgramPlan, libraries: Map<string, ts.SourceFile>): ts.Program {
  const { compiler, options } = project;
  const host = compiler.createCompilerHost(options);
  const readSourceFile = host.getSourceFile.bind(host);
  const libraryFolder = dirname(host.getDefaultLibFileName(options));
  host.getSourceFile = (fileName, languageVersionOrOptions, onError, shouldCreate) => {
    const isDeclaration = isDeclarationPath(fileName);
    const parseOptions: ts.CreateSourceFileOptions = {
      ...(typeof languageVersionOrOptions === 'object'
        ? languageVersionOrOptions
        : { languageVersion: languageVersionOrOptions }),
      // Comments of libraries are long and nobody reads them; those of the project may hold annotations.
      jsDocParsingMode: isDeclaration ? compiler.JSDocParsingMode.ParseNone : compiler.JSDocParsingMode.ParseAll,
    };
    const read = (): ts.SourceFile | undefined => readSourceFile(fileName, parseOptions, onError, shouldCreate);
    if (dirname(fileName) !== libraryFolder) {
      return read();
    }
    // The programs of one run share the files of the standard library, as an editor's do.
    const key = `${fileName} ${JSON.stringify(parseOptions)}`;
    const file = libraries.get(key) ?? read();
    if (file !== undefined) {
      libraries.set(key, file);
    }
    return file;
  };
  const program = compiler.createProgram({ rootNames: [...project.rootFiles, ...addedFiles], options, host });
  // Binds all files, which sets the parent of every node; the analysis relies on it before its first question.
  program.getTypeChecker();
  return program;
}

/** Programs whose files exist in memory only, beside the fixtures so that their imports resolve. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { createEngine } from '../../src/index.js';
import type { CheckSelection, EngineSettings, Finding } from '../../src/index.js';
import { fixturesFolder } from './fixtures.js';

const folder = join(fixturesFolder, 'virtual');

const configFile = ts.parseConfigFileTextToJson('tsconfig.json', readFileSync(join(fixturesFolder, '..', 'tsconfig.json'), 'utf8'));
const { options } = ts.convertCompilerOptionsFromJson(
  (configFile.config as { compilerOptions: unknown }).compilerOptions,
  join(fixturesFolder, '..'),
);

const libraryFiles = new Map<string, ts.SourceFile | undefined>();

/** A program of the named files. Its declaration files are parsed once for all such programs. */
export function virtualProgram(files: Readonly<Record<string, string>>, more: ts.CompilerOptions = {}): ts.Program {
  return overlaidProgram(new Map(Object.entries(files).map(([name, text]) => [join(folder, name), text])), more);
}

/** A program of the files with these absolute paths, with the given texts in place of those on disk. */
export function overlaidProgram(sources: ReadonlyMap<string, string>, more: ts.CompilerOptions = {}): ts.Program {
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    directoryExists: (name) => name === folder || (disk.directoryExists?.(name) ?? true),
    fileExists: (name) => sources.has(name) || disk.fileExists(name),
    readFile: (name) => sources.get(name) ?? disk.readFile(name),
    getSourceFile: (name, language) => {
      const source = sources.get(name);
      if (source !== undefined) return ts.createSourceFile(name, source, language);
      if (!libraryFiles.has(name)) libraryFiles.set(name, disk.getSourceFile(name, language));
      return libraryFiles.get(name);
    },
  };
  return ts.createProgram({ rootNames: [...sources.keys()], options: { ...options, noUnusedLocals: false, noUnusedParameters: false, ...more }, host });
}

/** The source file of that name, or of that absolute path. */
function virtualFile(program: ts.Program, name: string): ts.SourceFile {
  const file = program.getSourceFile(resolve(folder, name));
  if (file === undefined) throw new Error(`no file ${name}`);
  return file;
}

/** What the compiler says against the file, one line each. */
export function diagnosticsOf(program: ts.Program, name: string): string[] {
  const file = virtualFile(program, name);
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((diagnostic) =>
    ts.flattenDiagnosticMessageText(diagnostic.messageText, ' '),
  );
}

/** The findings in one file of the program. */
export function findingsIn(program: ts.Program, name: string, checks: CheckSelection, settings: EngineSettings = {}): readonly Finding[] {
  return createEngine(ts, program, settings).analyzeFile(virtualFile(program, name), checks).findings;
}

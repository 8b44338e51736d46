/** Which files are analysed, and which files the operands of a command name. */
import { existsSync, statSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { CannotRunError } from './cannot-run-error.js';

const typeScriptFile = /\.[cm]?tsx?$/u;
/** `a.d.ts`, `a.d.mts` and, for files that are not modules of code, `a.d.css.ts`. */
const declarationFile = /\.d\.(?:[^./]+\.)?[cm]?ts$/u;
const packageFolder = /\/node_modules\//u;

const typeScriptFiles = '**/*.{ts,tsx,mts,cts}';

/** Whether the path (with `/`) is of a file that is analysed: TypeScript source that is no declaration and in no package. */
export function isAnalysedPath(path: string): boolean {
  return typeScriptFile.test(path) && !isDeclarationPath(path) && !packageFolder.test(path);
}

export function isDeclarationPath(path: string): boolean {
  return declarationFile.test(path);
}

/** Absolute path with `/`, as the compiler writes paths on every platform. */
export function absolutePath(path: string, workingFolder: string): string {
  return resolve(workingFolder, path).split(sep).join('/');
}

/**
 * The files that the operands name, sorted, each once. An operand is a file, a folder or a glob; what exists under its
 * literal name is never taken for a glob, so that `[id].ts` is a file.
 *
 * @throws CannotRunError for an operand that names nothing.
 */
export async function expandOperands(operands: readonly string[], workingFolder: string): Promise<string[]> {
  const files = new Set<string>();
  for (const operand of operands) {
    for (const file of await expandOperand(operand, workingFolder)) {
      files.add(file);
    }
  }
  return [...files].filter(isAnalysedPath).sort();
}

async function expandOperand(operand: string, workingFolder: string): Promise<string[]> {
  const path = absolutePath(operand, workingFolder);
  const stats = existsSync(path) ? statSync(path) : undefined;
  if (stats?.isFile() === true) {
    if (!typeScriptFile.test(path)) {
      throw new CannotRunError(`not a TypeScript file: ${operand}`);
    }
    return [path];
  }
  if (stats?.isDirectory() === true) {
    return glob(typeScriptFiles, path);
  }
  const { isDynamicPattern } = await import('tinyglobby');
  const pattern = sep === '\\' ? operand.replaceAll('\\', '/') : operand;
  if (!isDynamicPattern(pattern)) {
    throw new CannotRunError(`no such file or folder: ${operand}`);
  }
  const files = (await glob(pattern, workingFolder)).filter((file) => typeScriptFile.test(file));
  if (files.length === 0) {
    throw new CannotRunError(`no TypeScript file matches: ${operand}`);
  }
  return files;
}

async function glob(pattern: string, folder: string): Promise<string[]> {
  // Loaded late: a run over a tsconfig needs no globs.
  const tinyglobby = await import('tinyglobby');
  const files = await tinyglobby.glob([pattern], {
    cwd: folder,
    absolute: true,
    expandDirectories: false,
    // A link to a folder above would be followed for ever.
    followSymbolicLinks: false,
    ignore: ['**/node_modules/**'],
  });
  return files.map((file) => absolutePath(file, folder));
}

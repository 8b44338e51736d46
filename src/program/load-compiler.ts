import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Compiler } from '../index.js';
import { CannotRunError } from './cannot-run-error.js';

/** The oldest compiler that the engine is tested with. */
const oldest = { major: 5, minor: 5 };

/** The folder of this module: from here the compiler that was installed beside this package is found. */
const ownFolder = import.meta.dirname;

/**
 * The TypeScript compiler of the first of the folders that has a usable one: the project's own before the one beside
 * this package, so that the analysis sees the types that the project's editor sees.
 *
 * TypeScript 7 has no classic compiler API (its `typescript` module exports a version and little more); such a project
 * is analysed with TypeScript 6 where that is installed beside this package.
 *
 * @throws CannotRunError when no folder has one, with what to install.
 */
export function loadCompiler(projectFolder: string, fallbackFolder: string = ownFolder): Compiler {
  const modules = [projectFolder, fallbackFolder].map(requireTypeScript).filter((module) => module !== undefined);
  const usable = modules.find(isUsable);
  if (usable !== undefined) {
    return usable;
  }
  const [found] = modules;
  if (found === undefined) {
    throw new CannotRunError("TypeScript is not installed; run 'npm i -D typescript@npm:@typescript/typescript6'");
  }
  const version = versionOf(found);
  throw new CannotRunError(
    isCompiler(found)
      ? `TypeScript ${version} is too old; async-race needs ${oldest.major}.${oldest.minor} or later`
      : `TypeScript ${version} has no classic compiler API, which async-race needs; run ` +
        "'npm i -D typescript@npm:@typescript/typescript6' to have TypeScript 6 beside it",
  );
}

function requireTypeScript(folder: string): object | undefined {
  const require = createRequire(join(folder, 'noop.js'));
  try {
    const module: unknown = require('typescript');
    return typeof module === 'object' && module !== null ? module : undefined;
  } catch {
    return undefined;
  }
}

function isUsable(module: object): module is Compiler {
  if (!isCompiler(module)) {
    return false;
  }
  const [major = 0, minor = 0] = module.version.split('.').map(Number);
  return major > oldest.major || (major === oldest.major && minor >= oldest.minor);
}

function isCompiler(module: object): module is Compiler {
  return 'createProgram' in module && typeof module.createProgram === 'function' && versionOf(module) !== 'of unknown version';
}

function versionOf(module: object): string {
  return 'version' in module && typeof module.version === 'string' ? module.version : 'of unknown version';
}

/**
 * Finds the compiler that made the nodes the parser hands us.
 *
 * Neither the parser nor its services give their compiler away, so it is resolved the way the parser resolves it: from
 * the parser's own place first, then from ours.
 */
import { createRequire } from 'node:module';
import type { Compiler } from '../src/index.js';

const ownRequire = createRequire(import.meta.url);

let compiler: Compiler | undefined;

/**
 * The parser's TypeScript. Loaded once.
 *
 * @throws one sentence that says what to install, when the TypeScript found has no classic API (TypeScript 7).
 */
export function loadCompiler(): Compiler {
  compiler ??= requireClassicApi(parserRequire()('typescript'));
  return compiler;
}

function parserRequire(): NodeJS.Require {
  try {
    return createRequire(ownRequire.resolve('@typescript-eslint/parser'));
  } catch {
    // The parser may be out of our reach, nested under the `typescript-eslint` package.
    return ownRequire;
  }
}

/**
 * Tells the classic compiler API from anything else that `require('typescript')` may give.
 *
 * @throws when the module has no classic API.
 */
export function requireClassicApi(module: unknown): Compiler {
  if (isClassicApi(module)) return module;
  const version = typeof module === 'object' && module !== null && 'version' in module ? String(module.version) : 'found';
  throw new Error(
    `async-race: TypeScript ${version} has no classic compiler API; ` +
      'install one that has it with `npm install --save-dev typescript@npm:@typescript/typescript6`.',
  );
}

function isClassicApi(module: unknown): module is Compiler {
  return (
    typeof module === 'object' &&
    module !== null &&
    'createProgram' in module &&
    'forEachChild' in module &&
    'SyntaxKind' in module
  );
}

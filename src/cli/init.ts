import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CannotRunError } from '../program/cannot-run-error.js';
import { loadCompiler } from '../program/load-compiler.js';
import type { Command } from './command.js';
import { addToConfig, newConfig } from './eslint-config.js';
import { parse } from './parse-arguments.js';

const options = { write: { type: 'boolean' } } as const;

/** Prints what to install and the ESLint config for the project of the working folder, or writes that config. */
export const init: Command = {
  name: 'init',
  summary: 'print the ESLint config for this project, or write it',
  help: `Usage
  async-race init [--write]

Looks at the project of this folder and prints what to install and the config:
a new eslint.config file, or the one there is with the plugin added.

Options
      --write  write the config instead of printing it

Examples
  async-race init
  async-race init --write
`,
  run: (argv, { io }) => {
    const { values, positionals } = parse(argv, options);
    if (positionals.length > 0) {
      throw new CannotRunError('init takes no operands; run it in the folder of the project');
    }
    const project = inspectProject(io.workingFolder);
    const before = project.config === undefined ? undefined : readFileSync(join(io.workingFolder, project.config), 'utf8');
    const name = project.config ?? (project.isModule ? 'eslint.config.js' : 'eslint.config.mjs');
    const after = before === undefined ? newConfig() : addToConfig(loadCompiler(io.workingFolder), name, before);
    if (before !== undefined && after === before) {
      io.stdout.write(`${name} has the plugin already. Run: npx eslint .\n`);
      return Promise.resolve(0);
    }
    if (after === undefined) {
      io.stdout.write(newConfig());
      throw new CannotRunError(`${name} is written in a way that init cannot add to; above is what to put into it`);
    }
    const advice = adviceFor(project);
    if (values.write === true) {
      writeFileSync(join(io.workingFolder, name), after);
      io.stdout.write([`${before === undefined ? 'Wrote' : 'Added the plugin to'} ${name}.`, ...advice, ''].join('\n'));
    } else {
      io.stdout.write([`// ${name}`, after.trimEnd(), '', ...advice.map((line) => `// ${line}`), '// init --write writes this config.', ''].join('\n'));
    }
    return Promise.resolve(0);
  },
};

interface ProjectFacts {
  /** Name of the ESLint config that there is. */
  readonly config: string | undefined;
  /** Whether `.js` files are ECMAScript modules. */
  readonly isModule: boolean;
  /** Names of the packages that the manifest asks for. */
  readonly packages: ReadonlySet<string>;
  readonly hasTsconfig: boolean;
  readonly manager: keyof typeof installCommands;
}

const installCommands = {
  npm: 'npm install --save-dev',
  pnpm: 'pnpm add --save-dev',
  yarn: 'yarn add --dev',
  bun: 'bun add --dev',
} as const;

const lockFiles: readonly (readonly [file: string, manager: ProjectFacts['manager']])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
];

const configNames = ['js', 'mjs', 'cjs', 'ts', 'mts', 'cts'].map((extension) => `eslint.config.${extension}`);

function inspectProject(folder: string): ProjectFacts {
  const exists = (name: string): boolean => existsSync(join(folder, name));
  const manifest = readManifest(join(folder, 'package.json'));
  return {
    config: configNames.find(exists),
    isModule: manifest['type'] === 'module',
    packages: new Set(['dependencies', 'devDependencies'].flatMap((group) => Object.keys(recordOf(manifest[group])))),
    hasTsconfig: exists('tsconfig.json'),
    manager: lockFiles.find(([file]) => exists(file))?.[1] ?? 'npm',
  };
}

/** What is left to do, one sentence or command each. */
function adviceFor({ packages, hasTsconfig, manager }: ProjectFacts): string[] {
  // TypeScript 7 has no API that the rules could use: the alias gives them the last that has.
  const wanted = [
    ['eslint-plugin-async-race', 'eslint-plugin-async-race'],
    ['eslint', 'eslint'],
    ['typescript-eslint', 'typescript-eslint'],
    ['typescript', 'typescript@npm:@typescript/typescript6'],
  ] as const;
  const missing = wanted.filter(([name]) => !packages.has(name)).map(([, specifier]) => specifier);
  return [
    ...(missing.length === 0 ? [] : [`Install: ${installCommands[manager]} ${missing.join(' ')}`]),
    ...(hasTsconfig ? [] : ['There is no tsconfig.json here; the rules need types, so add one that covers the sources.']),
    ...(packages.has('oxlint') ? ['oxlint gives its plugins no types; run npx async-race check beside it, with or without ESLint.'] : []),
    'Run: npx eslint .',
  ];
}

function readManifest(file: string): Record<string, unknown> {
  if (!existsSync(file)) {
    return {};
  }
  try {
    return recordOf(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new CannotRunError(`package.json: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function recordOf(value: unknown): Record<string, unknown> {
  const isRecord = (candidate: unknown): candidate is Record<string, unknown> => typeof candidate === 'object' && candidate !== null;
  return isRecord(value) ? value : {};
}

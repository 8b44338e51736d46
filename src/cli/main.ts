import { createRequire } from 'node:module';
import { createEngine } from '../index.js';
import { CannotRunError } from '../program/cannot-run-error.js';
import { commands } from './commands.js';
import { overview } from './help.js';
import type { Io } from './io.js';

/**
 * Runs one command and returns the exit code: 0 nothing found, 1 findings, 2 could not do its work. Never rejects.
 *
 * @param argv What follows the name of the program.
 * @param makeEngine Another engine than ours, for tests.
 */
export async function run(argv: readonly string[], io: Io, makeEngine: typeof createEngine = createEngine): Promise<number> {
  try {
    return await runCommand(argv, io, makeEngine);
  } catch (error) {
    io.stderr.write(`async-race: ${error instanceof CannotRunError ? error.message : describeDefect(error)}\n`);
    return 2;
  }
}

async function runCommand([name, ...rest]: readonly string[], io: Io, makeEngine: typeof createEngine): Promise<number> {
  if (name === undefined) {
    throw new CannotRunError("no command; try 'async-race check', or 'async-race --help'");
  }
  const command = commands.find((candidate) => candidate.name === name);
  const end = rest.indexOf('--');
  const options = [...(command === undefined ? [name] : []), ...(end < 0 ? rest : rest.slice(0, end))];
  if (options.some((option) => option === '--help' || option === '-h')) {
    io.stdout.write(command?.help ?? overview());
    return 0;
  }
  const version = toolVersion();
  if (options.some((option) => option === '--version' || option === '-v')) {
    io.stdout.write(`${version}\n`);
    return 0;
  }
  if (command === undefined) {
    const names = commands.map((known) => known.name).join(', ');
    throw new CannotRunError(`unknown command '${name}'; commands are ${names}, as in 'async-race check ${name}'`);
  }
  return await command.run(rest, { io, tool: { name: 'async-race', version }, makeEngine });
}

function describeDefect(error: unknown): string {
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `this is a defect of async-race, please report it: ${details}`;
}

function toolVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)('eslint-plugin-async-race/package.json');
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest && typeof manifest.version === 'string') {
    return manifest.version;
  }
  throw new Error('The manifest of this package has no version');
}

import { createRequire } from 'node:module';
import { createEngine } from '../index.js';
import { CannotRunError } from '../program/cannot-run-error.js';
import { check } from './check.js';
import { help } from './help.js';
import type { Io } from './io.js';
import { parseArguments } from './parse-arguments.js';
import { show } from './show.js';

/**
 * Runs one command and returns the exit code: 0 nothing found, 1 findings, 2 could not do its work. Never rejects.
 *
 * @param argv What follows the name of the program.
 * @param makeEngine Another engine than ours, for tests.
 */
export async function run(argv: readonly string[], io: Io, makeEngine: typeof createEngine = createEngine): Promise<number> {
  try {
    const command = parseArguments(argv);
    switch (command.kind) {
      case 'help':
        io.stdout.write(help);
        return 0;
      case 'version':
        io.stdout.write(`${toolVersion()}\n`);
        return 0;
      case 'check':
        return await check(command, { name: 'async-race', version: toolVersion() }, io, makeEngine);
      case 'show':
        return await show(command, io, makeEngine);
    }
  } catch (error) {
    io.stderr.write(`async-race: ${error instanceof CannotRunError ? error.message : describeDefect(error)}\n`);
    return 2;
  }
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

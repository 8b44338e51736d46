import type { createEngine } from '../index.js';
import type { Report } from '../reporters/report.js';
import type { Io } from './io.js';

/** A command of the command line, such as `check`. */
export interface Command {
  readonly name: string;
  /** What it does, in the list of commands. */
  readonly summary: string;
  /** All that there is to say on one screen; ends with a line break. */
  readonly help: string;
  /**
   * Does the work and resolves to the exit code.
   *
   * @param argv What follows the command's name; never a request for help.
   * @throws CannotRunError when it cannot do its work.
   */
  readonly run: (argv: readonly string[], context: CommandContext) => Promise<number>;
}

export interface CommandContext {
  readonly io: Io;
  readonly tool: Report['tool'];
  readonly makeEngine: typeof createEngine;
}

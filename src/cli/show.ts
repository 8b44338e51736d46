import { CannotRunError } from '../program/cannot-run-error.js';
import { loadPrograms, planPrograms } from '../program/load-programs.js';
import type { Command } from './command.js';
import { readConfig } from './config-file.js';
import { oneOf, parse, programOptions } from './parse-arguments.js';

const options = { ...programOptions, format: { type: 'string' } } as const;

/** Prints what the engine knows of one function: events, graph, held locks, summary. */
export const show: Command = {
  name: 'show',
  summary: 'print what the analysis knows of one function',
  help: `Usage
  async-race show FILE FUNCTION [options]

Prints the events of a function, its graph, the locks held and its summary.
FUNCTION is a name or Class.name.

Options
  -p, --project FILE  tsconfig.json, or the folder that holds it
  -c, --config FILE   async-race.config.json, or where else the settings are
      --format NAME   text (default) or dot

Examples
  async-race show src/cache.ts TokenCache.get
  async-race show src/cache.ts TokenCache.get --format dot | dot -Tsvg
`,
  run: async (argv, { io, makeEngine }) => {
    const { values, positionals } = parse(argv, options);
    const [file, functionName, ...surplus] = positionals;
    if (file === undefined || functionName === undefined || surplus.length > 0) {
      throw new CannotRunError("show takes a file and a function, as in 'async-race show src/cache.ts TokenCache.get'");
    }
    const format = oneOf('format', values.format ?? 'text', ['text', 'dot'] as const);
    const { settings, projects } = await readConfig(values, io);
    const plans = await planPrograms({ workingFolder: io.workingFolder, projects, operands: [file] });
    for (const { compiler, program, files } of loadPrograms(plans)) {
      const engine = makeEngine(compiler, program, settings);
      for (const source of files) {
        const description = engine.describeFunction(source, functionName, format);
        if (description !== undefined) {
          io.stdout.write(description.endsWith('\n') ? description : `${description}\n`);
          return 0;
        }
      }
    }
    throw new CannotRunError(`no function '${functionName}' in ${file}`);
  },
};

import type { createEngine } from '../index.js';
import { CannotRunError } from '../program/cannot-run-error.js';
import { loadPrograms, planPrograms } from '../program/load-programs.js';
import type { Io } from './io.js';
import type { ShowArguments } from './parse-arguments.js';

/**
 * Prints what the engine knows of one function: events, graph, held locks, summary.
 *
 * @throws CannotRunError when there is no such file or function.
 */
export async function show(
  { file, functionName, format, project }: ShowArguments,
  io: Io,
  makeEngine: typeof createEngine,
): Promise<number> {
  const plans = await planPrograms({ workingFolder: io.workingFolder, project, operands: [file] });
  for (const { compiler, program, files } of loadPrograms(plans)) {
    const engine = makeEngine(compiler, program);
    for (const source of files) {
      const description = engine.describeFunction(source, functionName, format);
      if (description !== undefined) {
        io.stdout.write(description.endsWith('\n') ? description : `${description}\n`);
        return 0;
      }
    }
  }
  throw new CannotRunError(`no function '${functionName}' in ${file}`);
}

import { writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { ReplayOptions, ReplayRefusal, ReplayText } from '../index.js';
import { CannotRunError } from '../program/cannot-run-error.js';
import { displayPath } from '../reporters/report.js';
import { analyse } from './analyse.js';
import type { Command } from './command.js';
import { readConfig, selectChecks } from './config-file.js';
import { fingerprintPattern } from './explain.js';
import { namedPreset, outputFile, parse, programOptions, ruleOptions } from './parse-arguments.js';

const options = {
  ...programOptions,
  preset: ruleOptions.preset,
  output: { type: 'string', short: 'o' },
} as const;

/** Writes a test that fails as long as the race of one finding is there. */
export const replay: Command = {
  name: 'replay',
  summary: 'write a test that makes one finding happen',
  help: `Usage
  async-race replay FINGERPRINT [files, folders or globs…] [options]

Writes a vitest test that starts the tasks of the finding, holds them where they
are suspended, lets them go on in the reported order, and asserts what correct
code leaves behind: it fails until the race is gone. What only you can know, for
example what a server answers, is a value marked SUPPLY, with its type.

A fingerprint stands in the reports json, markdown, html, sarif and gitlab; its
first six digits are enough. Files that are named are the only ones looked at.

Options
  -o, --output FILE   where to write the test, such as src/cache.race.test.ts;
                      to standard output, for the folder of the source, unless
                      named. A file that is there is left alone
  -p, --project FILE  tsconfig.json or the folder that holds it, also that of a
                      solution of projects; may be given several times
  -c, --config FILE   async-race.config.json, or where else the settings are
      --preset NAME   where to look for the finding; all unless named

Examples
  async-race replay 27fa2c src/cache.ts
  async-race replay 27fa2c --output src/cache.race.test.ts
`,
  run: async (argv, context) => {
    const { io } = context;
    const { values, positionals } = parse(argv, options);
    const [subject, ...operands] = positionals;
    if (subject === undefined || !fingerprintPattern.test(subject)) {
      throw new CannotRunError(`replay takes the fingerprint of a finding, as in 'async-race replay 27fa2c src/cache.ts'`);
    }
    const named = outputFile(values.output);
    const output = named === undefined ? undefined : resolve(io.workingFolder, named);
    const config = await readConfig(values, io);
    const checks = selectChecks({ ...config, preset: namedPreset(values.preset) ?? 'all' }, []);
    const found: { readonly place: string; readonly replay: ReplayText | ReplayRefusal }[] = [];
    await analyse(
      {
        ...config,
        operands,
        checks,
        onFinding: (finding, engine) => {
          if (!finding.fingerprint.startsWith(subject)) return;
          const { file, line } = finding.span;
          const folder = output === undefined ? dirname(file) : dirname(output);
          const place = `${displayPath(file, io.workingFolder)}:${line} (${finding.rule})`;
          found.push({ place, replay: engine.replay(finding, textOptions(folder, io.workingFolder)) });
        },
      },
      context,
    );
    const [first, ...others] = found;
    if (first === undefined) {
      throw new CannotRunError(`no finding ${subject} in what was analysed; it is gone, or in files that were not named`);
    }
    if (others.length > 0) {
      throw new CannotRunError(`${found.length} findings begin with ${subject}; give more digits of the fingerprint`);
    }
    const { place, replay: made } = first;
    if ('refusal' in made) {
      throw new CannotRunError(`no test can make ${place} happen: ${made.refusal}`);
    }
    if (output === undefined) {
      io.stdout.write(made.text);
      return 0;
    }
    writeNew(output, made.text, displayPath(output, io.workingFolder));
    const todo = made.holes.length === 0 ? 'nothing to supply' : `supply ${made.holes.join(', ')}`;
    io.stdout.write(`${displayPath(output, io.workingFolder)}: ${todo}, then run 'npx vitest run ${displayPath(output, io.workingFolder)}'\n`);
    return 0;
  },
};

/** What a person has completed by hand is not written over. */
function writeNew(file: string, text: string, display: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new CannotRunError(`${display} is there already; name another file, or remove it`);
    }
    throw error;
  }
}

/** Imports as Node resolves them: relative, and with the ending of the JavaScript that a source becomes. */
function textOptions(folder: string, workingFolder: string): ReplayOptions {
  return {
    importPath: (file) => {
      const path = relative(folder, file).replaceAll('\\', '/');
      const emitted = path.replace(/\.tsx?$/, '.js').replace(/\.([cm])ts$/, '.$1js');
      return emitted.startsWith('.') ? emitted : `./${emitted}`;
    },
    displayPath: (file) => displayPath(file, workingFolder),
  };
}

/** What the commands share in reading their arguments. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { presets, ruleIds, type PresetName, type RuleId } from '../index.js';
import { CannotRunError } from '../program/cannot-run-error.js';

/** Options of every command that analyses a program. */
export const programOptions = {
  project: { type: 'string', short: 'p', multiple: true },
  config: { type: 'string', short: 'c' },
} as const;

/** Options that say what to look for. */
export const ruleOptions = {
  rule: { type: 'string', multiple: true },
  preset: { type: 'string' },
} as const;

/** @throws CannotRunError for an option that is unknown or lacks its value, with the options that there are. */
export function parse<Options extends NonNullable<ParseArgsConfig['options']>>(
  argv: readonly string[],
  options: Options,
): ReturnType<typeof parseArgs<{ args: string[]; options: Options; allowPositionals: true; strict: true }>> {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    if (!(error instanceof TypeError)) {
      throw error;
    }
    // The first sentence says what is wrong; what follows is advice on the syntax of operands.
    const [sentence = error.message] = error.message.split(/\.\s|\n/u);
    const reason = sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/u, '');
    const names = [...Object.keys(options), 'help', 'version'].map((option) => `--${option}`);
    throw new CannotRunError(`${reason}; options are ${names.join(', ')}`);
  }
}

/** The rules that `--rule` names, of which each may name several. @throws CannotRunError for an unknown one. */
export function namedRules(names: readonly string[] | undefined): RuleId[] {
  return (names ?? []).flatMap((list) => list.split(',')).map((id) => oneOf('rule', id.trim(), ruleIds));
}

/** @throws CannotRunError for an unknown preset. */
export function namedPreset(name: string | undefined): PresetName | undefined {
  return name === undefined ? undefined : oneOf('preset', name, keysOf(presets));
}

/** The file that `--output` names; undefined for standard output, which is also called `-`. */
export function outputFile(named: string | undefined): string | undefined {
  return named === '-' ? undefined : named;
}

/** @throws CannotRunError for a name that is none of them. */
export function oneOf<Name extends string>(what: string, given: string, names: readonly Name[]): Name {
  const known = names.find((name) => name === given);
  if (known === undefined) {
    throw new CannotRunError(`unknown ${what} '${given}'; available: ${names.join(', ')}`);
  }
  return known;
}

export function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] {
  const isKey = (key: string): key is Key => key in record;
  return Object.keys(record).filter(isKey);
}

import { parseArgs, type ParseArgsConfig } from 'node:util';
import { presets, ruleIds, type PresetName, type RuleId } from '../index.js';
import { CannotRunError } from '../program/cannot-run-error.js';
import { reporters, type ReportFormat } from '../reporters/reporters.js';

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | ({ readonly kind: 'check' } & CheckArguments)
  | ({ readonly kind: 'show' } & ShowArguments);

export interface CheckArguments {
  /** Files, folders and globs. */
  readonly operands: readonly string[];
  readonly project: string | undefined;
  readonly format: ReportFormat;
  readonly output: string | undefined;
  /** Empty: all rules of the preset. */
  readonly rules: readonly RuleId[];
  readonly preset: PresetName;
  readonly stats: boolean;
}

export interface ShowArguments {
  readonly file: string;
  /** `name` or `Class.name`. */
  readonly functionName: string;
  readonly format: 'text' | 'dot';
  readonly project: string | undefined;
}

const commonOptions = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  project: { type: 'string', short: 'p' },
  format: { type: 'string' },
} as const;

const checkOptions = {
  ...commonOptions,
  output: { type: 'string', short: 'o' },
  rule: { type: 'string', multiple: true },
  preset: { type: 'string' },
  stats: { type: 'boolean' },
} as const;

/** @throws CannotRunError for arguments that make no command. */
export function parseArguments(argv: readonly string[]): Command {
  const [name, ...rest] = argv;
  switch (name) {
    case 'check':
      return parseCheck(rest);
    case 'show':
      return parseShow(rest);
    case '--help':
    case '-h':
      return { kind: 'help' };
    case '--version':
    case '-v':
      return { kind: 'version' };
    case undefined:
      throw new CannotRunError("no command; try 'async-race check', or 'async-race --help'");
    default:
      throw new CannotRunError(`unknown command '${name}'; commands are check and show, as in 'async-race check ${name}'`);
  }
}

function parseCheck(argv: string[]): Command {
  const { values, positionals } = parse(argv, checkOptions);
  const answer = helpOrVersion(values);
  if (answer !== undefined) {
    return answer;
  }
  return {
    kind: 'check',
    operands: positionals,
    project: values.project,
    format: oneOf('format', values.format ?? 'pretty', keysOf(reporters)),
    output: values.output,
    rules: (values.rule ?? []).flatMap((list) => list.split(',')).map((id) => oneOf('rule', id.trim(), ruleIds)),
    preset: oneOf('preset', values.preset ?? 'recommended', keysOf(presets)),
    stats: values.stats ?? false,
  };
}

function parseShow(argv: string[]): Command {
  const { values, positionals } = parse(argv, commonOptions);
  const answer = helpOrVersion(values);
  if (answer !== undefined) {
    return answer;
  }
  const [file, functionName, ...surplus] = positionals;
  if (file === undefined || functionName === undefined || surplus.length > 0) {
    throw new CannotRunError("show takes a file and a function, as in 'async-race show src/cache.ts TokenCache.get'");
  }
  const format = oneOf('format', values.format ?? 'text', ['text', 'dot'] as const);
  return { kind: 'show', file, functionName, format, project: values.project };
}

function parse<Options extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: Options) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    if (!(error instanceof TypeError)) {
      throw error;
    }
    // The first sentence says what is wrong; what follows is advice on the syntax of operands.
    const [sentence = error.message] = error.message.split(/\.\s|\n/u);
    const reason = sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/u, '');
    const names = Object.keys(options).map((option) => `--${option}`);
    throw new CannotRunError(`${reason}; options are ${names.join(', ')}`);
  }
}

function helpOrVersion(values: { help?: boolean; version?: boolean }): Command | undefined {
  if (values.help === true) {
    return { kind: 'help' };
  }
  return values.version === true ? { kind: 'version' } : undefined;
}

function oneOf<Name extends string>(what: string, given: string, names: readonly Name[]): Name {
  const known = names.find((name) => name === given);
  if (known === undefined) {
    throw new CannotRunError(`unknown ${what} '${given}'; available: ${names.join(', ')}`);
  }
  return known;
}

function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] {
  const isKey = (key: string): key is Key => key in record;
  return Object.keys(record).filter(isKey);
}

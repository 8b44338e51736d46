/**
 * The shape of `settings['async-race']`, as guards that tell the first thing that is wrong.
 *
 * A misspelt setting must not pass silently: a lock model that is not understood means false alarms.
 */
import type { EngineSettings } from '../src/index.js';

/** The first problem of a value, as a sentence without a closing period; undefined when there is none. */
type Guard = (value: unknown, path: string) => string | undefined;

const text: Guard = (value, path) => (typeof value === 'string' && value !== '' ? undefined : expected(path, 'a non-empty string', value));

const flag: Guard = (value, path) => (typeof value === 'boolean' ? undefined : expected(path, 'true or false', value));

const integer: Guard = (value, path) => (Number.isInteger(value) ? undefined : expected(path, 'an integer', value));

const flagOr =
  (word: string): Guard =>
  (value, path) =>
    typeof value === 'boolean' || value === word ? undefined : expected(path, `true, false or ${quote(word)}`, value);

const listOf =
  (item: Guard): Guard =>
  (value, path) =>
    Array.isArray(value)
      ? firstProblem(value.map((entry: unknown, index) => () => item(entry, `${path}[${index}]`)))
      : expected(path, 'an array', value);

const mapOf =
  (item: Guard): Guard =>
  (value, path) =>
    isRecord(value)
      ? firstProblem(Object.entries(value).map(([key, entry]) => () => item(entry, member(path, key))))
      : expected(path, 'an object', value);

const oneOf =
  (...words: readonly string[]): Guard =>
  (value, path) =>
    typeof value === 'string' && words.includes(value) ? undefined : expected(path, `one of ${words.map(quote).join(', ')}`, value);

const object =
  (required: Readonly<Record<string, Guard>>, optional: Readonly<Record<string, Guard>> = {}): Guard =>
  (value, path) => {
    if (!isRecord(value)) return expected(path, 'an object', value);
    const guards = { ...required, ...optional };
    const missing = Object.keys(required).find((key) => value[key] === undefined);
    if (missing !== undefined) return `${path} lacks ${quote(missing)}`;
    const unknown = Object.keys(value).find((key) => !Object.hasOwn(guards, key));
    if (unknown !== undefined) return `${path} has no ${quote(unknown)}; it knows ${Object.keys(guards).map(quote).join(', ')}`;
    return firstProblem(
      Object.entries(guards).map(([key, guard]) => () => (value[key] === undefined ? undefined : guard(value[key], member(path, key)))),
    );
  };

/** An object whose member `key` says which of several shapes it has. */
const variants =
  (key: string, shapes: Readonly<Record<string, Guard>>): Guard =>
  (value, path) => {
    if (!isRecord(value)) return expected(path, 'an object', value);
    const name = value[key];
    const shape = typeof name === 'string' && Object.hasOwn(shapes, name) ? shapes[name] : undefined;
    return shape === undefined ? oneOf(...Object.keys(shapes))(name, member(path, key)) : shape(value, path);
  };

const mode = oneOf('exclusive', 'shared', 'counting');

const argument = object({ argument: integer }, { property: text });

const modeArgument = object({ argument: integer, values: mapOf(mode) }, { property: text });

const releaseFacts = { asynchronous: flag, again: oneOf('ignored', 'admits', 'fails') };

const release = variants('by', {
  'call-result': object({ by: text }, releaseFacts),
  'result-member': object({ by: text, members: listOf(text) }, releaseFacts),
  'tuple-element': object({ by: text, index: integer }, releaseFacts),
  'lock-member': object({ by: text, members: listOf(text) }, releaseFacts),
  'module-function': object({ by: text, functions: listOf(text) }, releaseFacts),
});

const failure = oneOf('never', 'rejects', 'throws', 'cancelled');

const lockMember = variants('does', {
  acquire: object(
    { does: text, release },
    {
      mode,
      modeArgument,
      synchronous: flag,
      conditional: flag,
      notTaken: oneOf('false', 'null', 'undefined'),
      fails: failure,
      limit: argument,
      key: integer,
      disposable: flag,
      sharedAlternative: text,
      scopedAlternative: text,
    },
  ),
  run: object(
    { does: text, callback: integer },
    {
      mode,
      modeArgument,
      releaser: integer,
      conditional: argument,
      key: integer,
      synchronous: flag,
      sharedAlternative: text,
      leaksOnThrow: flag,
    },
  ),
  release: object({ does: text }, { mode, key: integer, ...releaseFacts }),
  query: object({ does: text }, { key: integer, property: flag }),
  wait: object({ does: text }, { key: integer }),
});

const lockExport = object(
  { name: text, members: mapOf(lockMember) },
  {
    aliases: listOf(text),
    permits: object({ argument: integer }, { property: text, absent: integer }),
    reentrant: flagOr('reader'),
    identity: oneOf('object', 'name'),
    paths: listOf(text),
  },
);

const wrapper = object({ argument: integer }, { fails: failure });

const lockModel = object(
  { package: text, exports: listOf(lockExport) },
  { versions: text, source: text, factories: mapOf(text), wrappers: mapOf(wrapper), instances: mapOf(text) },
);

const engineSettings = object(
  {},
  {
    locks: listOf(lockModel),
    sequential: listOf(text),
    external: listOf(object({ receiver: text, checks: listOf(text), acts: listOf(text) })),
  },
);

/**
 * The engine's settings out of ESLint's.
 *
 * @throws a sentence that names the wrong member, what it should be and what it is.
 */
export function readSettings(settings: Readonly<Record<string, unknown>>): EngineSettings {
  const value = settings['async-race'] ?? {};
  if (isEngineSettings(value)) return value;
  throw new Error(`async-race: ${problemOfSettings(value) ?? 'the settings are not understood'}.`);
}

/** What is wrong with `settings['async-race']`; undefined when nothing is. */
export function problemOfSettings(value: unknown): string | undefined {
  return engineSettings(value, "settings['async-race']");
}

function isEngineSettings(value: unknown): value is EngineSettings {
  return problemOfSettings(value) === undefined;
}

function firstProblem(questions: readonly (() => string | undefined)[]): string | undefined {
  for (const question of questions) {
    const problem = question();
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function expected(path: string, wanted: string, value: unknown): string {
  return `${path} must be ${wanted}, not ${JSON.stringify(value) ?? typeof value}`;
}

function member(path: string, key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${quote(key)}]`;
}

function quote(word: string): string {
  return `'${word}'`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

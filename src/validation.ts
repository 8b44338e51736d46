/**
 * Shapes of what a user writes: each tells the first thing that is wrong with a value, in words, and describes itself as
 * a JSON Schema for editors. One description, so that what an editor completes is what is accepted.
 */

export interface Shape {
  /** The first problem of the value, as a sentence without a closing period; undefined when there is none. */
  readonly problemOf: (value: unknown, path: string) => string | undefined;
  readonly schema: JsonSchema;
}

/** JSON Schema of draft 7, as far as shapes need it: https://json-schema.org/draft-07 */
export interface JsonSchema {
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: 'string' | 'boolean' | 'integer' | 'array' | 'object';
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly minLength?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | false;
  readonly anyOf?: readonly JsonSchema[];
}

export const text: Shape = {
  problemOf: (value, path) => (typeof value === 'string' && value !== '' ? undefined : expected(path, 'a non-empty string', value)),
  schema: { type: 'string', minLength: 1 },
};

export const flag: Shape = {
  problemOf: (value, path) => (typeof value === 'boolean' ? undefined : expected(path, 'true or false', value)),
  schema: { type: 'boolean' },
};

export function flagOr(word: string): Shape {
  return {
    problemOf: (value, path) =>
      typeof value === 'boolean' || value === word ? undefined : expected(path, `true, false or ${quote(word)}`, value),
    schema: { anyOf: [{ type: 'boolean' }, { const: word }] },
  };
}

export const integer: Shape = {
  problemOf: (value, path) => (Number.isInteger(value) ? undefined : expected(path, 'an integer', value)),
  schema: { type: 'integer' },
};

export function listOf(item: Shape): Shape {
  return {
    problemOf: (value, path) =>
      Array.isArray(value)
        ? firstProblem(value.map((entry: unknown, index) => () => item.problemOf(entry, `${path}[${index}]`)))
        : expected(path, 'an array', value),
    schema: { type: 'array', items: item.schema },
  };
}

export function mapOf(item: Shape): Shape {
  return {
    problemOf: (value, path) =>
      isRecord(value)
        ? firstProblem(Object.entries(value).map(([key, entry]) => () => item.problemOf(entry, member(path, key))))
        : expected(path, 'an object', value),
    schema: { type: 'object', additionalProperties: item.schema },
  };
}

export function oneOf(...words: readonly string[]): Shape {
  return {
    problemOf: (value, path) =>
      typeof value === 'string' && words.includes(value) ? undefined : expected(path, `one of ${words.map(quote).join(', ')}`, value),
    schema: { enum: words },
  };
}

export function object(required: Readonly<Record<string, Shape>>, optional: Readonly<Record<string, Shape>> = {}): Shape {
  const shapes = { ...required, ...optional };
  return {
    problemOf: (value, path) => {
      if (!isRecord(value)) return expected(path, 'an object', value);
      const missing = Object.keys(required).find((key) => value[key] === undefined);
      if (missing !== undefined) return `${path} lacks ${quote(missing)}`;
      const unknown = Object.keys(value).find((key) => !Object.hasOwn(shapes, key));
      if (unknown !== undefined) return `${path} has no ${quote(unknown)}; it knows ${Object.keys(shapes).map(quote).join(', ')}`;
      return firstProblem(
        Object.entries(shapes).map(([key, shape]) => () => (value[key] === undefined ? undefined : shape.problemOf(value[key], member(path, key)))),
      );
    },
    schema: {
      type: 'object',
      properties: Object.fromEntries(Object.entries(shapes).map(([key, { schema }]) => [key, schema])),
      ...(Object.keys(required).length === 0 ? {} : { required: Object.keys(required) }),
      additionalProperties: false,
    },
  };
}

/** An object whose member `key` says which of several shapes it has. */
export function variants(key: string, shapes: Readonly<Record<string, Shape>>): Shape {
  return {
    problemOf: (value, path) => {
      if (!isRecord(value)) return expected(path, 'an object', value);
      const name = value[key];
      const shape = typeof name === 'string' && Object.hasOwn(shapes, name) ? shapes[name] : undefined;
      return shape === undefined ? oneOf(...Object.keys(shapes)).problemOf(name, member(path, key)) : shape.problemOf(value, path);
    },
    schema: {
      anyOf: Object.entries(shapes).map(([name, { schema }]) => ({ ...schema, properties: { ...schema.properties, [key]: { const: name } } })),
    },
  };
}

/** A value that has the first shape or the second; where it has neither, the second tells why, unless it is no object. */
export function either(first: Shape, second: Shape): Shape {
  return {
    problemOf: (value, path) => (isRecord(value) || Array.isArray(value) ? second : first).problemOf(value, path),
    schema: { anyOf: [first.schema, second.schema] },
  };
}

/** The same shape with a sentence for the editor. */
export function described(description: string, { problemOf, schema }: Shape): Shape {
  return { problemOf, schema: { description, ...schema } };
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
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${quote(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

function quote(word: string): string {
  return `'${word}'`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The shape of the command line's own config, for its reader and for editors. */
import { presets } from '../index.js';
import { engineSettings } from '../settings.js';
import { described, either, flag, integer, listOf, object, oneOf, text, type JsonSchema, type Shape } from '../validation.js';

/** @param rules The options of each rule, as the JSON Schema of its metadata. */
export function configShape(rules: Readonly<Record<string, unknown>>): Shape {
  const rule = (schema: unknown): Shape => either(oneOf('on', 'off'), object({}, optionsOf(schema)));
  return object(
    {},
    {
      $schema: text,
      preset: described('Which rules run; `recommended` unless said otherwise.', oneOf(...Object.keys(presets))),
      rules: described(
        'Rules to add to the preset or to take from it, and their options.',
        object({}, Object.fromEntries(Object.entries(rules).map(([id, schema]) => [id, rule(schema)]))),
      ),
      settings: described('What the analysis should know of this program.', engineSettings),
      project: described('A tsconfig.json or the folder that holds it, or several.', either(text, listOf(text))),
      ignore: described('Globs of files that are not analysed, relative to the folder of this file.', listOf(text)),
      baseline: described('The file of known findings, as --update-baseline writes it.', text),
    },
  );
}

/** The schema that editors read, as one document. */
export function configSchema(rules: Readonly<Record<string, unknown>>): JsonSchema {
  return { $schema: 'http://json-schema.org/draft-07/schema#', title: 'Config of the command line async-race', ...configShape(rules).schema };
}

/** The members of the first option in a rule's schema. Rules have flags, words and numbers as options, and nothing else. */
function optionsOf(schema: unknown): Record<string, Shape> {
  const first: unknown = Array.isArray(schema) ? schema[0] : undefined;
  if (!isRecord(first) || !isRecord(first['properties'])) {
    return {};
  }
  return Object.fromEntries(Object.entries(first['properties']).map(([name, property]) => [name, optionOf(property)]));
}

function optionOf(property: unknown): Shape {
  if (!isRecord(property)) {
    return text;
  }
  const words: unknown = property['enum'];
  const description = typeof property['description'] === 'string' ? property['description'] : '';
  const plain: Readonly<Record<string, Shape>> = { boolean: flag, integer, string: text };
  const shape = Array.isArray(words) ? oneOf(...words.map(String)) : (plain[String(property['type'])] ?? text);
  return described(description, shape);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/**
 * The command line's own config: `async-race.config.json`, or the member `async-race` of a `package.json`, in the
 * working folder or the nearest folder above it that has one. What is said on the command line goes before it.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { presets, ruleIds, type CheckOptions, type CheckSelection, type EngineSettings, type PresetName, type RuleId } from '../index.js';
import { CannotRunError } from '../program/cannot-run-error.js';
import { displayPath } from '../reporters/report.js';
import { configShape } from './config-shape.js';
import type { Io } from './io.js';

export interface Config {
  readonly preset: PresetName;
  readonly rules: Partial<Record<RuleId, 'on' | 'off' | CheckOptions>>;
  readonly settings: EngineSettings;
  /** A tsconfig or its folder each; empty: the nearest one. */
  readonly projects: readonly string[];
  /** Whether a file, by its absolute path with `/`, is left out. */
  readonly isIgnored: (file: string) => boolean;
  /** Absolute path of the baseline. */
  readonly baseline: string | undefined;
}

/** What a config file holds, once its shape was found to be right. */
interface Document {
  readonly preset?: PresetName;
  readonly rules?: Config['rules'];
  readonly settings?: EngineSettings;
  readonly project?: string | readonly string[];
  readonly ignore?: readonly string[];
  readonly baseline?: string;
}

const fileName = 'async-race.config.json';
const manifestName = 'package.json';
const manifestKey = 'async-race';

/**
 * The config that is named or found, with what the command line says of the project put in its place.
 *
 * @throws CannotRunError for a config that is missing or broken, with the member that is wrong.
 */
export async function readConfig(
  values: { readonly config?: string | undefined; readonly project?: readonly string[] | undefined },
  { workingFolder }: Pick<Io, 'workingFolder'>,
): Promise<Config> {
  const found = values.config === undefined ? findConfig(workingFolder, workingFolder) : readNamed(values.config, workingFolder);
  const document = found === undefined ? {} : await validate(found, workingFolder);
  const folder = found === undefined ? workingFolder : dirname(found.file);
  const project = document.project ?? [];
  const projects = (typeof project === 'string' ? [project] : project).map((path) => resolve(folder, path));
  return {
    preset: document.preset ?? 'recommended',
    rules: document.rules ?? {},
    settings: document.settings ?? {},
    projects: values.project ?? projects,
    isIgnored: await createIgnore(document.ignore ?? [], folder),
    baseline: document.baseline === undefined ? undefined : resolve(folder, document.baseline),
  };
}

/** The checks of the preset as the config changes it, or of them those that are named. */
export function selectChecks({ preset, rules }: Pick<Config, 'preset' | 'rules'>, named: readonly RuleId[]): CheckSelection {
  const selection: CheckSelection = Object.fromEntries(
    ruleIds.flatMap((id) => {
      const own = presets[preset][id];
      const change = rules[id] ?? (own === undefined ? 'off' : 'on');
      return change === 'off' ? [] : [[id, { ...own, ...(change === 'on' ? {} : change) }]];
    }),
  );
  return named.length === 0 ? selection : Object.fromEntries(named.map((id) => [id, selection[id] ?? {}]));
}

interface FoundConfig {
  /** Absolute path of the file that holds it. */
  readonly file: string;
  /** Where in the file it stands, for messages; empty for the whole file. */
  readonly path: string;
  readonly value: unknown;
}

function findConfig(folder: string, workingFolder: string): FoundConfig | undefined {
  const found = readIfThere(join(folder, fileName), workingFolder) ?? readFromManifest(join(folder, manifestName));
  const parent = dirname(folder);
  return found ?? (parent === folder ? undefined : findConfig(parent, workingFolder));
}

function readNamed(name: string, workingFolder: string): FoundConfig {
  const file = resolve(workingFolder, name);
  const found = file.endsWith(manifestName) ? readFromManifest(file) : readIfThere(file, workingFolder);
  if (found === undefined) {
    throw new CannotRunError(`no such config: ${name}`);
  }
  return found;
}

function readIfThere(file: string, workingFolder: string): FoundConfig | undefined {
  const text = readText(file);
  if (text === undefined) {
    return undefined;
  }
  try {
    return { file, path: '', value: JSON.parse(text) };
  } catch (error) {
    throw new CannotRunError(`${displayPath(file, workingFolder)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A manifest that cannot be read is none of our business. */
function readFromManifest(file: string): FoundConfig | undefined {
  let manifest: unknown;
  try {
    manifest = JSON.parse(readText(file) ?? '{}');
  } catch {
    return undefined;
  }
  return typeof manifest === 'object' && manifest !== null && manifestKey in manifest
    ? { file, path: manifestKey, value: manifest[manifestKey] }
    : undefined;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

async function validate({ file, path, value }: FoundConfig, workingFolder: string): Promise<Document> {
  // The plugin knows the options of its rules; most configs name none, and loading it takes time.
  const namesRules = typeof value === 'object' && value !== null && 'rules' in value;
  const shape = configShape(namesRules ? await readRuleSchemas() : {});
  const isDocument = (candidate: unknown): candidate is Document => shape.problemOf(candidate, path) === undefined;
  if (isDocument(value)) {
    return value;
  }
  const problem = shape.problemOf(value, path) ?? '';
  throw new CannotRunError(`${displayPath(file, workingFolder)}: ${problem.startsWith(' ') ? `the config${problem}` : problem}`);
}

/** The schema of each rule's options. */
export async function readRuleSchemas(): Promise<Record<string, unknown>> {
  const { default: plugin } = await import('../../rules/index.js');
  return Object.fromEntries(ruleIds.map((id) => [id, plugin.rules[id].meta.schema]));
}

async function createIgnore(globs: readonly string[], folder: string): Promise<(file: string) => boolean> {
  if (globs.length === 0) {
    return () => false;
  }
  const { default: picomatch } = await import('picomatch');
  // A folder stands for all that is in it, as in other tools.
  const isMatch = picomatch(globs.flatMap((glob) => [glob, `${glob.replace(/\/$/u, '')}/**`]), { dot: true });
  return (file) => isMatch(displayPath(file, folder));
}

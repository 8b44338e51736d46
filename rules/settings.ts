import { isEngineSettings, problemOfSettings as problemAt } from '../src/index.js';
import type { EngineSettings } from '../src/index.js';

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
  return problemAt(value, "settings['async-race']");
}

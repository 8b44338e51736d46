/**
 * Expectations written as comments on the line they speak of.
 *
 *     // want <rule> "part of the message"    a finding starts here; the quoted part is optional
 *     // later <rule>                         a rule that does not exist yet will report here, or a form that a rule
 *                                            of today does not see yet: a known miss, kept as a fixture
 *     // step N "words"                       step N of the wanted finding is here
 *
 * and, among the comments that open the file, the options and settings that this file is analysed with:
 *
 *     // options: { "prefer-read-lock": { "plainMutexes": false } }
 *     // settings: { "sequential": ["Worker.run"] }
 */
import type { CheckSelection, EngineSettings } from '../../src/index.js';

export interface WantMarker {
  readonly line: number;
  readonly rule: string;
  /** Part of the message; empty when any message will do. */
  readonly words: string;
}

export interface LaterMarker {
  readonly line: number;
  readonly rule: string;
}

export interface StepMarker {
  readonly line: number;
  /** Counts from 1. */
  readonly step: number;
  readonly words: string;
}

export interface Markers {
  readonly wants: readonly WantMarker[];
  readonly laters: readonly LaterMarker[];
  readonly steps: readonly StepMarker[];
  /** Replaces the options of single rules; undefined when the file has no such line. */
  readonly options: CheckSelection | undefined;
  readonly settings: EngineSettings | undefined;
  /** Comments that look like markers and are none. */
  readonly malformed: readonly string[];
}

const marker = /\/\/\s*(want|later|step)\b\s*([^/]*(?:\/(?!\/)[^/]*)*)/g;
const ruleAndWords = /^([a-z][a-z0-9-]*)(?:\s+"([^"]*)")?\s*$/;
const ruleAlone = /^([a-z][a-z0-9-]*)\s*$/;
const numberAndWords = /^(\d+)\s+"([^"]*)"\s*$/;

/** Reads every marker of a fixture's source. */
export function parseMarkers(source: string): Markers {
  const wants: WantMarker[] = [];
  const laters: LaterMarker[] = [];
  const steps: StepMarker[] = [];
  const malformed: string[] = [];
  for (const [index, text] of source.split(/\r?\n/).entries()) {
    const line = index + 1;
    for (const [whole, kind, rest = ''] of text.matchAll(marker)) {
      const want = kind === 'want' ? ruleAndWords.exec(rest) : null;
      const later = kind === 'later' ? ruleAlone.exec(rest) : null;
      const step = kind === 'step' ? numberAndWords.exec(rest) : null;
      if (want?.[1] !== undefined) wants.push({ line, rule: want[1], words: want[2] ?? '' });
      else if (later?.[1] !== undefined) laters.push({ line, rule: later[1] });
      else if (step?.[2] !== undefined) steps.push({ line, step: Number(step[1]), words: step[2] });
      else malformed.push(`line ${line}: ${whole.trim()}`);
    }
  }
  return {
    wants,
    laters,
    steps,
    options: parseHeader<CheckSelection>(source, 'options', malformed),
    settings: parseHeader<EngineSettings>(source, 'settings', malformed),
    malformed,
  };
}

/** The JSON value of a `// <name>: {...}` line among the comments that open the file. */
function parseHeader<T extends object>(source: string, name: string, malformed: string[]): T | undefined {
  for (const [index, line] of source.split(/\r?\n/).entries()) {
    if (line.trim() !== '' && !/^\s*(\/\/|\/\*|\*)/.test(line)) return undefined;
    const found = new RegExp(`^//\\s*${name}:\\s*(.*)$`).exec(line);
    if (found?.[1] === undefined) continue;
    try {
      return JSON.parse(found[1]) as T;
    } catch {
      malformed.push(`line ${index + 1}: the ${name} are no JSON`);
      return undefined;
    }
  }
  return undefined;
}

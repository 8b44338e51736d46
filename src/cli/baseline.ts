/**
 * The baseline: findings that are known and not reported again, so that a large program can start today.
 *
 * An entry is known by its fingerprint, which holds no line. Several findings may share one: files of the same name hold
 * functions of the same name. So an entry stands for one finding, not for all of its fingerprint.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Finding } from '../index.js';
import { CannotRunError } from '../program/cannot-run-error.js';
import { displayPath } from '../reporters/report.js';

export interface BaselineEntry {
  readonly fingerprint: string;
  /** Relative to the baseline's folder, with `/`. This and what follows is for the reader of the file. */
  readonly file: string;
  readonly rule: string;
  readonly function: string;
  readonly place: string;
}

/** What this run could have found: only entries of it can be said to have vanished. */
export interface Coverage {
  /** Absolute paths with `/` of the files that were analysed. */
  readonly files: ReadonlySet<string>;
  readonly rules: ReadonlySet<string>;
}

export interface Comparison {
  /** Findings that are not in the baseline. */
  readonly fresh: readonly Finding[];
  /** Entries that no finding answers to any more. */
  readonly vanished: readonly BaselineEntry[];
  /** Entries of files and rules that were not looked at. */
  readonly unseen: readonly BaselineEntry[];
}

const formatVersion = 1;

/** @throws CannotRunError when the file is missing or no baseline. */
export function readBaseline(path: string, workingFolder: string): BaselineEntry[] {
  let text: string;
  try {
    text = readFileSync(resolve(workingFolder, path), 'utf8');
  } catch {
    throw new CannotRunError(`no such baseline: ${path}; make it with --update-baseline`);
  }
  const broken = new CannotRunError(`not a baseline of async-race: ${path}; make it anew with --update-baseline`);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw broken;
  }
  if (typeof document !== 'object' || document === null || !('version' in document) || !('findings' in document)) {
    throw broken;
  }
  const { version, findings } = document;
  if (version !== formatVersion || !Array.isArray(findings) || !findings.every(isEntry)) {
    throw broken;
  }
  return findings;
}

export function baselineExists(path: string, workingFolder: string): boolean {
  return existsSync(resolve(workingFolder, path));
}

/** The folder that the files of a baseline are relative to: its own, so that it is the same from wherever a run starts. */
export function folderOfBaseline(path: string, workingFolder: string): string {
  return dirname(resolve(workingFolder, path));
}

/** Each entry takes one finding with its fingerprint, of its own file where there is one. */
export function compare(
  findings: readonly Finding[],
  entries: readonly BaselineEntry[],
  { files, rules }: Coverage,
  folder: string,
): Comparison {
  const left = new Set(entries);
  const known = new Set<Finding>();
  const byFingerprint = new Map<string, BaselineEntry[]>();
  for (const entry of entries) {
    byFingerprint.set(entry.fingerprint, [...(byFingerprint.get(entry.fingerprint) ?? []), entry]);
  }
  const take = (finding: Finding, matches: (entry: BaselineEntry) => boolean): void => {
    const entry = byFingerprint.get(finding.fingerprint)?.find((candidate) => left.has(candidate) && matches(candidate));
    if (entry !== undefined) {
      left.delete(entry);
      known.add(finding);
    }
  };
  for (const finding of findings) {
    const file = displayPath(finding.span.file, folder);
    take(finding, (entry) => entry.file === file);
  }
  for (const finding of findings.filter((candidate) => !known.has(candidate))) {
    take(finding, () => true);
  }
  const isCovered = ({ file, rule }: BaselineEntry): boolean => {
    const path = resolve(folder, file);
    return rules.has(rule) && (files.has(path.replaceAll('\\', '/')) || !existsSync(path));
  };
  return {
    fresh: findings.filter((finding) => !known.has(finding)),
    vanished: [...left].filter(isCovered),
    unseen: [...left].filter((entry) => !isCovered(entry)),
  };
}

/** Writes all findings, and the entries that this run did not look at. @throws CannotRunError when it cannot be written. */
export function writeBaseline(
  path: string,
  findings: readonly Finding[],
  unseen: readonly BaselineEntry[],
  workingFolder: string,
): void {
  const folder = folderOfBaseline(path, workingFolder);
  const entries = [...findings.map((finding) => toEntry(finding, folder)), ...unseen];
  const sorted = entries.sort((left, right) => compareTexts(sortKey(left), sortKey(right)));
  try {
    writeFileSync(resolve(workingFolder, path), `${JSON.stringify({ version: formatVersion, findings: sorted }, undefined, 2)}\n`);
  } catch (error) {
    throw new CannotRunError(`cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function toEntry(finding: Finding, folder: string): BaselineEntry {
  return {
    fingerprint: finding.fingerprint,
    file: displayPath(finding.span.file, folder),
    rule: finding.rule,
    function: finding.function,
    place: finding.place,
  };
}

/** An order that does not change when lines move, so that the file changes only where findings come and go. */
function sortKey({ file, rule, function: name, place, fingerprint }: BaselineEntry): string {
  return [file, rule, name, place, fingerprint].join('\u0000');
}

function compareTexts(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

function isEntry(value: unknown): value is BaselineEntry {
  return (
    isRecord(value) && ['fingerprint', 'file', 'rule', 'function', 'place'].every((name) => typeof value[name] === 'string')
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

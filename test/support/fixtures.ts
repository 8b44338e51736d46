/**
 * The fixtures as one program, and the comparison of their markers with what the engine finds.
 */
import { readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { createEngine, presets } from '../../src/index.js';
import type { CheckSelection, Engine, EngineSettings, FileReport, Finding, Step } from '../../src/index.js';
import { parseMarkers } from './markers.js';
import type { Markers, StepMarker, WantMarker } from './markers.js';

/** Root of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export const fixturesFolder = join(root, 'fixtures');

/** Folders under `fixtures` whose files carry markers. */
const markedFolders = ['bugs', 'checks', 'catalogue', 'real-bugs'] as const;

/** Absolute paths of the fixtures with markers, sorted. */
export function fixtureFiles(): string[] {
  return markedFolders
    .flatMap((folder) => readdirSync(join(fixturesFolder, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Path relative to the repository, with `/`. */
export function displayPath(file: string): string {
  return relative(root, file).split(sep).join('/');
}

/** All fixtures in one program with an engine for each of the settings they ask for. */
export class FixtureProgram {
  readonly program: ts.Program;
  readonly #engines = new Map<string, Engine>();

  constructor() {
    const configFile = join(fixturesFolder, 'tsconfig.json');
    const parsed = ts.getParsedCommandLineOfConfigFile(configFile, undefined, {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
        throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
      },
    });
    if (parsed === undefined) throw new Error(`cannot read ${configFile}`);
    this.program = ts.createProgram({ rootNames: [...new Set([...parsed.fileNames, ...fixtureFiles()])], options: parsed.options });
  }

  /** Analyses a fixture with the `all` preset and the options and settings that its first lines give. */
  analyze(file: string): FixtureResult {
    const sourceFile = this.program.getSourceFile(file);
    if (sourceFile === undefined) throw new Error(`${displayPath(file)} is not in the program of the fixtures`);
    const markers = parseMarkers(sourceFile.text);
    const selection = fixtureSelection(markers);
    const report = this.#engineFor(markers.settings ?? {}).analyzeFile(sourceFile, selection);
    return { file, sourceFile, markers, selection, report };
  }

  #engineFor(settings: EngineSettings): Engine {
    const key = JSON.stringify(settings);
    const known = this.#engines.get(key);
    if (known !== undefined) return known;
    const engine = createEngine(ts, this.program, settings);
    this.#engines.set(key, engine);
    return engine;
  }
}

export interface FixtureResult {
  readonly file: string;
  readonly sourceFile: ts.SourceFile;
  readonly markers: Markers;
  readonly selection: CheckSelection;
  readonly report: FileReport;
}

/** The `all` preset, with the options of a rule replaced where the fixture gives some. */
export function fixtureSelection(markers: Markers): CheckSelection {
  return { ...presets.all, ...markers.options };
}

/** One line for each difference between markers and findings; empty when they agree. */
export function compareWithMarkers(result: FixtureResult): string[] {
  const { markers, report } = result;
  const at = (line: number): string => `${displayPath(result.file)}:${line}`;
  const problems = markers.malformed.map((text) => `${displayPath(result.file)} malformed marker, ${text}`);
  problems.push(...report.errors.map((error) => `${at(1)} analysis error: ${error.message}`));

  const surplus = new Set(report.findings);
  const matched = new Map<WantMarker, Finding>();
  // The markers that ask for words choose first, so that a bare one on the same line takes what is left.
  for (const want of [...markers.wants].sort((a, b) => b.words.length - a.words.length)) {
    const finding = [...surplus].find((candidate) => isWanted(candidate, want));
    if (finding === undefined) {
      problems.push(`${at(want.line)} missing ${want.rule}${want.words === '' ? '' : ` "${want.words}"`}`);
    } else {
      surplus.delete(finding);
      matched.set(want, finding);
    }
  }
  for (const finding of surplus) problems.push(`${at(finding.span.line)} surplus ${finding.rule}: ${finding.message}`);
  for (const step of markers.steps) problems.push(...compareStep(result, step, matched).map((text) => `${at(step.line)} ${text}`));
  return problems;
}

function isWanted(finding: Finding, want: WantMarker): boolean {
  return finding.rule === want.rule && finding.span.line === want.line && finding.message.includes(want.words);
}

/**
 * A step belongs to the want of the smallest declaration around it that holds one: its own function, else the class,
 * else the file. Two wants there make it ambiguous.
 */
function compareStep(result: FixtureResult, marker: StepMarker, matched: ReadonlyMap<WantMarker, Finding>): string[] {
  const wants = nearestWants(result, marker.line);
  const [want] = wants;
  if (want === undefined) return [`step ${marker.step} belongs to no want`];
  if (wants.length > 1) return [`step ${marker.step} could belong to the wants of lines ${wants.map((w) => w.line).join(', ')}`];
  const finding = matched.get(want);
  if (finding === undefined) return [];
  const step = finding.steps[marker.step - 1];
  if (step === undefined) return [`missing step ${marker.step}; the finding has ${finding.steps.length} steps`];
  if (step.span.line === marker.line && step.text.includes(marker.words)) return [];
  return [`step ${marker.step} "${marker.words}" is really ${describeStep(step)}`];
}

function describeStep(step: Step): string {
  return `line ${step.span.line}, task ${step.task}, ${step.role}: ${step.text}`;
}

function nearestWants(result: FixtureResult, line: number): WantMarker[] {
  let nearest = [...result.markers.wants];
  const visit = (node: ts.Node, isTopLevel = false): void => {
    const first = result.sourceFile.getLineAndCharacterOfPosition(node.getStart(result.sourceFile)).line + 1;
    const last = result.sourceFile.getLineAndCharacterOfPosition(node.end).line + 1;
    if (line < first || line > last) return;
    if (ts.isFunctionLike(node) || ts.isClassLike(node) || isTopLevel) {
      const inside = nearest.filter((want) => want.line >= first && want.line <= last);
      if (inside.length === 0) return;
      nearest = inside;
    }
    ts.forEachChild(node, (child) => visit(child));
  };
  ts.forEachChild(result.sourceFile, (statement) => visit(statement, true));
  return nearest;
}

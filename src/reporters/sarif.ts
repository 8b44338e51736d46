/**
 * SARIF 2.1.0, the format of code scanning: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 *
 * The interleaving of a finding is a code flow with one thread flow for each task; the execution order says how they
 * interleave. The same steps stand in the related locations, for viewers that show no flows.
 */
import { pathToFileURL } from 'node:url';
import type {
  ArtifactLocation,
  CodeFlow,
  Fix,
  Location,
  Log,
  Notification,
  Region,
  ReportingDescriptor,
  Result,
  ThreadFlow,
  ThreadFlowLocation,
} from 'sarif';
import type { AnalysisError, Confidence, Finding, Span, Step, StepRole } from '../findings/finding.js';
import { displayPath, levelOf, rulesById, type Reporter, type RuleDescription } from './report.js';

const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
/** The base of relative paths, by the name that code scanning expects. */
const baseId = '%SRCROOT%';
/** How much a finding asks for attention, from 0 to 100. */
const ranks: Readonly<Record<Confidence, number>> = { high: 90, medium: 60, low: 30 };

export const reportSarif: Reporter = (report, { workingFolder }) => {
  const rules = rulesById(report);
  const log: Log = {
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: report.tool.name,
            semanticVersion: report.tool.version,
            informationUri: 'https://www.npmjs.com/package/eslint-plugin-async-race',
            rules: report.rules.map(describeRule),
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [baseId]: { uri: `${pathToFileURL(workingFolder).href}/` } },
        invocations: [
          {
            executionSuccessful: true,
            exitCode: report.findings.length === 0 ? 0 : 1,
            toolExecutionNotifications: report.errors.map((error) => toNotification(error, workingFolder)),
          },
        ],
        results: report.findings.map((finding): Result => ({
          ruleId: finding.rule,
          ruleIndex: report.rules.findIndex(({ id }) => id === finding.rule),
          level: levelOf(finding, rules),
          rank: ranks[finding.confidence],
          message: { text: finding.message.replaceAll('`', ''), markdown: finding.message },
          locations: [toLocation(finding.span, workingFolder, finding.function)],
          relatedLocations: finding.steps.map((step, index) => ({
            id: index + 1,
            ...toLocation(step.span, workingFolder),
            message: { text: stepText(step) },
          })),
          codeFlows: toCodeFlows(finding, workingFolder),
          fixes: toFixes(finding, workingFolder),
          partialFingerprints: { 'asyncRace/v1': finding.fingerprint },
          properties: { confidence: finding.confidence, effect: finding.effect, place: finding.place },
        })),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
};

function describeRule({ id, description, level, address, page }: RuleDescription): ReportingDescriptor {
  return {
    id,
    shortDescription: { text: description },
    helpUri: address,
    help: { text: `${description} ${address}`, markdown: page },
    defaultConfiguration: { level },
    properties: { tags: ['concurrency', 'async'] },
  };
}

function toLocation(span: Span, workingFolder: string, functionName = ''): Location {
  const location: Location = {
    physicalLocation: { artifactLocation: toArtifact(span.file, workingFolder), region: toRegion(span) },
  };
  return functionName === '' ? location : { ...location, logicalLocations: [{ fullyQualifiedName: functionName, kind: 'function' }] };
}

function toRegion({ line, column, endLine, endColumn }: Span): Region {
  return { startLine: line, startColumn: column, endLine, endColumn };
}

/** A path below the working folder, or for a file outside of it the absolute address. */
function toArtifact(file: string, workingFolder: string): ArtifactLocation {
  const path = displayPath(file, workingFolder);
  return path.startsWith('../') || /^[a-z]:/iu.test(path)
    ? { uri: pathToFileURL(file).href }
    : { uri: path.split('/').map(encodeURIComponent).join('/'), uriBaseId: baseId };
}

function toCodeFlows(finding: Finding, workingFolder: string): CodeFlow[] {
  if (finding.steps.length === 0) {
    return [];
  }
  const threadFlows = (['A', 'B'] as const).flatMap((task): ThreadFlow[] => {
    const locations = finding.steps.flatMap((step, index) => (step.task === task ? [toFlowLocation(step, index, finding, workingFolder)] : []));
    return locations.length === 0 ? [] : [{ id: task, message: { text: `Task ${task}` }, locations }];
  });
  return [{ message: { text: `An interleaving that breaks ${finding.place}` }, threadFlows }];
}

function toFlowLocation(step: Step, index: number, { steps }: Finding, workingFolder: string): ThreadFlowLocation {
  return {
    executionOrder: index + 1,
    importance: index === steps.length - 1 ? 'essential' : 'important',
    kinds: kinds[step.role],
    location: { ...toLocation(step.span, workingFolder), message: { text: stepText(step) } },
  };
}

/** The words that the standard suggests for a kind of step, beside our own. */
const kinds: Readonly<Record<StepRole, string[]>> = {
  check: ['branch', 'check'],
  suspend: ['suspend'],
  act: ['act'],
  read: ['read'],
  write: ['write'],
  acquire: ['acquire', 'lock'],
  release: ['release', 'lock'],
  escape: ['escape'],
  use: ['usage'],
  publish: ['publish'],
};

function stepText(step: Step): string {
  return `${step.task}: ${step.text}`.replaceAll('`', '');
}

function toFixes({ suggestions, span }: Finding, workingFolder: string): Fix[] {
  return suggestions.map(({ title, edits }) => ({
    description: { text: title },
    artifactChanges: [
      {
        artifactLocation: toArtifact(span.file, workingFolder),
        replacements: edits.map(({ start, end, text }) => ({
          deletedRegion: { charOffset: start, charLength: end - start },
          insertedContent: { text },
        })),
      },
    ],
  }));
}

function toNotification({ file, message }: AnalysisError, workingFolder: string): Notification {
  return {
    level: 'error',
    message: { text: message },
    locations: [{ physicalLocation: { artifactLocation: toArtifact(file, workingFolder) } }],
  };
}

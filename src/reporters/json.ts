import type { Finding } from '../findings/finding.js';
import { displayPath, type Reporter } from './report.js';

/** Version of the JSON format; a change that could break a reader raises it. */
const formatVersion = 1;

/** One JSON object with all findings and their steps, for other programs to read. */
export const reportJson: Reporter = (report, { workingFolder }) => {
  const document = {
    version: formatVersion,
    tool: { name: report.tool.name, version: report.tool.version },
    stats: {
      files: report.stats.files,
      functions: report.stats.functions,
      lines: report.stats.lines,
      milliseconds: {
        program: report.stats.milliseconds.program,
        analysis: report.stats.milliseconds.analysis,
      },
    },
    findings: report.findings.map((finding) => toJson(finding, workingFolder)),
    errors: report.errors.map(({ file, message }) => ({ file: displayPath(file, workingFolder), message })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
};

// Every member is named, so that a new field of a finding does not slip into the format unnoticed.
function toJson(finding: Finding, workingFolder: string) {
  return {
    rule: finding.rule,
    message: finding.message,
    confidence: finding.confidence,
    effect: finding.effect,
    file: displayPath(finding.span.file, workingFolder),
    line: finding.span.line,
    column: finding.span.column,
    endLine: finding.span.endLine,
    endColumn: finding.span.endColumn,
    function: finding.function,
    place: finding.place,
    steps: finding.steps.map(({ task, role, span, text }) => ({
      task,
      role,
      file: displayPath(span.file, workingFolder),
      line: span.line,
      column: span.column,
      text,
    })),
    fingerprint: finding.fingerprint,
  };
}

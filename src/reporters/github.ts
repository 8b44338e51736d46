/**
 * Annotations of a GitHub workflow, written as commands to the log:
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
import type { Confidence, Finding } from '../findings/finding.js';
import { plainSteps } from './plain-steps.js';
import { displayPath, levelOf, rulesById, type ReportContext, type Reporter, type RuleLevel } from './report.js';
import { counted } from './text.js';

/** GitHub shows so many annotations of each level from one step and drops the rest without a word. */
const cap = 10;

const order: readonly Confidence[] = ['high', 'medium', 'low'];

export const reportGithub: Reporter = (report, context) => {
  const rules = rulesById(report);
  // The surest come first, so that the cap takes the others.
  const findings = order.flatMap((confidence) => report.findings.filter((finding) => finding.confidence === confidence));
  const shown: Record<RuleLevel, number> = { error: 0, warning: 0 };
  const commands: string[] = [];
  const cut: Finding[] = [];
  for (const finding of findings) {
    const level = levelOf(finding, rules);
    commands.push(toCommand(finding, level, context));
    shown[level] += 1;
    if (shown[level] > cap) {
      cut.push(finding);
    }
  }
  const count = `${counted(report.findings.length, 'finding')} in ${counted(report.stats.files, 'file')}`;
  return [...commands, ...noteOnCap(cut, context), `async-race: ${count}`, ''].join('\n');
};

function toCommand(finding: Finding, level: RuleLevel, context: ReportContext): string {
  const { span } = finding;
  // A column is only understood together with a single line.
  const columns = span.line === span.endLine ? { col: span.column, endColumn: span.endColumn } : {};
  const properties = {
    file: displayPath(span.file, context.workingFolder),
    line: span.line,
    endLine: span.endLine,
    ...columns,
    title: `async-race/${finding.rule} (${finding.confidence} confidence)`,
  };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  const text = [finding.message, ...plainSteps(finding, context)].join('\n');
  return `::${level} ${list.join(',')}::${escapeData(text)}`;
}

function noteOnCap(cut: readonly Finding[], { workingFolder }: ReportContext): string[] {
  if (cut.length === 0) {
    return [];
  }
  const lines = cut.map(
    ({ span, rule, message }) => `  ${displayPath(span.file, workingFolder)}:${span.line}:${span.column} ${rule}: ${message}`,
  );
  return [`GitHub shows ${cap} errors and ${cap} warnings of a step; without annotation remain:`, ...lines];
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

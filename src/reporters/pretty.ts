/** The report for people: each finding with its code and the interleaving that breaks it, and a summary at the end. */
import type { Confidence, Finding } from '../findings/finding.js';
import { renderCodeFrame } from './code-frame.js';
import { renderInterleaving } from './interleaving.js';
import { createPaint, type Paint, type Style } from './paint.js';
import { displayPath, type Report, type ReportContext, type Reporter } from './report.js';
import { counted, toPrintable, wrapWords } from './text.js';

const confidenceStyles: Readonly<Record<Confidence, Style>> = { high: 'red', medium: 'yellow', low: 'cyan' };

export const reportPretty: Reporter = (report, context) => {
  const paint = createPaint(context.colour);
  const blocks = report.findings.map((finding) => renderFinding(finding, context, paint));
  return [...blocks, renderSummary(report, paint)].map((lines) => `${lines.join('\n')}\n`).join('\n\n');
};

/** One finding: its place and message, its code, its interleaving. */
export function renderFinding(finding: Finding, context: ReportContext, paint: Paint): string[] {
  const { span } = finding;
  const position = `${displayPath(span.file, context.workingFolder)}:${span.line}:${span.column}`;
  const certainty = `${paint(confidenceStyles[finding.confidence], `${finding.confidence} confidence`)}`;
  const lines = [
    `${paint('bold', position)}  ${paint('cyan', finding.rule)}  ${certainty}, ${finding.effect.replaceAll('-', ' ')}`,
    ...wrapWords(toPrintable(finding.message), context.columns),
  ];
  const frame = renderCodeFrame(span, context, paint);
  if (frame.length > 0) {
    lines.push('', ...frame);
  }
  const interleaving = renderInterleaving(finding, context, paint);
  if (interleaving.length > 0) {
    lines.push('', ...renderIntroduction(finding, context), ...interleaving);
  }
  return lines;
}

function renderIntroduction(finding: Finding, context: ReportContext): string[] {
  const where = finding.function === '' ? '' : ` in ${finding.function}`;
  return wrapWords(toPrintable(`\`${finding.place}\`${where}, step by step:`), context.columns);
}

function renderSummary(report: Report, paint: Paint): string[] {
  const { findings, errors, stats } = report;
  const analysed = counted(stats.files, 'file');
  const lines: string[] = [];
  if (findings.length === 0) {
    lines.push(paint('bold', `No findings in ${analysed}.`));
  } else {
    const files = new Set(findings.map((finding) => finding.span.file)).size;
    const confidences = (['high', 'medium', 'low'] as const).flatMap((confidence) => {
      const count = findings.filter((finding) => finding.confidence === confidence).length;
      return count === 0 ? [] : [`${count} ${confidence}`];
    });
    lines.push(
      `${paint('bold', counted(findings.length, 'finding'))} in ${files} of ${analysed} (confidence: ${confidences.join(', ')})`,
    );
    const rules = [...new Set(findings.map((finding) => finding.rule))].sort();
    for (const rule of rules) {
      const count = findings.filter((finding) => finding.rule === rule).length;
      lines.push(`  ${count} ${paint('cyan', rule)}`);
    }
  }
  if (errors.length > 0) {
    lines.push(paint('yellow', `${counted(errors.length, 'part')} of the program could not be analysed.`));
  }
  return lines;
}

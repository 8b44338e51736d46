import type { Finding } from '../findings/finding.js';
import { displayPath, type ReportContext } from './report.js';
import { toPrintable } from './text.js';

/** The interleaving as plain lines, one for each step: number, task, place, what happens. For formats without layout. */
export function plainSteps(finding: Finding, { workingFolder }: ReportContext): string[] {
  return finding.steps.map(({ task, span, text }, index) => {
    const place = span.file === finding.span.file ? `line ${span.line}` : `${displayPath(span.file, workingFolder)}:${span.line}`;
    return `${index + 1}. task ${task}, ${place}: ${toPrintable(text)}`;
  });
}

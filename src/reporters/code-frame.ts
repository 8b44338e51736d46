import type { Span } from '../findings/finding.js';
import type { Paint } from './paint.js';
import type { ReportContext } from './report.js';
import { sliceColumns, toPrintable, widthOf } from './text.js';

const linesBefore = 2;
const linesAfter = 1;
/** A span that covers a whole function shows where it starts; its end says nothing. */
const longestSpan = 4;
/** Columns kept in view to the left of the marked code when a line is too long for the screen. */
const leftMargin = 20;

/** The source lines around a span, with line numbers, and carets under the span; no line when the source is not at hand. */
export function renderCodeFrame(span: Span, context: ReportContext, paint: Paint): string[] {
  const marked = context.lineOf(span.file, span.line);
  if (marked === undefined) {
    return [];
  }
  const lastMarked = Math.min(span.endLine, span.line + longestSpan - 1);
  const lastLine = lastMarked + linesAfter;
  const numberWidth = String(lastLine).length;
  const codeWidth = Math.max(leftMargin, context.columns - numberWidth - '>  | '.length);

  const caretStart = widthOf(toPrintable(marked.slice(0, span.column - 1)));
  const endOffset = span.endLine === span.line ? span.endColumn - 1 : marked.length;
  const caretEnd = Math.max(caretStart + 1, widthOf(toPrintable(marked.slice(0, endOffset))));
  const from = caretEnd > codeWidth ? Math.max(0, caretStart - leftMargin) : 0;

  const lines: string[] = [];
  for (let number = Math.max(1, span.line - linesBefore); number <= lastLine; number++) {
    const source = context.lineOf(span.file, number);
    if (source === undefined) {
      break;
    }
    const isMarked = number >= span.line && number <= lastMarked;
    const gutter = `${isMarked ? '>' : ' '} ${String(number).padStart(numberWidth)} |`;
    const code = sliceColumns(toPrintable(source), from, codeWidth);
    lines.push(`${paint(isMarked ? 'red' : 'dim', gutter)} ${code}`.trimEnd());
    if (number === span.line) {
      const carets = '^'.repeat(Math.min(caretEnd - caretStart, codeWidth - (caretStart - from)));
      const emptyGutter = `  ${' '.repeat(numberWidth)} |`;
      lines.push(`${paint('dim', emptyGutter)} ${' '.repeat(caretStart - from)}${paint('red', carets)}`);
    }
  }
  return lines;
}

/** The lines of source that a finding speaks of, for reports that show them at length. */
import type { Finding, Span, Step } from '../findings/finding.js';
import type { ReportContext, Token } from './report.js';

export interface Excerpt {
  readonly file: string;
  /** Stretches of neighbouring lines, in order; between them lines are left out. */
  readonly stretches: readonly (readonly ExcerptLine[])[];
}

export interface ExcerptLine {
  readonly number: number;
  readonly segments: readonly Segment[];
  /** The steps that start on the line, by number from 1. */
  readonly steps: readonly NumberedStep[];
  /** Whether the finding itself lies on the line. */
  readonly isHarm: boolean;
}

export interface NumberedStep {
  readonly number: number;
  readonly task: Step['task'];
}

/** Text of one colour and one kind of emphasis. */
export interface Segment {
  readonly text: string;
  readonly token: Token['kind'];
  /** Part of the place where the harm is done. */
  readonly isHarm: boolean;
  /** Part of the code of a step. */
  readonly isStep: boolean;
}

const linesAround = 2;
/** Gaps of so few lines are shown, for a mark of what is left out would take as much room. */
const smallGap = 3;
/** A span that covers a whole function shows where it starts. */
const longestSpan = 4;

/** The finding's own file first, then those of steps elsewhere; a file whose source is not at hand is left out. */
export function excerptsOf(finding: Finding, context: ReportContext): Excerpt[] {
  const files = [...new Set([finding.span.file, ...finding.steps.map(({ span }) => span.file)])];
  return files.flatMap((file) => {
    const stretches = stretchesOf(finding, file, context);
    return stretches.length === 0 ? [] : [{ file, stretches }];
  });
}

function stretchesOf(finding: Finding, file: string, context: ReportContext): ExcerptLine[][] {
  const marked = [finding.span, ...finding.steps.map(({ span }) => span)].filter((span) => span.file === file);
  const wanted = new Set(marked.flatMap((span) => range(Math.max(1, span.line - linesAround), lastLineOf(span) + linesAround)));
  const numbers = [...wanted].sort((left, right) => left - right);
  const filled = numbers.flatMap((number, index) => {
    const previous = numbers[index - 1];
    const isSmall = previous !== undefined && number - previous - 1 <= smallGap;
    return isSmall ? range(previous + 1, number) : [number];
  });
  const stretches: ExcerptLine[][] = [];
  let last = 0;
  for (const number of filled) {
    const line = lineOf(finding, file, number, context);
    if (line === undefined) {
      continue;
    }
    if (number !== last + 1 || stretches.length === 0) {
      stretches.push([]);
    }
    stretches.at(-1)?.push(line);
    last = number;
  }
  return stretches;
}

function lineOf(finding: Finding, file: string, number: number, context: ReportContext): ExcerptLine | undefined {
  const text = context.lineOf(file, number);
  if (text === undefined) {
    return undefined;
  }
  const steps = finding.steps.flatMap((step, index) =>
    step.span.file === file && step.span.line === number ? [{ number: index + 1, task: step.task }] : [],
  );
  const stepSpans = finding.steps.map(({ span }) => span).filter((span) => span.file === file);
  const harm = columnsOn(finding.span.file === file ? [finding.span] : [], number, text);
  const marks = columnsOn(stepSpans, number, text);
  const tokens = context.tokensOf(file, number);
  return { number, steps, isHarm: harm.length > 0, segments: segmentsOf(text, tokens, harm, marks) };
}

type Columns = readonly [from: number, to: number];

/** Columns, from 0, that the spans cover on the line; not its indentation. */
function columnsOn(spans: readonly Span[], number: number, text: string): Columns[] {
  const indentation = text.length - text.trimStart().length;
  return spans.flatMap((span): Columns[] => {
    if (number < span.line || number > lastLineOf(span)) {
      return [];
    }
    const from = number === span.line ? span.column - 1 : indentation;
    const to = number === span.endLine ? span.endColumn - 1 : text.length;
    return to > from ? [[from, to]] : [];
  });
}

function segmentsOf(text: string, tokens: readonly Token[], harm: readonly Columns[], marks: readonly Columns[]): Segment[] {
  const cuts = new Set([0, text.length, ...tokens.flatMap(({ from, to }) => [from, to]), ...harm.flat(), ...marks.flat()]);
  const sorted = [...cuts].filter((cut) => cut >= 0 && cut <= text.length).sort((left, right) => left - right);
  const covers = (columns: readonly Columns[], at: number): boolean => columns.some(([from, to]) => from <= at && at < to);
  return sorted.slice(0, -1).map((from, index) => ({
    text: text.slice(from, sorted[index + 1]),
    token: tokens.find((token) => token.from <= from && from < token.to)?.kind ?? 'plain',
    isHarm: covers(harm, from),
    isStep: covers(marks, from),
  }));
}

function lastLineOf(span: Span): number {
  return Math.min(span.endLine, span.line + longestSpan - 1);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_unused, index) => first + index);
}

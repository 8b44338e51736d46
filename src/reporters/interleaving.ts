/**
 * The steps of one interleaving as a table: one row per step in the order of time, one column per task. Where the
 * terminal is too narrow for two columns, or only one task takes part, the steps stand below one another.
 */
import type { Finding, Step } from '../findings/finding.js';
import type { Paint, Style } from './paint.js';
import { displayPath, type ReportContext } from './report.js';
import { padTo, sliceColumns, toPrintable, widthOf, wrapWords } from './text.js';

/** Below this many columns the words of two tasks would be cut to pieces. */
const narrowest = 64;
/** Lines that a step's code may take; the rest is cut, for its number is there to look it up. */
const longestCode = 2;

const taskStyles: Readonly<Record<Step['task'], Style>> = { A: 'magenta', B: 'blue' };

export function renderInterleaving(finding: Finding, context: ReportContext, paint: Paint): string[] {
  const { steps } = finding;
  if (steps.length === 0) {
    return [];
  }
  const tasks = new Set(steps.map((step) => step.task));
  const table: Table = {
    finding,
    context,
    paint,
    numberWidth: String(steps.length).length,
    lineWidth: Math.max(...steps.map((step) => String(step.span.line).length)),
  };
  if (tasks.size < 2) {
    return renderList(table, () => '');
  }
  return context.columns < narrowest ? renderList(table, (step) => `${step.task} `) : renderColumns(table);
}

interface Table {
  readonly finding: Finding;
  readonly context: ReportContext;
  readonly paint: Paint;
  readonly numberWidth: number;
  readonly lineWidth: number;
}

const separator = ' │ ';

function renderColumns(table: Table): string[] {
  const { finding, context, paint, numberWidth } = table;
  const margin = ' '.repeat(numberWidth + 2);
  const width = Math.floor((context.columns - margin.length - separator.length) / 2);
  const rule = '─'.repeat(width);
  const lines = [
    `${margin}${paint('magenta', padTo('task A', width))}${paint('dim', separator)}${paint('blue', 'task B')}`,
    paint('dim', `${margin}${rule}─┼─${rule}`),
  ];
  finding.steps.forEach((step, index) => {
    const cell = renderCell(table, step, width);
    cell.forEach((line, row) => {
      const start = row === 0 ? renderNumber(table, step, index) : margin;
      const left = step.task === 'A' ? line : { plain: '', painted: '' };
      const right = step.task === 'B' ? line.painted : '';
      const gap = ' '.repeat(Math.max(0, width - widthOf(left.plain)));
      lines.push(`${start}${left.painted}${gap}${paint('dim', separator)}${right}`);
    });
  });
  return lines.map((line) => line.trimEnd());
}

function renderList(table: Table, prefixOf: (step: Step) => string): string[] {
  const { finding, context, paint, numberWidth } = table;
  return finding.steps.flatMap((step, index) => {
    const prefix = prefixOf(step);
    const start = renderNumber(table, step, index) + paint(taskStyles[step.task], prefix);
    const margin = ' '.repeat(numberWidth + 2 + prefix.length);
    const cell = renderCell(table, step, Math.max(20, context.columns - margin.length));
    return cell.map((line, row) => `${row === 0 ? start : margin}${line.painted}`.trimEnd());
  });
}

interface CellLine {
  readonly plain: string;
  readonly painted: string;
}

/** The file where it is not the finding's own, the line of code with its number, and what happens there. */
function renderCell(table: Table, step: Step, width: number): CellLine[] {
  const { finding, context, paint, lineWidth } = table;
  const indent = ' '.repeat(lineWidth + 2);
  const textWidth = Math.max(8, width - indent.length);
  const cell: CellLine[] = [];
  const add = (start: string, startStyle: Style, text: string, style: Style | undefined): void => {
    const painted = (start.trim() === '' ? start : paint(startStyle, start)) + (style === undefined ? text : paint(style, text));
    cell.push({ plain: start + text, painted });
  };

  if (step.span.file !== finding.span.file) {
    for (const line of wrapWords(displayPath(step.span.file, context.workingFolder), textWidth)) {
      add(indent, 'dim', line, 'dim');
    }
  }
  const number = `${String(step.span.line).padStart(lineWidth)}  `;
  codeOf(step, context, textWidth).forEach((line, row) => {
    add(row === 0 ? number : indent, 'dim', line, undefined);
  });
  for (const line of wrapWords(toPrintable(step.text), textWidth)) {
    add(indent, 'dim', line, isHarm(finding, step) ? 'red' : taskStyles[step.task]);
  }
  return cell;
}

/** The step's line of code, wrapped; of a long line the stretch around the step. Never empty. */
function codeOf({ span }: Step, { lineOf }: ReportContext, width: number): string[] {
  const source = lineOf(span.file, span.line) ?? '';
  const indentation = source.length - source.trimStart().length;
  const code = toPrintable(source.trim());
  const whole = wrapWords(code, width);
  if (whole.length <= longestCode) {
    return whole.length === 0 ? [''] : whole;
  }
  const start = widthOf(toPrintable(source.slice(indentation, span.column - 1)));
  const from = start < width ? 0 : start - Math.floor(width / 2);
  const lines = from === 0 ? whole : wrapWords(sliceColumns(code, from, widthOf(code)), width);
  const first = lines.slice(0, longestCode - 1);
  return [...first, sliceColumns(lines.slice(longestCode - 1).join(' '), 0, width)];
}

function renderNumber({ finding, paint, numberWidth }: Table, step: Step, index: number): string {
  const number = String(index + 1).padStart(numberWidth);
  return `${isHarm(finding, step) ? paint('red', number) : paint('dim', number)}  `;
}

/** An interleaving ends where the harm is done. */
function isHarm(finding: Finding, step: Step): boolean {
  return step === finding.steps.at(-1);
}

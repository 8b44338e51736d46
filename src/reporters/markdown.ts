/**
 * Markdown for job summaries, comments and tickets: an overview, and for each finding its code and a Mermaid sequence
 * diagram of the interleaving, which GitHub and GitLab draw.
 */
import type { Confidence, Finding } from '../findings/finding.js';
import { excerptsOf } from './excerpt.js';
import { locksHeld, tasksOf } from './lanes.js';
import { displayPath, type Report, type ReportContext, type Reporter } from './report.js';
import { counted, toPrintable } from './text.js';

/** A summary of a job may have a mebibyte, and nobody reads that much: from here on findings are only listed. */
const longestText = 200_000;

const order: readonly Confidence[] = ['high', 'medium', 'low'];

export const reportMarkdown: Reporter = (report, context) => {
  const findings = order.flatMap((confidence) => report.findings.filter((finding) => finding.confidence === confidence));
  const parts = [overview(report, context)];
  let length = 0;
  const listed: Finding[] = [];
  for (const finding of findings) {
    const section = length > longestText ? '' : renderFinding(finding, report, context);
    length += section.length;
    if (section === '') {
      listed.push(finding);
    } else {
      parts.push(section);
    }
  }
  if (listed.length > 0) {
    const rows = listed.map((finding) => `- ${placeOf(finding, context)} ${finding.rule}: ${escapeMarkdown(finding.message)}`);
    parts.push(`### ${counted(listed.length, 'further finding')}\n\n${rows.join('\n')}\n`);
  }
  return parts.join('\n');
};

function overview({ findings, errors, stats, rules }: Report, { workingFolder }: ReportContext): string {
  const files = counted(stats.files, 'file');
  const title = findings.length === 0 ? `No async races found in ${files}` : `${counted(findings.length, 'async race')} in ${files}`;
  const lines = [`## ${title}`, ''];
  const present = rules.filter(({ id }) => findings.some(({ rule }) => rule === id));
  if (present.length > 0) {
    lines.push('| rule | high | medium | low | what it does |', '| --- | ---: | ---: | ---: | --- |');
    for (const { id, address, description } of present) {
      const counts = order.map((level) => findings.filter(({ rule, confidence }) => rule === id && confidence === level).length);
      lines.push(`| [${id}](${address}) | ${counts.join(' | ')} | ${escapeMarkdown(description)} |`);
    }
    lines.push('');
  }
  if (errors.length > 0) {
    lines.push(`${counted(errors.length, 'part')} of the program could not be analysed:`, '');
    lines.push(...errors.map(({ file, message }) => `- \`${displayPath(file, workingFolder)}\`: ${escapeMarkdown(message)}`), '');
  }
  return lines.join('\n');
}

function renderFinding(finding: Finding, report: Report, context: ReportContext): string {
  const address = report.rules.find(({ id }) => id === finding.rule)?.address;
  const rule = address === undefined ? finding.rule : `[${finding.rule}](${address})`;
  const lines = [
    `### ${placeOf(finding, context)}`,
    '',
    `**${rule}**, ${finding.confidence} confidence, ${finding.effect.replaceAll('-', ' ')}. ${escapeMarkdown(finding.message)}`,
    '',
    ...excerptsOf(finding, context).flatMap(({ file, stretches }) => [
      ...(file === finding.span.file ? [] : [`\`${displayPath(file, context.workingFolder)}\``, '']),
      ...fenced('ts', stretches.map((stretch) => stretch.map(({ segments }) => segments.map(({ text }) => text).join(''))), stretches),
      '',
    ]),
  ];
  if (finding.steps.length > 0) {
    lines.push('```mermaid', ...sequenceDiagram(finding, context), '```', '');
  }
  lines.push(`<sub>fingerprint ${finding.fingerprint}</sub>`, '');
  return lines.join('\n');
}

/** The code with the numbers of its lines, in a fence that no line of it can close. */
function fenced(
  language: string,
  texts: readonly (readonly string[])[],
  stretches: readonly (readonly { number: number; isHarm: boolean }[])[],
): string[] {
  const longest = Math.max(2, ...texts.flat().flatMap((text) => (text.match(/`+/gu) ?? []).map((ticks) => ticks.length)));
  const fence = '`'.repeat(longest + 1);
  const width = String(stretches.at(-1)?.at(-1)?.number ?? 0).length;
  const lines = stretches.flatMap((stretch, index) => [
    ...(index === 0 ? [] : [`  ${'⋯'.padStart(width)}`]),
    ...stretch.map(({ number, isHarm }, row) => `${isHarm ? '>' : ' '} ${String(number).padStart(width)} | ${toPrintable(texts[index]?.[row] ?? '')}`.trimEnd()),
  ]);
  return [`${fence}${language}`, ...lines, fence];
}

/** A Mermaid sequence diagram: the tasks and what they share as participants, time downwards. */
export function sequenceDiagram(finding: Finding, { workingFolder }: ReportContext): string[] {
  const tasks = tasksOf(finding);
  const [first = 'A'] = tasks;
  const lines = ['sequenceDiagram', ...tasks.map((task) => `  participant ${task} as task ${task}`), `  participant S as ${escapeMermaid(finding.place)}`];
  finding.steps.forEach(({ task, role, span, text }, index) => {
    const place = span.file === finding.span.file ? `line ${span.line}` : `${displayPath(span.file, workingFolder)}:${span.line}`;
    const words = escapeMermaid(`${index + 1}. ${text} (${place})`);
    lines.push(role === 'suspend' ? `  Note over ${task}: ${words}` : `  ${task}->>S: ${words}`);
    if (role === 'acquire') {
      lines.push(`  activate ${task}`);
    } else if (role === 'release' && locksHeld(finding.steps, task, index) > 0) {
      lines.push(`  deactivate ${task}`);
    }
  });
  const harm = finding.effect.replaceAll('-', ' ');
  return [...lines, `  Note over ${first},S: ${harm}`];
}

function placeOf({ span }: Finding, { workingFolder }: ReportContext): string {
  return `\`${displayPath(span.file, workingFolder)}:${span.line}:${span.column}\``;
}

/** What Markdown outside of code would take for its own; the code of messages stays code. */
function escapeMarkdown(text: string): string {
  const pieces = toPrintable(text).split('`');
  return pieces.map((piece, index) => (index % 2 === 1 ? piece : piece.replaceAll(/[\\<>*_[\]|#~]/gu, '\\$&'))).join('`');
}

/** Mermaid ends a text at a line break, a semicolon or a hash, and reads HTML in it. */
function escapeMermaid(text: string): string {
  return toPrintable(text).replaceAll(/[#;<>&{}"]/gu, (character) => `#${character.codePointAt(0) ?? 0};`).replaceAll('`', '');
}

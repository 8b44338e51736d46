/**
 * One HTML file that needs nothing else: no network, no font, and no script to be read. The script only adds the filter
 * and two keys. Every finding shows its source beside the interleaving: tasks as lanes, time downwards.
 */
import { createHash } from 'node:crypto';
import type { Finding } from '../findings/finding.js';
import { excerptsOf, type Excerpt, type ExcerptLine, type Segment } from './excerpt.js';
import { script } from './html-script.js';
import { style } from './html-style.js';
import { laneRows, tasksOf, type LaneRow, type Task } from './lanes.js';
import { html, join, Markup, nothing, prose } from './markup.js';
import { displayPath, type Report, type ReportContext, type Reporter } from './report.js';
import { counted, toPrintable } from './text.js';

export const reportHtml: Reporter = (report, context) => {
  const { findings, stats, tool } = report;
  const title = findings.length === 0 ? 'No async races found' : `${counted(findings.length, 'async race')}`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash(style)}'; script-src 'sha256-${hash(script)}'">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p>${counted(stats.files, 'file')}, ${counted(stats.functions, 'function')}, ${counted(stats.lines, 'line')}; ${tool.name} ${tool.version}</p>
</header>
<main>
${renderErrors(report, context)}
${findings.length === 0 ? nothing : renderFilter(report, context)}
<section id="findings" aria-label="Findings">
${join(findings.map((finding, index) => renderFinding(finding, index, report, context)), '\n')}
</section>
</main>
<script>${new Markup(script)}</script>
</body>
</html>
`;
  return page.text;
};

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

function renderErrors({ errors }: Report, { workingFolder }: ReportContext): Markup {
  if (errors.length === 0) {
    return nothing;
  }
  const items = errors.map(({ file, message }) => html`<li><code>${displayPath(file, workingFolder)}</code>: ${prose(message)}</li>`);
  return html`<section class="errors"><h2>${counted(errors.length, 'part')} of the program could not be analysed</h2><ul>${items}</ul></section>`;
}

/** Hidden until the script says that it works. */
function renderFilter({ findings, rules }: Report, { workingFolder }: ReportContext): Markup {
  const ruleNames = rules.map(({ id }) => id).filter((id) => findings.some(({ rule }) => rule === id));
  const effects = [...new Set(findings.map(({ effect }) => effect))].sort();
  const confidences = (['high', 'medium', 'low'] as const).filter((level) => findings.some(({ confidence }) => confidence === level));
  const folders = countFolders(findings.map(({ span }) => displayPath(span.file, workingFolder)));
  return html`<form id="filter" hidden aria-label="Filter">
${renderChoices('rule', ruleNames, (name) => findings.filter(({ rule }) => rule === name).length)}
${renderChoices('confidence', confidences, (name) => findings.filter(({ confidence }) => confidence === name).length)}
${renderChoices('effect', effects, (name) => findings.filter(({ effect }) => effect === name).length)}
<fieldset><legend><label for="folder">folder</label></legend><select id="folder" name="folder"><option value="">all (${findings.length})</option>${folders.map(
    ([folder, count]) => html`<option value="${folder}/">${folder} (${count})</option>`,
  )}</select></fieldset>
<p><output id="shown" aria-live="polite"></output> <button type="reset">Show all</button> <span class="hint">Keys: <kbd>j</kbd> next finding, <kbd>k</kbd> previous</span></p>
</form>`;
}

function renderChoices(name: string, values: readonly string[], count: (value: string) => number): Markup {
  const boxes = values.map(
    (value) => html`<label><input type="checkbox" name="${name}" value="${value}" checked> ${value.replaceAll('-', name === 'rule' ? '-' : ' ')} <small>${count(value)}</small></label>`,
  );
  return html`<fieldset><legend>${name}</legend>${boxes}</fieldset>`;
}

/** All folders that hold one of the files, at any depth, with their numbers of files. */
function countFolders(files: readonly string[]): [folder: string, count: number][] {
  const counts = new Map<string, number>();
  for (const file of files) {
    const parts = file.split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const folder = parts.slice(0, depth).join('/');
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
  }
  return [...counts].filter(([folder]) => folder !== '..').sort(([left], [right]) => (left < right ? -1 : 1));
}

function renderFinding(finding: Finding, index: number, { rules, findings }: Report, context: ReportContext): Markup {
  const { rule, confidence, effect, span, fingerprint } = finding;
  const file = displayPath(span.file, context.workingFolder);
  const address = rules.find(({ id }) => id === rule)?.address;
  const name = address === undefined ? html`${rule}` : html`<a href="${address}">${rule}</a>`;
  const ordinal = findings.slice(0, index).filter((other) => other.fingerprint === fingerprint).length;
  const id = ordinal === 0 ? fingerprint : `${fingerprint}-${ordinal + 1}`;
  // A short report is read from top to bottom; of a long one the overview comes first.
  const open = findings.length <= 3 ? html` open` : nothing;
  const where = finding.function === '' ? nothing : html` in <code>${finding.function}</code>`;
  return html`<details class="finding" id="f-${id}" data-rule="${rule}" data-confidence="${confidence}" data-effect="${effect}" data-file="${file}"${open}>
<summary>
<span class="place">${file}:${span.line}</span>
<span class="tag">${rule}</span>
<span class="tag ${confidence}">${confidence} confidence</span>
<span class="tag">${effect.replaceAll('-', ' ')}</span>
<span class="message">${prose(toPrintable(finding.message))}</span>
</summary>
<div class="parts">
<div class="source">${join(excerptsOf(finding, context).map((excerpt) => renderExcerpt(excerpt, context)))}</div>
${renderLanes(finding, context)}
</div>
<p class="more">${name}${where}, on <code>${finding.place}</code>. <code class="command">npx async-race explain ${fingerprint}</code></p>
</details>`;
}

function renderExcerpt({ file, stretches }: Excerpt, { workingFolder }: ReportContext): Markup {
  const lines = stretches.map((stretch, index) => html`${index === 0 ? nothing : html`<span class="gap">⋯</span>\n`}${join(stretch.map(renderLine), '\n')}\n`);
  const name = displayPath(file, workingFolder);
  return html`<figure><figcaption>${name}</figcaption><pre tabindex="0" aria-label="Source of ${name}"><code>${lines}</code></pre></figure>`;
}

function renderLine({ number, segments, steps, isHarm }: ExcerptLine): Markup {
  const marks = steps.map((step) => html`<span class="dot ${step.task}" title="step ${step.number}, task ${step.task}">${step.number}</span>`);
  return html`<span class="line${isHarm ? ' harm' : ''}"><span class="marks">${marks}</span><span class="number">${number}</span>${segments.map(renderSegment)}</span>`;
}

function renderSegment({ text, token, isHarm, isStep }: Segment): Markup {
  const classes = [...(token === 'plain' ? [] : [`token-${token}`]), ...(isStep ? ['step'] : [])];
  const shown = toPrintable(text);
  const inner = classes.length === 0 ? html`${shown}` : html`<span class="${classes.join(' ')}">${shown}</span>`;
  return isHarm ? html`<mark>${inner}</mark>` : inner;
}

function renderLanes(finding: Finding, context: ReportContext): Markup {
  const tasks = tasksOf(finding);
  if (tasks.length === 0) {
    return nothing;
  }
  const rows = laneRows(finding).map((row) => renderRow(row, tasks, finding, context));
  const heads = tasks.map((task) => html`<span class="head ${task}">task ${task}</span>`);
  return html`<div class="lanes of-${tasks.length}"><div class="heads" aria-hidden="true">${heads}</div><ol aria-label="The interleaving, step by step">${rows}</ol><p class="key" aria-hidden="true"><span class="solid"></span> runs <span class="dashed"></span> suspended <span class="bar"></span> holds the lock</p></div>`;
}

function renderRow(row: LaneRow, tasks: readonly Task[], finding: Finding, context: ReportContext): Markup {
  const cells = tasks.map((task) => {
    const { state, below, lock } = row.cells[task];
    const content = row.step.task === task ? renderStep(row, finding, context) : nothing;
    return html`<div class="lane ${task} ${state} below-${below} lock-${lock}">${content}</div>`;
  });
  return html`<li class="${row.isHarm ? 'harm' : row.step.role}">${cells}</li>`;
}

function renderStep({ step, number }: LaneRow, finding: Finding, context: ReportContext): Markup {
  const code = (context.lineOf(step.span.file, step.span.line) ?? '').trim();
  const file = step.span.file === finding.span.file ? nothing : html`${displayPath(step.span.file, context.workingFolder)}, `;
  return html`<span class="dot ${step.task}"><span class="spoken">step </span>${number}</span><div><span class="spoken">task ${step.task}: </span>${prose(toPrintable(step.text))}<small>${file}line ${step.span.line}${code === '' ? nothing : html` <code>${toPrintable(code)}</code>`}</small></div>`;
}

import { ruleIds, type Finding, type RuleId, type TextEdit } from '../index.js';
import { CannotRunError } from '../program/cannot-run-error.js';
import { createPaint, type Paint } from '../reporters/paint.js';
import { renderFinding } from '../reporters/pretty.js';
import { toPrintable, wrapWords } from '../reporters/text.js';
import { analyse } from './analyse.js';
import type { Command, CommandContext } from './command.js';
import { readConfig, selectChecks } from './config-file.js';
import { namedPreset, parse, programOptions, ruleOptions } from './parse-arguments.js';
import { describeRules, readRulePage } from './rule-descriptions.js';
import type { SourceLines } from './source-lines.js';
import { reportColumns, wantsColour } from './terminal.js';

const options = { ...programOptions, preset: ruleOptions.preset } as const;

/** Shorter beginnings of a fingerprint would mean several findings by chance. */
export const fingerprintPattern = /^[0-9a-f]{6,16}$/u;

/** Prints the page of a rule, or one finding with all that is known of it. */
export const explain: Command = {
  name: 'explain',
  summary: 'print the page of a rule, or one finding in full',
  help: `Usage
  async-race explain RULE
  async-race explain FINGERPRINT [files, folders or globs…] [options]

A fingerprint stands in the reports json, markdown, html, sarif and gitlab, and
in a baseline; its first six digits are enough. Files that are named are the
only ones looked at.

Options
  -p, --project FILE  tsconfig.json or the folder that holds it, also that of a
                      solution of projects; may be given several times
  -c, --config FILE   async-race.config.json, or where else the settings are
      --preset NAME   where to look for the finding; all unless named

Examples
  async-race explain ${ruleIds[0]}
  async-race explain 27fa2c src/cache.ts
`,
  run: async (argv, context) => {
    const { values, positionals } = parse(argv, options);
    const [subject, ...operands] = positionals;
    if (subject === undefined) {
      throw new CannotRunError(`explain takes a rule or a fingerprint, as in 'async-race explain ${ruleIds[0]}'`);
    }
    const rule = ruleIds.find((id) => id === subject.replace(/^async-race\//u, ''));
    if (rule !== undefined) {
      context.io.stdout.write(readRulePage(rule));
      return 0;
    }
    if (!fingerprintPattern.test(subject)) {
      throw new CannotRunError(`'${subject}' is neither a fingerprint nor a rule; rules are ${ruleIds.join(', ')}`);
    }
    const config = await readConfig(values, context.io);
    const checks = selectChecks({ ...config, preset: namedPreset(values.preset) ?? 'all' }, []);
    const { findings, sources } = await analyse({ ...config, operands, checks }, context);
    const matching = findings.filter(({ fingerprint }) => fingerprint.startsWith(subject));
    if (matching.length === 0) {
      throw new CannotRunError(`no finding ${subject} in what was analysed; it is gone, or in files that were not named`);
    }
    const blocks = await Promise.all(matching.map((finding) => explainFinding(finding, sources, context)));
    context.io.stdout.write(blocks.map((lines) => `${lines.join('\n')}\n`).join('\n\n'));
    return 0;
  },
};

async function explainFinding(finding: Finding, sources: SourceLines, { io }: CommandContext): Promise<string[]> {
  const columns = reportColumns(io.stdout);
  const colour = wantsColour(io.stdout, io.environment);
  const paint = createPaint(colour);
  const { lineOf, tokensOf } = sources;
  return [
    ...renderFinding(finding, { workingFolder: io.workingFolder, columns, colour, lineOf, tokensOf }, paint),
    ...renderSuggestions(finding, sources, paint),
    '',
    ...(await renderRule(finding.rule, columns, paint)),
    '',
    `fingerprint   ${finding.fingerprint}`,
    `not a race?   // eslint-disable-next-line async-race/${finding.rule} -- and why`,
  ];
}

function renderSuggestions({ suggestions, span }: Finding, sources: SourceLines, paint: Paint): string[] {
  const text = sources.textOf(span.file);
  if (text === undefined) {
    return [];
  }
  return suggestions.flatMap(({ title, edits }) => ['', paint('bold', `${title}:`), ...renderChange(text, edits, paint)]);
}

/** The lines that the edits change, before and after. */
function renderChange(text: string, edits: readonly TextEdit[], paint: Paint): string[] {
  const before = text.split('\n');
  const after = applyEdits(text, edits).split('\n');
  let start = 0;
  while (start < before.length && before[start] === after[start]) {
    start++;
  }
  let end = 0;
  while (end < Math.min(before.length, after.length) - start && before.at(-1 - end) === after.at(-1 - end)) {
    end++;
  }
  return [
    ...before.slice(start, before.length - end).map((line) => paint('red', `- ${toPrintable(line)}`.trimEnd())),
    ...after.slice(start, after.length - end).map((line) => paint('cyan', `+ ${toPrintable(line)}`.trimEnd())),
  ];
}

function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const fromTheEnd = [...edits].sort((left, right) => right.start - left.start || right.end - left.end);
  return fromTheEnd.reduce((changed, edit) => changed.slice(0, edit.start) + edit.text + changed.slice(edit.end), text);
}

async function renderRule(id: RuleId, columns: number, paint: Paint): Promise<string[]> {
  const [rule] = await describeRules([id]);
  const text = rule === undefined ? '' : `${rule.description} 'async-race explain ${id}' prints the rule's page.`;
  return [paint('bold', id), ...wrapWords(text, columns)];
}

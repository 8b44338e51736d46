// @ts-check
// Writes what is generated: the headers and options of the rule pages, the rule table and the example's report in the
// README, and the JSON schema of the command line's config. With --check it writes nothing and fails where a part is out
// of date.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import plugin from '../dist/rules/index.js';
import { readRuleSchemas } from '../dist/src/cli/config-file.js';
import { configSchema } from '../dist/src/cli/config-shape.js';
import { presets, ruleIds } from '../dist/src/index.js';

/** @typedef {import('../dist/src/index.js').RuleId} RuleId */
/** @typedef {{ type: string, enum?: string[], description: string }} OptionSchema */

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const presetNames = /** @type {const} */ (['recommended', 'strict', 'all']);

const outdated = [
  ...ruleIds.filter((id) => update(`docs/rules/${id}.md`, { header: header(id), options: options(id) })),
  ...['README.md'].filter((file) => update(file, { rules: ruleTable(), report: exampleReport() })),
];

if (updateFile('config.schema.json', `${JSON.stringify(configSchema(await readRuleSchemas()), undefined, 2)}\n`)) outdated.push('config.schema.json');

if (process.argv.includes('--check') && outdated.length > 0) {
  console.error(`Out of date: ${outdated.join(', ')}. Run 'npm run update'.`);
  process.exitCode = 1;
}

/**
 * Puts the texts between their markers. Tells whether the page was out of date.
 * @param {string} page
 * @param {Record<string, string>} parts
 */
function update(page, parts) {
  const file = join(root, page);
  const before = readFileSync(file, 'utf8');
  let after = before;
  for (const [name, text] of Object.entries(parts)) {
    const [begin, end] = [`<!-- begin generated ${name} -->`, `<!-- end generated ${name} -->`];
    const [from, to] = [after.indexOf(begin), after.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`${page} has no place for the generated ${name}`);
    after = `${after.slice(0, from + begin.length)}\n\n${text.trim()}\n\n${after.slice(to)}`;
  }
  if (after !== before && !process.argv.includes('--check')) writeFileSync(file, after);
  return after !== before;
}

/**
 * Writes a generated file. Tells whether it was out of date.
 * @param {string} name
 * @param {string} text
 */
function updateFile(name, text) {
  const file = join(root, name);
  const isOutdated = !existsSync(file) || readFileSync(file, 'utf8') !== text;
  if (isOutdated && !process.argv.includes('--check')) writeFileSync(file, text);
  return isOutdated;
}

/** @param {RuleId} id */
function header(id) {
  const { docs, type } = plugin.rules[id].meta;
  const severity = type === 'problem' ? 'error' : 'warning';
  const names = presetNames.filter((name) => id in presets[name]).map((name) => `\`${name}\``);
  return [
    `# async-race/${id}`,
    `${sentence(docs?.description ?? '')}`,
    `In the presets ${names.join(', ')} (as ${severity === 'error' ? 'an error' : 'a warning'}). ` +
      'Needs [type information](../../README.md#use-it-in-eslint). Fixes are suggestions: you choose them in the editor, `--fix` never does.',
  ].join('\n\n');
}

/** @param {RuleId} id */
function options(id) {
  const { schema, defaultOptions } = plugin.rules[id].meta;
  /** @type {[{ properties: Record<string, OptionSchema> }]} */
  const [{ properties }] = JSON.parse(JSON.stringify(schema));
  /** @type {Record<string, unknown>} */
  const defaults = { ...defaultOptions?.[0] };
  const rows = Object.entries(properties).map(([name, { type, enum: words, description }]) => {
    const values = words === undefined ? type : words.map((word) => `\`${word}\``).join(', ');
    const inPresets = presetNames.map((preset) => new Map(Object.entries(presets[preset][id] ?? {})).get(name) ?? defaults[name]);
    return [`\`${name}\``, values, description, ...[defaults[name], ...inPresets].map((value) => `\`${String(value)}\``)];
  });
  return table(['option', 'values', 'meaning', 'default', ...presetNames], rows);
}

function ruleTable() {
  const rows = ruleIds.map((id) => {
    const { docs, type } = plugin.rules[id].meta;
    const level = type === 'problem' ? 'error' : 'warning';
    return [`[\`${id}\`](docs/rules/${id}.md)`, sentence(docs?.description ?? ''), ...presetNames.map((name) => (id in presets[name] ? level : ''))];
  });
  return table(['rule', 'what it does', ...presetNames], rows);
}

/** What the command line says of the README's own example. */
function exampleReport() {
  const code = /<!-- example: (\S+) -->\s*```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'));
  if (code?.[1] === undefined || code[2] === undefined) throw new Error('README.md has no example');
  const folder = mkdtempSync(join(tmpdir(), 'async-race-'));
  try {
    writeFileSync(join(folder, code[1]), code[2]);
    const command = ['check', code[1]];
    const { stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist', 'src', 'cli', 'bin.js'), ...command], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    });
    if (stderr !== '') throw new Error(stderr);
    return `\`\`\`text\n$ npx async-race ${command.join(' ')}\n${stdout.trim()}\n\`\`\``;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** @param {string} text */
function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

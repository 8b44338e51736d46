// @ts-check
// Writes what is generated: the headers and options of the rule pages, the rule table and the example's report in the
// README, the pages of known locks, of patterns and of the five bugs, and the JSON schema of the command line's config. With
// --check it writes nothing and fails where a part is out of date.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import plugin from '../dist/rules/index.js';
import { catalogue } from '../dist/src/catalogue/catalogue.js';
import { readRuleSchemas } from '../dist/src/cli/config-file.js';
import { configSchema } from '../dist/src/cli/config-shape.js';
import { presets, ruleIds } from '../dist/src/index.js';
import { bugForms } from './bug-matrix.mjs';
import { patternTables } from './patterns.mjs';

/** @typedef {import('../dist/src/index.js').RuleId} RuleId */
/** @typedef {import('../dist/src/index.js').ModelExport} ModelExport */
/** @typedef {import('../dist/src/index.js').ModelMember} ModelMember */
/** @typedef {{ type: string, enum?: string[], description: string }} OptionSchema */

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const presetNames = /** @type {const} */ (['recommended', 'strict', 'all']);

const outdated = [
  ...ruleIds.filter((id) => update(`docs/rules/${id}.md`, { header: header(id), options: options(id) })),
  ...['docs/locks.md'].filter((file) => update(file, { locks: lockTable('lock'), wrappers: wrapperTable(), resources: lockTable('resource') })),
  ...['docs/five-bugs.md'].filter((file) => update(file, { matrix: bugMatrix() })),
  ...['docs/patterns.md'].filter((file) => update(file, patternTables(root, table))),
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

/** For each bug its forms, and which rules report them. */
function bugMatrix() {
  const sections = [...bugForms(join(root, 'fixtures/bugs'))].map(([bug, forms]) => {
    const page = `../fixtures/bugs/${bug}`;
    const [title = bug] = readFileSync(join(root, 'fixtures/bugs', bug, 'README.md'), 'utf8').split('\n');
    const rows = forms.map(({ name, about, found, missed }) => [
      `[\`${name}\`](${page}/${name}.ts)`,
      about,
      found.length > 0 ? found.map(ruleLink).join(', ') : missed.length > 0 ? 'not yet' : 'nothing, rightly',
      missed.map(ruleLink).join(', '),
    ]);
    return `## [${title.replace(/^# /, '')}](${page}/README.md)\n\n${table(['form', 'what it shows', 'reported', 'missed'], rows)}`;
  });
  return sections.join('\n\n');
}

/** @param {string} id */
function ruleLink(id) {
  return `[\`${id}\`](rules/${id}.md)`;
}

/**
 * One row for each export of the catalogue that is of the kind.
 * @param {'lock' | 'resource'} kind
 */
function lockTable(kind) {
  const rows = catalogue.flatMap((model) =>
    model.exports
      .filter((lockExport) => (lockExport.kind ?? 'lock') === kind)
      .map((lockExport) => {
        const names = [
          ...Object.entries(model.factories ?? {}).filter(([, made]) => made === lockExport.name).map(([name]) => `${name}()`),
          ...(lockExport.name === '*' ? [] : [lockExport.name]),
        ].filter((name) => !name.startsWith('default'));
        const cells = [packageCell(model), `${names.map(code).join(', ')}`, members(lockExport, 'acquire', 'statement'), members(lockExport, 'run', 'enclose')];
        return kind === 'resource' ? cells : [...cells, members(lockExport, 'query', 'wait'), reentrancy(lockExport), secondRelease(lockExport)];
      }),
  );
  const head = ['package', 'class or function', 'takes', 'runs'];
  return table(kind === 'resource' ? head : [...head, 'asks', 'again by its holder', 'released twice'], rows);
}

function wrapperTable() {
  return table(
    ['package', 'function or decorator'],
    catalogue.flatMap((model) => {
      const names = [
        ...Object.keys(model.serializers ?? {}).map((name) => (name === 'default' ? model.package : name)),
        ...Object.keys(model.decorators ?? {}).map((name) => `@${name}`),
      ];
      return names.length === 0 ? [] : [[packageCell(model), names.map(code).join(', ')]];
    }),
  );
}

/** @param {(typeof catalogue)[number]} model */
function packageCell(model) {
  return `[\`${model.package === '(global)' ? 'the platform' : model.package}\`](${model.source}) ${model.versions}`;
}

/**
 * @param {ModelExport} lockExport
 * @param {readonly ModelMember['does'][]} kinds
 */
function members(lockExport, ...kinds) {
  return Object.entries(lockExport.members)
    .filter(([, member]) => kinds.includes(member.does))
    .map(([name, member]) => `${code(name === '()' ? 'its call' : name)}${note(member)}`)
    .join(', ');
}

/** @param {ModelMember} member */
function note(member) {
  if (member.does === 'enclose') return ' (later)';
  if (member.does === 'statement') return ' of `BEGIN`';
  if (member.does === 'acquire' && member.lease === true) return ' if absent';
  return (member.does === 'acquire' || member.does === 'run') && member.mode === 'shared' ? ' (shared)' : '';
}

/** @param {ModelExport} lockExport */
function reentrancy({ reentrant }) {
  if (reentrant === undefined) return '';
  return reentrant === false ? 'hangs' : reentrant === true ? 'let in' : 'let in to read';
}

/** @param {ModelExport} lockExport */
function secondRelease({ members: all }) {
  const words = { ignored: 'nothing', admits: '**admits**', fails: 'fails' };
  const known = Object.values(all).flatMap((member) => {
    const again = member.does === 'acquire' ? member.release.again : member.does === 'release' ? member.again : undefined;
    return again === undefined ? [] : [words[again]];
  });
  return [...new Set(known)].join(', ');
}

/** @param {string} name */
function code(name) {
  return name === 'its call' ? name : `\`${name}\``;
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

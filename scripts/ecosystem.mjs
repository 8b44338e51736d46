// @ts-check
// Measures the findings in published packages, pinned in ecosystem/packages.json, against the last accepted run and the
// verdicts of those who read them:
//
//   npm run ecosystem                       prints the table; exits with 1 when a new finding has no verdict
//   npm run ecosystem -- --accept           after reading: remembers this run, and writes ecosystem/table.md
//   npm run ecosystem -- --only mongodb     only packages whose name contains this; cannot be accepted
//
// Packages are kept in .cache/ecosystem, or in the folder that ASYNC_RACE_ECOSYSTEM names.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ESLint } from 'eslint';
import ts from 'typescript';
import { parser } from 'typescript-eslint';
import { ruleIds } from '../dist/src/index.js';
import { prepare } from './ecosystem/prepare.mjs';
import { byPlace, compare, merge, render } from './ecosystem/report.mjs';

/** @typedef {import('./ecosystem/prepare.mjs').PinnedPackage} PinnedPackage */
/** @typedef {import('./ecosystem/report.mjs').Found} Found */
/** @typedef {import('./ecosystem/report.mjs').Measured} Measured */
/** @typedef {import('./ecosystem/report.mjs').Verdict} Verdict */

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const data = join(root, 'ecosystem');
const cache = resolve(process.env['ASYNC_RACE_ECOSYSTEM'] ?? join(root, '.cache', 'ecosystem'));
const { values } = parseArgs({ options: { accept: { type: 'boolean', default: false }, only: { type: 'string' } } });

/** @type {{ installedBefore: string, packages: PinnedPackage[] }} */
const { installedBefore, packages } = readJson('packages.json');
/** @type {Verdict[]} */
const verdicts = readJson('verdicts.json');
/** @type {Found[]} */
const accepted = readJson('accepted.json');

const { only } = values;
const wanted = packages.filter((pinned) => only === undefined || pinned.package.includes(only));
/** @type {Measured[]} */
const measured = [];
for (const pinned of wanted) {
  process.stderr.write(`${pinned.package} ${pinned.version}\n`);
  measured.push(await measure(pinned, prepare(pinned, cache, installedBefore)));
}

const found = measured.flatMap((each) => each.found);
const names = new Set(wanted.map((pinned) => pinned.package));
const difference = compare(found, accepted.filter((finding) => names.has(finding.package)), verdicts);
process.stdout.write(render(measured, ruleIds, verdicts, difference));
if (values.accept && only === undefined) {
  writeJson('accepted.json', [...found].sort(byPlace));
  // verdicts on what is gone stay: it may come back
  writeJson('verdicts.json', [...verdicts].sort(byPlace));
  writeFileSync(join(data, 'table.md'), render(measured, ruleIds, verdicts, { added: [], gone: [], unjudged: [] }));
} else if (difference.unjudged.length > 0) {
  process.stderr.write(`${difference.unjudged.length} new findings without a verdict: read them, and write verdicts to ecosystem/verdicts.json\n`);
  process.exitCode = 1;
}

/**
 * @param {PinnedPackage} pinned
 * @param {string} folder
 * @returns {Promise<Measured>}
 */
async function measure(pinned, folder) {
  const recommended = check(pinned, folder, 'recommended');
  const strict = check(pinned, folder, 'strict');
  return {
    package: pinned.package,
    version: pinned.version,
    files: strict.stats.files,
    lines: strict.stats.lines,
    errors: strict.errors.length,
    atomicUpdates: await countAtomicUpdates(folder),
    found: merge(recommended.findings, strict.findings),
  };
}

/**
 * @param {PinnedPackage} pinned
 * @param {string} folder
 * @param {string} preset
 */
function check(pinned, folder, preset) {
  const bin = join(root, 'dist', 'src', 'cli', 'bin.js');
  const args = ['check', '--project', join(folder, 'tsconfig.json'), '--preset', preset, '--format', 'json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--max-old-space-size=8192', bin, ...args], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 512 * 1024 * 1024,
  });
  if (status !== 0 && status !== 1) throw new Error(`${pinned.package}: ${stderr}`);
  /** @type {{ stats: { files: number, lines: number }, errors: unknown[], findings: { rule: string, file: string, line: number, fingerprint: string }[] }} */
  const report = JSON.parse(stdout);
  const findings = report.findings.map(({ rule, file, line, fingerprint }) => ({
    package: pinned.package,
    file: file.replace(/^pkg\//, ''),
    line,
    rule,
    fingerprint,
  }));
  return { ...report, findings };
}

/**
 * On the files that the program is made of, and on nothing else that their imports bring in.
 * @param {string} folder
 */
async function countAtomicUpdates(folder) {
  const config = ts.readConfigFile(join(folder, 'tsconfig.json'), (name) => ts.sys.readFile(name));
  const { fileNames } = ts.parseJsonConfigFileContent(config.config, ts.sys, folder);
  const eslint = new ESLint({
    cwd: folder,
    overrideConfigFile: true,
    allowInlineConfig: false,
    overrideConfig: [{ files: ['**/*.{ts,tsx,mts,cts}'], languageOptions: { parser }, rules: { 'require-atomic-updates': 'error' } }],
  });
  const sources = fileNames.filter((name) => !/\.d\.[cm]?ts$/.test(name));
  const results = await eslint.lintFiles(sources);
  return results.flatMap(({ messages }) => messages).filter(({ ruleId }) => ruleId === 'require-atomic-updates').length;
}

/** @param {string} name */
function readJson(name) {
  return JSON.parse(readFileSync(join(data, name), 'utf8'));
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function writeJson(name, value) {
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, name), `${JSON.stringify(value, undefined, 2)}\n`);
}

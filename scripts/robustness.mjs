// @ts-check
// Sends foreign code in masses through the command line: no file may make the engine fail, whatever is in it.
//
//   npm run robustness                  a collection of parser tests, and all code in node_modules
//   npm run robustness -- FOLDER…       all code in these folders
//
// JavaScript is read as TypeScript, which most of it is. A file that is no valid TypeScript is skipped, and counted. Exits
// with 1 when a function could not be analysed or a run did not come to its end.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'dist', 'src', 'cli', 'bin.js');
const collection = { name: 'test262-parser-tests', version: '0.0.5' };

/** One run sees so many files and so much text, so that a machine of any size can hold it. */
const filesAtOnce = 1500;
const bytesAtOnce = 12_000_000;

/** A text that is put in for each file, and the file it comes from. */
/** @typedef {{ name: string, from: string, text: string }} Entry */

const { positionals } = parseArgs({ allowPositionals: true });
const folders = positionals.length > 0 ? positionals.map((folder) => resolve(folder)) : [parserTests(), join(root, 'node_modules')];
const work = mkdtempSync(join(tmpdir(), 'async-race-robustness-'));
const totals = { files: 0, skipped: 0, functions: 0, findings: 0, runs: 0 };
/** @type {string[]} */
const failures = [];
try {
  for (const folder of folders) for (const entries of chunks(entriesOf(folder))) analyse(entries, folder);
} finally {
  rmSync(work, { recursive: true, force: true });
}
const { files, skipped, functions, findings, runs } = totals;
console.log(`${files} files and ${functions} functions analysed in ${runs} runs, ${findings} findings; ${skipped} files are no TypeScript`);
for (const failure of failures) console.log(failure);
console.log(`${failures.length} failures`);
process.exitCode = failures.length > 0 ? 1 : 0;

/** Installs the collection into the cache, once. */
function parserTests() {
  const cache = resolve(process.env['ASYNC_RACE_ROBUSTNESS'] ?? join(root, '.cache', 'robustness'));
  const folder = join(cache, 'node_modules', collection.name);
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    writeFileSync(join(cache, 'package.json'), '{ "private": true }');
    const args = ['install', `${collection.name}@${collection.version}`, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const { status } = spawnSync('npm', args, { cwd: cache, stdio: 'inherit', shell: process.platform === 'win32' });
    if (status !== 0) throw new Error(`npm could not install ${collection.name}`);
  }
  return folder;
}

/**
 * Each file as it is; and the statements of a script also inside an asynchronous function, where they are lowered whatever
 * they are.
 * @param {string} folder
 * @returns {Generator<Entry>}
 */
function* entriesOf(folder) {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /(?<!\.d)\.[cm]?[jt]sx?$/.test(name));
  for (const from of names.sort()) {
    const path = join(folder, from);
    if (!statSync(path).isFile()) continue;
    const text = readFileSync(path, 'utf8');
    const ending = /x$/.test(from) ? 'tsx' : 'ts';
    yield { name: `plain.${ending}`, from, text };
    if (text.length < 20_000 && !/^\s*(?:import|export)\b/m.test(text)) {
      yield { name: `inside.${ending}`, from, text: `export async function inside(this: any) { await 0;\n${text}\n}\n` };
    }
  }
}

/** @param {Iterable<Entry>} entries */
function* chunks(entries) {
  /** @type {Entry[]} */
  let chunk = [];
  let size = 0;
  for (const entry of entries) {
    if (chunk.length > 0 && (chunk.length === filesAtOnce || size + entry.text.length > bytesAtOnce)) {
      yield chunk;
      chunk = [];
      size = 0;
    }
    chunk.push(entry);
    size += entry.text.length;
  }
  if (chunk.length > 0) yield chunk;
}

/**
 * One run of the command line over the texts.
 * @param {readonly Entry[]} entries
 * @param {string} folder
 */
function analyse(entries, folder) {
  const project = join(work, `run-${totals.runs++}`);
  mkdirSync(project);
  // Nothing is resolved, so that a run sees its own files and no more.
  const compilerOptions = { target: 'ESNext', lib: ['ESNext', 'DOM'], module: 'ESNext', jsx: 'preserve', types: [], noResolve: true, noEmit: true };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts', '*.tsx'] }));
  const sources = new Map(entries.map((entry, index) => [`${index}-${entry.name}`, entry]));
  for (const [name, { text }] of sources) writeFileSync(join(project, name), text);
  const args = ['--max-old-space-size=4096', bin, 'check', '--preset', 'all', '--format', 'json'];
  const { status, stdout, stderr, signal } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8', maxBuffer: 1 << 29 });
  const first = join(relative(root, folder), entries[0]?.from ?? '');
  if (status === 0 || status === 1) {
    /** @type {{ stats: { files: number, functions: number }, findings: unknown[], errors: { file: string, message: string }[] }} */
    const report = JSON.parse(stdout);
    const own = report.errors.filter(({ message }) => !message.startsWith('Syntax error'));
    totals.files += report.stats.files;
    totals.functions += report.stats.functions;
    totals.findings += report.findings.length;
    totals.skipped += report.errors.length - own.length;
    failures.push(...own.map(({ file, message }) => `${join(relative(root, folder), sources.get(file)?.from ?? file)} (${file}): ${message}`));
    process.stderr.write(`${totals.runs}: ${first}, ${report.stats.functions} functions, ${own.length} failures\n`);
  } else if (/^async-race: no TypeScript files/m.test(stderr)) {
    totals.skipped += entries.length;
  } else {
    failures.push(`the run that begins with ${first} ended with ${signal ?? status}: ${stderr.split('\n').slice(-8).join(' ')}`);
  }
  rmSync(project, { recursive: true, force: true });
}

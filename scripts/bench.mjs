// @ts-check
/**
 * Measures what the rules and the command line cost, as ratios.
 *
 *     node scripts/bench.mjs                          how the time grows with the size of the source
 *     node scripts/bench.mjs <corpora> [id…]          whole processes on prepared corpora as well
 *     node scripts/bench.mjs <corpora> --rounds 5     more rounds; three by default
 *     node scripts/bench.mjs <corpora> --no-growth    without the first
 *
 * A corpus is a folder `<corpora>/<id>/` with `tsconfig.json`, the sources, and `files.txt`: the files to lint, one a line.
 * Every round runs every command once, in turn, so that what else the machine does hits all of them; a ratio is taken
 * within a round, and the median of the rounds is printed. Two ratios are given: of processor time (user and system, all
 * threads) and of elapsed time. The first hardly depends on what else the machine does. Memory is the largest resident
 * size of the process. An editor's run is measured within one process: a file is changed, a new program is made from the
 * old one, and that file is analysed; it is compared with the first analysis of all files.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import ts from 'typescript';

/** @typedef {{ cpu: number, elapsed: number, memory: number }} Cost Milliseconds, milliseconds, megabytes. */
/** @typedef {import('../src/index.js')} EngineModule */

const root = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = parseArgs({ allowPositionals: true, options: { rounds: { type: 'string', default: '3' }, 'no-growth': { type: 'boolean', default: false } } });
const rounds = Math.max(1, Number(values.rounds));
const [corpora, ...wanted] = positionals;

// ---------------------------------------------------------------------------------------------------------------------
// Whole processes

/**
 * @param {string} folder
 * @param {readonly string[]} ids
 */
async function measureCorpora(folder, ids) {
  const scratch = mkdtempSync(join(tmpdir(), 'async-race-bench-'));
  try {
    console.log(`Ratios of processor time (elapsed time), median of ${rounds} rounds\n`);
    const columns = [
      'corpus',
      'rules : none',
      'rules : no-floating-promises',
      'recommendedTypeChecked + rules : alone',
      'check : tsc --noEmit',
      'memory, rules : none',
      'editor : first run, median and most',
    ];
    row(columns);
    row(columns.map(() => '---'));
    for (const id of ids.length > 0 ? ids : corporaIn(folder)) {
      const measured = measureCorpus(join(folder, id), scratch);
      const ratio = /** @type {(of: string, to: string) => string} */ ((of, to) => ratioText(measured, of, to));
      const memory = median(measured.map((round) => (round.get('rules')?.memory ?? Number.NaN) / (round.get('none')?.memory ?? Number.NaN)));
      const cells = [ratio('rules', 'none'), ratio('rules', 'floating'), ratio('both', 'recommended'), ratio('check', 'tsc'), memory.toFixed(2)];
      row([id, ...cells, await editorText(join(folder, id))]);
    }
    console.log('');
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** This many files are changed, spread over the list. */
const filesChanged = 7;

/**
 * How much of the first analysis of all files an analysis after a change of one file takes.
 * @param {string} corpus
 */
async function editorText(corpus) {
  /** @type {EngineModule} */
  const { createEngine, presets } = await import(new URL('../dist/src/index.js', import.meta.url).href);
  const config = ts.getParsedCommandLineOfConfigFile(join(corpus, 'tsconfig.json'), { noEmit: true }, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined });
  if (config === undefined) throw new Error(`${corpus}: no tsconfig.json`);
  const { options, fileNames: rootNames } = config;
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  /** @type {Map<string, ts.SourceFile | undefined>} */
  const sources = new Map();
  host.getSourceFile = (path, language) => {
    if (!sources.has(path)) sources.set(path, read(path, language));
    return sources.get(path);
  };
  const listed = readFileSync(join(corpus, 'files.txt'), 'utf8').split(/\r?\n/).filter(Boolean).map((name) => resolve(corpus, name));
  const analyse = (/** @type {ts.Program} */ program, /** @type {readonly string[]} */ names) => {
    program.getTypeChecker();
    const start = process.cpuUsage();
    const engine = createEngine(ts, program, {});
    for (const name of names) {
      const file = program.getSourceFile(name);
      if (file !== undefined) engine.analyzeFile(file, presets.recommended);
    }
    const { user, system } = process.cpuUsage(start);
    return user + system;
  };
  let program = ts.createProgram({ rootNames, options, host });
  const first = analyse(program, listed);
  /** @type {number[]} */
  const parts = [];
  for (let turn = 0; turn < filesChanged; turn += 1) {
    const name = listed[Math.floor((listed.length * (turn + 0.5)) / filesChanged)] ?? '';
    const before = program.getSourceFile(name);
    if (before === undefined) continue;
    sources.set(before.fileName, ts.createSourceFile(before.fileName, `${before.text}\nexport const changed${turn} = ${turn};\n`, before.languageVersion));
    program = ts.createProgram({ rootNames, options, host, oldProgram: program });
    parts.push(analyse(program, [name]) / first);
  }
  return `${(median(parts) * 100).toFixed(1)} %, ${(Math.max(...parts) * 100).toFixed(1)} %`;
}

/**
 * Folders with a list of files.
 * @param {string} folder
 */
function corporaIn(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && readdirSync(join(folder, entry.name)).includes('files.txt'))
    .map((entry) => entry.name);
}

/**
 * @param {string} corpus
 * @param {string} scratch
 * @returns {Map<string, Cost>[]} the costs of every command, by round
 */
function measureCorpus(corpus, scratch) {
  const files = readFileSync(join(corpus, 'files.txt'), 'utf8').split(/\r?\n/).filter(Boolean);
  const lint = /** @type {(name: string, parts: readonly string[]) => readonly string[]} */ (
    (name, parts) => {
      const config = join(scratch, `${name}.config.mjs`);
      writeFileSync(config, eslintConfig(corpus, parts));
      return [join(root, 'node_modules/eslint/bin/eslint.js'), '--no-inline-config', '-c', config, ...files];
    }
  );
  const floating = `{ rules: { '@typescript-eslint/no-floating-promises': 'error' } }`;
  const recommended = '...tseslint.configs.recommendedTypeChecked';
  const rules = 'asyncRace.configs.recommended';
  /** @type {readonly (readonly [string, readonly string[]])[]} */
  const commands = [
    ['none', lint('none', [])],
    ['rules', lint('rules', [rules])],
    ['floating', lint('floating', [floating])],
    ['recommended', lint('recommended', [recommended])],
    ['both', lint('both', [recommended, rules])],
    ['tsc', [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json']],
    ['check', [join(root, 'dist/src/cli/bin.js'), 'check', '--project', 'tsconfig.json', '--format', 'json']],
  ];
  const report = join(scratch, 'cost.json');
  return Array.from({ length: rounds }, () => new Map(commands.map(([name, command]) => [name, run(command, corpus, report)])));
}

/**
 * A config with types for the corpus. All packages are those of this repository, so that every run uses the same ones.
 * @param {string} corpus
 * @param {readonly string[]} parts
 */
function eslintConfig(corpus, parts) {
  const from = pathToFileURL(join(root, 'package.json')).href;
  return `import { createRequire } from 'node:module';
const tseslint = createRequire(${JSON.stringify(from)})('typescript-eslint');
${parts.some((part) => part.includes('asyncRace')) ? `import asyncRace from ${JSON.stringify(new URL('dist/rules/index.js', from).href)};` : ''}
export default [
  { files: ['**/*.{ts,tsx,mts,cts}'] },
  { linterOptions: { reportUnusedDisableDirectives: 'off' } },
  {
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: ${JSON.stringify(corpus)} },
    },
    plugins: { '@typescript-eslint': tseslint.plugin },
  },
  ${parts.join(',\n  ')}
];
`;
}

/**
 * Runs a Node.js process that tells what it took when it ends.
 * @param {readonly string[]} command
 * @param {string} cwd
 * @param {string} report
 * @returns {Cost}
 */
function run(command, cwd, report) {
  const atExit = `import { writeFileSync } from 'node:fs';
    process.on('exit', () => writeFileSync(${JSON.stringify(report)}, JSON.stringify(process.resourceUsage())));`;
  rmSync(report, { force: true });
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [`--import=data:text/javascript,${encodeURIComponent(atExit)}`, ...command], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  const elapsed = performance.now() - start;
  // Findings and type errors of the corpus are no failure: 1 for the linter and the analyzer, 1 or 2 for the compiler.
  if (status === null || status > 2 || (status === 2 && !command[0]?.endsWith('tsc'))) throw new Error(`${command[0] ?? ''}: ${stderr}`);
  /** @type {{ userCPUTime: number, systemCPUTime: number, maxRSS: number }} */
  const usage = JSON.parse(readFileSync(report, 'utf8'));
  return { cpu: (usage.userCPUTime + usage.systemCPUTime) / 1000, elapsed, memory: usage.maxRSS / 1024 };
}

/**
 * @param {readonly Map<string, Cost>[]} measured
 * @param {string} of
 * @param {string} to
 */
function ratioText(measured, of, to) {
  const ratio = /** @type {(kind: 'cpu' | 'elapsed') => string} */ (
    (kind) => median(measured.map((round) => (round.get(of)?.[kind] ?? Number.NaN) / (round.get(to)?.[kind] ?? Number.NaN))).toFixed(2)
  );
  return `${ratio('cpu')} (${ratio('elapsed')})`;
}

// ---------------------------------------------------------------------------------------------------------------------
// Growth

/** Sources of a size: what grows is the name. */
const shapes = {
  functions: { small: 200, make: (/** @type {number} */ size) => repeat(size, (n) => `export async function f${n}(key: string): Promise<void> {
  if (!cache${n % 10}.has(key)) { const value = await load(key); cache${n % 10}.set(key, value); }
}`) },
  'branches in one function': { small: 100, make: (/** @type {number} */ size) => `export class Branches {
${repeat(size, (n) => `  value${n}: string | undefined;`)}
  async run(key: string): Promise<void> {
${repeat(size, (n) => `    if (this.value${n} === undefined) { this.value${n} = await load(key); }`)}
  }
}` },
  'branches on one field': { small: 100, make: (/** @type {number} */ size) => `export class Machine {
  state = 0;
  async run(key: string): Promise<void> {
${repeat(size, (n) => `    if (this.state === ${n}) { await load(key); this.state = ${n + 1}; }`)}
  }
}` },
  'early returns': { small: 100, make: (/** @type {number} */ size) => `export class Guarded {
${repeat(size, (n) => `  value${n}: string | undefined;`)}
  async run(key: string): Promise<void> {
${repeat(size, (n) => `    if (this.value${n} !== undefined) return; await load(key); this.value${n} = key;`)}
  }
}` },
  'assignments of one local': { small: 100, make: (/** @type {number} */ size) => `export class Locals {
  value = 0;
  async run(key: string): Promise<void> {
    let local = this.value;
${repeat(size, (n) => `    if (local > ${n}) { await load(key); local = local + this.value; this.value = local; }`)}
  }
}` },
  'depth of calls': { small: 50, make: (/** @type {number} */ size) => `export class Deep {
  value: string | undefined;
  async call${size}(key: string): Promise<void> { if (this.value === undefined) { this.value = await load(key); } }
${repeat(size, (n) => `  async call${n}(key: string): Promise<void> { if (this.value === undefined) { await this.call${n + 1}(key); } }`)}
}` },
  'private helpers': { small: 50, make: (/** @type {number} */ size) => `export class Helpers {
  value: string | undefined;
  async run(key: string): Promise<void> { ${repeat(size, (n) => `await this.helper${n}(key);`)} }
${repeat(size, (n) => `  private async helper${n}(key: string): Promise<void> { if (this.value === undefined) { this.value = await load(key); } }`)}
}` },
  classes: { small: 50, make: (/** @type {number} */ size) => repeat(size, (n) => `export class Store${n} {
  private readonly values = new Map<string, string>();
  async get(key: string): Promise<string> {
    const known = this.values.get(key);
    if (known !== undefined) return known;
    const value = await load(key);
    this.values.set(key, value);
    return value;
  }
}`) },
  locks: { small: 30, make: (/** @type {number} */ size) => `class Mutex {
  private readonly waiters: (() => void)[] = [];
  private locked = false;
  async acquire(): Promise<() => void> {
    if (this.locked) await new Promise<void>((resolve) => this.waiters.push(resolve));
    this.locked = true;
    return () => { this.locked = false; this.waiters.shift()?.(); };
  }
}
export class Locked {
${repeat(size, (n) => `  private readonly mutex${n} = new Mutex();
  private value${n}: string | undefined;
  async get${n}(key: string): Promise<string> {
    const release = await this.mutex${n}.acquire();
    try { return (this.value${n} ??= await load(key)); } finally { release(); }
  }`)}
}` },
  'locks in one function': { small: 30, make: (/** @type {number} */ size) => `import { Mutex } from 'async-mutex';
export class Sections {
${repeat(size, (n) => `  private readonly mutex${n} = new Mutex();
  private value${n}: string | undefined;`)}
  async run(key: string): Promise<void> {
${repeat(size, (n) => `    const release${n} = await this.mutex${n}.acquire();
    try { if (this.value${n} === undefined) { this.value${n} = await load(key); } } finally { release${n}(); }`)}
  }
}` },
};

/**
 * @param {number} size
 * @param {(n: number) => string} make
 */
function repeat(size, make) {
  return Array.from({ length: size }, (_, n) => make(n)).join('\n');
}

async function measureGrowth() {
  /** @type {EngineModule} */
  const { createEngine, presets } = await import(new URL('../dist/src/index.js', import.meta.url).href);
  const head = `declare function load(key: string): Promise<string>;
${repeat(10, (n) => `const cache${n} = new Map<string, string>();`)}
`;
  console.log('Growth of the analysis, without the making of the program: size, processor time, ratio for ten times the size\n');
  row(['what grows', 'size', 'ms', 'size', 'ms', 'ratio']);
  row(Array.from({ length: 6 }, () => '---'));
  for (const [name, { small, make }] of Object.entries(shapes)) {
    const measure = (/** @type {number} */ size) => {
      const costs = Array.from({ length: 5 }, () => {
        const { program, file } = programOf(head + make(size));
        const engine = createEngine(ts, program, {});
        const start = process.cpuUsage();
        const report = engine.analyzeFile(file, presets.all);
        const { user, system } = process.cpuUsage(start);
        if (report.errors.length > 0) throw new Error(`${name}: ${report.errors[0]?.message ?? ''}`);
        return (user + system) / 1000;
      });
      return Math.min(...costs);
    };
    measure(small); // warms up
    const before = measure(small);
    const after = measure(small * 10);
    row([name, String(small), before.toFixed(1), String(small * 10), after.toFixed(1), (after / before).toFixed(1)]);
  }
}

/** Declaration files, parsed once. @type {Map<string, ts.SourceFile | undefined>} */
const declarations = new Map();

/**
 * A program of one file that exists in memory only.
 * @param {string} text
 */
function programOf(text) {
  const name = join(root, 'bench-source.ts');
  /** @type {ts.CompilerOptions} */
  const options = {
    strict: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const program = ts.createProgram({
    rootNames: [name],
    options,
    host: {
      ...host,
      fileExists: (path) => path === name || host.fileExists(path),
      getSourceFile: (path, language) => {
        if (path === name) return ts.createSourceFile(name, text, language);
        if (!declarations.has(path)) declarations.set(path, host.getSourceFile(path, language));
        return declarations.get(path);
      },
    },
  });
  const file = program.getSourceFile(name);
  if (file === undefined) throw new Error('no source');
  return { program, file };
}

// ---------------------------------------------------------------------------------------------------------------------

/** @param {readonly number[]} numbers */
function median(numbers) {
  const sorted = [...numbers].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** @param {readonly string[]} cells */
function row(cells) {
  console.log(`| ${cells.join(' | ')} |`);
}

// ---------------------------------------------------------------------------------------------------------------------

console.log(`Node.js ${process.version}, TypeScript ${ts.version}, ${availableParallelism()} cores\n`);
if (corpora !== undefined) await measureCorpora(resolve(corpora), wanted);
if (!values['no-growth']) await measureGrowth();

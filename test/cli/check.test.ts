import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.js';
import { createEngine, presets, ruleIds, type CheckSelection } from '../../src/index.js';
import { reporters } from '../../src/reporters/reporters.js';
import { makeFolder, markerEngine, placesIn, runCli } from './support.js';

/** Small libraries keep the tests fast. */
const compilerOptions = { strict: true, lib: ['es2022'], types: [] };
const tsconfig = JSON.stringify({ compilerOptions, include: ['src'] });
const wholeFolder = JSON.stringify({ compilerOptions });
const clean = 'export const calm = 1;\n';
const racy = 'export const race = 1;\n';

const optionsOfCheck =
  '--project, --config, --rule, --preset, --format, --output, --report, --baseline, --update-baseline, --changed, --stats, --help, --version';

describe('exit codes', () => {
  it('is 0 when nothing is found', async () => {
    const folder = makeFolder({ 'tsconfig.json': wholeFolder, 'a.ts': clean });
    expect(await runCli(folder, ['check'])).toEqual({ code: 0, stdout: 'No findings in 1 file.\n', stderr: '' });
  });

  it('is 1 when there are findings', async () => {
    const folder = makeFolder({ 'tsconfig.json': wholeFolder, 'a.ts': racy });
    const { code, stdout, stderr } = await runCli(folder, ['check']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toContain('a.ts:1:14  no-check-then-act  high confidence, lost data\n');
    expect(stdout).toContain('1 finding in 1 of 1 file (confidence: 1 high)\n');
  });

  it('is 1 when there are findings and errors', async () => {
    const folder = makeFolder({ 'tsconfig.json': wholeFolder, 'a.ts': racy, 'broken.ts': 'export const = 1;\n' });
    const { code, stdout, stderr } = await runCli(folder, ['check']);
    expect(code).toBe(1);
    expect(stdout).toContain('1 part of the program could not be analysed.\n');
    expect(stderr).toBe(
      'async-race: broken.ts: Syntax error at 1:14: Variable declaration expected. The file was skipped.\n',
    );
  });
});

describe('what cannot be done is said in one line, with exit code 2', () => {
  it.each<[title: string, files: Record<string, string>, argv: string[], stderr: string]>([
    ['no command', {}, [], "no command; try 'async-race check', or 'async-race --help'"],
    [
      'unknown command',
      {},
      ['src'],
      `unknown command 'src'; commands are ${commands.map(({ name }) => name).join(', ')}, as in 'async-race check src'`,
    ],
    [
      'unknown option',
      {},
      ['check', '--quiet'],
      `unknown option '--quiet'; options are ${optionsOfCheck}`,
    ],
    [
      'option without its value',
      {},
      ['check', '--output'],
      `option '-o, --output <value>' argument missing; options are ${optionsOfCheck}`,
    ],
    ['report without a file', {}, ['check', '--report', 'html'], "--report takes a format and a file, as in 'html=races.html', not 'html'"],
    ['unknown format', {}, ['check', '--format', 'toml'], `unknown format 'toml'; available: ${Object.keys(reporters).join(', ')}`],
    [
      'unknown preset',
      {},
      ['check', '--preset', 'nursery'],
      "unknown preset 'nursery'; available: recommended, strict, all",
    ],
    [
      'unknown rule',
      {},
      ['check', '--rule', 'no-race'],
      `unknown rule 'no-race'; available: ${ruleIds.join(', ')}`,
    ],
    ['missing file', { 'a.ts': clean }, ['check', 'b.ts'], 'no such file or folder: b.ts'],
    ['missing file beside one that exists', { 'a.ts': clean }, ['check', 'a.ts', 'b.ts'], 'no such file or folder: b.ts'],
    ['glob that matches nothing', { 'a.ts': clean }, ['check', 'src/**/*.ts'], 'no TypeScript file matches: src/**/*.ts'],
    ['file of another language', { 'a.js': '' }, ['check', 'a.js'], 'not a TypeScript file: a.js'],
    ['empty folder', {}, ['check'], 'no TypeScript files in this folder'],
    ['empty folder, named', { 'src/a.md': '' }, ['check', 'src'], 'no TypeScript files in src'],
    ['only declarations', { 'a.d.ts': 'export {};\n' }, ['check', 'a.d.ts'], 'no TypeScript files in a.d.ts'],
    ['missing tsconfig', {}, ['check', '--project', 'tsconfig.app.json'], 'no such tsconfig: tsconfig.app.json'],
    ['folder without tsconfig', { 'app/a.ts': '' }, ['check', '--project', 'app'], 'no such tsconfig: app'],
    [
      'tsconfig that is no JSON',
      { 'tsconfig.json': '{\n  "include" ["src"]\n}', 'src/a.ts': clean },
      ['check'],
      "tsconfig.json:2:13: ':' expected.",
    ],
    [
      'tsconfig that extends nothing that exists',
      { 'tsconfig.json': '{ "extends": "./base.json" }', 'src/a.ts': clean },
      ['check'],
      "tsconfig.json: Cannot read file 'FOLDER/base.json'.",
    ],
    [
      'tsconfig that extends a package that is not installed',
      { 'tsconfig.json': '{ "extends": "@tsconfig/none" }', 'src/a.ts': clean },
      ['check'],
      "tsconfig.json:1:14: File '@tsconfig/none' not found.",
    ],
    [
      'tsconfig without inputs',
      { 'tsconfig.json': '{ "include": ["src"] }' },
      ['check'],
      `tsconfig.json: No inputs were found in config file 'FOLDER/tsconfig.json'. Specified 'include' paths were '["src"]' and 'exclude' paths were '[]'.`,
    ],
    [
      'tsconfig whose inputs are only declarations',
      { 'tsconfig.json': '{ "include": ["src"] }', 'src/a.d.ts': '' },
      ['check'],
      'no TypeScript files to analyse',
    ],
    [
      'reference to a missing tsconfig',
      { 'tsconfig.json': '{ "files": [], "references": [{ "path": "app" }] }' },
      ['check'],
      "app/tsconfig.json: Cannot read file 'FOLDER/app/tsconfig.json'.",
    ],
    ['show without a function', {}, ['show', 'a.ts'], "show takes a file and a function, as in 'async-race show src/cache.ts TokenCache.get'"],
    ['show of a missing function', { 'a.ts': clean }, ['show', 'a.ts', 'nowhere'], "no function 'nowhere' in a.ts"],
    ['show in an unknown format', {}, ['show', 'a.ts', 'f', '--format', 'json'], "unknown format 'json'; available: text, dot"],
  ])('%s', async (_title, files, argv, stderr) => {
    const folder = makeFolder(files);
    expect(await runCli(folder, argv)).toEqual({
      code: 2,
      stdout: '',
      stderr: `async-race: ${stderr.replaceAll('FOLDER', folder)}\n`,
    });
  });

  it('all files have syntax errors', async () => {
    const folder = makeFolder({ 'tsconfig.json': wholeFolder, 'a.ts': 'const = 1;\n' });
    const { code, stdout, stderr } = await runCli(folder, ['check']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^async-race: a\.ts: Syntax error at 1:7: .* The file was skipped\.\nasync-race: no file could be analysed\n$/u);
  });

  it('the report cannot be written', async () => {
    const folder = makeFolder({ 'tsconfig.json': wholeFolder, 'a.ts': clean, taken: '' });
    const { code, stderr } = await runCli(folder, ['check', '--output', 'taken/report.json']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^async-race: cannot write taken\/report\.json: E[A-Z]+: .*\n$/u);
  });
});

it('takes - for standard output', async () => {
  const folder = makeFolder({ 'tsconfig.json': wholeFolder, 'a.ts': racy });
  const named = await runCli(folder, ['check', '--format', 'json', '--output', '-']);
  expect(named).toEqual(await runCli(folder, ['check', '--format', 'json']));
  expect(placesIn(named.stdout)).toHaveLength(1);
});

describe('which files are analysed', () => {
  const json = ['--format', 'json'];
  const places = async (folder: string, ...argv: string[]): Promise<string[]> => {
    const { stdout, stderr } = await runCli(folder, ['check', ...json, ...argv]);
    expect(stderr).toBe('');
    return placesIn(stdout).map((place) => place.replace(/:1 .*$/u, ''));
  };

  it('takes the files of the nearest tsconfig', async () => {
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'src/a.ts': racy, 'src/deep/b.tsx': racy, 'other.ts': racy });
    expect(await places(folder)).toEqual(['src/a.ts', 'src/deep/b.tsx']);
    expect(await places(join(folder, 'src'))).toEqual(['a.ts', 'deep/b.tsx']);
  });

  it('takes the files of a named tsconfig, given as file or folder', async () => {
    const folder = makeFolder({ 'app/tsconfig.json': tsconfig, 'app/src/a.ts': racy, 'b.ts': racy });
    expect(await places(folder, '--project', 'app')).toEqual(['app/src/a.ts']);
    expect(await places(folder, '-p', 'app/tsconfig.json')).toEqual(['app/src/a.ts']);
  });

  it('takes the files of several tsconfigs, each file once', async () => {
    const folder = makeFolder({
      'one/tsconfig.json': JSON.stringify({ compilerOptions, include: ['.', '../shared'] }),
      'one/a.ts': racy,
      'two/tsconfig.json': JSON.stringify({ compilerOptions, include: ['.', '../shared'], references: [{ path: '../one' }] }),
      'two/b.ts': racy,
      'shared/c.ts': racy,
      'three/d.ts': racy,
    });
    const several = ['-p', 'one', '-p', 'two', '-p', 'one'];
    expect(await places(folder, ...several)).toEqual(['one/a.ts', 'shared/c.ts', 'two/b.ts']);
    expect(await places(folder, ...several, 'two', 'three')).toEqual(['three/d.ts', 'two/b.ts']);
  });

  it('takes what the listed files import', async () => {
    const folder = makeFolder({
      'tsconfig.json': JSON.stringify({ files: ['main.ts'] }),
      'main.ts': "import './part.js';\n",
      'part.ts': racy,
      'unused.ts': racy,
    });
    expect(await places(folder)).toEqual(['part.ts']);
  });

  it('takes all TypeScript files of the folder without a tsconfig', async () => {
    const folder = makeFolder({
      'a.ts': racy,
      'b.mts': racy,
      'c.cts': racy,
      'd/e.tsx': racy,
      'f.js': racy,
      'g.d.ts': 'export declare const race: 1;\n',
      'node_modules/package/index.ts': racy,
    });
    expect(await places(folder)).toEqual(['a.ts', 'b.mts', 'c.cts', 'd/e.tsx']);
  });

  it('takes only the named files, and types from the whole project', async () => {
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'src/a.ts': racy, 'src/b.ts': racy });
    const roots: string[][] = [];
    const { stdout } = await runCli(folder, ['check', 'src/b.ts', ...json], {
      makeEngine: (compiler, program) => {
        roots.push(program.getRootFileNames().map((file) => file.slice(folder.length + 1)));
        return markerEngine(compiler, program);
      },
    });
    expect(placesIn(stdout)).toEqual(['src/b.ts:1 no-check-then-act']);
    expect(roots).toEqual([['src/a.ts', 'src/b.ts']]);
  });

  it('takes folders and globs, and each file once', async () => {
    const folder = makeFolder({
      'tsconfig.json': tsconfig,
      'src/a/1.ts': racy,
      'src/b/2.ts': racy,
      'src/b/2.test.ts': racy,
      'src/[id].ts': racy,
    });
    expect(await places(folder, 'src/a', 'src/a/1.ts')).toEqual(['src/a/1.ts']);
    expect(await places(folder, 'src/{a,b}/?.ts')).toEqual(['src/a/1.ts', 'src/b/2.ts']);
    expect(await places(folder, 'src/[id].ts')).toEqual(['src/[id].ts']);
    expect(await places(join(folder, 'src', 'a'), '../b')).toEqual(['../b/2.test.ts', '../b/2.ts']);
  });

  it('sees a named file that its tsconfig leaves out with the options of that tsconfig', async () => {
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'src/a.ts': racy, 'test/a.test.ts': racy });
    const libraries: unknown[] = [];
    const { stdout } = await runCli(folder, ['check', 'test', ...json], {
      makeEngine: (compiler, program) => {
        libraries.push(program.getCompilerOptions().lib);
        return markerEngine(compiler, program);
      },
    });
    expect(placesIn(stdout)).toEqual(['test/a.test.ts:1 no-check-then-act']);
    expect(libraries).toEqual([['lib.es2022.d.ts']]);
  });

  it('sees named files with the options of a named tsconfig', async () => {
    const folder = makeFolder({ 'config/tsconfig.json': tsconfig, 'src/a.ts': racy, 'src/b.ts': racy });
    expect(await places(folder, 'src/b.ts', '--project', 'config')).toEqual(['src/b.ts']);
  });

  it('uses the tsconfig nearest to each named file', async () => {
    const folder = makeFolder({
      'one/tsconfig.json': tsconfig,
      'one/src/a.ts': racy,
      'two/tsconfig.json': tsconfig,
      'two/src/b.ts': racy,
      'three/c.ts': racy,
    });
    expect(await places(folder, 'one', 'two', 'three')).toEqual(['one/src/a.ts', 'three/c.ts', 'two/src/b.ts']);
  });

  it('follows a solution tsconfig to its projects, each file once', async () => {
    const folder = join(import.meta.dirname, '../../fixtures/projects/solution');
    const analysed: string[] = [];
    const { code, stdout } = await runCli(folder, ['check'], {
      makeEngine: (compiler, program) => {
        const engine = markerEngine(compiler, program);
        return {
          ...engine,
          analyzeFile: (file, checks) => {
            analysed.push(file.fileName.slice(folder.length + 1));
            return engine.analyzeFile(file, checks);
          },
        };
      },
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'No findings in 3 files.\n' });
    expect(analysed).toEqual(['packages/app/src/main.ts', 'packages/core/src/counter.ts', 'packages/core/src/store.ts']);
  });

  it('finds the project of a named file through a solution tsconfig', async () => {
    const folder = makeFolder({
      'tsconfig.json': JSON.stringify({ files: [], references: [{ path: './tsconfig.app.json' }] }),
      'tsconfig.app.json': tsconfig,
      'src/a.ts': racy,
      'vite.config.ts': racy,
    });
    expect(await places(folder, 'src/a.ts', 'vite.config.ts')).toEqual(['src/a.ts', 'vite.config.ts']);
  });

  it('goes on where a tsconfig has options of another compiler', async () => {
    const folder = makeFolder({
      'tsconfig.json': JSON.stringify({ compilerOptions: { target: 'es2099', fromTheFuture: true }, include: ['src'] }),
      'src/a.ts': racy,
    });
    expect(await places(folder)).toEqual(['src/a.ts']);
  });
});

describe('code that is not perfect', () => {
  it('analyses a file whose imports do not resolve', async () => {
    const folder = makeFolder({ 'tsconfig.json': wholeFolder, 'a.ts': `import { Mutex } from 'not-installed';\nexport const race = new Mutex();\n` });
    const { code, stdout, stderr } = await runCli(folder, ['check', '--format', 'json']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(placesIn(stdout)).toEqual(['a.ts:2 no-check-then-act']);
  });

  it('skips a file with syntax errors and lists it', async () => {
    const folder = makeFolder({ 'tsconfig.json': wholeFolder, 'a.ts': clean, 'b.ts': 'export function f( {\n' });
    const { code, stdout, stderr } = await runCli(folder, ['check', '--format', 'json']);
    expect(code).toBe(0);
    const message = "Syntax error at 2:1: '}' expected. The file was skipped.";
    expect(JSON.parse(stdout)).toMatchObject({ stats: { files: 1 }, errors: [{ file: 'b.ts', message }] });
    expect(stderr).toBe(`async-race: b.ts: ${message}\n`);
  });

  it('lists a file that its tsconfig names but that is not there', async () => {
    const config = JSON.stringify({ compilerOptions, files: ['a.ts', 'gone.ts'] });
    const { code, stderr } = await runCli(makeFolder({ 'tsconfig.json': config, 'a.ts': clean }), ['check']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'async-race: gone.ts: The file could not be read.\n' });
  });

  it('loses one file to a defect of the engine and no other', async () => {
    const folder = makeFolder({ 'tsconfig.json': wholeFolder, 'a.ts': racy, 'b.ts': racy });
    const { code, stdout, stderr } = await runCli(folder, ['check', '--format', 'json'], {
      makeEngine: (compiler, program) => {
        const engine = markerEngine(compiler, program);
        return {
          ...engine,
          analyzeFile: (file, checks) => {
            if (file.fileName.endsWith('a.ts')) {
              throw new RangeError('Maximum call stack size exceeded');
            }
            return engine.analyzeFile(file, checks);
          },
        };
      },
    });
    expect(code).toBe(1);
    expect(placesIn(stdout)).toEqual(['b.ts:1 no-check-then-act']);
    expect(stderr).toBe(
      'async-race: a.ts: The analysis failed, please report this defect: Maximum call stack size exceeded\n',
    );
  });

  it('analyses a file of 50,000 generated lines with the real engine', async () => {
    const method = (index: number): string => `  async method${index}(): Promise<number> {
    const seen = this.count;
    if (seen > ${index}) {
      await this.wait(${index});
    }
    for (let turn = 0; turn < ${index % 7}; turn++) {
      this.values.push(turn);
    }
    return this.values.length;
  }
`;
    const methods = Array.from({ length: 5000 }, (_unused, index) => method(index)).join('');
    const text = `export class Generated {
  private readonly values: number[] = [];
  private readonly count = 0;
  private wait(turns: number): Promise<number> {
    return Promise.resolve(turns);
  }
${methods}}
`;
    const folder = makeFolder({ 'generated.ts': text });
    const { code, stdout, stderr } = await runCli(folder, ['check', '--format', 'json'], { makeEngine: createEngine });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ stats: { files: 1, lines: 50_008 }, findings: [], errors: [] });
  });
});

describe('rules and presets', () => {
  const selectionOf = async (...argv: string[]): Promise<CheckSelection[]> => {
    const folder = makeFolder({ 'tsconfig.json': wholeFolder, 'a.ts': clean });
    const selections: CheckSelection[] = [];
    await runCli(folder, ['check', ...argv], {
      makeEngine: (compiler, program) => ({
        ...markerEngine(compiler, program),
        analyzeFile: (file, checks) => {
          selections.push(checks);
          return markerEngine(compiler, program).analyzeFile(file, checks);
        },
      }),
    });
    return selections;
  };

  it('runs the recommended preset unless told otherwise', async () => {
    expect(await selectionOf()).toEqual([presets.recommended]);
  });

  it('runs the named preset', async () => {
    expect(await selectionOf('--preset', 'all')).toEqual([presets.all]);
  });

  it('runs only the named rules, with their options of the preset', async () => {
    const rules = ['--rule', 'no-lock-escape', '--rule', 'no-check-then-act,prefer-read-lock'];
    expect(await selectionOf('--preset', 'strict', ...rules)).toEqual([
      {
        'no-lock-escape': { minimumConfidence: 'low' },
        'no-check-then-act': { minimumConfidence: 'low', externalState: true },
        'prefer-read-lock': { minimumConfidence: 'low' },
      },
    ]);
  });
});

describe('output', () => {
  it('writes the report to a file, in a folder that need not exist, and nothing to standard output', async () => {
    const folder = makeFolder({ 'tsconfig.json': wholeFolder, 'a.ts': racy });
    const setting = { terminal: true, environment: { FORCE_COLOR: '1' } };
    const { code, stdout } = await runCli(folder, ['check', '-o', 'reports/races.txt'], setting);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const report = readFileSync(join(folder, 'reports/races.txt'), 'utf8');
    expect(report).toContain('> 1 | export const race = 1;\n');
    expect(report).not.toContain('\u001b');
  });

  it('writes further reports beside the main one', async () => {
    const folder = makeFolder({ 'tsconfig.json': wholeFolder, 'a.ts': racy });
    const { code, stdout } = await runCli(folder, ['check', '--report', 'json=out/a=b.json', '--report', 'html=races.html']);
    expect({ code, first: stdout.split('\n')[0] }).toEqual({ code: 1, first: 'a.ts:1:14  no-check-then-act  high confidence, lost data' });
    expect(placesIn(readFileSync(join(folder, 'out/a=b.json'), 'utf8'))).toEqual(['a.ts:1 no-check-then-act']);
    expect(readFileSync(join(folder, 'races.html'), 'utf8')).toMatch(/^<!doctype html>/u);
  });

  it('writes no report when it could not do its work', async () => {
    const folder = makeFolder({});
    await runCli(folder, ['check', '-o', 'races.txt']);
    expect(existsSync(join(folder, 'races.txt'))).toBe(false);
  });

  it.each<[title: string, colour: boolean, terminal: boolean, environment: Record<string, string>]>([
    ['a terminal', true, true, {}],
    ['a pipe', false, false, {}],
    ['a terminal with NO_COLOR', false, true, { NO_COLOR: '1' }],
    ['a terminal with an empty NO_COLOR', true, true, { NO_COLOR: '' }],
    ['a pipe with FORCE_COLOR', true, false, { FORCE_COLOR: '1' }],
    ['a terminal with FORCE_COLOR=0', false, true, { FORCE_COLOR: '0' }],
    ['FORCE_COLOR over NO_COLOR', true, false, { FORCE_COLOR: '1', NO_COLOR: '1' }],
    ['a terminal without abilities', false, true, { TERM: 'dumb' }],
  ])('colours on %s: %s', async (_title, colour, terminal, environment) => {
    const folder = makeFolder({ 'tsconfig.json': wholeFolder, 'a.ts': racy });
    const { stdout } = await runCli(folder, ['check'], { terminal, environment });
    expect(stdout.includes('\u001b[')).toBe(colour);
  });

  it('shows progress on a terminal and wipes it away', async () => {
    const folder = makeFolder({ 'tsconfig.json': wholeFolder, 'a.ts': clean });
    const { stderr } = await runCli(folder, ['check'], { terminal: true, columns: 80 });
    expect(stderr).toBe('\r\u001b[KLoading the program\r\u001b[KAnalysing 1/1 a.ts\r\u001b[K');
  });

  it('fits the report to the width of the terminal', async () => {
    const folder = makeFolder({ 'tsconfig.json': wholeFolder, 'a.ts': racy });
    const rule = async (columns: number): Promise<string | undefined> =>
      (await runCli(folder, ['check'], { terminal: true, columns, environment: { NO_COLOR: '1' } })).stdout
        .split('\n')
        .find((line) => line.includes('─┼─'));
    expect((await rule(80))?.length).toBeLessThanOrEqual(80);
    expect((await rule(120))?.length).toBeGreaterThan(110);
    expect(await rule(50)).toBeUndefined();
  });

  it('prints what the run cost on standard error', async () => {
    const folder = makeFolder({ 'tsconfig.json': wholeFolder, 'a.ts': clean, 'long.ts': `// eslint-disable-next-line\n${racy}${'\n'.repeat(2000)}` });
    const { stdout, stderr } = await runCli(folder, ['check', '--stats', '--format', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ version: 1 });
    await expect(stderr).toMatchFileSnapshot('golden/stats.txt');
  });

  it('prints JSON of the documented shape', async () => {
    const folder = makeFolder({ 'tsconfig.json': wholeFolder, 'a.ts': racy });
    const { stdout } = await runCli(folder, ['check', '--format', 'json']);
    const version = (await runCli(folder, ['--version'])).stdout.trim();
    const place = { file: 'a.ts', line: 1, column: 14 };
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      tool: { name: 'async-race', version },
      // The clock of these tests goes on by a tenth of a second whenever it is asked.
      stats: { files: 1, functions: 2, lines: 2, milliseconds: { program: 200, analysis: 300 } },
      findings: [
        {
          rule: 'no-check-then-act',
          message: 'A race.',
          confidence: 'high',
          effect: 'lost-data',
          ...place,
          endLine: 1,
          endColumn: 18,
          function: 'f',
          place: 'race',
          steps: [
            { task: 'A', role: 'read', ...place, text: 'Task A reads' },
            { task: 'B', role: 'write', ...place, text: 'Task B writes' },
          ],
          fingerprint: '00',
        },
      ],
      errors: [],
    });
  });
});

describe('help, version, show', () => {
  it.each([['--help'], ['-h'], ...commands.map(({ name }) => [name, '--help'])])('prints help that fits a screen: %s %s', async (...argv) => {
    const { code, stdout, stderr } = await runCli(makeFolder({}), argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines.length).toBeLessThanOrEqual(45);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toMatch(/\nExamples\n {2}async-race /u);
  });

  it('lists every command', async () => {
    const { stdout } = await runCli(makeFolder({}), ['--help']);
    expect(commands.filter(({ name, summary }) => !stdout.includes(`  ${name} `) || !stdout.includes(summary))).toEqual([]);
  });

  it('takes what follows -- for no request for help', async () => {
    const { code, stderr } = await runCli(makeFolder({}), ['check', '--', '--help']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'async-race: no such file or folder: --help\n' });
  });

  it('names every option, rule, preset and format in the help of check', async () => {
    const { stdout } = await runCli(makeFolder({}), ['check', '--help']);
    const names = [...optionsOfCheck.split(', ').slice(0, -2), ...ruleIds, ...Object.keys(presets), ...Object.keys(reporters)];
    expect(names.filter((name) => !stdout.includes(name))).toEqual([]);
  });

  it('prints the version of the package', async () => {
    const { stdout } = await runCli(makeFolder({}), ['--version']);
    const manifest = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
    expect(manifest).toContain(`"version": "${stdout.trim()}"`);
  });

  it('prints what the engine knows of a function', async () => {
    const folder = makeFolder({ 'tsconfig.json': wholeFolder, 'a.ts': 'export function f() {}\n' });
    expect(await runCli(folder, ['show', 'a.ts', 'f'])).toEqual({ code: 0, stdout: 'text of f\n', stderr: '' });
    expect((await runCli(folder, ['show', 'a.ts', 'f', '--format', 'dot'])).stdout).toBe('dot of f\n');
  });
});

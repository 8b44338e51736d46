/** The replay of every finding in the bug fixtures, completed, fails on the buggy module and passes on a fixed one. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/index.js';
import { fixtureSelection, fixturesFolder, root } from '../support/fixtures.js';
import { parseMarkers } from '../support/markers.js';
import { bugReplays, folderImports, folderSupplies } from './bug-replays.js';
import type { Completion } from './bug-replays.js';

const bugsFolder = join(fixturesFolder, 'bugs');

interface Generated {
  readonly key: string;
  readonly file: string;
  readonly exported: string;
  readonly text: string | undefined;
}

function generate(): Generated[] {
  const files = readdirSync(bugsFolder).flatMap((bug) =>
    readdirSync(join(bugsFolder, bug))
      .filter((name) => name.startsWith('buggy-'))
      .map((name) => join(bugsFolder, bug, name)),
  );
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (name) => ts.sys.readFile(name));
  const { options } = ts.convertCompilerOptionsFromJson((config.config as { compilerOptions: unknown }).compilerOptions, root);
  const program = ts.createProgram(files, options);
  const engine = createEngine(ts, program);
  const counts = new Map<string, number>();
  return files.flatMap((file) => {
    const source = program.getSourceFile(file);
    if (source === undefined) throw new Error(`no file ${file}`);
    return engine.analyzeFile(source, fixtureSelection(parseMarkers(source.text))).findings.map((finding): Generated => {
      const name = `${relative(bugsFolder, file).replaceAll('\\', '/').replace('.ts', '')} ${finding.rule}`;
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      const made = engine.replay(finding, {
        importPath: (path) => `./${basename(path).replace(/\.ts$/, '.js')}`,
        displayPath: (path) => relative(root, path),
      });
      const key = count === 1 ? name : `${name} ${count}`;
      return 'refusal' in made ? { key, file, exported: '', text: undefined } : { key, file, exported: exportedIn(made.text), text: made.text };
    });
  });
}

/** The buggy export that the replay calls. */
function exportedIn(text: string): string {
  return /(?:module|subject)\.(\w+Bad)\b/.exec(text)?.[1] ?? /Module\['(\w+)'\]/.exec(text)?.[1] ?? '';
}

function complete(text: string, folder: string, { supplies, values = {} }: Completion): string {
  const known: Readonly<Record<string, string>> = { ...folderSupplies[folder], arrange: 'undefined', ...supplies };
  const filled = text.replaceAll(/supply\('(\w+)'\);/g, (whole, name: string) => (known[name] === undefined ? whole : `${known[name]};`));
  const settled = [
    ['const arrange = (_world: World): unknown => undefined;', 'const arrange = (world: World): unknown =>', supplies?.['arrange']],
    ['const alsoSeen = (_tasks: Tasks, _world: World): unknown => undefined;', 'const alsoSeen = (tasks: Tasks, world: World): unknown =>', supplies?.['alsoSeen']],
    ...Object.entries(values).map(([name, value]) => [`const ${name} = true;`, `const ${name} =`, value]),
  ].reduce((all, [line = '', start = '', value]) => (value === undefined ? all : all.replace(line, `${start} ${value};`)), filled);
  const imports = folderImports[folder];
  return imports === undefined ? settled : settled.replace(`import { expect`, `${imports}\nimport { expect`).replace(`import { afterEach`, `${imports}\nimport { afterEach`);
}

const generated = generate();
const driven = generated.flatMap((each) => {
  const completion = bugReplays[each.key];
  return completion === undefined || each.text === undefined ? [] : [{ ...each, text: each.text, completion }];
});

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'async-race-replay-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One run of vitest over all completed replays; the state of each test file by its name. */
function runAll(): ReadonlyMap<string, { readonly status: string; readonly messages: readonly string[] }> {
  cpSync(bugsFolder, folder, { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  // some lock libraries want what Node 20 lacks
  const setup = JSON.stringify([join(root, 'test/bugs/promise-with-resolvers.ts')]);
  writeFileSync(join(folder, 'vitest.config.js'), `export default { test: { setupFiles: ${setup} } };\n`);
  for (const { key, file, exported, text: made, completion } of driven) {
    const bug = basename(dirname(file));
    const [module, fixedExport] = completion.fixed;
    const buggy = complete(made, bug, completion);
    const renamed = buggy.replaceAll(`./${basename(file).replace('.ts', '.js')}`, `./${module}.js`).replaceAll(new RegExp(`\\b${exported}\\b`, 'g'), fixedExport);
    const fixed = (completion.edits ?? []).reduce((text, [from, to]) => text.replaceAll(from, to), renamed);
    for (const [from] of completion.edits ?? []) expect(renamed, key).toContain(from);
    writeFileSync(join(folder, bug, `${fileName(key)}.buggy.race.test.ts`), buggy);
    writeFileSync(join(folder, bug, `${fileName(key)}.fixed.race.test.ts`), fixed);
  }
  const report = join(folder, 'report.json');
  const { stderr } = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--no-isolate', '--root', folder, '--reporter', 'json', '--outputFile', report], {
    cwd: folder,
    encoding: 'utf8',
  });
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    testResults: { name: string; status: string; message: string; assertionResults: { failureMessages: string[] }[] }[];
  };
  expect(stderr).not.toContain('Unhandled');
  return new Map(
    testResults.map(({ name, status, message, assertionResults }) => [
      basename(name),
      { status, messages: [message, ...assertionResults.flatMap(({ failureMessages }) => failureMessages)] },
    ]),
  );
}

function fileName(key: string): string {
  return key.replaceAll(/[/ ]/g, '__');
}

describe('replays of the bug fixtures', () => {
  it('are known one by one', () => {
    expect(generated.map(({ key }) => key).sort()).toEqual(Object.keys(bugReplays).sort());
    expect(generated.filter(({ text }) => text === undefined)).toEqual([]);
  });

  const results = runAll();
  it.each(driven)('$key fails on the buggy module', ({ key }) => {
    const result = results.get(`${fileName(key)}.buggy.race.test.ts`);
    expect(result?.status).toBe('failed');
    expect(result?.messages.join('\n')).toContain('AssertionError');
  });

  it.each(driven)('$key passes on the fixed module', ({ key }) => {
    const result = results.get(`${fileName(key)}.fixed.race.test.ts`);
    expect(result?.messages.filter((text) => text !== '')).toEqual([]);
    expect(result?.status).toBe('passed');
  });
});

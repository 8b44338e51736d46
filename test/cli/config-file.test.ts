import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/cli/config-shape.js';
import { readRuleSchemas } from '../../src/cli/config-file.js';
import { createEngine, presets, ruleIds, type CheckSelection, type EngineSettings } from '../../src/index.js';
import { makeFolder, markerEngine, placesIn, runCli, type CliResult } from './support.js';

const compilerOptions = { strict: true, lib: ['es2022'], types: [] };
const tsconfig = JSON.stringify({ compilerOptions });
const racy = 'export const race = 1;\n';
const name = 'async-race.config.json';

interface Asked {
  readonly result: CliResult;
  readonly checks: CheckSelection | undefined;
  readonly settings: EngineSettings | undefined;
}

/** Runs `check` in a folder with the config, and tells what the engine was asked for. */
async function ask(config: unknown, argv: readonly string[] = [], files: Readonly<Record<string, string>> = {}): Promise<Asked> {
  const folder = makeFolder({ 'tsconfig.json': tsconfig, 'a.ts': racy, [name]: JSON.stringify(config), ...files });
  let checks: CheckSelection | undefined;
  let settings: EngineSettings | undefined;
  const result = await runCli(folder, ['check', '--format', 'json', ...argv], {
    makeEngine: (compiler, program, given) => {
      settings = given;
      const engine = markerEngine(compiler, program);
      return { ...engine, analyzeFile: (file, asked) => engine.analyzeFile(file, (checks = asked)) };
    },
  });
  return { result, checks, settings };
}

describe('the config', () => {
  it('chooses preset and rules, and their options', async () => {
    const rules = { 'no-lock-escape': 'off', 'prefer-read-lock': { plainMutexes: true }, 'no-check-then-act': 'on' };
    const { checks } = await ask({ preset: 'strict', rules });
    const others = Object.entries(presets.strict).filter(([id]) => id !== 'no-lock-escape');
    expect(checks).toEqual({ ...Object.fromEntries(others), 'prefer-read-lock': { ...presets.strict['prefer-read-lock'], plainMutexes: true } });
  });

  it('gives way to the command line', async () => {
    const config = { preset: 'strict', rules: { 'no-lock-escape': { minimumConfidence: 'high' } } };
    expect((await ask(config, ['--preset', 'all', '--rule', 'no-lock-escape'])).checks).toEqual({ 'no-lock-escape': { minimumConfidence: 'high' } });
  });

  it('hands settings to the engine', async () => {
    const settings = { sequential: ['main'] };
    expect((await ask({ settings })).settings).toEqual(settings);
  });

  it('names functions that there are, or says so', async () => {
    const settings = { sequential: ['main', 'Worker.run', 'run', 'Worker.walk'] };
    const code = 'export class Worker { run(): void {} }\nexport const main = (): void => {};\n';
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'a.ts': code, [name]: JSON.stringify({ settings }) });
    const all = await runCli(folder, ['check'], { makeEngine: createEngine });
    expect(all.stderr).toBe("async-race: settings: no function is called Worker.walk, which 'sequential' names; correct or remove it\n");
    // others of the project's files may have it
    expect((await runCli(folder, ['check', 'a.ts'], { makeEngine: createEngine })).stderr).toBe('');
  });

  it('leaves out files and folders', async () => {
    const { result } = await ask({ ignore: ['generated/', '**/*.gen.ts'] }, [], { 'generated/deep/b.ts': racy, 'src/c.gen.ts': racy, 'src/d.ts': racy });
    expect(placesIn(result.stdout).map((place) => place.split(':')[0])).toEqual(['a.ts', 'src/d.ts']);
  });

  it('makes no fault of naming a file that it leaves out', async () => {
    const { result } = await ask({ ignore: ['a.ts'] }, ['a.ts']);
    expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('is found in a folder above, and its paths are relative to its own', async () => {
    const folder = makeFolder({
      [name]: JSON.stringify({ project: ['one', 'two/tsconfig.json'], baseline: 'known.json', ignore: ['one/b.ts'] }),
      'one/tsconfig.json': tsconfig,
      'one/a.ts': racy,
      'one/b.ts': racy,
      'two/tsconfig.json': tsconfig,
      'two/c.ts': racy,
      'two/deep/package.json': '{}',
    });
    const deep = join(folder, 'two/deep');
    const update = await runCli(deep, ['check', '--update-baseline']);
    expect(update.stderr).toBe('async-race: ../../known.json: 2 added, 0 removed, 0 kept\n');
    const { findings } = JSON.parse(readFileSync(join(folder, 'known.json'), 'utf8')) as { findings: { file: string }[] };
    expect(findings.map(({ file }) => file)).toEqual(['one/a.ts', 'two/c.ts']);
    expect((await runCli(folder, ['check'])).code).toBe(0);
  });

  it('can stand in package.json, and can be named', async () => {
    const manifest = JSON.stringify({ 'async-race': { preset: 'all' } });
    const folder = makeFolder({ 'tsconfig.json': tsconfig, 'a.ts': racy, 'package.json': manifest, 'other.json': '{ "ignore": ["a.ts"] }' });
    expect((await runCli(folder, ['check'])).code).toBe(1);
    expect((await runCli(folder, ['check', '--config', 'other.json'])).code).toBe(0);
    expect((await runCli(folder, ['check', '-c', 'package.json'])).code).toBe(1);
  });

  it.each<[problem: string, config: unknown]>([
    [`${name}: the config has no 'presets'; it knows '$schema', 'preset', 'rules', 'settings', 'project', 'ignore', 'baseline'`, { presets: 'all' }],
    [`${name}: preset must be one of 'recommended', 'strict', 'all', not "nursery"`, { preset: 'nursery' }],
    [`${name}: rules has no 'no-race'; it knows ${ruleIds.map((id) => `'${id}'`).join(', ')}`, { rules: { 'no-race': 'on' } }],
    [`${name}: rules['no-lock-escape'] must be one of 'on', 'off', not "error"`, { rules: { 'no-lock-escape': 'error' } }],
    [`${name}: rules['no-lock-escape'] has no 'plainMutexes'; it knows 'minimumConfidence'`, { rules: { 'no-lock-escape': { plainMutexes: true } } }],
    [`${name}: settings.sequential must be an array, not "main"`, { settings: { sequential: 'main' } }],
    [`${name}: project must be a non-empty string, not 1`, { project: 1 }],
    [`${name}: the config must be an object, not []`, []],
  ])('is refused with a sentence: %s', async (problem, config) => {
    expect((await ask(config)).result).toEqual({ code: 2, stdout: '', stderr: `async-race: ${problem}\n` });
  });

  it('is refused when it is missing or no JSON', async () => {
    const folder = makeFolder({ 'a.ts': racy, 'broken.json': '{', 'package.json': '{}' });
    expect((await runCli(folder, ['check', '-c', 'none.json'])).stderr).toBe('async-race: no such config: none.json\n');
    expect((await runCli(folder, ['check', '-c', 'package.json'])).stderr).toBe('async-race: no such config: package.json\n');
    expect((await runCli(folder, ['check', '-c', 'broken.json'])).stderr).toMatch(/^async-race: broken\.json: .*JSON.*\n$/u);
  });
});

describe('the JSON schema of the config', () => {
  it('accepts what is accepted and refuses what is refused', async () => {
    const validate = new Ajv.Ajv({ strict: false }).compile(configSchema(await readRuleSchemas()));
    const configs: unknown[] = [
      {},
      { preset: 'all', rules: { 'no-lock-escape': 'off', 'no-check-then-act': { externalState: true } }, project: ['.'], ignore: ['b'] },
      { settings: { locks: [{ package: 'p', exports: [{ name: 'Gate', members: { enter: { does: 'release' } } }] }] } },
      { settings: { locks: [{ package: 'p', exports: [{ name: 'Gate', members: { enter: { does: 'lock' } } }] }] } },
      { rules: { 'no-lock-escape': { plainMutexes: true } } },
      { rules: { 'no-lock-escape': 'warn' } },
      { presets: 'all' },
      { project: 1 },
    ];
    const verdicts = await Promise.all(configs.map(async (config) => (await ask(config)).result.code !== 2));
    expect(configs.map((config) => validate(config))).toEqual(verdicts);
    expect(verdicts).toEqual([true, true, true, false, false, false, false, false]);
  });

  it('lies in the package as it is', async () => {
    const text = readFileSync(join(import.meta.dirname, '../../config.schema.json'), 'utf8');
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(configSchema(await readRuleSchemas()))));
  });
});

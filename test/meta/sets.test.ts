/** One name, four places: a check, its rule, its page and its fixtures; and markers that speak of rules there are. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import plugin from '../../rules/index.js';
import { packageName, packageVersion } from '../../rules/package-info.js';
import { checks } from '../../src/checks/registry.js';
import { presets, ruleIds } from '../../src/index.js';
import { displayPath, fixtureFiles, fixturesFolder, root } from '../support/fixtures.js';
import { parseMarkers } from '../support/markers.js';

const names = [...ruleIds].sort();

/** Names without ending of what a folder of the repository holds. */
function namesIn(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, name.length - ending.length))
    .sort();
}

describe('a rule is known everywhere by its name', () => {
  it('has a file in rules', () => {
    const machinery = ['create-rule', 'index', 'package-info', 'settings', 'typescript'];
    expect(namesIn('rules', '.ts').filter((name) => !machinery.includes(name))).toEqual(names);
  });

  it('is in the plugin', () => {
    expect(Object.keys(plugin.rules).sort()).toEqual(names);
  });

  it('has a check', () => {
    expect([...new Set(checks.map((check) => check.rule))]).toEqual([...ruleIds]);
  });

  it('has a page', () => {
    expect(namesIn('docs/rules', '.md')).toEqual(names);
  });

  it('has a folder of fixtures', () => {
    expect(namesIn('fixtures/checks', '')).toEqual(names);
  });

  it('is in the changelog', () => {
    const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
    expect(names.filter((name) => !changelog.includes(name))).toEqual([]);
  });
});

describe.each(Object.entries(plugin.rules))('%s', (name, rule) => {
  it('has a page at its address', () => {
    expect(rule.meta.docs?.url).toBe(`https://unpkg.com/${packageName}@${packageVersion}/docs/rules/${name}.md`);
    expect(existsSync(join(root, 'docs', 'rules', `${name}.md`))).toBe(true);
  });

  it('names the mildest preset that has it', () => {
    const first = (['recommended', 'strict', 'all'] as const).find((preset) => name in presets[preset]);
    expect(rule.meta.docs?.recommended).toBe(first);
  });

  it('has a default for each of its options', () => {
    const defaults = Object.fromEntries(Object.keys(rule.meta.defaultOptions?.[0] ?? {}).map((option) => [option, expect.anything()]));
    expect(rule.meta.schema).toEqual([expect.objectContaining({ properties: defaults, additionalProperties: false })]);
  });
});

describe('presets', () => {
  it('widen from one to the next', () => {
    const [recommended, strict, all] = [presets.recommended, presets.strict, presets.all].map((preset) => Object.keys(preset));
    expect(strict).toEqual(expect.arrayContaining(recommended ?? []));
    expect(all).toEqual(expect.arrayContaining(strict ?? []));
  });

  it.each(Object.entries(plugin.configs))('%s refers to the plugin itself', (preset, config) => {
    expect(config.name).toBe(`async-race/${preset}`);
    expect(config.plugins['async-race']).toBe(plugin);
  });
});

describe('the package', () => {
  it('calls itself what its manifest calls it', () => {
    const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ name: packageName, version: packageVersion });
  });
});

describe('markers of the fixtures', () => {
  const markers = fixtureFiles().map((file) => ({ file: displayPath(file), ...parseMarkers(readFileSync(file, 'utf8')) }));

  it('name rules that there are', () => {
    const unknown = markers.flatMap(({ file, wants }) =>
      wants.filter(({ rule }) => !names.some((name) => name === rule)).map(({ line, rule }) => `${file}:${line} want ${rule}`),
    );
    expect(unknown).toEqual([]);
  });

  it('call later what is planned, or what a rule of today does not see yet', () => {
    const wrong = markers.flatMap(({ file, laters }) =>
      laters
        .filter(({ rule }) => !names.some((name) => name === rule))
        .map(({ line, rule }) => `${file}:${line} later ${rule}`),
    );
    expect(wrong).toEqual([]);
  });

  it('are well formed', () => {
    expect(markers.flatMap(({ file, malformed }) => malformed.map((text) => `${file} ${text}`))).toEqual([]);
  });

  it('speak of every rule in its own folder', () => {
    const silent = names.filter(
      (name) => !markers.some(({ file, wants }) => file.startsWith(`${displayPath(fixturesFolder)}/checks/${name}/`) && wants.some(({ rule }) => rule === name)),
    );
    expect(silent).toEqual([]);
  });
});

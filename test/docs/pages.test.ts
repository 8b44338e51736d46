/** The documentation says what is so: its examples are linted, its settings are used, its generated parts are up to date. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../rules/settings.js';
import { presets, ruleIds } from '../../src/index.js';
import type { CheckOptions } from '../../src/index.js';
import { displayPath, root } from '../support/fixtures.js';
import { codeBlocks } from '../support/markdown.js';
import type { CodeBlock } from '../support/markdown.js';
import { diagnosticsOf, findingsIn, virtualProgram } from '../support/virtual.js';

const sections = ['What it finds', 'Examples', 'How to fix', 'Options', 'Known limits', 'When not to use it'];

function page(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** `reports {…}` or `silent {…}` above an example, as a verdict and options. */
function verdictOf(block: CodeBlock): { verdict: string; options: CheckOptions } {
  const [, verdict = '', json = '{}'] = /^(reports|silent)(?: (\{.*\}))?$/.exec(block.comment) ?? [];
  return { verdict, options: JSON.parse(json) as CheckOptions };
}

describe.each(ruleIds)('docs/rules/%s.md', (rule) => {
  const text = page(`docs/rules/${rule}.md`);
  const examples = codeBlocks(text).filter((block) => block.language === 'ts');

  it('has its sections, in order', () => {
    expect([...text.matchAll(/^## (.*)$/gm)].map((match) => match[1])).toEqual(sections);
  });

  it('shows wrong and right', () => {
    const verdicts = examples.map((block) => verdictOf(block).verdict);
    expect(new Set(verdicts)).toEqual(new Set(['reports', 'silent']));
  });

  it.each(examples.map((block) => [`line ${block.line}, ${block.comment}`, block] as const))('example at %s', (_name, block) => {
    const { verdict, options } = verdictOf(block);
    const program = virtualProgram({ 'example.ts': block.code });
    expect(diagnosticsOf(program, 'example.ts')).toEqual([]);
    const found = findingsIn(program, 'example.ts', { ...presets.recommended, [rule]: options }).map((finding) => finding.rule);
    expect([...new Set(found)]).toEqual(verdict === 'reports' ? [rule] : []);
  });
});

describe('docs/adding-a-lock-model.md', () => {
  const blocks = codeBlocks(page('docs/adding-a-lock-model.md'));
  const blockWith = (comment: string): string => blocks.find((block) => block.comment === comment)?.code ?? '';
  const settings = readSettings({ 'async-race': JSON.parse(blockWith('settings')) as unknown });

  it('needs five lines of settings', () => {
    expect(blockWith('settings').split('\n').filter((line) => /[a-z]/.test(line)).length).toBeLessThanOrEqual(5);
  });

  it.each(blocks.filter((block) => /^(reports|silent) /.test(block.comment)))('$comment', ({ comment, code }) => {
    const program = virtualProgram({ 'gate.ts': blockWith('lock'), 'example.ts': code });
    expect(diagnosticsOf(program, 'example.ts')).toEqual([]);
    const [verdict, rule] = comment.split(' ');
    const found = findingsIn(program, 'example.ts', presets.recommended, settings).map((finding) => finding.rule);
    expect(found).toEqual(verdict === 'reports' ? [rule] : []);
  });
});

describe('README.md', () => {
  it('has settings that are understood', () => {
    const block = codeBlocks(page('README.md')).find(({ code }) => code.startsWith('settings:'));
    const { settings } = runInNewContext(`({ ${block?.code ?? ''} })`) as { settings: Record<string, unknown> };
    expect(Object.keys(readSettings(settings))).toEqual(['locks', 'sequential', 'external']);
  });
});

describe('docs/comparison.md', () => {
  it('has the figures that its script counts', () => {
    const printed = execFileSync(process.execPath, ['scripts/compare.mjs'], { cwd: root, encoding: 'utf8' });
    expect(printed).toContain('| `harmless*.ts`');
    expect(page('docs/comparison.md')).toContain(printed);
  });
});

describe('all pages', () => {
  it('have generated parts that are up to date', () => {
    expect(execFileSync(process.execPath, ['scripts/update-docs.mjs', '--check'], { cwd: root, encoding: 'utf8' })).toBe('');
  });

  it('link to files that exist', () => {
    const pages = ['README.md', ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`)];
    const broken = pages
      .filter((name) => name.endsWith('.md'))
      .flatMap((name) =>
        [...page(name).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
          .map((match) => match[1] ?? '')
          .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(root, dirname(name), target)))
          .map((target) => `${displayPath(join(root, name))} -> ${target}`),
      );
    expect(broken).toEqual([]);
  });
});

/** The way from a finding to an ESLint report, with an engine that finds what the test says. */
import * as parser from '@typescript-eslint/parser';
import { ESLint } from 'eslint';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { presets } from '../../src/index.js';
import type { CheckSelection, Engine, EngineSettings, Finding } from '../../src/index.js';
import { temporaryProject } from '../support/project.js';

const engine = vi.hoisted(() => ({
  made: [] as EngineSettings[],
  asked: [] as { file: string; checks: CheckSelection }[],
  findings: [] as Partial<Finding>[],
}));

vi.mock('../../src/index.js', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  createEngine: (_compiler: unknown, _program: unknown, settings: EngineSettings): Pick<Engine, 'analyzeFile'> => {
    engine.made.push(settings);
    return {
      analyzeFile: (file, checks) => {
        engine.asked.push({ file: file.fileName, checks });
        const findings = engine.findings.filter((finding) => finding.rule !== undefined && finding.rule in checks);
        return {
          findings: findings as Finding[],
          errors: [{ file: file.fileName, message: 'a function was too odd' }],
          stats: { functions: 0, lines: 0, graphs: 0, checkerQuestions: 0, limits: [], slowest: [] },
        };
      },
    };
  },
}));

const { default: plugin } = await import('../../rules/index.js');

beforeEach(() => {
  engine.made.length = 0;
  engine.asked.length = 0;
  engine.findings.length = 0;
});

const source = 'export const a = 1;\nexport const b = 2;\n';

function linter(folder: string, settings: Record<string, unknown> = {}, fix = false): ESLint {
  return new ESLint({
    cwd: folder,
    fix,
    overrideConfigFile: true,
    overrideConfig: [
      {
        files: ['**/*.ts'],
        languageOptions: { parser, parserOptions: { projectService: true, tsconfigRootDir: folder } },
        settings,
      },
      { files: ['**/*.ts'], ...plugin.configs.all },
    ],
  });
}

function span(start: number, end: number): Finding['span'] {
  return { file: 'x.ts', start, end, line: 1, column: 1, endLine: 1, endColumn: 1 };
}

describe('the bridge from findings to reports', () => {
  it('reports message, place and suggestions of a finding', async () => {
    engine.findings.push({
      rule: 'no-lock-escape',
      message: 'Text with {{braces}}.',
      span: span(source.indexOf('b'), source.indexOf('b') + 1),
      suggestions: [
        { title: 'Wrap both', edits: [{ start: 0, end: 0, text: '/* 1 */' }, { start: source.length, end: source.length, text: '/* 2 */' }] },
      ],
    });
    const [result] = await linter(temporaryProject({ 'a.ts': source })).lintFiles('a.ts');
    expect(result?.messages).toEqual([
      {
        ruleId: 'async-race/no-lock-escape',
        severity: 2,
        message: 'Text with {{braces}}.',
        messageId: 'finding',
        line: 2,
        column: 14,
        endLine: 2,
        endColumn: 15,
        suggestions: [
          { desc: 'Wrap both', messageId: 'suggestion', data: { title: 'Wrap both' }, fix: { range: [0, source.length], text: `/* 1 */${source}/* 2 */` } },
        ],
      },
    ]);
  });

  it('never changes the file on --fix', async () => {
    engine.findings.push({
      rule: 'no-lock-escape',
      message: 'Text.',
      span: span(0, 1),
      suggestions: [{ title: 'Rewrite', edits: [{ start: 0, end: 1, text: 'E' }] }],
    });
    const [result] = await linter(temporaryProject({ 'a.ts': source }), {}, true).lintFiles('a.ts');
    expect(result?.output).toBeUndefined();
    expect(result?.messages).toHaveLength(1);
  });

  it('makes one engine for a program and asks each check once for a file', async () => {
    await linter(temporaryProject({ 'a.ts': source, 'b.ts': source })).lintFiles(['a.ts', 'b.ts']);
    expect(engine.made).toEqual([{}]);
    expect(engine.asked).toHaveLength(2 * Object.keys(plugin.rules).length);
    expect(engine.asked.map(({ checks }) => Object.keys(checks)).flat().sort()).toEqual(
      Object.keys(plugin.rules)
        .flatMap((id) => [id, id])
        .sort(),
    );
  });

  it('hands the options of the preset and the defaults to the engine', async () => {
    await linter(temporaryProject({ 'a.ts': source })).lintFiles('a.ts');
    expect(Object.assign({}, ...engine.asked.map(({ checks }) => checks))).toEqual(presets.all);
  });

  it('hands the settings to the engine', async () => {
    const settings = { sequential: ['Worker.run'] };
    await linter(temporaryProject({ 'a.ts': source }), { 'async-race': settings }).lintFiles('a.ts');
    expect(engine.made).toEqual([settings]);
  });

  it('stops at a misspelt setting with a sentence that names it', async () => {
    const lint = linter(temporaryProject({ 'a.ts': source }), { 'async-race': { sequental: ['Worker.run'] } }).lintFiles('a.ts');
    await expect(lint).rejects.toThrow("settings['async-race'] has no 'sequental'; it knows 'locks', 'sequential', 'external'.");
  });
});

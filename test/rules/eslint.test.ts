/** The plugin in whole ESLint runs, in both majors that it supports. */
import * as parser from '@typescript-eslint/parser';
import { ESLint as ESLint10 } from 'eslint';
import { defineConfig as defineConfig10 } from 'eslint/config';
import { ESLint as ESLint9 } from 'eslint-9';
import { defineConfig as defineConfig9 } from 'eslint-9/config';
import { describe, expect, it } from 'vitest';
import plugin from '../../rules/index.js';
import { temporaryProject } from '../support/project.js';
import { samples } from '../support/samples.js';

const { bad, good, line } = samples['no-check-then-act'];

interface Report {
  readonly ruleId: string | null;
  readonly line: number;
  readonly severity: number;
}

interface Majors {
  readonly version: string;
  /** Lints the folder's TypeScript files with the preset given by object or by name. */
  readonly lint: (folder: string, preset: (typeof plugin.configs)['recommended'] | string) => Promise<Report[]>;
}

const languageOptions = (folder: string) => ({ parser, parserOptions: { projectService: true, tsconfigRootDir: folder } });

const majors: readonly Majors[] = [
  {
    version: ESLint9.version,
    lint: async (folder, preset) => {
      const overrideConfig = defineConfig9({
        files: ['**/*.ts'],
        plugins: { 'async-race': plugin },
        extends: [preset],
        languageOptions: languageOptions(folder),
      });
      const eslint = new ESLint9({ cwd: folder, overrideConfigFile: true, overrideConfig });
      return (await eslint.lintFiles('.')).flatMap((result) => result.messages);
    },
  },
  {
    version: ESLint10.version,
    lint: async (folder, preset) => {
      const overrideConfig = defineConfig10({
        files: ['**/*.ts'],
        plugins: { 'async-race': plugin },
        extends: [preset],
        languageOptions: languageOptions(folder),
      });
      const eslint = new ESLint10({ cwd: folder, overrideConfigFile: true, overrideConfig });
      return (await eslint.lintFiles('.')).flatMap((result) => result.messages);
    },
  },
];

describe.each(majors)('ESLint $version', ({ lint }) => {
  it.each(['recommended', 'strict', 'all'] as const)('reports with the preset %s given as an object', async (preset) => {
    const folder = temporaryProject({ 'bad.ts': bad, 'good.ts': good });
    expect(await lint(folder, plugin.configs[preset])).toMatchObject([{ ruleId: 'async-race/no-check-then-act', line, severity: 2 }]);
  });

  it.each(['recommended', 'strict', 'all'] as const)('reports with the preset %s given as a string', async (preset) => {
    const folder = temporaryProject({ 'bad.ts': bad });
    expect(await lint(folder, `async-race/${preset}`)).toMatchObject([{ ruleId: 'async-race/no-check-then-act', line, severity: 2 }]);
  });

  it('honours a disable comment', async () => {
    const lines = bad.split('\n');
    lines.splice(line - 1, 0, '      // eslint-disable-next-line async-race/no-check-then-act -- a test');
    expect(await lint(temporaryProject({ 'bad.ts': lines.join('\n') }), 'async-race/recommended')).toEqual([]);
  });
});

describe('without type information', () => {
  it.each([
    ['the TypeScript parser without a project', { parser }],
    ['the default parser', {}],
  ])('stops with a sentence that names projectService: %s', async (_name, options) => {
    const folder = temporaryProject({ 'a.js': 'export const a = 1;\n' });
    const eslint = new ESLint10({
      cwd: folder,
      overrideConfigFile: true,
      overrideConfig: [{ files: ['**/*.js'], languageOptions: options }, plugin.configs.recommended],
    });
    await expect(eslint.lintFiles('a.js')).rejects.toThrow(/type information[\s\S]*`languageOptions\.parserOptions\.projectService`/);
  });
});

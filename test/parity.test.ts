/** The same program analysed by ESLint and by the command line gives the same findings. */
import { cpSync, symlinkSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import * as parser from '@typescript-eslint/parser';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';
import plugin from '../rules/index.js';
import { run } from '../src/cli/main.js';
import { root } from './support/fixtures.js';
import { temporaryProject } from './support/project.js';

interface Project {
  readonly folder: string;
  readonly targets: readonly string[];
  readonly tsconfig: string;
}

interface JsonReport {
  readonly findings: readonly {
    readonly rule: string;
    readonly message: string;
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly endLine: number;
    readonly endColumn: number;
  }[];
}

async function findingsOfEslint({ folder, targets }: Project): Promise<string[]> {
  const eslint = new ESLint({
    cwd: folder,
    overrideConfigFile: true,
    overrideConfig: [
      { files: ['**/*.ts'], languageOptions: { parser, parserOptions: { projectService: true, tsconfigRootDir: folder } } },
      { files: ['**/*.ts'], ...plugin.configs.all },
    ],
  });
  const results = await eslint.lintFiles([...targets]);
  return results
    .flatMap(({ filePath, messages }) =>
      messages.map((message) => {
        const rule = (message.ruleId ?? 'none').replace('async-race/', '');
        const file = relative(folder, filePath).split(sep).join('/');
        return line(file, [message.line, message.column, message.endLine, message.endColumn], rule, message.message);
      }),
    )
    .sort();
}

async function findingsOfCommandLine({ folder, targets, tsconfig }: Project): Promise<string[]> {
  let output = '';
  let problems = '';
  await run(['check', ...targets, '--project', tsconfig, '--preset', 'all', '--format', 'json'], {
    workingFolder: folder,
    environment: {},
    stdout: { write: (text) => void (output += text), isTerminal: false, columns: undefined },
    stderr: { write: (text) => void (problems += text), isTerminal: false, columns: undefined },
    now: () => 0,
  });
  expect(problems).toBe('');
  const report = JSON.parse(output) as JsonReport;
  return report.findings
    .map((finding) =>
      line(finding.file, [finding.line, finding.column, finding.endLine, finding.endColumn], finding.rule, finding.message),
    )
    .sort();
}

function line(file: string, place: readonly (number | undefined)[], rule: string, message: string): string {
  return `${file}:${place.join(':')} ${rule} ${message}`;
}

/** The sources that a package ships, as a project of its own whose imports resolve as they do here. */
function packageProject(name: string): Project {
  const folder = temporaryProject({});
  cpSync(join(root, 'node_modules', name, 'src'), join(folder, 'src'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return { folder, targets: ['src'], tsconfig: 'tsconfig.json' };
}

describe('ESLint and the command line', () => {
  it('give the same findings over all fixtures', async () => {
    const fixtures = {
      folder: root,
      targets: ['fixtures/bugs', 'fixtures/checks', 'fixtures/catalogue', 'fixtures/real-bugs'],
      tsconfig: 'fixtures/tsconfig.json',
    };
    const byCommandLine = await findingsOfCommandLine(fixtures);
    expect(byCommandLine).toEqual(await findingsOfEslint(fixtures));
    expect(byCommandLine.length).toBeGreaterThan(50);
  });

  it.each(['mortice', '@arethetypeswrong/core'])('give the same findings over the sources of %s', async (name) => {
    const project = packageProject(name);
    expect(await findingsOfCommandLine(project)).toEqual(await findingsOfEslint(project));
  });
});

/** The scripts that a newcomer and a build machine rely on. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixturesFolder, root } from '../support/fixtures.js';
import { temporaryProject } from '../support/project.js';

function script(name: string, ...args: readonly string[]): { status: number | null; stdout: string } {
  const { status, stdout } = spawnSync(process.execPath, [join('scripts', name), ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, stdout };
}

describe('npm run demo', () => {
  const { status, stdout } = script('demo.mjs');

  it('succeeds when it has shown findings', () => {
    expect(status).toBe(0);
  });

  it.each(readdirSync(join(fixturesFolder, 'bugs')))('shows %s with its interleaving', (bug) => {
    const findings = stdout.split('\n\n\n').filter((text) => text.includes(`fixtures/bugs/${bug}/`));
    expect(findings.filter((text) => text.includes('step by step') && text.includes('task B'))).not.toEqual([]);
  });
});

describe('the last line of the build machine', () => {
  function summary(report: unknown): string {
    return script('summarize-tests.mjs', join(temporaryProject({ 'report.json': JSON.stringify(report) }), 'report.json')).stdout;
  }

  it('counts tests', () => {
    const testResults = [{ status: 'failed', assertionResults: [{}, {}, {}] }];
    expect(summary({ numPassedTests: 2, numFailedTests: 1, testResults })).toBe('2 passed, 1 failed\n');
  });

  it('counts a file that could not be loaded as failed', () => {
    expect(summary({ numPassedTests: 2, numFailedTests: 0, testResults: [{ status: 'failed', assertionResults: [] }] })).toBe('2 passed, 1 failed\n');
  });

  it('counts a run without a report as failed', () => {
    expect(script('summarize-tests.mjs', 'nowhere.json').stdout).toBe('0 passed, 1 failed\n');
  });
});

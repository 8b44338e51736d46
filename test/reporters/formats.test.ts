/** The formats for other programs: each has a golden file, and what its readers rely on is tested beside it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Ajv from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import type { Log } from 'sarif';
import { describe, expect, it } from 'vitest';
import { reportGithub } from '../../src/reporters/github.js';
import { reportGitlab } from '../../src/reporters/gitlab.js';
import { reportJunit } from '../../src/reporters/junit.js';
import type { Report, ReportContext } from '../../src/reporters/report.js';
import { reportSarif } from '../../src/reporters/sarif.js';
import { raceFinding, releaseFinding, sampleContext, sampleReport } from './sample.js';

const empty = sampleReport({ findings: [], errors: [] });

describe('the SARIF report', () => {
  const schemaFile = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  const ajv = new Ajv.default({ strict: false, allErrors: true, unicodeRegExp: false });
  addFormats.default(ajv);
  const validate = ajv.compile<Log>(JSON.parse(readFileSync(schemaFile, 'utf8')) as object);

  function logOf(report: Report, context: Partial<ReportContext> = {}): Log {
    const log: unknown = JSON.parse(reportSarif(report, sampleContext(context)));
    if (!validate(log)) throw new Error(JSON.stringify(validate.errors, undefined, 2));
    return log;
  }

  it('is as it was', async () => {
    await expect(reportSarif(sampleReport(), sampleContext())).toMatchFileSnapshot('golden/report.sarif');
  });

  it('follows the official schema', () => {
    expect(logOf(sampleReport()).runs[0]?.results).toHaveLength(2);
    expect(logOf(empty).runs[0]?.results).toEqual([]);
    expect(validate({ version: '2.1.0' })).toBe(false);
  });

  it('has one thread flow for each task, and an order over both', () => {
    const [result] = logOf(sampleReport({ findings: [raceFinding] })).runs[0]?.results ?? [];
    const flows = result?.codeFlows?.[0]?.threadFlows.map(({ id, locations }) => [id, locations.map(({ executionOrder }) => executionOrder)]);
    expect(flows).toEqual([['A', [1, 2, 6]], ['B', [3, 4, 5]]]);
    expect(result?.relatedLocations).toHaveLength(raceFinding.steps.length);
  });

  it('describes a rule by its page', () => {
    const [, rule] = logOf(sampleReport()).runs[0]?.tool.driver.rules ?? [];
    expect(rule).toMatchObject({ help: { markdown: expect.stringContaining('# require-finally-release') as string }, defaultConfiguration: { level: 'warning' } });
  });

  it('writes a path below the working folder relative to it, and any other as an address', () => {
    const file = '/project/src/a b#1.ts';
    const finding = { ...raceFinding, steps: [], span: { ...raceFinding.span, file } };
    const addressIn = (workingFolder: string) =>
      logOf(sampleReport({ findings: [finding] }), { workingFolder }).runs[0]?.results?.[0]?.locations?.[0]?.physicalLocation?.artifactLocation;
    expect(addressIn('/project')).toEqual({ uri: 'src/a%20b%231.ts', uriBaseId: '%SRCROOT%' });
    expect(addressIn('/elsewhere')).toEqual({ uri: 'file:///project/src/a%20b%231.ts' });
  });
});

describe('the annotations of GitHub', () => {
  it('are as they were', async () => {
    await expect(reportGithub(sampleReport(), sampleContext())).toMatchFileSnapshot('golden/github.txt');
  });

  it('escape what would end a command', () => {
    const finding = { ...raceFinding, message: '100 %\nof :: it', steps: [], span: { ...raceFinding.span, file: '/project/a,b:c.ts' } };
    expect(reportGithub(sampleReport({ findings: [finding] }), sampleContext())).toContain(
      '::error file=a%2Cb%3Ac.ts,line=7,endLine=7,col=7,endColumn=32,title=async-race/no-check-then-act (high confidence)::100 %25%0Aof :: it\n',
    );
  });

  it('have no columns where they are of several lines', () => {
    const finding = { ...raceFinding, span: { ...raceFinding.span, endLine: 9 } };
    expect(reportGithub(sampleReport({ findings: [finding] }), sampleContext())).toContain('line=7,endLine=9,title=');
  });

  it('name in plain text those that the cap of ten of a level cuts, which are the least sure', () => {
    const unsure = { ...raceFinding, confidence: 'low', message: 'Unsure.' } as const;
    const findings = [unsure, ...Array.from({ length: 10 }, () => raceFinding), ...Array.from({ length: 10 }, () => releaseFinding)];
    const text = reportGithub(sampleReport({ findings }), sampleContext());
    expect(text.split('\n').filter((line) => line.startsWith('::'))).toHaveLength(21);
    expect(text).toContain(
      'GitHub shows 10 errors and 10 warnings of a step; without annotation remain:\n  src/token-cache.ts:7:7 no-check-then-act: Unsure.\n',
    );
  });

  it('are none where nothing was found', () => {
    expect(reportGithub(empty, sampleContext())).toBe('async-race: 0 findings in 14 files\n');
  });
});

describe('the code quality report of GitLab', () => {
  it('is as it was', async () => {
    await expect(reportGitlab(sampleReport(), sampleContext())).toMatchFileSnapshot('golden/gitlab.json');
  });

  it('has a fingerprint of its own for each of several findings that share one', () => {
    const findings = [raceFinding, raceFinding, raceFinding];
    const issues = JSON.parse(reportGitlab(sampleReport({ findings }), sampleContext())) as { fingerprint: string }[];
    const { fingerprint } = raceFinding;
    expect(issues.map((issue) => issue.fingerprint)).toEqual([fingerprint, `${fingerprint}-2`, `${fingerprint}-3`]);
  });

  it('is less severe where it is less sure', () => {
    const findings = (['high', 'medium', 'low'] as const).map((confidence) => ({ ...raceFinding, effect: 'lost-data' as const, confidence }));
    const issues = JSON.parse(reportGitlab(sampleReport({ findings }), sampleContext())) as { severity: string }[];
    expect(issues.map(({ severity }) => severity)).toEqual(['critical', 'major', 'minor']);
  });

  it('is an empty list where nothing was found', () => {
    expect(reportGitlab(empty, sampleContext())).toBe('[]\n');
  });
});

describe('the JUnit report', () => {
  it('is as it was', async () => {
    await expect(reportJunit(sampleReport(), sampleContext())).toMatchFileSnapshot('golden/junit.xml');
  });

  it('has a passed test where nothing was found', () => {
    expect(reportJunit(empty, sampleContext())).toContain('<testcase name="no findings in 14 files" classname="async-race"/>');
  });

  it('holds no character that XML forbids', () => {
    const finding = { ...releaseFinding, message: 'a \u0000\u001b[31m <b> & "c" \ud800 🔒' };
    const text = reportJunit(sampleReport({ findings: [finding] }), sampleContext());
    expect(text).toContain('a \ufffd\ufffd[31m &lt;b&gt; &amp; &quot;c&quot; \ufffd 🔒');
  });
});

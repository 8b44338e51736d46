import { describe, expect, it } from 'vitest';
import { reportJson } from '../../src/reporters/json.js';
import { raceFinding, sampleContext, sampleReport } from './sample.js';

describe('the JSON report', () => {
  it('is one object of the documented shape', async () => {
    await expect(reportJson(sampleReport(), sampleContext())).toMatchFileSnapshot('golden/report.json');
  });

  it('has empty lists when there is nothing to report', () => {
    const parsed: unknown = JSON.parse(reportJson(sampleReport({ findings: [], errors: [] }), sampleContext()));
    expect(parsed).toMatchObject({ version: 1, findings: [], errors: [] });
  });

  it('shows a file outside the working folder by its way there', () => {
    const parsed: unknown = JSON.parse(
      reportJson(sampleReport({ findings: [raceFinding] }), sampleContext({ workingFolder: '/project/test' })),
    );
    expect(parsed).toMatchObject({ findings: [{ file: '../src/token-cache.ts' }] });
  });
});

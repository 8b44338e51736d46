/** A Code Quality report of GitLab: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format */
import type { Confidence, Effect, Finding } from '../findings/finding.js';
import { plainSteps } from './plain-steps.js';
import { displayPath, type ReportContext, type Reporter } from './report.js';

type Severity = 'info' | 'minor' | 'major' | 'critical' | 'blocker';

const severities: Readonly<Record<Effect, Severity>> = {
  'lost-data': 'critical',
  'broken-resource': 'critical',
  hang: 'critical',
  'duplicate-work': 'major',
  slowness: 'minor',
};

/** What is not sure does not stop a merge. */
const limits: Readonly<Record<Confidence, Severity>> = { high: 'blocker', medium: 'major', low: 'minor' };

const ascending: readonly Severity[] = ['info', 'minor', 'major', 'critical', 'blocker'];

export const reportGitlab: Reporter = (report, context) => {
  const taken = new Map<string, number>();
  const issues = report.findings.map((finding) => toIssue(finding, taken, context));
  return `${JSON.stringify(issues, undefined, 2)}\n`;
};

function toIssue(finding: Finding, taken: Map<string, number>, context: ReportContext) {
  const path = displayPath(finding.span.file, context.workingFolder);
  return {
    description: finding.message,
    check_name: finding.rule,
    fingerprint: uniqueFingerprint(finding, taken),
    severity: severityOf(finding),
    location: { path, lines: { begin: finding.span.line, end: finding.span.endLine } },
    content: { body: plainSteps(finding, context).join('\n') },
  };
}

/** GitLab shows one of several issues with the same fingerprint; files of the same name may hold findings that share it. */
function uniqueFingerprint({ fingerprint }: Finding, taken: Map<string, number>): string {
  const count = (taken.get(fingerprint) ?? 0) + 1;
  taken.set(fingerprint, count);
  return count === 1 ? fingerprint : `${fingerprint}-${count}`;
}

function severityOf({ effect, confidence }: Finding): Severity {
  const index = Math.min(ascending.indexOf(severities[effect]), ascending.indexOf(limits[confidence]));
  return ascending[index] ?? 'major';
}

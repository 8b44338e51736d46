/** JUnit's XML, which nearly every build server shows. A finding is a failed test case of the suite of its file. */
import type { Finding } from '../findings/finding.js';
import { plainSteps } from './plain-steps.js';
import { displayPath, type Report, type ReportContext, type Reporter } from './report.js';
import { counted } from './text.js';

export const reportJunit: Reporter = (report, context) => {
  const { findings, errors } = report;
  const files = [...new Set([...findings.map(({ span }) => span.file), ...errors.map(({ file }) => file)])].sort();
  const suites = files.map((file) => toSuite(file, report, context));
  const seconds = (report.stats.milliseconds.program + report.stats.milliseconds.analysis) / 1000;
  const counts = { tests: Math.max(1, findings.length + errors.length), failures: findings.length, errors: errors.length };
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    element('testsuites', { name: report.tool.name, ...counts, time: seconds.toFixed(3) }, suites.length === 0 ? [passed(report)] : suites),
    '',
  ].join('\n');
};

function toSuite(file: string, { findings, errors }: Report, context: ReportContext): string {
  const path = displayPath(file, context.workingFolder);
  const own = findings.filter(({ span }) => span.file === file);
  const failed = errors.filter((error) => error.file === file);
  const cases = [
    ...own.map((finding) => toCase(finding, path, context)),
    ...failed.map(({ message }) =>
      element('testcase', { name: 'analysis', classname: path, file: path }, [element('error', { message, type: 'analysis' }, [])]),
    ),
  ];
  return element('testsuite', { name: path, tests: cases.length, failures: own.length, errors: failed.length }, cases);
}

function toCase(finding: Finding, path: string, context: ReportContext): string {
  const { span, rule, confidence, effect } = finding;
  const body = [`${path}:${span.line}:${span.column} (${confidence} confidence, ${effect.replaceAll('-', ' ')})`, ...plainSteps(finding, context)];
  const name = finding.function === '' ? rule : `${rule} in ${finding.function}`;
  return element('testcase', { name, classname: path, file: path, line: span.line }, [
    element('failure', { message: finding.message, type: rule }, [escapeXml(body.join('\n'))]),
  ]);
}

/** Build servers take a report without a test case for a broken one. */
function passed({ stats }: Report): string {
  const name = `no findings in ${counted(stats.files, 'file')}`;
  return element('testsuite', { name: 'async-race', tests: 1, failures: 0, errors: 0 }, [element('testcase', { name, classname: 'async-race' }, [])]);
}

function element(name: string, attributes: Readonly<Record<string, string | number>>, children: readonly string[]): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`);
  const start = `<${name}${list.join('')}`;
  return children.length === 0 ? `${start}/>` : `${start}>\n${children.join('\n')}\n</${name}>`;
}

/** What XML 1.0 does not allow at all, escaped or not. */
const forbidden = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

function escapeXml(text: string): string {
  return text
    .replaceAll(forbidden, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}

import { reportGithub } from './github.js';
import { reportGitlab } from './gitlab.js';
import { reportHtml } from './html.js';
import { reportJson } from './json.js';
import { reportJunit } from './junit.js';
import { reportMarkdown } from './markdown.js';
import { reportPretty } from './pretty.js';
import type { Reporter } from './report.js';
import { reportSarif } from './sarif.js';

interface Format {
  readonly render: Reporter;
  /** Whether the report must describe the rules, which costs the time to load them. */
  readonly describesRules: boolean;
}

/** The formats that the command line offers, by the name given to `--format`. */
export const reporters = {
  pretty: { render: reportPretty, describesRules: false },
  json: { render: reportJson, describesRules: false },
  markdown: { render: reportMarkdown, describesRules: true },
  html: { render: reportHtml, describesRules: true },
  sarif: { render: reportSarif, describesRules: true },
  github: { render: reportGithub, describesRules: true },
  gitlab: { render: reportGitlab, describesRules: false },
  junit: { render: reportJunit, describesRules: false },
} as const satisfies Record<string, Format>;

export type ReportFormat = keyof typeof reporters;

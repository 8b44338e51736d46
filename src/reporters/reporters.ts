import { reportJson } from './json.js';
import { reportPretty } from './pretty.js';
import type { Reporter } from './report.js';

/** The formats that the command line offers, by the name given to `--format`. */
export const reporters = { pretty: reportPretty, json: reportJson } as const satisfies Record<string, Reporter>;

export type ReportFormat = keyof typeof reporters;

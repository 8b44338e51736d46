import type { Io, OutputStream } from './io.js';

const widestReport = 140;
const narrowestReport = 40;
const widthWithoutTerminal = 100;

/** Whether a stream gets colours: as `FORCE_COLOR` says, else as `NO_COLOR` says, else where it is a terminal. */
export function wantsColour(stream: OutputStream, environment: Io['environment']): boolean {
  const force = environment['FORCE_COLOR'];
  if (force !== undefined) {
    return force !== '0' && force !== 'false';
  }
  const isForbidden = (environment['NO_COLOR'] ?? '') !== '';
  return stream.isTerminal && !isForbidden && environment['TERM'] !== 'dumb';
}

/** Width of a report: the terminal's within reason, for long lines of prose are hard to read. */
export function reportColumns(stream: OutputStream): number {
  return Math.min(widestReport, Math.max(narrowestReport, stream.columns ?? widthWithoutTerminal));
}

export interface Progress {
  /** Shows the text in place of what was shown before; seldom enough to cost nothing. */
  readonly show: (text: string) => void;
  readonly clear: () => void;
}

const milliseconds = 80;

/** One line that is written over and over; silent where standard error is no terminal. */
export function createProgress({ stderr, now }: Io): Progress {
  if (!stderr.isTerminal) {
    return { show: () => undefined, clear: () => undefined };
  }
  const clearLine = '\r\u001b[K';
  let shown: number | undefined;
  return {
    show: (text) => {
      if (shown === undefined || now() - shown >= milliseconds) {
        shown = now();
        stderr.write(`${clearLine}${text.slice(0, (stderr.columns ?? widthWithoutTerminal) - 1)}`);
      }
    },
    clear: () => {
      if (shown !== undefined) {
        stderr.write(clearLine);
      }
    },
  };
}

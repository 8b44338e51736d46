/** All that the command line sees of the process it runs in. */
export interface Io {
  /** Absolute path of the working folder. */
  readonly workingFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Milliseconds since some fixed moment. */
  readonly now: () => number;
}

export interface OutputStream {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  /** Width of the terminal; undefined when it is none. */
  readonly columns: number | undefined;
}

import { commands } from './commands.js';

/** The first page: what there is. Each command has a page of its own. */
export function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return `async-race finds async races in TypeScript.

Usage
  async-race COMMAND [operands…] [options]

Commands
${commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}

Options
  -h, --help     print this text, or that of a command
  -v, --version  print the version

Exit codes
  0  nothing found
  1  findings
  2  could not do its work: bad option, no such file, broken tsconfig

Examples
  async-race check
  async-race check --help
`;
}

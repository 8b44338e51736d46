export const help = `async-race finds async races in TypeScript.

Usage
  async-race check [files, folders or globs…] [options]
  async-race show FILE FUNCTION [--format text|dot] [--project tsconfig.json]

Without files, check analyses the project of the nearest tsconfig.json.

Options of check
  -p, --project FILE     tsconfig.json, or the folder that holds it
      --preset NAME      recommended (default), strict or all
      --rule ID          only this rule; may be given several times
      --format NAME      pretty (default) or json
  -o, --output FILE      write the report to a file
      --stats            print sizes, times and limits on standard error
  -h, --help             print this text
  -v, --version          print the version

Rules
  no-check-then-act, no-lock-escape, prefer-read-lock, require-finally-release

Exit codes
  0  nothing found
  1  findings
  2  could not do its work: bad option, no such file, broken tsconfig

Examples
  async-race check
  async-race check src --preset strict
  async-race check 'packages/*/src/**/*.ts' --rule no-check-then-act
  async-race check --format json --output races.json
  async-race show src/cache.ts TokenCache.get
`;

/** What changed since a commit, and which findings speak of it. */
import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type ts from 'typescript';
import type { Compiler, Finding, Span } from '../index.js';
import { CannotRunError } from '../program/cannot-run-error.js';
import { isAnalysedPath } from '../program/typescript-files.js';

/** Lines of one file, from 1. Where lines were only deleted, `first` is one more than `last`: the gap between the two. */
interface LineRange {
  readonly first: number;
  readonly last: number;
}

/** The changed lines of each changed TypeScript file, by its absolute path with `/`. */
export type Changes = ReadonlyMap<string, readonly LineRange[]>;

/**
 * What differs between the working tree and the point where it left the given commit: also what is not committed yet,
 * and files that git does not know yet.
 *
 * @throws CannotRunError outside of a git repository, for a commit that there is not, and without git.
 */
export function readChanges(reference: string, workingFolder: string): Changes {
  const top = git(['rev-parse', '--show-toplevel'], workingFolder, () => '--changed needs a git repository; there is none here').trim();
  const commit = git(
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${reference}^{commit}`],
    workingFolder,
    () => `--changed: git knows no commit '${reference}'`,
  ).trim();
  const base = mergeBase(commit, workingFolder) ?? commit;
  const changes = new Map<string, LineRange[]>();
  const add = (path: string, range: LineRange): void => {
    const file = resolve(top, path).replaceAll('\\', '/');
    if (isAnalysedPath(file)) {
      changes.set(file, [...(changes.get(file) ?? []), range]);
    }
  };
  const failed = (reason: string): string => `--changed: git failed: ${reason}`;
  const difference = git(
    // Every setting of the user that changes the output is set here.
    [
      ...['-c', 'core.quotePath=false', 'diff', '--unified=0', '--no-color', '--no-ext-diff', '--no-textconv', '--no-relative'],
      ...['--src-prefix=a/', '--dst-prefix=b/', '--find-renames', '--diff-filter=d', base, '--'],
    ],
    workingFolder,
    failed,
  );
  for (const { path, ranges } of parseDiff(difference)) {
    ranges.forEach((range) => {
      add(path, range);
    });
  }
  const untracked = git(['ls-files', '--others', '--exclude-standard', '--full-name', '-z', ':/'], workingFolder, failed);
  for (const path of untracked.split('\0').filter((name) => name !== '')) {
    add(path, { first: 1, last: Number.MAX_SAFE_INTEGER });
  }
  return changes;
}

/** The changed lines of a diff without context, by the new names of its files. */
export function parseDiff(text: string): { path: string; ranges: LineRange[] }[] {
  const files: { path: string; ranges: LineRange[] }[] = [];
  // Lines of the files themselves stand in hunks; of a hunk's head the lengths tell how many they are.
  let contentLines = 0;
  for (const line of text.split('\n')) {
    if (contentLines > 0) {
      // A file without a last line break has a remark of git's instead, which is no line of it.
      contentLines -= line.startsWith('\\') ? 0 : 1;
      continue;
    }
    const target = /^\+\+\+ (.*?)\t?$/u.exec(line)?.[1];
    if (target !== undefined) {
      files.push({ path: unquote(target).replace(/^b\//u, ''), ranges: [] });
      continue;
    }
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/u.exec(line);
    if (hunk !== null) {
      const [, deleted = '1', start = '0', added = '1'] = hunk;
      const [from, count] = [Number(start), Number(added)];
      contentLines = Number(deleted) + count;
      files.at(-1)?.ranges.push(count === 0 ? { first: from + 1, last: from } : { first: from, last: from + count - 1 });
    }
  }
  return files;
}

/** Whether the changes touch a function that the finding speaks of: its own, or that of one of its steps. */
export function createTouchTest(compiler: Compiler, program: ts.Program, changes: Changes): (finding: Finding) => boolean {
  const real = new Map<string, string>();
  const changesOf = (file: string): readonly LineRange[] => {
    // git tells the real path, a program may have been found by a link.
    const path = real.get(file) ?? realpathSync(file).replaceAll('\\', '/');
    real.set(file, path);
    return changes.get(path) ?? [];
  };
  const isTouched = (span: Span): boolean => {
    const ranges = changesOf(span.file);
    const file = program.getSourceFile(span.file);
    if (ranges.length === 0 || file === undefined) {
      return false;
    }
    const { first, last } = linesOfFunction(compiler, file, span.start);
    return ranges.some((range) => range.first <= last && range.last >= first);
  };
  return ({ span, steps }) => [span, ...steps.map((step) => step.span)].some(isTouched);
}

/** The lines of the outermost function around an offset that is no class's; of the whole statement outside of functions. */
function linesOfFunction(compiler: Compiler, file: ts.SourceFile, offset: number): LineRange {
  let found: ts.Node | undefined;
  const visit = (node: ts.Node): void => {
    if (node.pos > offset || node.end <= offset) {
      return;
    }
    if (compiler.isClassLike(node) || compiler.isModuleBlock(node)) {
      found = undefined;
    } else if (found === undefined && !compiler.isModuleDeclaration(node)) {
      const isUnit = node.parent === file || compiler.isFunctionLike(node) || compiler.isClassElement(node);
      found = isUnit ? node : undefined;
    }
    compiler.forEachChild(node, visit);
  };
  compiler.forEachChild(file, visit);
  const node = found ?? file;
  const lineAt = (position: number): number => file.getLineAndCharacterOfPosition(position).line + 1;
  return { first: lineAt(node.getStart(file, true)), last: lineAt(node.end) };
}

function mergeBase(commit: string, workingFolder: string): string | undefined {
  try {
    return execGit(['merge-base', commit, 'HEAD'], workingFolder).trim();
  } catch {
    // Histories without a common commit, such as a shallow clone's: the commit itself is the best there is.
    return undefined;
  }
}

function git(args: readonly string[], workingFolder: string, describe: (reason: string) => string): string {
  try {
    return execGit(args, workingFolder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new CannotRunError('--changed needs git, which is not installed');
    }
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    throw new CannotRunError(describe(stderr.trim().split('\n', 1)[0] ?? ''));
  }
}

function execGit(args: readonly string[], workingFolder: string): string {
  return execFileSync('git', args, {
    cwd: workingFolder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1024 * 1024 * 1024,
  });
}

/** git puts a name with control characters, quotes or backslashes in quotes. */
function unquote(name: string): string {
  if (!name.startsWith('"')) {
    return name;
  }
  const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\u0007', b: '\b', f: '\f', v: '\v' };
  return name.slice(1, -1).replaceAll(/\\(?:([0-7]{3})|(.))/gu, (_match, octal: string | undefined, character = '') =>
    octal === undefined ? (escapes[String(character)] ?? String(character)) : String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

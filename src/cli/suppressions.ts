/**
 * The `eslint-disable` comments of a file, so that the command line is silent where ESLint is. The rules are ESLint's:
 * `eslint-disable` and `eslint-enable` stand in block comments and hold from there on; `eslint-disable-line` and
 * `eslint-disable-next-line` stand in comments of either kind; without rule names a comment speaks of all rules; what
 * follows ` -- ` is a description. See https://eslint.org/docs/latest/use/configure/rules#disable-rules
 */
import type ts from 'typescript';
import type { Compiler, Finding } from '../index.js';

/** The prefix of our rules in ESLint. */
const namespace = 'async-race/';

interface Directive {
  readonly kind: 'disable' | 'enable' | 'disable-line';
  /** Names as written; undefined: all rules. */
  readonly rules: ReadonlySet<string> | undefined;
  /** Offset from which `disable` and `enable` hold. */
  readonly start: number;
  /** The line, from 1, that `disable-line` speaks of. */
  readonly line: number;
}

const candidate = /\/[/*]\s*eslint-(?:dis|en)able/gu;
const directivePattern = /^eslint-(?:enable|disable(?:-next-line|-line)?)(?=\s|$)/u;

/** A predicate that tells which findings of the file its comments suppress. */
export function createSuppressions(compiler: Compiler, file: ts.SourceFile): (finding: Finding) => boolean {
  const starts = [...file.text.matchAll(candidate)].map((match) => match.index);
  const directives = findComments(compiler, file, starts).flatMap((comment) => {
    const directive = parseDirective(compiler, file, comment);
    return directive === undefined ? [] : [directive];
  });
  const ofLines = new Map<number, Directive[]>();
  const ofStretches: Directive[] = [];
  for (const directive of directives) {
    if (directive.kind === 'disable-line') {
      ofLines.set(directive.line, [...(ofLines.get(directive.line) ?? []), directive]);
    } else {
      ofStretches.push(directive);
    }
  }
  return ({ rule, span }) => {
    const speaks = ({ rules }: Directive): boolean => rules === undefined || rules.has(`${namespace}${rule}`);
    if ((ofLines.get(span.line) ?? []).some(speaks)) {
      return true;
    }
    const last = ofStretches.findLast((directive) => directive.start <= span.start && speaks(directive));
    return last?.kind === 'disable';
  };
}

function parseDirective(compiler: Compiler, file: ts.SourceFile, comment: ts.CommentRange): Directive | undefined {
  const isBlock = comment.kind === compiler.SyntaxKind.MultiLineCommentTrivia;
  const value = file.text.slice(comment.pos + 2, isBlock ? comment.end - 2 : comment.end);
  const [directivePart = ''] = value.split(/\s-{2,}\s/u);
  const words = directivePart.trim();
  const match = directivePattern.exec(words);
  if (match === null) {
    return undefined;
  }
  const names = words
    .slice(match[0].length)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const rules = names.length === 0 ? undefined : new Set(names);
  const firstLine = lineOf(file, comment.pos);
  const lastLine = lineOf(file, comment.end);
  const start = comment.pos;
  switch (match[0]) {
    case 'eslint-disable-next-line':
      return { kind: 'disable-line', rules, start, line: lastLine + 1 };
    case 'eslint-disable-line':
      return firstLine === lastLine ? { kind: 'disable-line', rules, start, line: firstLine } : undefined;
    default: {
      const kind = match[0] === 'eslint-enable' ? 'enable' : 'disable';
      return isBlock ? { kind, rules, start, line: firstLine } : undefined;
    }
  }
}

function lineOf(file: ts.SourceFile, offset: number): number {
  return file.getLineAndCharacterOfPosition(offset).line + 1;
}

/**
 * Those of the offsets (ascending) at which a comment starts, as comments in that order; text that looks like a comment
 * also stands in strings, templates, regular expressions and JSX. Walks only the nodes that hold an offset.
 */
function findComments(compiler: Compiler, file: ts.SourceFile, offsets: readonly number[]): ts.CommentRange[] {
  const comments: ts.CommentRange[] = [];
  const pending: { readonly node: ts.Node; readonly offsets: readonly number[] }[] = [{ node: file, offsets }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const children = next.node.getChildren(file);
    if (children.length === 0) {
      comments.push(...commentsBefore(compiler, file, next.node, next.offsets));
      continue;
    }
    let index = 0;
    // Documentation comments are children too, and lie over the space before the token that follows them.
    for (const child of children.filter((node) => !compiler.isJSDoc(node))) {
      const from = index;
      while (index < next.offsets.length && (next.offsets[index] ?? 0) < child.end) {
        index++;
      }
      if (index > from) {
        pending.push({ node: child, offsets: next.offsets.slice(from, index) });
      }
    }
  }
  return comments.sort((left, right) => left.pos - right.pos);
}

function commentsBefore(
  compiler: Compiler,
  file: ts.SourceFile,
  token: ts.Node,
  offsets: readonly number[],
): ts.CommentRange[] {
  const wanted = new Set(offsets);
  // Of two calls one gives what stands on the line of the token before, the other what follows.
  const ranges = [
    ...(compiler.getTrailingCommentRanges(file.text, token.pos) ?? []),
    ...(compiler.getLeadingCommentRanges(file.text, token.pos) ?? []),
  ].filter(({ pos, end }) => wanted.has(pos) && end <= token.getStart(file));
  // Before the first token both give the same.
  return [...new Map(ranges.map((range) => [range.pos, range])).values()];
}

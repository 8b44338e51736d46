import type ts from 'typescript';
import type { Compiler } from '../index.js';
import type { ReportContext, Token } from '../reporters/report.js';

/** The text of the files that a report shows, so that their programs need not be kept. */
export interface SourceLines extends Pick<ReportContext, 'lineOf' | 'tokensOf'> {
  readonly add: (compiler: Compiler, file: string, text: string | undefined) => void;
  readonly textOf: (file: string) => string | undefined;
}

interface Source {
  readonly compiler: Compiler;
  readonly text: string;
  lines?: readonly string[];
  tokens?: readonly (readonly Token[])[];
}

export function createSourceLines(): SourceLines {
  const sources = new Map<string, Source>();
  const linesOf = (source: Source): readonly string[] => (source.lines ??= source.text.split(/\r\n|[\n\r\u2028\u2029]/u));
  return {
    add: (compiler, file, text) => {
      if (text !== undefined && !sources.has(file)) {
        sources.set(file, { compiler, text });
      }
    },
    textOf: (file) => sources.get(file)?.text,
    lineOf: (file, line) => {
      const source = sources.get(file);
      return source && linesOf(source)[line - 1];
    },
    tokensOf: (file, line) => {
      const source = sources.get(file);
      if (source === undefined) {
        return [];
      }
      source.tokens ??= classify(source.compiler, linesOf(source));
      return source.tokens[line - 1] ?? [];
    },
  };
}

/** The compiler's own classification for editors: quick, by line, and right about comments and templates of several lines. */
function classify(compiler: Compiler, lines: readonly string[]): Token[][] {
  const { TokenClass } = compiler;
  const kinds = new Map<ts.TokenClass, Token['kind']>([
    [TokenClass.Keyword, 'keyword'],
    [TokenClass.StringLiteral, 'string'],
    [TokenClass.RegExpLiteral, 'string'],
    [TokenClass.NumberLiteral, 'number'],
    [TokenClass.BigIntLiteral, 'number'],
    [TokenClass.Comment, 'comment'],
  ]);
  const classifier = compiler.createClassifier();
  let state = compiler.EndOfLineState.None;
  return lines.map((line) => {
    const { entries, finalLexState } = classifier.getClassificationsForLine(line, state, true);
    state = finalLexState;
    let to = 0;
    return entries.flatMap(({ length, classification }) => {
      const from = to;
      to += length;
      const kind = kinds.get(classification);
      return kind === undefined ? [] : [{ from, to, kind }];
    });
  });
}

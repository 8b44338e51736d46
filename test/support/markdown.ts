/** A fenced block of a page. */
export interface CodeBlock {
  /** Language after the fence, such as `ts`. */
  readonly language: string;
  readonly code: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** Text of the HTML comment right above the fence; empty when there is none. */
  readonly comment: string;
}

/** The fenced blocks of a Markdown text, in order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = markdown.split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const language = /^```(\w+)$/.exec(lines[index] ?? '')?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf('```', index + 1);
    if (end < 0) throw new Error(`the block of line ${index + 1} has no end`);
    const above = lines.slice(0, index).findLast((text) => text.trim() !== '') ?? '';
    const comment = /^<!-- (.*) -->$/.exec(above)?.[1] ?? '';
    blocks.push({ language, code: `${lines.slice(index + 1, end).join('\n')}\n`, line: index + 1, comment });
    index = end;
  }
  return blocks;
}

/** The cells of the rows of each table whose head the expression matches, without the head. */
export function tableRows(markdown: string, head: RegExp): string[][][] {
  const lines = markdown.split(/\r?\n/);
  return lines.flatMap((line, start) => {
    if (!head.test(line)) return [];
    const end = lines.findIndex((text, index) => index > start && !text.startsWith('|'));
    const rows = lines.slice(start + 2, end < 0 ? undefined : end);
    return [rows.map((row) => row.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim()))];
  });
}

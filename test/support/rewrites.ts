/** A program written anew, node by node. */
import ts from 'typescript';

/** Gives the node in another spelling, made of its parts as `emit` writes them; undefined leaves the node as it is. */
export type Rewrite = (node: ts.Node, emit: (part: ts.Node) => string, file: ts.SourceFile) => string | undefined;

export function rewritten(text: string, rewrite: Rewrite): string {
  const file = ts.createSourceFile('spelling.ts', text, ts.ScriptTarget.Latest, true);
  const emit = (node: ts.Node): string => rewrite(node, emit, file) ?? pieces(node);
  const pieces = (node: ts.Node): string => {
    const parts: ts.Node[] = [];
    ts.forEachChild(node, (part) => {
      parts.push(part);
    });
    let position = node.getStart(file);
    let result = '';
    for (const part of parts.sort((a, b) => a.getStart(file) - b.getStart(file))) {
      const start = part.getStart(file);
      if (start < position) continue;
      result += text.slice(position, start) + emit(part);
      position = part.end;
    }
    return result + text.slice(position, node.end);
  };
  return text.slice(0, file.getStart(file)) + pieces(file);
}

export const holds = (node: ts.Node, test: (part: ts.Node) => boolean): boolean => test(node) || (ts.forEachChild(node, (part) => holds(part, test) || undefined) ?? false);


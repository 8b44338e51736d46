/** Where the names of a file stand. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { forEachPart } from './functions.js';

export type Mention = ts.Identifier | ts.PrivateIdentifier;

const known = new WeakMap<ts.SourceFile, ReadonlyMap<string, readonly Mention[]>>();

/** Identifiers and private names of the file by their text, declarations included. Collected in one walk when first asked for. */
export function mentionsByName(compiler: Compiler, file: ts.SourceFile): ReadonlyMap<string, readonly Mention[]> {
  let mentions = known.get(file);
  if (mentions === undefined) known.set(file, (mentions = collect(compiler, file)));
  return mentions;
}

function collect(compiler: Compiler, file: ts.SourceFile): ReadonlyMap<string, readonly Mention[]> {
  const byName = new Map<string, Mention[]>();
  const walk = (node: ts.Node): void => {
    if (compiler.isIdentifier(node) || compiler.isPrivateIdentifier(node)) {
      const list = byName.get(node.text);
      if (list === undefined) byName.set(node.text, [node]);
      else list.push(node);
    }
    forEachPart(compiler, node, walk);
  };
  walk(file);
  return byName;
}

/** The mentions of the name in a part of its file; those of a name that every function of a long file has are not gone through. */
export function mentionsIn(compiler: Compiler, part: ts.Node, name: string): readonly Mention[] {
  const mentions = mentionsByName(compiler, part.getSourceFile()).get(name) ?? [];
  // they stand in the order of the text
  let first = 0;
  for (let end = mentions.length; first < end; ) {
    const middle = (first + end) >> 1;
    if ((mentions[middle]?.pos ?? 0) < part.pos) first = middle + 1;
    else end = middle;
  }
  const found: Mention[] = [];
  for (let index = first; index < mentions.length; index += 1) {
    const mention = mentions[index];
    if (mention === undefined || mention.pos >= part.end) break;
    found.push(mention);
  }
  return found;
}

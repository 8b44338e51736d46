/** Sets of kinds of nodes. Most nodes that are asked for their kind are of none in the set, and they are asked very often. */
import type { Compiler, ts } from '../compiler/compiler.js';

/** Tells whether a node is of one of the kinds. The set is made once for a compiler: each numbers the kinds in its own way. */
export function kindTest(kindsOf: (kinds: Compiler['SyntaxKind']) => readonly ts.SyntaxKind[]): (compiler: Compiler, node: ts.Node) => boolean {
  let known: Compiler | undefined;
  let table = new Uint8Array(0);
  return (compiler, node) => {
    if (known !== compiler) {
      known = compiler;
      const kinds = kindsOf(compiler.SyntaxKind);
      table = new Uint8Array(Math.max(...kinds) + 1);
      for (const kind of kinds) table[kind] = 1;
    }
    return table[node.kind] === 1;
  };
}

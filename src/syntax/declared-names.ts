/** Names that a file may give to functions, read from its text: no tree is walked to see that a name is nowhere declared. */
import type { ts } from '../compiler/compiler.js';

/**
 * A name in front of what may follow a declared one, and not behind a dot: `name(`, `name?: `, `'name' = `, `name<`. The
 * second form is `export { other as name }`. Calls of plain names and much else match too; only method calls are told apart.
 */
const mayDeclare = /(?<![.\w$#\u0080-\uffff])([\w$#\u0080-\uffff]+)['"`\]]{0,2}\s*[?!]?\s*(?:[(<:]|=(?![=>]))|\bas\s+([\w$\u0080-\uffff]+)/g;

const known = new WeakMap<ts.SourceFile, ReadonlySet<string>>();

function declaredIn(file: ts.SourceFile): ReadonlySet<string> {
  let names = known.get(file);
  if (names === undefined) {
    const found = new Set<string>();
    for (const match of file.text.matchAll(mayDeclare)) {
      const name = match[1] ?? match[2];
      if (name !== undefined) found.add(name);
    }
    known.set(file, (names = found));
  }
  return names;
}

/** All names that a function, method or property of the program's own code may have; others besides. */
export function collectDeclaredNames(program: ts.Program): ReadonlySet<string> {
  const names = new Set<string>();
  for (const file of program.getSourceFiles()) {
    if (!file.isDeclarationFile) for (const name of declaredIn(file)) names.add(name);
  }
  return names;
}

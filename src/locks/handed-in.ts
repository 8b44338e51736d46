/** What the constructors of the program's own classes are handed, wherever the program makes an object of the class. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { isWithin } from '../syntax/tree.js';

/** The arguments that the parameter of a constructor is given; undefined where some construction leaves it out, a subclass hands on what it likes, or none is in sight. */
export type HandedIn = (parameter: ts.ParameterDeclaration) => readonly ts.Expression[] | undefined;

export function createHandedIn(compiler: Compiler, ownFiles: readonly ts.SourceFile[]): HandedIn {
  const constructions = new Map<string, readonly ts.NewExpression[]>();
  return (parameter) => {
    const construct = parameter.parent;
    if (!compiler.isConstructorDeclaration(construct) || construct.parent.name === undefined) return undefined;
    const name = construct.parent.name.text;
    let made = constructions.get(name);
    if (made === undefined) constructions.set(name, (made = constructionsOf(compiler, ownFiles, name)));
    const position = construct.parameters.indexOf(parameter);
    const given = made.filter((each) => !isWithin(each, construct.parent)).map((each) => each.arguments?.[position]);
    if (given.length === 0 || given.some((argument) => argument === undefined || compiler.isSpreadElement(argument))) return undefined;
    return given.flatMap((argument) => argument ?? []);
  };
}

/** `new Albums(…)`: by the name of the class; none where another class extends one of that name. */
function constructionsOf(compiler: Compiler, ownFiles: readonly ts.SourceFile[], name: string): readonly ts.NewExpression[] {
  const word = `${name.replaceAll('$', '\\$')}\\b`;
  const text = new RegExp(`\\bnew\\s+${word}`, 'g');
  const heir = new RegExp(`\\bextends\\s+${word}`);
  const found: ts.NewExpression[] = [];
  for (const file of ownFiles) {
    if (heir.test(file.text)) return [];
    for (const { index } of file.text.matchAll(text)) {
      const construction = newAt(compiler, file, index);
      if (construction !== undefined && compiler.isIdentifier(construction.expression) && construction.expression.text === name) found.push(construction);
    }
  }
  return found;
}

/** The `new` that begins at the position of the text; undefined in a comment or a string. */
function newAt(compiler: Compiler, node: ts.Node, position: number): ts.NewExpression | undefined {
  if (compiler.isNewExpression(node) && node.getStart() === position) return node;
  return compiler.forEachChild(node, (child) => (child.pos <= position && position < child.end ? newAt(compiler, child, position) : undefined));
}

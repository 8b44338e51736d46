/** Rewrites a lock that each call makes into one that lives as long as the state: a field of the class, or a variable of the module. */
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import { hasModifier, propertyNameText, thisOwner } from '../../syntax/functions.js';
import type { PrivateLock } from './lock-scope.js';
import type { ProgramModel } from '../model/program-model.js';

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Where the lock goes, and the edits that move it there. */
export interface Hoisting {
  readonly to: 'field' | 'module';
  readonly name: string;
  readonly edits: readonly Edit[];
}

/** Undefined where the lock cannot be moved as it is. */
export function hoistingOf(model: ProgramModel, graph: Graph, { binding, made }: PrivateLock): Hoisting | undefined {
  const { compiler } = model;
  const declaration = binding?.declaration;
  if (binding === undefined || declaration === undefined || !compiler.isVariableDeclaration(declaration) || declaration.initializer !== made) return undefined;
  const statement = declaration.parent.parent;
  if (!compiler.isVariableStatement(statement) || statement.declarationList.declarations.length !== 1 || declaration.type !== undefined) return undefined;
  // what the lock is made of must be known outside of the call
  if ((compiler.isNewExpression(made) || compiler.isCallExpression(made)) && !(made.arguments ?? []).every((argument) => compiler.isLiteralExpression(argument))) return undefined;
  const file = model.file(statement);
  const uses = file.mentions(binding.name).filter((mention) => mention !== binding.identifier && compiler.isIdentifier(mention) && file.scopes.resolve(mention) === binding);
  const text = statement.getSourceFile().text;
  const removal: Edit = { start: lineStart(text, statement.getStart()), end: nextLine(text, statement.end), text: '' };
  const owner = thisOwner(compiler, statement);
  const { owner: activation } = graph;
  if (compiler.isSourceFile(activation)) return undefined;
  if (owner !== undefined && compiler.isClassLike(owner)) {
    const name = `#${binding.name}`;
    const isStatic = hasModifier(compiler, activation, compiler.SyntaxKind.StaticKeyword);
    const [first] = owner.members;
    if (isStatic || first === undefined || owner.members.some((member) => propertyNameText(compiler, member.name) === name)) return undefined;
    // an object of one call makes no better place for it
    const at = lineStart(text, first.getFullStart() + leading(text, first));
    const insertion: Edit = { start: at, end: at, text: `${indentOf(text, first.getStart())}readonly ${name} = ${made.getText()};\n` };
    const renamed = uses.map((use): Edit => ({ start: use.getStart(), end: use.end, text: `this.${name}` }));
    return { to: 'field', name: binding.name, edits: [insertion, removal, ...renamed] };
  }
  if (owner !== undefined || file.scopes.topLevel(binding.name) !== undefined) return undefined;
  let outer: ts.Node = activation;
  while (!compiler.isSourceFile(outer.parent)) outer = outer.parent;
  const at = lineStart(text, outer.getFullStart() + leading(text, outer));
  return { to: 'module', name: binding.name, edits: [{ start: at, end: at, text: `const ${binding.name} = ${made.getText()};\n\n` }, removal] };
}

/** Blank lines before the node's comments. */
function leading(text: string, node: ts.Node): number {
  const gap = /^\s*/.exec(text.slice(node.getFullStart(), node.getStart()));
  return gap?.[0].length ?? 0;
}

function lineStart(text: string, position: number): number {
  return text.lastIndexOf('\n', position - 1) + 1;
}

function nextLine(text: string, position: number): number {
  const end = text.indexOf('\n', position);
  return end < 0 ? text.length : end + 1;
}

function indentOf(text: string, position: number): string {
  return text.slice(lineStart(text, position), position);
}

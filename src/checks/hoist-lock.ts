/** Rewrites a lock that each call makes into one that lives as long as the state: a field of the class, or a variable of the module. */
import type { Graph } from '../cfg/graph.js';
import type { ts } from '../compiler/compiler.js';
import type { Suggestion, TextEdit } from '../findings/finding.js';
import { hoistTitles } from '../findings/messages/ineffective-lock.js';
import { hasModifier, propertyNameText, thisOwner } from '../syntax/functions.js';
import type { PrivateLock } from '../summaries/lock-scope.js';
import type { ProgramModel } from '../summaries/program-model.js';

export function hoisted(model: ProgramModel, graph: Graph, { binding, made }: PrivateLock): readonly Suggestion[] {
  const { compiler } = model;
  const declaration = binding?.declaration;
  if (binding === undefined || declaration === undefined || !compiler.isVariableDeclaration(declaration) || declaration.initializer !== made) return [];
  const statement = declaration.parent.parent;
  if (!compiler.isVariableStatement(statement) || statement.declarationList.declarations.length !== 1 || declaration.type !== undefined) return [];
  // what the lock is made of must be known outside of the call
  if ((compiler.isNewExpression(made) || compiler.isCallExpression(made)) && !(made.arguments ?? []).every((argument) => compiler.isLiteralExpression(argument))) return [];
  const file = model.file(statement);
  const uses = file.mentions(binding.name).filter((mention) => mention !== binding.identifier && compiler.isIdentifier(mention) && file.scopes.resolve(mention) === binding);
  const text = statement.getSourceFile().text;
  const removal: TextEdit = { start: lineStart(text, statement.getStart()), end: nextLine(text, statement.end), text: '' };
  const owner = thisOwner(compiler, statement);
  const { owner: activation } = graph;
  if (compiler.isSourceFile(activation)) return [];
  if (owner !== undefined && compiler.isClassLike(owner)) {
    const name = `#${binding.name}`;
    const isStatic = hasModifier(compiler, activation, compiler.SyntaxKind.StaticKeyword);
    const [first] = owner.members;
    if (isStatic || first === undefined || owner.members.some((member) => propertyNameText(compiler, member.name) === name)) return [];
    // an object of one call makes no better place for it
    const at = lineStart(text, first.getFullStart() + leading(text, first));
    const insertion: TextEdit = { start: at, end: at, text: `${indentOf(text, first.getStart())}readonly ${name} = ${made.getText()};\n` };
    const renamed = uses.map((use): TextEdit => ({ start: use.getStart(), end: use.end, text: `this.${name}` }));
    return [{ title: hoistTitles.field(binding.name), edits: [insertion, removal, ...renamed] }];
  }
  if (owner !== undefined || file.scopes.topLevel(binding.name) !== undefined) return [];
  let outer: ts.Node = activation;
  while (!compiler.isSourceFile(outer.parent)) outer = outer.parent;
  const at = lineStart(text, outer.getFullStart() + leading(text, outer));
  return [{ title: hoistTitles.module(binding.name), edits: [{ start: at, end: at, text: `const ${binding.name} = ${made.getText()};\n\n` }, removal] }];
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

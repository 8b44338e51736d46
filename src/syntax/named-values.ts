/**
 * Locals that only give a name to what the next step takes: `const pending = load(); const list = await pending;` is
 * `const list = await load();`. Between the two nothing happens but that other such values are made.
 */
import type { Compiler, ts } from '../compiler/compiler.js';
import { isMemberName, outerParent } from './functions.js';
import { mentionsIn } from './mentions.js';
import type { Binding, FileScopes } from './scopes.js';
import { isConst, isWithin } from './tree.js';

/** Where the scopes of a file tell what its names mean. */
interface Names {
  readonly compiler: Compiler;
  readonly scopes: FileScopes;
}

/** The only mention of a constant beside its declaration. */
export function onlyMention({ compiler, scopes }: Names, declaration: ts.VariableDeclaration): ts.Identifier | undefined {
  const { name } = declaration;
  if (!compiler.isIdentifier(name) || !isConst(compiler, declaration)) return undefined;
  const uses = mentionsIn(compiler, declaration.parent.parent.parent, name.text).filter(
    (mention): mention is ts.Identifier =>
      mention !== name && compiler.isIdentifier(mention) && !isMemberName(compiler, mention) && scopes.resolve(mention)?.declaration === declaration,
  );
  return uses.length === 1 ? uses[0] : undefined;
}

/** The variable that is declared with the value, or given it by the assignment that stands for that. */
export function variableGiven({ compiler, scopes }: Names, value: ts.Node): Binding | undefined {
  const { parent, child } = outerParent(compiler, value);
  const name = compiler.isVariableDeclaration(parent) ? parent.name : compiler.isBinaryExpression(parent) ? parent.left : undefined;
  const binding = name !== undefined && compiler.isIdentifier(name) ? scopes.resolve(name) : undefined;
  return binding?.initializer === child ? binding : undefined;
}

/** What is around the value where it is taken: beside the call itself, or where the constant stands that only names what it gives. */
export function surroundings(names: Names, value: ts.Node): { readonly parent: ts.Node; readonly child: ts.Node } {
  const around = outerParent(names.compiler, value);
  const mention = names.compiler.isVariableDeclaration(around.parent) ? takenAtOnce(names, around.parent) : undefined;
  return mention === undefined ? around : outerParent(names.compiler, mention);
}

/** The mention that takes the value of the constant at once. */
export function takenAtOnce(names: Names, declaration: ts.VariableDeclaration): ts.Identifier | undefined {
  const { compiler } = names;
  const { name } = declaration;
  const statement = declaration.parent.parent;
  if (!compiler.isIdentifier(name) || !compiler.isVariableStatement(statement) || !compiler.isBlock(statement.parent)) return undefined;
  const taker = takerOf(compiler, statement, statement.parent, name.text);
  const mention = taker === undefined ? undefined : onlyMention(names, declaration);
  return taker !== undefined && mention !== undefined && isTakenFirst(compiler, taker, mention) ? mention : undefined;
}

/** The first statement that speaks of the name, where those before it only make other values. */
function takerOf(compiler: Compiler, from: ts.Statement, { statements }: ts.Block, name: string): ts.Statement | undefined {
  const { text } = from.getSourceFile();
  for (const statement of statements.slice(statements.indexOf(from) + 1)) {
    const step = compiler.isTryStatement(statement) ? statement.tryBlock.statements[0] : statement;
    if (step === undefined) return undefined;
    const written = text.slice(step.pos, step.end);
    if (written.includes(name)) return compiler.isVariableStatement(step) || compiler.isExpressionStatement(step) || compiler.isReturnStatement(step) ? step : undefined;
    if (!compiler.isVariableStatement(statement) || written.includes('await')) return undefined;
  }
  return undefined;
}

/** The statement waits for nothing before it takes the value, and takes it itself. */
function isTakenFirst(compiler: Compiler, taker: ts.Statement, mention: ts.Identifier): boolean {
  if (!isWithin(mention, taker)) return false;
  let before: ts.Node = mention;
  for (let node: ts.Node = mention; node !== taker; node = node.parent) {
    if (compiler.isFunctionLike(node)) return false;
    if (compiler.isAwaitExpression(node)) before = node;
  }
  const first = before === mention ? outerParent(compiler, mention).child : before;
  return !mention.getSourceFile().text.slice(taker.pos, first.getStart()).includes('await');
}

/**
 * Members that give one piece after another, and that are asked for the next only when the one before has come: an async generator
 * of the program asks the same object in its loop whether there is more, awaits the piece, and yields.
 *
 * `while (this.source.hasMore()) yield await this.source.fetchMore();` tells how a source is used, whatever class stands behind it: as
 * with the `next` of an iterator, two calls at once have no meaning.
 */
import type { Compiler, ts } from '../../compiler/compiler.js';
import { type FunctionNode, isFunctionNode, outerParent, propertyNameText } from '../../syntax/functions.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { isTestFile } from '../model/test-files.js';

/** The method gives pieces by such a protocol, or is a generator that hands on those of its own object. */
export function isPagedMember(model: ProgramModel, owner: FunctionNode): boolean {
  const { compiler } = model;
  if (!compiler.isMethodDeclaration(owner) || !compiler.isClassLike(owner.parent)) return false;
  return pagedMembers(model, model.program).has(owner);
}

const pagedMembers = memoized((model: ProgramModel, program: ts.Program): ReadonlySet<ts.Node> => {
  const { compiler } = model;
  const found = new Set<ts.Node>();
  for (const file of program.getSourceFiles()) {
    if (file.isDeclarationFile || !/\basync\s*\*/.test(file.text) || isTestFile(file)) continue;
    for (const { generator, piece } of piecesIn(compiler, file)) {
      const member = model.questions.declarationAt(piece.name);
      if (member === undefined || member.getSourceFile().isDeclarationFile) continue;
      found.add(member);
      const signatures = compiler.isTypeElement(member) ? [member] : signaturesOf(model, member);
      // what else the interface offers are steps of the same source
      for (const { parent } of signatures) {
        if (compiler.isInterfaceDeclaration(parent)) for (const step of parent.members) for (const method of model.hierarchy.methodsFor(step)) found.add(method);
      }
      found.add(generator);
    }
  }
  return found;
});

interface Piece {
  readonly generator: FunctionNode;
  /** `this.source.fetchMore`, which is called and waited for. */
  readonly piece: ts.PropertyAccessExpression;
}

function piecesIn(compiler: Compiler, file: ts.SourceFile): readonly Piece[] {
  const pieces: Piece[] = [];
  const visit = (node: ts.Node, generator: FunctionNode | undefined): void => {
    const inner = isFunctionNode(compiler, node) ? (node.asteriskToken === undefined ? undefined : node) : generator;
    if (inner !== undefined && (compiler.isWhileStatement(node) || compiler.isDoStatement(node))) pieces.push(...piecesOfLoop(compiler, node, inner));
    compiler.forEachChild(node, (child) => {
      visit(child, inner);
    });
  };
  visit(file, undefined);
  return pieces;
}

/** The calls that the loop waits for, of objects that its condition asks; none where nothing is yielded. */
function piecesOfLoop(compiler: Compiler, { expression, statement }: ts.WhileStatement | ts.DoStatement, generator: FunctionNode): readonly Piece[] {
  const asked = accessesIn(compiler, expression);
  if (asked.length === 0 || !yields(compiler, statement)) return [];
  return accessesIn(compiler, statement).flatMap((piece): Piece[] => {
    const { parent } = piece;
    if (!compiler.isCallExpression(parent) || parent.expression !== piece || !compiler.isAwaitExpression(outerParent(compiler, parent).parent)) return [];
    const object = piece.expression.getText();
    // what is named for what it does gives nothing: its answer must be used
    const isGiven = !compiler.isExpressionStatement(outerParent(compiler, outerParent(compiler, parent).parent).parent);
    const isAsked = asked.some((question) => question.expression.getText() === object && question.name.text !== piece.name.text);
    return isGiven && isAsked ? [{ generator, piece }] : [];
  });
}

function accessesIn(compiler: Compiler, node: ts.Node): ts.PropertyAccessExpression[] {
  const found: ts.PropertyAccessExpression[] = [];
  const visit = (each: ts.Node): void => {
    if (isFunctionNode(compiler, each)) return;
    if (compiler.isPropertyAccessExpression(each)) found.push(each);
    compiler.forEachChild(each, visit);
  };
  visit(node);
  return found;
}

function yields(compiler: Compiler, node: ts.Node): boolean {
  if (compiler.isYieldExpression(node)) return true;
  if (isFunctionNode(compiler, node)) return false;
  return compiler.forEachChild(node, (child) => yields(compiler, child) || undefined) ?? false;
}

/** The members of the interfaces of its class that a method stands for. */
function signaturesOf(model: ProgramModel, member: ts.Node): readonly ts.TypeElement[] {
  const { compiler, questions } = model;
  if (!compiler.isMethodDeclaration(member) || !compiler.isClassLike(member.parent)) return [];
  const name = propertyNameText(compiler, member.name);
  const types = member.parent.heritageClauses?.filter(({ token }) => token === compiler.SyntaxKind.ImplementsKeyword).flatMap((clause) => [...clause.types]) ?? [];
  return types.flatMap(({ expression }) => {
    const symbol = compiler.isIdentifier(expression) ? questions.symbolAt(expression) : undefined;
    const declarations = symbol === undefined ? [] : (questions.aliasedSymbol(symbol).declarations ?? []);
    return declarations.flatMap((declaration) =>
      compiler.isInterfaceDeclaration(declaration) ? declaration.members.filter((each) => each.name !== undefined && propertyNameText(compiler, each.name) === name) : [],
    );
  });
}

/** What is known of one source file before any graph is built: made in one walk, kept with the file. */
import { beginEventWords, endEventWords } from '../../catalogue/callbacks.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import { forEachPart, type FunctionNode, isAsync, isAwaitUsing, isFunctionNode, propertyNameText } from '../../syntax/functions.js';
import { errorFirstCallback, errorFirstWords } from '../../syntax/error-first.js';
import { type Mention, mentionsByName } from '../../syntax/mentions.js';
import { chainMethods } from '../../syntax/promise-chains.js';
import { buildScopes, type FileScopes } from '../../syntax/scopes.js';

export interface FileModel {
  readonly file: ts.SourceFile;
  readonly scopes: FileScopes;
  /** All functions with a body, outermost first. */
  readonly functions: readonly FunctionNode[];
  /** Functions in which, or in a function inside which, something is awaited, yielded, chained or set going. */
  readonly suspending: ReadonlySet<ts.Node>;
  /** Whether something is loaded by `import()`. */
  readonly loadsModules: boolean;
  /** Texts of what is tested by `instanceof` somewhere. */
  readonly narrowed: ReadonlySet<string>;
  /** Functions that store the result of a call on a condition: `this.pending ??= this.load()`. */
  readonly storing: ReadonlySet<ts.Node>;
  /** Identifiers and private names with this text, declarations included. */
  readonly mentions: (name: string) => readonly Mention[];
  /** Whether some class or object literal of the file has a member with this name. */
  readonly declaresMember: (name: string) => boolean;
  /** Member of the class or object literal with this name. */
  memberOf(owner: ts.ClassLikeDeclaration | ts.ObjectLiteralExpression, name: string): ts.ClassElement | ts.ObjectLiteralElementLike | undefined;
}

/** A file without any of these words cannot suspend, chain, lock, or keep a promise; one that listens for a begin or an end may be called late. */
const suspensionWords = /\b(?:await|yield|then|catch|finally|async|acquire|lock|runExclusive|promise|setInterval)\b/i;

export function mayContainSuspension(file: ts.SourceFile): boolean {
  return suspensionWords.test(file.text) || errorFirstWords.test(file.text) || endEventWords.test(file.text) || beginEventWords.test(file.text);
}

const models = new WeakMap<ts.SourceFile, FileModel>();

export function fileModel(compiler: Compiler, file: ts.SourceFile): FileModel {
  let model = models.get(file);
  if (model === undefined) models.set(file, (model = buildFileModel(compiler, file)));
  return model;
}

function buildFileModel(compiler: Compiler, file: ts.SourceFile): FileModel {
  const scopes = buildScopes(compiler, file);
  const functions: FunctionNode[] = [];
  const suspending = new Set<ts.Node>();
  const narrowed = new Set<string>();
  let loadsModules = false;
  const hasErrorFirst = errorFirstWords.test(file.text);
  const { SyntaxKind } = compiler;
  const logicalOperators = new Set([SyntaxKind.QuestionQuestionToken, SyntaxKind.BarBarToken, SyntaxKind.AmpersandAmpersandToken]);
  const conditionalAssignments = new Set([SyntaxKind.QuestionQuestionEqualsToken, SyntaxKind.BarBarEqualsToken]);
  const asyncNames = new Set<string>();
  const asynchronous: FunctionNode[] = [];
  const storing = new Set<ts.Node>();
  const assigning = new Set<ts.Node>();
  const branching = new Set<ts.Node>();
  const calls: { readonly name: string; readonly node: ts.Node }[] = [];

  const markSuspending = (node: ts.Node): void => {
    for (let current: ts.Node | undefined = node; current !== undefined; current = current.parent) {
      if (compiler.isSourceFile(current) || isFunctionNode(compiler, current)) {
        if (suspending.has(current)) return;
        suspending.add(current);
      }
    }
  };

  let owner: ts.Node = file;
  const walk = (node: ts.Node): void => {
    if (node.kind === SyntaxKind.Identifier || (compiler.isTypeNode(node) && !compiler.isExpressionWithTypeArguments(node))) return;
    const outer = owner;
    if (isFunctionNode(compiler, node)) owner = node;
    visit(node);
    owner = outer;
  };
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(compiler, node) && node.body !== undefined) {
      functions.push(node);
      const name = isAsync(compiler, node) ? propertyNameText(compiler, node.name) : undefined;
      if (name !== undefined) asyncNames.add(name);
      if (isAsync(compiler, node)) asynchronous.push(node);
    }
    switch (node.kind) {
      case SyntaxKind.AwaitExpression:
      case SyntaxKind.YieldExpression:
        markSuspending(node);
        break;
      case SyntaxKind.NewExpression:
        if (compiler.isNewExpression(node) && compiler.isIdentifier(node.expression) && node.expression.text === 'Promise') markSuspending(node);
        break;
      case SyntaxKind.VariableDeclarationList:
        if (compiler.isVariableDeclarationList(node) && isAwaitUsing(compiler, node)) markSuspending(node);
        break;
      case SyntaxKind.ForOfStatement:
        if (compiler.isForOfStatement(node) && node.awaitModifier !== undefined) markSuspending(node);
        break;
      case SyntaxKind.IfStatement:
      case SyntaxKind.ConditionalExpression:
        branching.add(owner);
        break;
      case SyntaxKind.BinaryExpression:
        if (!compiler.isBinaryExpression(node)) break;
        if (node.operatorToken.kind === SyntaxKind.EqualsToken) assigning.add(owner);
        else if (conditionalAssignments.has(node.operatorToken.kind)) storing.add(owner);
        else if (logicalOperators.has(node.operatorToken.kind)) branching.add(owner);
        else if (node.operatorToken.kind === SyntaxKind.InstanceOfKeyword) narrowed.add(node.left.getText(file));
        break;
      case SyntaxKind.CallExpression: {
        if (!compiler.isCallExpression(node)) break;
        if (hasErrorFirst && errorFirstCallback(compiler, node) !== undefined) markSuspending(node);
        const callee = node.expression;
        if (compiler.isPropertyAccessExpression(callee)) {
          if (chainMethods.has(callee.name.text)) markSuspending(node);
          else if (callee.name.text === 'set') assigning.add(owner);
          if (!chainMethods.has(callee.name.text)) calls.push({ name: callee.name.text, node });
        } else if (compiler.isIdentifier(callee)) calls.push({ name: callee.text, node });
        else if (callee.kind === SyntaxKind.ImportKeyword) loadsModules = true;
        break;
      }
      case SyntaxKind.TypeAliasDeclaration:
      case SyntaxKind.InterfaceDeclaration:
        return;
      default:
    }
    forEachPart(compiler, node, walk);
  };
  walk(file);
  // `void this.open()`: the callee goes on after its caller
  for (const { name, node } of calls) if (asyncNames.has(name)) markSuspending(node);
  for (const node of asynchronous) suspending.add(node);
  for (const node of assigning) if (branching.has(node)) storing.add(node);

  let memberNames: ReadonlySet<string> | undefined;
  const collectMemberNames = (): ReadonlySet<string> => {
    const names = new Set<string>();
    for (const [name, mentions] of mentionsByName(compiler, file)) {
      if (mentions.some(({ parent }) => compiler.isClassElement(parent) || compiler.isObjectLiteralElementLike(parent))) names.add(name);
    }
    return names;
  };

  const members = new WeakMap<ts.Node, Map<string, ts.ClassElement | ts.ObjectLiteralElementLike>>();
  return {
    file,
    scopes,
    functions,
    suspending,
    narrowed,
    loadsModules,
    storing,
    mentions: (name) => mentionsByName(compiler, file).get(name) ?? [],
    declaresMember: (name) => (memberNames ??= collectMemberNames()).has(name),
    memberOf: (owner, name) => {
      let table = members.get(owner);
      if (table === undefined) {
        members.set(owner, (table = new Map<string, ts.ClassElement | ts.ObjectLiteralElementLike>()));
        const list: readonly (ts.ClassElement | ts.ObjectLiteralElementLike)[] = compiler.isClassLike(owner)
          ? owner.members
          : owner.properties;
        for (const member of list) {
          const text = propertyNameText(compiler, member.name);
          // an overload has no body; the implementation comes last
          if (text !== undefined) table.set(text, member);
        }
      }
      return table.get(name);
    },
  };
}

/**
 * Rewrites of a straight section: an acquiring statement, the statements that it protects, and the releasing statement,
 * all in one list. They change text only; whether the result means the same is the caller's question.
 */
import type { Compiler, ts } from '../compiler/compiler.js';
import { enclosingActivation, isAsync, isFunctionLiteral, isFunctionNode, outerParent, skipOuter } from './functions.js';
import { isWithin } from './tree.js';

/** New text for a stretch of the file. */
export interface Rewrite {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface StraightSection {
  readonly acquire: ts.Statement;
  readonly body: readonly ts.Statement[];
  readonly release: ts.Statement;
  /** A `return` of a variable of the body, which has to move with it. */
  readonly result: ts.ReturnStatement | undefined;
}

/** The section between the two calls; undefined where they do not stand in one list, or where what follows needs its variables. */
export function straightSection(compiler: Compiler, acquireCall: ts.Node, releaseCall: ts.Node): StraightSection | undefined {
  const acquire = statementOf(compiler, acquireCall);
  const release = statementOf(compiler, releaseCall);
  const list = acquire === undefined ? undefined : listOf(compiler, acquire);
  if (acquire === undefined || release === undefined || list === undefined || !compiler.isExpressionStatement(release)) return undefined;
  const from = list.indexOf(acquire);
  const to = list.indexOf(release);
  if (to <= from + 1) return undefined;
  const body = list.slice(from + 1, to);
  const rest = list.slice(to + 1);
  const declared = declaredNames(compiler, body);
  if (mentionsAny(compiler, release, declared)) return undefined;
  // a handle that may be missing is known to be there only behind the test in the body
  if (isTakenWhereThere(compiler, acquireCall) && !compiler.isOptionalChain(skipOuter(compiler, release.expression))) return undefined;
  if (!rest.some((statement) => mentionsAny(compiler, statement, declared))) return { acquire, body, release, result: undefined };
  const [result] = rest;
  if (rest.length > 1 || result === undefined || !compiler.isReturnStatement(result) || result.expression === undefined) return undefined;
  return compiler.isIdentifier(result.expression) ? { acquire, body, release, result } : undefined;
}

/** `const film = this.films.get(title)?.acquire()` */
function isTakenWhereThere(compiler: Compiler, acquireCall: ts.Node): boolean {
  return compiler.isExpression(acquireCall) && compiler.isOptionalChain(skipOuter(compiler, acquireCall));
}

/** `try { body } finally { release }`. */
export function wrapInFinally(compiler: Compiler, { acquire, body, release, result }: StraightSection): Rewrite[] {
  const layout = new Layout(compiler, acquire);
  const start = layout.bodyStart(acquire, body);
  const protectedText = layout.indented(start, release.getStart(), [...body]);
  const resultText = result === undefined ? '' : `\n${layout.inner}${result.getText()}`;
  return [{ start, end: (result ?? release).end, text: layout.tryFinally(protectedText + resultText, release.getText()) }];
}

/** `await lock.run(async () => { body })`; undefined where the body does what a callback cannot. */
export function moveIntoCallback(compiler: Compiler, section: StraightSection, callee: string): Rewrite[] | undefined {
  const { acquire, body, release, result } = section;
  const declared = declaredNames(compiler, body);
  const following = release.getSourceFile().text.slice(release.end, enclosingActivation(compiler, release).end);
  // behind the callback the checker no longer knows what was assigned in it
  const mayAssign = (target: ts.Expression): boolean =>
    compiler.isIdentifier(target) ? declared.has(target.text) : isAccess(compiler, target) && !following.includes(target.getText());
  if (body.some((statement) => !mayMove(compiler, statement, mayAssign, false))) return undefined;
  const kept = compiler.isVariableStatement(acquire) ? declaredNames(compiler, [acquire]) : new Set<string>();
  if ([...body, ...(result === undefined ? [] : [result])].some((statement) => mentionsAny(compiler, statement, kept))) return undefined;
  const layout = new Layout(compiler, acquire);
  const start = layout.bodyStart(acquire, body);
  const comment = layout.text.slice(acquire.end, start).trimEnd();
  const resultText = result === undefined ? '' : `\n${layout.inner}${result.getText()}`;
  const head = `${result === undefined ? '' : 'return '}await ${callee}(async () => {${comment}`;
  const moved = layout.indented(start, release.getStart(), [...body]);
  const text = `${head}\n${moved}${resultText}\n${layout.outer}});`;
  return [{ start: acquire.getStart(), end: (result ?? release).end, text }];
}

/** `return task().finally(release)` as `try { return await task(); } finally { release(); }`; undefined where it is something else. */
export function finallyCallToBlock(compiler: Compiler, acquireCall: ts.Node, releaseCall: ts.Node): Rewrite[] | undefined {
  const acquire = statementOf(compiler, acquireCall);
  const list = acquire === undefined ? undefined : listOf(compiler, acquire);
  if (acquire === undefined || list === undefined || !isAsync(compiler, enclosingActivation(compiler, acquire))) return undefined;
  const next = list[list.indexOf(acquire) + 1];
  if (next === undefined || !(compiler.isReturnStatement(next) || compiler.isExpressionStatement(next))) return undefined;
  const value = next.expression === undefined ? undefined : skipOuter(compiler, next.expression);
  if (value === undefined || (compiler.isExpressionStatement(next) && !compiler.isAwaitExpression(value))) return undefined;
  const chain = compiler.isAwaitExpression(value) ? skipOuter(compiler, value.expression) : value;
  if (!compiler.isCallExpression(chain) || !compiler.isPropertyAccessExpression(chain.expression)) return undefined;
  const [callback] = chain.arguments;
  if (chain.expression.name.text !== 'finally' || callback === undefined) return undefined;
  if (!isWithin(releaseCall, chain)) return undefined;
  const release = callText(compiler, skipOuter(compiler, callback));
  if (release === undefined) return undefined;
  const layout = new Layout(compiler, acquire);
  const keyword = compiler.isReturnStatement(next) ? 'return ' : '';
  const task = `${layout.inner}${keyword}await ${chain.expression.expression.getText()};`;
  return [{ start: next.getStart(), end: next.end, text: layout.tryFinally(task, release).trimStart() }];
}

/** The acquire that opens a `try` block, moved before it; undefined where it stands elsewhere. */
export function moveBeforeTry(compiler: Compiler, acquireCall: ts.Node, releaseCall: ts.Node): Rewrite[] | undefined {
  const acquire = statementOf(compiler, acquireCall);
  if (acquire === undefined || !compiler.isExpressionStatement(acquire) || !compiler.isBlock(acquire.parent)) return undefined;
  const guarded = acquire.parent.parent;
  if (!compiler.isTryStatement(guarded) || guarded.tryBlock !== acquire.parent || acquire.parent.statements[0] !== acquire) return undefined;
  const { finallyBlock } = guarded;
  if (finallyBlock === undefined || releaseCall.pos < finallyBlock.pos || listOf(compiler, guarded) === undefined) return undefined;
  const layout = new Layout(compiler, guarded);
  const second = acquire.parent.statements[1];
  const end = second === undefined ? acquire.end : layout.bodyStart(acquire, [second]);
  const start = layout.lineStart(acquire.getStart());
  const moved = layout.text.slice(acquire.getStart(), end).trimEnd();
  return [
    { start: guarded.getStart(), end: guarded.getStart(), text: `${moved}\n${layout.outer}` },
    { start, end, text: '' },
  ];
}

/** Statements between the acquire and the `try` that releases, moved into it; undefined where others need their variables. */
export function moveIntoTry(compiler: Compiler, acquireCall: ts.Node, releaseCall: ts.Node): Rewrite[] | undefined {
  const acquire = statementOf(compiler, acquireCall);
  const release = statementOf(compiler, releaseCall);
  const list = acquire === undefined ? undefined : listOf(compiler, acquire);
  const guarded = release?.parent.parent;
  if (acquire === undefined || release === undefined || list === undefined || guarded === undefined) return undefined;
  if (!compiler.isTryStatement(guarded) || guarded.finallyBlock?.statements[0] !== release) return undefined;
  const to = list.indexOf(guarded);
  const gap = list.slice(list.indexOf(acquire) + 1, Math.max(to, 0));
  const [first] = guarded.tryBlock.statements;
  if (to < 0 || gap.length === 0 || first === undefined) return undefined;
  const others = [...list.slice(to + 1), guarded.finallyBlock, ...(guarded.catchClause === undefined ? [] : [guarded.catchClause])];
  const declared = declaredNames(compiler, gap);
  if (others.some((node) => mentionsAny(compiler, node, declared))) return undefined;
  if (guarded.catchClause !== undefined) return undefined;
  const layout = new Layout(compiler, acquire);
  const start = layout.bodyStart(acquire, gap);
  const moved = layout.indented(start, layout.lineStart(guarded.getStart()), [...gap]).trimStart();
  return [
    { start, end: layout.lineStart(guarded.getStart()), text: '' },
    { start: first.getStart(), end: first.getStart(), text: `${moved}\n${layout.inner}` },
  ];
}

// ---------------------------------------------------------------------------------------------------------------
// Syntax

/** The statement that the call makes up, alone or as the value of its only variable. */
function statementOf(compiler: Compiler, call: ts.Node): ts.Statement | undefined {
  let { parent } = outerParent(compiler, call);
  if (compiler.isAwaitExpression(parent) || compiler.isVoidExpression(parent)) ({ parent } = outerParent(compiler, parent));
  if (compiler.isExpressionStatement(parent)) return parent;
  if (!compiler.isVariableDeclaration(parent) || !compiler.isVariableDeclarationList(parent.parent)) return undefined;
  const statement = parent.parent.parent;
  return parent.parent.declarations.length === 1 && compiler.isVariableStatement(statement) ? statement : undefined;
}

function listOf(compiler: Compiler, statement: ts.Statement): readonly ts.Statement[] | undefined {
  const { parent } = statement;
  return compiler.isBlock(parent) || compiler.isSourceFile(parent) ? parent.statements : undefined;
}

/** Names that the statements declare for what follows them. */
function declaredNames(compiler: Compiler, statements: readonly ts.Statement[]): Set<string> {
  const names = new Set<string>();
  const addPattern = (name: ts.BindingName): void => {
    if (compiler.isIdentifier(name)) names.add(name.text);
    else for (const element of name.elements) if (compiler.isBindingElement(element)) addPattern(element.name);
  };
  for (const statement of statements) {
    if (compiler.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) addPattern(name);
    } else if ((compiler.isFunctionDeclaration(statement) || compiler.isClassDeclaration(statement)) && statement.name !== undefined) {
      names.add(statement.name.text);
    }
  }
  return names;
}

function mentionsAny(compiler: Compiler, node: ts.Node, names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false;
  if (compiler.isIdentifier(node)) return names.has(node.text);
  return compiler.forEachChild(node, (child) => mentionsAny(compiler, child, names) || undefined) ?? false;
}

function isAccess(compiler: Compiler, node: ts.Expression): boolean {
  return compiler.isPropertyAccessExpression(node) || compiler.isElementAccessExpression(node);
}

/** A callback cannot jump out, and not everything can be assigned in it. */
function mayMove(compiler: Compiler, node: ts.Node, mayAssign: (target: ts.Expression) => boolean, isInLoop: boolean): boolean {
  const { SyntaxKind } = compiler;
  if (compiler.isReturnStatement(node) || compiler.isYieldExpression(node) || compiler.isLabeledStatement(node)) return false;
  if ((compiler.isBreakStatement(node) || compiler.isContinueStatement(node)) && !isInLoop) return false;
  if (compiler.isBinaryExpression(node)) {
    const operator = node.operatorToken.kind;
    const assigns = operator >= SyntaxKind.FirstAssignment && operator <= SyntaxKind.LastAssignment;
    if (assigns && !mayAssign(node.left)) return false;
  }
  if (isFunctionNode(compiler, node)) return true;
  const isLoop = compiler.isIterationStatement(node, false) || compiler.isSwitchStatement(node);
  return !(compiler.forEachChild(node, (child) => !mayMove(compiler, child, mayAssign, isInLoop || isLoop) || undefined) ?? false);
}

/** What the callback does, as statements. */
function callText(compiler: Compiler, callback: ts.Expression): string | undefined {
  if (!isFunctionLiteral(compiler, callback)) return `${callback.getText()}();`;
  if (!compiler.isBlock(callback.body)) return `${callback.body.getText()};`;
  const [only, ...others] = callback.body.statements;
  return only !== undefined && others.length === 0 ? only.getText() : undefined;
}

// ---------------------------------------------------------------------------------------------------------------
// Text

/** Indentation around one statement. */
class Layout {
  readonly text: string;
  /** Indentation of the statement. */
  readonly outer: string;
  /** Indentation one step deeper. */
  readonly inner: string;
  readonly #unit: string;

  constructor(
    readonly compiler: Compiler,
    statement: ts.Statement,
  ) {
    this.text = statement.getSourceFile().text;
    this.outer = this.#indentationAt(statement.getStart());
    const enclosing = this.#indentationAt(statement.parent.getEnd() - 1);
    const isDeeper = this.outer.startsWith(enclosing) && this.outer.length > enclosing.length;
    this.#unit = isDeeper ? this.outer.slice(enclosing.length) : '  ';
    this.inner = this.outer + this.#unit;
  }

  lineStart(position: number): number {
    return this.text.lastIndexOf('\n', position - 1) + 1;
  }

  #indentationAt(position: number): string {
    return /^[ \t]*/.exec(this.text.slice(this.lineStart(position)))?.[0] ?? '';
  }

  /** Where what follows the acquire begins: the next line, so that a comment beside the acquire stays there. */
  bodyStart(acquire: ts.Statement, body: readonly ts.Statement[]): number {
    const lineEnd = this.text.indexOf('\n', acquire.end) + 1;
    const first = body[0]?.getStart() ?? lineEnd;
    return lineEnd > 0 && lineEnd <= first ? lineEnd : first;
  }

  tryFinally(body: string, release: string): string {
    return `${this.outer}try {\n${body}\n${this.outer}} finally {\n${this.inner}${release}\n${this.outer}}`;
  }

  /** The text between two positions, one step deeper, except for lines that begin inside a template. */
  indented(start: number, end: number, nodes: readonly ts.Node[]): string {
    const { compiler } = this;
    const templates: ts.Node[] = [];
    const walk = (node: ts.Node): void => {
      if (compiler.isTemplateExpression(node) || compiler.isNoSubstitutionTemplateLiteral(node)) templates.push(node);
      else compiler.forEachChild(node, walk);
    };
    nodes.forEach(walk);
    let position = start;
    const lines: string[] = [];
    for (const line of this.text.slice(start, end).trimEnd().split('\n')) {
      const at = position;
      const isInTemplate = templates.some((template) => at > template.getStart() && at < template.end);
      const first = lines.length === 0 && this.lineStart(start) !== start;
      lines.push(isInTemplate || line.trim() === '' ? line : (first ? this.inner : this.#unit) + line);
      position += line.length + 1;
    }
    return lines.join('\n');
  }
}

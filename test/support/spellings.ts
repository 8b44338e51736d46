/**
 * Other spellings of the same program: each keeps what the text means, and its lines, so that findings and markers can be
 * compared line by line. (Metamorphic testing: Chen, Cheung and Yiu, "Metamorphic testing: a new approach for generating next test
 * cases", 1998.)
 */
import ts from 'typescript';
import { asFactories, asModules } from './class-spellings.js';
import { holds, type Rewrite, rewritten } from './rewrites.js';

const { SyntaxKind } = ts;

/** The names of the spellings with what each does to a text. */
export const spellings: Readonly<Record<string, (text: string) => string>> = {
  'conditions in locals': (text) => rewritten(text, conditionsInLocals()),
  'promises in locals': (text) => rewritten(text, promisesInLocals()),
  'questions in methods': questionsInMethods,
  'private words': (text) => rewritten(text, privateWords),
  'functions as values': (text) => rewritten(text, functionsAsValues),
  'answers in a try': (text) => rewritten(text, answersInTry),
  'steps in a chain': (text) => rewritten(text, stepsInChain),
  'failures that are thrown on': (text) => rewritten(text, throwsOn),
  'classes as factories': asFactories,
  'classes as modules': asModules,
  'branches turned round': (text) => rewritten(rewritten(text, nestedBranches), turnedBranches),
  'other words': (text) => [letForConst, voidForUndefined, forInsteadOfWhile, doubleNegation, patterns].reduce(rewritten, text),
};

const constantOf = (node: ts.Node): ts.VariableDeclaration | undefined =>
  ts.isVariableStatement(node) && node.modifiers === undefined && ts.isBlock(node.parent) && (node.declarationList.flags & ts.NodeFlags.Const) !== 0 && node.declarationList.declarations.length === 1
    ? node.declarationList.declarations[0]
    : undefined;

const otherwise = ({ thenStatement, elseStatement }: ts.IfStatement, emit: (part: ts.Node) => string, file: ts.SourceFile): string =>
  emit(thenStatement) + (elseStatement === undefined ? '' : file.text.slice(thenStatement.end, elseStatement.getStart(file)) + emit(elseStatement));

/** `if (a) …` as `const holds1 = a; if (holds1) …`. */
function conditionsInLocals(): Rewrite {
  let count = 0;
  return (node, emit, file) => {
    if (!ts.isIfStatement(node) || !ts.isBlock(node.parent) || holds(node.expression, ts.isAwaitExpression)) return undefined;
    count += 1;
    const name = `holds${count}`;
    return `const ${name} = ${emit(node.expression)}; if (${name}) ${otherwise(node, emit, file)}`;
  };
}

/** `x = await f()` as `const pending1 = f(); x = await pending1`. */
function promisesInLocals(): Rewrite {
  let count = 0;
  const waited = (operand: ts.Expression, emit: (part: ts.Node) => string, rest: (name: string) => string): string => {
    count += 1;
    const name = `pending${count}`;
    return `const ${name} = ${emit(operand)}; ${rest(name)}`;
  };
  return (node, emit, file) => {
    const constant = constantOf(node);
    if (constant?.initializer !== undefined && ts.isAwaitExpression(constant.initializer)) {
      const written = file.text.slice(constant.name.getStart(file), constant.initializer.getStart(file));
      return waited(constant.initializer.expression, emit, (name) => `const ${written}await ${name};`);
    }
    if (!ts.isExpressionStatement(node) || !ts.isBlock(node.parent)) return undefined;
    const { expression } = node;
    if (ts.isAwaitExpression(expression)) return waited(expression.expression, emit, (name) => `await ${name};`);
    if (!ts.isBinaryExpression(expression) || expression.operatorToken.kind !== SyntaxKind.EqualsToken || !ts.isAwaitExpression(expression.right)) return undefined;
    if (!ts.isPropertyAccessExpression(expression.left) || expression.left.expression.kind !== SyntaxKind.ThisKeyword) return undefined;
    const { left, right } = expression;
    return waited(right.expression, emit, (name) => `${emit(left)} = await ${name};`);
  };
}

/** `const x = await f()` as `let x; try { x = await f(); } catch (error) { throw error; }`. */
const answersInTry: Rewrite = (node, emit) => {
  const constant = constantOf(node);
  if (constant?.initializer === undefined || !ts.isAwaitExpression(constant.initializer) || !ts.isIdentifier(constant.name)) return undefined;
  const { text } = constant.name;
  return `let ${text}; try { ${text} = ${emit(constant.initializer)}; } catch (error) { throw error; }`;
};

/** `const x = await f(); …` as `return f().then((x) => { … });`, where nothing is waited for in what follows. */
const stepsInChain: Rewrite = (node, emit, file) => {
  if (!ts.isBlock(node) || !ts.isFunctionLike(node.parent) || (ts.isMethodDeclaration(node.parent) && node.parent.asteriskToken !== undefined)) return undefined;
  const waits = (part: ts.Node): boolean => ts.isAwaitExpression(part) || (ts.isForOfStatement(part) && part.awaitModifier !== undefined) || isUsing(part);
  const at = node.statements.findIndex((statement) => waitsItself(statement, waits));
  const step = node.statements[at] === undefined ? undefined : stepOf(node.statements[at]);
  if (step === undefined || at === node.statements.length - 1 || node.statements.some((statement, index) => index !== at && waitsItself(statement, waits))) return undefined;
  let position = node.getStart(file) + 1;
  let result = '{';
  node.statements.forEach((statement, index) => {
    result += file.text.slice(position, statement.getStart(file)) + (index === at ? `return ${emit(step.promise)}.then((${step.name}) => {` : emit(statement));
    position = statement.end;
  });
  return `${result}});${file.text.slice(position, node.end)}`;
};

/** What a statement waits for that does nothing else, and what it calls the answer. */
function stepOf(statement: ts.Statement): { readonly promise: ts.CallExpression; readonly name: string } | undefined {
  const constant = constantOf(statement);
  const waiting = constant?.initializer ?? (ts.isExpressionStatement(statement) ? statement.expression : undefined);
  if (waiting === undefined || !ts.isAwaitExpression(waiting) || !ts.isCallExpression(waiting.expression)) return undefined;
  return { promise: waiting.expression, name: constant?.name.getText() ?? '' };
}

/** It waits in the function itself. */
function waitsItself(node: ts.Node, waits: (part: ts.Node) => boolean): boolean {
  if (ts.isFunctionLike(node)) return false;
  return waits(node) || (ts.forEachChild(node, (part) => waitsItself(part, waits) || undefined) ?? false);
}

const isUsing = (node: ts.Node): boolean => ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.Using) !== 0;

/** `if (this.a !== b) …` as `if (this.holds1()) …`, where the condition speaks of nothing but the object. */
function questionsInMethods(text: string): string {
  let count = 0;
  const made = new Map<ts.Node, string[]>();
  const rewrite: Rewrite = (node, emit, file) => {
    if (ts.isClassDeclaration(node) && !made.has(node)) {
      const methods: string[] = [];
      made.set(node, methods);
      const inner = emit(node);
      return `${inner.slice(0, -1)}${methods.join(' ')}}`;
    }
    if (!ts.isIfStatement(node) || !isOfObject(node.expression)) return undefined;
    const method = ts.findAncestor(node, ts.isMethodDeclaration);
    const methods = method === undefined || ts.findAncestor(node, ts.isFunctionExpression) !== undefined ? undefined : made.get(method.parent);
    if (methods === undefined || method?.modifiers?.some(({ kind }) => kind === SyntaxKind.StaticKeyword) === true) return undefined;
    count += 1;
    const name = `holds${count}`;
    methods.push(` private ${name}() { return ${node.expression.getText(file).replace(/\s+/g, ' ')}; }`);
    return `if (this.${name}()) ${otherwise(node, emit, file)}`;
  };
  return rewritten(text, rewrite);
}

/** It asks for members of the object, and for nothing else that has a name. */
function isOfObject(condition: ts.Expression): boolean {
  if (holds(condition, (part) => ts.isAwaitExpression(part) || ts.isFunctionLike(part)) || !holds(condition, ({ kind }) => kind === SyntaxKind.ThisKeyword)) return false;
  return !holds(condition, (part) => ts.isIdentifier(part) && !(ts.isPropertyAccessExpression(part.parent) && part.parent.name === part) && !['undefined', 'Date'].includes(part.text));
}

/** `#token` as `private token_`. */
const privateWords: Rewrite = (node, emit, file) => {
  if (ts.isPrivateIdentifier(node)) return `${node.text.slice(1)}_`;
  if (!ts.isClassElement(node) || node.name === undefined || !ts.isPrivateIdentifier(node.name)) return undefined;
  const parts: ts.Node[] = [];
  ts.forEachChild(node, (part) => {
    parts.push(part);
  });
  let position = node.getStart(file);
  let result = 'private ';
  for (const part of parts) {
    result += file.text.slice(position, part.getStart(file)) + emit(part);
    position = part.end;
  }
  return result + file.text.slice(position, node.end);
};

/** `function load() {}` as `const load = function () {};`. */
const functionsAsValues: Rewrite = (node, emit, file) => {
  if (!ts.isFunctionDeclaration(node) || node.name === undefined || node.body === undefined || !ts.isSourceFile(node.parent) || node.asteriskToken !== undefined) return undefined;
  const { name, body } = node;
  const [, exported = '', asynchronous = ''] = /^(export\s+)?(async\s+)?function\s/.exec(file.text.slice(node.getStart(file), name.getStart(file))) ?? [];
  return `${exported}const ${name.text} = ${asynchronous}function ${file.text.slice(name.end, body.getStart(file))}${emit(body)};`;
};

/** The body of an asynchronous function in `try { … } catch (error) { throw error; }`. */
const throwsOn: Rewrite = (node, emit, file) => {
  if (!ts.isBlock(node) || !ts.isFunctionLike(node.parent) || node.statements.length === 0) return undefined;
  const isAsynchronous = ts.canHaveModifiers(node.parent) && node.parent.modifiers?.some(({ kind }) => kind === SyntaxKind.AsyncKeyword) === true;
  if (!isAsynchronous) return undefined;
  let position = node.getStart(file);
  let inner = '';
  for (const statement of node.statements) {
    inner += file.text.slice(position, statement.getStart(file)) + emit(statement);
    position = statement.end;
  }
  return `{ try ${inner}${file.text.slice(position, node.end)} catch (error) { throw error; } }`;
};

/** `if (a && b) …` as `if (a) { if (b) … }`. */
const nestedBranches: Rewrite = (node, emit) =>
  ts.isIfStatement(node) && node.elseStatement === undefined && ts.isBinaryExpression(node.expression) && node.expression.operatorToken.kind === SyntaxKind.AmpersandAmpersandToken
    ? `if (${emit(node.expression.left)}) { if (${emit(node.expression.right)}) ${emit(node.thenStatement)} }`
    : undefined;

/** `if (a) …` as `if (!(a)) {} else …`. */
const turnedBranches: Rewrite = (node, emit) =>
  ts.isIfStatement(node) && node.elseStatement === undefined ? `if (!(${emit(node.expression)})) {} else ${emit(node.thenStatement)}` : undefined;

const letForConst: Rewrite = (node, emit, file) => {
  const constant = constantOf(node);
  return constant === undefined ? undefined : `let ${file.text.slice(constant.getStart(file), constant.name.end)}${constant.type === undefined ? '' : `: ${constant.type.getText(file)}`} = ${constant.initializer === undefined ? '' : emit(constant.initializer)};`;
};

const voidForUndefined: Rewrite = (node, emit) =>
  ts.isBinaryExpression(node) && node.operatorToken.kind === SyntaxKind.EqualsEqualsEqualsToken && ts.isIdentifier(node.right) && node.right.text === 'undefined' ? `!(void 0 !== ${emit(node.left)})` : undefined;

const forInsteadOfWhile: Rewrite = (node, emit) => (ts.isWhileStatement(node) ? `for (; ${emit(node.expression)}; ) ${emit(node.statement)}` : undefined);

const doubleNegation: Rewrite = (node, emit, file) => (ts.isIfStatement(node) ? `if (!(!(${emit(node.expression)}))) ${otherwise(node, emit, file)}` : undefined);

/** `const list = this.list` as `const { list: list } = this`. */
const patterns: Rewrite = (node, emit) =>
  ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.type === undefined && node.initializer !== undefined && ts.isPropertyAccessExpression(node.initializer) &&
  node.initializer.questionDotToken === undefined && ts.isIdentifier(node.initializer.name)
    ? `{ ${node.initializer.name.text}: ${node.name.text} } = ${emit(node.initializer.expression)}`
    : undefined;

/**
 * Locks in callback style without a library: `lock.lock((release) => { …; release(); })`. A member calls the section that it is
 * handed with a function that frees the lock, or queues it while the lock is held; whoever frees takes the next one off the
 * queue and calls it.
 */
import type { ModelMember } from '../catalogue/schema.js';
import type { Compiler, ts } from '../compiler/compiler.js';
import { enclosingActivation, functionDeclaredBy, type FunctionNode, isFunctionLiteral, isFunctionNode, propertyNameText, skipOuter } from '../syntax/functions.js';
import { callbackParameter, type ShapeMember } from './shape-members.js';

type Run = Extract<ModelMember, { does: 'run' }>;

/** Without these words no section is queued and called later. */
export const callbackLockWords = /\.shift\(/;

/** The members that run a section which frees the lock itself; `around` holds the members and the functions beside them. */
export function callbackRuns(compiler: Compiler, around: ts.Node, members: readonly ShapeMember[]): ReadonlyMap<string, Run> {
  const found = new Map<string, Run>();
  const next = nextCall(compiler, around);
  if (next === undefined) return found;
  for (const member of members) {
    const callback = callbackParameter(compiler, member);
    const section = callback === undefined ? undefined : member.parameters[callback]?.name.getText();
    const queued = section === undefined || member.body === undefined ? undefined : queueing(compiler, member.body, section);
    if (callback === undefined || section === undefined || member.body === undefined || queued === undefined) continue;
    const releaser = releaserOf(compiler, runOf(compiler, around, member.body, section)?.call) ?? releaserOf(compiler, next.call);
    if (releaser === undefined) continue;
    found.set(member.name, {
      does: 'run',
      callback,
      releaser,
      ...(next.isAtOnce ? { handsOver: true } : {}),
      ...(isLimited(compiler, queued, member.body) ? { mode: 'counting' as const } : {}),
    });
  }
  return found;
}

/** `this.waiting.push(section)`. */
function queueing(compiler: Compiler, body: ts.Node, section: string): ts.Node | undefined {
  return findNamed(compiler, body, section, (node) => {
    if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression) || node.expression.name.text !== 'push') return false;
    const [queued] = node.arguments;
    return queued !== undefined && compiler.isIdentifier(skipOuter(compiler, queued)) && queued.getText() === section;
  });
}

/** The section waits when there are so many already: `if (this.running >= limit)`. */
function isLimited(compiler: Compiler, queued: ts.Node, body: ts.Node): boolean {
  for (let node = queued; node !== body; node = node.parent) {
    const { parent } = node;
    if (compiler.isIfStatement(parent)) return /[<>]/.test(parent.expression.getText());
  }
  return false;
}

interface SectionCall {
  readonly call: ts.CallExpression;
  /** In the same turn, and not by a timer, a microtask or a promise. */
  readonly isAtOnce: boolean;
}

/** The call of what is taken off a queue: `const waiter = this.waiting.shift(); … waiter(release)`. */
function nextCall(compiler: Compiler, around: ts.Node): SectionCall | undefined {
  const taken = find(compiler, around, (node) => {
    if (!compiler.isVariableDeclaration(node) || !compiler.isIdentifier(node.name) || node.initializer === undefined) return false;
    const value = skipOuter(compiler, node.initializer);
    return compiler.isCallExpression(value) && compiler.isPropertyAccessExpression(value.expression) && value.expression.name.text === 'shift';
  });
  if (taken === undefined || !compiler.isVariableDeclaration(taken)) return undefined;
  return runOf(compiler, around, enclosingActivation(compiler, taken), taken.name.getText());
}

/** The call of the section that the name stands for in the body: there, or in a helper that the section is handed to. */
function runOf(compiler: Compiler, around: ts.Node, body: ts.Node, name: string): SectionCall | undefined {
  const call = callOf(compiler, body, name);
  if (call !== undefined) return { call, isAtOnce: runsAtOnce(compiler, body, call) };
  for (const handed of callsWith(compiler, body, name)) {
    const helper = helperOf(compiler, around, handed.expression);
    const parameter = helper?.parameters[handed.arguments.findIndex((argument) => argument.getText() === name)]?.name;
    const inner = helper?.body === undefined || parameter === undefined ? undefined : callOf(compiler, helper.body, parameter.getText());
    if (helper?.body === undefined || inner === undefined) continue;
    return { call: inner, isAtOnce: runsAtOnce(compiler, body, handed) && runsAtOnce(compiler, helper.body, inner) };
  }
  return undefined;
}

/** Calls that are handed what the name stands for. */
function callsWith(compiler: Compiler, body: ts.Node, name: string): ts.CallExpression[] {
  return [...nodesNaming(compiler, body, name)].filter(
    (node): node is ts.CallExpression => compiler.isCallExpression(node) && node.arguments.some((argument) => argument.getText() === name),
  );
}

/** Inside the function the name stands for a parameter of its own. */
function redeclares(compiler: Compiler, node: ts.Node, name: string): boolean {
  return isFunctionNode(compiler, node) && node.parameters.some((parameter) => parameter.name.getText() === name);
}

function runsAtOnce(compiler: Compiler, body: ts.Node, call: ts.CallExpression): boolean {
  const owner = enclosingActivation(compiler, call);
  return (owner === body || owner === body.parent) && !/\bawait\b/.test(owner.getText());
}

/** The member of the object, or the function beside it, that is called: `this.start(section)`, `start(section)`. */
function helperOf(compiler: Compiler, around: ts.Node, callee: ts.Expression): FunctionNode | undefined {
  const isMember = compiler.isPropertyAccessExpression(callee) && callee.expression.kind === compiler.SyntaxKind.ThisKeyword;
  const name = isMember ? callee.name.text : compiler.isIdentifier(callee) ? callee.text : undefined;
  if (name === undefined) return undefined;
  const declared = find(compiler, around, (node) => {
    const isNamed = compiler.isClassElement(node) || compiler.isFunctionDeclaration(node) || compiler.isVariableDeclaration(node);
    return isNamed && propertyNameText(compiler, node.name) === name && functionDeclaredBy(compiler, node) !== undefined;
  });
  return declared === undefined ? undefined : functionDeclaredBy(compiler, declared);
}

function callOf(compiler: Compiler, body: ts.Node, name: string): ts.CallExpression | undefined {
  const call = findNamed(compiler, body, name, (node) => compiler.isCallExpression(node) && node.expression.getText() === name);
  return call !== undefined && compiler.isCallExpression(call) ? call : undefined;
}

/** Position of the argument that is a function. */
function releaserOf(compiler: Compiler, call: ts.CallExpression | undefined): number | undefined {
  const position = call?.arguments.findIndex((argument) => {
    const node = skipOuter(compiler, argument);
    if (isFunctionLiteral(compiler, node)) return true;
    if (compiler.isCallExpression(node)) return compiler.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'bind';
    return (compiler.isPropertyAccessExpression(node) || compiler.isIdentifier(node)) && /release|unlock|free|done|next|leave/i.test(node.getText());
  });
  return position === undefined || position < 0 ? undefined : position;
}

function find(compiler: Compiler, node: ts.Node, isWanted: (node: ts.Node) => boolean): ts.Node | undefined {
  return isWanted(node) ? node : compiler.forEachChild(node, (child) => find(compiler, child, isWanted));
}

/** The nodes of the body where the name stands for what it stands for in the body. */
function* nodesNaming(compiler: Compiler, body: ts.Node, name: string): Generator<ts.Node> {
  const work = [body];
  for (let node = work.pop(); node !== undefined; node = work.pop()) {
    if (node !== body && redeclares(compiler, node, name)) continue;
    yield node;
    const children: ts.Node[] = [];
    compiler.forEachChild(node, (child) => void children.push(child));
    work.push(...children.reverse());
  }
}

function findNamed(compiler: Compiler, body: ts.Node, name: string, isWanted: (node: ts.Node) => boolean): ts.Node | undefined {
  for (const node of nodesNaming(compiler, body, name)) if (isWanted(node)) return node;
  return undefined;
}

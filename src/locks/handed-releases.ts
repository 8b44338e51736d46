/**
 * What an acquire without a library hands out to its caller: a function that lets the next one in, or an object with one.
 *
 * The bodies decide. What is handed out gives up what the acquire has claimed, or settles the promise that the next caller waits for.
 */
import type { Compiler, ts } from '../compiler/compiler.js';
import { isFunctionLiteral, skipOuter } from '../syntax/functions.js';
import { executorOf } from '../syntax/promise-chains.js';
import { methodsThatCall } from './kept-handles.js';
import { type BodyEvidence, evidenceOf } from './shape-evidence.js';
import { resultOf, returnedExpressions, type ShapeMember } from './shape-members.js';

/** A member with what its body does. */
export interface SeenMember {
  readonly member: ShapeMember;
  readonly evidence: BodyEvidence | undefined;
}

export function isWaiting(evidence: BodyEvidence | undefined): boolean {
  return evidence !== undefined && (evidence.tail || evidence.waiters || evidence.spin);
}

/** By the text of a body alone: it waits, gives something back, and speaks of promises. */
export function mayHandOutRelease(text: string): boolean {
  return /\bawait\b/.test(text) && /\breturn\b/.test(text) && /\bPromise\b/.test(text);
}

/**
 * It waits, and then hands out a function that gives up what it has claimed, `const leave = await gate.enter()`, or what does so
 * when it is disposed of, `using turn = await turns.take()`. Without a name that says so, the function has to let the next one in as
 * well: counts of users go down by such functions too.
 */
export function handsOutRelease(compiler: Compiler, seen: SeenMember, isNamed: boolean, others: readonly SeenMember[]): boolean {
  const { member, evidence } = seen;
  if (evidence === undefined || member.body === undefined || !isWaiting(evidence)) return false;
  const result = resultOf(compiler, member);
  if (result.kind === 'handle' && result.disposable && evidence.tail) return true;
  if (result.kind === 'handle' || result.kind === 'other' || result.kind === 'unknown') return releasingMembers(compiler, seen, others).length > 0;
  if (result.kind !== 'function') return false;
  if (evidence.tail && isNamed) return true;
  return returnedExpressions(compiler, member.body).some((value) => givesUp(compiler, seen, skipOuter(compiler, value), isNamed, others));
}

/** The members of the object that it hands out by which the lock is given back: `return { leave: () => { this.held = false; … } }`. */
export function releasingMembers(compiler: Compiler, seen: SeenMember, others: readonly SeenMember[]): readonly string[] {
  const { body } = seen.member;
  if (body === undefined || !isWaiting(seen.evidence)) return [];
  return returnedExpressions(compiler, body).flatMap((value) => {
    const object = skipOuter(compiler, value);
    if (compiler.isNewExpression(object)) return membersOfGuard(compiler, seen, object, others);
    if (!compiler.isObjectLiteralExpression(object)) return [];
    return object.properties.flatMap((property) => {
      const given = compiler.isPropertyAssignment(property) ? skipOuter(compiler, property.initializer) : compiler.isShorthandPropertyAssignment(property) ? property.name : property;
      return property.name !== undefined && givesUp(compiler, seen, given, false, others) ? [property.name.getText()] : [];
    });
  });
}

/** `return new Ticket(() => { this.held = false; … })`: the methods of the guard that call what it was handed. */
function membersOfGuard(compiler: Compiler, seen: SeenMember, made: ts.NewExpression, others: readonly SeenMember[]): readonly string[] {
  const name = skipOuter(compiler, made.expression);
  const position = made.arguments?.findIndex((argument) => givesUp(compiler, seen, skipOuter(compiler, argument), false, others)) ?? -1;
  if (position < 0 || !compiler.isIdentifier(name)) return [];
  const guard = made.getSourceFile().statements.find((statement) => compiler.isClassDeclaration(statement) && statement.name?.text === name.text);
  return guard !== undefined && compiler.isClassDeclaration(guard) ? methodsThatCall(compiler, guard, position) : [];
}

/** A function written out that gives up what was claimed, itself or by members that it calls, or the function that settles what the next caller waits for. */
function givesUp(compiler: Compiler, { member: { body }, evidence }: SeenMember, given: ts.Node, isNamed: boolean, others: readonly SeenMember[]): boolean {
  if (body === undefined || evidence === undefined) return false;
  if (compiler.isIdentifier(given)) return evidence.tail && isSettler(compiler, body, given.text);
  const released = isFunctionLiteral(compiler, given) || compiler.isMethodDeclaration(given) ? given.body : undefined;
  const own = released === undefined ? undefined : evidenceOf(compiler, released);
  const called = own === undefined ? [memberHanded(compiler, given)] : [...own.ownCalls.keys()];
  if (own !== undefined && evidence.tail && called.some((name) => name !== undefined && isSettler(compiler, body, name))) return true;
  const done = [...(own === undefined ? [] : [own]), ...evidenceOfCalled(others, called)];
  const takesOff = done.some((each) => each.takesOff);
  if (!(isNamed || evidence.spin || (evidence.waiters && takesOff))) return false;
  return done.some(({ claimed }) => [...claimed].some((state) => evidence.claimedAtOnce.has(state)));
}

/** `return this.leave`, `return this.leave.bind(this)`. */
function memberHanded(compiler: Compiler, given: ts.Node): string | undefined {
  const isBound = compiler.isCallExpression(given) && compiler.isPropertyAccessExpression(given.expression) && given.expression.name.text === 'bind';
  const member = isBound && compiler.isPropertyAccessExpression(given.expression) ? skipOuter(compiler, given.expression.expression) : given;
  const isOwn = compiler.isPropertyAccessExpression(member) && member.expression.kind === compiler.SyntaxKind.ThisKeyword;
  return isOwn ? member.name.text : undefined;
}

/** What the members of these names do, and those that they call in turn. */
function evidenceOfCalled(members: readonly SeenMember[], names: readonly (string | undefined)[]): readonly BodyEvidence[] {
  const found = new Map<string, BodyEvidence>();
  const work = names.filter((name) => name !== undefined);
  for (let name = work.pop(); name !== undefined; name = work.pop()) {
    if (found.has(name)) continue;
    const evidence = members.find(({ member }) => member.name === name)?.evidence;
    if (evidence === undefined) continue;
    found.set(name, evidence);
    work.push(...evidence.ownCalls.keys());
  }
  return [...found.values()];
}

/** The local is filled with what settles a promise made here: `new Promise((resolve) => (open = resolve))`. */
function isSettler(compiler: Compiler, body: ts.Node, name: string): boolean {
  const find = (node: ts.Node): boolean => {
    const executor = executorOf(compiler, node);
    const resolve = executor?.parameters[0]?.name.getText();
    if (executor !== undefined && resolve !== undefined && isAssigned(compiler, executor, name, resolve)) return true;
    if (compiler.isBindingElement(node) && (node.propertyName ?? node.name).getText() === 'resolve' && node.name.getText() === name) return true;
    return compiler.forEachChild(node, (child) => find(child) || undefined) ?? false;
  };
  return find(body);
}

function isAssigned(compiler: Compiler, node: ts.Node, name: string, value: string): boolean {
  if (compiler.isBinaryExpression(node) && node.operatorToken.kind === compiler.SyntaxKind.EqualsToken && node.left.getText() === name) {
    return skipOuter(compiler, node.right).getText() === value;
  }
  return compiler.forEachChild(node, (child) => isAssigned(compiler, child, name, value) || undefined) ?? false;
}

/** What is handed out settles the promise that the next caller waits for, or gives up what was claimed: a subscription ends something else. */
export function opensWhatItClosed(compiler: Compiler, { member: { body }, evidence }: SeenMember): boolean {
  if (body === undefined || evidence?.tail !== true) return true;
  return returnedExpressions(compiler, body).some((value) => {
    const handed = skipOuter(compiler, value);
    if (!isFunctionLiteral(compiler, handed)) return true;
    return [...evidenceOf(compiler, handed.body).ownCalls.keys()].some((name) => callIn(compiler, body, name) !== undefined && declares(compiler, body, name));
  });
}

/** Whether a variable of this name is declared in the node. */
function declares(compiler: Compiler, node: ts.Node, name: string): boolean {
  if (compiler.isVariableDeclaration(node) && node.name.getText() === name) return true;
  return compiler.forEachChild(node, (child) => declares(compiler, child, name) || undefined) ?? false;
}

/** Where the node calls the function of this name: `fn()`, `fn.call(this)`. */
export function callIn(compiler: Compiler, node: ts.Node, name: string): ts.CallExpression | undefined {
  if (compiler.isCallExpression(node)) {
    const callee = skipOuter(compiler, node.expression);
    const isBorrowed = compiler.isPropertyAccessExpression(callee) && (callee.name.text === 'call' || callee.name.text === 'apply');
    const called = isBorrowed ? skipOuter(compiler, callee.expression) : callee;
    if (compiler.isIdentifier(called) && called.text === name) return node;
  }
  return compiler.forEachChild(node, (child) => callIn(compiler, child, name));
}

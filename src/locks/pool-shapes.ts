/**
 * Pools without a library: classes, interfaces and objects that hand out things and take them back. One member promises a thing,
 * another is given a thing of the same type, and their names are those of a borrower: `acquire(): Promise<Connection>` beside
 * `release(connection: Connection)`. Nobody is kept out; what is handed out is owed. Words of other trades are not enough: who
 * gets a song and releases it publishes it, unless the body puts it back among others; who takes a job out of a queue owes
 * nothing, unless the class itself has put its things there.
 *
 * Or the thing is counted, and what is handed out has been counted for who gets it: `return reader.retain()`. Then it gives itself
 * back, by its own `release()`.
 */
import type { ModelExport } from '../catalogue/schema.js';
import type { Compiler, ts } from '../compiler/compiler.js';
import { isFunctionNode, nameOfFunction, returnedBy, skipOuter } from '../syntax/functions.js';
import { isWithin } from '../syntax/tree.js';
import { wordsOf } from '../syntax/words.js';
import { type LockShapeNode, memberOf, membersOf, promisedType, returnsPromise, type ShapeMember } from './shape-members.js';
import type { FreeFunction } from './named-functions.js';

/** Words that borrow, with those that give back. */
const borrowing: Readonly<Record<string, ReadonlySet<string>>> = {
  acquire: new Set(['release', 'free', 'return', 'recycle']),
  borrow: new Set(['return', 'release', 'give']),
  checkout: new Set(['checkin', 'release', 'return']),
  check: new Set(['check']),
  lease: new Set(['release', 'return']),
  obtain: new Set(['release', 'free', 'return']),
  get: new Set(['release']),
  rent: new Set(['return', 'release']),
  take: new Set(['give', 'put', 'return', 'release']),
};

/** Words of other trades as well. */
const ambiguous: ReadonlySet<string> = new Set(['borrow', 'get', 'rent', 'take']);

/** Words of queues as well, into which others put what is new. */
const ofQueues: ReadonlySet<string> = new Set(['take']);

/** The pool's model, or undefined when the class, interface or object is none. */
export function poolShapeOf(compiler: Compiler, node: LockShapeNode): ModelExport | undefined {
  return poolOf(compiler, membersOf(compiler, node));
}

/** What functions that share variables are together, as if they were the members of one pool. */
export function poolOfFunctions(compiler: Compiler, functions: readonly { readonly node: FreeFunction; readonly name: string }[]): ModelExport | undefined {
  return poolOf(compiler, functions.map(({ node, name }) => memberOf(compiler, name, node)));
}

function poolOf(compiler: Compiler, members: readonly ShapeMember[]): ModelExport | undefined {
  let pool: ModelExport | undefined;
  for (const borrow of members) {
    if (!mayBorrow(borrow.name) || !returnsPromise(compiler, borrow)) continue;
    const returns = returnsOf(compiler, members, borrow);
    if (returns.length === 0 && !handsOutShares(compiler, borrow)) continue;
    const more = returns.length === 0 ? modelOfShares(borrow) : modelOf(compiler, borrow, returns);
    pool = { ...more, members: { ...more.members, ...pool?.members } };
  }
  return pool;
}

/** The members that take back what the member hands out. */
function returnsOf(compiler: Compiler, members: readonly ShapeMember[], borrow: ShapeMember): readonly ShapeMember[] {
  const thing = thingOf(compiler, borrow);
  if (thing === undefined) return [];
  return members.filter(
    (member) =>
      givesBack(borrow.name, member.name) && member.parameters[0]?.type?.getText() === thing && (!isAmbiguous(borrow.name) || keepsItsThings(compiler, borrow, member, thing)),
  );
}

function modelOf(compiler: Compiler, borrow: ShapeMember, returns: readonly ShapeMember[]): ModelExport {
  return {
    name: '',
    kind: 'resource',
    members: {
      [borrow.name]: { does: 'acquire', fails: 'rejects', release: { by: 'lock-member', members: returns.map(({ name }) => name) } },
      ...Object.fromEntries(returns.map((member) => [member.name, { does: 'release', asynchronous: returnsPromise(compiler, member) }])),
    },
  };
}

function modelOfShares({ name }: ShapeMember): ModelExport {
  return { name: '', kind: 'resource', members: { [name]: { does: 'acquire', fails: 'rejects', release: { by: 'result-member', members: ['release', 'unref'] } } } };
}

/** All that it gives has been counted for its caller: `return known.retain();`, or `reader.retain(); return reader;`. */
function handsOutShares(compiler: Compiler, { node }: ShapeMember): boolean {
  if (!isFunctionNode(compiler, node) || node.body === undefined) return false;
  const given = returnedBy(compiler, node);
  return given.length > 0 && given.every((each) => isCounted(compiler, each));
}

function isCounted(compiler: Compiler, returned: ts.Expression): boolean {
  const node = skipOuter(compiler, returned);
  if (compiler.isCallExpression(node)) return countedBy(compiler, node) !== undefined;
  const statement = node.parent;
  if (!compiler.isIdentifier(node) || !compiler.isReturnStatement(statement) || !compiler.isBlock(statement.parent)) return false;
  const before = statement.parent.statements[statement.parent.statements.indexOf(statement) - 1];
  if (before === undefined || !compiler.isExpressionStatement(before)) return false;
  const call = skipOuter(compiler, before.expression);
  return compiler.isCallExpression(call) && countedBy(compiler, call)?.getText() === node.text;
}

/** `reader` of `reader.retain()`, which counts one more who has it. `db.ref(path)` is another trade's word: it looks something up. */
function countedBy(compiler: Compiler, { expression, arguments: given }: ts.CallExpression): ts.Expression | undefined {
  if (given.length > 0 || !compiler.isPropertyAccessExpression(expression)) return undefined;
  return /^(?:retain|addRef|ref)$/.test(expression.name.text) ? expression.expression : undefined;
}

/** Whether the name could be that of a member that borrows. */
export function mayBorrow(name: string): boolean {
  return Object.hasOwn(borrowing, wordsOf(name)[0] ?? '');
}

/** `acquire` and `release`, `getConnection` and `releaseConnection`, `checkOut` and `checkIn`. */
export function givesBack(borrows: string, gives: string): boolean {
  const [first = '', ...what] = wordsOf(borrows);
  const [last = '', ...same] = wordsOf(gives);
  if (!Object.hasOwn(borrowing, first) || borrowing[first]?.has(last) !== true) return false;
  if (first === 'check') return what.join() === 'out' && same.join() === 'in';
  return same.length === 0 || same.join() === 'back' || same.join() === what.join();
}

function isOfQueue(borrows: string): boolean {
  return ofQueues.has(wordsOf(borrows)[0] ?? '');
}

function isAmbiguous(borrows: string): boolean {
  return ambiguous.has(wordsOf(borrows)[0] ?? '');
}

/** What is given back is put where it was taken out; and where one may also hand in what is new, the class puts there things of its own. */
function keepsItsThings(compiler: Compiler, borrow: ShapeMember, { node, parameters }: ShapeMember, thing: string): boolean {
  const given = parameters[0]?.name.getText();
  const kept = fillingsIn(compiler, node).find((call) => call.arguments.some((argument) => argument.getText() === given));
  if (kept === undefined || !isTakenOutOf(compiler, borrow.node, placeOfCall(kept))) return false;
  const owner = node.parent;
  return !isOfQueue(borrow.name) || isMadeIn(compiler, owner, thing) || isMadeBy(compiler, borrow) || fillingsIn(compiler, owner).some((call) => !isWithin(call, node) && placeOfCall(call) === placeOfCall(kept));
}

/** `new Connection(…)`. */
function isMadeIn(compiler: Compiler, node: ts.Node, thing: string): boolean {
  const isMade = (each: ts.Node): boolean => (compiler.isNewExpression(each) && each.expression.getText() === thing) || compiler.forEachChild(each, isMade) === true;
  return isMade(node);
}

/** `return this.dial(url)`: what is handed out comes from a function that the pool was given, and not from who puts things there. */
function isMadeBy(compiler: Compiler, { node }: ShapeMember): boolean {
  if (!isFunctionNode(compiler, node)) return false;
  return returnedBy(compiler, node).some((returned) => {
    const made = skipOuter(compiler, compiler.isAwaitExpression(returned) ? returned.expression : returned);
    if (!compiler.isCallExpression(made)) return false;
    const callee = skipOuter(compiler, made.expression);
    if (compiler.isIdentifier(callee)) return !isFunctionBeside(compiler, node, callee.text);
    return compiler.isPropertyAccessExpression(callee) && callee.expression.kind === compiler.SyntaxKind.ThisKeyword && !isFunctionBeside(compiler, node, callee.name.text);
  });
}

/** A method of the same class, or a function that is declared in the same block. */
function isFunctionBeside(compiler: Compiler, node: ts.Node, name: string): boolean {
  let around = node.parent;
  while (!compiler.isClassLike(around) && !compiler.isBlock(around) && !compiler.isObjectLiteralExpression(around) && !compiler.isSourceFile(around)) around = around.parent;
  const declares = (each: ts.Node): boolean => {
    if (isFunctionNode(compiler, each)) return nameOfFunction(compiler, each)?.text === name;
    return (compiler.isVariableStatement(each) || compiler.isVariableDeclarationList(each) || compiler.isVariableDeclaration(each)) && compiler.forEachChild(each, (part) => declares(part) || undefined) === true;
  };
  return compiler.forEachChild(around, (each) => declares(each) || undefined) === true;
}

type MemberCall = ts.CallExpression & { readonly expression: ts.PropertyAccessExpression };

/** `this.free.push(connection)`, `this.idle.add(connection)`. */
function fillingsIn(compiler: Compiler, node: ts.Node): readonly MemberCall[] {
  return memberCallsIn(compiler, node, /^(?:push|unshift|add)$/);
}

function memberCallsIn(compiler: Compiler, node: ts.Node, names: RegExp): readonly MemberCall[] {
  const found: MemberCall[] = [];
  const isOfMember = (each: ts.Node): each is MemberCall => compiler.isCallExpression(each) && compiler.isPropertyAccessExpression(each.expression);
  const visit = (each: ts.Node): void => {
    if (isOfMember(each) && names.test(each.expression.name.text)) found.push(each);
    compiler.forEachChild(each, visit);
  };
  visit(node);
  return found;
}

function isTakenOutOf(compiler: Compiler, node: ts.Node, place: string): boolean {
  return memberCallsIn(compiler, node, /^(?:pop|shift|splice|delete)$/).some((call) => placeOfCall(call) === place);
}

function placeOfCall({ expression }: MemberCall): string {
  return expression.expression.getText();
}
/** What is handed out, as its type is written; undefined for what is no object that could be owed. */
function thingOf(compiler: Compiler, { type }: ShapeMember): string | undefined {
  const promised = type === undefined ? undefined : promisedType(compiler, type);
  return promised !== undefined && isObjectType(compiler, promised) ? promised.getText() : undefined;
}

function isObjectType(compiler: Compiler, type: ts.TypeNode): boolean {
  return compiler.isTypeReferenceNode(type) && !/^(?:Promise|Array|ReadonlyArray|Map|Set|Record|Buffer|Uint8Array|Date|Function)$/.test(type.typeName.getText());
}

/**
 * Methods that run beside each other on one object although only one run has it: `await Promise.all([this.readHead(), this.readRows()])`
 * in a method of its own, or one of them for each element, `ids.map((id) => this.read(id))`.
 */
import type { ts } from '../../compiler/compiler.js';
import { type Activation, functionDeclaredBy, type FunctionNode, isFunctionLiteral, skipOuter, type ThisOwner, thisOwner } from '../../syntax/functions.js';
import { promiseCombinator, writtenText } from '../../syntax/tree.js';
import { memoized, type ProgramModel } from '../model/program-model.js';

/** The methods of one branch, with all that they call of the object; `isMany` where the branch is begun once for each element. */
interface Branch {
  readonly methods: ReadonlySet<Activation>;
  readonly isMany: boolean;
}

/** Whether the two run beside each other, on one object of the class, by what its own methods begin together. */
export function runSideBySide(model: ProgramModel, holder: ThisOwner, left: Activation, right: Activation): boolean {
  return groupsOf(model, holder).some((branches) =>
    branches.some((one, index) =>
      one.methods.has(left) && branches.some((other, otherIndex) => other.methods.has(right) && (index !== otherIndex || one.isMany))));
}

/** The branches of each `Promise.all` in the methods of the class. */
const groupsOf = memoized((model, holder: ThisOwner): readonly (readonly Branch[])[] => {
  const { compiler } = model;
  if (!compiler.isClassLike(holder) || !/\bPromise\s*\.\s*a(?:ll|ny)/.test(writtenText(holder))) return [];
  const groups: Branch[][] = [];
  const visit = (node: ts.Node): void => {
    const combinator = promiseCombinator(compiler, node);
    if (combinator !== undefined && combinator !== 'resolve' && compiler.isCallExpression(node)) {
      const branches = branchesOf(model, holder, node.arguments[0]);
      if (branches.length > 1 || branches[0]?.isMany === true) groups.push(branches);
    }
    compiler.forEachChild(node, visit);
  };
  visit(holder);
  return groups;
});

function branchesOf(model: ProgramModel, holder: ThisOwner, given: ts.Expression | undefined): Branch[] {
  const { compiler } = model;
  const node = given === undefined ? undefined : skipOuter(compiler, given);
  if (node === undefined) return [];
  if (compiler.isArrayLiteralExpression(node)) {
    return node.elements.flatMap((element) => (compiler.isSpreadElement(element) ? branchesOf(model, holder, element.expression) : branchOf(model, holder, element, false)));
  }
  const isMapped = compiler.isCallExpression(node) && compiler.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'map';
  const callback = isMapped ? node.arguments[0] : undefined;
  return callback !== undefined && isFunctionLiteral(compiler, callback) ? branchOf(model, holder, callback, true) : [];
}

function branchOf(model: ProgramModel, holder: ThisOwner, node: ts.Node, isMany: boolean): Branch[] {
  const methods = new Set<Activation>();
  const work = ownCallsIn(model, holder, node);
  for (let method = work.pop(); method !== undefined; method = work.pop()) {
    if (methods.has(method)) continue;
    methods.add(method);
    work.push(...ownCallsIn(model, holder, method));
  }
  return methods.size === 0 ? [] : [{ methods, isMany }];
}

/** The methods that are called on `this` there. */
function ownCallsIn(model: ProgramModel, holder: ThisOwner, node: ts.Node): FunctionNode[] {
  const { compiler } = model;
  const found: FunctionNode[] = [];
  const visit = (each: ts.Node): void => {
    if (compiler.isCallExpression(each) && compiler.isPropertyAccessExpression(each.expression)) {
      const { expression: receiver, name } = each.expression;
      const isOwn = receiver.kind === compiler.SyntaxKind.ThisKeyword && thisOwner(compiler, receiver) === holder;
      const member = isOwn ? model.file(holder).memberOf(holder, name.text) : undefined;
      const method = member === undefined ? undefined : functionDeclaredBy(compiler, member);
      if (method !== undefined) found.push(method);
    }
    compiler.forEachChild(each, visit);
  };
  visit(node);
  return found;
}

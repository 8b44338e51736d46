/**
 * Private fields that a release is kept in, and private helpers that call what is in them: `this.leave = await mutex.acquire(); …
 * this.done();`. Nobody else can give back what is there, so that whoever puts it there owes the call of the helper.
 */
import type { Graph } from '../../cfg/graph.js';
import { holderOf, type Place } from '../../places/place.js';
import { type FunctionNode, isFunctionNode, isPrivateMember, outerParent, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import type { ts } from '../../compiler/compiler.js';
import type { ProgramModel } from '../model/program-model.js';
import { releaseNames } from './handle-uses.js';
import { declarationKeptToFile } from './own-slots.js';

/** Members of a map or a list by which it is filled and looked up. */
const ofCollections = /^(?:get|set|has|delete|clear|push|shift|pop|at)$/;

/** The helpers that empty the field, or the entry of a field, for the activation; undefined where others have to do with it as well. */
export function emptyingHelpers(model: ProgramModel, graph: Graph, place: Place): ReadonlySet<FunctionNode> | undefined {
  const { compiler } = model;
  const kept = place.path.at(-1)?.kind === 'element' ? holderOf(place) : place;
  const declaration = kept.root.kind === 'this' ? declarationKeptToFile(model, kept) : undefined;
  const name = declaration?.name;
  if (declaration === undefined || name === undefined) return undefined;
  const helpers = new Set<FunctionNode>();
  const fillers = new Set<ts.Node>([graph.owner]);
  for (const mention of model.file(declaration).mentions(name.getText())) {
    if (mention === name || !isWithin(mention, declaration.parent)) continue;
    const access = mention.parent;
    const user = model.rootActivation(mention);
    if (!compiler.isPropertyAccessExpression(access) || access.name !== mention) {
      if (!compiler.isIdentifier(mention) || model.file(declaration).scopes.resolve(mention) === undefined) return undefined;
      // `const { leave } = this`
      if (compiler.isBindingElement(access) && isFunctionNode(compiler, user) && isCalled(model, mention)) helpers.add(user);
      continue;
    }
    if (access.expression.kind !== compiler.SyntaxKind.ThisKeyword) continue;
    if (isFilled(model, access)) fillers.add(user);
    else if (user !== graph.owner && isFunctionNode(compiler, user) && isCalledFrom(model, access)) helpers.add(user);
  }
  const isOnlyTheirs = [...helpers].every((helper) => !fillers.has(helper) && isCalledByAll(model, helper, fillers));
  return helpers.size > 0 && isOnlyTheirs && hasNoOtherUser(model, declaration, helpers, fillers) ? helpers : undefined;
}

/** `this.leave = …`, `this.leaves.set(key, …)`. */
function isFilled({ compiler }: ProgramModel, access: ts.PropertyAccessExpression): boolean {
  const { parent, child } = outerParent(compiler, access);
  if (compiler.isBinaryExpression(parent)) {
    return parent.left === child && parent.operatorToken.kind === compiler.SyntaxKind.EqualsToken && compiler.isAwaitExpression(skipOuter(compiler, parent.right));
  }
  return compiler.isPropertyAccessExpression(parent) && parent.name.text === 'set' && compiler.isCallExpression(parent.parent);
}

/** `this.leave?.()`, `this.leaves.get(key)?.()`, `const leave = this.leave; leave();`. */
function isCalledFrom(model: ProgramModel, access: ts.PropertyAccessExpression): boolean {
  const { compiler } = model;
  let { parent, child } = outerParent(compiler, access);
  for (; ; { parent, child } = outerParent(compiler, parent)) {
    if (compiler.isCallExpression(parent) && parent.expression === child) {
      const callee = skipOuter(compiler, parent.expression);
      if (!compiler.isPropertyAccessExpression(callee) || callee === access || !ofCollections.test(callee.name.text)) return true;
    } else if (!compiler.isPropertyAccessExpression(parent)) break;
  }
  return compiler.isVariableDeclaration(parent) && compiler.isIdentifier(parent.name) && isCalled(model, parent.name);
}

/** The local is called, or a member of it that releases. */
function isCalled(model: ProgramModel, name: ts.Identifier): boolean {
  const { compiler } = model;
  const { mentions, scopes } = model.file(name);
  const local = scopes.resolve(name);
  return mentions(name.text).some((mention) => {
    if (!compiler.isIdentifier(mention) || scopes.resolve(mention) !== local) return false;
    const use = outerParent(compiler, mention);
    if (compiler.isCallExpression(use.parent)) return use.parent.expression === use.child;
    return compiler.isPropertyAccessExpression(use.parent) && use.parent.expression === use.child && releaseNames.test(use.parent.name.text);
  });
}

/** A private method that nobody but the fillers calls. */
function isCalledByAll(model: ProgramModel, helper: FunctionNode, fillers: ReadonlySet<ts.Node>): boolean {
  const { compiler } = model;
  if (!compiler.isMethodDeclaration(helper) || !isPrivateMember(compiler, helper)) return false;
  return model.file(helper).mentions(helper.name.getText()).every((mention) => {
    if (mention === helper.name || !isWithin(mention, helper.parent)) return true;
    const { parent } = mention;
    const isCall = compiler.isPropertyAccessExpression(parent) && compiler.isCallExpression(parent.parent) && parent.parent.expression === parent;
    return isCall && fillers.has(model.rootActivation(mention));
  });
}

function hasNoOtherUser(model: ProgramModel, { name, parent: owner }: ts.NamedDeclaration, helpers: ReadonlySet<ts.Node>, fillers: ReadonlySet<ts.Node>): boolean {
  return model.file(owner).mentions(name?.getText() ?? '').every((mention) => {
    const user = model.rootActivation(mention);
    return mention === name || !isWithin(mention, owner) || helpers.has(user) || fillers.has(user);
  });
}

/** How long a slot lives, and whose wishes the work in it follows. */
import { endHooks } from '../../catalogue/callbacks.js';
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { Place } from '../../places/place.js';
import {
  type Activation,
  displayName,
  type FunctionNode,
  isAsync,
  isFunctionNode,
  isPrivateMember,
  lastOfName,
  nameOfFunction,
  outerParent,
  skipOuter,
} from '../../syntax/functions.js';
import { chainMethods } from '../../syntax/promise-chains.js';
import { isWithin } from '../../syntax/tree.js';
import { isOfConfined, mayCall } from '../actors/confinement.js';
import { runsOnce } from '../actors/contexts.js';
import type { ProgramModel } from '../model/program-model.js';
import type { Flight } from './promise-slots.js';
import { callsBehind } from '../effects/provenance.js';

/** What fails once in an operation fails the operation: a slot that ends with it keeps nothing for later. */
export function isForOneOperation(model: ProgramModel, graph: Graph, place: Place): boolean {
  const { root } = place;
  const { compiler } = model;
  if (isOfConfined(model, place)) return true;
  if (root.kind !== 'variable' || compiler.isSourceFile(root.binding.owner)) return false;
  const { owner, kind } = root.binding;
  // what a helper is handed lives as long as its caller keeps it
  if (kind === 'parameter') return false;
  return owner === graph.owner || isAsync(compiler, owner);
}

/**
 * The slot is one of many of its kind, each made for one thing that comes by: a request, a message, a connection. Its object is
 * only made in callbacks and helpers, or its variable belongs to a function that is only called in such, or that returns
 * nothing and lives on in what it has subscribed to. What failed there fails for that one thing.
 */
export function isOneOfMany(model: ProgramModel, place: Place): boolean {
  const { root } = place;
  const { compiler } = model;
  if (root.kind === 'this') return root.owner !== undefined && compiler.isClassLike(root.owner) && isMadeInPassing(model, root.owner);
  if (root.kind !== 'variable' || root.binding.kind === 'parameter') return false;
  const { owner } = root.binding;
  if (compiler.isSourceFile(owner) || owner.parameters.length === 0) return false;
  return returnsNothing(model, owner) || isCalledInPassing(model, owner, 0);
}

/** Calls are followed from makers to their callers this far. */
const maximumMakers = 3;

function isMadeInPassing(model: ProgramModel, owner: ts.ClassLikeDeclaration): boolean {
  const { name } = owner;
  if (name === undefined) return false;
  const sites = sitesOf(model, name, model.file(owner).scopes.resolve(name)?.isExported !== false, (mention) => {
    const { parent } = mention;
    return model.compiler.isNewExpression(parent) && parent.expression === mention;
  });
  return sites.length > 0 && sites.every((site) => isInPassing(model, site, 0));
}

/** Functions of one name are taken for one another. */
function isCalledInPassing(model: ProgramModel, owner: FunctionNode, depth: number): boolean {
  const { compiler } = model;
  const name = nameOfFunction(compiler, owner);
  if (name === undefined || depth >= maximumMakers) return false;
  const sites = sitesOf(model, name, true, (mention) => {
    const callee = compiler.isPropertyAccessExpression(mention.parent) && mention.parent.name === mention ? mention.parent : mention;
    return compiler.isCallExpression(callee.parent) && callee.parent.expression === callee && mayCall(model, callee, owner);
  });
  return sites.length > 0 && sites.every((site) => isInPassing(model, site, depth + 1));
}

function sitesOf(
  model: ProgramModel,
  name: ts.Identifier | ts.PrivateIdentifier,
  isExported: boolean,
  isSite: (mention: ts.Identifier | ts.PrivateIdentifier) => boolean,
): ts.Node[] {
  const own = name.getSourceFile();
  const isInFile = !isExported || name.text.startsWith('#');
  const files = isInFile ? [own] : model.program.getSourceFiles().filter((file) => !file.isDeclarationFile && file.text.includes(name.text));
  return files.flatMap((file) => model.file(file).mentions(name.text).filter((mention) => mention !== name && isSite(mention)));
}

/** The site runs for each thing that comes by: in a callback or a private helper, or in what is only called by such. */
function isInPassing(model: ProgramModel, site: ts.Node, depth: number): boolean {
  const { compiler } = model;
  const owner = enclosingFunction(model, site);
  if (owner === undefined || compiler.isConstructorDeclaration(owner)) return false;
  const { parent } = outerParent(compiler, owner);
  if (compiler.isCallExpression(parent) && parent.expression !== owner) return !runsOnce(model, owner);
  const member = compiler.isPropertyDeclaration(owner.parent) ? owner.parent : owner;
  if (compiler.isClassElement(member) && isPrivateMember(compiler, member)) return !runsOnce(model, owner);
  return isCalledInPassing(model, owner, depth);
}

function enclosingFunction({ compiler }: ProgramModel, site: ts.Node): FunctionNode | undefined {
  let node = site.parent;
  while (!compiler.isSourceFile(node)) {
    if (isFunctionNode(compiler, node)) return node;
    if (compiler.isPropertyDeclaration(node)) return undefined;
    node = node.parent;
  }
  return undefined;
}

function returnsNothing(model: ProgramModel, owner: FunctionNode): boolean {
  const { compiler } = model;
  if (owner.body === undefined || !compiler.isBlock(owner.body)) return false;
  const isBare = (node: ts.Node): boolean => {
    if (isFunctionNode(compiler, node)) return true;
    if (compiler.isReturnStatement(node)) return node.expression === undefined;
    return compiler.forEachChild(node, (child) => (isBare(child) ? undefined : true)) !== true;
  };
  return isBare(owner.body);
}

/** The work does nothing else that can fail than load modules: what is missing will be missing again. */
export function onlyLoadsModules(model: ProgramModel, value: ts.Node, depth = 0): boolean {
  const { compiler } = model;
  if (!compiler.isExpression(value) || depth > maximumMakers) return false;
  const node = skipOuter(compiler, value);
  if (!compiler.isCallExpression(node)) return false;
  const callee = skipOuter(compiler, node.expression);
  if (callee.kind === compiler.SyntaxKind.ImportKeyword) return true;
  if (compiler.isPropertyAccessExpression(callee) && chainMethods.has(callee.name.text)) return onlyLoadsModules(model, callee.expression, depth);
  const body = model.calleeOfExpression(callee, 'full');
  if (body?.body === undefined || !isAsync(compiler, body)) return false;
  let loads = 0;
  const loadsOnly = (child: ts.Node): boolean => {
    if (isFunctionNode(compiler, child)) return true;
    if (compiler.isAwaitExpression(child)) {
      loads += 1;
      if (!onlyLoadsModules(model, child.expression, depth + 1)) return false;
    }
    if (compiler.isReturnStatement(child) && child.expression !== undefined && onlyLoadsModules(model, child.expression, depth + 1)) loads += 1;
    return compiler.forEachChild(child, (inner) => (loadsOnly(inner) ? undefined : true)) !== true;
  };
  return loadsOnly(body.body) && loads > 0;
}

const teardown = /clos(?:e|ing)|detach|dispos|delet|remov|leave|destroy|shut|stop|teardown|terminat|disconnect|logout|signOut|end\b|drain|flush|cleanup|kill|exit|unsubscribe|quit/i;

/** The function ends the life of its object, or the slot holds the promise of such an end. */
export function isPartOfTeardown(model: ProgramModel, owner: Activation, place: Place | undefined): boolean {
  const name = lastOfName(displayName(model.compiler, owner));
  if (teardown.test(name) || endHooks.has(name)) return true;
  return place !== undefined && place.path.at(-1)?.kind !== 'element' && teardown.test(place.text);
}

/** After this function the object is not used any more; `stop` may be followed by a start. */
export function isEndOfLife(model: ProgramModel, owner: Activation): boolean {
  const name = lastOfName(displayName(model.compiler, owner));
  return endHooks.has(name) || /clos(?:e|ing)|dispos|destroy|terminat|shut_?down|kill|exit|quit/i.test(name);
}

/**
 * A parameter of the caller's by which it gives up, handed to work that others share: the callee gets it as an argument.
 */
export function signalOfCaller(model: ProgramModel, flight: Flight): ts.Node | undefined {
  const { graph, value, place } = flight;
  const { compiler } = model;
  if (compiler.isSourceFile(graph.owner)) return undefined;
  const { parameters } = graph.owner;
  const keyText = place.path.map((projection) => (projection.kind === 'element' ? projection.text : '')).join(' ');
  const isOfCaller = (node: ts.Identifier): boolean => {
    const declaration = model.file(node).scopes.resolve(node)?.declaration;
    return declaration !== undefined && parameters.some((parameter) => parameter === declaration || isWithin(declaration, parameter));
  };
  const find = (node: ts.Node): ts.Node | undefined => {
    if (isFunctionNode(compiler, node)) return undefined;
    if (compiler.isIdentifier(node) && /signal$/i.test(node.text) && !compiler.isPropertyAccessExpression(node.parent) && !isPropertyName(compiler, node)) {
      return isOfCaller(node) && model.questions.isNamed(node, 'AbortSignal') ? node : undefined;
    }
    if (compiler.isPropertyAccessExpression(node) && node.name.text === 'signal' && compiler.isIdentifier(node.expression)) {
      return isOfCaller(node.expression) && model.questions.isNamed(node, 'AbortSignal') ? node : undefined;
    }
    return compiler.forEachChild(node, find);
  };
  for (const call of callsBehind(graph, value)) {
    if (!compiler.isCallExpression(call.node)) continue;
    for (const argument of call.node.arguments) {
      const found = find(argument);
      if (found !== undefined && !keyText.includes(found.getText())) return found;
    }
  }
  return undefined;
}

/**
 * What is kept is a view of a promise that there was before: `this.parsed ??= this.response.then(parse)`. Starting again would
 * find the same failure.
 */
export function isDerived(model: ProgramModel, value: ts.Node): boolean {
  const { compiler } = model;
  if (!compiler.isExpression(value)) return false;
  let node = skipOuter(compiler, value);
  while (compiler.isCallExpression(node)) {
    const callee = skipOuter(compiler, node.expression);
    if (isFunctionNode(compiler, callee)) return waitsOnlyForPlaces(model, callee);
    if (!compiler.isPropertyAccessExpression(callee) || !chainMethods.has(callee.name.text)) return false;
    node = skipOuter(compiler, callee.expression);
  }
  return compiler.isPropertyAccessExpression(node) || (compiler.isIdentifier(node) && node !== value);
}

/** Every `await` in the function is of a field or variable. */
function waitsOnlyForPlaces({ compiler }: ProgramModel, node: ts.Node): boolean {
  let waits = 0;
  const visit = (child: ts.Node): boolean => {
    if (compiler.isAwaitExpression(child)) {
      waits += 1;
      const operand = skipOuter(compiler, child.expression);
      if (!compiler.isPropertyAccessExpression(operand) && !compiler.isIdentifier(operand)) return false;
    }
    return compiler.forEachChild(child, (inner) => (visit(inner) ? undefined : true)) !== true;
  };
  return visit(node) && waits > 0;
}

function isPropertyName(compiler: ProgramModel['compiler'], node: ts.Identifier): boolean {
  return compiler.isPropertyAssignment(node.parent) && node.parent.name === node;
}

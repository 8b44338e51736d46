/**
 * Handles that are gathered in a list: `releases.push(await mutex.acquire())`, `await Promise.all(ids.map((id) => lockOf(id).acquire()))`.
 * Who has the list owes the release of each that is in it, and has met that when the list is gone through and each is given back.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { AcquireEvent, CallEvent, DefineEvent, Event, ReturnEvent } from '../../events/event.js';
import { isFunctionLiteral, outerParent, skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { isWithin, promiseCombinator } from '../../syntax/tree.js';
import { variableGiven } from '../model/named-values.js';
import type { ProgramModel } from '../model/program-model.js';
import { releaseNames } from './handle-uses.js';
import type { Obligation } from './obligation.js';

/** Locals of the activation that are lists of handles. */
export function handleLists(model: ProgramModel, graph: Graph, isHandle: (value: ts.Expression) => boolean): ReadonlySet<Binding> {
  const lists = new Set<Binding>();
  for (const event of eventsOf(graph)) {
    const list = listAt(model, graph, event, isHandle);
    if (list !== undefined) lists.add(list);
  }
  return lists;
}

function listAt(model: ProgramModel, graph: Graph, event: Event, isHandle: (value: ts.Expression) => boolean): Binding | undefined {
  if (event.kind === 'call') return filledBy(model, graph, event, isHandle);
  if (event.kind === 'return') return gatheredFrom(model, event, isHandle);
  return event.kind === 'define' ? begunWith(model, event, isHandle) : undefined;
}

/** `const releases = [await mutex.acquire()]`. */
function begunWith({ compiler }: ProgramModel, { binding, node, value }: DefineEvent, isHandle: (value: ts.Expression) => boolean): Binding | undefined {
  if (value === undefined || !compiler.isExpression(value.node) || !compiler.isVariableDeclaration(node)) return undefined;
  const list = skipOuter(compiler, value.node);
  return compiler.isArrayLiteralExpression(list) && list.elements.some(isHandle) ? binding : undefined;
}

/** `releases.push(handle)` into a list that the activation has made. */
function filledBy(model: ProgramModel, graph: Graph, { node }: CallEvent, isHandle: (value: ts.Expression) => boolean): Binding | undefined {
  const { compiler } = model;
  if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression) || !/^(?:push|unshift)$/.test(node.expression.name.text)) return undefined;
  const list = skipOuter(compiler, node.expression.expression);
  if (!compiler.isIdentifier(list) || !node.arguments.some(isHandle)) return undefined;
  const binding = model.file(list).scopes.resolve(list);
  if (binding?.initializer === undefined || binding.owner !== graph.owner) return undefined;
  return compiler.isArrayLiteralExpression(skipOuter(compiler, binding.initializer)) ? binding : undefined;
}

/** `const releases = await Promise.all(ids.map((id) => …))`, of what the callback gives. */
function gatheredFrom(model: ProgramModel, { inlined, value }: ReturnEvent, isHandle: (value: ts.Expression) => boolean): Binding | undefined {
  const { compiler } = model;
  if (inlined === undefined || value === undefined || !compiler.isExpression(value.node) || !isHandle(value.node)) return undefined;
  const mapped = inlined.parent;
  if (!compiler.isCallExpression(mapped) || !isCallOf(model, mapped, 'map')) return undefined;
  const gathering = outerParent(compiler, mapped).parent;
  if (!compiler.isCallExpression(gathering) || promiseCombinator(compiler, gathering) !== 'all') return undefined;
  const awaited = outerParent(compiler, gathering).parent;
  return compiler.isAwaitExpression(awaited) ? variableGiven(model, awaited) : undefined;
}

/** The list is put into: what it holds is still owed. */
export function isPutInto(model: ProgramModel, { node }: CallEvent, lists: ReadonlySet<Binding>): boolean {
  const { compiler } = model;
  if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression)) return false;
  const list = skipOuter(compiler, node.expression.expression);
  const binding = compiler.isIdentifier(list) ? model.file(list).scopes.resolve(list) : undefined;
  return binding !== undefined && lists.has(binding);
}

/** At this mention, the list is gone through, or emptied, and each element is given back. */
export function givesAllBack(model: ProgramModel, mention: ts.Node): boolean {
  const { compiler } = model;
  let { parent, child } = outerParent(compiler, mention);
  // `[...releases].reverse()`, `releases.slice()`, `releases.pop()`
  for (;;) {
    const link = compiler.isPropertyAccessExpression(parent) && parent.expression === child && compiler.isCallExpression(parent.parent) ? parent.parent : undefined;
    if (link !== undefined && isPerElement(model, link)) return true;
    const copy = compiler.isSpreadElement(parent) || compiler.isArrayLiteralExpression(parent) ? parent : link;
    if (copy === undefined) break;
    ({ parent, child } = outerParent(compiler, copy));
  }
  if (compiler.isForOfStatement(parent)) return parent.expression === child && isGivenBackIn(model, namesIn(model, parent.initializer), parent.statement);
  return isEmptied(model, mention);
}

/** `releases.forEach((release) => release())`. */
function isPerElement(model: ProgramModel, call: ts.CallExpression): boolean {
  const { compiler } = model;
  const [callback] = call.arguments;
  if (callback === undefined || !['forEach', 'map'].some((name) => isCallOf(model, call, name))) return false;
  const literal = skipOuter(compiler, callback);
  return isFunctionLiteral(compiler, literal) && isGivenBackIn(model, namesOf(model, literal.parameters[0]?.name), literal.body);
}

/** `while ((release = releases.pop())) release();`, `for (let i = 0; i < releases.length; i++) releases[i]();` */
function isEmptied({ compiler }: ProgramModel, mention: ts.Node): boolean {
  const name = mention.getText();
  for (let node = mention; !compiler.isFunctionLike(node) && !compiler.isSourceFile(node); node = node.parent) {
    if (compiler.isWhileStatement(node)) return ['pop', 'shift'].some((taken) => node.getText().includes(`${name}.${taken}(`));
    if (compiler.isForStatement(node)) return node.statement.getText().includes(`${name}[`);
  }
  return false;
}

/** `for (const lock of locks) await lock.acquire();`: a lock of its own in each turn, which another loop over the list gives back. */
export function isOneOfList(model: ProgramModel, graph: Graph, { operation }: AcquireEvent): boolean {
  const { compiler } = model;
  // what each acquire gives is put into a list, which is followed by itself
  if (operation?.kind === 'acquire' && operation.release.kind !== 'lock-member') return false;
  const taken = operation?.lock === undefined ? undefined : skipOuter(compiler, operation.lock);
  const declaration = taken !== undefined && compiler.isIdentifier(taken) ? model.file(taken).scopes.resolve(taken)?.declaration : undefined;
  const loop = declaration?.parent.parent;
  if (loop === undefined || !compiler.isForOfStatement(loop) || declaration?.parent !== loop.initializer) return false;
  return !eventsOf(graph).some((event) => event.kind === 'release' && isWithin(event.node, loop));
}

/**
 * `for (const id of ids) { const token = await take(id); … held.push(id); }`: a lock under a key of its own in each turn, which is
 * given back outside of the loop. Which of them is given back there is not followed.
 */
export function isOneOfKeys(model: ProgramModel, graph: Graph, obligation: Obligation): boolean {
  const { node, operation, helper } = obligation;
  if (operation.release.kind !== 'lock-member' && operation.release.kind !== 'module-function') return false;
  const loop = loopAround(model, graph, node);
  const given = helper === undefined ? [operation.lock, operation.key] : node.arguments;
  if (loop === undefined || !given.some((each) => each !== undefined && mentionsLocalOf(model, loop, each))) return false;
  const releases = eventsOf(graph).filter((event) => obligation.discharge(event) === 'release');
  return releases.length > 0 && !releases.some((event) => isWithin(event.node, loop));
}

function loopAround({ compiler }: ProgramModel, { owner }: Graph, node: ts.Node): ts.ForOfStatement | undefined {
  for (let { parent } = node; parent !== owner && !compiler.isSourceFile(parent); { parent } = parent) {
    if (compiler.isForOfStatement(parent)) return parent;
  }
  return undefined;
}

function mentionsLocalOf(model: ProgramModel, loop: ts.ForOfStatement, node: ts.Node): boolean {
  const { compiler } = model;
  const declaration = compiler.isIdentifier(node) ? model.file(node).scopes.resolve(node)?.declaration : undefined;
  if (declaration !== undefined && isWithin(declaration, loop)) return true;
  return compiler.forEachChild(node, (child) => mentionsLocalOf(model, loop, child) || undefined) ?? false;
}

/** The element, or its release, is called, or the element is handed to what takes it back: `pool.release(client)`. */
function isGivenBackIn({ compiler }: ProgramModel, names: ReadonlySet<string>, body: ts.Node): boolean {
  if (names.size === 0) return false;
  const find = (node: ts.Node): boolean => {
    if (compiler.isCallExpression(node)) {
      const callee = skipOuter(compiler, node.expression);
      if (names.has(callee.getText())) return true;
      if (compiler.isPropertyAccessExpression(callee) && releaseNames.test(callee.name.text)) {
        if (names.has(callee.expression.getText()) || node.arguments.some((argument) => names.has(argument.getText()))) return true;
      }
    }
    return compiler.forEachChild(node, find) === true;
  };
  return find(body);
}

function namesIn(model: ProgramModel, initializer: ts.ForInitializer): ReadonlySet<string> {
  return namesOf(model, model.compiler.isVariableDeclarationList(initializer) ? initializer.declarations[0]?.name : undefined);
}

/** `release` of a variable, and of the pattern `{ id, release }`. */
function namesOf({ compiler }: ProgramModel, name: ts.BindingName | undefined): ReadonlySet<string> {
  if (name === undefined) return new Set();
  if (compiler.isIdentifier(name)) return new Set([name.text]);
  return new Set(name.elements.flatMap((element) => (compiler.isBindingElement(element) && compiler.isIdentifier(element.name) ? element.name.text : [])));
}

function isCallOf({ compiler }: ProgramModel, call: ts.CallExpression, name: string): boolean {
  return compiler.isPropertyAccessExpression(call.expression) && call.expression.name.text === name;
}

/**
 * Loops that take one lock after another and keep them all: `for (const id of ids) held.push(await this.lockOf(id).acquire())`. Two
 * calls with the same locks in another order each come to wait for the other.
 */
import { flowSuccessors, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { AcquireEvent } from '../../events/event.js';
import { type Place, variableKey } from '../../places/place.js';
import { outerParent, skipOuter } from '../../syntax/functions.js';
import { promiseCombinator } from '../../syntax/tree.js';
import { variableGiven } from '../model/named-values.js';
import type { ProgramModel } from '../model/program-model.js';
import { bindingsIn } from './lock-identity.js';

/** The handle is put into a collection, in one turn of a loop after another, or of all that are asked for in one turn. */
export function isCollected(model: ProgramModel, call: ts.Node): boolean {
  const { parent, child } = outerParent(model.compiler, call);
  return isMapped(model, parent, child) || isCollectedInTurns(model, call);
}

function isCollectedInTurns(model: ProgramModel, call: ts.Node): boolean {
  const { compiler } = model;
  let { parent, child } = outerParent(compiler, call);
  if (compiler.isAwaitExpression(parent)) ({ parent, child } = outerParent(compiler, parent));
  if (isAddition(model, parent, child)) return true;
  const binding = variableGiven(model, child);
  if (binding === undefined) return false;
  const { mentions, scopes } = model.file(call);
  return mentions(binding.name).some((mention) => compiler.isIdentifier(mention) && scopes.resolve(mention) === binding && isAddition(model, mention.parent, mention));
}

/** `await Promise.all(ids.map((id) => this.lockOf(id).acquire()))`: they are asked for one after another, and waited for together. */
function isMapped({ compiler }: ProgramModel, node: ts.Node, result: ts.Node): boolean {
  const callback = compiler.isArrowFunction(node) && node.body === result ? node : undefined;
  const mapping = callback === undefined ? undefined : outerParent(compiler, callback).parent;
  if (mapping === undefined || !compiler.isCallExpression(mapping) || !compiler.isPropertyAccessExpression(mapping.expression) || mapping.expression.name.text !== 'map') return false;
  const { parent, child } = outerParent(compiler, mapping);
  return promiseCombinator(compiler, parent) === 'all' && compiler.isCallExpression(parent) && parent.arguments[0] === child && compiler.isAwaitExpression(outerParent(compiler, parent).parent);
}

function isAddition({ compiler }: ProgramModel, node: ts.Node, argument: ts.Node): boolean {
  if (compiler.isBinaryExpression(node)) return node.right === argument && compiler.isElementAccessExpression(node.left);
  return (
    compiler.isCallExpression(node) &&
    compiler.isPropertyAccessExpression(node.expression) &&
    node.arguments.some((each) => each === argument) &&
    /^(?:push|add|set|unshift)$/.test(node.expression.name.text)
  );
}

/** Blocks of a cycle through the acquire on which the lock is not released. */
export function loopWithoutRelease(graph: Graph, event: AcquireEvent): ReadonlySet<number> | undefined {
  const releases = (id: number, from: number): boolean =>
    graph.blocks[id]?.events.some((other) => other.index >= from && other.kind === 'release' && other.lock.key === event.lock.key) ?? false;
  if (releases(event.block, event.index)) return undefined;
  const seen = new Set<number>();
  const work = [...flowSuccessors(graph, event.block)];
  let isClosed = false;
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (id === event.block) isClosed = true;
    if (seen.has(id) || id === event.block || releases(id, 0)) continue;
    seen.add(id);
    work.push(...flowSuccessors(graph, id));
  }
  return isClosed ? seen.add(event.block) : undefined;
}

/**
 * The locks are those of a list that the caller hands over, one for each of its elements and in their order. Those that are asked for
 * in one turn are not: who comes first is first at all of them.
 */
export function isTakenInCallersOrder(model: ProgramModel, graph: Graph, event: AcquireEvent, place: Place): boolean {
  const { compiler } = model;
  if (event.scoped || event.operation?.kind !== 'acquire' || event.mode !== 'exclusive' || place.path.at(-1)?.kind !== 'element' || !isCollectedInTurns(model, event.node)) return false;
  const loop = loopWithoutRelease(graph, event);
  if (loop === undefined) return false;
  if (isOfElements(model, graph, place)) return true;
  return bindingsIn(graph, place).some((binding) => {
    const { declaration } = binding;
    const statement = compiler.isVariableDeclaration(declaration) ? declaration.parent.parent : undefined;
    if (statement === undefined || !compiler.isForOfStatement(statement) || !isCallersList(model, graph, statement.expression)) return false;
    return (graph.definitions.get(binding) ?? []).some(({ block }) => loop.has(block));
  });
}

/** The key is one element after another of what a parameter brings. */
function isOfElements(model: ProgramModel, { owner }: Graph, { path }: Place): boolean {
  const last = path.at(-1);
  const [, variable] = (last?.kind === 'element' ? /(?<![\w$])(v\d+)\[\*\]/.exec(last.key ?? '') : undefined) ?? [];
  if (variable === undefined || !('parameters' in owner)) return false;
  return owner.parameters.some(({ name }) => {
    const binding = model.compiler.isIdentifier(name) ? model.file(name).scopes.resolve(name) : undefined;
    return binding !== undefined && variableKey(binding) === variable;
  });
}

/** `ids`, `new Set(ids)`, `[...ids, other]`: nobody has put them in order. */
function isCallersList(model: ProgramModel, graph: Graph, list: ts.Expression): boolean {
  const { compiler } = model;
  const node = skipOuter(compiler, list);
  if (compiler.isNewExpression(node)) return node.expression.getText() === 'Set' && node.arguments?.length === 1 && node.arguments.every((each) => isCallersList(model, graph, each));
  if (compiler.isArrayLiteralExpression(node)) return node.elements.some((each) => compiler.isSpreadElement(each) && isCallersList(model, graph, each.expression));
  const binding = compiler.isIdentifier(node) ? model.file(node).scopes.resolve(node) : undefined;
  return binding?.kind === 'parameter' && binding.assignments.length === 0 && binding.owner === graph.owner;
}

/**
 * Transactions through functions of the program: `inTransaction(async (client) => …)` of one that takes a client of a pool, begins,
 * and hands the client to its callback; and what a callee asks of the client that a transaction was asked of.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { CallEvent } from '../../events/event.js';
import { type Place, project, rootPlace } from '../../places/place.js';
import { type FunctionNode, isFunctionLiteral, outerParent, skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { isPromiseCombinator } from '../../syntax/tree.js';
import { substitute } from '../effects/provenance.js';
import { fieldsHandedIn } from '../model/handed-fields.js';
import type { ProgramModel } from '../model/program-model.js';
import { canonical } from './lock-identity.js';
import { obligationsOf } from './obligations.js';

export interface OwnTransaction {
  readonly call: ts.CallExpression;
  readonly callback: FunctionNode;
  /** The pool whose client the callback is handed, in the caller's words. */
  readonly client: Place;
}

/** The call hands its callback to a function that runs it in a transaction of its own, on a client of a pool. */
export function ownTransaction(model: ProgramModel, event: CallEvent): OwnTransaction | undefined {
  const { compiler } = model;
  const { node: call } = event;
  if (!compiler.isCallExpression(call) || event.reference !== undefined) return undefined;
  const position = call.arguments.findIndex((argument) => isFunctionLiteral(compiler, skipOuter(compiler, argument)));
  const literal = call.arguments[position];
  const callback = literal === undefined ? undefined : skipOuter(compiler, literal);
  if (callback === undefined || !isFunctionLiteral(compiler, callback) || callback.parameters.length === 0) return undefined;
  const callee = model.callee(event, 'full');
  const run = callee?.parameters[position]?.name;
  if (callee?.body === undefined || run === undefined || !/['"`]\s*(?:begin|start transaction)/i.test(callee.body.getText())) return undefined;
  const pool = poolBehind(model, callee, run.getText());
  const client = pool === undefined ? undefined : substitute(model, pool, callee, event);
  return client === undefined ? undefined : { call, callback, client: canonical(model, client) };
}

/** The pool that the function takes a client of, begins a transaction on, and hands to the callback. */
function poolBehind(model: ProgramModel, callee: FunctionNode, callback: string): Place | undefined {
  const { compiler } = model;
  const graph = model.graph(callee);
  const handed = new Set<Binding>();
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'call' || !compiler.isCallExpression(event.node) || event.node.expression.getText() !== callback) continue;
    const [first] = event.node.arguments;
    const binding = first !== undefined && compiler.isIdentifier(first) ? model.file(first).scopes.resolve(first) : undefined;
    if (binding !== undefined) handed.add(binding);
  }
  const obligations = handed.size === 0 ? [] : obligationsOf(model, graph);
  for (const { operation, carriers } of obligations) {
    const isHanded = [...carriers].some((carrier) => handed.has(carrier) && obligations.some((other) => isBegunOn(model, other.operation.lock, carrier) && other.operation.statement === 'transaction'));
    if (operation.resource && operation.statement === undefined && operation.lock !== undefined && isHanded) return model.file(operation.lock).places.placeOf(operation.lock);
  }
  return undefined;
}

function isBegunOn(model: ProgramModel, lock: ts.Expression | undefined, client: Binding): boolean {
  return lock !== undefined && model.compiler.isIdentifier(lock) && model.file(lock).scopes.resolve(lock) === client;
}

/**
 * A call for its effect alone, `await this.log(id)`, of a function that asks the client itself. What gives an answer may well be
 * asked beside a transaction.
 */
export function asksByCallee(model: ProgramModel, graph: Graph, call: ts.CallExpression, client: Place): boolean {
  const { compiler } = model;
  const { parent } = outerParent(compiler, call);
  if (!compiler.isAwaitExpression(parent) || !compiler.isExpressionStatement(outerParent(compiler, parent).parent)) return false;
  const event = model.eventsAt(graph, call).find((each): each is CallEvent => each.kind === 'call');
  const callee = event === undefined ? undefined : model.callee(event, 'full');
  if (event === undefined || callee?.body === undefined || callee === graph.owner) return false;
  for (const inner of eventsOf(model.graph(callee))) {
    const operand = inner.kind === 'suspend' && inner.reason === 'await' ? inner.operand : inner.kind === 'return' ? inner.value : undefined;
    if (operand === undefined || !compiler.isExpression(operand.node)) continue;
    for (const part of awaitedParts(compiler, operand.node)) {
      if (beginningsOf(compiler, part).some((link) => isClient(model, link, client, callee, event))) return true;
    }
  }
  return false;
}

function isClient(model: ProgramModel, link: ts.Expression, client: Place, callee: FunctionNode, call: CallEvent): boolean {
  const place = model.file(link).places.placeOf(link);
  const seen = place === undefined ? undefined : substitute(model, place, callee, call);
  if (seen === undefined) return false;
  return [seen, handedAt(model, seen)].some((each) => each !== undefined && canonical(model, each).key === client.key);
}

/** `users.db` of `const users = new Users(db)` is `db`. */
function handedAt(model: ProgramModel, { root, path }: Place): Place | undefined {
  const { compiler } = model;
  const [first, ...rest] = path;
  if (root.kind !== 'variable' || first?.kind !== 'field') return undefined;
  const { initializer } = root.binding;
  const made = initializer === undefined || root.binding.assignments.length > 0 ? undefined : skipOuter(compiler, initializer);
  if (made === undefined || !compiler.isNewExpression(made)) return undefined;
  const owner = model.questions.declarationAt(made.expression);
  const position = owner !== undefined && compiler.isClassLike(owner) ? fieldsHandedIn(model, owner).get(first.name) : undefined;
  const handed = position === undefined ? undefined : made.arguments?.[position];
  const place = handed === undefined ? undefined : model.file(handed).places.placeOf(handed);
  return place === undefined ? undefined : project(rootPlace(place.root), ...place.path, ...rest);
}

/** What is waited for, and each promise of `Promise.all([…])` and of `Promise.all(ids.map((id) => …))`. */
export function awaitedParts(compiler: Compiler, operand: ts.Expression): readonly ts.Expression[] {
  const node = skipOuter(compiler, operand);
  if (!isPromiseCombinator(compiler, node)) return [node];
  const [list] = node.arguments;
  if (list === undefined) return [];
  if (compiler.isArrayLiteralExpression(list)) return list.elements.map((element) => skipOuter(compiler, element));
  const [mapping] = compiler.isCallExpression(list) ? list.arguments : [];
  return mapping !== undefined && compiler.isArrowFunction(mapping) && !compiler.isBlock(mapping.body) ? [skipOuter(compiler, mapping.body)] : [];
}

/** What the links of a chain of members and calls are applied to, the nearest first. */
export function beginningsOf(compiler: Compiler, chain: ts.Expression): readonly ts.Expression[] {
  const found: ts.Expression[] = [];
  for (let node = beginning(compiler, chain); node !== undefined; node = beginning(compiler, node)) found.push(node);
  return found;
}

function beginning(compiler: Compiler, link: ts.Expression): ts.Expression | undefined {
  const node = skipOuter(compiler, link);
  if (compiler.isTaggedTemplateExpression(node)) return node.tag;
  const isLink = compiler.isCallExpression(node) || compiler.isPropertyAccessExpression(node) || compiler.isElementAccessExpression(node);
  return isLink ? node.expression : undefined;
}
